"""What formats do to a cell before they look at it: folding characters and seeing that nothing was supplied.

Knowledge of any one kind of value (numbers, dates, names …) does not belong here.
"""

from __future__ import annotations

import re
import unicodedata

DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\u2500\u2501\u30fc\ufe63\uff0d\uff70\u23af\u23e4"
"""Every character that stands for a hyphen in Japanese data (the kanji 一 is deliberately not one)."""

_TO_HYPHEN = {ord(dash): "-" for dash in DASHES} | {ord("\u207b"): "-"}

_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_WHITESPACE = re.compile(r"\s+")
# Canonical composition would replace compatibility ideographs (神 U+FA19 and the like), which people's and
# organizations' names are written with on purpose: everything between them is composed.
_COMPOSABLE = re.compile("[^\uf900-\ufaff\U0002f800-\U0002fa1f]+")

_NOTHING = frozenset(
    (
        "なし", "ナシ", "無し", "無", "特になし", "特に無し", "特に無", "とくになし", "特記なし", "特記事項なし",
        "該当なし", "該当無し", "未記入", "未登録", "未設定", "空欄", "非公開", "非公表", "不明",
        "n/a", "na", "none", "null", "nil", "#n/a",
    )
)  # fmt: skip
_ONLY_PUNCTUATION = re.compile(f"[{re.escape(DASHES)}./／…・*＊]*")


def is_nothing(text: str) -> bool:
    """Whether a trimmed cell only says that there is nothing to say (blank, dashes, なし, 特になし, N/A …)."""
    if len(text) > 8:
        return not text.strip(DASHES)
    return _ONLY_PUNCTUATION.fullmatch(text) is not None or text.rstrip("。.").lower() in _NOTHING


def tidy(text: str) -> str:
    """The text as written: composed (NFC), no invisible characters, whitespace runs as one ASCII space, trimmed."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    visible = _INVISIBLE.sub("", text)
    if not unicodedata.is_normalized("NFC", visible):
        visible = _COMPOSABLE.sub(lambda run: unicodedata.normalize("NFC", run[0]), visible)
    return _WHITESPACE.sub(" ", visible).strip()


def fold(text: str) -> str:
    """The text in compatibility form (NFKC, so full-width digits become ASCII), every dash a hyphen, trimmed.

    For identifiers, numbers and dates only: it makes ー a hyphen, which in a name would be wrong.
    """
    if text.isascii():
        return text.strip()
    return tidy(unicodedata.normalize("NFKC", text)).translate(_TO_HYPHEN).strip()
