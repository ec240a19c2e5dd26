"""市区町村: the six-digit code, from an address that tells its prefecture or names only one place in Hokkaido."""

from __future__ import annotations

from schemas.formats import Reading, address, municipality_code

TITLE_JA = "市区町村"
EXPECTED_JA = "都道府県か市区町村から始まる住所"
EXPECTED_EN = "An address from the prefecture or municipality on"

GOOD: list[tuple[str, str | None]] = [
    ("北海道札幌市中央区北1条西1丁目", "011011"),
    ("札幌市北区北8条", "011029"),
    ("札幌白石区本郷通", "011045"),
    ("北海道中央区北1条", "011011"),
    ("北海道札幌市", "011002"),
    ("北海道釧路市黒金町", "012068"),
    ("釧路郡釧路町別保", "016616"),
    ("北海道釧路町別保", "016616"),
    ("北海道古宇郡泊村", "014036"),
    ("北海道伊達市鹿島町", "012335"),
    ("上川郡上川町南町", "014575"),
    ("北海道上川町", "014575"),
    ("上川郡東川町", "014583"),
    ("石狩郡当別町", "013030"),
    ("北海道石狩市花川", "012351"),
    ("北海道 沙流郡 日高町", "016012"),
    ("北海道虻田郡俱知安町", "014001"),
    ("北海道空知郡栗沢町", "012106"),
    ("北海道北海道旭川市", "012041"),
    ("北海道札幌市札幌市南区石山", "011061"),
    ("北海道桧山郡江差町", "013617"),
    ("011011", "011011"),
    ("東京都中央区", None),
    ("福島県伊達市", None),
    ("伊達市", None),
    ("北海道", None),
    ("", None),
]
BAD: list[tuple[str, str]] = []


def read(text: str) -> Reading:
    """The municipality's code; an address that does not tell it says nothing."""
    if text.isascii() and len(text) == 6:
        return Reading(municipality_code.read(text).value)
    return Reading(address.municipality_of(text, address.prefecture_of(text)))
