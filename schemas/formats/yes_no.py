"""有無: ``yes`` or ``no``. What is neither, also 不明, says nothing or is unreadable; it is never a default."""

from __future__ import annotations

from schemas.formats import Reading
from schemas.formats._cell import fold

TITLE_JA = "有無"
EXPECTED_JA = "有 または 無"
EXPECTED_EN = "yes or no"

_WORDS = {
    "yes": "yes y true 1 有 有り あり アリ はい ○ 〇 ◯ ◎ ● 可 可能 ✓ ✔ レ",
    "no": "no n false 0 無 無し なし ナシ いいえ × ✕ ✖ x 不可 不可能",
}
_MEANING = {word: meaning for meaning, words in _WORDS.items() for word in words.split()}
_BLANK = ("", "-", "不明", "未定", "未確認", "unknown", "?")

GOOD: list[tuple[str, str | None]] = [
    ("有", "yes"),
    ("あり", "yes"),
    ("○", "yes"),
    ("１", "yes"),
    ("Yes", "yes"),
    ("無", "no"),
    ("なし。", "no"),
    ("×", "no"),
    ("", None),
    ("ー", None),
    ("不明", None),
]
BAD: list[tuple[str, str]] = [
    ("△", "yes-no-form"),
    ("要相談", "yes-no-form"),
    ("2", "yes-no-form"),
]


def read(text: str) -> Reading:
    """``yes`` or ``no``; なし is an answer here."""
    cell = fold(text).rstrip("。").lower()
    if cell in _BLANK:
        return Reading(None)
    meaning = _MEANING.get(cell)
    return Reading(meaning) if meaning else Reading(None, "yes-no-form")
