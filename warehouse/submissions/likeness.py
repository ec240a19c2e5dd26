"""Whom a submission seems to be of, among the organizations that are published already."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import duckdb

from schemas import rulebook
from schemas.codelist import fold
from schemas.sql import asking
from warehouse.submissions.work import rows_of, work_of


@dataclass(frozen=True)
class Alike:
    """A published organization with the submission's corporate number (``number``) or, if not that, its name;
    ``sources`` are the titles of those that tell of it.
    """

    name: str
    municipality: str | None
    sources: str
    number: bool


def alike(home: Path, submission: str) -> list[Alike]:
    """The published organizations that the submission says, or seems, to be of: its steward asks whether it really is
    of them. Those that only submissions tell of are among them, for anybody can write their name.
    """
    source, warehouse = rows_of(work_of(home), "organizations"), home / "warehouse.duckdb"
    if source is None or not warehouse.exists():
        return []
    with asking() as con:
        query = f"SELECT name, corporate_number FROM {source} WHERE submission = ?"
        told = con.execute(query, [submission]).fetchall()
    names = {fold(name) for name, _ in told if name}
    numbers = {number for _, number in told if number}
    towns = rulebook.codes("municipalities")
    return [
        Alike(name, towns[town].label_ja if town in towns else town, titles or "", number in numbers)
        for name, folded, town, number, titles in _published(warehouse, warehouse.stat().st_mtime_ns)
        if number in numbers or folded in names
    ]


@lru_cache(1)
def _published(warehouse: Path, _written: int) -> list[tuple[str, ...]]:
    """The organizations: name, folded name, municipality, corporate number, titles of the sources."""
    with duckdb.connect(str(warehouse), read_only=True) as con:
        rows = con.execute(
            """SELECT name, municipality_code, corporate_number, (
                 SELECT string_agg(title, '、' ORDER BY title) FROM source_runs
                 WHERE source IN (SELECT unnest(string_split(o.sources, ';'))))
               FROM organizations o ORDER BY ALL"""
        ).fetchall()
    return [(name, fold(name), *others) for name, *others in rows]
