"""Words for findings: chosen by (code, field, told fact, format or type), in Japanese and English.

The sentences stand in ``messages.*.yml``; the head of ``messages.cells.yml`` says how they are chosen and filled. What
a sentence can be told of a cell stands in ``facts``. Here are also the findings of a night; ``words`` has those of a
validated file. Nothing else words a finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import yaml

from schemas import codelist, facts, formats, rulebook, suggest
from schemas.facts import Told
from schemas.finding import Finding, Severity
from schemas.rulebook import ROOT, Field, Table

_PLACE = re.compile(r"\{(\w+)\}")
_NO_WORDS = ("ja", "en", "title_ja", "title_en", "ja_known", "en_known", "severity", "expected")


@cache
def book() -> dict[str, dict[str, Any]]:
    """All entries of ``messages.*.yml``, by code and code@place."""
    entries: dict[str, dict[str, Any]] = {}
    for path in sorted(ROOT.glob("messages.*.yml")):
        # The C loader is seven times as fast; validating a small file begins with this.
        loaded = yaml.load(path.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        twice = entries.keys() & loaded.keys()
        if twice:
            raise ValueError(f"{path.name}: {', '.join(sorted(twice))} 二か所にあります (stands in two files)")
        entries |= loaded
    return entries


def known() -> tuple[str, ...]:
    """Every code and code@place that has a sentence."""
    return tuple(sorted(book()))


def describe(code: str) -> tuple[str, str]:
    """What a code means in general, Japanese and English, without any value: for published reports."""
    entry = book()[code]
    return entry["title_ja"], entry["title_en"]


def entry(code: str, places: Iterable[str | None]) -> dict[str, Any]:
    """The entry of a code with what the first of ``places`` that has one says instead. ``KeyError``: no such code."""
    entries = book()
    more = next((entries[key] for key in (f"{code}@{place}" for place in places if place) if key in entries), {})
    return entries[code] | more


def say(chosen: Mapping[str, Any], lang: str, told: Told, expected: str | None, value_known: bool) -> str:
    """The sentence of an entry in ``lang`` (``ja``, ``en``).

    ``expected`` is the expected form of this very value; ``value_known``: it is the very value that should stand there.
    """
    words = {
        key.removesuffix(f"_{lang}"): _word(word, told, "、" if lang == "ja" else ", ")
        for key, word in chosen.items()
        if key.endswith(f"_{lang}") and key not in _NO_WORDS
    }
    full = Told({**words, **told})
    full["expected"] = facts.shown(expected or "") or full.get("form") or full["example"]
    sentence: str = chosen.get(f"{lang}_known", chosen[lang]) if value_known else chosen[lang]
    return sentence.format_map(full)


def _word(word: str | list[str], told: Told, joint: str) -> str:
    if isinstance(word, str):
        return word.format_map(told)
    return joint.join(part.format_map(told) for part in word if all(told[place] for place in _PLACE.findall(part)))


def stated(chosen: Mapping[str, Any], told: Told) -> str | None:
    """What the entry itself says of the expected form, if all that it needs is told."""
    word = chosen.get("expected")
    return word.format_map(told) if word and all(told[place] for place in _PLACE.findall(word)) else None


def is_value(field: Mapping[str, Any], reads: str | None, expected: str | None) -> bool:
    """Whether an expected form is a value that would have been read, rather than words about one."""
    if not expected:
        return False
    codes = field.get("codes")
    if codes in rulebook.code_lists():
        reading = codelist.read(str(codes), expected)
    else:
        reading = formats.read(reads, expected) if reads in formats.names() else formats.Reading(None)
    return reading.value is not None and reading.code is None


def cell_finding(
    code: str,
    table: Table,
    field: Field,
    *,
    source: str,
    file: str | None,
    row: int | None,
    column: str | None,
    value: str | None,
    expected: str | None,
    record_id: str | None,
    usable: bool,
    subject: bool,
    reads: str | None,
    breaks: bool = False,
) -> Finding:
    """The finding for one cell, with its severity (house rule 4).

    ``usable``: a canonical value was read all the same, so the value is published with a note. ``subject``: the
    record stands for its row; in any other record a bad required value only leaves that record out, unless the
    rulebook itself says ``quarantine``. ``reads`` names the format that read the cell. A value that
    ``breaks`` the schema is withheld at the least.
    """
    chosen = entry(code, (f"{table.name}.{field.name}", reads, field.type, "example"))
    severity = Severity.NOTE if usable else Severity(chosen.get("severity", field.severity))
    if breaks and severity is Severity.NOTE:
        severity = Severity.WITHHOLD
    if severity is Severity.QUARANTINE and not subject and "severity" not in field.descriptor:
        severity = Severity.WITHHOLD
    japanese, english = facts.of_cell(field.descriptor, None, value)
    general = formats.module(reads) if reads in formats.names() else None
    if general:
        japanese["form"], english["form"] = general.EXPECTED_JA, general.EXPECTED_EN
    expected = stated(chosen, japanese) or expected
    suggested = None if expected or not value else suggest.suggest(field.descriptor, value)
    value_known = suggested is not None or is_value(field.descriptor, reads, expected)
    expected = expected or suggested
    return Finding(
        code=code,
        severity=severity.value,
        source=source,
        file=file,
        row=row,
        column=column,
        table=table.name,
        field=field.name,
        value=value,
        message_ja=say(chosen, "ja", japanese, expected, value_known),
        message_en=say(chosen, "en", english, expected, value_known),
        expected=expected or (general.EXPECTED_JA if general else None),
        record_id=record_id,
    )


def file_finding(code: str, *, source: str, ja: str = "", en: str = "", **where: Any) -> Finding:
    """A finding about a file, a row or a release: the sentence of the code, or the caller's own ``ja`` and ``en``.

    ``where`` holds any of the other fields of :class:`~schemas.finding.Finding`.
    """
    chosen = book()[code]
    told = {key: value for key, value in where.items() if value is not None}
    return Finding(
        code=code,
        severity=Severity(chosen["severity"]).value,
        source=source,
        message_ja=ja or chosen["ja"].format(**told),
        message_en=en or chosen["en"].format(**told),
        **where,
    )
