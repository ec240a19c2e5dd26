"""``quality.json`` and ``quality.html``: how good each source's data is, for the people who can mend it.

Counts and kinds of problems only: no row numbers, no values, and of submissions no more than how often each rule
was broken, under the small-cell rule: with one or two senders, a count tells whose. The cells themselves are for the
provider alone and do not belong in a release.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import duckdb

from publish import index, pages, resolution, small_cells
from publish.exporters import rows
from schemas import messages, rulebook
from schemas.finding import SEVERITY_JA, Severity
from schemas.rulebook import Table
from schemas.sql import identifier, literal

COUNTS = {
    "rows_read": "読んだ行",
    "accepted": "採用",
    "quarantined": "隔離した行",
    "out_of_area": "対象地域の外",
    "ended": "終了",
    "withheld": "不掲載の値",
}
"""Counts of a source in the order of the page; the first is the sum of the next four, the last counts cells."""

SEVERITIES = {str(severity): label for severity, label in SEVERITY_JA.items()}
"""What became of a finding, worst first."""

PARTS = ("accepted", "quarantined", "out_of_area", "ended")
"""Counts that are together ``rows_read``."""

TOP = 10
"""How many kinds of problems the page shows of a source; ``quality.json`` has all."""

SUBMISSION = "submission"
REJECTED_SUBMISSION = "提出されたファイルは採用できませんでした"


def build(con: duckdb.DuckDBPyConnection, tables: Sequence[Table], version: str, as_of: date) -> dict[str, Any]:
    """The report as one document; ``tables`` are those of the release, with fill rates in percent.

    A count of submissions that is not told is None. The totals are of the other sources: none can be worked out.
    """
    sources = _sources(con, as_of)
    summed = [source for source in sources if source["kind"] != SUBMISSION]
    return {
        "title": "道しるべ データ品質レポート",
        "version": version,
        "as_of": as_of.isoformat(),
        **index.settings(con),
        "totals": {
            **{count: sum(source[count] for source in summed) for count in COUNTS},
            "findings": {s: sum(source["findings"][s] for source in summed) for s in SEVERITIES},
        },
        "sources": sources,
        "tables": fill_rates(con, tables),
        "resolution": resolution.build(con, version, as_of),
    }


def render(report: dict[str, Any]) -> str:
    """The report as one self-contained HTML page in Japanese."""
    # What stopped a release stands on no page: there is none.
    shown = {severity: title for severity, title in SEVERITIES.items() if severity != Severity.STOP}
    limit = small_cells.LIMIT_OF_BODIES
    return pages.render("quality", report=report, counts=COUNTS, severities=shown, top=TOP, limit=limit)


def _sources(con: duckdb.DuckDBPyConnection, as_of: date) -> list[dict[str, Any]]:
    query = f"SELECT source, kind, rejected, {', '.join(COUNTS)} FROM warehouse.source_runs ORDER BY source"
    facts = {source["id"]: source for source in index.sources(con)}
    severities = _by_severity(con)
    problems = _by_rule(con)
    query_reasons = "SELECT source, min(code) FROM warehouse.findings WHERE severity = 'reject' GROUP BY source"
    reasons = dict(con.execute(query_reasons).fetchall())
    told = [
        facts[source]
        | {
            "kind": kind,
            "age_days": _age(facts[source]["dated"], as_of),
            "rejected": _rejection(reasons.get(source), kind) if rejected else None,
        }
        | dict(zip(COUNTS, counts, strict=True))
        | {
            "findings": {severity: severities.get((source, severity), 0) for severity in SEVERITIES},
            "problems": problems.get(source, []),
        }
        for source, kind, rejected, *counts in con.execute(query).fetchall()
    ]
    return [_without_small(source) if source["kind"] == SUBMISSION else source for source in told]


def _without_small(source: dict[str, Any]) -> dict[str, Any]:
    """What is told of submissions: no count from which a small one could be worked out, no rule that few broke.

    A row is taken for a body: the night does not know better, and where one sends several, fewer are behind a count.
    """
    limit = small_cells.LIMIT_OF_BODIES
    listed = [problem for problem in source["problems"] if problem["count"] >= limit]
    few = len(listed) < len(source["problems"])
    parts = small_cells.hidden([[source[part] for part in PARTS]])[0]
    untold = [count for count, secret in zip((*PARTS, "rows_read"), parts, strict=True) if secret]
    if few or 0 < source["withheld"] < limit:
        untold.append("withheld")
    findings = dict.fromkeys(SEVERITIES) if few else source["findings"]
    return source | dict.fromkeys(untold) | {"findings": findings, "problems": listed}


def _rejection(code: str | None, kind: str) -> str:
    """Why a file was not taken, in general words: the finding's own may tell what stands in the file."""
    return REJECTED_SUBMISSION if kind == SUBMISSION or code is None else messages.describe(code)[0]


def _age(dated: str | None, as_of: date) -> int | None:
    return (as_of - date.fromisoformat(dated)).days if dated else None


def _by_severity(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], int]:
    query = "SELECT source, severity, count(*) FROM warehouse.findings GROUP BY ALL ORDER BY ALL"
    return {(source, severity): count for source, severity, count in con.execute(query).fetchall()}


def _by_rule(con: duckdb.DuckDBPyConnection) -> dict[str, list[dict[str, Any]]]:
    """For each source its findings by code and field, most frequent first; of a submission, and of a table that is
    not published, by code alone.
    """
    published = ", ".join(literal(table.name) for table in rulebook.published_tables())
    told = f"r.kind <> 'submission' AND f.\"table\" IN ({published})"
    query = f"""
        SELECT f.source, f.code,
               CASE WHEN {told} THEN f."table" END AS "table",
               CASE WHEN {told} THEN f.field END AS field,
               count(*) AS found
        FROM warehouse.findings f JOIN warehouse.source_runs r USING (source)
        GROUP BY ALL ORDER BY f.source, found DESC, f.code, "table", field
    """
    problems: dict[str, list[dict[str, Any]]] = {}
    for source, code, table, field, found in con.execute(query).fetchall():
        ja, en = messages.describe(code)
        problems.setdefault(source, []).append(
            {
                "code": code,
                "table": table,
                "field": field,
                "where": _where(table, field),
                "message_ja": ja,
                "message_en": en,
                "count": found,
            }
        )
    return problems


def _where(table: str | None, field: str | None) -> str | None:
    if table is None:
        return None
    titled = rulebook.table(table)
    return f"{titled.title}の「{titled.field(field).title}」" if field else titled.title


def fill_rates(con: duckdb.DuckDBPyConnection, tables: Sequence[Table]) -> list[dict[str, Any]]:
    """Of each table with rows: name, title, rows, and of each field how many have a value, also in percent."""
    return [_filled(con, table) for table in tables if rows.row_count(con, table)]


def _filled(con: duckdb.DuckDBPyConnection, table: Table) -> dict[str, Any]:
    total = rows.row_count(con, table)
    counts = ", ".join(f"count({identifier(field.name)})" for field in table.published_fields)
    (filled,) = con.execute(f"SELECT {counts} FROM release.{identifier(table.name)}").fetchall()
    return {
        "name": table.name,
        "title": table.title,
        "rows": total,
        "fields": [
            {"name": field.name, "title": field.title, "filled": count, "percent": round(100 * count / total, 1)}
            for field, count in zip(table.published_fields, filled, strict=True)
        ],
    }
