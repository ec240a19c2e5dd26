"""The correction sheet: one workbook a source that tells its provider which cell to correct, and how.

It stays in the home and is never published: it shows cells as the provider wrote them. What is a fault, and in
which words, is the rulebook's.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Sequence
from pathlib import Path

import xlsxwriter

from schemas.finding import SEVERITY_JA, Finding, Severity

HEADINGS = (
    ("重大さ", 12),
    ("ファイル", 24),
    ("行", 7),
    ("列の見出し", 24),
    ("いまの値", 30),
    ("どう直すか", 70),
    ("正しい形", 30),
    ("What to do", 60),
    ("コード", 24),
)
CREATED = datetime.datetime(2000, 1, 1)
"""A fixed creation date: the same findings give the same bytes."""


def write(path: Path, title: str, findings: Sequence[Finding]) -> None:
    """Write the workbook of ``findings``, worst first, whole or not at all. Cells are text: none is a formula."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.new")
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(aside), options) as book:
        book.set_properties({"title": f"{title} 訂正のお願い", "created": CREATED})
        page = book.add_worksheet("訂正のお願い")
        bold, wrap = (
            book.add_format({"bold": True, "bg_color": "#E8EEF4"}),
            book.add_format({"text_wrap": True, "valign": "top"}),
        )
        for column, (heading, width) in enumerate(HEADINGS):
            page.set_column(column, column, width, wrap)
            page.write_string(0, column, heading, bold)
        rank = {severity.value: position for position, severity in enumerate(Severity)}
        for row, finding in enumerate(sorted(findings, key=lambda f: (rank[f.severity], f.file or "", f.row or 0)), 1):
            for column, text in enumerate(_cells(finding)):
                page.write_string(row, column, text)
        page.freeze_panes(1, 0)
        page.autofilter(0, 0, max(len(findings), 1), len(HEADINGS) - 1)
    os.replace(aside, path)


def _cells(finding: Finding) -> tuple[str, ...]:
    return (
        SEVERITY_JA[Severity(finding.severity)],
        finding.file or "",
        str(finding.row) if finding.row else "",
        finding.column or "",
        finding.value or "",
        finding.message_ja,
        finding.expected or "",
        finding.message_en,
        finding.code,
    )
