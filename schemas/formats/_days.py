"""Words for days of the week, found in a cell: what :mod:`opening_days` and :mod:`recurrence` share."""

from __future__ import annotations

import re
import unicodedata

from schemas.formats._cell import tidy

WEEK = "月火水木金土日"

LONGEST = 300
"""A longer cell is no statement about days (and would make searching it slow)."""

_SPAN = re.compile(r"([月火水木金土日])(?:曜日?)?\s*(?:~|〜|-|–|—|‐|−|ー|から|より|→)\s*([月火水木金土日])(?:曜日?)?")
# What has 月 or 日 in it and is no weekday.
_DATE = re.compile(
    r"[0-9]{1,2}(?:月|/)(?:[0-9]{1,2}日?|[上中下]旬|[初末])?|(?<![0-9])[0-9]{1,2}日|月\s*[0-9]+|[0-9]*\s*[かヶカケヵ]月"
    r"|正月|[毎翌]月|[るたい]日|翌日|当日|前日|半日|終日|日時|日中|休日"
)
_HOLIDAYS = re.compile(r"(?:国民の)?祝祭?日?|祭日")
# A single 月, 日, 金 … counts only where it is no part of another word (料金, 日用品).
_TOKEN = re.compile(
    r"毎日|全日|365日|平日|土日|年中無休|[月火水木金土日]曜日?"
    r"|(?:(?<![一-鿿])|(?<=[月火水木金土日曜週毎]))[月火水木金土日](?:(?![ぁ-ん一-鿿ァ-ヶー])|(?=[月火水木金土日]))"
)
_EVERY = {"毎日": WEEK, "全日": WEEK, "365日": WEEK, "年中無休": WEEK, "平日": WEEK[:5], "土日": WEEK[5:]}


def normal(text: str) -> str:
    """The cell in compatibility form, with the holidays (祝日, 祝祭日, 祭日) all written 祝."""
    return _HOLIDAYS.sub("祝", tidy(unicodedata.normalize("NFKC", text)))


def found(cell: str) -> str:
    """The weekdays that a normal cell names, from Monday, spans (月〜金) filled; dates like 1月3日 name none."""
    cell = _SPAN.sub(lambda span: _between(span[1], span[2]), _DATE.sub("", cell))
    named = set("".join(_EVERY.get(token, token[:1]) for token in _TOKEN.findall(cell.replace("祝", " "))))
    return "".join(day for day in WEEK if day in named)


def without(cell: str) -> str:
    """What is left of a normal cell when all names of days and what joins them are taken out."""
    cell = _TOKEN.sub("", _SPAN.sub("", cell).replace("祝", " "))
    return re.sub(r"[\s、,，・/;:.と及びの()]+", "", cell)


def _between(first: str, last: str) -> str:
    start, end = WEEK.index(first), WEEK.index(last)
    return WEEK[start : end + 1] if start <= end else WEEK[start:] + WEEK[: end + 1]
