"""CSV for people who double-click it in Excel: UTF-8 with BOM, CRLF, Japanese headings.

Excel takes a cell apart on opening: ``0700036`` loses its zero, a 13-digit number turns into 7.43E+12, ``1-2``
becomes a date, ``=…`` runs. A CSV cannot carry a cell's type, so such a cell needs a sign in its text:

- ``="0700036"`` shows best, but is a formula: every other reader gets the wrong value, and a file full of
  formulas teaches people to allow them;
- a TAB or a no-break space cannot be seen and stays in what people copy out;
- an apostrophe can be seen, is what people type in Excel for "this is text", is what the CSV injection guides
  advise against formulas, and is taken off with one rule.

So a text cell that Excel would turn into a number, a date or a formula begins with one apostrophe, and so does a
cell that had one already: without its first apostrophe every cell is what the other formats say. Typed cells
(dates, counts, coordinates) and times have none: Excel reads them rightly. Programs read ``csv``.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from publish.exporters import csv, rows
from schemas.rulebook import Field, Table
from schemas.sql import identifier, literal

NAME = "excel"
DESCRIPTION = (
    "Excelで開くためのCSV。UTF-8（BOMあり）、改行CRLF、見出しは日本語。"
    "Excelが数値・日付・数式に変えてしまう文字（0で始まる番号など）には、先頭に ' を1つ付けてある。"
    "' を1つ除くと元の値になる"
)

FORMULA = r"\s*[=+\-@＝＋－＠].*|[\t'].*"
"""Begins as a formula does, also after full-width signs are folded, or with the sign itself."""
NUMBER = r"[0-9０-９]+([.,][0-9]+)*([eE][+-]?[0-9]+)?%?"
DATE = r"[0-9]{1,4}[-/.][0-9]{1,2}([-/.][0-9]{1,2})?|[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{1,4}"
ALTERED = f"(?s){FORMULA}|{NUMBER}|{DATE}"
"""A text cell that Excel does not keep as text (RE2, the whole cell). A hyphenated phone number is none."""

BOM = b"\xef\xbb\xbf"


def export(con: duckdb.DuckDBPyConnection, table: Table, folder: Path) -> Path:
    """Write ``<table>.csv``, as :mod:`publish.exporters.csv` does but for Excel."""
    path = folder / f"{table.name}.csv"
    columns = ", ".join(f"{_cell(field)} AS {identifier(field.title)}" for field in table.published_fields)
    con.execute(f"COPY ({rows.select(table, columns)}) TO {literal(str(path))} (FORMAT csv, HEADER true)")
    # No cell holds a newline, so every LF ends a line.
    path.write_bytes(BOM + path.read_bytes().replace(b"\n", b"\r\n"))
    return path


def count(con: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Rows of a written CSV, read strictly."""
    return csv.count(con, path)


def _cell(field: Field) -> str:
    cell = rows.text(field)
    if field.duckdb_type != "VARCHAR":
        return cell
    return f"CASE WHEN regexp_full_match({cell}, {literal(ALTERED)}) THEN '''' || {cell} ELSE {cell} END"
