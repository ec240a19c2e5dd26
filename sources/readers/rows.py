"""What every reader gives and raises. How bytes become rows does not belong here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from sources.letters import letters

CHUNK = 5_000
"""Rows turned into columns at a time."""


@dataclass(frozen=True)
class Problem:
    """A fault of one row that leaves the rest of its file readable.

    ``mixed-line-ends``: the first row whose line end differs from the header's. ``ragged-row``: ``found`` cells where
    the header has ``expected`` labels; missing cells are NULL, cells beyond the header that hold text were dropped.
    ``blank-row``: a row without text between others; it was left out. ``note-row``: a remark, as ``reader.notes`` of
    ``source.yml`` tells it; it was left out. ``join-key``: the cell of ``column`` fits ``found`` rows of the file that
    is joined, where it should fit ``expected``; the cells that would come from there are NULL.
    ``example-overwritten``: ``found`` cells of a form's example were written into; the row was left out.
    """

    code: str
    file: str
    row: int
    found: int
    expected: int
    column: str | None = None


@dataclass(frozen=True)
class Rows:
    """Rows exactly as published.

    ``table`` has the columns ``file`` (string), ``row`` (int64, as Excel counts: a line break inside a cell makes no
    new row, a blank line does; of JSON the first record is row 2) and one string column ``c0`` … ``cn`` for each
    label of ``header``, in its order. Rows of a workbook whose sheets were chosen, and of a ZIP, name the sheet or
    member after the file: ``名簿.xlsx/相談窓口``.
    """

    header: tuple[str, ...]
    table: pa.Table
    problems: tuple[Problem, ...] = ()
    item_rows: Mapping[str, int] = field(default_factory=dict)
    """Of a form: the row of each item that was answered once for all rows, by its heading."""


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


def chunk(name: str, numbers: Sequence[int], rows: Sequence[Sequence[str | None]]) -> pa.Table:
    """These rows of the file ``name`` as a table of :class:`Rows`. There is at least one."""
    columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
    return pa.table(
        [pa.array([name] * len(rows), pa.string()), pa.array(numbers, pa.int64()), *columns],
        names=["file", "row", *(f"c{place}" for place in range(len(columns)))],
    )


def together(parts: Sequence[Rows]) -> Rows:
    """The parts one after the other. Raises :class:`ReadError` if their labels or the order of these differ."""
    first = parts[0]
    for part in parts:
        if part.header != first.header:
            raise _different(part.table.column("file")[0].as_py(), part.header, first.header)
    if len(parts) == 1:
        return first
    return Rows(
        header=first.header,
        table=pa.concat_tables(part.table for part in parts),
        problems=tuple(problem for part in parts for problem in part.problems),
    )


def empty(name: str) -> ReadError:
    """The error of a file in which no row of data stands."""
    return ReadError(
        "empty-file",
        f"{name} にデータの行がありません。公開元のファイルが空でないか確認してください。",
        f"{name} has no rows of data.",
        name,
    )


def _different(name: str, found: tuple[str, ...], expected: tuple[str, ...]) -> ReadError:
    """Which columns differ, by their letters: of a file without a header row the labels are somebody's data."""
    width = max(len(found), len(expected))
    differs = [letters(place) for place in range(width) if found[place : place + 1] != expected[place : place + 1]]
    return ReadError(
        "wrong-columns",
        f"{name} の列見出しが、ほかのファイルと違います（{'、'.join(differs)} 列。全部で {len(found)} 列、"
        f"ほかは {len(expected)} 列）。同じ見出しを同じ順番でそろえてください。",
        f"The labels of {name} differ from the other files' in columns {', '.join(differs)} "
        f"({len(found)} columns, elsewhere {len(expected)}).",
        name,
    )
