"""``Finding``: the one currency for problems (house rule 3).

Frictionless, formats, row checks, fetchers, pandera and Great Expectations all speak it; every report is a
query over the findings table. Wording does not belong here (``messages.*.yml``), nor does the decision which
severity a code has (``messages.*.yml`` and the field's ``severity``).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum


class Severity(StrEnum):
    """Five severities with fixed consequences (house rule 4), worst first."""

    STOP = "stop"
    """The release stops; yesterday's stays."""
    REJECT = "reject"
    """The file is rejected; the last good snapshot serves."""
    QUARANTINE = "quarantine"
    """The row is kept aside with its reason."""
    WITHHOLD = "withhold"
    """The value is withheld; its record goes on."""
    NOTE = "note"
    """Published; the provider is told."""


SEVERITY_JA: dict[str, str] = {
    Severity.STOP: "公開を停止",
    Severity.REJECT: "ファイル不採用",
    Severity.QUARANTINE: "行を隔離",
    Severity.WITHHOLD: "値を不掲載",
    Severity.NOTE: "お知らせ",
}
"""What each severity is called wherever people read it, worst first."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem, at one place, for the person who can act on it.

    ``row`` counts as Excel does (the heading is row 1), ``column`` is the heading as published, ``value`` the
    cell as published, ``expected`` the form that this very value should have had. ``table`` and ``field`` say
    where in the canonical model it would have gone. A finding about a whole file has no row.
    """

    code: str
    severity: str
    source: str
    file: str | None = None
    row: int | None = None
    column: str | None = None
    table: str | None = None
    field: str | None = None
    value: str | None = None
    message_ja: str = ""
    message_en: str = ""
    expected: str | None = None
    record_id: str | None = None
    version: int = 1


FINDING_COLUMNS: tuple[str, ...] = tuple(field.name for field in fields(Finding))
"""Column order of every findings table and file."""

FINDING_DDL = ", ".join(f'"{name}" {"BIGINT" if name in ("row", "version") else "VARCHAR"}' for name in FINDING_COLUMNS)
"""Column definitions of a DuckDB findings table."""
