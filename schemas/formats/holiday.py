"""祝日: whether a place is open on public holidays, read from what is written about its opening days."""

from __future__ import annotations

import re

from schemas.formats import Reading, _days
from schemas.formats._cell import is_nothing

TITLE_JA = "祝日"
EXPECTED_JA = "祝日に開いているか（例: 祝日を除く）"
EXPECTED_EN = "Whether it is open on public holidays"

_ANSWERS = frozenset(("open", "closed", "unknown"))
_OPEN = re.compile(r"祝(?:も|でも|は)?(?:営業|開所|開館|開設|対応|可|OK|利用可|あり)|年中無休")
_CLOSED = re.compile(
    r"祝[^。;]*?(?:除|休|不可|以外|閉)"
    r"|(?:定休日?|休館日?|休業日?|休所日?|休診日?|休み|除く)\s*[:は]?\s*[^。;]*祝"
)

GOOD: list[tuple[str, str | None]] = [
    ("平日,土曜日,祝日", "open"),
    ("土日祝", "open"),
    ("祝日も営業、年末年始休み", "open"),
    ("年中無休", "open"),
    ("月〜金（祝日を除く）", "closed"),
    ("祝日・年末年始は休み", "closed"),
    ("土日祝休み", "closed"),
    ("定休日：日曜、祝日", "closed"),
    ("祝日不可", "closed"),
    ("平日", "unknown"),
    ("月火水木金", "unknown"),
    ("毎日", "unknown"),
    ("closed", "closed"),
    ("", None),
    ("なし", None),
]
BAD: list[tuple[str, str]] = []


def read(text: str) -> Reading:
    """``open``, ``closed``, or ``unknown`` where the cell says nothing of holidays."""
    cell = _days.normal(text)
    if is_nothing(cell):
        return Reading(None)
    if cell in _ANSWERS:
        return Reading(cell)
    if len(cell) > _days.LONGEST:
        return Reading("unknown")
    if _OPEN.search(cell):
        return Reading("open")
    if _CLOSED.search(cell):
        return Reading("closed")
    return Reading("open" if "祝" in cell else "unknown")
