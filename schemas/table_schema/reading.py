"""The cells of an opened table, as strings in DuckDB: table ``cells``.

DuckDB's own reader is used where ``regular`` has proved that it must read the same as Python's ``csv``; everything
else comes from Frictionless's own stream of cells. What is in the cells is ``judging``'s.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
from frictionless import FrictionlessException
from frictionless.formats.csv import CsvControl

from schemas.sql import literal, texts
from schemas.table_schema import strict
from schemas.table_schema.opened import Fault, Opened

SMALL = 200_000
"""Bytes below which the stream is as fast as looking for something faster."""

BATCH = 5_000
"""Rows of the stream in Python's hands at a time."""

SAMPLE = 100
"""Rows in which a header may stand that was not found; as many as Frictionless looks at."""

Row = tuple[int, list[Any]]


def read_fast(con: duckdb.DuckDBPyConnection, opened: Opened, path: Path) -> bool:
    """Make ``cells`` with DuckDB's reader if that is worth while and proved to be right; else False."""
    return path.stat().st_size >= SMALL and _read_fast(con, opened, path)


def read_stream(con: duckdb.DuckDBPyConnection, opened: Opened) -> list[Fault]:
    """Make ``cells`` of Frictionless's stream.

    A fault of the file, on the way, ends the rows as it does in Frictionless, and is returned.
    """
    assert opened.resource is not None
    faults: list[Fault] = []
    stream = opened.resource.dialect.read_enumerated_content_stream(opened.resource.cell_stream)
    fill(con, len(opened.fields), _until_fault(stream, faults))
    return faults


def fill(con: duckdb.DuckDBPyConnection, width: int, rows: Iterator[Row]) -> None:
    """Make ``cells`` of ``rows``, each a row number and its cells.

    Its columns: "rowNumber", c1 … cn, extra (cells beyond the ``width``-th, or NULL), absent (how many are missing).
    """
    columns = [f"c{place}" for place in range(1, width + 1)]
    typed = "".join(f", {column} VARCHAR" for column in columns)
    con.execute(f'CREATE TABLE cells ("rowNumber" BIGINT{typed}, extra VARCHAR[], absent BIGINT)')
    unnested = ", ".join(["unnest(?::BIGINT[])", *["unnest(?::VARCHAR[])"] * width])
    insert = f"INSERT INTO cells SELECT {unnested}, unnest(?::VARCHAR[][]), unnest(?::BIGINT[])"
    while batch := list(islice(rows, BATCH)):
        filled = [cells + [None] * (width - len(cells)) for _, cells in batch]
        con.execute(
            insert,
            [
                [number for number, _ in batch],
                *(texts(cells[place] for cells in filled) for place in range(width)),
                [texts(cells[width:]) or None for _, cells in batch],
                [max(0, width - len(cells)) for _, cells in batch],
            ],
        )


def sample(con: duckdb.DuckDBPyConnection, width: int) -> list[list[str]]:
    """The first rows of ``cells``, as they are written."""
    columns = ", ".join(f"c{place}" for place in range(1, width + 1))
    query = f'SELECT list_concat([{columns}], extra) FROM cells ORDER BY "rowNumber" LIMIT {SAMPLE}'
    return [[cell or "" for cell in cells] for (cells,) in con.execute(query).fetchall()]


def look_at_lines(opened: Opened, path: Path) -> list[Fault]:
    """What the strict layer has to say of the text's lines, by the dialect of the table."""
    resource: Any = opened.resource
    control = CsvControl.from_dialect(resource.dialect)
    return strict.look_at_lines(path, resource.encoding, control.to_python())


def _until_fault(stream: Iterator[Row], faults: list[Fault]) -> Iterator[Row]:
    try:
        yield from stream
    except FrictionlessException as error:
        faults.append(Fault(error.error.type, told={"note": error.error.note}))


def _read_fast(con: duckdb.DuckDBPyConnection, opened: Opened, path: Path) -> bool:
    """Whether DuckDB's reader made ``cells``."""
    from schemas.table_schema import regular

    resource: Any = opened.resource
    control = CsvControl.from_dialect(resource.dialect)
    plain = len(control.delimiter) == 1 and control.delimiter.isascii() and control.delimiter not in '"\r\n\0'
    if control.quote_char != '"' or control.escape_char or control.skip_initial_space or not plain:
        return False
    width = len(opened.fields)
    # A single column's blank cells and blank lines look the same.
    if width < 2 or resource.dialect.create_first_content_row() != 2:
        return False
    with tempfile.TemporaryDirectory() as folder:
        if resource.encoding not in ("utf-8", "utf-8-sig"):
            recoded = Path(folder) / "utf8.csv"
            if not regular.as_utf8(path, resource.encoding, recoded):
                return False
            path = recoded
        with ThreadPoolExecutor(1) as pool:
            # Proved while it is read, each on cores of its own.
            proof = pool.submit(regular.count_rows, path, control.delimiter, width, quoted_cr=resource.format == "csv")
            loaded = _load(con, path, control.delimiter, width)
            rows = proof.result()
    if loaded and rows is not None and loaded == rows - 1:
        whole = "NULL::VARCHAR[] AS extra, 0::BIGINT AS absent"
        con.execute(f'CREATE VIEW cells AS SELECT rowid + 2 AS "rowNumber", *, {whole} FROM loaded')
        return True
    con.execute("DROP TABLE IF EXISTS loaded")
    return False


def _load(con: duckdb.DuckDBPyConnection, path: Path, delimiter: str, width: int) -> int | None:
    """Make table ``loaded`` of the rows below the header, and count them; None if DuckDB refuses the file.

    One core is left for the proof: a last thread would win next to nothing here.
    """
    columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(1, width + 1))
    # No unquoted cell holds a line end, so that this null text is never met: an empty cell stays empty.
    options = f"auto_detect = false, header = true, strict_mode = true, nullstr = {literal(chr(10))}"
    quotes = "quote = '\"', escape = '\"', allow_quoted_nulls = false"
    con.execute(f"SET threads = {max(1, (os.cpu_count() or 2) - 1)}")
    try:
        con.execute(
            f"CREATE TABLE loaded AS FROM read_csv({literal(str(path))}, delim = {literal(delimiter)}, "
            f"columns = {{{columns}}}, {quotes}, {options})"
        )
    except duckdb.Error:
        return None
    finally:
        con.execute("RESET threads")
    ((count,),) = con.execute("SELECT count(*) FROM loaded").fetchall()
    return int(count)
