"""JSON: an array of objects, one a line, snake_case keys in the rulebook's order, UTF-8, NULL as null.

Typed: numbers and booleans are JSON's, dates ISO 8601 strings, ``many`` fields arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from publish.exporters import rows
from schemas.rulebook import Table
from schemas.sql import literal

NAME = "json"
DESCRIPTION = "レコードの配列のJSON。UTF-8。複数の値は配列、日付は YYYY-MM-DD、値がないときは null"


def export(con: duckdb.DuckDBPyConnection, tables: Sequence[Table], folder: Path) -> dict[Path, int]:
    """Write each ``<table>.json``; text stays as it is, newlines included."""
    return {_write(con, table, folder / f"{table.name}.json"): rows.row_count(con, table) for table in tables}


def count(con: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Objects in a written array."""
    (found,) = con.execute("SELECT count(*) FROM read_json(?, format = 'array')", [str(path)]).fetchall()[0]
    return int(found)


def _write(con: duckdb.DuckDBPyConnection, table: Table, path: Path) -> Path:
    con.execute(f"COPY ({rows.select(table)}) TO {literal(str(path))} (FORMAT json, ARRAY true)")
    return path
