"""A wide table, some columns at a time: DuckDB looks at every column of a table to plan any query over it.

So a query for each column costs the square of their number, except over a table of few columns. What is asked of the
columns does not belong here.
"""

from __future__ import annotations

from collections.abc import Iterator

import duckdb

WIDTH = 50
"""Columns of a part: so many that each query is worth its while, so few that DuckDB plans it at once."""

WIDE = 300
"""Columns of a table whose parts are worth a copy."""


def of(con: duckdb.DuckDBPyConnection, cells: str, width: int) -> Iterator[tuple[str, range]]:
    """Tables that hold "rowNumber" and, together, the columns c1 … of ``cells``; each with the places to ask it for.

    There is one at least. A part lasts until the next one is asked for; of a table that is not wide it is the table.
    """
    try:
        for first in range(1, max(width, 1) + 1, WIDTH):
            places = range(first, min(first + WIDTH, width + 1))
            if width > WIDE:
                columns = ", ".join(f"c{place}" for place in places)
                con.execute(f'CREATE OR REPLACE TABLE part AS SELECT "rowNumber", {columns} FROM {cells}')
            yield "part" if width > WIDE else cells, places
    finally:
        con.execute("DROP TABLE IF EXISTS part")
