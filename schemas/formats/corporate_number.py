"""法人番号: 13 digits with the National Tax Agency's check digit. Whether the corporation exists is not known here."""

from __future__ import annotations

import re

from schemas.formats import Reading, _check_digits
from schemas.formats._cell import fold, is_nothing

TITLE_JA = "法人番号"
EXPECTED_JA = "13桁の数字（検査数字つき）"
EXPECTED_EN = "13 digits with a valid check digit"

_SEPARATORS = re.compile(r"[\s-]+")
_DIGITS = re.compile(r"[0-9]+")

GOOD: list[tuple[str, str | None]] = [
    ("1000000000008", "1000000000008"),
    ("１０００００００００００８", "1000000000008"),
    ("1-0000-0000-0008 ", "1000000000008"),
    ("T1000000000008", "1000000000008"),
    ("", None),
    ("なし", None),
]
BAD: list[tuple[str, str]] = [
    ("2000000000008", "corporate-number-check-digit"),
    ("0000000000000", "corporate-number-check-digit"),
    ("000000000008", "corporate-number-length"),
    ("0100000009 ", "corporate-number-length"),
    ("1.00E+12", "corporate-number-length"),
    ("申請中", "corporate-number-length"),
]


def read(text: str) -> Reading:
    """The 13 digits; the invoice registration's leading T is dropped."""
    cell = fold(text)
    if is_nothing(cell):
        return Reading(None)
    number = _SEPARATORS.sub("", cell).upper()
    if len(number) == 14 and number[0] == "T":
        number = number[1:]
    if len(number) != 13 or not _DIGITS.fullmatch(number):
        return Reading(None, "corporate-number-length", _expected(number))
    if _check_digits.corporate(number[1:]) != number[0]:
        return Reading(None, "corporate-number-check-digit", "検査数字の合う13桁の数字（どこかの数字が違います）")
    return Reading(number)


def _expected(number: str) -> str:
    if not _DIGITS.fullmatch(number):
        return "13桁の数字（指数表示になっています）" if "E+" in number else "13桁の数字"
    if len(number) == 12:
        base = _check_digits.corporate(number) + number
        return f"13桁の数字（12桁の会社法人等番号なら {base}）"
    if len(number) == 10 and _check_digits.office(number[:9]) == number[9]:
        return "13桁の数字（これは事業所番号のようです）"
    return f"13桁の数字（いまは{len(number)}桁）"
