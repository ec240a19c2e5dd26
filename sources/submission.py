"""One file that an organization would submit, validated against a Table Schema.

Which reader the file needs is decided here, by the ending of its name and nothing else. Whether a cell is valid is
``schemas.table_schema``'s to say; our own tables, whose cells are mapped first, are ``canonical``'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from schemas import table_schema
from schemas.report import COLUMNS, Report

if TYPE_CHECKING:
    from sources.readers.rows import ReadError
    from sources.readers.workbook import Sheet

BATCH = 5_000
"""Rows turned into columns at a time."""

WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")
"""Endings of files that are read as workbooks; ``.json`` is an array of objects, anything else CSV or TSV."""

NUMBERS = ("rowNumber", "fieldNumber")
"""Columns of a findings table that are numbers; the others are text."""

FINDINGS_DDL = ", ".join(f'"{name}" {"BIGINT" if name in NUMBERS else "VARCHAR"}' for name in COLUMNS)
"""Column definitions of a findings table whose sentences are there."""


def validate(path: Path, schema: Mapping[str, Any], *, strict: bool = True) -> Report:
    """Validate the file against Table Schema ``schema``. Raises ``OSError`` if it cannot be opened."""
    suffix = path.suffix.lower()
    if suffix not in (*WORKBOOKS, ".json"):
        return table_schema.validate_file(path, schema, strict=strict)
    from sources.readers import records, workbook
    from sources.readers.rows import ReadError

    con = table_schema.connect()
    try:
        sheet = records.read(path) if suffix == ".json" else workbook.read(path)
    except ReadError as error:
        return _unreadable(con, path.name, error)
    _fill(con, sheet)
    return table_schema.validate_rows(
        con, sheet.labels, schema, file=path.name, strict=strict, header_row=sheet.header_row
    )


def _unreadable(con: duckdb.DuckDBPyConnection, file: str, error: ReadError) -> Report:
    """The report of a file that is no table: one finding."""
    empty = error.code == "empty-file"
    told = ("source-error", "empty-file") if empty else ("format-error", "unreadable-file")
    con.execute(f"CREATE TABLE told ({FINDINGS_DDL})")
    values = [told[0], None, None, None, None, told[1], "reject", error.message_ja, error.message_en, None]
    con.execute(f"INSERT INTO told VALUES ({', '.join('?' * len(COLUMNS))})", values)
    con.execute("CREATE VIEW findings AS SELECT * FROM told")
    return Report(con, file, labels=(), header_row=0, rows=0)


def _fill(con: duckdb.DuckDBPyConnection, sheet: Sheet) -> None:
    """Make table ``cells`` of the sheet's rows: what stands beyond the last label is ``extra``, if it is not blank."""
    width = len(sheet.labels)
    typed = "".join(f", c{place} VARCHAR" for place in range(1, width + 1))
    con.execute(f'CREATE TABLE cells ("rowNumber" BIGINT{typed}, extra VARCHAR[], absent BIGINT)')
    texts = ", ".join(["unnest(?::VARCHAR[])"] * width)
    insert = f"INSERT INTO cells SELECT unnest(?::BIGINT[]), {texts}, unnest(?::VARCHAR[][]), 0"
    rows = iter(sheet.rows)
    while batch := list(islice(rows, BATCH)):
        columns = ([cells[place] for _, cells in batch] for place in range(width))
        extra = [_without_blanks(cells[width:]) or None for _, cells in batch]
        con.execute(insert, [[number for number, _ in batch], *columns, extra])


def _without_blanks(cells: list[str]) -> list[str]:
    """The cells up to the last that is not blank."""
    return cells[: max((place for place, cell in enumerate(cells, start=1) if cell), default=0)]
