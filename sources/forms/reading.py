"""Filled forms, read back: the rows of a layout, whichever form, sheet or export they stand in.

Items are found by their headings, never by their place: people move sheets, insert rows and delete what they do not
need. What an answer means is for the rulebook. What a form asks stands in ``definition``.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from schemas.codelist import fold
from schemas.table_schema import lines
from sources import catalog
from sources.forms import definition
from sources.forms.definition import ANSWER, EXAMPLE, HELP, ITEM, OWN_SHEET
from sources.readers import rows as shape
from sources.readers import text, workbook
from sources.readers.rows import Problem, ReadError, Rows

WITHIN = 200
"""Rows from the top of a sheet among which all its headings stand."""

CONSENT = "公開の範囲"
"""How the questions begin that ask what may be published."""

LEAST = 3
"""Headings that a row has at least if it is the header of a form's table."""


@dataclass(frozen=True)
class _Page:
    """A visible sheet, or a text as one: every row that is not blank with its number, and the layout of its table."""

    name: str
    rows: tuple[tuple[int, list[str]], ...]
    layout: str | None


@dataclass(frozen=True)
class _File:
    """A filled form. ``kind``, ``version`` (of the consent's words) and ``examples`` (by layout and heading) stand
    on the hidden sheet of our own workbooks.
    """

    name: str
    pages: tuple[_Page, ...]
    kind: str | None = None
    version: str | None = None
    examples: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def example(self, layout: str, heading: str) -> str:
        """The example as it was handed out."""
        item = definition.items(layout).get(heading)
        return self.examples.get((layout, heading), item.example if item else "")


@dataclass(frozen=True)
class _Table:
    """A table on a page: its header, and the rows below that hold an answer (row number, text by heading)."""

    page: _Page
    header_row: int
    labels: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, str]], ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class _Answers:
    """What was answered once: text and row by heading."""

    texts: Mapping[str, str]
    rows: Mapping[str, int]
    problems: tuple[Problem, ...]


def layouts_of(path: Path) -> tuple[str, ...]:
    """The layouts in which the file at ``path`` has been filled, each to be read on its own; none: no form we know.

    Of a form that was left blank all its layouts, so that somebody hears of it.
    """
    try:
        file = _file(path.read_bytes(), path.name)
    except (ReadError, OSError):
        return ()
    found = tuple(dict.fromkeys(page.layout for page in file.pages if page.layout))
    if not found and file.kind in definition.kinds():
        found = definition.form(str(file.kind)).layouts
    return tuple(layout for layout in found if _is_filled(file, layout)) or found


def read(content: bytes, name: str, layout: str) -> Rows:
    """The rows of the form: an activity, a desk, a programme … each, with what was answered once on every one.

    ``header`` are the headings as they stand there. Rows of examples are left out; one that was written into is told
    (``example-overwritten``, with the number of cells). Raises :class:`ReadError` (``not-a-table``, ``encoding``,
    ``wrong-columns``, and ``empty-file`` for a form that nobody has filled).
    """
    file = _file(content, name)
    filled = list(_filled(file, layout))
    if not filled:
        raise _blank(name) if any(page.layout == layout for page in file.pages) else _not_found(name, layout)
    header = tuple(dict.fromkeys(label for table, answers in filled for label in (*table.labels, *answers.texts)))
    parts = []
    for table, answers in filled:
        label = name if len(filled) == 1 else f"{name}/{table.page.name}"
        cells = [[{**answers.texts, **row}.get(heading) for heading in header] for _, row in table.rows]
        parts.append(shape.chunk(label, [number for number, _ in table.rows], cells))
    item_rows = {heading: row for _, answers in reversed(filled) for heading, row in answers.rows.items()}
    problems = [problem for table, answers in filled for problem in (*answers.problems, *table.problems)]
    together = shape.together([Rows(header, part) for part in parts])
    return Rows(header, together.table, tuple(dict.fromkeys(problems)), item_rows)


