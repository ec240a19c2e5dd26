"""The rows of a delimited text, with what only its lines show: how each ended, and whether a quote was left open.

Every reader of ours that goes through Python's ``csv`` goes through here. What a cell holds does not matter here.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator

END = "\0"
"""A last line of our own, to see whether a quote is still open."""

Dialect = str | csv.Dialect | type[csv.Dialect]


class UnterminatedQuoteError(Exception):
    """A quote that opens in row ``row`` is never closed; all that follows would stand in one cell."""

    def __init__(self, row: int) -> None:
        super().__init__(f"row {row}")
        self.row = row


def records(text: Iterable[str], dialect: Dialect = "excel") -> Iterator[tuple[int, list[str], str]]:
    """Number (1 is the first; as Excel counts), cells and line end of every row of ``text``, given by its lines.

    The lines must have kept their ends (``newline=""``). Raises :class:`UnterminatedQuoteError`.
    """
    lines = _Lines(text)
    number = 0
    try:
        for number, cells in enumerate(csv.reader(lines, dialect), 1):
            if cells == [END]:
                return
            yield number, cells, lines.end
    # A cell beyond the csv module's limit: the rest of the file, after a stray quote.
    except csv.Error:
        number += 1
    raise UnterminatedQuoteError(number)


class _Lines(Iterator[str]):
    """The lines of a text, then :data:`END`; ``end`` is the line end of the last one."""

    def __init__(self, text: Iterable[str]) -> None:
        self._text = iter(text)
        self._ended = False
        self.end = ""

    def __next__(self) -> str:
        line = next(self._text, None)
        if line is None:
            if self._ended:
                raise StopIteration
            self._ended = True
            return END
        self.end = line[len(line.rstrip("\r\n")) :]
        return line
