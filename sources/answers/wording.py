"""What the answers for people say around the findings, in Japanese and English, and how a value is shown.

The sentences of the findings themselves are in ``schemas/messages``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schemas import messages
from schemas.finding import SEVERITY_JA, Severity
from schemas.report import Report
from sources.letters import letters

CLIP = 200
"""Letters of a value that are shown; a cell may hold a whole file after a stray quote."""

SEVERITIES = {
    "ja": {str(severity): title for severity, title in SEVERITY_JA.items()},
    "en": {
        "stop": "release stopped",
        "reject": "file rejected",
        "quarantine": "row kept aside",
        "withhold": "value withheld",
        "note": "note",
    },
}
"""What each severity is called, worst first."""

PHRASES = {
    "ja": {
        "title": "検査の結果",
        "findings_unit": " 件",
        "valid": "{rows:,} 行を調べました。直すところはありません。",
        "invalid": "{rows:,} 行を調べました。指摘が {count:,} 件あります。",
        "unreadable": "表として調べられませんでした。指摘が {count:,} 件あります。",
        "kinds": "指摘の種類",
        "value": "いまの値",
        "expected": "正しい形",
        "blank": "（空欄）",
        "more_how": "ほか {count:,} 件（--limit で増やせます。--format xlsx なら全部を一覧にします）",
        "file": "ファイル全体",
        "heading": "見出し",
        "row": "{row:,} 行目",
        "column": "{letters} 列",
        "headed": "「{text}」",
        "quoted": "「{text}」",
        "colon": "：",
    },
    "en": {
        "title": "Result of the check",
        "findings_unit": "",
        "valid": "{rows:,} rows checked; nothing to correct.",
        "invalid": "{rows:,} rows checked; findings: {count:,}.",
        "unreadable": "Could not be checked as a table; findings: {count:,}.",
        "kinds": "Kinds of findings",
        "value": "Now",
        "expected": "Expected",
        "blank": "(blank)",
        "more_how": "{count:,} more (see them with --limit, or all of them with --format xlsx)",
        "file": "The whole file",
        "heading": "Heading",
        "row": "Row {row:,}",
        "column": "column {letters}",
        "headed": " “{text}”",
        "quoted": "“{text}”",
        "colon": ": ",
    },
}
"""Phrases by language."""

_CONTROL = re.compile(r"\r\n|[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Kind:
    """How often one kind of finding was made."""

    severity: str
    title: str
    count: int


def kinds(report: Report, lang: str) -> list[Kind]:
    """The kinds of findings, worst first, then the most frequent."""
    rank = {str(severity): place for place, severity in enumerate(Severity)}
    query = "SELECT severity, code, count(*) FROM findings GROUP BY ALL ORDER BY 3 DESC, 2, 1"
    found = [
        Kind(severity, messages.describe(code)[lang == "en"], count)
        for severity, code, count in report.con.cursor().execute(query).fetchall()
    ]
    return sorted(found, key=lambda kind: rank[kind.severity])


def summary(report: Report, lang: str) -> str:
    """One sentence: how many rows were checked, and how many findings there are."""
    count = report.count
    phrase = "valid" if not count else "invalid" if report.readable else "unreadable"
    return PHRASES[lang][phrase].format(rows=report.rows, count=count)


def row(finding: Mapping[str, Any], lang: str) -> str:
    """The row of a finding: ``3 行目``, or where else it is."""
    phrases = PHRASES[lang]
    if finding["rowNumber"] is not None:
        return phrases["row"].format(row=finding["rowNumber"])
    return phrases["heading"] if finding["fieldNumber"] is not None else phrases["file"]


def column(finding: Mapping[str, Any], report: Report, lang: str) -> str:
    """The column of a finding, by letters and heading: ``B 列「電話」``; ``""`` if it is about no column."""
    number = finding["fieldNumber"]
    if number is None:
        return ""
    told = PHRASES[lang]["column"].format(letters=letters(number - 1))
    name = heading(finding, report)
    return told + (PHRASES[lang]["headed"].format(text=clipped(name)) if name else "")


def heading(finding: Mapping[str, Any], report: Report) -> str:
    """The heading of the finding's column as written, else the name of its field."""
    number = finding["fieldNumber"]
    label = report.labels[number - 1] if number is not None and 0 < number <= len(report.labels) else ""
    return label or finding["fieldName"] or ""


def value(finding: Mapping[str, Any]) -> str:
    """The finding's cell as written. Frictionless tells of a cell that is not there as ``None``: it is blank."""
    cell = finding["cell"]
    return "" if cell is None or (cell == "None" and finding["code"] == "required") else str(cell)


def message(finding: Mapping[str, Any], lang: str) -> str:
    """The finding's sentence."""
    return str(finding[f"message_{lang}"])


def quoted(text: str, lang: str) -> str:
    """``text`` in quotation marks, as :func:`clipped`."""
    return PHRASES[lang]["quoted"].format(text=clipped(text)) if text else PHRASES[lang]["blank"]


def clipped(text: str) -> str:
    """``text`` in one line, as :func:`visible`, and no more than :data:`CLIP` letters of it."""
    return visible(text[:CLIP] + "…" * (len(text) > CLIP))


def visible(text: str) -> str:
    """``text`` with every control character as a sign of its own: none reaches a terminal."""
    return _CONTROL.sub(_sign, text)


def _sign(found: re.Match[str]) -> str:
    code = ord(found[0][0])
    if found[0] in ("\n", "\r\n"):
        return "⏎"
    return chr(0x2400 + code) if code < 0x20 else "�"
