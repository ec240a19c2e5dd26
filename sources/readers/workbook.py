"""Workbooks (XLSX, XLSM, XLS, ODS): the rows of a sheet as strings, as a person sees them.

A cell's text is its value, not its paint: 1 for a number, 2024-01-06 for a date, however the sheet shows them. Which
rows are the header stands in ``grid``; what the text means is for the rulebook, and CSV is ``delimited``'s.
"""

from __future__ import annotations

import datetime
import io
import math
import re
import struct
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.parsers import expat

from python_calamine import CalamineSheet, CalamineWorkbook, SheetMetadata, SheetTypeEnum, SheetVisibleEnum

from sources import letters
from sources.readers import grid, sniff, zipped
from sources.readers.rows import ReadError, Rows, empty, together
from sources.readers.zipped import MAX_BYTES

REQUEST_SHEET = "訂正のお願い"
"""The first sheet of a correction sheet: what to correct. It is not the table."""
DATA_SHEET = "データ"
"""The sheet of a correction sheet that is the submitter's own table."""

MAX_CELLS = 10_000_000
"""Limit on a sheet's rows times its columns: calamine makes room for all of them, more than 1 GB for so many."""

OLE = b"\xd0\xcf\x11\xe0"
"""How an XLS begins."""

_TRIAL = f"""
import io, resource, sys, python_calamine
resource.setrlimit(resource.RLIMIT_AS, ({4 * 10**9}, {4 * 10**9}))
book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
for name in book.sheet_names:
    book.get_sheet_by_name(name)
"""
_DIGITS = 15
"""Digits of a number that Excel keeps and shows; a double has noise beyond them."""
_PIECE = 1 << 20
"""Bytes of XML that are parsed at once. No tag or attribute of a sheet is as long: a cell holds 32,767 characters."""
_HEAD = 1 << 12
"""Bytes in which the first tag of a part stands."""
_UTF8 = "UTF-8"
"""Whatever a part says: calamine reads no other letters in tags and references."""
_ROOT, _BOOK, _LINKS = "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
"""The parts of an XLSX that say where its sheets are."""
_TEXTS = "xl/sharedstrings.xml"
"""The part of an XLSX that holds the texts of all sheets, in small letters."""
_END = b"PK\x05\x06"
"""How the 22 bytes begin with which a ZIP ends that says nothing more about itself."""
_ANY_CELL = re.compile(rb"[<:]c[\s/>]")
_PLAIN_CELL = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})"(?: (?:s|t|cm|vm)="[A-Za-z0-9]+")*(/?)>')
_PLAIN_ERROR = re.compile(
    rb'<c r="([A-Z]{1,3})([0-9]{1,7})"(?: s="[0-9]+")? t="e">(?:<f[^<>]*/>|<f[^<>]*>[^<]*</f>)?<v>([#A-Z0-9/!?]*)</v>'
)
_ODS_ELEMENT = re.compile(rb"<table:(table-row|(?:covered-)?table-cell|table(?=[\s>]))([^>]*)")
_ODS_REPEATS = re.compile(rb'-repeated="(\d+)"')


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
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _not_opened(path.name, error) from error
    sheet = next(grids(content, path.name, None), None)
    rows = _filled(sheet.rows) if sheet else iter(())
    header_row, labels = next(rows, (0, [""]))
    while labels and not labels[-1].strip():
        labels.pop()
    if not labels:
        raise ReadError(
            "empty-file",
            f"{path.name} の表に何も書かれていません。正しいファイルか確認してください。",
            f"The sheet of {path.name} is blank.",
            path.name,
        )
    return Sheet(tuple(labels), header_row, rows)


def rows(content: bytes, name: str, reader: Mapping[str, Any]) -> Rows:
    """The rows of the workbook, their cells as :func:`read` gives them. Raises :class:`ReadError`.

    ``reader`` names the ``sheets`` (regular expressions on the names of visible ones), which must have the same
    labels; without a word it is the sheet that :func:`read` takes. Where rows stand in it says the layout of
    :mod:`grid`. Sheets without data are passed over if another one has some.
    """
    sniff.refuse_html(content, name)
    layout = grid.Layout.of(reader)
    parts = [part for sheet in grids(content, name, reader.get("sheets")) if (part := grid.table(sheet, layout))]
    if not parts:
        raise empty(name)
    return together(parts)


def grids(content: bytes, name: str, patterns: Sequence[str] | None) -> Iterator[grid.Grid]:
    """The visible sheets that ``patterns`` name, without a word the one table of the workbook.

    A grid is named after its file, and after the sheet if ``patterns`` chose it. Raises :class:`ReadError`.
    """
    with opened(content, name) as book:
        for chosen in _chosen(book.pages, name, patterns):
            where = f"{name}/{chosen}" if patterns else name
            sheet, errors = book.sheet(chosen, where)
            yield grid.Grid(where, _rows(sheet, errors), sheet.merged_cell_ranges, endless=True)


