"""CSV for programs: UTF-8 without BOM, LF, snake_case headings, quotes only where needed, one row a line.

Values stand as they are. Nothing is put before a cell that a spreadsheet might take for a formula: programs
would read a changed value. Spreadsheets have ``csv_excel``.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from publish.exporters import rows
from schemas.rulebook import Table
from schemas.sql import identifier, literal

NAME = "csv"
DESCRIPTION = "プログラム用のCSV。UTF-8（BOMなし）、改行LF、見出しは英語。複数の値は ; で区切る"


def export(con: duckdb.DuckDBPyConnection, table: Table, folder: Path) -> Path:
    """Write ``<table>.csv``; a newline inside a cell becomes one space, NULL an empty cell."""
    path = folder / f"{table.name}.csv"
    columns = ", ".join(f"{rows.text(field)} AS {identifier(field.name)}" for field in table.published_fields)
    con.execute(f"COPY ({rows.select(table, columns)}) TO {literal(str(path))} (FORMAT csv, HEADER true)")
    return path


def count(con: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Rows of a written CSV, read strictly."""
    query = (
        "SELECT count(*) FROM read_csv(?, header = true, all_varchar = true, auto_detect = true, "
        "delim = ',', quote = '\"', escape = '\"', comment = '', skip = 0)"
    )
    (found,) = con.execute(query, [str(path)]).fetchall()[0]
    return int(found)
