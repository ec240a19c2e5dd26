"""What a release is made of, beside its tables: whose data it is, how good, what is assumed.

The tables stand in schema ``release`` of a connection. Both can come from a night's warehouse or from a release that
was published, so that an old release can be made anew without a record. Which files follow is ``publish.writing``'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from publish import assumptions, index, quality, versions
from schemas import rulebook
from schemas.rulebook import Table
from schemas.sql import identifier, literal

ASSUMPTIONS = "ASSUMPTIONS.md"


@dataclass(frozen=True)
class Contents:
    """The facts of a release: ``settings`` (prefecture, source_set), ``sources`` (``publish.index.sources``),
    ``report`` (``quality.json``), ``assumptions`` (text), and ``before``, the release that its delta counts from.
    """

    tables: tuple[Table, ...]
    settings: dict[str, str]
    sources: list[dict[str, Any]]
    report: dict[str, Any]
    assumptions: str
    before: str | None


def of_night(
    con: duckdb.DuckDBPyConnection, tables: Sequence[Table], version: str, as_of: date, before: Path | None
) -> Contents:
    """The contents of tonight's release; ``con`` has the warehouse attached and the tables in schema ``release``."""
    return Contents(
        tables=tuple(tables),
        settings=index.settings(con),
        sources=index.sources(con),
        report=quality.build(con, tables, version, as_of),
        assumptions=assumptions.assumptions(_mappings(con)),
        before=before.name if before else None,
    )


def of_release(con: duckdb.DuckDBPyConnection, folder: Path) -> Contents:
    """The contents of a published release, with its tables put into schema ``release``.

    A table or field that it did not have yet is empty.
    """
    tables = rulebook.published_tables()
    con.execute("CREATE SCHEMA IF NOT EXISTS release")
    for table in tables:
        con.execute(f"CREATE OR REPLACE TABLE release.{identifier(table.name)} AS {published(con, table, folder)}")
    told = versions.read(folder / index.NAME)
    return Contents(
        tables=tables,
        settings={key: told[key] for key in index.SETTINGS},
        sources=told["sources"],
        report=versions.read(folder / "quality.json"),
        assumptions=(folder / ASSUMPTIONS).read_text(encoding="utf-8"),
        before=told.get("previous"),
    )


def published(con: duckdb.DuckDBPyConnection, table: Table, folder: Path) -> str:
    """The query for a published table's rows as that release has them, in today's columns."""
    path = folder / "parquet" / f"{table.name}.parquet"
    types = {field.name: f"{field.duckdb_type}{'[]' if field.many else ''}" for field in table.published_fields}
    if not path.exists():
        empty = ", ".join(f"CAST(NULL AS {kind}) AS {identifier(name)}" for name, kind in types.items())
        return f"SELECT {empty} WHERE false"
    source = f"read_parquet({literal(str(path))})"
    held = {name for name, *_ in con.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}
    columns = (
        f"CAST({identifier(name) if name in held else 'NULL'} AS {kind}) AS {identifier(name)}"
        for name, kind in types.items()
    )
    return f"SELECT {', '.join(columns)} FROM {source}"


def _mappings(con: duckdb.DuckDBPyConnection) -> list[dict[str, str]]:
    query = "SELECT source AS id, title, contact, basis FROM warehouse.source_runs ORDER BY source"
    return [dict(zip(("id", "title", "contact", "basis"), row, strict=True)) for row in con.execute(query).fetchall()]
