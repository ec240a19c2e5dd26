"""対象年齢（上限）: the oldest age in full years, from a number or from words such as 0歳から5歳 or 就学前."""

from __future__ import annotations

from schemas.formats import Reading, _ages

TITLE_JA = "対象年齢（上限）"
EXPECTED_JA = "満年齢の整数（例: 18）または 6歳から18歳 のような範囲"
EXPECTED_EN = "Full years of age, or a range such as 6歳から18歳"

GOOD: list[tuple[str, str | None]] = [
    ("18", "18"),
    ("１８歳", "18"),
    ("0歳から5歳", "5"),
    ("15～39歳", "39"),
    ("おおむね15歳以上40歳未満", "39"),
    ("65歳以上", None),
    ("18歳未満", "17"),
    ("2歳まで", "2"),
    ("就学前", "6"),
    ("学童", "12"),
    ("2歳児", "3"),
    ("６歳～１２歳（小学校１年生～６年生）", "12"),
    ("小学校1年生から6年生", "12"),
    ("中学生・高校生", "18"),
    ("年齢不問", None),
    ("", None),
    ("-", None),
]
BAD: list[tuple[str, str]] = [
    ("130歳", "age-form"),
    ("5歳から3歳", "age-form"),
    ("要相談", "age-form"),
]


def read(text: str) -> Reading:
    """The oldest age; a cell that names only the youngest says nothing here."""
    ages = _ages.found(text)
    return _ages.side(ages, ages.oldest)
