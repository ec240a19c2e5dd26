"""One column under judgement: which of its values Frictionless is asked about, and what it says.

What is done with the answers, row by row, is ``judging``'s and ``keys``'s.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

import duckdb
from frictionless import Field

from schemas.table_schema import conditions

BATCH = 20_000
"""Distinct values in Python's hands at a time."""

INTEGRAL = 10**15
"""Integers below are keys by their digits (see ``conditions.KEYS``)."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Fault = tuple[str, str | None]
"""Frictionless's error type, and the failing constraint of a constraint-error."""


class _Answer(NamedTuple):
    """What Frictionless says of one value; ``key`` and ``shown`` (the typed value as text) only if they matter."""

    faults: Sequence[Fault] = ()
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
    unhashable: bool = False
    """It holds values that Python cannot compare (lists, objects), though it is a key: Frictionless fails on them."""
    beyond_bounds: bool = False
    """It holds values on which Frictionless fails, as the field's bounds cannot be read."""

    @cached_property
    def unread(self) -> str:
        """The field's bounds that cannot be read."""
        return conditions.unread_bounds(self.field)

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


def make_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Make the tables that :func:`ask` fills.

    ``wrong`` (place, raw, type, constraint) has a row for each fault of a value of the columns asked last; ``asked``
    (place, raw, key, shown) those values of keys whose text alone does not say which are equal.
    """
    con.execute('CREATE OR REPLACE TABLE wrong (place BIGINT, raw VARCHAR, type VARCHAR, "constraint" VARCHAR)')
    con.execute("CREATE OR REPLACE TABLE asked (place BIGINT, raw VARCHAR, key VARCHAR, shown VARCHAR)")


def ask(con: duckdb.DuckDBPyConnection, columns: Sequence[Column], cells: str) -> None:
    """Ask Frictionless about every distinct value that its column's SQL condition does not accept."""
    con.execute("TRUNCATE wrong")
    doubtful = []
    for column in columns:
        accepted = conditions.accepts(column.field, column.name, key=column.key)
        if accepted != conditions.ALWAYS:
            where = f"WHERE NOT coalesce({accepted}, FALSE)" if accepted else ""
            doubtful.append(
                f"SELECT {column.place} AS place, * FROM (SELECT DISTINCT {column.name} FROM {cells} {where})"
            )
    if not doubtful:
        return
    readers = {column.place: (column, column.field.create_cell_reader()) for column in columns}
    # Into a table first: rows that are fetched one after the other are also found one after the other.
    con.execute(f"CREATE OR REPLACE TABLE doubtful AS {' UNION ALL '.join(doubtful)}")
    cursor = con.cursor().execute("FROM doubtful")
    while batch := cursor.fetchmany(BATCH):
        wrong: dict[tuple[int, Fault], list[str | None]] = {}
        asked = []
        for place, raw in batch:
            column, read = readers[place]
            faults, key, shown = _answer(column, read, raw)
            for fault in faults:
                wrong.setdefault((place, fault), []).append(raw)
            if column.key:
                asked.append((place, raw, key, shown))
        _insert_wrong(con, wrong)
        _insert_asked(con, asked)
    con.execute("DROP TABLE doubtful")


def _answer(column: Column, read: Any, raw: str | None) -> _Answer:
    try:
        value, notes = read(raw)
    # A value on which Frictionless itself fails, such as the signalling NaN with a bound.
    except Exception:
        if column.unread:
            # The schema's fault, and not the value's.
            column.beyond_bounds = True
            return _Answer((), raw, raw)
        column.faulty = True
        return _Answer([("cell-error", None)], raw, raw)
    faults: list[Fault] = []
    if notes:
        column.faulty = True
        faults = [("type-error", None) if name == "type" else ("constraint-error", name) for name in notes]
    # A value of the wrong type is null to every key; a list of which only an item has the wrong type is not.
    if not column.key or value is None:
        return _Answer(faults)
    try:
        return _Answer(faults, _key(value), str(value))
    except TypeError:
        column.unhashable = True
    # The signalling NaN cannot even be compared.
    except ArithmeticError:
        column.faulty = True
        faults = [("cell-error", None)]
    # What cannot be compared is there all the same: its text stands for it.
    return _Answer(faults, raw, raw)


def _key(value: Any) -> str:
    """A text that two values share exactly if a dictionary of Python's holds them for the same key.

    ``TypeError`` if they are no keys. No type's texts are another's, but those of numbers.
    """
    match value:
        case str():
            return value
        case datetime():
            return f"#datetime {value if value.utcoffset() is None else value - EPOCH}"
        case date():
            return value.isoformat()
        case time():
            offset = value.utcoffset()
            since = timedelta(hours=value.hour, minutes=value.minute, seconds=value.second)
            return f"#time {value.isoformat() if offset is None else since - offset}.{value.microsecond}"
        case timedelta():
            return f"#timedelta {value}"
        case tuple():
            return f"#({' '.join(map(_key, value))})"
        case int() | float() | Decimal():
            return _number(value)
    if hasattr(value, "tdelta"):
        # A year is no twelve months to the hash of isodate's durations.
        return f"#duration {_number(value.years)} {_number(value.months)} {value.tdelta}"
    raise TypeError(type(value).__name__)


def _number(value: int | float | Decimal) -> str:
    """The one text of a number, whatever its type and however many zeros it was written with."""
    if value != value:
        return "NaN"
    if -INTEGRAL < value < INTEGRAL and value == int(value):
        return str(int(value))
    sign, digits, exponent = Decimal(value).as_tuple()
    if not isinstance(exponent, int):
        return str(value)
    text = "".join(map(str, digits))
    told = text.rstrip("0")
    return f"{'-' * sign}{told}E{exponent + len(text) - len(told)}"


def _insert_wrong(con: duckdb.DuckDBPyConnection, wrong: Mapping[tuple[int, Fault], list[str | None]]) -> None:
    """By fault, so that type and constraint are handed over once: every text costs DuckDB about a microsecond."""
    if wrong:
        con.execute(
            """INSERT INTO wrong SELECT place, unnest(raws), type, "constraint"
               FROM (SELECT unnest(?::BIGINT[]) AS place, unnest(?::VARCHAR[][]) AS raws,
                            unnest(?::VARCHAR[]) AS type, unnest(?::VARCHAR[]) AS "constraint")""",
            [
                [place for place, _ in wrong],
                list(wrong.values()),
                [kind for _, (kind, _) in wrong],
                [constraint for _, (_, constraint) in wrong],
            ],
        )


def _insert_asked(con: duckdb.DuckDBPyConnection, asked: Sequence[tuple[Any, ...]]) -> None:
    if asked:
        unnested = "unnest(?::BIGINT[]), unnest(?::VARCHAR[]), unnest(?::VARCHAR[]), unnest(?::VARCHAR[])"
        con.execute(f"INSERT INTO asked SELECT {unnested}", [list(column) for column in zip(*asked, strict=True)])
