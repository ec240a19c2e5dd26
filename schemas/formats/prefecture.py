"""都道府県: the two-digit code, from a code of it or of one of its municipalities, or from an address."""

from __future__ import annotations

import re

from schemas.formats import Reading, address, municipality_code
from schemas.formats._cell import fold

TITLE_JA = "都道府県"
EXPECTED_JA = "都道府県名から始まる住所、または全国地方公共団体コード"
EXPECTED_EN = "An address from the prefecture on, or a municipality code"

_CODE = re.compile(r"[0-9.]+")
_TWO_DIGITS = re.compile(r"0[1-9]|[1-3][0-9]|4[0-7]")

GOOD: list[tuple[str, str | None]] = [
    ("北海道札幌市中央区北1条西1丁目", "01"),
    ("〒070-0036 旭川市6条通9丁目", "01"),
    ("東京都千代田区", "13"),
    ("京都府京都市", "26"),
    ("011002", "01"),
    ("01100", "01"),
    ("010006", "01"),
    ("131016", "13"),
    ("01", "01"),
    ("釧路郡釧路町", "01"),
    ("日高郡新ひだか町", "01"),
    ("日高郡日高町", None),
    ("伊達市梁川町", None),
    ("有珠郡大滝村", "01"),
    ("中央区1-1", None),
    ("", None),
]
BAD: list[tuple[str, str]] = []


def read(text: str) -> Reading:
    """The prefecture's code; an address that does not tell it says nothing."""
    cell = fold(text)
    if _TWO_DIGITS.fullmatch(cell):
        return Reading(cell)
    if _CODE.fullmatch(cell):
        code = municipality_code.read(cell).value
        return Reading(code[:2] if code else None)
    return Reading(address.prefecture_of(text))
