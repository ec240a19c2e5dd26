"""法人の種類: the corporation word in an organization's name, as a code of the list ``legal_forms``."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from schemas import rulebook
from schemas.formats import Reading

TITLE_JA = "法人の種類"
EXPECTED_JA = "法人の種類が分かる名称（例: 特定非営利活動法人○○）"
EXPECTED_EN = "A name with its corporation word"

GOOD: list[tuple[str, str | None]] = [
    ("特定非営利活動法人みちしるべ", "npo"),
    ("ＮＰＯ法人　みちしるべ", "npo"),
    ("㈱みちしるべ", "kabushiki"),
    ("みちしるべ（株）", "kabushiki"),
    ("みちしるべ株式会社", "kabushiki"),
    ("社会医療法人社団みちしるべ会", "shakai-iryo"),
    ("医療法人社団みちしるべ会", "iryo"),
    ("一般社団法人みちしるべ", "ippan-shadan"),
    ("社会福祉法人 みちしるべ会", "shakai-fukushi"),
    ("個人", "individual"),
    ("npo", "npo"),
    ("みちしるべの会", None),
    ("みちしるべ個人相談室", None),
    ("", None),
]
BAD: list[tuple[str, str]] = []

_NOT_IN_NAMES = frozenset(("local-government", "national-government", "voluntary", "individual"))
"""Kinds whose words are ordinary words inside a name (個人, サークル …): the whole cell has to be that word."""


def read(text: str) -> Reading:
    """The code of the first corporation word, the longest that begins there; no word is no problem."""
    name = _normal(text)
    whole = _whole_cells().get(name)
    if whole:
        return Reading(whole)
    found = _pattern().search(name)
    return Reading(_words()[found[0]] if found else None)


def without(text: str) -> str:
    """``text`` in compatibility form, without blanks and without the corporation words in it."""
    return _pattern().sub("", _normal(text))


def _normal(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


@cache
def _whole_cells() -> dict[str, str]:
    codes = rulebook.codes("legal_forms").values()
    words = {_normal(word): row.code for row in codes for word in (row.label_ja, *row.synonyms)}
    return words | {row.code: row.code for row in codes}


@cache
def _words() -> dict[str, str]:
    codes = rulebook.codes("legal_forms")
    return {
        word: code for word, code in _whole_cells().items()
        if len(word) > 1 and code not in _NOT_IN_NAMES and word not in codes
    }  # fmt: skip


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile("|".join(re.escape(word) for word in sorted(_words(), key=lambda word: (-len(word), word))))
