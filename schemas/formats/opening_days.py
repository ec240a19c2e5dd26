"""利用可能曜日: the weekdays on which a place is open every week, ``月火水木金土日`` in that order (ODS, GIF 441).

Holidays are read by ``holiday``, days of every other or every second week by ``recurrence``, times by
``opening_time`` and ``closing_time``.
"""

from __future__ import annotations

import re

from schemas.formats import Reading, _days, _hours
from schemas.formats._cell import is_nothing

TITLE_JA = "利用可能曜日"
EXPECTED_JA = "開いている曜日（例: 月火水木金）"
EXPECTED_EN = "Weekdays on which it is open, e.g. 月火水木金"

_CODES = re.compile(r"[1-7]{1,7}")
_CLAUSE = re.compile(r"[()。;/]+")
_FIRM = re.compile(
    r"\s*(?:毎週)?(?:平日|毎日|[月火水木金土日](?:曜日?)?(?:~|〜|-|–|から)[月火水木金土日](?:曜日?)?(?:まで)?)(?:[、,\s]+|$)"
)
_EXCEPT = re.compile(r"除[くきい]た?|以外")
_RESTS = re.compile(r"(?<![無不])(?<!不定)休(?:業|館|所|診|み|日|$)|(?<!不)定休|閉所|閉館")
_NTH = re.compile(
    r"第\s*[1-5一二三四五](?:\s*[・、,.と]\s*第?\s*[1-5一二三四五])*\s*(?:週の?)?[月火水木金土日](?:曜日?)?"
    r"|(?:隔週|最終)の?[月火水木金土日](?:曜日?)?"
)
_NOT_WEEKLY = re.compile(r"不定|随時|シフト|[0-9]\s*回")

GOOD: list[tuple[str, str | None]] = [
    ("月火水木金", "月火水木金"),
    ("金月", "月金"),
    ("平日", "月火水木金"),
    ("平日,土曜日,祝日", "月火水木金土"),
    ("土日", "土日"),
    ("土日祝", "土日"),
    ("月〜金", "月火水木金"),
    ("月曜日から金曜日", "月火水木金"),
    ("金～月", "月金土日"),
    ("月・水・金", "月水金"),
    ("火曜・木曜", "火木"),
    ("日祝日", "日"),
    ("毎日", "月火水木金土日"),
    ("年中無休", "月火水木金土日"),
    ("24時間365日", "月火水木金土日"),
    ("12345", "月火水木金"),
    ("月曜日から金曜日 午前8時45分から午後5時15分", "月火水木金"),
    ("平日（12月29日から1月3日を除く）", "月火水木金"),
    ("月～金（祝日を除く）", "月火水木金"),
    ("毎日（水曜日を除く）", "月火木金土日"),
    ("月〜土（日曜・祝日休み）", "月火水木金土"),
    ("月〜金、日曜、祝日休み", "月火水木金"),
    ("平日 お盆休み", "月火水木金"),
    ("水曜日を除く毎日", "月火木金土日"),
    ("平日9時～17時／土曜9時～12時", "月火水木金土"),
    ("月・水・金曜 9:00～16:00／土曜 10:00～15:00", "月水金土"),
    ("月～金8:30～17:15", "月火水木金"),
    ("毎週火・金\n13:00～16:00（要予約）", "火金"),
    ("8:30～17:15（土日祝日を除く）", "月火水木金"),
    ("9時～17時 日曜定休", "月火水木金土"),
    ("午前8時30分から午後5時15分", None),
    ("9:00～16:00（祝日を除く）", None),
    ("", None),
    ("なし", None),
]
BAD: list[tuple[str, str]] = [
    ("日曜定休", "closed-days-given"),
    ("土日祝休み", "closed-days-given"),
    ("定休日：水曜", "closed-days-given"),
    ("第2・第4土曜", "opening-days-form"),
    ("月〜金、第2土曜", "opening-days-partly"),
    ("日曜、祝日休み", "closed-days-given"),
    ("不定期", "opening-days-form"),
    ("月8回のシフト制", "opening-days-form"),
    ("正月と事業所が定める日", "opening-days-form"),
    ("祝日", "opening-days-form"),
    ("不定期 10:00～15:00", "opening-days-form"),
    ("第1・3水曜日 13時～16時", "opening-days-form"),
    ("毎月1～2回", "opening-days-form"),
]


def read(text: str) -> Reading:
    """The weekdays; clock times and dates in the cell are passed over.

    A cell that only names closed days is unreadable (the days left over are what is expected), unless it also tells
    the hours: then it is open on the others. Hours alone say nothing of days. Days of certain weeks only are left out,
    with the note ``opening-days-partly`` when weekly days remain.
    """
    cell = _days.normal(text)
    if is_nothing(cell):
        return Reading(None)
    if _CODES.fullmatch(cell):
        return Reading("".join(_days.WEEK[number - 1] for number in sorted({int(code) for code in cell})))
    if len(cell) > _days.LONGEST:
        return Reading(None, "opening-days-form")
    open_days, closed = "", ""
    for clause in _CLAUSE.split(_NTH.sub("", cell)):
        opened, shut = _clause(clause)
        open_days, closed = open_days + opened, closed + shut
    days = "".join(day for day in _days.WEEK if day in open_days and day not in closed)
    if days:
        return Reading(days, "opening-days-partly" if _NTH.search(cell) else None)
    left = "".join(day for day in _days.WEEK if day not in closed)
    if _hours.SPAN.search(cell) and not _NTH.search(cell) and not _NOT_WEEKLY.search(cell):
        return Reading(left if closed and left else None)
    if closed:
        return Reading(None, "closed-days-given", left or None)
    return Reading(None, "closed-days-given" if _RESTS.search(cell) else "opening-days-form")


def _clause(clause: str) -> tuple[str, str]:
    """Days that one clause says are open and closed.

    「日曜、祝日休み」 closes both, 「月〜金、祝日休み」 only the holidays: what stands before a word of closing is
    closed, save a span (or 平日, 毎日) in front.
    """
    firm = _FIRM.match(clause)
    head, rest = (clause[: firm.end()], clause[firm.end() :]) if firm else ("", clause)
    excepted = _EXCEPT.search(rest)
    if excepted:
        return _days.found(head) + _days.found(rest[excepted.end() :]), _days.found(rest[: excepted.start()])
    if _RESTS.search(rest):
        return _days.found(head), _days.found(rest)
    return _days.found(clause), ""
