"""The correction sheet of one file: what to correct, and beside it the submitter's own table to correct it in.

A workbook corrected and saved is validated again as it is: ``sources.readers.workbook`` knows its sheets. The table
stands at the rows and columns of the submitted file, every cell as text. No cell is a formula.
"""

from __future__ import annotations

import math
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, BinaryIO

import xlsxwriter
from rich.cells import cell_len
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from schemas.finding import SEVERITY_JA, Severity
from schemas.report import Report
from sources import sheet
from sources.answers import wording
from sources.letters import letters
from sources.readers.workbook import DATA_SHEET, REQUEST_SHEET

CHOICES_SHEET = "選択肢"
"""The sheet of the allowed values, from which the drop-downs take them."""

HEADINGS = tuple(("セル", 9) if heading == "ファイル" else (heading, width) for heading, width in sheet.HEADINGS)
"""Columns of the list: those of a source's correction sheet, with the cell in place of the file."""
CELL = [heading for heading, _ in HEADINGS].index("セル")
"""The column of the link to the cell."""

ROWS, COLUMNS, LETTERS = 1_048_576, 16_384, 32_767
"""What a sheet and a cell of the file format hold."""
LINKS = 65_530
"""Links that Excel opens on one sheet."""
COMMENTS = 10_000
"""Cells that get a comment; Excel becomes slow with more. All faulty cells are coloured."""

COLOURS = {
    Severity.STOP: "#F4A6A0",
    Severity.REJECT: "#F4A6A0",
    Severity.QUARANTINE: "#F8C4B4",
    Severity.WITHHOLD: "#FFDFA8",
    Severity.NOTE: "#FFF6BF",
}
"""Colour of a cell by its worst fault."""
RANK = {str(severity): rank for rank, severity in enumerate(Severity)}

NOTES = {
    "rows": f"この表に収まらない行が {{count:,}} 行あります（{ROWS:,} 行まで）。元のファイルで直してください。",
    "columns": f"この表に収まらない列が {{count:,}} 列あります（{COLUMNS:,} 列まで）。元のファイルで直してください。",
    "letters": f"{LETTERS:,} 文字で切れたセルが {{count:,}} 個あります。元のファイルで直してください。",
    "comments": f"コメントは {COMMENTS:,} 個までです。ほか {{count:,}} 個のセルは色だけで示しました。",
    "listed": "この一覧に収まらない指摘が {count:,} 件あります。",
}
"""What a workbook could not hold, told on its first sheet."""

HOW = f"「{DATA_SHEET}」のシートの色の付いたセルを直して保存し、このファイルをそのまま、もう一度検査してください。"

BATCH = 5_000
"""Rows in Python's hands at a time."""

Finding = Mapping[str, Any]

NO_MORE: tuple[float, Iterator[Finding]] = (math.inf, iter(()))
"""The row number after the last finding, and its findings."""


def write(report: Report, file: BinaryIO, lang: str, limit: int | None) -> None:
    """Write the workbook of ``report``; comments are in ``lang``, the list in Japanese and English."""
    with (
        tempfile.TemporaryDirectory() as folder,
        xlsxwriter.Workbook(file, {"constant_memory": True, "tmpdir": folder}) as book,
    ):
        book.set_properties({"title": f"{report.file} {REQUEST_SHEET}", "created": sheet.CREATED})
        styles = _styles(book)
        request = book.add_worksheet(REQUEST_SHEET)
        columns = report.columns
        left: Counter[str] = Counter()
        if columns:
            data = book.add_worksheet(DATA_SHEET)
            left = _Table(report, data, styles, lang).write(columns)
            _choices(book, data, report, styles)
        _request(request, report, styles, left, limit)


def _styles(book: xlsxwriter.Workbook) -> dict[str, Format]:
    text = {"num_format": "@", "valign": "top"}
    told = {
        "text": text,
        "heading": text | {"bold": True, "bg_color": "#E8EEF4"},
        "title": {"bold": True, "font_size": 14},
        "bold": {"bold": True, "bg_color": "#E8EEF4", "valign": "top"},
        "wrap": {"text_wrap": True, "valign": "top", "align": "left", **sheet.LINES},
        "link": {"font_color": "#0B5394", "underline": 1, "valign": "top", **sheet.LINES},
    }
    told |= {
        str(severity): text | {"bg_color": colour, "border": 1, "border_color": "#B8A080"}
        for severity, colour in COLOURS.items()
    }
    return {name: book.add_format(look) for name, look in told.items()}


