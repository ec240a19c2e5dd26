"""Text and lists put into SQL. Queries themselves stand where they are used.

What comes from Python enters DuckDB here, so that half a letter (a lone surrogate: JSON can write one, UTF-8 cannot)
is nowhere met.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import duckdb

_HALF_LETTER = re.compile(r"[\ud800-\udfff]")


def whole(text: str) -> str:
    """``text`` as UTF-8 can write it: U+FFFD for half a letter."""
    return text if text.isascii() else _HALF_LETTER.sub("\ufffd", text)


def texts(cells: Iterable[str | None]) -> list[str | None]:
    """A column of texts as DuckDB takes it."""
    column = list(cells)
    try:
        # One look at a whole column costs a hundredth of one at each cell.
        "".join(filter(None, column)).encode()
    except UnicodeEncodeError:
        return [cell and whole(cell) for cell in column]
    return column


def literal(text: str) -> str:
    """``text`` as an SQL literal."""
    return "'" + whole(text).replace("'", "''") + "'"


def identifier(name: str) -> str:
    """``name`` as the quoted name of a column or a table."""
    return '"' + whole(name).replace('"', '""') + '"'


def make_table(con: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, Sequence[Any]], **types: str) -> None:
    """Make the temporary table ``name`` of Python's lists by column; ``types`` of those that are no VARCHAR.

    Not by way of Arrow: pyarrow imports pandas, half a second that a command has not.
    """
    unnested = ", ".join(f"unnest(?::{types.get(column, 'VARCHAR')}[]) AS {column}" for column in columns)
    con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT {unnested}", [list(told) for told in columns.values()])


def asking() -> duckdb.DuckDBPyConnection:
    """A connection for questions to files, which the caller closes; what it makes must be TEMP.

    All of a process are of one instance: to make one costs as much as dozens of small questions. A forked child has
    one of its own; it ends with ``os._exit``, as those of multiprocessing do, and never tears down its parent's.
    """
    return _instance(os.getpid()).cursor()


@cache
def _instance(_process: int) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect(config={"enable_external_file_cache": False})
    con.execute("SET enable_progress_bar = false")
    return con
