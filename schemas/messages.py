"""Words for findings: chosen by (code, field, format), in Japanese and English.

The sentences stand in ``messages.yml``; a finding's severity is decided here too, from the sentence's own
``severity`` or the field's. Nothing else words a finding.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import yaml

from schemas import formats
from schemas.finding import Finding, Severity
from schemas.rulebook import ROOT, Field, Table


@cache
def _book() -> dict[str, dict[str, Any]]:
    book: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "messages.yml").read_text(encoding="utf-8"))
    return book


def known() -> tuple[str, ...]:
    """Every code and code@field that has a sentence."""
    return tuple(sorted(_book()))


def describe(code: str) -> tuple[str, str]:
    """What a code means in general, Japanese and English, without any value: for published reports."""
    entry = _book()[code]
    return entry["title_ja"], entry["title_en"]


def sentence(code: str, table: Table, field: Field, reads: str | None) -> dict[str, Any]:
    """The most telling entry: for this field, else for its format, else for the code alone."""
    book = _book()
    keys = [f"{code}@{table.name}.{field.name}", f"{code}@{reads}", code]
    return book[code] | next(book[key] for key in keys if key in book)


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
    entry = sentence(code, table, field, reads)
    severity = Severity.NOTE if usable else Severity(entry.get("severity", field.severity))
    if breaks and severity is Severity.NOTE:
        severity = Severity.WITHHOLD
    if severity is Severity.QUARANTINE and not subject and "severity" not in field.descriptor:
        severity = Severity.WITHHOLD
    general = formats.module(reads) if reads in formats.names() else None
    told = {
        "title": field.title,
        "value": value if value not in (None, "") else "（空欄）",
        "expected": expected or (general.EXPECTED_JA if general else field.example),
        "example": field.example,
    }
    english = told | {"title": field.name, "expected": expected or (general.EXPECTED_EN if general else field.example)}
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
        message_ja=entry["ja"].format(**told),
        message_en=entry["en"].format(**english),
        expected=expected or (general.EXPECTED_JA if general else None),
        record_id=record_id,
    )


def file_finding(code: str, *, source: str, ja: str = "", en: str = "", **where: Any) -> Finding:
    """A finding about a file, a row or a release: the sentence of the code, or the caller's own ``ja`` and ``en``.

    ``where`` holds any of the other fields of :class:`~schemas.finding.Finding`.
    """
    entry = _book()[code]
    told = {key: value for key, value in where.items() if value is not None}
    return Finding(
        code=code,
        severity=Severity(entry["severity"]).value,
        source=source,
        message_ja=ja or entry["ja"].format(**told),
        message_en=en or entry["en"].format(**told),
        **where,
    )