class _Table:
    """The submitter's table on its sheet; ``left`` counts what did not fit."""

    def __init__(self, report: Report, page: Worksheet, styles: Mapping[str, Format], lang: str) -> None:
        self.report, self.page, self.styles, self.lang = report, page, styles, lang
        self.left: Counter[str] = Counter()
        self.comments = 0

    def write(self, columns: Sequence[str]) -> Counter[str]:
        """Write headings and rows, and return what did not fit."""
        labels, header = self.report.labels, max(self.report.header_row, 1) - 1
        width = max(len(labels), len(columns), 1)
        for place, wide in enumerate(self._widths(columns)):
            label = labels[place] if place < len(labels) else ""
            self.page.set_column(place, place, min(max(cell_len(label) + 4, wide + 2, 8), 40), self.styles["text"])
        findings = groupby(self.report.unworded(), key=lambda finding: finding["rowNumber"] or 0)
        told = next(findings, NO_MORE)
        above: list[Finding] = []
        while told[0] <= header + 1:
            above += told[1]
            told = next(findings, NO_MORE)
        self._row(header, labels, [fault for fault in above if fault["fieldNumber"] is not None], "heading")
        last = header
        for number, cells in self._rows(columns):
            while told[0] < number:
                told = next(findings, NO_MORE)
            last = number - 1
            self._row(last, cells, list(told[1]) if told[0] == number else [], "text")
        self.left["rows"] = self._beyond()
        self.page.set_landscape()
        self.page.set_paper(sheet.A4)
        self.page.fit_to_pages(1, 0)
        self.page.repeat_rows(header)
        self.page.freeze_panes(header + 1, 0)
        self.page.autofilter(header, 0, max(last, header + 1), width - 1)
        self.page.ignore_errors({"number_stored_as_text": f"A1:{letters(width - 1)}{last + 1}"})
        return self.left

    def _row(self, row: int, cells: Sequence[str | None], faults: Sequence[Finding], style: str) -> None:
        """One row; a fault of no column stands at the first cell."""
        by_column: dict[int, list[Finding]] = {}
        for fault in faults:
            by_column.setdefault((fault["fieldNumber"] or 1) - 1, []).append(fault)
        for column in sorted({*range(len(cells)), *by_column}):
            if column >= COLUMNS:
                self.left["columns"] = max(self.left["columns"], column + 1 - COLUMNS)
                continue
            text = (cells[column] if column < len(cells) else None) or ""
            told = by_column.get(column, [])
            form = self.styles[min((fault["severity"] for fault in told), key=RANK.__getitem__, default=style)]
            self.left["letters"] += len(text) > LETTERS
            if text:
                self.page.write_string(row, column, text[:LETTERS], form)
            elif told:
                self.page.write_blank(row, column, None, form)
            if told:
                self._comment(row, column, told)

    def _comment(self, row: int, column: int, faults: Sequence[Finding]) -> None:
        self.comments += 1
        if self.comments > COMMENTS:
            self.left["comments"] += 1
            return
        phrases = wording.PHRASES[self.lang]
        told = []
        for fault in map(self.report.worded, faults):
            told.append(wording.message(fault, self.lang))
            if fault["expected"]:
                told.append(f"{phrases['expected']}{phrases['colon']}{fault['expected']}")
        text = "\n".join(dict.fromkeys(told))[:LETTERS]
        size = {"width": 300, "height": min(max(18 * _lines(text, 40) + 12, 60), 400), "font_size": 10}
        self.page.write_comment(row, column, text, {"author": "道しるべ", **size})

    def _rows(self, columns: Sequence[str]) -> Iterator[tuple[int, list[str | None]]]:
        """Number and cells of each row that the sheet holds, in order."""
        cursor = self.report.con.cursor().execute(
            f'SELECT "rowNumber", list_concat([{", ".join(columns)}], extra) FROM cells '
            f'WHERE "rowNumber" <= {ROWS} ORDER BY "rowNumber"'
        )
        while batch := cursor.fetchmany(BATCH):
            yield from batch

    def _widths(self, columns: Sequence[str]) -> Sequence[int]:
        """How wide the widest cell of each column is, in half-width letters.

        A full-width letter has three bytes in UTF-8 and is as wide as two, another has one and is as wide as one.
        """
        wide = ", ".join(f"coalesce(max(strlen({name}) + length({name})) // 2, 0)" for name in columns)
        [widths] = self.report.con.cursor().execute(f"SELECT {wide} FROM cells").fetchall()
        return widths

    def _beyond(self) -> int:
        query = f'SELECT count(*) FROM cells WHERE "rowNumber" > {ROWS}'
        ((count,),) = self.report.con.cursor().execute(query).fetchall()
        return int(count)


