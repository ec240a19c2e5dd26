"""Times of day, HH:MM. A closing time may be 24:00. A cell with two times is a mapping's business (``split``)."""

from __future__ import annotations

import re
import unicodedata

from schemas.formats import Reading
from schemas.formats._cell import is_nothing, tidy

TITLE_JA = "時刻"
EXPECTED_JA = "HH:MM（例: 09:00）"
EXPECTED_EN = "HH:MM, 24 hours"

_CLOCK = re.compile(
    r"(?P<half>午前|午後|am|pm|a\.m\.|p\.m\.)?\s*(?P<hour>[0-9]{1,2})\s*"
    r"(?:[:;.]\s*(?P<minute>[0-9]{2})(?::[0-9]{2})?|時(?:\s*(?P<minutes>[0-9]{1,2})\s*分|(?P<and_half>半))?)?"
    r"\s*(?P<after>am|pm|a\.m\.|p\.m\.)?\s*(?:頃|ごろ|から|より|まで)?",
    re.IGNORECASE,
)
_COMPACT = re.compile(r"([0-9]{1,2})([0-9]{2})")

GOOD: list[tuple[str, str | None]] = [
    ("09:00", "09:00"),
    ("9:00", "09:00"),
    ("９：３０", "09:30"),
    ("９時", "09:00"),
    ("9時30分", "09:30"),
    ("午後1時", "13:00"),
    ("午後1時半", "13:30"),
    ("午前8時45分", "08:45"),
    ("PM 5:00", "17:00"),
    ("9:00 am", "09:00"),
    ("0900", "09:00"),
    ("17:00:00", "17:00"),
    ("正午", "12:00"),
    ("午後0時", "12:00"),
    ("24:00", "24:00"),
    ("0:00", "00:00"),
    ("", None),
    ("-", None),
]
BAD: list[tuple[str, str]] = [
    ("25:00", "time-range"),
    ("24:30", "time-range"),
    ("9:60", "time-range"),
    ("9", "time-form"),
    ("9:00-17:00", "time-form"),
    ("午前12時", "time-form"),
    ("24時間", "time-form"),
    ("午前中", "time-form"),
]


def read(text: str) -> Reading:
    """The time as ``HH:MM``; 午前12時 is unreadable, because people mean noon and midnight by it."""
    cell = tidy(unicodedata.normalize("NFKC", text))
    if is_nothing(cell):
        return Reading(None)
    if cell in ("正午", "深夜0時", "深夜12時"):
        return Reading("12:00" if cell == "正午" else "24:00")
    compact = _COMPACT.fullmatch(cell)
    if compact and len(cell) > 2:
        return _time(int(compact[1]), int(compact[2]))
    clock = _CLOCK.fullmatch(cell)
    half = "" if not clock else (clock["half"] or clock["after"] or "").lower()
    if not clock or (cell.isdigit() and not half):
        return Reading(None, "time-form")
    hour = int(clock["hour"])
    minute = 30 if clock["and_half"] else int(clock["minute"] or clock["minutes"] or 0)
    if hour == 12 and half.startswith(("午前", "a")):
        return Reading(None, "time-form", "00:00 または 12:00")
    if hour < 12 and half.startswith(("午後", "p")):
        hour += 12
    return _time(hour, minute)


def _time(hour: int, minute: int) -> Reading:
    if minute > 59 or hour * 60 + minute > 24 * 60:
        return Reading(None, "time-range", "00:00 から 24:00 まで")
    return Reading(f"{hour:02}:{minute:02}")
