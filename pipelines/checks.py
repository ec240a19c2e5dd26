"""How findings look on a check's page: Dagster's severity, and a Japanese Markdown table of the worst rows.

Every check result of this project is made here, so that one place decides what may be shown: the UI has no login,
and a value whose field is not public is masked. What is wrong with a record is decided elsewhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import dagster as dg

from schemas import messages, rulebook
from schemas.finding import SEVERITY_JA, Finding, Severity

MASK = "＊＊＊"
SHOWN = 20
"""Rows of a table: a page, not a report."""

_RANK = {kind: rank for rank, kind in enumerate(SEVERITY_JA)}


def severity(findings: Sequence[Finding]) -> dg.AssetCheckSeverity:
    """ERROR, which blocks, for findings that stop the release; WARN, which never does, for all others."""
    stops = any(finding.severity == Severity.STOP for finding in findings)
    return dg.AssetCheckSeverity.ERROR if stops else dg.AssetCheckSeverity.WARN


def result(name: str, key: dg.AssetKey, findings: Sequence[Finding], **metadata: Any) -> dg.AssetCheckResult:
    """The check that these findings make: passed when none is worse than a note."""
    worst = sorted(findings, key=lambda f: (_RANK[f.severity], f.file or "", f.row or 0, f.column or "", f.code))
    counts = Counter(finding.severity for finding in findings)
    told: dict[str, Any] = {label: counts[kind] for kind, label in SEVERITY_JA.items()}
    if worst:
        told["悪い順"] = dg.MetadataValue.md(_markdown(worst))
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=name,
        passed=counts[Severity.NOTE] == len(findings),
        severity=severity(findings),
        description="／".join(dict.fromkeys(_said(finding) for finding in worst[:3])) or None,
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


def _markdown(worst: Sequence[Finding]) -> str:
    head = "| 扱い | ファイル | 行 | 列 | 値 | 指摘 | 正しい形 |\n|---|---|---:|---|---|---|---|\n"
    more = f"\nほか {len(worst) - SHOWN:,} 件" if len(worst) > SHOWN else ""
    return head + "".join(f"| {' | '.join(_cells(finding))} |\n" for finding in worst[:SHOWN]) + more


def _cells(finding: Finding) -> tuple[str, ...]:
    shown = (finding.value or "", finding.expected or "") if _is_public(finding) else (MASK, MASK)
    said = (
        SEVERITY_JA[finding.severity],
        finding.file or "",
        "" if finding.row is None else f"{finding.row:,}",
        finding.column or "",
        shown[0],
        _said(finding),
        shown[1],
    )
    return tuple(text.replace("|", "｜").replace("\n", " ") for text in said)


def _said(finding: Finding) -> str:
    return finding.message_ja if _is_public(finding) else messages.describe(finding.code)[0]


def _is_public(finding: Finding) -> bool:
    """Whether the finding's words may be shown: a message can repeat the value, so both follow the field.

    A finding about no row speaks of a whole file or table and carries nobody's value.
    """
    if finding.row is None and finding.record_id is None:
        return True
    home = rulebook.tables().get(finding.table or "")
    return home is not None and any(f.name == finding.field and f.privacy == "public" for f in home.fields)
