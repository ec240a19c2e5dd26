"""CSV for programs: UTF-8 without BOM, LF, Japanese headings, quotes only where needed, one row a line.

Values stand as they are. Nothing is put before a cell that a spreadsheet might take for a formula: programs
would read a changed value. Spreadsheets have ``csv_excel``. The snake_case name of each heading is the property
``key`` of the field in ``datapackage.json``, and stands in the dictionary.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from publish.exporters import rows
from schemas.rulebook import Table
from schemas.sql import identifier, literal

NAME = "csv"
DESCRIPTION = (
    "プログラムや統計ソフトで読むCSV。UTF-8（BOMなし）、改行LF、見出しは日本語（英語の名前は dictionary.csv にある）。"
    "値に手を加えていない。複数の値は ; で区切る"
)


def export(con: duckdb.DuckDBPyConnection, tables: Sequence[Table], folder: Path) -> dict[Path, int]:
    """Write each ``<table>.csv``; a newline inside a cell becomes one space, NULL an empty cell."""
    return {_write(con, table, folder / f"{table.name}.csv"): rows.row_count(con, table) for table in tables}


def count(con: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Rows of a written CSV, read strictly."""
    query = (
        "SELECT count(*) FROM read_csv(?, header = true, all_varchar = true, auto_detect = true, "
        "delim = ',', quote = '\"', escape = '\"', comment = '', skip = 0)"
    )
    (found,) = con.execute(query, [str(path)]).fetchall()[0]
    return int(found)


def _write(con: duckdb.DuckDBPyConnection, table: Table, path: Path) -> Path:
    columns = ", ".join(f"{rows.text(field)} AS {identifier(field.title)}" for field in table.published_fields)
    con.execute(f"COPY ({rows.select(table, columns)}) TO {literal(str(path))} (FORMAT csv, HEADER true)")
    return path
