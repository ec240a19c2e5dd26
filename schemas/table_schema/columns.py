"""One column under judgement: which of its values Frictionless is asked about, and what it says.

What is done with the answers, row by row, is ``judging``'s and ``keys``'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import duckdb
from frictionless import Field

from schemas.table_schema import conditions

BATCH = 20_000
"""Distinct values in Python's hands at a time."""

INTEGRAL = 10**15
"""Numbers below are keys by their digits; beyond, and between the integers, Python's own equality decides."""

Fault = tuple[str, str | None]
"""Frictionless's error type, and the failing constraint of a constraint-error."""


class _Answer(NamedTuple):
    """What Frictionless says of one value; ``key`` and ``shown`` (the typed value as text) only if they matter."""

    raw: str | None
    faults: tuple[Fault, ...]
    key: str | None = None
    shown: str | None = None


@dataclass
class Column:
    """The ``place``-th column (1 is the first) and its field. ``key``: its values are compared with one another."""

    place: int
    field: Field
    key: bool
    faulty: bool = False
    """Some of its values have faults."""
    unread: str | None = None
    """Bounds of the field that cannot be read: comparing a value with one fails, in Frictionless too."""
    compared: bool = False
    """A value was compared with such a bound."""
    unhashable: bool = False
    """It holds values that Python cannot compare (lists, objects), though it is a key: Frictionless fails on them."""

    @property
    def name(self) -> str:
        """The column of ``cells``."""
        return f"c{self.place}"

    @property
    def missing(self) -> str:
        """SQL: the cell is null."""
        return conditions.missing(self.field, self.name)

    @property
    def equal(self) -> str:
        """SQL: a text that tells which cells of this column are equal in value, NULL for null. Needs :attr:`join`."""
        asked = f"a{self.place}"
        return (
            f"CASE WHEN {asked}.rowid IS NOT NULL THEN {asked}.key WHEN {self.missing} THEN NULL ELSE {self.name} END"
        )

    @property
    def shown(self) -> str:
        """SQL: the typed value as text. Needs :attr:`join`."""
        return f"coalesce(a{self.place}.shown, {self.name})"

    @property
    def join(self) -> str:
        """SQL: the join of ``cells`` with the asked values of this column."""
        asked = f"a{self.place}"
        return (
            f"LEFT JOIN asked {asked} ON {asked}.place = {self.place} AND {self.name} IS NOT DISTINCT FROM {asked}.raw"
        )


def ask(con: duckdb.DuckDBPyConnection, columns: Sequence[Column], cells: str) -> None:
    """Ask Frictionless about every distinct value that its column's SQL condition does not accept.

    Makes two tables: ``wrong`` (place, raw, type, constraint) with a row for each fault of a value, and ``asked``
    (place, raw, key, shown) with those values of keys whose text alone does not say which are equal.
    """
    con.execute('CREATE OR REPLACE TABLE wrong (place BIGINT, raw VARCHAR, type VARCHAR, "constraint" VARCHAR)')
    con.execute("CREATE OR REPLACE TABLE asked (place BIGINT, raw VARCHAR, key VARCHAR, shown VARCHAR)")
    doubtful = []
    for column in columns:
        accepted = None if column.unread else conditions.accepts(column.field, column.name, key=column.key)
        if accepted != conditions.ALWAYS:
            where = f"WHERE NOT coalesce({accepted}, FALSE)" if accepted else ""
            doubtful.append(
                f"SELECT {column.place} AS place, * FROM (SELECT DISTINCT {column.name} FROM {cells} {where})"
            )
    if not doubtful:
        return
    readers = {column.place: column.field.create_cell_reader() for column in columns}
    # Values that have no text of their own are numbered, across the columns of the table.
    ids: dict[Any, int] = {}
    # Into a table first: rows that are fetched one after the other are also found one after the other.
    con.execute(f"CREATE OR REPLACE TABLE doubtful AS {' UNION ALL '.join(doubtful)}")
    cursor = con.cursor().execute("FROM doubtful")
    while batch := cursor.fetchmany(BATCH):
        answers = [(columns[place - 1], _answer(columns[place - 1], readers[place], raw, ids)) for place, raw in batch]
        _insert(con, "wrong", [(column.place, told.raw, *fault) for column, told in answers for fault in told.faults])
        _insert(con, "asked", [(at.place, told.raw, told.key, told.shown) for at, told in answers if at.key])
    con.execute("DROP TABLE doubtful")


def _answer(column: Column, read: Any, raw: str | None, ids: dict[Any, int]) -> _Answer:
    try:
        value, notes = read(raw)
    # A value on which Frictionless itself fails, such as the signalling NaN with a bound.
    except Exception:
        if column.unread:
            column.compared = True
            return _Answer(raw, (), raw, raw)
        column.faulty = True
        return _Answer(raw, (("cell-error", None),), raw, raw)
    faults: tuple[Fault, ...] = ()
    if notes:
        column.faulty = True
        faults = tuple(("type-error", None) if name == "type" else ("constraint-error", name) for name in notes)
    # A value of the wrong type is null to every key; a list of which only an item has the wrong type is not.
    if not column.key or value is None:
        return _Answer(raw, faults)
    try:
        return _Answer(raw, faults, _key(value, ids), str(value))
    except TypeError:
        column.unhashable = True
    # The signalling NaN cannot even be compared.
    except ArithmeticError:
        column.faulty = True
        faults = (("cell-error", None),)
    # What cannot be compared is there all the same: its text stands for it.
    return _Answer(raw, faults, raw, raw)


def _key(value: Any, ids: dict[Any, int]) -> str:
    """A text that two values share exactly if Python holds them for equal (``TypeError`` if it cannot say)."""
    if isinstance(value, str):
        return value
    if value != value:
        return "NaN"
    if type(value) is date:
        return value.isoformat()
    if hasattr(value, "__int__") and -INTEGRAL < value < INTEGRAL and value == int(value):
        return str(int(value))
    return f"#{ids.setdefault(value, len(ids))}"


def _insert(con: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    if rows:
        lists = [list(column) for column in zip(*rows, strict=True)]
        con.execute(
            f"INSERT INTO {table} SELECT unnest(?::BIGINT[]), {', '.join(['unnest(?::VARCHAR[])'] * (len(lists) - 1))}",
            lists,
        )