class Book:
    """An open workbook. ``pages`` are its sheets in their order, those that are hidden included."""

    def __init__(self, book: CalamineWorkbook, archive: zipfile.ZipFile | None) -> None:
        self.pages: list[SheetMetadata] = book.sheets_metadata
        self._book, self._archive = book, archive

    def sheet(self, title: str, where: str) -> tuple[CalamineSheet, Mapping[tuple[int, int], str]]:
        """The sheet of that name, and its cells that hold an error: calamine gives them as blank. They count from row 1
        and column 0. Raises :class:`ReadError` (of the file ``where``) for cells so far apart that those between them
        would fill the memory.
        """
        errors: Mapping[tuple[int, int], str] = {}
        if self._archive:
            cells = _Cells(self._archive, _sheets(self._archive)[title])
            _require_room((cells.last, cells.width), where)
            errors = cells.errors
        return self._book.get_sheet_by_name(title), errors


@contextmanager
def opened(content: bytes, name: str) -> Iterator[Book]:
    """The workbook, to be opened in this way only: whatever its bytes, calamine ends neither process nor memory.

    Raises :class:`ReadError` (``not-a-table``, ``zip-bomb``), also for what fails while it is open.
    """
    try:
        with _archive(content, name) as archive, CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            yield Book(book, archive)
    except ReadError:
        raise
    # zipfile, the XML parser and calamine raise more kinds of errors on damaged bytes than they document. A panic of
    # calamine is not even an ``Exception``.
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise _not_opened(name, error) from error


@contextmanager
def _archive(content: bytes, name: str) -> Iterator[zipfile.ZipFile | None]:
    """The parts of an XLSX, None of another workbook. What is not plain has been tried before.

    ``ReadError`` for one that would not fit into memory.
    """
    if not zipped.is_zip(content):
        _require_sound(content, name)
        yield None
        return
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        size = sum(member.file_size for member in archive.infolist())
        if size > MAX_BYTES:
            raise _too_large(name, f"{size:,} バイト", f"{size:,} bytes")
        if "content.xml" in archive.namelist():
            _require_room(_extent_of_ods(archive.read("content.xml")), name)
        if not _is_plain(content, archive):
            _require_sound(content, name)
        yield archive if _BOOK in archive.namelist() else None


def _require_sound(content: bytes, name: str) -> None:
    """``ReadError`` for a workbook that calamine cannot read. It is tried in a process of its own, with all its sheets:
    some that are damaged, cut off or made for it end the process, whatever Python would catch.
    """
    try:
        subprocess.run([sys.executable, "-c", _TRIAL], input=content, capture_output=True, check=True, timeout=300)
    except (subprocess.SubprocessError, OSError) as error:
        raise _not_opened(name, error) from error


def _chosen(sheets: Sequence[SheetMetadata], name: str, patterns: Sequence[str] | None) -> list[str]:
    """The names of the sheets to read."""
    pages = [told for told in sheets if told.typ == SheetTypeEnum.WorkSheet]
    seen = [told.name for told in pages if told.visible == SheetVisibleEnum.Visible]
    if patterns is None:
        ours = {REQUEST_SHEET, DATA_SHEET} <= {told.name for told in sheets}
        return [DATA_SHEET] if ours else [*seen, *(told.name for told in pages)][:1]
    chosen = [sheet for sheet in seen if any(re.fullmatch(pattern, sheet) for pattern in patterns)]
    if not chosen:
        raise ReadError(
            "not-a-table",
            f"{name} に、読むはずのシート（{'、'.join(patterns)}）がありません。"
            "シートの名前を元に戻すか、source.yml の reader.sheets を直してください。",
            f"{name} has no sheet named {', '.join(patterns)}. Correct its name, or reader.sheets of source.yml.",
            name,
        )
    return chosen


def _rows(sheet: CalamineSheet, errors: Mapping[tuple[int, int], str]) -> Iterator[grid.Row]:
    """Every row down to the last that is not blank, from the first row and column of the sheet."""
    left = [""] * (sheet.start[1] if sheet.start else 0)
    for number, values in enumerate(sheet.iter_rows() if sheet.start else (), start=1):
        cells = left + [_text(value) for value in values]
        if errors:
            cells = [cell or errors.get((number, place), "") for place, cell in enumerate(cells)]
        yield number, cells, ""


def _filled(rows: Iterator[grid.Row]) -> Iterator[tuple[int, list[str]]]:
    """The rows from the first to the last that is not blank; blank ones between them come late, but in order.

    A cell of nothing but blanks, somewhere far below the table, makes no rows down to it.
    """
    begun, blanks = False, []
    for number, cells, _ in rows:
        if not any(map(str.strip, cells)):
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


