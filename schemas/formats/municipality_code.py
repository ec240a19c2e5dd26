"""全国地方公共団体コード: six digits with a check digit. Which codes exist is the code list's business."""

from __future__ import annotations

import re

from schemas.formats import Reading, _check_digits
from schemas.formats._cell import fold, is_nothing

TITLE_JA = "全国地方公共団体コード"
EXPECTED_JA = "6桁の数字（例: 011002）"
EXPECTED_EN = "6 digits with a valid check digit"

_CODE = re.compile(r"([0-9]{4,6})(?:\.0)?")

GOOD: list[tuple[str, str | None]] = [
    ("011002", "011002"),
    ("０１１００２", "011002"),
    ("01100", "011002"),
    ("010006", "010006"),
    ("01000", "010006"),
    ("131016", "131016"),
    ("12106", "121061"),
    ("", None),
    ("-", None),
]
BAD: list[tuple[str, str]] = [
    ("1100", "lost-zero"),
    ("11002", "lost-zero"),
    ("1000", "lost-zero"),
    ("11002.0", "lost-zero"),
    ("011003", "municipality-code-check-digit"),
    ("481009", "municipality-code-form"),
    ("札幌市", "municipality-code-form"),
    ("01", "municipality-code-form"),
]


def read(text: str) -> Reading:
    """The six-digit code, from six or five digits, or from four or five that lost their leading zero.

    Five digits can be a JIS code without its check digit or a six-digit code without its zero. They are the JIS code
    whenever that is plausible (prefecture 01–47; municipality 000 or 100–799), so 12106 is Chiba's and not
    Iwamizawa's 012106; else the six-digit code, if its check digit fits.
    """
    cell = fold(text)
    if is_nothing(cell):
        return Reading(None)
    found = _CODE.fullmatch(cell)
    if not found:
        return Reading(None, "municipality-code-form")
    code = found[1]
    if len(code) == 5 and _is_jis(code):
        return Reading(code + _check_digits.municipality(code))
    if len(code) == 4 and _is_jis("0" + code):
        whole = "0" + code + _check_digits.municipality("0" + code)
        return Reading(whole, "lost-zero", whole)
    six = code.zfill(6)
    if len(code) < 5 or not _is_jis(six[:5]):
        return Reading(None, "municipality-code-form")
    check = _check_digits.municipality(six[:5])
    if check != six[5]:
        return Reading(None, "municipality-code-check-digit", f"{six[:5]}{check}（検査数字が違います）")
    return Reading(six, "lost-zero", six) if len(code) == 5 else Reading(six)


def _is_jis(code: str) -> bool:
    return code[:2] in _check_digits.PREFECTURES and (code[2:] == "000" or "100" <= code[2:] <= "799")
