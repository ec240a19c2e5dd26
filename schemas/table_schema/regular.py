"""Is a CSV so regular that DuckDB and Python's ``csv`` must read the same cells from it?

Only bytes are looked at, vectorised, a chunk at a time. DuckDB's own refusal is no evidence: it passes over some
faults in silence. Reading does not belong here, nor what a fault is called (``strict``).
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

CHUNK = 1 << 20
"""Bytes looked at in one go."""

LF, CR, QUOTE, NUL = b'\n\r"\0'

Bytes = NDArray[np.uint8]
Mask = NDArray[np.bool_]


@dataclass
class _Seen:
    """What of the file so far decides about its next chunk."""

    inside: bool = False
    """Within quotes."""
    before: int = LF
    """The byte before the chunk; the start of a file is as good as a line end."""
    cells: int = 0
    """Delimiters since the last line end."""
    rows: int = 0
    crlf: bool | None = None


def count_rows(path: Path, delimiter: str, width: int, *, quoted_cr: bool) -> int | None:
    """Rows of the file, the header included, or None if it is not regular. ``width`` is at least 2.

    Regular is: valid UTF-8 (a BOM at the start is passed over), no NUL, every quote opens, closes or doubles, every
    row has ``width`` cells, all line ends LF or all CRLF (``quoted_cr``: CR may stand within quotes).
    """
    seen, decoder = _Seen(), codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        chunk = file.read(CHUNK).removeprefix(codecs.BOM_UTF8)
        while chunk:
            following = file.read(CHUNK)
            try:
                if not chunk.isascii() or decoder.getstate()[0]:
                    decoder.decode(chunk, final=not following)
            except UnicodeDecodeError:
                return None
            if b"\0" in chunk or not _regular(chunk, following[:1], ord(delimiter), width, quoted_cr, seen):
                return None
            chunk = following
    unended = seen.before != LF
    if seen.before == CR or decoder.getstate()[0] or seen.inside or seen.cells != (width - 1 if unended else 0):
        return None
    return seen.rows + unended


def _regular(chunk: bytes, after: bytes, delimiter: int, width: int, quoted_cr: bool, seen: _Seen) -> bool:
    """Whether this chunk leaves the file regular; ``after`` is the byte behind it, or nothing."""
    data: Bytes = np.frombuffer(chunk, np.uint8)
    marks = (data == LF) | (data == delimiter)
    if has_quotes := seen.inside or b'"' in chunk:
        marks |= data == QUOTE
    if b"\r" in chunk or seen.before == CR:
        marks |= data == CR
    places = np.flatnonzero(marks)
    kinds = data[places]
    quoted = _quoted(kinds, seen.inside) if has_quotes else np.zeros(len(kinds), np.bool_)
    around = _Around(data, places, kinds, quoted, seen.before, after[0] if after else LF)
    if has_quotes and not around.quotes_stand_well(delimiter):
        return False
    if not around.line_ends_agree(quoted_cr, seen) or not _rows_agree(around.bare(delimiter), width, seen):
        return False
    seen.inside = bool(quoted[-1]) if len(quoted) else seen.inside
    seen.before = chunk[-1]
    return True


def _quoted(kinds: Bytes, inside: bool) -> Mask:
    """For each mark whether an odd number of quotes stands up to and including it."""
    odd: Mask = np.logical_xor.accumulate(kinds == QUOTE)
    return ~odd if inside else odd


@dataclass(frozen=True)
class _Around:
    """The marks of a chunk (delimiters, line ends, quotes): where, which, whether quoted, and the bytes about it."""

    data: Bytes
    places: NDArray[np.int64]
    kinds: Bytes
    quoted: Mask
    first: int
    last: int

    def before(self, which: Mask) -> Bytes:
        """The byte before each of those marks."""
        places = self.places[which]
        return np.where(places > 0, self.data[places - 1], self.first)

    def behind(self, which: Mask) -> Bytes:
        """The byte behind each of those marks."""
        places = self.places[which] + 1
        return np.where(places < len(self.data), self.data[np.minimum(places, len(self.data) - 1)], self.last)

    def quotes_stand_well(self, delimiter: int) -> bool:
        """An opening quote follows a delimiter, a line end or a quote; a closing one is followed by one of these."""
        quotes = self.kinds == QUOTE
        before, behind = self.before(quotes & self.quoted), self.behind(quotes & ~self.quoted)
        good_before = (before == delimiter) | (before == QUOTE) | (before == LF)
        good_behind = (behind == delimiter) | (behind == QUOTE) | (behind == LF) | (behind == CR)
        return bool(good_before.all() and good_behind.all())

    def line_ends_agree(self, quoted_cr: bool, seen: _Seen) -> bool:
        """All line ends are LF, or all CRLF, and no other CR stands where it could end a line."""
        carriage, ends = self.kinds == CR, (self.kinds == LF) & ~self.quoted
        if not quoted_cr and (carriage & self.quoted).any():
            return False
        if not (self.behind(carriage & ~self.quoted) == LF).all():
            return False
        preceded = self.before(ends) == CR
        if len(preceded) and seen.crlf is None:
            seen.crlf = bool(preceded[0])
        return bool((preceded == bool(seen.crlf)).all())

    def bare(self, delimiter: int) -> Bytes:
        """The delimiters and line ends outside quotes, in order."""
        bare: Bytes = self.kinds[~self.quoted & ((self.kinds == delimiter) | (self.kinds == LF))]
        return bare


def _rows_agree(kinds: Bytes, width: int, seen: _Seen) -> bool:
    """Of delimiters and line ends, each ``width``-th and no other is a line end."""
    ends = np.flatnonzero(kinds == LF)
    if not np.array_equal(ends, np.arange(width - 1 - seen.cells, len(kinds), width)):
        return False
    seen.rows += len(ends)
    seen.cells = (seen.cells + len(kinds)) % width
    return True


def as_utf8(source: Path, encoding: str, target: Path) -> bool:
    """Write the text of ``source`` to ``target`` as UTF-8; False if some of it is not in ``encoding``."""
    decoder: Any = codecs.getincrementaldecoder(encoding)()
    with source.open("rb") as file, target.open("wb") as out:
        try:
            while chunk := file.read(CHUNK):
                out.write(decoder.decode(chunk).encode("utf-8"))
            out.write(decoder.decode(b"", final=True).encode("utf-8"))
        except UnicodeError:
            return False
    return True
