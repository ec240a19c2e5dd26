"""対象年齢（下限）: the youngest age in full years, from a number or from words such as 0歳から5歳 or 産休あけ."""

from __future__ import annotations

from schemas.formats import Reading, _ages

TITLE_JA = "対象年齢（下限）"
EXPECTED_JA = "満年齢の整数（例: 6）または 6歳から18歳 のような範囲"
EXPECTED_EN = "Full years of age, or a range such as 6歳から18歳"

GOOD: list[tuple[str, str | None]] = [
    ("6", "6"),
    ("６歳", "6"),
    ("0歳から5歳", "0"),
    ("15～39歳", "15"),
    ("おおむね15歳以上40歳未満", "15"),
    ("65歳以上", "65"),
    ("18歳未満", None),
    ("産休あけ", "0"),
    ("5か月", "0"),
    ("生後6か月から", "0"),
    ("1歳10か月", "1"),
    ("3歳児", "3"),
    ("６歳～１２歳（小学校１年生～６年生）", "6"),
    ("小学校1年生から6年生", "6"),
    ("中学生・高校生", "12"),
    ("年齢不問", None),
    ("", None),
    ("-", None),
]
BAD: list[tuple[str, str]] = [
    ("130歳", "age-form"),
    ("5歳から3歳", "age-form"),
    ("要相談", "age-form"),
    ("20代", "age-form"),
]


def read(text: str) -> Reading:
    """The youngest age; a cell that names only the oldest says nothing here."""
    ages = _ages.found(text)
    return _ages.side(ages, ages.youngest)
