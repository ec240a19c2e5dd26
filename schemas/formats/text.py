"""Free text: readable in one line of any file. Meaning is nobody's business here.

Text that a spreadsheet takes for a formula is kept as it is: files for Excel guard themselves (``publish.exporters``),
and a program is not to find a sign more, or less, than was written.
"""

from __future__ import annotations

import re
import unicodedata

from schemas.formats import Reading
from schemas.formats._cell import is_nothing, tidy

TITLE_JA = "文字列"
EXPECTED_JA = "改行や制御文字のない文字列"
EXPECTED_EN = "Text without line breaks or control characters"

_TRIGGERS = frozenset("=+-@\t\r\n")
"""What makes a spreadsheet take a cell for a formula (OWASP, CSV injection), also where NFKC makes it of a full-width
one (Japanese Excel).
"""
_UNLIKE = "先頭が = + - @ でない文字列"
# Characters that a reader of another machine cannot see: lost ones (U+FFFD) and private ones (外字).
_LOST = re.compile("[\ufffd\ue000-\uf8ff\U000f0000-\U0010ffff]")

GOOD: list[tuple[str, str | None]] = [
    ("相談は無料です", "相談は無料です"),
    ("　前後の空白　", "前後の空白"),
    ("一行目\r\n二行目", "一行目 二行目"),
    ("株式会社　みちしるべ", "株式会社 みちしるべ"),
    ("か\u3099っこう", "がっこう"),
    ("見えない\u200b文字", "見えない文字"),
    ("1+1は2", "1+1は2"),
    ("ー火曜日は休み", "ー火曜日は休み"),
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
    ("\r\n一行目", "formula-like"),
    ("-10度でも開きます", "formula-like"),
    ("+81 166-00-0000（代表）", "formula-like"),
    ("@hiroba札幌", "formula-like"),
    ("＋ひろば！", "formula-like"),
    ("－火曜日は休み", "formula-like"),
    ("10時\ufffd12時", "replacement-character"),
    ("\ufffd\ufffd", "replacement-character"),
    ("相談\x00窓口", "replacement-character"),
]


def read(text: str) -> Reading:
    """The text in one line. One that begins like a formula, as written or after NFKC, is a note.

    A lost character is a note, text that consists of them, or has a NUL, is unreadable.
    """
    if "\x00" in text:
        return Reading(None, "replacement-character", "文字化けのない文字列")
    value = tidy(text)
    if is_nothing(value):
        return Reading(None)
    if _LOST.search(value):
        lost_only = not any(character.isalnum() for character in value)
        expected = "文字化け・外字のない文字列"
        return Reading(None if lost_only else value, "replacement-character", expected)
    if text[0] in _TRIGGERS or unicodedata.normalize("NFKC", value[0])[0] in _TRIGGERS:
        return Reading(value, "formula-like", _UNLIKE)
    return Reading(value)
