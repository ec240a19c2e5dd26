"""Table ``features``: each record taken apart, with what only all records together tell about it.

How one value is taken apart stands in ``normal``; what a likeness weighs, in ``model``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import duckdb
import pyarrow as pa

from schemas.sql import identifier, texts
from warehouse.resolution import normal

ROOT = Path(__file__).parent

Kind = Literal["organization", "place"]

COLUMNS = (
    "record_id",
    "source",
    "name",
    "name_kana",
    "area",
    "address",
    "phone",
    "fax",
    "url",
    "latitude",
    "longitude",
    "corporate_number",
)
"""What the engine reads of a record; only ``record_id`` and ``name`` have to be there."""


def make(con: duckdb.DuckDBPyConnection, records: str, kind: Kind) -> None:
    """Make the temporary table ``features`` of the table ``records``: a row a record."""
    _take(con, records)
    name, kana = (
        (normal.organization_name, normal.organization_kana)
        if kind == "organization"
        else (normal.place_name, normal.place_kana)
    )
    _read(con, "read_name", ["name"], normal.Name._fields, name)
    _read(con, "read_kana", ["name_kana"], ["reading"], lambda text: (kana(text),))
    _read(con, "read_address", ["area", "address"], normal.Address._fields, normal.address)
    _read(con, "read_phone", ["phone"], ["line"], lambda text: (normal.phone(text),))
    _read(con, "read_fax", ["fax"], ["line"], lambda text: (normal.phone(text),))
    _read(con, "read_spot", ["latitude", "longitude"], normal.Spot._fields, normal.spot)
    _read(con, "read_url", ["url"], ["host"], lambda text: (normal.host(text),))
    con.execute((ROOT / "features.sql").read_text(encoding="utf-8"))


def _take(con: duckdb.DuckDBPyConnection, records: str) -> None:
    """``taken``: the columns that are there, the others empty; nothing is NULL, so that values join."""
    there = {row[0] for row in con.execute(f"DESCRIBE {identifier(records)}").fetchall()}
    columns = ", ".join(
        f"coalesce({name}::VARCHAR, '') AS {name}" if name in there else f"'' AS {name}" for name in COLUMNS
    )
    con.execute(f"CREATE OR REPLACE TEMP TABLE taken AS SELECT {columns} FROM {identifier(records)}")


def _read(
    con: duckdb.DuckDBPyConnection,
    table: str,
    of: Sequence[str],
    fields: Sequence[str],
    reader: Callable[..., Sequence[Any]],
) -> None:
    """Table ``table``: what ``reader`` makes of each distinct value of the columns ``of``."""
    known = con.execute(f"SELECT DISTINCT {', '.join(of)} FROM taken").fetchall()
    parts = [*zip(*(reader(*row) for row in known), strict=True)] or [() for _ in fields]
    values = [*zip(*known, strict=True)] or [() for _ in of]
    columns = {f"raw_{name}": texts(told) for name, told in zip(of, values, strict=True)}
    columns |= {name: texts(told) for name, told in zip(fields, parts, strict=True)}
    con.register("read_now", pa.table({name: pa.array(told, pa.string()) for name, told in columns.items()}))
    con.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT * FROM read_now")
    con.unregister("read_now")