def _choices(book: xlsxwriter.Workbook, data: Worksheet, report: Report, styles: Mapping[str, Format]) -> None:
    """The sheet of allowed values, and drop-downs that take them from there: any text is still accepted."""
    if not report.choices:
        return
    page = book.add_worksheet(CHOICES_SHEET)
    chosen = sorted(report.choices.items())
    for column, (number, _) in enumerate(chosen):
        label = report.labels[number - 1] if number <= len(report.labels) else ""
        page.set_column(column, column, 24, styles["text"])
        page.write_string(0, column, label, styles["heading"])
    for row in range(max(len(values) for _, values in chosen)):
        for column, (_, values) in enumerate(chosen):
            if row < len(values):
                page.write_string(row + 1, column, values[row], styles["text"])
    for column, (number, values) in enumerate(chosen):
        area = f"='{CHOICES_SHEET}'!${letters(column)}$2:${letters(column)}${len(values) + 1}"
        told = {"error_type": "warning", "error_title": "選択肢", "error_message": "選択肢にない値です。"}
        first, last = report.header_row, min(report.header_row + max(report.rows, 1), ROWS) - 1
        data.data_validation(first, number - 1, last, number - 1, {"validate": "list", "source": area, **told})


def _request(
    page: Worksheet, report: Report, styles: Mapping[str, Format], left: Counter[str], limit: int | None
) -> None:
    """The list of findings, with a link from each to its cell."""
    count = report.count
    for column, (_, width) in enumerate(HEADINGS):
        page.set_column(column, column, width)
    linked = bool(report.columns)
    notes = [wording.summary(report, "ja"), *([HOW] if linked and count else [])]
    room = ROWS - len(NOTES) - len(notes) - 2
    left["listed"] = count - min(count, room if limit is None else limit, room)
    notes += [NOTES[name].format(count=number) for name, number in left.items() if number]
    page.write_string(0, 0, f"訂正のお願い　{report.file}", styles["title"])
    for row, note in enumerate(notes, 1):
        page.write_string(row, 0, note)
    top = len(notes) + 1
    for column, (heading, _) in enumerate(HEADINGS):
        page.write_string(top, column, heading, styles["bold"])
    last = top
    for last, finding in enumerate(report.findings(count - left["listed"]), top + 1):
        _finding(page, last, finding, report, styles, linked and last - top <= LINKS)
    page.freeze_panes(top + 1, 0)
    page.autofilter(top, 0, max(last, top + 1), len(HEADINGS) - 1)
    page.ignore_errors({"number_stored_as_text": f"A1:{letters(len(HEADINGS) - 1)}{last + 1}"})
    page.set_landscape()
    page.set_paper(sheet.A4)
    page.fit_to_pages(1, 0)
    page.repeat_rows(top)
    page.print_area(0, 0, last, sheet.PRINTED - 1)
    page.set_header(f"&L{report.file.replace('&', '&&')} 訂正のお願い&R&P / &N")


def _finding(
    page: Worksheet, row: int, finding: dict[str, Any], report: Report, styles: Mapping[str, Format], linked: bool
) -> None:
    reference = _reference(finding, report)
    number = finding["rowNumber"] or (max(report.header_row, 1) if finding["fieldNumber"] else None)
    cells = (
        SEVERITY_JA[finding["severity"]],
        reference or "",
        "",
        wording.heading(finding, report),
        wording.value(finding),
        finding["message_ja"],
        finding["expected"] or "",
        finding["message_en"],
        finding["code"],
    )
    high = max(_lines(text[: wording.CLIP], width) for text, (_, width) in zip(cells, HEADINGS, strict=True))
    page.set_row(row, min(sheet.LINE * high, 409))
    for column, text in enumerate(cells):
        if column == CELL and reference and linked:
            page.write_url(row, column, f"internal:'{DATA_SHEET}'!{reference}", styles["link"], reference)
        elif column == sheet.ROW and number is not None:
            page.write_number(row, column, number, styles["wrap"])
        elif text:
            page.write_string(row, column, text[:LETTERS], styles["wrap"])
        else:
            page.write_blank(row, column, None, styles["wrap"])


def _reference(finding: dict[str, Any], report: Report) -> str | None:
    """The finding's cell on the sheet of the data; a row's first cell for the whole row."""
    row, column = finding["rowNumber"], finding["fieldNumber"]
    if row is None and column is None:
        return None
    row, column = row or max(report.header_row, 1), column or 1
    return f"{letters(column - 1)}{row}" if row <= ROWS and column <= COLUMNS else None


def _lines(text: str, width: int) -> int:
    """Lines that the text takes in a column of that width; a full-width letter is as wide as two."""
    return sum(max(1, -(-cell_len(line) // width)) for line in text.split("\n"))
