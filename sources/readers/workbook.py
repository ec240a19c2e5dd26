"""Excel workbooks (XLSX, XLSM, XLS, ODS): the rows of one sheet as strings, as a person sees them.

A cell's text is its value, not its paint: 1 for a number, 2024-01-06 for a date, however the sheet shows them. What
the text means is for the rulebook, and CSV is ``delimited``'s.
"""

from __future__ import annotations

import datetime
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from xml.etree import ElementTree

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from sources import letters
from sources.readers.rows import ReadError
from sources.readers.zipped import MAX_BYTES

REQUEST_SHEET = "訂正のお願い"
"""The first sheet of a correction sheet: what to correct. It is not the table."""
DATA_SHEET = "データ"
"""The sheet of a correction sheet that is the submitter's own table."""

_DIGITS = 15
"""Digits of a number that Excel keeps and shows; a double has noise beyond them."""
_ERROR_CELL = re.compile(
    rb'<(?:\w+:)?c\s([^>]*\bt="e"[^>]*)>(?:<(?:\w+:)?f.*?</(?:\w+:)?f>)?<(?:\w+:)?v>([^<]*)<', re.DOTALL
)
_REFERENCE = re.compile(rb'\br="([A-Z]+)(\d+)"')


@dataclass(frozen=True)
class Sheet:
    """The table of a workbook: ``rows`` gives each row below the header with its number in Excel, blank ones
    between others included. A row has at least as many cells as there are labels.
    """

    labels: tuple[str, ...]
    header_row: int
    rows: Iterator[tuple[int, list[str]]]


def read(path: Path) -> Sheet:
    """The table in the workbook ``path``: of a correction sheet of ours its data, else of the first visible sheet.

    The header is the first row that is not blank. Numbers come without ``.0``, dates as ``YYYY-MM-DD``, times as
    ``HH:MM:SS``, truth values as ``TRUE`` and ``FALSE``, errors as ``#N/A`` (in XLS and ODS they are blank), blank
    cells as ``""``. Raises :class:`ReadError` (``not-a-table``, ``empty-file``, ``zip-bomb``).
    """
    _require_bounds(path)
    try:
        with CalamineWorkbook.from_path(path) as book:
            name = _sheet_name(book)
            sheet = book.get_sheet_by_name(name) if name else None
            errors = _errors(path, name) if name and zipfile.is_zipfile(path) else {}
    except (CalamineError, OSError, zipfile.BadZipFile, ElementTree.ParseError) as error:
        raise ReadError(
            "not-a-table",
            f"{path.name} を表計算のファイルとして開けません（壊れている、パスワード付き、または別の種類のファイル）。"
            "手元で開けるか確かめて、保存し直してください。",
            f"{path.name} cannot be opened as a workbook: damaged, encrypted or of another kind ({error}).",
            path.name,
        ) from error
    rows = _rows(sheet, errors) if sheet else iter(())
    header_row, labels = next(rows, (0, [""]))
    while labels and not labels[-1]:
        labels.pop()
    if not labels:
        raise ReadError(
            "empty-file",
            f"{path.name} の表に何も書かれていません。正しいファイルか確認してください。",
            f"The sheet of {path.name} is blank.",
            path.name,
        )
    return Sheet(tuple(labels), header_row, rows)


def _require_bounds(path: Path) -> None:
    """``ReadError`` for a small file that would unpack to more than memory holds."""
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
    except (OSError, zipfile.BadZipFile):
        return
    if size > MAX_BYTES:
        raise ReadError(
            "zip-bomb",
            f"{path.name} は開くと {size:,} バイトになり、大きすぎます。CSV で保存し直してください。",
            f"{path.name} unpacks to {size:,} bytes, which is too large. Save it as CSV.",
            path.name,
        )


def _sheet_name(book: CalamineWorkbook) -> str | None:
    if {REQUEST_SHEET, DATA_SHEET} <= set(book.sheet_names):
        return DATA_SHEET
    pages = [told for told in book.sheets_metadata if told.typ == SheetTypeEnum.WorkSheet]
    seen = [told for told in pages if told.visible == SheetVisibleEnum.Visible]
    return next((told.name for told in (*seen, *pages)), None)


def _rows(sheet: CalamineSheet, errors: Mapping[tuple[int, int], str]) -> Iterator[tuple[int, list[str]]]:
    """The rows from the first to the last that is not blank; blank ones between them come late, but in order."""
    left = [""] * (sheet.start[1] if sheet.start else 0)
    begun, blanks = False, []
    for number, values in enumerate(sheet.iter_rows() if sheet.start else (), start=1):
        cells = left + [_text(value) for value in values]
        if errors:
            cells = [cell or errors.get((number, place), "") for place, cell in enumerate(cells)]
        if not any(cells):
            blanks.append((number, cells))
            continue
        if begun:
            yield from blanks
        begun, blanks = True, []
        yield number, cells


def _text(value: Any) -> str:
    """The text of one value; ``bool`` is an ``int`` and ``datetime`` a ``date``, so they come first."""
    match value:
        case str():
            return value
        case bool():
            return str(value).upper()
        case int():
            return str(value)
        case float():
            return str(int(value)) if value.is_integer() else format(value, f".{_DIGITS}g")
        case datetime.datetime():
            return _to_the_second(value).isoformat(" ")
        case datetime.date():
            return value.isoformat()
        case datetime.time():
            return _to_the_second(datetime.datetime.combine(datetime.date(2000, 1, 1), value)).time().isoformat()
        case datetime.timedelta():
            minutes, seconds = divmod(round(value.total_seconds()), 60)
            return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
        case _:
            return str(value)


def _to_the_second(value: datetime.datetime) -> datetime.datetime:
    """Excel counts days: nine o'clock comes as a fraction, a hair beside nine."""
    return (value + datetime.timedelta(milliseconds=500)).replace(microsecond=0)


def _errors(path: Path, name: str) -> dict[tuple[int, int], str]:
    """The cells of that sheet that hold an error, by (row from 1, column from 0): calamine gives them as blank."""
    with zipfile.ZipFile(path) as archive:
        part = _part(archive, name)
        content = archive.read(part) if part in archive.namelist() else b""
    found = {}
    for attributes, value in _ERROR_CELL.findall(content) if b't="e"' in content else ():
        if place := _REFERENCE.search(attributes):
            found[int(place[2]), letters.place(place[1].decode())] = value.decode("utf-8", "replace")
    return found


def _part(archive: zipfile.ZipFile, name: str) -> str | None:
    """The part of an XLSX that holds the sheet of that name."""
    if "xl/workbook.xml" not in archive.namelist():
        return None
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    key = next((_attribute(e, "id") for e in book.iter() if e.tag.endswith("}sheet") and e.get("name") == name), None)
    for link in ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels")):
        if link.get("Id") == key:
            target = str(link.get("Target"))
            return target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl", target))
    return None


def _attribute(element: ElementTree.Element, name: str) -> str | None:
    """An attribute whatever its namespace, which the two variants of the file format write differently."""
    return next((value for key, value in element.items() if key.endswith(f"}}{name}")), None)
