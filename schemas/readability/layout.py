"""Where the tables of a sheet are, which rows are their headings, and what kind of values each column holds.

The rules do not say how; the heuristics are those that the Digital Agency's sample checker describes: cells between
blank rows and columns form an island, a sparse row above is a title, totals and notes below are no data. Ours differ
on purpose in three points: rows of plain text below the first are data unless they complete headings that row leaves
blank (the checker may take up to five for headings), a lone title cell is never a table, and sparse last rows
are notes only if they say so or hold a single cell (a file of many optional columns would lose its data).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from schemas.readability.sheet import Area, Sheet, Value, letters

MAX_HEADER_ROWS = 5

_TOTAL = re.compile(r"合計|小計|総計|計|総数|総合計")
_NOTE = re.compile(r"\s*(※|（注）|注[：:）)]|備考|出典|参考|出所|資料|[Ss]ource)")
_MISSING = frozenset("-－–―…‥*×xX") | {"N/A", "n/a", "NA"}
_DATE = re.compile(r"\d{4}[-/]\d{1,2}[-/]\d{1,2}|\d{1,2}[-/]\d{1,2}[-/]\d{4}")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d+)?|\d{1,3}(,\d{3})*(\.\d+)?)")
_FIGURE = re.compile(r"[+-]?(\d{3,}|\d[\d,]*[.,]\d+)")
"""A number that is data rather than the number of a column: three digits, or a point or comma."""


class Outside(NamedTuple):
    """A cell outside every table: ``kind`` is title, total, note or isolated."""

    row: int
    column: int
    value: Value
    kind: str


@dataclass(frozen=True)
class Table:
    """A table of a sheet. ``header_rows`` is empty where no row looks like headings; ``confidence`` is 0 to 1."""

    sheet: Sheet
    area: Area
    header_rows: tuple[int, ...]
    confidence: float
    labels: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()

    @property
    def columns(self) -> range:
        """The numbers of the columns."""
        return range(self.area.left, self.area.right + 1)

    @property
    def body(self) -> int:
        """The first row of data."""
        return self.header_rows[-1] + 1 if self.header_rows else self.area.top

    def label(self, column: int) -> str:
        """The heading of a column: the cells of all heading rows, joined."""
        return self.labels[column - self.area.left]

    def kind(self, column: int) -> str:
        """What four in five values of a column are: text, numeric, date; else mixed, or empty."""
        return self.kinds[column - self.area.left]

    def heading(self, column: int) -> str:
        """The A1 name of a column's (last) heading cell."""
        return f"{letters(column)}{self.header_rows[-1] if self.header_rows else self.area.top}"

    def counts(self, column: int) -> Iterator[tuple[Value, int]]:
        """Each distinct value among the data of a column, and how often it stands there; no blanks."""
        tally = self.sheet.tally(column, self.body, self.area.bottom)
        return ((value, n) for value, n in zip(self.sheet.values(column), tally, strict=True) if n)


@dataclass(frozen=True)
class Layout:
    """The tables of a sheet from the top, and the cells outside them."""

    tables: list[Table]
    outside: list[Outside]


def layout(sheet: Sheet) -> Layout:
    """The tables of the sheet."""
    tables: list[Table] = []
    outside: list[Outside] = []
    if not sheet.width or not sheet.height:
        return Layout(tables, outside)
    whole = Area(1, 1, sheet.height, sheet.width)
    across = _bands(set(sheet.blank_columns(whole)), sheet.width)
    widest = max(across, key=lambda band: band[1] - band[0], default=(1, 1))
    down = _with_headings(sheet, _bands(set(sheet.blank_rows(whole)), sheet.height), widest)
    for top, bottom in down:
        row = [_island(sheet, Area(top, left, bottom, right), outside) for left, right in across]
        tables += [_table(sheet, area) for area in _side_by_side([area for area in row if area])]
    return Layout([_described(table) for table in tables], outside)


def _bands(blank: set[int], last: int) -> list[tuple[int, int]]:
    """Runs of numbers up to ``last`` that are not blank."""
    bands: list[tuple[int, int]] = []
    for number in range(1, last + 1):
        if number in blank:
            continue
        if bands and bands[-1][1] == number - 1:
            bands[-1] = (bands[-1][0], number)
        else:
            bands.append((number, number))
    return bands


