"""CSV for people who double-click it in Excel: UTF-8 with BOM, CRLF, Japanese headings.

Codes stand as their labels (``rows.words``). What Excel would change begins with an apostrophe (``publish.spreadsheet``
says why and when). Programs read ``csv``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from publish import spreadsheet
from publish.exporters import csv, rows
from schemas.rulebook import Field, Table
from schemas.sql import identifier, literal

NAME = "excel"
DESCRIPTION = (
    "Excelで開くためのCSV。UTF-8（BOMあり）、改行CRLF、見出しは日本語。"
    "コードの代わりに、コード表（codes/）の日本語の名称が入っている。名称は表の中で一つずつ違うので、コードに戻せる。"
    "Excelが数値・日付・数式に変えてしまう文字（0で始まる番号など）には、先頭に ' を1つ付けてある。"
    "' を1つ除くと元の値になる"
)


def export(con: duckdb.DuckDBPyConnection, tables: Sequence[Table], folder: Path) -> dict[Path, int]:
    """Write each ``<table>.csv``, as :mod:`publish.exporters.csv` does but for Excel."""
    return {_write(con, table, folder / f"{table.name}.csv"): rows.row_count(con, table) for table in tables}


def count(con: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Rows of a written CSV, read strictly."""
    return csv.count(con, path)


def words(table: Table) -> str:
    """SQL for the fields of a prepared table in words, by their own names: what :func:`cell` makes a cell of."""
    return ", ".join(f"{rows.words(field)} AS {identifier(field.name)}" for field in table.published_fields)


def cell(field: Field) -> str:
    """SQL for a field of :func:`words` as a cell, with the sign where it needs one."""
    name = identifier(field.name)
    return spreadsheet.signed(name) if field.duckdb_type == "VARCHAR" else name


def _write(con: duckdb.DuckDBPyConnection, table: Table, path: Path) -> Path:
    columns = ", ".join(f"{cell(field)} AS {identifier(field.title)}" for field in table.published_fields)
    query = f"SELECT {columns} FROM ({rows.select(table, words(table))})"
    con.execute(f"COPY ({query}) TO {literal(str(path))} (FORMAT csv, HEADER true)")
    # No cell holds a newline, so every LF ends a line.
    path.write_bytes(spreadsheet.BOM + path.read_bytes().replace(b"\n", b"\r\n"))
    return path
