"""Text and lists put into SQL. Queries themselves stand where they are used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb


def literal(text: str) -> str:
    """``text`` as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def make_table(con: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, Sequence[Any]], **types: str) -> None:
    """Make the temporary table ``name`` of Python's lists by column; ``types`` of those that are no VARCHAR.

    Not by way of Arrow: pyarrow imports pandas, half a second that a command has not.
    """
    unnested = ", ".join(f"unnest(?::{types.get(column, 'VARCHAR')}[]) AS {column}" for column in columns)
    con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT {unnested}", [list(told) for told in columns.values()])
