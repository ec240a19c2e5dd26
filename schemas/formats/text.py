"""Free text: readable in one line of any file, and never a formula. Meaning is nobody's business here."""

from __future__ import annotations

import re
import unicodedata

from schemas.formats import Reading
from schemas.formats._cell import is_nothing, tidy

TITLE_JA = "文字列"
EXPECTED_JA = "改行や制御文字のない文字列"
EXPECTED_EN = "Text without line breaks or control characters"

_TRIGGERS = "=+-@＝＋－＠"
"""What makes a spreadsheet take a cell for a formula (OWASP, CSV injection; the full-width ones in Japanese Excel)."""
_WIDE = {"+": "＋", "-": "－", "@": "＠"}
_NUMBER = re.compile(r"[+-][0-9][^A-Za-z=+*/!|\"'&<>@^$]*")
_FORMULA = re.compile(r"[=+@-]*(?:=|[A-Za-z]{1,3}\$?[0-9]+(?![A-Za-z0-9])|[A-Za-z.]+\(|.*[|!]\s*'|.*\|)")
# Characters that a reader of another machine cannot see: lost ones (U+FFFD) and private ones (外字).
_LOST = re.compile("[\ufffd\ue000-\uf8ff\U000f0000-\U0010ffff]")

GOOD: list[tuple[str, str | None]] = [
    ("相談は無料です", "相談は無料です"),
    ("　前後の空白　", "前後の空白"),
    ("一行目\r\n二行目", "一行目 二行目"),
    ("株式会社　みちしるべ", "株式会社 みちしるべ"),
    ("か\u3099っこう", "がっこう"),
    ("見えない\u200b文字", "見えない文字"),
    ("-10度でも開きます", "-10度でも開きます"),
    ("+81 166-00-0000（代表）", "+81 166-00-0000（代表）"),
    ("@hiroba札幌", "＠hiroba札幌"),
    ("＋ひろば！", "＋ひろば！"),
    ("-火曜日は休み", "－火曜日は休み"),
    ("", None),
    ("　", None),
    ("特になし", None),
    ("なし。", None),
    ("ー", None),
    ("---", None),
]
BAD: list[tuple[str, str]] = [
    ("=1+1", "formula-like"),
    ('＝HYPERLINK("http://example.jp")', "formula-like"),
    ("@SUM(1+1)*cmd|' /C calc'!A0", "formula-like"),
    ("\t=A1", "formula-like"),
    ("+A1", "formula-like"),
    ("10時\ufffd12時", "replacement-character"),
    ("\ufffd\ufffd", "replacement-character"),
    ("相談\x00窓口", "replacement-character"),
]


def read(text: str) -> Reading:
    """The text in one line, with a spreadsheet's formula triggers disarmed.

    A formula loses its trigger and is a note; a name that merely begins with one (``@hiroba``) keeps it, written
    full-width. A lost character is a note, text that consists of them, or has a NUL, is unreadable.
    """
    if "\x00" in text:
        return Reading(None, "replacement-character", "文字化けのない文字列")
    value = tidy(text)
    if is_nothing(value):
        return Reading(None)
    code = None
    if value[0] in _TRIGGERS:
        value, code = _disarm(value)
        if is_nothing(value):
            return Reading(None)
    if _LOST.search(value):
        lost_only = not any(character.isalnum() for character in value)
        expected = "文字化け・外字のない文字列"
        return Reading(None if lost_only else value, "replacement-character", expected)
    return Reading(value, code, value if code else None)


def _disarm(value: str) -> tuple[str, str | None]:
    plain = unicodedata.normalize("NFKC", value)
    if _NUMBER.fullmatch(plain) and value[1].isdecimal():
        return value, None
    if _FORMULA.match(plain) or plain[0] == "=":
        return value.lstrip(_TRIGGERS + " "), "formula-like"
    return _WIDE.get(value[0], value[0]) + value[1:], None
