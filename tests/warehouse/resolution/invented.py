"""Invented records for tests of ``warehouse.resolution``, and the engine run over them in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import duckdb

from schemas.formats import _check_digits
from schemas.sql import make_table
from warehouse.resolution import engine
from warehouse.resolution.features import COLUMNS, Kind

Record = Mapping[str, str]


def corporate_number(serial: int, house_class: str = "05") -> str:
    """A corporate number with a right check digit, of a class of corporations."""
    base = f"4300{house_class}{serial:06}"
    return _check_digits.corporate(base) + base


def record(record_id: str, name: str, **cells: str) -> dict[str, str]:
    """A record of Asahikawa, whose number no other record has."""
    told = {"source": "register", "area": "北海道旭川市", "address": "", "phone": "", "url": ""}
    return told | {"record_id": record_id, "name": name} | cells


def connected(records: Sequence[Record], judgements: Iterable[tuple[str, str, str]] = ()) -> duckdb.DuckDBPyConnection:
    """A connection with the tables ``records`` and ``judgements``."""
    con = duckdb.connect()
    make_table(con, "records", {name: [one.get(name) for one in records] for name in COLUMNS})
    verdicts = [*judgements]
    columns = ("verdict", "left_id", "right_id")
    make_table(con, "judgements", {name: [row[n] for row in verdicts] for n, name in enumerate(columns)})
    return con


class Resolved:
    """What the engine makes of records."""

    def __init__(
        self, records: Sequence[Record], judgements: Iterable[tuple[str, str, str]] = (), kind: Kind = "organization"
    ) -> None:
        with connected(records, judgements) as con:
            engine.resolve(con, "records", kind, "judgements")
            self.entity: dict[str, str] = dict(con.execute("SELECT record_id, entity FROM clusters").fetchall())
            self.pairs: dict[tuple[str, str], tuple[Any, ...]] = {
                (left, right): told
                for left, right, *told in con.execute(
                    "SELECT left_id, right_id, band, weight, reasons FROM pairs"
                ).fetchall()
            }
            self.contradictions = con.execute("SELECT * FROM contradictions ORDER BY ALL").fetchall()

    def together(self, *records: str) -> bool:
        """Whether these records are one entity."""
        return len({self.entity[record_id] for record_id in records}) == 1