def _with_headings(sheet: Sheet, bands: list[tuple[int, int]], widest: tuple[int, int]) -> list[tuple[int, int]]:
    """Bands in which headings that one blank row parts from their data are joined to them."""
    joined: list[tuple[int, int]] = []
    left, right = widest
    for top, bottom in bands:
        if joined and top - joined[-1][1] == 2 and _is_heading_band(sheet, joined[-1], left, right):
            joined[-1] = (joined[-1][0], bottom)
        else:
            joined.append((top, bottom))
    return joined


def _is_heading_band(sheet: Sheet, band: tuple[int, int], left: int, right: int) -> bool:
    top, bottom = band
    if bottom - top >= MAX_HEADER_ROWS:
        return False
    strengths = [_strength(sheet, row, left, right) for row in range(top, bottom + 1)]
    cells = len(sheet.row_cells(top, left, right))
    full = top == bottom and cells >= 2 and cells * 2 >= right - left + 1
    return min(strengths) > 0 and (max(strengths) == 2 or full)


def _strength(sheet: Sheet, row: int, left: int, right: int) -> int:
    """How much a row looks like headings: 2 by its looks (bold, merged), 1 by its text, 0 not at all."""
    cells = sheet.row_cells(row, left, right)
    if not cells:
        return 0
    if any(sheet.style(row, column).bold for column, _ in cells):
        return 2
    merges = [m for m in sheet.merges if m.top <= row <= m.bottom and left <= m.left and m.right <= right]
    if any(m.right > m.left for m in merges) or sum(m.bottom > m.top for m in merges) >= 3:
        return 2
    texts = [value.strip() for _, value in cells if isinstance(value, str)]
    if len(texts) < len(cells):
        return 0
    telling = [text for text in texts if text and text not in _MISSING]
    figures = sum(_FIGURE.fullmatch(text) is not None for text in telling)
    return int(figures <= 0.3 * max(len(telling), 1))


