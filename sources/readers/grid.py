"""From the rows of a sheet or of a text to a table: which of them are the header, remarks and data.

What the rows of a format are stands in its own module (``delimited``, ``workbook``); what a cell means is for the
rulebook.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

import pyarrow as pa

from sources.letters import letters
from sources.readers import rows as shape
from sources.readers.rows import Problem, ReadError, Rows

JOINT = "／"
"""What stands between the parts of a label that several heading rows make."""

Row = tuple[int, list[str], str]
"""Number (1 is the first, as Excel counts), cells and line end of a row; a sheet's rows have no line end."""

Range = tuple[tuple[int, int], tuple[int, int]]
"""First and last cell of those that are merged: row and column, counted from 0."""


@dataclass(frozen=True)
class Grid:
    """A sheet or a text before anybody knows what its rows are: all of them from the first, blank ones included.

    ``merged`` are the cells that the file itself says are merged, None if its format cannot say. An ``endless`` grid
    (a sheet) has a blank cell wherever nothing stands, so that no row is too short.
    """

    name: str
    rows: Iterator[Row]
    merged: Sequence[Range] | None = None
    endless: bool = False


@dataclass(frozen=True)
class Layout:
    """Where header and data stand, as ``source.yml`` says under ``reader``. Rows count from 1."""

    header_rows: tuple[int, ...]
    data_row: int
    labels: tuple[str, ...]
    notes: re.Pattern[str] | None

    @classmethod
    def of(cls, reader: Mapping[str, Any]) -> Layout:
        """The layout that a ``reader`` tells; without a word, the header is the first row."""
        told = reader.get("header_row", 1)
        header_rows = tuple(row for row in (told if isinstance(told, list) else [told]) if row)
        below = max(header_rows, default=0) + 1
        return cls(
            header_rows=header_rows,
            data_row=max(reader.get("data_row", below), below),
            labels=tuple(reader.get("labels", ())),
            notes=re.compile(reader["notes"]) if "notes" in reader else None,
        )


@dataclass(frozen=True)
class _Columns:
    """The labels, the places of their columns, and how many cells the header has."""

    labels: tuple[str, ...]
    places: tuple[int, ...]
    cells: int

    @property
    def width(self) -> int:
        return self.places[-1] + 1


def table(grid: Grid, layout: Layout) -> Rows | None:
    """The data of ``grid``, None if there are none. Raises :class:`ReadError`.

    Labels lose the blanks around them and must be unique. Columns without a label are passed over if they are blank.
    Rows above ``data_row`` that are no header are passed over. Rows without any text are left out, between others
    with a ``blank-row`` problem, remarks with a ``note-row`` problem.
    """
    above = list(islice(grid.rows, layout.data_row - 1))
    heading = [above[row - 1] for row in layout.header_rows if row <= len(above)]
    rows = grid.rows
    if not layout.header_rows:
        heading = list(islice(rows, 1))
        rows = chain(heading, rows)
    if not heading or len(heading) < len(layout.header_rows):
        return None
    columns = _columns(grid, layout, heading)
    if not columns.labels:
        if not any("".join(cells).strip() for _, cells, _ in chain(above, rows)):
            return None
        raise _wrong_header(grid.name, heading, "列見出しがありません", "is blank")
    tables, problems = _body(grid, rows, columns, layout.notes, heading[-1][2])
    return Rows(columns.labels, pa.concat_tables(tables), tuple(problems)) if tables else None


def _body(
    grid: Grid, rows: Iterator[Row], columns: _Columns, notes: re.Pattern[str] | None, first_end: str
) -> tuple[list[pa.Table], list[Problem]]:
    """Tables of at most ``CHUNK`` rows."""
    width, name, whole = columns.width, grid.name, len(columns.places) == columns.width
    tables: list[pa.Table] = []
    problems: list[Problem] = []
    blanks: list[Problem] = []
    numbers: list[int] = []
    taken: list[Sequence[str | None]] = []
    mixed = False
    for number, cells, end in rows:
        # The last line may do without.
        if end not in ("", first_end) and not mixed:
            mixed = True
            problems.append(Problem("mixed-line-ends", name, number, len(cells), width))
        first = next(filter(None, map(str.strip, cells)), "")
        if not first:
            blanks.append(Problem("blank-row", name, number, len(cells), width))
            continue
        if notes and notes.match(first):
            problems.append(Problem("note-row", name, number, len(cells), width))
            continue
        # Only now: blank rows after the last row are nothing that a person sees.
        problems += blanks
        blanks = []
        row, ragged = _fitted(cells, number, grid, columns)
        if ragged:
            problems.append(Problem("ragged-row", name, number, len(cells), width))
        numbers.append(number)
        taken.append(row if whole else [row[place] for place in columns.places])
        if len(taken) == shape.CHUNK:
            tables.append(shape.chunk(name, numbers, taken))
            numbers, taken = [], []
    if taken:
        tables.append(shape.chunk(name, numbers, taken))
    return tables, problems