def _file(content: bytes, name: str) -> _File:
    if Path(name).suffix.lower() not in (".xlsx", ".xlsm", ".xls", ".ods"):
        return _File(name, _that_ask((_page("", _text_records(content, name)),)))
    sheets = ((sheet.name.removeprefix(f"{name}/"), sheet.rows) for sheet in workbook.grids(content, name, [".*"]))
    pages = [_page(title, rows) for title, rows in sheets if title != OWN_SHEET]
    facts: dict[str, str] = {}
    examples: dict[tuple[str, str], str] = {}
    for fact, *told in _own(content, name):
        if fact == EXAMPLE and len(told) >= 3:
            examples[told[0], told[1]] = told[2]
        elif told:
            facts[fact] = told[0]
    kind, _, version, _ = definition.FACTS
    if facts.get(kind) in definition.kinds():
        # Whatever became of the headings: a sheet of ours that is read by nobody would disappear unseen.
        ours = {sheet.name: sheet.layout for sheet in definition.form(facts[kind]).sheets}
        pages = [replace(page, layout=page.layout or ours.get(page.name)) for page in pages]
    else:
        pages = list(_that_ask(pages))
    return _File(name, tuple(pages), facts.get(kind), facts.get(version), examples)


def _that_ask(pages: Sequence[_Page]) -> tuple[_Page, ...]:
    """The pages of a file that is not from our own workbook: no form, whatever its headings, unless it asks what may be
    published.
    """
    cells = (fold(cell) for page in pages for number, cells in page.rows if number <= WITHIN for cell in cells)
    if any(cell.startswith(fold(CONSENT)) for cell in cells):
        return tuple(pages)
    return tuple(replace(page, layout=None) for page in pages)


def _page(name: str, rows: Iterable[tuple[int, list[str], str]]) -> _Page:
    filled = tuple((number, cells) for number, cells, _ in rows if "".join(cells).strip())
    return _Page(name, filled, _layout(filled))


def _text_records(content: bytes, name: str) -> list[tuple[int, list[str], str]]:
    """The rows of a CSV, in UTF-8 or in the code page of Windows."""
    try:
        told = text.decode(content, name, "utf-8")
    except ReadError as error:
        if error.code != "encoding":
            raise
        told = text.decode(content, name, "cp932")
    try:
        return list(lines.records(io.StringIO(told, newline="")))
    except lines.UnterminatedQuoteError as error:
        raise ReadError(
            "unterminated-quote",
            f'{name} の {error.row} 行目で始まる引用符（"）が閉じていません。保存し直してください。',
            f"A quote opened in row {error.row} of {name} is never closed.",
            name,
        ) from error


def _own(content: bytes, name: str) -> list[list[str]]:
    """What the hidden sheet of our own workbooks says; nothing if there is none."""
    with workbook.opened(content, name) as book:
        if OWN_SHEET not in [page.name for page in book.pages]:
            return []
        sheet, _ = book.sheet(OWN_SHEET, name)
        return [[str(cell) for cell in row] for row in sheet.to_python()]


@cache
def _headings(layout: str) -> Mapping[str, str]:
    """Every heading that the layout knows, by its folded text."""
    mapping = catalog.layout(layout)
    return {fold(heading): heading for heading in (*mapping.columns, *mapping.ignore)}


def _layout(rows: tuple[tuple[int, list[str]], ...]) -> str | None:
    """The layout of the table in these rows: of those whose natural key stands there, the one that knows most."""
    best, most = None, 0
    for layout in definition.layouts():
        header, known = _header(rows, layout), _headings(layout)
        if header is None:
            continue
        row, cells = header
        found = {known[fold(cell)] for cell in cells if fold(cell) in known}
        firsts = [fold(cells[0]) for number, cells in rows if number <= WITHIN and number != row]
        found |= {known[first] for first in firsts if first in known}
        if set(catalog.layout(layout).natural_key) <= found and len(found) > most:
            best, most = layout, len(found)
    return best


def _header(rows: tuple[tuple[int, list[str]], ...], layout: str) -> tuple[int, list[str]] | None:
    """Number and cells of the row that has most of the layout's headings."""
    known = _headings(layout)
    counted = [
        (len({fold(cell) for cell in cells} & known.keys()), -number, cells)
        for number, cells in rows
        if number <= WITHIN
    ]
    count, number, cells = max(counted, default=(0, 0, []))
    return (-number, cells) if count >= LEAST else None


def _is_filled(file: _File, layout: str) -> bool:
    """Whether there is an answer in that layout, or something of it that can only be told by reading it."""
    try:
        return any(_filled(file, layout))
    except ReadError:
        return True


