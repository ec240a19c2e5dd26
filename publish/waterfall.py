"""Where the bars of a match-weight waterfall stand: what each reason adds to a pair's weight, from top to bottom.

Places and sizes only, in the picture's own units. How it is drawn stands in the template, what is compared and what
it weighs in ``warehouse.resolution``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Literal

WIDTH = 600
LABELS = 160
"""Width of the column of titles, left of the bars; the longest title of a comparison fits."""

RIGHT = 100
"""What is kept free on the right of the bars: the column of numbers, and in the head the words of a threshold."""

NUMBERS_END = WIDTH - RIGHT + 60
"""Where the numbers end; in a column of their own no threshold runs through them."""

HEAD = 26
ROW = 24
BAR = 14

START = "はじめの重み"
TOTAL = "合計"


@dataclass(frozen=True)
class Bar:
    """One bar: from ``left`` over ``width``; ``value`` is what it adds, or the total; ``ends`` is where the sum is."""

    title: str
    value: float
    direction: Literal["up", "down", "total"]
    left: float
    width: float
    top: int
    ends: float


@dataclass(frozen=True)
class Waterfall:
    """The picture: bars from top to bottom, the line of zero, and the thresholds by name as (x, weight)."""

    height: int
    bars: tuple[Bar, ...]
    zero: float
    thresholds: Mapping[str, tuple[float, float]]


def draw(start: float, parts: Sequence[tuple[str, float]], thresholds: Mapping[str, float]) -> Waterfall:
    """The waterfall of a pair that starts at ``start`` and has ``parts`` (title, weight); its last bar is their sum.

    Sums are rounded to the three decimals that weights have.
    """
    steps = [(START, start), *parts]
    sums = [round(total, 3) for total in accumulate((weight for _, weight in steps), initial=0.0)]
    lowest, highest = min(*sums, *thresholds.values()), max(*sums, *thresholds.values())
    unit = (WIDTH - LABELS - RIGHT) / (highest - lowest or 1)

    def x(weight: float) -> float:
        return round(LABELS + (weight - lowest) * unit, 1)

    spans = [
        (title, weight, before, after) for (title, weight), (before, after) in zip(steps, pairwise(sums), strict=True)
    ]
    bars = [
        Bar(
            title,
            value,
            "total" if title == TOTAL else "up" if value >= 0 else "down",
            min(x(before), x(after)),
            # A reason that hardly weighs is still seen.
            max(round(abs(x(after) - x(before)), 1), 1.0),
            HEAD + ROW * row + (ROW - BAR) // 2,
            x(after),
        )
        for row, (title, value, before, after) in enumerate([*spans, (TOTAL, sums[-1], 0.0, sums[-1])])
    ]
    lines = {name: (x(weight), weight) for name, weight in thresholds.items()}
    return Waterfall(HEAD + ROW * len(bars) + 4, tuple(bars), x(0.0), lines)
