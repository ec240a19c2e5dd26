"""One file that an organization would submit, validated against a Table Schema.

Which reader the file needs is decided here, by the ending of its name and nothing else. Whether a cell is valid is
``schemas.table_schema``'s to say; our own tables, whose cells are mapped first, are ``canonical``'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from schemas import table_schema, words
from schemas.report import COLUMNS, Report
from schemas.sql import texts, whole
from schemas.table_schema import reading

if TYPE_CHECKING:
    from sources.readers.rows import ReadError

BEGINNING = 1024
"""Bytes that tell a web page, or a file of nothing."""

READ_ERRORS = {"empty-file": ("source-error", "empty-file"), "html-page": ("file-error", "html-page")}
"""Frictionless's error type and our code, by the reader's: anything else is a file that cannot be read."""

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
    from sources.readers import records, rows, sniff, workbook

    con = table_schema.connect()
    try:
        with path.open("rb") as file:
            beginning = file.read(BEGINNING)
        if not beginning.strip():
            raise rows.empty(path.name)
        sniff.refuse_html(beginning, path.name)
        sheet = records.read(path) if suffix == ".json" else workbook.read(path)
    except rows.ReadError as error:
        return _unreadable(con, path.name, error)
    width = len(sheet.labels)
    reading.fill(con, width, ((number, _without_blanks(cells, width)) for number, cells in sheet.rows))
    return table_schema.validate_rows(
        con, sheet.labels, schema, file=path.name, strict=strict, header_row=sheet.header_row
    )


def _unreadable(con: duckdb.DuckDBPyConnection, file: str, error: ReadError) -> Report:
    """The report of a file that is no table: one finding, in the words of its code or else of the reader."""
    kind, code = READ_ERRORS.get(error.code, ("format-error", "unreadable-file"))
    said = words.word(kind, code=code)
    told = (error.message_ja, error.message_en) if error.code not in READ_ERRORS else (said.message_ja, said.message_en)
    con.execute(f"CREATE TABLE told ({FINDINGS_DDL})")
    values = [kind, None, None, None, None, code, said.severity, *texts(told), None]
    con.execute(f"INSERT INTO told VALUES ({', '.join('?' * len(COLUMNS))})", values)
    con.execute("CREATE VIEW findings AS SELECT * FROM told")
    return Report(con, whole(file), labels=(), header_row=0, rows=0, readable=False)


def _without_blanks(cells: list[str], width: int) -> list[str]:
    """The cells under the ``width`` labels, and those beyond up to the last that is not blank."""
    last = max((place for place, cell in enumerate(cells[width:], start=1) if cell.strip()), default=0)
    return cells[: width + last]
