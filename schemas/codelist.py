"""Reading a published word as a code of a code list: by code, label or synonym, never by likeness.

An unknown word is a problem with the nearest allowed value as its expected form, never a default (house rule 2).
What the codes are stands in ``codes/*.csv``.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Mapping
from functools import cache

from schemas import rulebook
from schemas.formats import Reading

SEPARATORS = re.compile(r"[;；、,，／/・\n]")


def read(name: str, text: str, many: bool = False) -> Reading:
    """The code (``many``: codes joined by ``;``) that ``text`` stands for in code list ``name``.

    Of several words those that are known are kept and the first unknown one is the problem.
    """
    return read_words(_words(name), _labels(name), text, many)


def read_words(words: Mapping[str, str | None], labels: tuple[str, ...], text: str, many: bool = False) -> Reading:
    """As :func:`read`, with any dictionary of folded words (:func:`fold`) to canonical values (None: says nothing)."""
    if fold(text) in words:
        return Reading(words[fold(text)])
    parts = [part for part in (SEPARATORS.split(text) if many else [text]) if part.strip()]
    if not parts:
        return Reading(None)
    known = [words[fold(part)] for part in parts if fold(part) in words]
    unknown = [part.strip() for part in parts if fold(part) not in words]
    value = ";".join(dict.fromkeys(word for word in known if word)) or None
    if not unknown:
        return Reading(value)
    near = difflib.get_close_matches(unknown[0], labels, n=1, cutoff=0.5)
    return Reading(value, "unknown-code", near[0] if near else "、".join(labels[:8]))


def fold(text: str) -> str:
    """``text`` without differences of width, case and spaces: for matching only, never for output."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


@cache
def _words(name: str) -> dict[str, str]:
    words: dict[str, str] = {}
    for code in rulebook.codes(name).values():
        for word in (code.code, code.label_ja, code.label_en, *code.synonyms):
            if word:
                words.setdefault(fold(word), code.code)
    return words


@cache
def _labels(name: str) -> tuple[str, ...]:
    return tuple(code.label_ja for code in rulebook.codes(name).values() if code.status == "active")