def _fitted(cells: list[str], number: int, grid: Grid, columns: _Columns) -> tuple[Sequence[str | None], bool]:
    """The cells up to the last label, and whether there were too few, or text beyond the header."""
    width = columns.width
    if width != len(columns.places) or any(cells[width : columns.cells]):
        _refuse_unlabelled(cells, number, grid.name, columns)
    if len(cells) == width:
        return cells, False
    if len(cells) > width:
        return cells[:width], any(cells[width:])
    return [*cells, *[("" if grid.endless else None)] * (width - len(cells))], not grid.endless


def _refuse_unlabelled(cells: list[str], number: int, name: str, columns: _Columns) -> None:
    """``ReadError`` if a column whose label is blank holds text."""
    labelled = set(columns.places)
    for place, cell in enumerate(cells[: columns.cells]):
        if place not in labelled and cell.strip():
            raise ReadError(
                "wrong-columns",
                f"{name} の {letters(place)} 列には見出しがないのに、{number} 行目に値があります。"
                "見出しを付けてください。",
                f"Column {letters(place)} of {name} has no label, but a value in row {number}.",
                name,
            )


def _columns(grid: Grid, layout: Layout, heading: list[Row]) -> _Columns:
    """The columns that have a label; their labels are ``layout``'s own words where it has them."""
    cells = max(len(row) for _, row, _ in heading)
    found = [
        JOINT.join(dict.fromkeys(filter(None, parts))) for parts in zip(*_parts(grid, heading, cells), strict=True)
    ]
    while found and not found[-1]:
        found.pop()
    if grid.endless:
        cells = len(found)
    if layout.labels:
        _require_fit(grid, layout, heading, len(found), cells)
        found = list(layout.labels)
        cells = max(cells, len(found))
    repeated = [letters(place) for place, label in enumerate(found) if label and found.count(label) > 1]
    if repeated:
        raise _wrong_header(
            grid.name,
            heading,
            f"同じ見出しの列があります（{'、'.join(repeated)} 列）。見出しの行がないファイルかもしれません",
            f"has the same label in columns {', '.join(repeated)}; perhaps there is no header row",
        )
    places = tuple(place for place, label in enumerate(found) if label)
    return _Columns(tuple(found[place] for place in places), places, cells)


def _parts(grid: Grid, heading: list[Row], width: int) -> list[list[str]]:
    """The texts of the heading rows, where merged cells show their text in each column that they cover."""
    texts = [[cell.strip() for cell in (*row, *[""] * (width - len(row)))] for _, row, _ in heading]
    if grid.merged is None:
        return [_carried(texts, row) for row in range(len(texts))]
    rows = {number - 1: texts[place] for place, (number, *_) in enumerate(heading)}
    for (top, left), (bottom, right) in grid.merged:
        if top not in rows or left >= width:
            continue
        # A label of the last heading row is its first column's alone, however wide somebody made it.
        last = min(right, width - 1) if bottom < max(rows) else left
        for row in range(top, bottom + 1):
            if row in rows:
                rows[row][left : last + 1] = [rows[top][left]] * (last + 1 - left)
    return texts


def _carried(texts: list[list[str]], row: int) -> list[str]:
    """A heading row of a format that knows no merged cells: a text also stands for the blank cells on its right
    that have a text below, up to where this or a higher row begins something new.
    """
    carried, current = [], ""
    for place, text in enumerate(texts[row]):
        if text or any(above[place] for above in texts[:row]):
            current = text
        has_parts = any(below[place] for below in texts[row + 1 :])
        carried.append(text or (current if has_parts else ""))
    return carried


def _require_fit(grid: Grid, layout: Layout, heading: list[Row], least: int, most: int) -> None:
    """``ReadError`` if ``layout`` has not as many labels as there are columns."""
    count = len(layout.labels)
    if least <= count <= (count if grid.endless else most):
        return
    number = heading[-1][0]
    raise ReadError(
        "wrong-columns",
        f"{grid.name} の {number} 行目は {most} 列で、source.yml の reader.labels の {count} 列と合いません。"
        "公開元が列を増減していないか確かめて、labels と mapping.yml を直してください。",
        f"Row {number} of {grid.name} has {most} columns where reader.labels of source.yml names {count}.",
        grid.name,
    )


def _wrong_header(name: str, heading: list[Row], ja: str, en: str) -> ReadError:
    """The error of a header that names no columns. It tells columns by their letters: of a file without a header row
    the labels are somebody's data.
    """
    numbers = "～".join(dict.fromkeys(str(heading[place][0]) for place in (0, -1)))
    return ReadError(
        "wrong-columns",
        f"{name} の {numbers} 行目（列見出し）: {ja}。一つの列に、ほかと違う見出しを一つ付けてください。",
        f"The header (row {numbers}) of {name} {en}. Give every column one label of its own.",
        name,
    )