def _filled(file: _File, layout: str) -> Iterator[tuple[_Table, _Answers]]:
    """The tables of that layout that hold an answer, each with what was answered once for it.

    A page without a table is about every table. Where only the items answered once are filled, one row stands for
    them, so that the fault is told and nothing disappears.
    """
    common = [_answers(file, page, layout) for page in file.pages if page.layout is None]
    for page in file.pages:
        if page.layout != layout:
            continue
        parts = [*common, _answers(file, page, layout)]
        texts = {heading: text for part in parts for heading, text in part.texts.items()}
        rows = {heading: row for part in parts for heading, row in part.rows.items()}
        answers = _Answers(texts, rows, tuple(problem for part in parts for problem in part.problems))
        table = _table(file, page, layout)
        asked = definition.items(layout)
        own = [text for heading, text in parts[-1].texts.items() if text and text != asked[heading].default]
        if not table.rows and (own or table.problems or answers.problems):
            blank = (table.header_row, dict.fromkeys(table.labels, ""))
            table = _Table(page, table.header_row, table.labels, (blank,), table.problems)
        if table.rows:
            yield table, _with_version(file, answers)


def _with_version(file: _File, answers: _Answers) -> _Answers:
    """The answers with the version of the words to which they were given."""
    if file.version is None:
        return answers
    return _Answers({**answers.texts, definition.FACTS[2]: file.version}, answers.rows, answers.problems)


def _answers(file: _File, page: _Page, layout: str) -> _Answers:
    """The items that are answered once on this page: their headings in the first column, the answer under 記入欄."""
    texts, rows, problems = {}, {}, []
    place = example = None
    for number, cells in page.rows:
        if ANSWER in cells:
            place = cells.index(ANSWER)
            example = cells.index(EXAMPLE) if EXAMPLE in cells else None
        heading = _headings(layout).get(fold(cells[0]))
        if place is None or heading is None or heading not in definition.items(layout):
            continue
        texts[heading], rows[heading] = _cell(cells, place), number
        if example is not None and _cell(cells, example) not in ("", file.example(layout, heading)):
            problems.append(_overwritten(file, number, 1))
    return _Answers(texts, rows, tuple(problems))


def _table(file: _File, page: _Page, layout: str) -> _Table:
    header = _header(page.rows, layout)
    if header is None:
        raise _not_found(file.name, layout)
    header_row, cells = header
    known = _headings(layout)
    labels = {place: known.get(fold(cell), cell.strip()) for place, cell in enumerate(cells) if cell.strip()}
    mark = next((place for place, label in labels.items() if label == ITEM), None)
    labels.pop(mark if mark is not None else -1, None)
    if len(set(labels.values())) < len(labels):
        raise _twice(file.name, header_row)
    example = {heading: file.example(layout, heading) for heading in labels.values()}
    rows, problems = [], []
    for number, cells in page.rows:
        if number <= header_row:
            continue
        marked = _cell(cells, mark) if mark is not None else ""
        if marked == ITEM or fold(marked) in known:
            break
        row = {heading: _cell(cells, place) for place, heading in labels.items()}
        same = all(text == example[heading] for heading, text in row.items())
        if marked == HELP or same or not any(row.values()):
            continue
        if marked == EXAMPLE:
            changed = sum(text not in ("", example[heading]) for heading, text in row.items())
            problems += [_overwritten(file, number, changed)] if changed else []
            continue
        beyond = [cell for place, cell in enumerate(cells) if place != mark and place not in labels and cell.strip()]
        if beyond:
            found = len(labels) + len(beyond)
            problems.append(Problem("ragged-row", file.name, number, found, len(labels)))
        rows.append((number, row))
    return _Table(page, header_row, tuple(labels.values()), tuple(rows), tuple(problems))


def _cell(cells: list[str], place: int) -> str:
    """The text of that cell without the blanks around it."""
    return cells[place].strip() if place < len(cells) else ""


def _overwritten(file: _File, row: int, cells: int) -> Problem:
    return Problem("example-overwritten", file.name, row, cells, 0)


def _blank(name: str) -> ReadError:
    return ReadError(
        "empty-file",
        f"{name} には、まだ何も記入されていません。黄色の欄に記入して、もう一度入れてください。",
        f"Nothing has been filled in {name}.",
        name,
    )


def _not_found(name: str, layout: str) -> ReadError:
    key = "、".join(catalog.layout(layout).natural_key)
    return ReadError(
        "wrong-columns",
        f"{name} に「{key}」の見出しが見つかりません。様式の見出しは、そのまま残してください。",
        f"The headings {key} are not in {name}; leave the headings of the form as they are.",
        name,
    )


def _twice(name: str, row: int) -> ReadError:
    return ReadError(
        "wrong-columns",
        f"{name} の {row} 行目に、同じ見出しの列が二つ以上あります。どちらか一つにしてください。",
        f"Row {row} of {name} has the same heading twice; keep one of them.",
        name,
    )