class _Cells:
    """The cells of an XLSX's sheet: ``last`` and ``width`` are the row and the column, from 1, down and right to which
    any is filled, ``errors`` the text of those that hold an error, by (row from 1, column from 0).

    A cell stands where its reference says, or else after the one before it. Neither is believed alone, so that no
    reader can take a cell for farther away than it is here; what the sheet says of its own dimension is not believed.
    """

    def __init__(self, archive: zipfile.ZipFile, part: str) -> None:
        self.last, self.width = 0, 0
        self.errors: dict[tuple[int, int], str] = {}
        self._row, self._column = 1, 0
        self._cell: tuple[int, int] | None = None
        self._is_error = False
        self._places: dict[str, int] = {}
        self._kinds: dict[str, str] = {}
        if not self._is_quick(archive.read(part)):
            self._xml = expat.ParserCreate(_UTF8)
            self._xml.ordered_attributes = True
            self._xml.StartElementHandler = self._begun
            self._xml.EndElementHandler = self._ended
            _parse(self._xml, archive, part)

    def _is_quick(self, part: bytes) -> bool:
        """Whether every cell is written as Excel writes it, with its reference: then the parser, which takes several
        times as long, would find nothing else.
        """
        cells, errors = _PLAIN_CELL.findall(part), _PLAIN_ERROR.findall(part)
        odd = not cells or b"\0" in part or b"<!DOCTYPE" in part
        if odd or len(cells) < len(_ANY_CELL.findall(part)) or len(errors) < part.count(b't="e"'):
            return False
        places = {column: letters.place(column.decode()) for column in {column for column, _, _ in cells}}
        filled = [(column, row) for column, row, blank in cells if not blank]
        self.last = max((int(row) for _, row in filled), default=0)
        self.width = 1 + max((places[column] for column in {column for column, _ in filled}), default=-1)
        self.errors = {(int(row), places[column]): text.decode() for column, row, text in errors}
        return True

    def _begun(self, tag: str, attributes: list[str]) -> None:
        kind = self._kinds.get(tag) or self._kinds.setdefault(tag, _local(tag))
        if self._cell and kind in ("c", "row"):
            raise ValueError("cell within a cell")
        if kind == "c":
            told = dict(zip(attributes[::2], attributes[1::2], strict=True))
            self._column += 1
            self._cell = row, place = self._position(told["r"]) if "r" in told else (self._row, self._column - 1)
            self._is_error = told.get("t") == "e"
            if row > self._row:
                self._row = row
            if place >= self._column:
                self._column = place + 1
        elif kind == "row":
            told = dict(zip(attributes[::2], attributes[1::2], strict=True))
            self._row = max(self._row, int(told.get("r", 1)))
        elif self._cell:
            if self._row > self.last:
                self.last = self._row
            if self._column > self.width:
                self.width = self._column
            if self._is_error and kind == "v":
                self._xml.CharacterDataHandler = self._text

    def _ended(self, tag: str) -> None:
        kind = self._kinds[tag]
        if kind == "c":
            self._cell = None
        elif kind == "row":
            self._row, self._column = self._row + 1, 0
        elif self._is_error:
            self._xml.CharacterDataHandler = None

    def _text(self, text: str) -> None:
        if self._cell:
            self.errors[self._cell] = self.errors.get(self._cell, "") + text

    def _position(self, reference: str) -> tuple[int, int]:
        """Row from 1 and column from 0."""
        column = reference.rstrip("0123456789")
        if column not in self._places:
            if not re.fullmatch("[A-Za-z]+", column):
                raise ValueError(reference)
            self._places[column] = letters.place(column.upper())
        return int(reference[len(column) :]), self._places[column]


def _parse(parser: expat.XMLParserType, archive: zipfile.ZipFile, part: str) -> None:
    """Reads the part of the archive to the parser, a piece at a time.

    Refused with ``ValueError``: a document type, whose entities may be without end, a tag without end, and UTF-16, in
    which another reader may see other tags.
    """
    parser.StartDoctypeDeclHandler = _refuse
    with archive.open(part) as told:
        fed = 0
        while piece := told.read(_PIECE):
            if b"\0" in piece:
                raise ValueError(f"{part}: UTF-16")
            parser.Parse(piece, False)
            fed += len(piece)
            # expat begins a tag that is not complete again with each piece.
            if fed - parser.CurrentByteIndex > 2 * _PIECE:
                raise ValueError(f"{part}: tag without end")
    parser.Parse(b"", True)


def _refuse(*_: object) -> None:
    raise ValueError("document type")


def _local(tag: str) -> str:
    """The name without its prefix."""
    return tag[tag.find(":") + 1 :]


