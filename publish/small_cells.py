"""The small-cell rule: which counts of a table must not be shown, so that nobody is counted out.

Pure: numbers in, yes or no out. The limits are those of 匿名介護情報 (介護DB) and 介護DBオープンデータ, which count
bodies and persons by municipality as this project would: see ``limit_of_persons`` and :data:`LIMIT_OF_BODIES`. What is
hidden is shown as :data:`SYMBOL`; a zero is always shown. Which of the counts in a release need the rule is said where
they are made (``coverage``, ``quality``).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence

SYMBOL = "x"
"""In place of a count that is hidden, because it is small itself or because a small one would follow from it."""

LIMIT_OF_BODIES = 3
"""A count of bodies (organizations, senders of submissions) below this is hidden, except zero."""

Table = list[list[int]]
Cell = tuple[int, int]
Line = tuple[bool, int]
"""A line of a table: whether it is a row, and its number."""
Way = tuple[int, int, tuple[Cell, ...]]
"""How many cells it would hide, their sum, and the cells."""


def limit_of_persons(population: int) -> int | None:
    """The count of persons below which it is hidden in a municipality of that ``population``; None: all counts are."""
    if population < 2_000:
        return None
    return 20 if population < 25_000 else 10


def hidden(cells: Sequence[Sequence[int]], limit: int = LIMIT_OF_BODIES) -> list[list[bool]]:
    """Which cells of the table must not be shown, its totals included: one row and one column more than ``cells``.

    ``cells`` are counts, in rows of one length. Hidden are the counts below ``limit`` but zero, and of the others so
    many more (for each small one the fewest, then those of the smallest sum) that each hidden count could have another
    value for a reader who sees all that is shown, sums it up, and knows that no zero is hidden.

    A row or column and its total balance. So what is in doubt is a round through hidden cells, by row and column in
    turn, along which one can be added and taken off without a trace; a small cell that is on none gets the cheapest.
    """
    table = [[*row, sum(row)] for row in cells]
    table.append([sum(column) for column in zip(*table, strict=True)])
    small = [(i, j) for i, row in enumerate(table) for j, count in enumerate(row) if 0 < count < limit]
    told = set(small)
    for cell in small:
        told |= _alibi(table, told, cell)
    return [[(i, j) in told for j in range(len(row))] for i, row in enumerate(table)]


def _alibi(table: Table, told: set[Cell], cell: Cell) -> frozenset[Cell]:
    """The cells to hide beside ``told`` so that a round leads through ``cell``, in the one or the other direction."""
    row, column = (True, cell[0]), (False, cell[1])
    directions = ((row, column), (column, row))
    rounds = [_way(table, told, cell, end, start) for start, end in directions if _bends(table, cell, start)]
    # One more of it can always be: of the totals that it adds to.
    return frozenset(min(filter(None, rounds))[2])


def _way(table: Table, told: set[Cell], without: Cell, start: Line, end: Line) -> Way | None:
    """The cheapest way between two lines, if there is one."""
    queue: list[tuple[int, int, tuple[Cell, ...], Line]] = [(0, 0, (), start)]
    seen = set()
    while queue:
        number, amount, cells, line = heapq.heappop(queue)
        if line == end:
            return number, amount, cells
        if line in seen:
            continue
        seen.add(line)
        for cell, following in _crossings(table, line):
            if cell == without or following in seen or not _bends(table, cell, line):
                continue
            count = table[cell[0]][cell[1]]
            known = cell in told
            step = (number, amount, cells) if known else (number + 1, amount + count, (*cells, cell))
            heapq.heappush(queue, (*step, following))
    return None


def _crossings(table: Table, line: Line) -> Iterator[tuple[Cell, Line]]:
    """The cells of a line, each with the line that crosses there."""
    is_row, number = line
    if is_row:
        yield from (((number, column), (False, column)) for column in range(len(table[0])))
    else:
        yield from (((row, number), (True, row)) for row in range(len(table)))


def _bends(table: Table, cell: Cell, start: Line) -> bool:
    """Whether a round may pass ``cell`` coming from that line: what comes from a row adds one, or takes one off a
    total, which balances with the other sign; nothing becomes zero.
    """
    i, j = cell
    total = (i == len(table) - 1) != (j == len(table[0]) - 1)
    adds = start[0] != total
    return table[i][j] >= (1 if adds else 2)
