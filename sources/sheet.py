"""The correction sheet: one workbook a source that tells its provider which cell to correct, and how.

It stays in the home and is never published: it shows cells as the provider wrote them. What is a fault, and in
which words, is the rulebook's.
"""

from __future__ import annotations

import datetime
import os
import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from schemas.finding import SEVERITY_JA, Finding, Severity

HEADINGS = (
    ("扱い", 12),
    ("ファイル", 22),
    ("行", 7),
    ("列の見出し", 22),
    ("いまの値", 26),
    ("どう直すか", 60),
    ("正しい形", 30),
    ("What to do", 100),
    ("コード", 26),
)
"""Columns and their widths in half-width letters."""

COLUMNS = (*HEADINGS[:2], ("シート", 14), *HEADINGS[2:])
"""The columns of the sheet of a source, whose workbooks may have several sheets."""

SHEET_OF = re.compile(r"(.+\.(?:xlsx|xlsm|xls|ods))/(.+)", re.IGNORECASE | re.DOTALL)
"""How a finding names a workbook and its sheet."""

A4 = 9
"""The number of the paper size in the file format."""

ROW = 2
"""The column of the row number among :data:`HEADINGS`; one further here."""

PRINTED = 7
"""Columns of :data:`HEADINGS` that go onto paper, one more here; the others are for those who read no Japanese, and for
programs.
"""

CONSEQUENCES = {
    Severity.REJECT: "ファイルを採用できませんでした。前に採用したデータがあれば、それを使い続けます。",
    Severity.QUARANTINE: "この行は公開していません。直していただくと公開します。",
    Severity.WITHHOLD: "この値だけを空欄にして、行は公開しています。直していただくと値も公開します。",
    Severity.NOTE: "公開しています。次の機会に直していただくと助かります。",
}
"""What becomes of a cell, row or file, told to its provider."""

OF_SUBMISSIONS = {
    Severity.REJECT: "ファイルを受け付けられませんでした。直したものをもう一度お出しください。",
    Severity.QUARANTINE: "この行は受け付けていません。直していただくと受け付け、承認されれば公開します。",
    Severity.WITHHOLD: "この値だけを空欄にして、行は受け付けました。承認されれば、この値のほかを公開します。",
    Severity.NOTE: "受け付けました。承認されれば公開します。次の機会に直していただくと助かります。",
}
"""The same of what people submit, which nobody publishes before it is approved."""

CREATED = datetime.datetime(2000, 1, 1)
"""A fixed creation date: the same findings give the same bytes."""

LINES = {"bottom": 1, "bottom_color": "#C8D0D9"}
"""What parts one row from the next."""

LINE = 16
"""Height of a line of text, in points."""


def write(path: Path, title: str, findings: Sequence[Finding], *, submitted: bool = False) -> None:
    """Write the workbook of ``findings``, worst first, whole or not at all. No cell is a formula.

    ``submitted``: they are about what somebody submitted, which waits for its approval.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.new")
    # In memory: the writer's temporary files would lie outside the home, and stay there after a kill.
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(str(aside), options) as book:
        book.set_properties({"title": f"{title} 訂正のお願い", "created": CREATED})
        styles = {
            "bold": book.add_format({"bold": True, "bg_color": "#E8EEF4", "valign": "top"}),
            "wrap": book.add_format({"text_wrap": True, "valign": "top", "align": "left", **LINES}),
        }
        rank = {severity.value: position for position, severity in enumerate(Severity)}
        worst = sorted(findings, key=lambda f: (rank[f.severity], f.file or "", f.row or 0))
        _table(book.add_worksheet("訂正のお願い"), title, worst, styles)
        _legend(book.add_worksheet("扱いの意味"), OF_SUBMISSIONS if submitted else CONSEQUENCES, styles)
    os.replace(aside, path)


def _table(page: Worksheet, title: str, findings: Sequence[Finding], styles: dict[str, Format]) -> None:
    for column, (heading, width) in enumerate(COLUMNS):
        page.set_column(column, column, width)
        page.write_string(0, column, heading, styles["bold"])
    for row, finding in enumerate(findings, 1):
        cells = _cells(finding)
        # Not every program makes a row as high as its text: what is cut off is not corrected.
        page.set_row(row, LINE * max(map(_lines, cells, (width for _, width in COLUMNS))))
        for column, text in enumerate(cells):
            page.write_string(row, column, text, styles["wrap"])
        if finding.row is not None:
            # As a number, so that a click on the heading sorts as the provider's file is sorted.
            page.write_number(row, ROW + 1, finding.row, styles["wrap"])
    last = max(len(findings), 1)
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, last, len(COLUMNS) - 1)
    page.ignore_errors({"number_stored_as_text": f"A1:J{last + 1}"})
    page.set_landscape()
    page.set_paper(A4)
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    page.print_area(0, 0, last, PRINTED)
    page.set_header(f"&L{title.replace('&', '&&')} 訂正のお願い&R&P / &N")


def _legend(page: Worksheet, consequences: Mapping[Severity, str], styles: dict[str, Format]) -> None:
    page.set_column(0, 0, 18)
    page.set_column(1, 1, 90)
    for row, (severity, consequence) in enumerate(consequences.items()):
        page.write_string(row, 0, SEVERITY_JA[severity], styles["bold"])
        page.write_string(row, 1, consequence, styles["wrap"])


def _cells(finding: Finding) -> tuple[str, ...]:
    """The texts of a row; the place of the row number is left free for a number."""
    workbook = SHEET_OF.fullmatch(finding.file or "")
    file, sheet = workbook.groups() if workbook else (finding.file or "", "")
    return (
        SEVERITY_JA[finding.severity],
        file,
        sheet,
        "",
        finding.column or "",
        finding.value or "",
        finding.message_ja,
        finding.expected or "",
        finding.message_en,
        finding.code,
    )


def _lines(text: str, width: int) -> int:
    """Lines that the text takes in a column of that width; a full-width letter is as wide as two."""
    wide = sum(2 if unicodedata.east_asian_width(letter) in "WFA" else 1 for letter in text)
    return text.count("\n") + max(1, -(-wide // width))
