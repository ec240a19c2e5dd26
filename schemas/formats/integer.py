"""Whole numbers that count something, without their unit."""

from __future__ import annotations

import re

from kanjize import kanji2number

from schemas.formats import Reading
from schemas.formats._cell import fold, is_nothing

TITLE_JA = "整数"
EXPECTED_JA = "単位のない整数（例: 10）"
EXPECTED_EN = "A whole number without a unit"

_UNIT = r"\s*(?:名|人|歳|才|件|回|室|床|台|円|か所|箇所|カ所|ヶ所)?(?:様)?"
_DIGITS = re.compile(rf"([0-9]+|[0-9]{{1,3}}(?:,[0-9]{{3}})+)(?:\.0+)?{_UNIT}")
_KANJI = re.compile(rf"([一二三四五六七八九十百千]{{1,9}}){_UNIT}")
_FIRST_NUMBER = re.compile(r"[0-9]+")

GOOD: list[tuple[str, str | None]] = [
    ("10", "10"),
    ("１０名", "10"),
    ("1,200", "1200"),
    ("20.0", "20"),
    ("二十人", "20"),
    ("007", "7"),
    ("0", "0"),
    ("", None),
    ("-", None),
]
BAD: list[tuple[str, str]] = [
    ("10〜15", "integer-form"),
    ("約10名", "integer-form"),
    ("-5", "integer-form"),
    ("2.5", "integer-form"),
    ("多数", "integer-form"),
    ("1,2", "integer-form"),
]


def read(text: str) -> Reading:
    """The number in ASCII digits without separators, leading zeros or unit."""
    cell = fold(text)
    if is_nothing(cell):
        return Reading(None)
    found = _DIGITS.fullmatch(cell)
    if found:
        return Reading(found[1].replace(",", "").lstrip("0") or "0")
    kanji = _KANJI.fullmatch(cell)
    if kanji:
        return _from_kanji(kanji[1])
    first = _FIRST_NUMBER.search(cell)
    return Reading(None, "integer-form", f"整数1つ（例: {first[0]}）" if first else None)


def _from_kanji(numeral: str) -> Reading:
    try:
        return Reading(str(kanji2number(numeral)))
    except ValueError:
        return Reading(None, "integer-form")
