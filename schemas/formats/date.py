"""Dates: any Japanese or western way of writing one day, as ISO 8601. Periods and deadlines are not dates."""

from __future__ import annotations

import datetime
import re

from schemas.formats import Reading
from schemas.formats._cell import fold, is_nothing

TITLE_JA = "年月日"
EXPECTED_JA = "YYYY-MM-DD（例: 2026-04-01）"
EXPECTED_EN = "YYYY-MM-DD"

_ERAS = (
    # name, letter, abbreviation, first day, last day (both eras of a day of change are used in documents)
    ("令和", "R", "令", datetime.date(2019, 5, 1), datetime.date.max),
    ("平成", "H", "平", datetime.date(1989, 1, 8), datetime.date(2019, 4, 30)),
    ("昭和", "S", "昭", datetime.date(1926, 12, 25), datetime.date(1989, 1, 7)),
    ("大正", "T", "大", datetime.date(1912, 7, 30), datetime.date(1926, 12, 25)),
    ("明治", "M", "明", datetime.date(1868, 1, 25), datetime.date(1912, 7, 30)),
)
_ERA = {word: era for era in _ERAS for word in era[:3]}

_COMPACT = re.compile(r"((?:1[89]|20)[0-9]{2})([0-9]{2})([0-9]{2})")
_PARENTHESIS = re.compile(r"\([^()]*\)")
_WEEKDAY = re.compile(r"\s*[月火水木金土日]曜日?$")
_CLOCK = re.compile(r"(?<=[0-9])(?:T|\s+)[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?$")
_YEAR = (
    r"(?:(?P<era>令和|平成|昭和|大正|明治|[令平昭大明]|[RHSTMrhstm])\s*\.?\s*(?P<nth>元|[0-9]{1,2})|(?P<year>[0-9]{4}))"
)
_MARK = r"\s*[年./-]\s*"
_WHOLE = re.compile(rf"{_YEAR}{_MARK}(?P<month>[0-9]{{1,2}})\s*[月./-]\s*(?P<day>[0-9]{{1,2}})\s*日?")
_PART = re.compile(rf"{_YEAR}(?:\s*年度?|{_MARK}[0-9]{{1,2}}\s*月?)?|[0-9]{{1,2}}月(?:[0-9]{{1,2}}日)?")

GOOD: list[tuple[str, str | None]] = [
    ("2026-04-01", "2026-04-01"),
    ("2026/4/1", "2026-04-01"),
    ("2026.4.1", "2026-04-01"),
    ("20260401", "2026-04-01"),
    ("２０２６年４月１日", "2026-04-01"),
    ("2026年4月1日（水）", "2026-04-01"),
    ("2026-04-01T00:00:00+09:00", "2026-04-01"),
    ("2026-04-01 00:00:00", "2026-04-01"),
    ("R5.10.1", "2023-10-01"),
    ("R05.10.01", "2023-10-01"),
    ("令4. 10. 5", "2022-10-05"),
    ("昭32. 7. 1", "1957-07-01"),
    ("令和元年5月1日", "2019-05-01"),
    ("㋿8年4月1日", "2026-04-01"),
    ("㍻31年4月30日", "2019-04-30"),
    ("大正15年12月25日", "1926-12-25"),
    ("明治33年1月1日", "1900-01-01"),
    ("2024-02-29", "2024-02-29"),
    ("", None),
    ("-", None),
]
BAD: list[tuple[str, str]] = [
    ("H31.5.1", "era-inconsistent"),
    ("S64.1.8", "era-inconsistent"),
    ("令和元年4月30日", "era-inconsistent"),
    ("令和0年5月1日", "era-inconsistent"),
    ("2026-02-29", "no-such-date"),
    ("R5.13.1", "no-such-date"),
    ("20260431", "no-such-date"),
    ("2026年4月", "date-incomplete"),
    ("令和8年", "date-incomplete"),
    ("2026", "date-incomplete"),
    ("4月1日", "date-incomplete"),
    ("26/4/1", "date-form"),
    ("4/1/2026", "date-form"),
    ("45200", "date-form"),
    ("通年", "date-form"),
]


def read(text: str) -> Reading:
    """The day as ``YYYY-MM-DD``; weekday, clock time and remarks in parentheses are dropped.

    A year of an era that had ended, or not begun, is never converted in silence: either the era or the year is wrong.
    """
    cell = fold(text)
    if is_nothing(cell):
        return Reading(None)
    cell = _CLOCK.sub("", _WEEKDAY.sub("", _PARENTHESIS.sub("", cell).strip()))
    compact = _COMPACT.fullmatch(cell)
    if compact:
        return _day(int(compact[1]), int(compact[2]), int(compact[3]))
    whole = _WHOLE.fullmatch(cell)
    if not whole:
        return Reading(None, "date-incomplete" if _PART.fullmatch(cell) else "date-form")
    month, day = int(whole["month"]), int(whole["day"])
    if whole["year"]:
        return _day(int(whole["year"]), month, day)
    word = whole["era"].upper()
    _, _, _, first, last = _ERA[word]
    nth = 1 if whole["nth"] == "元" else int(whole["nth"])
    reading = _day(first.year + nth - 1, month, day)
    if reading.value and (nth == 0 or not first.isoformat() <= reading.value <= last.isoformat()):
        return Reading(None, "era-inconsistent", _in_its_era(datetime.date.fromisoformat(reading.value)))
    return reading


def _day(year: int, month: int, day: int) -> Reading:
    try:
        return Reading(datetime.date(year, month, day).isoformat())
    except ValueError:
        return Reading(None, "no-such-date")


def _in_its_era(day: datetime.date) -> str | None:
    for name, _, _, first, _ in _ERAS:
        if day >= first:
            nth = day.year - first.year + 1
            return f"{name}{'元' if nth == 1 else nth}年{day.month}月{day.day}日なら {day.isoformat()}"
    return None
