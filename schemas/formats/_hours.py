"""Opening hours found in prose: what :mod:`opening_time` and :mod:`closing_time` share.

Days are :mod:`_days`' business; how one time of day is written is :mod:`time`'s.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from schemas.formats import Reading, _days, time
from schemas.formats._cell import is_nothing

_TIME = r"(?:午前|午後|am|pm)?\s*(?:正午|[0-9]{1,2}\s*(?::\s*[0-9]{2}|時(?!間)(?:\s*[0-9]{1,2}\s*分|半)?))"
_JOINT = r"\s*(?:から|より|[~〜→ー–—‐−-])\s*"
# 9~17時: the first hour leaves its 時 to the second.
_BARE = rf"(?:午前|午後)?\s*[0-9]{{1,2}}(?={_JOINT}(?:午後)?\s*[0-9]{{1,2}}時)"
SPAN = re.compile(rf"(?P<first>{_TIME}|{_BARE}){_JOINT}(?P<last>{_TIME})", re.IGNORECASE)
"""From one time of day to another, in a normal cell."""
_BREAK = re.compile(
    rf"{SPAN.pattern}\s*(?:まで)?(?:の間)?(?:を?\s*除[くき]|\s*休憩|は\s*お?昼?休[みけ憩業診])", re.IGNORECASE
)
_ALONE = re.compile(rf"([~〜])?\s*({_TIME})\s*(から|より|[~〜]|まで)?", re.IGNORECASE)
_ROUND_THE_CLOCK = re.compile(r"24時間(?![前以後内])")


class Hours(NamedTuple):
    """From when to when; ``code`` as in :class:`~schemas.formats.Reading`."""

    opens: str | None
    closes: str | None
    code: str | None = None


def found(text: str) -> Hours:
    """The one span of time that a cell tells of; a time alone is both its ends, unless から or まで says which.

    Several different spans, or a time beside the span, are unreadable: they belong to different days, and which is
    not known. A break (正午から午後1時を除く) is left out, with the note ``hours-partly``. Days alone tell no time.
    """
    cell = _days.normal(text)
    if is_nothing(cell):
        return Hours(None, None)
    if len(cell) > _days.LONGEST:
        return Hours(None, None, "time-form")
    whole = time.read(cell)
    if whole.value and not cell.endswith(("から", "より", "まで")):
        return Hours(whole.value, whole.value)
    rest = _BREAK.sub("", cell)
    code = "hours-partly" if rest != cell else None
    spans = {_read(span["first"], span["last"]) for span in SPAN.finditer(rest)}
    if _ROUND_THE_CLOCK.search(rest):
        spans.add(Hours("00:00", "24:00"))
    alone = _ALONE.findall(SPAN.sub("", rest))
    if len(spans) + len(alone) > 1:
        return Hours(None, None, "several-hours")
    if spans:
        (span,) = spans
        return span if span.code else span._replace(code=code)
    if alone:
        ((before, clock, which),) = alone
        return _alone(clock, which or ("まで" if before else ""))
    return Hours(None, None, None if _days.found(cell) and not re.search("[0-9]", cell) else whole.code)


def _read(first: str, last: str) -> Hours:
    """A span; the afternoon of its first time holds for the last too."""
    opens = time.read(first if not first.strip()[-1].isdecimal() or ":" in first else f"{first}時")
    said = last.startswith(("午前", "午後")) or last[:2].lower() in ("am", "pm")
    closes = time.read(last if said or not first.startswith("午後") else f"午後{last}")
    code = opens.code or closes.code
    if not code and first.startswith("午前") and not said and str(closes.value) <= str(opens.value):
        code = "time-form"
    return Hours(None, None, code) if code else Hours(opens.value, closes.value)


def _alone(clock: str, which: str) -> Hours:
    """A time that stands alone in prose: から or まで after it says which end it is."""
    reading = time.read(clock)
    if reading.code or not which:
        return Hours(None, None, reading.code or "time-form")
    return Hours(None, reading.value) if which == "まで" else Hours(reading.value, None)


def side(hours: Hours, value: str | None) -> Reading:
    """One end of the hours as a reading."""
    return Reading(value, hours.code)
