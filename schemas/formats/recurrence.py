"""利用可能日時式: on which weekdays of which weeks, in GIF 441's notation, or ``irregular``.

``0We`` every Wednesday, ``24Sa`` second and fourth Saturday, ``6Fr`` last Friday, ``7Su`` alternate Sundays;
several stand one behind the other. Holidays are read by ``holiday``; clock times do not belong here.
"""

from __future__ import annotations

import re

from schemas.formats import Reading, _days
from schemas.formats._cell import is_nothing

TITLE_JA = "利用可能日時式"
EXPECTED_JA = "第2・第4土曜 または 24Sa のような書き方"
EXPECTED_EN = "GIF notation such as 24Sa, or irregular"

_GIF = re.compile(r"(?:(?:[1-6]{1,6}|[07])(?:Mo|Tu|We|Th|Fr|Sa|Su))+")
_GIF_PART = re.compile(r"([0-7]+)(Mo|Tu|We|Th|Fr|Sa|Su)")
_NAMES = dict(zip(_days.WEEK, ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"), strict=True))
_KANJI = str.maketrans("一二三四五", "12345")
_IRREGULAR = re.compile(r"irregular|不定期(?:開催|に開催|開所|営業)?|随時(?:開催)?")
_DAYS = r"((?:[月火水木金土日](?:曜日?)?[・、,と\s]*)+)"
_NTH = re.compile(
    r"(?:毎月の?)?((?:第?[1-5](?:[・、,.と\s]*)|最終[・、,.と\s]*)+)(?:週目?)?の?\s*" + _DAYS + r"|(隔週)の?\s*" + _DAYS
)
# Closed on holidays alone, in brackets or at the very start; after a list of days it could close those as well.
_HOLIDAYS_OUT = re.compile(r"\(\s*祝\s*(?:を|は|も)?\s*(?:除く|休み?|休業|定休)\s*\)|^祝\s*を?\s*除く")
_FILLER = re.compile(r"(?:毎週|毎月|に?開催|[\s、,・/と及びの()])+")

GOOD: list[tuple[str, str | None]] = [
    ("第2・第4土曜", "24Sa"),
    ("第２、４土曜日", "24Sa"),
    ("毎月第１月曜日", "1Mo"),
    ("第二火曜と第四木曜", "2Tu4Th"),
    ("第1・3月曜、第2日曜", "13Mo2Su"),
    ("毎週水曜", "0We"),
    ("毎週月・金", "0Mo0Fr"),
    ("毎週土曜・日曜", "0Sa0Su"),
    ("最終金曜日", "6Fr"),
    ("隔週日曜", "7Su"),
    ("毎日", "0Mo0Tu0We0Th0Fr0Sa0Su"),
    ("平日", "0Mo0Tu0We0Th0Fr"),
    ("月〜金（祝日を除く）", "0Mo0Tu0We0Th0Fr"),
    ("月～金（祝日除く）", "0Mo0Tu0We0Th0Fr"),
    ("祝日を除く火・木", "0Tu0Th"),
    ("土日祝", "0Sa0Su"),
    ("不定期", "irregular"),
    ("24Sa", "24Sa"),
    ("14Tu4Th", "14Tu4Th"),
    ("42Sa", "24Sa"),
    ("", None),
    ("-", None),
]
BAD: list[tuple[str, str]] = [
    ("月2回", "recurrence-form"),
    ("第2土曜 14時から", "recurrence-form"),
    ("毎月第3日曜日 10時〜12時", "recurrence-form"),
    ("月〜金（土日祝日を除く）", "recurrence-form"),
    ("月〜金、日曜・祝日休み", "recurrence-form"),
    ("8Sa", "recurrence-form"),
    ("第2週", "recurrence-form"),
    ("お問い合わせください", "recurrence-form"),
]


def read(text: str) -> Reading:
    """The notation; whatever the words leave over makes the cell unreadable, so that no day is lost unseen."""
    cell = _days.normal(text)
    if is_nothing(cell):
        return Reading(None)
    if _IRREGULAR.fullmatch(cell):
        return Reading("irregular")
    if _GIF.fullmatch(cell):
        return Reading("".join("".join(sorted(set(weeks))) + day for weeks, day in _GIF_PART.findall(cell)))
    if len(cell) > _days.LONGEST:
        return Reading(None, "recurrence-form")
    cell = _HOLIDAYS_OUT.sub(" ", cell).translate(_KANJI)
    parts: list[str] = []
    for nth in _NTH.finditer(cell):
        weeks = "7" if nth[3] else "".join(sorted(set(re.findall(r"[1-6]", nth[1].replace("最終", "6")))))
        parts += [weeks + _NAMES[day] for day in _days.found(nth[2] or nth[4])]
    rest = _FILLER.sub(" ", _NTH.sub(" ", cell).replace("毎日", "月火水木金土日"))
    parts += ["0" + _NAMES[day] for day in _days.found(rest)]
    if not parts or _days.without(rest):
        return Reading(None, "recurrence-form")
    return Reading("".join(parts))
