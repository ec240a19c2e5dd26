"""What stands in a written file, as text: every format a release or a run's history has, read whole and in order.

What is searched in it, and what the ways of writing mean, does not belong here.
"""

from __future__ import annotations

import io
import re
import sqlite3
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import IO

import duckdb

BLOCK = 250_000
"""Characters at a time: so few that what a search makes of them stays in a processor's cache."""

ROWS = 2_000

UNREADABLE = (OSError, EOFError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error, duckdb.Error, sqlite3.Error)
"""What :func:`streams` raises where a file is not what it says, or hides what it holds."""

ZIP, PARQUET, SQLITE = b"PK\x03\x04", b"PAR1", b"SQLite format 3\0"
MAGIC = {".xlsx": ZIP, ".zip": ZIP, ".parquet": PARQUET, ".db": SQLITE, ".sqlite": SQLITE}
OPAQUE = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"7z\xbc\xaf", b"%PDF", b"\x89PNG", b"\xff\xd8\xff")
"""Beginnings of files whose text does not stand in their bytes: nothing of the kind is published."""

RICH = re.compile(r"</t></r><r>(?:<rPr>.*?</rPr>)?<t(?: [^>]*)?>")
SHARED = re.compile(r"<si>(.*?)</si>", re.DOTALL)
IN_CELL = re.compile(r'(t="s"[^>]*><v>)([0-9]+)(?=</v>)')
ENDS = ("</c>", "</si>", "</is>")
"""Ends of elements within which nothing of a workbook's text may be cut: a cell, and a text in runs."""
DECIMAL = re.compile(r"-?[0-9]{2,3}\.[0-9]+")


def streams(path: Path) -> Iterator[Iterator[str]]:
    """The texts of a file: one of a text or Parquet file, one a member of a ZIP archive (XLSX), one a table of a
    SQLite database; each in blocks, to be read before the next is asked for. Raises one of :data:`UNREADABLE`.
    """
    with path.open("rb") as file:
        start = file.read(16)
    expected = MAGIC.get(path.suffix.lower(), b"")
    if not start.startswith(expected) or start.startswith(OPAQUE):
        raise ValueError("not a file that can be searched")
    if start.startswith(ZIP):
        yield from _members(path)
    elif start.startswith(PARQUET):
        yield _rows(path)
    elif start.startswith(SQLITE):
        yield from _tables(path)
    else:
        with path.open("rb") as file:
            yield _blocks(file)


def _blocks(file: IO[bytes]) -> Iterator[str]:
    """UTF-8, with or without byte order mark; what is none is passed over."""
    text = io.TextIOWrapper(file, "utf-8-sig", "ignore", newline="")
    yield from iter(lambda: text.read(BLOCK), "")


def _members(path: Path) -> Iterator[Iterator[str]]:
    """Names and members; in a sheet, numbers that stand as text among the shared strings stand in their cells."""
    with zipfile.ZipFile(path) as archive:
        yield iter(["\n".join(archive.namelist()) + "\n" + archive.comment.decode("utf-8", "ignore")])
        numbers = _shared_numbers(archive)
        for member in archive.infolist():
            with archive.open(member) as file:
                blocks = _blocks(file)
                if member.filename.startswith("xl/"):
                    blocks = (_in_cells(RICH.sub("", block), numbers) for block in _uncut(blocks))
                yield blocks


def _uncut(blocks: Iterator[str]) -> Iterator[str]:
    """The same text in blocks that end where no cell or text does go on."""
    held = ""
    for block in blocks:
        held += block
        cut = max(held.rfind(end) + len(end) if end in block else 0 for end in ENDS)
        if cut:
            yield held[:cut]
            held = held[cut:]
    yield held


def _shared_numbers(archive: zipfile.ZipFile) -> dict[str, str]:
    if "xl/sharedStrings.xml" not in archive.namelist():
        return {}
    texts = SHARED.findall(archive.read("xl/sharedStrings.xml").decode("utf-8", "ignore"))
    bare = (re.sub("<[^>]*>", "", text).strip() for text in texts)
    return {str(number): text for number, text in enumerate(bare) if DECIMAL.fullmatch(text)}


def _in_cells(sheet: str, numbers: dict[str, str]) -> str:
    return IN_CELL.sub(lambda found: found[1] + numbers.get(found[2], found[2]), sheet) if numbers else sheet


def _rows(path: Path) -> Iterator[str]:
    """Each row of a Parquet file in a line, all its cells."""
    con = duckdb.connect()
    con.execute("SET enable_progress_bar = false")
    try:
        table = con.read_parquet(str(path))
        yield "|".join(table.columns) + "\n"
        for batch in table.project("concat_ws('|', *COLUMNS(*)) || chr(10)").to_arrow_reader(ROWS):
            yield "".join(batch.column(0).to_pylist())
    finally:
        con.close()


def _tables(path: Path) -> Iterator[Iterator[str]]:
    """Each row of each table in a line; what is packed (zlib) is unpacked."""
    con = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        names = [name for (name,) in con.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        for name in names:
            quoted = name.replace('"', '""')
            yield _joined("|".join(map(_cell, row)) + "\n" for row in con.execute(f'SELECT * FROM "{quoted}"'))
    finally:
        con.close()


def _cell(value: object) -> str:
    if not isinstance(value, bytes):
        return "" if value is None else str(value)
    try:
        return zlib.decompress(value).decode("utf-8", "ignore")
    except zlib.error:
        return value.decode("utf-8", "ignore")


def _joined(lines: Iterable[str]) -> Iterator[str]:
    block: list[str] = []
    size = 0
    for line in chain(lines, [""]):
        block.append(line)
        size += len(line)
        if size >= BLOCK or not line:
            yield "".join(block)
            block, size = [], 0
