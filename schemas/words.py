"""The words for one fault of a validated file: its code, its severity, and a sentence in Japanese and English.

The sentences stand in ``messages.*.yml``, what they can be told in ``facts``, the value that should have stood there
is ``suggest``'s. Which faults there are is not decided here (``table_schema``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from schemas import facts, formats, messages, suggest
from schemas.finding import Severity

_NOTHING: Mapping[str, Any] = MappingProxyType({})
_NO_FACTS: Mapping[str, str] = MappingProxyType({})

_OF_A_CELL = ("type-error", "constraint-error", "cell-error")
_BEYOND_HEALING = ("required", "blank-in-required", "replacement-character", "nul", "unjudged")
"""Codes of a cell whose value no other way of writing it would heal."""

_SHOWN_NOTE = 200
"""So many characters of what else is told are shown: a note on a schema says at its end what is wrong."""

_FOLDERS = re.compile(r"(?<![\w:/.])(?:[A-Za-z]:)?(?:[/\\][^/\\\s'\"]+)+[/\\](?=[^/\\\s'\"])")


class Words(NamedTuple):
    """What is said of one fault."""

    code: str
    severity: str
    message_ja: str
    message_en: str
    expected: str | None
    """The form that this very value should have: nearly always the value itself, or ``None`` if it is not known."""


def word(
    type: str,
    *,
    code: str | None = None,
    constraint: str | None = None,
    field: Mapping[str, Any] | None = None,
    table: str | None = None,
    label: str | None = None,
    cell: str | None = None,
    told: Mapping[str, str] = _NO_FACTS,
) -> Words:
    """The words for a fault of Frictionless's error ``type`` or of our ``code``. Never raises.

    ``constraint`` is the one that failed, ``field`` the descriptor (not to be changed afterwards), ``table`` ours if
    it is of ours, ``label`` the heading as written. ``told``: what else is known and the sentences can use:
    ``other`` (the row of the same key), ``columns`` and ``values`` of a key, ``note`` (what Frictionless says of a
    schema), ``partner`` (the cell of the paired coordinate), ``expected`` (what a format expects).
    """
    if code is None:
        from schemas.table_schema.codes import code as code_of

        code = code_of(type, constraint)
    field = field or _NOTHING
    asked = code if code in messages.book() and "@" not in code else "unjudged"
    swapped = _swapped(field, cell, told)
    kind, form = str(field.get("type", "string")), str(field.get("format", "default"))
    example = facts.of_field(field)["example"]
    chosen = messages.entry(
        asked,
        (
            f"{table}.{field.get('name')}",
            *(fact for fact in told if told[fact] and (fact != "partner" or swapped)),
            suggest.kind(field),
            f"{kind}/{form}",
            kind,
            "example" if example else None,
        ),
    )
    japanese, english = facts.of_cell(field, label, cell)
    for facts_told in (japanese, english):
        facts_told.update({fact: facts.shown(_FOLDERS.sub("", str(text)), _SHOWN_NOTE) for fact, text in told.items()})
        facts_told.update(swapped)
    if table:
        # The headings of our own tables are their titles; those of any Table Schema are its names.
        japanese["name"] = facts.shown(str(field.get("title") or "")) or japanese["name"]
    given = messages.stated(chosen, japanese) or told.get("expected") or None
    healed = type in _OF_A_CELL and asked not in _BEYOND_HEALING and not swapped
    value = suggest.suggest(field, cell, constraint) if cell and healed else None
    expected = swapped.get(str(suggest.kind(field))) or value or given
    value_known = value is not None or (given == expected and messages.is_value(field, _reads(field), given))
    return Words(
        code=code,
        severity=_severity(chosen, field),
        message_ja=messages.say(chosen, "ja", japanese, expected, value_known),
        message_en=messages.say(chosen, "en", english, expected, value_known),
        expected=expected,
    )


def _swapped(field: Mapping[str, Any], cell: str | None, told: Mapping[str, str]) -> dict[str, str]:
    pair = suggest.swapped(field, cell, told["partner"]) if cell and told.get("partner") else None
    return {"latitude": pair[0], "longitude": pair[1]} if pair else {}


def _reads(field: Mapping[str, Any]) -> str | None:
    reads = field.get("reads")
    return str(reads) if reads in formats.names() else None


def _severity(chosen: Mapping[str, Any], field: Mapping[str, Any]) -> str:
    """The sentence's own severity, else the field's, as the rulebook has it."""
    constraints = field.get("constraints")
    required = isinstance(constraints, Mapping) and bool(constraints.get("required"))
    severity = chosen.get("severity", field.get("severity"))
    usual = Severity.QUARANTINE if required else Severity.WITHHOLD
    return Severity(severity if severity in [*Severity] else usual).value