def _island(sheet: Sheet, area: Area, outside: list[Outside]) -> Area | None:
    """The table within an area: without titles, totals and notes, which go to ``outside``. None if nothing is left."""
    top, left, bottom, right = area
    width = right - left + 1
    if width == 1 or (top == bottom and len(sheet.row_cells(top, left, right)) <= max(1, width // 5)):
        outside += [
            Outside(row, column, value, "isolated")
            for row in range(top, bottom + 1)
            for column, value in sheet.row_cells(row, left, right)
        ]
        return None
    while width >= 3 and top < bottom and _is_title(sheet, top, left, right):
        outside += [Outside(top, column, value, "title") for column, value in sheet.row_cells(top, left, right)]
        top += 1
    while top < bottom:
        cells = sheet.row_cells(bottom, left, right)
        kind = _trailer(sheet, bottom, cells, width)
        if cells and not kind:
            break
        outside += [Outside(bottom, column, value, kind) for column, value in cells]
        bottom -= 1
    return Area(top, left, bottom, right)


def _is_title(sheet: Sheet, row: int, left: int, right: int) -> bool:
    width = right - left + 1
    cells = sheet.row_cells(row, left, right)
    marked = any(sheet.style(row, column).bold for column, _ in cells) or any(
        m.top <= row <= m.bottom and m.left <= right and m.right >= left for m in sheet.merges
    )
    if marked:
        return len(cells) == 1 and width >= 4
    return len(cells) <= min(2, width // 2) or len(cells) <= 0.15 * width


def _trailer(sheet: Sheet, row: int, cells: list[tuple[int, Value]], width: int) -> str:
    """What a last row is if it is no data: ``total`` or ``note``, else empty."""
    if any(re.match(r"=?\s*(SUM|SUBTOTAL)\b", sheet.formulas.get((row, c), ""), re.IGNORECASE) for c, _ in cells):
        return "total"
    texts = [value for _, value in cells if isinstance(value, str)]
    if any(_TOTAL.fullmatch(text.strip()) for text in texts[:3]):
        return "total"
    first = cells[0][1] if cells else None
    if not isinstance(first, str):
        return ""
    alone = len(cells) == 1
    noted = _NOTE.match(first) and (alone or len(cells) < 0.3 * width)
    return "note" if noted or (alone and width >= 5) else ""


def _side_by_side(areas: list[Area]) -> list[Area]:
    """Areas, joined where one blank column parts rows that begin and end together."""
    joined: list[Area] = []
    for area in areas:
        last = joined[-1] if joined else None
        if (
            last
            and area.left - last.right == 2
            and abs(area.top - last.top) <= 1
            and abs(area.bottom - last.bottom) <= 1
        ):
            joined[-1] = Area(min(last.top, area.top), last.left, max(last.bottom, area.bottom), area.right)
        else:
            joined.append(area)
    return joined


def _table(sheet: Sheet, area: Area) -> Table:
    filled = sum(sheet.filled(column, area.top, area.bottom) for column in range(area.left, area.right + 1))
    width, height = area.right - area.left + 1, area.bottom - area.top + 1
    share = filled / (width * height)
    confidence = min(0.6 * share + 0.6 * _rows_with_data(sheet, area) / height, 1.0)
    return Table(sheet, area, _header_rows(sheet, area), round(confidence, 3))


def _rows_with_data(sheet: Sheet, area: Area) -> int:
    """How many rows have two values, or a third of their cells if that is fewer."""
    needed = int(max(min((area.right - area.left + 1) * 0.3, 2), 1))
    short = {row: needed for row in range(area.top, area.bottom + 1)}
    for column in range(area.left, area.right + 1):
        codes = sheet.columns[column - 1].codes
        for row in [row for row in short if codes[row - 1]]:
            short[row] -= 1
            if not short[row]:
                del short[row]
    return area.bottom - area.top + 1 - len(short)


def _header_rows(sheet: Sheet, area: Area) -> tuple[int, ...]:
    top, left, bottom, right = area
    if top == bottom:
        return ()
    strength = {row: _strength(sheet, row, left, right) for row in range(top, min(top + MAX_HEADER_ROWS, bottom) + 1)}
    if not strength[top] and _types(sheet, top, left, right) == _types(sheet, top + 1, left, right):
        return ()
    rows = [top]
    deepest = max((m.bottom for m in sheet.merges if m.bottom > m.top and m.top == top), default=None)
    for row in range(top + 1, min(top + MAX_HEADER_ROWS, bottom)):
        by_looks = strength[row] == 2 and strength[top] == 2 and (deepest is None or row <= deepest)
        if not (by_looks or (strength[row] == 1 and _completes(sheet, rows, row, area))):
            break
        rows.append(row)
    if len(rows) >= MAX_HEADER_ROWS or rows[-1] == bottom:  # the data are bold or merged too
        return (top,)
    return tuple(rows)


def _types(sheet: Sheet, row: int, left: int, right: int) -> list[str]:
    return [type(sheet.cell(row, column)).__name__ for column in range(left, right + 1)]


def _completes(sheet: Sheet, rows: list[int], row: int, area: Area) -> bool:
    """Whether ``row`` is words alone, names columns that the rows above leave blank, and figures stand below."""
    named = {column for above in rows for column, _ in sheet.row_cells(above, area.left, area.right)}
    here, below = (dict(sheet.row_cells(r, area.left, area.right)) for r in (row, row + 1))
    words = all(_kind_of(value) == "text" for value in here.values())
    return words and bool(here.keys() - named) and any(_kind_of(value) == "numeric" for value in below.values())


def _described(table: Table) -> Table:
    """The table with the headings and the kinds of its columns."""
    labels = tuple(_label(table, column) for column in table.columns)
    return replace(table, labels=labels, kinds=tuple(_kind(table.counts(column)) for column in table.columns))


def _label(table: Table, column: int) -> str:
    parts: list[str] = []
    for row in table.header_rows:
        text = table.sheet.text(row, column)
        if not text:
            merge = next((m for m in table.sheet.merges if m.holds(row, column)), None)
            text = table.sheet.text(merge.top, merge.left) if merge else ""
        if text and text not in parts:
            parts.append(text)
    return " / ".join(parts)


def _kind(counts: Iterator[tuple[Value, int]]) -> str:
    kinds: Counter[str] = Counter()
    for value, n in counts:
        kinds[_kind_of(value)] += n
    del kinds["empty"]
    total = kinds.total()
    if not total:
        return "empty"
    kind, most = kinds.most_common(1)[0]
    return kind if most >= 0.8 * total else "mixed"


def _kind_of(value: Value) -> str:
    if not isinstance(value, str):
        return "date" if isinstance(value, datetime) else "numeric"
    text = value.strip()
    if not text or text in _MISSING:
        return "empty"
    if not (text[0].isdigit() or text[0] in "+-"):
        return "text"
    if _NUMBER.fullmatch(text):
        return "numeric"
    return "date" if _DATE.fullmatch(text) else "text"
