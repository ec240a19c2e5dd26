"""Telephone and fax numbers of Japan: E.164 (``+81…``); hotlines (``189``, ``#8008``) stay as they are dialled.

Whether an area code fits the place is checked elsewhere; an extension is read by ``phone_extension``.
"""

from __future__ import annotations

import re

from phonenumbers import PhoneNumber, PhoneNumberFormat, format_number, is_valid_number

from schemas.formats import Reading
from schemas.formats._cell import fold, is_nothing

TITLE_JA = "電話番号"
EXPECTED_JA = "市外局番からの番号（例: 0166-00-0000）"
EXPECTED_EN = "A Japanese telephone number with its area code"

HOTLINES = frozenset(("104", "110", "113", "115", "117", "118", "119", "171", "177", "188", "189"))
"""Three-digit numbers of Japan that anyone may publish as a contact."""

_HOTLINE = re.compile(r"#[0-9]{4}")
_EXTENSION = re.compile(r"[(\[]?\s*(?:内線(?:番号)?|内|ext\.?|x)\s*[:.]?\s*[0-9][0-9\s・,-]*[)\]]?", re.IGNORECASE)
_LABEL = re.compile(
    r"電話(?:番号)?|携帯(?:電話)?|代表(?:番号|電話)?|直通|tel|fax|phone|mobile|ファックス|ファクス", re.IGNORECASE
)
_NUMBER = re.compile(r"(?:\+\s*)?\(?[0-9][0-9 ().-]*")
_DIGITS = re.compile(r"[0-9]")
_NOT_DIGITS = re.compile(r"[^0-9]")
_REMARK = re.compile(r"[^\W\d_]")
_HIGHER_LINES = re.compile(r"[0-9]\s*[~〜～]\s*[0-9]")

GOOD: list[tuple[str, str | None]] = [
    ("0166-00-0000", "+81166000000"),
    ("0166000000", "+81166000000"),
    ("０１６６－００－００００", "+81166000000"),
    ("0166ー00‐0000", "+81166000000"),
    ("(0166)00-0000", "+81166000000"),
    ("0166-00--0000", "+81166000000"),
    (":0166-00-0000 ", "+81166000000"),
    ("TEL: 0166-00-0000（代表）", "+81166000000"),
    ("0166-00-0000（内線12）", "+81166000000"),
    ("+81 166-00-0000", "+81166000000"),
    ("+81 (0)166-00-0000", "+81166000000"),
    ("+81166000000", "+81166000000"),
    ("0120-000-000", "+81120000000"),
    ("0570-000-000", "+81570000000"),
    ("0800-000-0000", "+818000000000"),
    ("#9999", "#9999"),
    ("＃８００８", "#8008"),
    ("♯8891", "#8891"),
    ("１８９", "189"),
    ("119番", "119"),
    ("", None),
    ("なし", None),
    ("-", None),
]
BAD: list[tuple[str, str]] = [
    ("166000000", "lost-zero"),
    ("0166-00-0000 / 0166-00-0001", "several-values"),
    ("0166-00-0000、0166-00-0001", "several-values"),
    ("0166-00-0000～0003", "several-values"),
    ("0166-00-0000 平日のみ", "phone-remark"),
    ("0166-0-0000", "phone-length"),
    ("2043-00-0000", "phone-length"),
    ("0166-00-00000", "phone-length"),
    ("090-0000-000", "phone-length"),
    ("22-0000", "phone-length"),
    ("0093-00-0000", "phone-unassigned"),
    ("000-000-0000", "phone-unassigned"),
    ("+1 201-555-0123", "phone-unassigned"),
    ("事務局まで", "phone-length"),
]


def read(text: str) -> Reading:
    """The first number of the cell in E.164, or the hotline as dialled.

    Notes: more numbers follow (``several-values``), words that would be lost (``phone-remark``), a leading zero was
    lost and put back (``lost-zero``).
    """
    cell = fold(text).replace("♯", "#")
    if is_nothing(cell):
        return Reading(None)
    hotline = cell.removesuffix("番").replace(" ", "")
    if hotline in HOTLINES or _HOTLINE.fullmatch(hotline):
        return Reading(hotline)
    bare = _LABEL.sub(" ", _EXTENSION.sub(" ", cell))
    numbers = [number for number in _NUMBER.findall(bare) if len(_DIGITS.findall(number)) >= 5]
    if not numbers:
        return Reading(None, "phone-length")
    reading = _number(numbers[0])
    if reading.value is None or reading.code:
        return reading
    if len(numbers) > 1 or _HIGHER_LINES.search(bare):
        return Reading(reading.value, "several-values", national(reading.value))
    if _REMARK.search(_NUMBER.sub("", bare).replace("代", "")):
        return Reading(reading.value, "phone-remark", national(reading.value))
    return reading


def national(e164: str) -> str:
    """The number as dialled and hyphenated in Japan (``+81166000000`` → ``0166-00-0000``); hotlines unchanged."""
    if not e164.startswith("+81"):
        return e164
    number = PhoneNumber(country_code=81, national_number=int(e164[3:]))
    return format_number(number, PhoneNumberFormat.NATIONAL)


def _number(written: str) -> Reading:
    digits = _NOT_DIGITS.sub("", written)
    if "+" in written:
        if not digits.startswith("81"):
            return Reading(None, "phone-unassigned", "日本の電話番号")
        return _judge("0" + digits[2:].removeprefix("0"))
    if not digits.startswith("0"):
        return _judge("0" + digits, lost_zero=True)
    return _judge(digits)


def _judge(digits: str, lost_zero: bool = False) -> Reading:
    """Judge digits that begin with the trunk prefix 0."""
    # 2043-34-3307 is an area code misspelt rather than a 020 number (machines') without its zero.
    misspelt = lost_zero and digits.startswith(("020", "060"))
    mobile = digits.startswith(("020", "050", "060", "070", "080", "090")) and not misspelt
    wanted = 11 if mobile else 10
    if len(digits) == wanted and digits[1] != "0":
        number = PhoneNumber(country_code=81, national_number=int(digits[1:]))
        if is_valid_number(number):
            e164 = "+81" + digits[1:]
            return Reading(e164, "lost-zero", national(e164)) if lost_zero else Reading(e164)
    if digits[1:2] == "0" or (len(digits) == wanted and not lost_zero):
        return Reading(None, "phone-unassigned", "使われている市外局番からの番号")
    written = len(digits) - lost_zero
    now = f"（いまは{written}桁）" if not lost_zero or written < 10 else ""
    return Reading(None, "phone-length", f"0から始まる{wanted}桁の番号{now}")
