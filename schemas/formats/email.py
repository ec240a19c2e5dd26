"""E-mail addresses. Whether one is a person's is not known here."""

from __future__ import annotations

import re

from schemas.formats import Reading
from schemas.formats._cell import fold, is_nothing

TITLE_JA = "メールアドレス"
EXPECTED_JA = "メールアドレス1つ（例: soudan@example.jp）"
EXPECTED_EN = "One e-mail address"

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_LOCAL = r"[A-Za-z0-9_][A-Za-z0-9.!#$%&*+/?_-]{0,63}"
_ADDRESS = re.compile(rf"({_LOCAL})@((?:{_LABEL}\.)+[a-z][a-z0-9-]{{0,61}}[a-z0-9])", re.IGNORECASE)
_SEPARATOR = re.compile(r"[\s,、;/]+")
_DISGUISED_AT = re.compile(r"\s*[\[({<]?\s*(?:at|アットマーク|アット|★|☆|■|◎|●)\s*[\])}>]?\s*", re.IGNORECASE)

GOOD: list[tuple[str, str | None]] = [
    ("soudan@example.jp", "soudan@example.jp"),
    ("Soudan@Example.JP", "Soudan@example.jp"),
    ("ｓｏｕｄａｎ＠ｅｘａｍｐｌｅ．ｊｐ", "soudan@example.jp"),
    ("mailto:soudan@example.jp", "soudan@example.jp"),
    ("so.u-dan+1@mail.example.jp", "so.u-dan+1@mail.example.jp"),
    ("", None),
    ("なし", None),
]
BAD: list[tuple[str, str]] = [
    ("a@example.jp, b@example.jp", "several-values"),
    ("soudan[at]example.jp", "email-form"),
    ("soudan@example", "email-form"),
    ("@example.jp", "email-form"),
    ("=soudan@example.jp", "email-form"),
    ("https://example.jp/form", "email-form"),
    ("フォームから", "email-form"),
]


def read(text: str) -> Reading:
    """The (first) address, its domain in lower case."""
    cell = fold(text).removeprefix("mailto:")
    if is_nothing(cell):
        return Reading(None)
    first, *more = (part for part in _SEPARATOR.split(cell) if part) if "@" in cell else (cell,)
    found = _ADDRESS.fullmatch(first)
    if not found:
        guess = _ADDRESS.fullmatch(_DISGUISED_AT.sub("@", cell))
        return Reading(None, "email-form", guess[0] if guess else None)
    address = f"{found[1]}@{found[2].lower()}"
    several = any("@" in part for part in more)
    return Reading(address, "several-values" if several else None, address if several else None)
