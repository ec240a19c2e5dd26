"""Addresses in one string (連結表記): kept as written, and which prefecture and municipality they begin with.

Names of municipalities come from the code lists; towns, blocks and coordinates do not belong here.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from schemas import rulebook
from schemas.formats import Reading
from schemas.formats import text as text_format
from schemas.formats._cell import fold

TITLE_JA = "住所"
EXPECTED_JA = "都道府県からの住所（例: 北海道札幌市中央区北1条西1-1）"
EXPECTED_EN = "An address from the prefecture on"

_PHONE = re.compile(r"(?:tel|電話|fax)?[:\s]*\+?[0(][0-9() -]{8,}", re.IGNORECASE)
_WEB = re.compile(r"https?:|www\.|[^\s@]+@[^\s@]+\.[a-z]+$", re.IGNORECASE)
_POSTCODE = re.compile(r"(?:〒|郵便番号)?:?[0-9]{3}-?[0-9]{4}(?![0-9-])")
_TWICE = re.compile(r"(.{1,5}?市)(?=\1)")

HOKKAIDO = "01"

AMBIGUOUS = frozenset(
    (
        "伊達市", "森町", "松前町", "池田町", "清水町", "日高町", "中央区", "北区", "東区", "南区", "西区",
        "八雲町", "豊浦町", "浜中町", "共和町", "京極町", "清里町", "長沼町", "豊富町", "福島町", "中川町",
    )
)  # fmt: skip
"""Names of Hokkaido that other prefectures have as well, as municipalities, wards or parts of a city: standing at
the start they say nothing of the prefecture."""

GOOD: list[tuple[str, str | None]] = [
    ("北海道札幌市中央区北1条西2丁目", "北海道札幌市中央区北1条西2丁目"),
    ("　北海道　旭川市６条通９丁目\n", "北海道 旭川市６条通９丁目"),
    ("〒070-0036 旭川市6条通9丁目", "〒070-0036 旭川市6条通9丁目"),
    ("札幌市中央区南七条西一丁目２−３", "札幌市中央区南七条西一丁目２−３"),
    ("", None),
    ("-", None),
    ("非公開", None),
]
BAD: list[tuple[str, str]] = [
    ("0166-00-0000", "address-is-not-one"),
    ("https://www.example.jp/", "address-is-not-one"),
    ("soudan@example.jp", "address-is-not-one"),
    ("札幌市\ufffd区", "replacement-character"),
]


def read(text: str) -> Reading:
    """The address as written, in one line; a telephone number, URL or e-mail address in its place is unreadable."""
    reading = text_format.read(text)
    if reading.value is None:
        return reading
    folded = fold(reading.value)
    if _PHONE.fullmatch(folded) or _WEB.match(folded):
        return Reading(None, "address-is-not-one")
    return reading


def prefecture_of(text: str) -> str | None:
    """The prefecture's two-digit code, by its name at the start or by a name that only Hokkaido has; else ``None``."""
    address = _comparable(text)
    named = _prefectures().match(address)
    if named:
        return _prefecture_codes()[named[0]]
    found = _municipalities().match(address)
    if not found or (found["name"] in AMBIGUOUS and not found["county"]):
        return None
    code = _municipality_codes()[found["name"]]
    return HOKKAIDO if not found["county"] or found["county"] in _counties_of(code) else None


def municipality_of(text: str, prefecture: str | None) -> str | None:
    """The six-digit code of the municipality (in 札幌市 the ward) an address in ``prefecture`` begins with.

    With or without 北海道 and 郡; former towns that the code list names count for what they became. Only Hokkaido's
    are known: ``None`` for every other prefecture, and where no name stands at the start.
    """
    if prefecture != HOKKAIDO:
        return None
    address = _comparable(text)
    named = _prefectures().match(address)
    while named and _prefecture_codes()[named[0]] == HOKKAIDO:
        address = address[named.end() :]
        named = _prefectures().match(address)
    found = _municipalities().match(_TWICE.sub("", address))
    return _municipality_codes()[found["name"]] if found else None


def _comparable(text: str) -> str:
    address = "".join(unicodedata.normalize("NFKC", text).split()).replace("桧山", "檜山")
    return _POSTCODE.sub("", address, count=1)


@cache
def _prefecture_codes() -> dict[str, str]:
    return {row.label_ja: row.code for row in rulebook.codes("prefectures").values()}


@cache
def _prefectures() -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, _prefecture_codes())))


@cache
def _municipality_codes() -> dict[str, str]:
    """Every name an address may begin with, a ward also without 札幌市 and with only 札幌."""
    names: dict[str, str] = {}
    for row in rulebook.codes("municipalities").values():
        names |= dict.fromkeys((row.label_ja, *row.synonyms), row.code)
        city, _, ward = row.label_ja.partition("市")
        if ward.endswith("区"):
            names |= {ward: row.code, city + ward: row.code}
    return {unicodedata.normalize("NFKC", name): code for name, code in names.items()}


@cache
def _counties_of(code: str) -> tuple[str, ...]:
    row = rulebook.codes("municipalities")[code]
    former = tuple(name[: name.index("郡") + 1] for name in row.synonyms if "郡" in name)
    return (row.extra["county"], *former)


@cache
def _municipalities() -> re.Pattern[str]:
    counties = {row.extra["county"] for row in rulebook.codes("municipalities").values()} - {""}
    names = sorted(_municipality_codes(), key=lambda name: (-len(name), name))
    return re.compile(f"(?P<county>{'|'.join(sorted(counties))})?(?P<name>{'|'.join(map(re.escape, names))})")
