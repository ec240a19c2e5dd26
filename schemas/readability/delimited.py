"""CSV and TSV as a :class:`~schemas.readability.sheet.Sheet`, with what the text of its records spoils.

The file is streamed, so that its size costs no memory beyond its distinct values. What the faults mean is
``level1``'s.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Callable, Iterator
from itertools import islice, zip_longest
from pathlib import Path

from schemas.readability.sheet import Column, RecordFault, Sheet, UnratableError

CHUNK = 5_000
"""Records turned into columns at a time."""
LISTED = 100
"""Faults of a kind that are kept; the others are only counted."""
MAX_COLUMNS = 16_384
"""As many columns as a workbook can have."""

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def read(path: Path) -> Sheet:
    """The file as one sheet, named as the file without its suffix. Raises :class:`UnratableError`."""
    encoding = _encoding(path)
    try:
        with path.open(encoding=encoding, newline="") as lines:
            delimiter = _delimiter(path, lines.readline())
        sheet = Sheet(path.stem, "tsv" if delimiter == "\t" else "csv", encoding)
        with path.open(encoding=encoding, newline="") as lines:
            records = _records(lines, delimiter, sheet)
            while chunk := list(islice(records, CHUNK)):
                _add(sheet, chunk)
    except UnicodeError as error:  # a code unit cut in half at the end of UTF-16
        raise _undecodable(path) from error
    for column in sheet.columns:
        column.pad(sheet.height)
    return sheet


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(4096)
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return encoding
    if b"\0" in head:
        raise UnratableError(
            f"{path.name} は文字のファイルではありません。CSV（UTF-8）で保存し直してください。",
            f"{path.name} is no text file; save it as CSV (UTF-8).",
        )
    for encoding in ("utf-8", "cp932"):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with path.open("rb") as file:
                while part := file.read(1 << 20):
                    decoder.decode(part)
                decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    raise _undecodable(path)


def _undecodable(path: Path) -> UnratableError:
    return UnratableError(
        f"{path.name} の文字コードが分かりません。UTF-8 で保存し直してください。",
        f"The encoding of {path.name} is unknown; save it as UTF-8.",
    )


def _delimiter(path: Path, first: str) -> str:
    if first.lstrip().lower().startswith(("<!doctype html", "<html")):
        raise UnratableError(
            f"{path.name} はデータではなく HTML のページです。ファイルそのものを指定してください。",
            f"{path.name} is an HTML page, not data; name the file itself.",
        )
    return "\t" if path.suffix.lower() == ".tsv" or ("\t" in first and "," not in first) else ","


class _Lines:
    """Lines for the CSV reader, remembered until their record is whole, then one line of our own.

    A quote that is still open at the end swallows that last line.
    """

    def __init__(self, lines: Iterator[str]) -> None:
        self.lines = lines
        self.seen: list[str] = []
        self.ended = False

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if self.ended:
            raise StopIteration
        line = next(self.lines, None)
        self.ended = line is None
        self.seen.append(line or "")
        return line or "end\n"


def _records(lines: Iterator[str], delimiter: str, sheet: Sheet) -> Iterator[list[str]]:
    """Each record's cells; its faults go to ``sheet``."""
    source = _Lines(lines)
    reader = csv.reader(source, delimiter=delimiter)
    sound = _sound(delimiter)
    expected = 0
    row = 0
    while True:
        row += 1
        try:
            cells = next(reader)
        except csv.Error:  # a cell longer than the reader allows: a quote that nobody closes
            _note(sheet, "unclosed", row, detail="")
            return
        raw, source.seen = source.seen, []
        if source.ended:
            if len(raw) > 1:
                _note(sheet, "unclosed", row, detail="")
                cells[-1] = cells[-1].removesuffix("end\n")
                yield cells
            return
        if len(raw) > 1:
            _note(sheet, "multiline", row, detail=str(len(raw)))
        if any('"' in line for line in raw) and not sound("".join(raw)):
            _note(sheet, "bare-quote", row, detail="")
        width = max(len(cells), 1)
        expected = expected or width
        if width != expected:
            _note(sheet, "ragged", row, detail=f"{width}/{expected}")
        if width > MAX_COLUMNS:
            raise UnratableError(
                f"{row} 行目に列が {width} あります（{MAX_COLUMNS} 列まで）。区切り文字を確かめてください。",
                f"Row {row} has {width} columns (at most {MAX_COLUMNS}); check the separators.",
            )
        yield cells


def _sound(delimiter: str) -> Callable[[str], bool]:
    """Tells whether every quote of a record opens, closes or doubles (RFC 4180)."""
    plain = rf'[^"{delimiter}\r\n]*+'
    field = rf'(?:"(?:[^"]|"")*+"[^\S{delimiter}\r\n]*+|{plain})'
    record = re.compile(rf"{field}(?:{delimiter}{field})*+[\r\n]*")
    between = f'"{delimiter}"'

    def sound(raw: str) -> bool:
        text = raw.rstrip("\r\n")
        # Most files quote every cell or hardly any: the first is told without the pattern.
        if text[:1] == text[-1:] == '"' and len(text) > 1 and '"' not in text[1:-1].replace(between, ""):
            return True
        return record.fullmatch(raw) is not None

    return sound


def _note(sheet: Sheet, kind: str, row: int, *, detail: str) -> None:
    sheet.fault_counts[kind] += 1
    if sheet.fault_counts[kind] <= LISTED:
        sheet.record_faults[kind].append(RecordFault(row, 0, detail))


def _add(sheet: Sheet, records: list[list[str]]) -> None:
    for number, cells in enumerate(zip_longest(*records, fillvalue=""), 1):
        if number > sheet.width:
            sheet.columns.append(Column())
        column = sheet.columns[number - 1]
        column.pad(sheet.height)
        column.extend(cells)
    sheet.height += len(records)
