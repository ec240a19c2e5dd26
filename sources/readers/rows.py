"""What every reader gives and raises. How bytes become rows does not belong here."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa


@dataclass(frozen=True)
class Problem:
    """A fault of one row that leaves the rest of its file readable.

    ``mixed-line-ends``: the first row whose line end differs from the header's. ``ragged-row``: ``found`` cells where
    the header has ``expected`` labels; missing cells are NULL, cells beyond the header that hold text were dropped.
    ``blank-row``: a row without text between others; it was left out.
    """

    code: str
    file: str
    row: int
    found: int
    expected: int


@dataclass(frozen=True)
class Rows:
    """Rows exactly as published.

    ``table`` has the columns ``file`` (string), ``row`` (int64, as Excel counts: a line break inside a cell makes no
    new row, a blank line does) and one string column ``c0`` … ``cn`` for each label of ``header``, in its order.
    """

    header: tuple[str, ...]
    table: pa.Table
    problems: tuple[Problem, ...]


class ReadError(Exception):
    """A file is not the table it should be; the whole snapshot cannot be used.

    ``code`` is one of ``html-page``, ``not-a-table``, ``empty-file``, ``encoding``, ``unterminated-quote``,
    ``wrong-columns``, ``bad-zip``, ``zip-bomb``.
    """

    def __init__(self, code: str, message_ja: str, message_en: str, file: str) -> None:
        super().__init__(message_ja)
        self.code = code
        self.message_ja = message_ja
        self.message_en = message_en
        self.file = file
