"""内線番号: read from its own column, or from the cell of the telephone number that it follows."""

from __future__ import annotations

import re

from schemas.formats import Reading, phone
from schemas.formats._cell import fold, is_nothing

TITLE_JA = "内線番号"
EXPECTED_JA = "内線番号の数字（例: 123）"
EXPECTED_EN = "Digits of the extension"

_NUMBERS = r"([0-9]{1,6})((?:\s*[・,、/-]\s*[0-9]{1,6})*)"
_MARKED = re.compile(rf"(?:内線(?:番号)?|内|ext\.?|x)\s*[:.]?\s*{_NUMBERS}", re.IGNORECASE)
_ALONE = re.compile(rf"{_NUMBERS}番?")
_DIGIT = re.compile(r"[0-9]")

GOOD: list[tuple[str, str | None]] = [
    ("0166-00-0000（内線12）", "12"),
    ("0166-00-0000 ext. 12", "12"),
    ("内線 123", "123"),
    ("１２３", "123"),
    ("0166-00-0000", None),
    ("189", None),
    ("#8008", None),
    ("", None),
    ("-", None),
]
BAD: list[tuple[str, str]] = [
    ("内線12・13", "several-values"),
    ("福祉課", "extension-form"),
]


def read(text: str) -> Reading:
    """The digits of the (first) extension; a telephone number or hotline without one says nothing."""
    cell = fold(text).replace("♯", "#")
    if is_nothing(cell) or cell.removesuffix("番") in phone.HOTLINES or cell.startswith("#"):
        return Reading(None)
    marked = _MARKED.search(cell)
    if not marked and len(_DIGIT.findall(cell)) >= 9:
        return Reading(None)
    found = marked or _ALONE.fullmatch(cell)
    if not found:
        return Reading(None, "extension-form")
    return Reading(found[1], "several-values" if found[2] else None, found[1] if found[2] else None)
