"""What this very value would have to be: a suggestion for a faulty cell, or none.

A suggestion is never a guess: it follows from what is written (``candidates``), and the field's own Frictionless cell
reader accepts it. Not here: what is wrong with a cell (``table_schema``) and how it is said (``words``).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import chain
from typing import Any

from schemas import candidates, cell_reader, codelist, formats, rulebook
from schemas.cell_reader import once
from schemas.formats._cell import is_nothing, tidy

LONGEST = 1000
"""A longer cell is no slip of the pen."""

_LIKE = 0.6
"""How like an allowed word must be (difflib's ratio) to be the one that was meant."""

_MOST_CHOICES = 500
"""Among more choices than these no word is sought by likeness: it would be slow, and a neighbour easily wrong."""

_NEGATIONS = re.compile("[不無非未否]")

_KINDS = {
    "corporate_number": "法人番号|corporate_?number",
    "office_number": "事業所番号",
    "municipality_code": "市区町村コード|地方公共団体コード|municipality_?code",
    "postal_code": "郵便番号|post(?:al)?_?code|zip_?code",
    "phone": "電話|ファックス|ファクス|phone|(?<![a-z])(?:fax|tel)(?![a-z])",
    "email": "メール|e-?mail",
    "url": "ホームページ|ウェブ|website|(?<![a-z])ur[il](?![a-z])",
    "latitude": "緯度|(?<![a-z])lat(?:itude)?(?![a-z])",
    "longitude": "経度|(?<![a-z])(?:lon|lng|longitude)(?![a-z])",
    "kana": "カナ|フリガナ|(?<![a-z])kana(?![a-z])",
    "date": "年月日|日付|(?<![a-z])date(?![a-z])",
    "time": "時刻|(?<![a-z])time(?![a-z])",
}
"""Format (``schemas/formats``) → what a name or title has in it that says that values are of that kind."""

_OF_TYPE = {"string": tuple(_KINDS), "number": ("latitude", "longitude")}
"""Which of them values of a type can be."""

_OF_FORMAT = {"email": "email", "uri": "url"}


def suggest(field: Mapping[str, Any], cell: str, constraint: str | None = None) -> str | None:
    """The value that this cell would have to be, or ``None`` where that cannot be known. Never raises.

    ``field`` is any Table Schema field descriptor, which must not be changed afterwards; ``constraint`` the one that
    failed (``None``: the type, or the text itself). What is returned differs from ``cell``, and the field's cell
    reader accepts it; where the field names a format (``reads``) or a code list of ours, they read it too.
    """
    if len(cell) > LONGEST or is_nothing(tidy(cell)):
        return None
    accepts = accepter(field)
    offered = chain(_chosen(field, cell), candidates.of(field, cell, constraint, kind(field), accepts))
    return next((candidate for candidate in offered if candidate != cell and accepts(candidate)), None)


def swapped(field: Mapping[str, Any], cell: str, partner: str) -> tuple[str, str] | None:
    """Latitude and longitude put right, if the two cells hold one of Japan's places the wrong way round."""
    here = kind(field)
    if here not in ("latitude", "longitude") or len(cell) > LONGEST or len(partner) > LONGEST:
        return None
    latitude, longitude = (partner, cell) if here == "latitude" else (cell, partner)
    pair = formats.read("latitude", latitude).value, formats.read("longitude", longitude).value
    if pair[0] is None or pair[1] is None or not accepter(field)(pair[here == "longitude"] or ""):
        return None
    return pair[0], pair[1]


@cache
def _code_lists() -> tuple[str, ...]:
    return rulebook.code_lists()


@once
def kind(field: Mapping[str, Any]) -> str | None:
    """The format (``schemas/formats``) of a field's values: by ``reads``, else by format, name or title."""
    if field.get("reads") in formats.names():
        return str(field["reads"])
    possible = _OF_TYPE.get(str(field.get("type", "string")), ())
    told = _OF_FORMAT.get(str(field.get("format")))
    words = f"{field.get('title', '')} {field.get('name', '')}".lower()
    return told or next((name for name in possible if re.search(_KINDS[name], words)), None)


def accepter(field: Mapping[str, Any]) -> Callable[[str], bool]:
    """Says of a text whether it is a good value: for the cell reader, the format and the code list of the field."""
    reads, codes = field.get("reads"), field.get("codes")
    is_format, is_list = reads in formats.names(), codes in _code_lists()

    def accepts(text: str) -> bool:
        if not cell_reader.accepts(field, text):
            return False
        readings = [formats.read(str(reads), text)] if is_format else []
        readings += [codelist.read(str(codes), text, bool(field.get("many")))] if is_list else []
        return all(reading.value is not None and reading.code is None for reading in readings)

    return accepts


def choices(field: Mapping[str, Any]) -> tuple[str, ...]:
    """The allowed values of a field as text, in order: its ``enum``, else the labels of its code list."""
    constraints = field.get("constraints")
    enum = constraints.get("enum") if isinstance(constraints, Mapping) else None
    if isinstance(enum, list | tuple):
        return tuple(str(choice) for choice in enum)
    codes = field.get("codes")
    if codes not in _code_lists():
        return ()
    return tuple(code.label_ja for code in rulebook.codes(str(codes)).values() if code.status == "active")


def _chosen(field: Mapping[str, Any], cell: str) -> Iterator[str]:
    """The allowed values that a cell may mean, the surest first."""
    codes = field.get("codes")
    words = {choice: choice for choice in choices(field)}
    if codes in _code_lists():
        listed = rulebook.codes(str(codes)).values()
        read = codelist.read(str(codes), cell, bool(field.get("many")))
        if read.value and not read.code:
            yield read.value
        words = {**{code.label_ja: code.code for code in listed if code.code in words}, **words}
    near = _nearest(cell, words) if words else None
    if near:
        yield near
        yield words[near]


def _nearest(cell: str, words: Mapping[str, str]) -> str | None:
    """The one word that is the same but for width, case and blanks, else the one that is clearly most alike."""
    told = codelist.fold(cell)
    folded = [(codelist.fold(word), word) for word in words]
    same = [word for text, word in folded if text == told]
    if same or len(folded) > _MOST_CHOICES or len(told) < 3:
        return same[0] if len(same) == 1 else None
    alike = [(text, word) for text, word in folded if _may_be_meant(told, text)]
    near = difflib.get_close_matches(told, list(dict(alike)), n=2, cutoff=_LIKE)
    ratios = [difflib.SequenceMatcher(None, text, told).ratio() for text in near]
    return dict(alike)[near[0]] if near and len(set(ratios)) == len(ratios) else None


def _may_be_meant(told: str, word: str) -> bool:
    """A word with other digits, or with a negation more or less (可 and 不可), means something else."""
    long, short = sorted((told, word), key=len, reverse=True)
    same_digits = re.findall("[0-9]", told) == re.findall("[0-9]", word)
    return same_digits and not long.endswith(short) and bool(_NEGATIONS.search(told)) == bool(_NEGATIONS.search(word))
