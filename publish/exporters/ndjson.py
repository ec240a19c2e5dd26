"""NDJSON: one object a line, the objects of :mod:`publish.exporters.json` without the array around them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from publish.exporters import rows
from schemas.rulebook import Table
from schemas.sql import literal

NAME = "ndjson"
DESCRIPTION = "1行に1レコードのJSON。大きな表を少しずつ読むプログラムのため。値の書き方は JSON と同じ"


def export(con: duckdb.DuckDBPyConnection, tables: Sequence[Table], folder: Path) -> dict[Path, int]:
    """Write each ``<table>.ndjson``."""
    return {_write(con, table, folder / f"{table.name}.ndjson"): rows.row_count(con, table) for table in tables}


def count(con: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Objects in a written file."""
    query = "SELECT count(*) FROM read_json(?, format = 'newline_delimited')"
    (found,) = con.execute(query, [str(path)]).fetchall()[0]
    return int(found)


def _write(con: duckdb.DuckDBPyConnection, table: Table, path: Path) -> Path:
    con.execute(f"COPY ({rows.select(table)}) TO {literal(str(path))} (FORMAT json)")
    return path