def _elements(archive: zipfile.ZipFile, part: str) -> list[tuple[str, dict[str, str]]]:
    """Name without prefix and attributes of every element of a part."""
    if archive.getinfo(part).file_size > _PIECE:
        raise ValueError(f"{part}: too long")
    found: list[tuple[str, dict[str, str]]] = []
    parser = expat.ParserCreate(_UTF8)
    parser.StartElementHandler = lambda tag, told: found.append((_local(tag), told))
    _parse(parser, archive, part)
    return found


def _sheets(archive: zipfile.ZipFile) -> dict[str, str]:
    """The part of an XLSX that holds each of its sheets, by the sheet's name. ``ValueError`` if uncertain."""
    links = [told for kind, told in _elements(archive, _LINKS) if kind == "Relationship"]
    sheets = [told for kind, told in _elements(archive, _BOOK) if kind == "sheet"]
    targets = {told["Id"]: told["Target"] for told in links}
    parts = {part.lower(): part for part in archive.namelist()}
    found = {}
    for told in sheets:
        # The two variants of the file format write the prefix of the id differently.
        (key,) = [value for name, value in told.items() if _local(name) == "id"]
        path = targets[key]
        found[told["name"]] = parts[(path[1:] if path.startswith("/") else f"xl/{path}").lower()]
    if len(targets) < len(links) or len(found) < len(sheets):
        raise ValueError("a name twice")
    return found


def _is_plain(content: bytes, archive: zipfile.ZipFile) -> bool:
    """Whether calamine, which looks parts up in its own way, is sure to find the same in this XLSX as we do."""
    names = [member.orig_filename for member in archive.infolist()]
    known = {name.replace("\\", "/").lower() for name in names}
    size, start = struct.unpack("<II", content[-10:-2])
    if (
        not content[:-18].endswith(_END)
        or start + size != len(content) - 22
        or len(known) < len(names)
        or not all(name.isascii() and name.isprintable() and "&" not in name for name in names)
        or known & {"xl/workbook.bin", "mimetype", "content.xml"}
    ):
        return False
    try:
        roots = {
            told["Target"] for _, told in _elements(archive, _ROOT) if told.get("Type", "").endswith("/officeDocument")
        }
        return {root.removeprefix("/") for root in roots} == {_BOOK} and bool(_sheets(archive)) and _is_honest(archive)
    except (ValueError, LookupError, expat.ExpatError):
        return False


def _is_honest(archive: zipfile.ZipFile) -> bool:
    """Whether the part of the texts does not claim more of them than it has bytes: calamine makes room for them all."""
    found: list[tuple[str, dict[str, str]]] = []
    for member in archive.infolist():
        if member.filename.lower() != _TEXTS:
            continue
        parser = expat.ParserCreate(_UTF8)
        parser.StartElementHandler = lambda tag, told: found.append((_local(tag), told))
        with archive.open(member) as part:
            head = part.read(_HEAD)
        parser.Parse(head, False)
        kind, told = found[0]
        return b"\0" not in head and kind == "sst" and int(told.get("uniqueCount", 0)) <= member.file_size
    return True


def _extent_of_ods(content: bytes) -> tuple[int, int]:
    """The row and the column, from 1, down and right to which cells are filled of the largest sheet of an ODS: one
    element there may stand for many rows or cells.
    """
    most, last, width, row, column = (0, 0), 0, 0, 0, 0
    for kind, attributes in _ODS_ELEMENT.findall(content):
        repeats = int(found[1]) if (found := _ODS_REPEATS.search(attributes)) else 1
        if kind == b"table":
            last, width, row = 0, 0, 0
        elif kind == b"table-row":
            row, column = row + repeats, 0
        else:
            column += repeats
            if b"office:" in attributes:
                last, width = row, max(width, column)
                most = max(most, (last, width), key=math.prod)
    return most


def _require_room(extent: tuple[int, int], name: str) -> None:
    """``ReadError`` for filled cells so far apart that all the cells between them would fill the memory."""
    last, width = extent
    if last * width > MAX_CELLS:
        raise _too_large(name, f"{last:,} 行×{width:,} 列", f"{last:,} rows by {width:,} columns")


def _not_opened(name: str, error: BaseException) -> ReadError:
    return ReadError(
        "not-a-table",
        f"{name} を表計算のファイルとして開けません（壊れている、パスワード付き、または別の種類のファイル）。"
        "手元で開けるか確かめて、保存し直してください。",
        f"{name} cannot be opened as a workbook: damaged, encrypted or of another kind ({type(error).__name__}).",
        name,
    )


def _too_large(name: str, ja: str, en: str) -> ReadError:
    return ReadError(
        "zip-bomb",
        f"{name} は開くと {ja}になり、大きすぎます。表から遠く離れたセルに何か入っていないか確かめて、"
        "保存し直してください。",
        f"{name} unpacks to {en}, which is too large. Check for a cell far away from the table, and save it again.",
        name,
    )
