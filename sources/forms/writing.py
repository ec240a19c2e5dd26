"""Blank forms, as workbooks to be filled. What they ask stands in ``definition``; the same rulebook, the same bytes."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import xlsxwriter
from rich.cells import cell_len
from xlsxwriter.worksheet import Worksheet

from schemas import rulebook
from sources import sheet as paper
from sources.forms import consent, definition
from sources.forms.definition import ANSWER, EXAMPLE, FACTS, HELP, ITEM, OWN_SHEET, Form, Item, Part, Sheet
from sources.letters import letters

CHOICES_SHEET = "選択肢"
"""The hidden sheet from which the drop-downs take their answers."""

REQUIRED = "【必須】"
ANSWER_TO = "提出先（配る人が記入）"

FONT = "Yu Gothic"
LINE = 13.5
"""Height of a line of text, in points."""

ROOM = 6
"""Lines of a row in which an activity is described."""

MARK_WIDTH = 8
"""Width of the first column of a table, in half-width letters."""

PAGE_WIDTHS = (24, 44, 44, 30)
"""Widths of item, answer, description and example on a page without a table."""

SHARES = (0.18, 0.32, 0.30, 0.20)
"""The same on a page whose columns a table makes: shares of its width."""

PROMPT = 255
"""Letters that Excel takes for the words beside a cell."""

_CELL = {"border": 1, "border_color": "#8A97A5", "valign": "vcenter", "text_wrap": True}
STYLES: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 16, "valign": "vcenter"},
    "part": {"bold": True, "font_size": 11, "bg_color": "#2F4B63", "font_color": "#FFFFFF", "valign": "vcenter"},
    "text": {"text_wrap": True, "valign": "top"},
    "heading": _CELL | {"bold": True, "bg_color": "#E8EEF4"},
    "help": _CELL | {"font_size": 9, "font_color": "#3C4650"},
    "needed": _CELL | {"font_size": 9, "font_color": "#A3261B"},
    "example": _CELL
    | {"font_size": 9, "font_color": "#5A6570", "italic": True, "bg_color": "#F3F4F6", "num_format": "@"},
    "answer": _CELL | {"bg_color": "#FFF8D6", "num_format": "@", "locked": False},
    "column": {"valign": "top", "text_wrap": True, "num_format": "@", "locked": False},
}


def write(kind: str) -> bytes:
    """The blank form of that kind as an XLSX; ``KeyError`` if there is none."""
    form = definition.form(kind)
    file = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(file, options) as book:
        book.set_properties({"title": form.title, "created": paper.CREATED})
        _Writer(book, form).write()
    return file.getvalue()


class _Writer:
    """One workbook being written."""

    def __init__(self, book: xlsxwriter.Workbook, form: Form) -> None:
        self.book, self.form = book, form
        self.styles = {
            name: book.add_format({"font_name": FONT, "font_size": 10} | told) for name, told in STYLES.items()
        }
        self.choices: dict[tuple[str, ...], str] = {}

    def write(self) -> None:
        for sheet in self.form.sheets:
            page = self.book.add_worksheet(sheet.name)
            if sheet.is_list:
                self._list(page, sheet)
            else:
                _Page(self, page, sheet).write()
        self._hidden()

    def drop_down(self, page: Worksheet, item: Item, first: tuple[int, int], last: tuple[int, int]) -> None:
        """Words beside the cells of an item, and its choices; where several may be given, any text is taken."""
        told: dict[str, Any] = {"validate": "any"}
        if item.choices:
            told = {"validate": "list", "source": self._area(item.choices), "show_error": not item.many}
            told |= {"error_title": "選択肢", "error_message": "選択肢から選んでください。"}
            told |= {"error_type": "stop" if item.required else "warning"}
        told |= {"input_title": item.heading[:32], "input_message": (_help(item) + _how(item))[:PROMPT]}
        page.data_validation(*first, *last, told)

    def _area(self, choices: tuple[str, ...]) -> str:
        """The cells of the hidden sheet where these choices will stand."""
        column = letters(list(self.choices).index(choices) if choices in self.choices else len(self.choices))
        return self.choices.setdefault(choices, f"='{CHOICES_SHEET}'!${column}$1:${column}${len(choices)}")

    def _list(self, page: Worksheet, sheet: Sheet) -> None:
        [part] = sheet.parts
        page.set_column(0, 0, MARK_WIDTH, self.styles["column"])
        for row, word in enumerate((ITEM, HELP, EXAMPLE)):
            page.write_string(row, 0, word, self.styles["heading"])
        for column, item in enumerate(part.items, 1):
            page.set_column(column, column, _width(item), self.styles["column"])
            self.head(page, 0, column, item)
            self.drop_down(page, item, (3, column), (2 + part.rows, column))
        widths = [_width(item) for item in part.items]
        page.set_row(0, _height([item.heading for item in part.items], widths))
        page.set_row(1, _height([_help(item) for item in part.items], widths))
        page.set_row(2, _height([item.example for item in part.items], widths))
        page.freeze_panes(3, 2)
        page.ignore_errors({"number_stored_as_text": f"A1:{letters(len(part.items))}{3 + part.rows}"})
        page.set_landscape()
        page.set_paper(paper.A4)
        page.repeat_rows(0)
        page.repeat_columns(0, 1)

    def head(self, page: Worksheet, row: int, column: int, item: Item) -> None:
        """Heading, description and example of an item, one below the other."""
        page.write_string(row, column, item.heading, self.styles["heading"])
        page.write_string(row + 1, column, _help(item), self.styles[_help_style(item)])
        page.write_string(row + 2, column, item.example, self.styles["example"])

    def _hidden(self) -> None:
        """The sheets that nobody needs to see: the choices, and what the workbook is."""
        page = self.book.add_worksheet(CHOICES_SHEET)
        for column, choices in enumerate(self.choices):
            page.write_column(0, column, choices)
        page.hide()
        own = self.book.add_worksheet(OWN_SHEET)
        kind, rules, version, example = FACTS
        facts = [(kind, self.form.kind), (rules, rulebook.digest()[:12]), (version, consent.TEXT_VERSION)]
        examples = [
            (example, layout, heading, item.example)
            for layout in self.form.layouts
            for heading, item in definition.items(layout).items()
        ]
        for row, told in enumerate([*facts, *examples]):
            own.write_row(row, 0, told)
        own.very_hidden()


class _Page:
    """A sheet to be read from top to bottom, printed on one page: items under each other, and perhaps a table."""

    def __init__(self, writer: _Writer, page: Worksheet, sheet: Sheet) -> None:
        self.writer, self.page, self.sheet, self.styles = writer, page, sheet, writer.styles
        table = next((part for part in sheet.parts if part.rows), None)
        self.widths = [MARK_WIDTH, *(item.width for item in table.items)] if table else list(PAGE_WIDTHS)
        self.spans = _spans(self.widths) if table else [(place, place) for place in range(len(PAGE_WIDTHS))]
        self.row = 0

    def write(self) -> None:
        for column, width in enumerate(self.widths):
            self.page.set_column(column, column, width)
        self._across(self.writer.form.title, "title", 28)
        for line in self.writer.form.intro:
            self._across(line, "text")
        for part in self.sheet.parts:
            self.page.set_row(self.row, 6)
            self.row += 1
            self._across(part.title, "part", 18)
            if part.consent:
                for line in consent.text():
                    self._across(line, "text")
            if part.rows:
                self._table(part)
            elif part.items:
                self._items(part)
        self.page.set_row(self.row, 6)
        self.row += 1
        self._line((ANSWER_TO, "", "", ""), ("heading", "answer", "text", "text"), answer_to_end=True)
        self._finish()

    def _finish(self) -> None:
        # Without a password: against slips, not against people.
        self.page.protect("", {"insert_rows": True, "delete_rows": True, "format_rows": True, "format_columns": True})
        self.page.set_portrait()
        self.page.set_paper(paper.A4)
        self.page.set_margins(left=0.4, right=0.4, top=0.4, bottom=0.4)
        self.page.center_horizontally()
        self.page.fit_to_pages(1, 1)
        self.page.print_area(0, 0, self.row - 1, len(self.widths) - 1)
        self.page.hide_gridlines(2)
        self.page.ignore_errors({"number_stored_as_text": f"A1:{letters(len(self.widths) - 1)}{self.row}"})

    def _across(self, text: str, style: str, height: float | None = None) -> None:
        """One text over the whole width."""
        self._put(0, len(self.widths) - 1, text, style)
        self.page.set_row(self.row, height or _height([text], [sum(self.widths)]))
        self.row += 1

    def _put(self, first: int, last: int, text: str, style: str) -> None:
        if first == last:
            self.page.write_string(self.row, first, text, self.styles[style])
        else:
            self.page.merge_range(self.row, first, self.row, last, text, self.styles[style])

    def _line(self, texts: Sequence[str], styles: Sequence[str], answer_to_end: bool = False) -> None:
        """Item, answer, description and example in one row."""
        spans = [self.spans[0], (self.spans[1][0], self.spans[-1][1])] if answer_to_end else self.spans
        for (first, last), text, style in zip(spans, texts, styles, strict=False):
            self._put(first, last, text, style)
        widths = [sum(self.widths[first : last + 1]) for first, last in spans]
        self.page.set_row(self.row, max(21, _height(texts[: len(spans)], widths)))
        self.row += 1

    def _items(self, part: Part) -> None:
        self._line((ITEM, ANSWER, HELP, EXAMPLE), ("heading",) * 4)
        for item in part.items:
            cell = (self.row, self.spans[1][0])
            self.writer.drop_down(self.page, item, cell, cell)
            texts = (item.heading, item.default, _help(item), item.example)
            self._line(texts, ("heading", "answer", _help_style(item), "example"))

    def _table(self, part: Part) -> None:
        for row, word in enumerate((ITEM, HELP, EXAMPLE)):
            self.page.write_string(self.row + row, 0, word, self.styles["heading"])
        for column, item in enumerate(part.items, 1):
            self.writer.head(self.page, self.row, column, item)
            first = self.row + 3
            self.writer.drop_down(self.page, item, (first, column), (first + part.rows - 1, column))
        widths = self.widths[1:]
        for texts in ([i.heading for i in part.items], [_help(i) for i in part.items], [i.example for i in part.items]):
            self.page.set_row(self.row, _height(texts, widths))
            self.row += 1
        for number in range(1, part.rows + 1):
            self.page.write_string(self.row, 0, f"活動{number}", self.styles["heading"])
            for column in range(1, len(self.widths)):
                self.page.write_blank(self.row, column, None, self.styles["answer"])
            self.page.set_row(self.row, ROOM * LINE)
            self.row += 1


def _help(item: Item) -> str:
    return (REQUIRED if item.required else "") + item.help


def _help_style(item: Item) -> str:
    return "needed" if _help(item).startswith("【") else "help"


def _how(item: Item) -> str:
    """How to answer where a drop-down gives one answer and several are welcome."""
    return "。いくつもあるときは「、」で区切る" if item.choices and item.many else ""


def _width(item: Item) -> int:
    return max(item.width, min(24, cell_len(item.heading) + 2))


def _height(texts: Sequence[str], widths: Sequence[int]) -> float:
    """The height in points at which every text is seen in full."""
    most = max(_lines(text, width) for text, width in zip(texts, widths, strict=True))
    return LINE * most + 4


def _lines(text: str, width: int) -> int:
    """Lines that the text takes in a column; a letter that does not fit at the end of a line goes to the next."""
    return max(1, -(-cell_len(text) * 20 // (21 * width - 20)))


def _spans(widths: Sequence[int]) -> list[tuple[int, int]]:
    """First and last column of item, answer, description and example, as near to :data:`SHARES` as columns allow."""
    ends, total, seen = [], sum(widths), 0.0
    for share in SHARES[:-1]:
        seen += share
        sums = [abs(sum(widths[: place + 1]) - seen * total) for place in range(len(widths))]
        ends.append(sums.index(min(sums)))
    ends.append(len(widths) - 1)
    starts = [0, *(end + 1 for end in ends[:-1])]
    return list(zip(starts, ends, strict=True))
