"""Parquet: typed columns (DATE, BIGINT, DOUBLE, BOOLEAN, VARCHAR; ``many`` fields VARCHAR lists), zstd.

The bytes depend on the rows and DuckDB's version alone, not on the number of threads: rows are ordered, and row
groups are cut by count.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from publish.exporters import rows
from schemas.rulebook import Table
from schemas.sql import literal

NAME = "parquet"
DESCRIPTION = "型のあるParquet（zstd）。複数の値はリスト。michishirube.sql でまとめて開ける"


def export(con: duckdb.DuckDBPyConnection, tables: Sequence[Table], folder: Path) -> dict[Path, int]:
    """Write each ``<table>.parquet``."""
    return {_write(con, table, folder / f"{table.name}.parquet"): rows.row_count(con, table) for table in tables}


def count(con: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Rows of a written Parquet file."""
    (found,) = con.execute("SELECT count(*) FROM read_parquet(?)", [str(path)]).fetchall()[0]
    return int(found)


def _write(con: duckdb.DuckDBPyConnection, table: Table, path: Path) -> Path:
    con.execute(f"COPY ({rows.select(table)}) TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd)")
    return path
