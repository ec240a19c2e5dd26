"""郵便番号: seven digits without a hyphen (GIF 443). Which area a code belongs to is not known here."""

from __future__ import annotations

import re

from schemas.formats import Reading
from schemas.formats._cell import fold, is_nothing

TITLE_JA = "郵便番号"
EXPECTED_JA = "7桁の数字（例: 0600001）"
EXPECTED_EN = "7 digits"

_CODE = re.compile(r"(?:〒|〠|郵便番号)?[\s:]*([0-9]{2,3})[\s-]*([0-9]{4})")

GOOD: list[tuple[str, str | None]] = [
    ("0600001", "0600001"),
    ("060-0001", "0600001"),
    ("〒０６０－０００１", "0600001"),
    ("060ー0001", "0600001"),
    ("", None),
    ("-", None),
]
BAD: list[tuple[str, str]] = [
    ("600001", "lost-zero"),
    ("60-0001", "lost-zero"),
    ("060", "postal-code-form"),
    ("000-0000", "postal-code-form"),
    ("060-00011", "postal-code-form"),
    ("札幌市中央区", "postal-code-form"),
]


def read(text: str) -> Reading:
    """The seven digits; six are read as having lost their leading zero."""
    cell = fold(text)
    if is_nothing(cell):
        return Reading(None)
    found = _CODE.fullmatch(cell)
    if not found or found[1] in ("00", "000"):
        return Reading(None, "postal-code-form")
    code = found[1].zfill(3) + found[2]
    return Reading(code) if len(found[1]) == 3 else Reading(code, "lost-zero", code)
