"""事業所番号 of 介護 and 障害福祉 offices: ten characters. One number may cover several services."""

from __future__ import annotations

import re

from schemas.formats import Reading, _check_digits
from schemas.formats._cell import fold, is_nothing

TITLE_JA = "事業所番号"
EXPECTED_JA = "10桁の番号（例: 0100000009）"
EXPECTED_EN = "10 digits (a letter is possible in the middle)"

_SEPARATORS = re.compile(r"[\s-]+")
_FORM = re.compile(r"[0-9]{2}[0-9A-Z]{8}")
_DIGITS = re.compile(r"[0-9]+")

GOOD: list[tuple[str, str | None]] = [
    ("0100000009", "0100000009"),
    ("０１０００００００９", "0100000009"),
    ("01-0000000-9", "0100000009"),
    ("01A0000000", "01A0000000"),
    ("", None),
    ("ー", None),
]
BAD: list[tuple[str, str]] = [
    ("0100000004", "office-number-check-digit"),
    ("100000009", "lost-zero"),
    ("0100000", "office-number-form"),
    ("1000000000008", "office-number-form"),
    ("9900000000", "office-number-form"),
    ("指定申請中", "office-number-form"),
]


def read(text: str) -> Reading:
    """The ten characters.

    A check digit that does not fit is a note only: no official text of its algorithm was found, and 5 % of real
    medical and facility numbers fail it. Numbers with a letter have none that could be checked.
    """
    cell = fold(text)
    if is_nothing(cell):
        return Reading(None)
    number = _SEPARATORS.sub("", cell).upper()
    digits = _DIGITS.fullmatch(number) is not None
    if digits and len(number) == 9 and _check_digits.office("0" + number[:8]) == number[8]:
        return Reading("0" + number, "lost-zero", "0" + number)
    if not _FORM.fullmatch(number) or number[:2] not in _check_digits.PREFECTURES:
        expected = f"10桁の番号（いまは{len(number)}桁）" if digits and len(number) != 10 else None
        return Reading(None, "office-number-form", expected)
    if digits and _check_digits.office(number[:9]) != number[9]:
        return Reading(number, "office-number-check-digit", "検査数字の合う10桁の番号")
    return Reading(number)
