"""No count that is hidden can be worked out from those that are shown, and little is hidden beside the small ones."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publish import small_cells

TABLES = st.integers(1, 3).flatmap(
    lambda width: st.lists(st.lists(st.integers(0, 5), min_size=width, max_size=width), min_size=1, max_size=3)
)


def with_totals(cells: list[list[int]]) -> list[list[int]]:
    rows = [[*row, sum(row)] for row in cells]
    return [*rows, [sum(column) for column in zip(*rows, strict=True)]]


def shown(cells: list[list[int]], limit: int = 3) -> list[list[int | str]]:
    """The table as it is published."""
    hidden = small_cells.hidden(cells, limit)
    return [
        [small_cells.SYMBOL if secret else count for count, secret in zip(counts, secrets, strict=True)]
        for counts, secrets in zip(with_totals(cells), hidden, strict=True)
    ]


def possible(table: list[list[int | str]], most: int) -> dict[tuple[int, int], set[int]]:
    """What each hidden count can be, by trying every table that fits what is shown; no zero is hidden."""
    height, width = len(table) - 1, len(table[0]) - 1
    choices = [
        [list(range(1, most + 1)) if table[i][j] == "x" else [table[i][j]] for j in range(width)] for i in range(height)
    ]
    rows = [
        [
            row
            for row in itertools.product(*choices[i])
            if table[i][width] in (sum(row), "x") and (table[i][width] != "x" or sum(row))  # type: ignore[arg-type]
        ]
        for i in range(height)
    ]
    values: dict[tuple[int, int], set[int]] = {}
    for cells in itertools.product(*rows):
        whole = with_totals([list(row) for row in cells])  # type: ignore[arg-type]
        if all(shown in (count, "x") for shown, count in zip(table[height], whole[height], strict=True)):
            for i, j in itertools.product(range(height + 1), range(width + 1)):
                if table[i][j] == "x":
                    values.setdefault((i, j), set()).add(whole[i][j])
    return values


@settings(max_examples=150, deadline=None)
@given(TABLES)
def test_nobody_works_a_hidden_count_out(cells: list[list[int]]) -> None:
    table = shown(cells)
    values = possible(table, most=6)
    secret = {(i, j) for i, row in enumerate(table) for j, count in enumerate(row) if count == "x"}
    assert set(values) == secret
    assert all(len(found) > 1 for found in values.values())


@settings(deadline=None)
@given(st.integers(1, 8).flatmap(lambda w: st.lists(st.lists(st.integers(0, 60), min_size=w, max_size=w), max_size=9)))
def test_small_counts_are_hidden_zeros_never_and_few_beside_them(cells: list[list[int]]) -> None:
    if not cells:
        return
    hidden, whole = small_cells.hidden(cells), with_totals(cells)
    flat = [(count, secret) for c, s in zip(whole, hidden, strict=True) for count, secret in zip(c, s, strict=True)]
    small = [secret for count, secret in flat if 0 < count < small_cells.LIMIT_OF_BODIES]
    assert all(small)
    assert not any(secret for count, secret in flat if count == 0)
    assert sum(secret for _, secret in flat) <= 4 * len(small)


@pytest.mark.parametrize(
    ("cells", "published"),
    [
        # Nothing is small: nothing is hidden.
        ([[3, 0], [4, 5]], [[3, 0, 3], [4, 5, 9], [7, 5, 12]]),
        # One small count takes three others with it, so that neither its row nor its column tells.
        ([[2, 5], [6, 7]], [["x", "x", 7], ["x", "x", 13], [8, 12, 20]]),
        # Two small counts shield each other in their row, and their columns' totals are small themselves.
        ([[2, 0, 0, 1]], [["x", 0, 0, "x", 3], ["x", 0, 0, "x", 3]]),
        # A small count alone in its row and column would be read off every total.
        ([[1, 0], [0, 9]], [["x", 0, "x"], [0, 9, 9], ["x", 9, "x"]]),
        # All zero is told.
        ([[0, 0]], [[0, 0, 0], [0, 0, 0]]),
    ],
)
def test_what_is_published_of_a_table(cells: list[list[int]], published: list[list[int | str]]) -> None:
    assert shown(cells) == published


def test_three_ones_and_their_total_are_not_read_as_three_ones() -> None:
    (row, _) = shown([[1, 1, 1]])
    assert row == ["x", "x", "x", "x"]


@pytest.mark.parametrize(
    ("population", "limit"),
    [(0, None), (1_999, None), (2_000, 20), (24_999, 20), (25_000, 10), (1_900_000, 10)],
)
def test_persons_are_hidden_by_the_size_of_the_municipality(population: int, limit: int | None) -> None:
    assert small_cells.limit_of_persons(population) == limit


def test_the_limit_is_the_callers() -> None:
    assert shown([[9, 30], [40, 50]], limit=10)[0][0] == "x"
    assert shown([[9, 30], [40, 50]])[0][0] == 9
