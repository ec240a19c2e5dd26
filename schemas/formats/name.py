"""Names of organizations, places and services: as their owners write them, full-width or half-width.

Comparing names (variants of 髙, corporation words, width) is the warehouse's business.
"""

from __future__ import annotations

from schemas.formats import Reading
from schemas.formats import text as text_format

TITLE_JA = "名称"
EXPECTED_JA = "文字のある名称"
EXPECTED_EN = "A name with letters in it"

GOOD: list[tuple[str, str | None]] = [
    ("特定非営利活動法人　みちしるべ", "特定非営利活動法人 みちしるべ"),
    ("ＭＩＣＨＩ株式会社", "ＭＩＣＨＩ株式会社"),
    ("ｼｴﾙﾀｰ みち", "ｼｴﾙﾀｰ みち"),
    ("24", "24"),
    ("\ufa19田ひろば", "\ufa19田ひろば"),
    ("", None),
    ("なし", None),
    ("-", None),
]
BAD: list[tuple[str, str]] = [
    ("　", "no-name"),
    ("★☆★", "no-name"),
    ("（）", "no-name"),
    ("=みちしるべ", "formula-like"),
    ("＠みちしるべ", "formula-like"),
    ("@hiroba", "formula-like"),
    ("みち\ufffdるべ", "replacement-character"),
]


def read(text: str) -> Reading:
    """The name; ``no-name`` for a cell that is filled, but with blanks or symbols only."""
    reading = text_format.read(text)
    if reading.value is None:
        return Reading(None, "no-name") if text and not text.strip() else reading
    if not any(character.isalnum() for character in reading.value):
        return Reading(None, "no-name")
    return reading
