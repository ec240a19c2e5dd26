"""``Sheet``: the cells of a sheet or a CSV file, column by column, each distinct value held once.

What a reader must tell the rules stands here; how it is read is ``delimited``'s and ``workbook``'s, where the tables
are is ``layout``'s. Rows and columns count from 1 everywhere.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import NamedTuple

Value = str | int | float | datetime
"""A cell's value: text, a number or a date of a workbook. Text that is empty is a blank cell."""


class UnratableError(Exception):
    """The file cannot be read as a table: ``ja`` and ``en`` say why and what to do."""

    def __init__(self, ja: str, en: str) -> None:
        super().__init__(f"{ja} / {en}")
        self.ja = ja
        self.en = en


def letters(column: int) -> str:
    """The letters of a column: 1 is ``A``, 27 is ``AA``."""
    text = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


class Area(NamedTuple):
    """A rectangle of cells, both ends included."""

    top: int
    left: int
    bottom: int
    right: int

    def __str__(self) -> str:
        first, last = f"{letters(self.left)}{self.top}", f"{letters(self.right)}{self.bottom}"
        return first if first == last else f"{first}:{last}"

    def holds(self, row: int, column: int) -> bool:
        """Whether the cell lies within."""
        return self.top <= row <= self.bottom and self.left <= column <= self.right

    def meets(self, other: Area) -> bool:
        """Whether the two share a cell."""
        return (
            self.top <= other.bottom
            and other.top <= self.bottom
            and self.left <= other.right
            and other.left <= self.right
        )


class Column:
    """One column: ``codes`` says of each row which of the distinct values stands there (0: blank).

    ``styles`` says which of the sheet's styles the cell has; it is as long as ``codes`` for a workbook, else empty.
    """

    __slots__ = ("codes", "index", "styles")

    def __init__(self) -> None:
        self.index: defaultdict[Value, int] = defaultdict(count(1).__next__, {"": 0})
        self.codes = array("I")
        self.styles = array("I")

    def extend(self, values: Iterable[Value]) -> None:
        """Add cells below."""
        self.codes.extend(map(self.index.__getitem__, values))

    def pad(self, height: int) -> None:
        """Add blank cells until there are ``height``."""
        missing = height - len(self.codes)
        if missing > 0:
            self.codes.extend(array("I", bytes(4 * missing)))


class Style(NamedTuple):
    """What a workbook says of a cell's looks; a colour is None where it is the usual one."""

    bold: bool = False
    italic: bool = False
    colour: str | None = None
    background: str | None = None


class Drawing(NamedTuple):
    """A picture, shape or chart, anchored at a cell."""

    row: int
    column: int
    kind: str
    name: str


class RecordFault(NamedTuple):
    """A record of a CSV file that its text spoils; ``column`` is 0 where it is not one cell's."""

    row: int
    column: int
    detail: str


@dataclass
class Sheet:
    """A sheet of a workbook, or a whole CSV or TSV file. ``format`` is csv, tsv or xlsx.

    ``encoding`` is a CSV file's. ``record_faults`` holds the first faults of each kind (``multiline``, ``unclosed``,
    ``bare-quote``, ``ragged``), ``fault_counts`` counts them all.
    """

    name: str
    format: str
    encoding: str | None = None
    hidden: bool = False
    columns: list[Column] = field(default_factory=list)
    height: int = 0
    styles: list[Style] = field(default_factory=lambda: [Style()])
    merges: list[Area] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    formulas: dict[tuple[int, int], str] = field(default_factory=dict)
    drawings: list[Drawing] = field(default_factory=list)
    record_faults: defaultdict[str, list[RecordFault]] = field(default_factory=lambda: defaultdict(list))
    fault_counts: Counter[str] = field(default_factory=Counter)
    _decoded: dict[int, list[Value]] = field(default_factory=dict)
    _tallies: dict[tuple[int, int, int], array[int]] = field(default_factory=dict)

    @property
    def width(self) -> int:
        """How many columns there are."""
        return len(self.columns)

    def values(self, column: int) -> list[Value]:
        """The distinct values of a column by code; the first is the blank."""
        if column not in self._decoded:
            self._decoded[column] = list(self.columns[column - 1].index)
        return self._decoded[column]

    def texts(self, column: int) -> list[str]:
        """The same, with empty text in place of numbers and dates."""
        return [value if isinstance(value, str) else "" for value in self.values(column)]

    def tally(self, column: int, top: int, bottom: int) -> array[int]:
        """How often each of a column's values stands in those rows, by code; blanks are not counted."""
        key = column, top, bottom
        if key not in self._tallies:
            tally = array("I", bytes(4 * len(self.values(column))))
            for code, n in Counter(self.columns[column - 1].codes[top - 1 : bottom]).items():
                tally[code] = n
            tally[0] = 0
            self._tallies[key] = tally
        return self._tallies[key]

    def cell(self, row: int, column: int) -> Value | None:
        """The value of a cell, None if it is blank."""
        codes = self.columns[column - 1].codes
        code = codes[row - 1] if row <= len(codes) else 0
        return self.values(column)[code] if code else None

    def text(self, row: int, column: int) -> str:
        """The cell as text without the blanks around it."""
        value = self.cell(row, column)
        return "" if value is None else str(value).strip()

    def style(self, row: int, column: int) -> Style:
        """The looks of a cell."""
        styles = self.columns[column - 1].styles
        return self.styles[styles[row - 1]] if row <= len(styles) else self.styles[0]

    def blank_rows(self, area: Area) -> list[int]:
        """The rows in which no cell of the area has a value."""
        rows = list(range(area.top, area.bottom + 1))
        for column in range(area.left, area.right + 1):
            codes = self.columns[column - 1].codes
            rows = [row for row in rows if not codes[row - 1]]
        return rows

    def blank_columns(self, area: Area) -> list[int]:
        """The columns in which no cell of the area has a value."""
        return [c for c in range(area.left, area.right + 1) if self.filled(c, area.top, area.bottom) == 0]

    def filled(self, column: int, top: int, bottom: int) -> int:
        """How many cells of a column have a value in those rows."""
        codes = self.columns[column - 1].codes[top - 1 : bottom]
        return len(codes) - codes.count(0)

    def row_cells(self, row: int, left: int, right: int) -> list[tuple[int, Value]]:
        """The cells of a row that have a value, with their columns."""
        found = ((column, self.cell(row, column)) for column in range(left, right + 1))
        return [(column, value) for column, value in found if value is not None]
