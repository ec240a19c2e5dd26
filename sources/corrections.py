"""Corrections of known faults of a source, until its provider makes them: ``corrections.yml`` in the source's folder.

Each says which cell, what it expects to find there and what stands there instead, so that it expires by itself when
the provider changes the cell. The snapshot stays as it was published; a fault that a format can read needs none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from schemas import messages
from schemas.finding import Finding
from schemas.sql import literal
from sources import catalog
from sources.catalog import CatalogError, Source
from sources.mapping import Columns

FILE = "corrections.yml"


@dataclass(frozen=True)
class Correction:
    """One cell: the row's natural key, the column's heading, what is expected there and what stands there instead
    (None: nothing), why, since when the provider knows (ISO date), and how far that is.
    """

    key: tuple[str, ...]
    column: str
    expect: str
    value: str | None
    reason: str
    reported_on: str
    status: str


def load(folder: Path) -> tuple[Correction, ...]:
    """The corrections of that source's folder; :class:`CatalogError` if the file cannot be read."""
    path = folder / FILE
    if not path.exists():
        return ()
    told = catalog.checked(path, "corrections.schema.json")
    return tuple(Correction(**one | {"key": tuple(one["key"])}) for one in told)


def apply(con: duckdb.DuckDBPyConnection, source: Source, columns: Columns) -> list[Finding]:
    """Correct ``source_rows``; a note for each cell that was corrected, and for each correction without its cell.

    Raises :class:`CatalogError` for a column or key that the mapping does not know.
    """
    told = load(source.folder)
    if not told:
        return []
    con.execute("CREATE TABLE corrected_rows AS FROM source_rows")
    findings = [finding for one in told for finding in _apply(con, source, columns, one)]
    con.unregister("source_rows")
    con.execute("ALTER TABLE corrected_rows RENAME TO source_rows")
    return findings


def _apply(con: duckdb.DuckDBPyConnection, source: Source, columns: Columns, one: Correction) -> Iterator[Finding]:
    natural_key = source.mapping.natural_key
    if len(one.key) != len(natural_key) or one.column not in columns.by_heading:
        raise CatalogError(f"{source.id}/{FILE}: key か column（{one.column}）が、この出典の列と合いません")
    same = [
        f"trim(coalesce(\"{columns.by_heading[heading]}\", ''), ' 　\t\r\n') = {literal(part)}"
        for heading, part in zip(natural_key, one.key, strict=True)
    ]
    cell = f'"{columns.by_heading[one.column]}"'
    value = "NULL" if one.value is None else literal(one.value)
    corrected = con.execute(
        f"""UPDATE corrected_rows SET {cell} = {value}
            WHERE {" AND ".join(same)} AND coalesce({cell}, '') = {literal(one.expect)} RETURNING file, "row\""""
    ).fetchall()
    said = {"source": source.id, "column": columns.written.get(one.column, one.column), "value": one.expect}
    for file, row in sorted(corrected):
        yield messages.file_finding("value-corrected", **said, file=file, row=row, expected=one.value or "（空欄）")
    if not corrected:
        yield messages.file_finding("correction-expired", **said)
