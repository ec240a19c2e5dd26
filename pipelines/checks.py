"""How findings look on a check's page: Dagster's severity, and a Japanese Markdown table of the worst kinds.

Every check result of this project is made here, so that one place decides what may be shown: the UI has no login,
and a value whose field is not public is masked. What is wrong with a record is decided elsewhere.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

import dagster as dg

from schemas import messages, rulebook
from schemas.finding import SEVERITY_JA, Finding, Severity

MASK = "＊＊＊"
MASKED = f"\n{MASK} は、公開しない項目の値です。どの値かは訂正票で見られます。\n"
SHOWN = 20
"""Kinds in the table: a page, not a report."""

TABLE = "指摘の表"
"""The metadata that holds the table."""

_RANK = {kind: rank for rank, kind in enumerate(SEVERITY_JA)}


def severity(findings: Sequence[Finding]) -> dg.AssetCheckSeverity:
    """ERROR, which blocks, for findings that stop the release; WARN, which never does, for all others."""
    stops = any(finding.severity == Severity.STOP for finding in findings)
    return dg.AssetCheckSeverity.ERROR if stops else dg.AssetCheckSeverity.WARN


def result(name: str, key: dg.AssetKey, findings: Sequence[Finding], **metadata: Any) -> dg.AssetCheckResult:
    """The check that these findings make: passed when none is worse than a note."""
    kinds = _kinds(findings)
    counts = Counter(finding.severity for finding in findings)
    told: dict[str, Any] = {label: counts[kind] for kind, label in SEVERITY_JA.items()}
    if kinds:
        told[TABLE] = dg.MetadataValue.md(_markdown(kinds))
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=name,
        passed=counts[Severity.NOTE] == len(findings),
        severity=severity(findings),
        description=_summary(counts, kinds),
        metadata={**told, **metadata},
    )


def verdict(name: str, key: dg.AssetKey, passed: bool, text: str, **metadata: Any) -> dg.AssetCheckResult:
    """A check that only warns, with one sentence that says why."""
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=name,
        passed=passed,
        severity=dg.AssetCheckSeverity.WARN,
        description=text,
        metadata=metadata,
    )


def _kinds(findings: Sequence[Finding]) -> list[list[Finding]]:
    """The findings that say the same of the same column, in the order of the file; worst, then commonest first."""
    kinds: dict[tuple[str, str, str], list[Finding]] = defaultdict(list)
    for finding in sorted(findings, key=lambda f: (f.file or "", f.row or 0)):
        kinds[finding.severity, finding.code, finding.column or finding.field or ""].append(finding)
    order = sorted(kinds, key=lambda kind: (_RANK[kind[0]], -len(kinds[kind]), kind))
    return [kinds[kind] for kind in order]


def _summary(counts: Counter[str], kinds: Sequence[Sequence[Finding]]) -> str:
    if not kinds:
        return "指摘はありません"
    counted = "、".join(f"{label} {counts[kind]:,} 件" for kind, label in SEVERITY_JA.items() if counts[kind])
    return f"{counted}：{'／'.join(dict.fromkeys(_said(kind[0]) for kind in kinds[:3]))}"


def _markdown(kinds: Sequence[Sequence[Finding]]) -> str:
    """A table for each severity, so that no column repeats it; of each kind the first finding stands as an example."""
    parts = []
    for severity, label in SEVERITY_JA.items():
        shown = [kind for kind in kinds[:SHOWN] if kind[0].severity == severity]
        if shown:
            head = f"**{label}**\n\n| 件 | 列 | 初めの行 | 値 | 指摘 | 正しい形 |\n|---:|---|---|---|---|---|\n"
            parts.append(head + "".join(f"| {' | '.join(_cells(kind))} |\n" for kind in shown))
    if MASK in "".join(parts):
        parts.append(MASKED)
    if len(kinds) > SHOWN:
        parts.append(f"ほか {len(kinds) - SHOWN:,} 種類")
    return "\n".join(parts)


def _cells(kind: Sequence[Finding]) -> tuple[str, ...]:
    first = kind[0]
    value, expected = first.value or "", first.expected or ""
    if not _is_public(first):
        value, expected = value and MASK, expected and MASK
    place = first.file or ""
    if first.row is not None:
        place += f" {first.row:,} 行目"
    said = (f"{len(kind):,}", first.column or "", place, value, _said(first), expected)
    return tuple(text.replace("|", "｜").replace("\n", " ") for text in said)


def _said(finding: Finding) -> str:
    return finding.message_ja if _is_public(finding) else messages.describe(finding.code)[0]


def _is_public(finding: Finding) -> bool:
    """Whether the finding's words may be shown: a message can repeat the value, so both follow the field.

    A finding about no row speaks of a whole file or table and carries nobody's value; one about a row as a whole
    carries none either.
    """
    of_no_row = finding.row is None and finding.record_id is None
    if of_no_row or (finding.field is None and finding.value is None):
        return True
    home = rulebook.tables().get(finding.table or "")
    return home is not None and any(f.name == finding.field and f.privacy == "public" for f in home.fields)
