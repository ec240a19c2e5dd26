"""Readings of names: full-width katakana. Whether a reading fits its name is not judged here."""

from __future__ import annotations

import re
import unicodedata

from schemas.formats import Reading
from schemas.formats import text as text_format
from schemas.formats._cell import DASHES

TITLE_JA = "フリガナ"
EXPECTED_JA = "全角カタカナ（例: ミチシルベ）"
EXPECTED_EN = "Full-width katakana"

_TO_KATAKANA = {code: code + 0x60 for code in (*range(0x3041, 0x3097), 0x309D, 0x309E)}
# ウ゛ィラ is written with every mark that looks like a 濁点.
_VU = re.compile('(?<=[ウう])[゛"”“‘`‶〝˝＂\u3099]+')
_VOICING = str.maketrans("゛゜ﾞﾟ", "\u3099\u309a\u3099\u309a")
_LONG = re.compile(f"(?<=[ァ-ヺー])[{re.escape(DASHES)}~〜～](?=[ァ-ヺー 　]|$)")
_IDEOGRAPH = re.compile("[々〆㐀-䶿一-鿿\uf900-\ufaff\U00020000-\U0003ffff]")
_READABLE = re.compile("[ァ-ヺA-Za-z]")

GOOD: list[tuple[str, str | None]] = [
    ("ミチシルベ", "ミチシルベ"),
    ("みちしるべ", "ミチシルベ"),
    ("ﾐﾁｼﾙﾍﾞ ｾﾝﾀｰ", "ミチシルベ センター"),
    ("ケアセンタ－ミチ", "ケアセンターミチ"),
    ("ハ〜ト", "ハート"),
    ("ウ゛ィラ", "ヴィラ"),
    ("ゔぃら", "ヴィラ"),
    ("ＮＰＯ　ミチ", "NPO ミチ"),
    ("", None),
    ("-", None),
]
BAD: list[tuple[str, str]] = [
    ("道しるべ", "not-kana"),
    ("佐々ミチ", "not-kana"),
    ("〇〇", "not-kana"),
    ("ミチ\ufffd", "replacement-character"),
]


def read(text: str) -> Reading:
    """The reading in full-width katakana (letters and digits half-width); ``not-kana`` when a kanji is left."""
    reading = text_format.read(_VU.sub("\u3099", text))
    if reading.value is None:
        return reading
    folded = unicodedata.normalize("NFKC", reading.value.translate(_VOICING))
    value = _LONG.sub("ー", " ".join(folded.split()).translate(_TO_KATAKANA))
    if _IDEOGRAPH.search(value) or not _READABLE.search(value):
        return Reading(None, "not-kana")
    return Reading(value, reading.code, reading.expected)
