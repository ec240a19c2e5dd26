"""Readers by file format: the bytes of a snapshot become rows of strings, exactly as published.

One module a format. No value is trimmed, normalized or judged here: that is for the formats of the rulebook.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from sources.letters import letters
from sources.readers import delimited, zipped
from sources.readers.rows import Problem, ReadError, Rows

if TYPE_CHECKING:
    from sources.landing import LandedFile

__all__ = ["Problem", "ReadError", "Rows", "read"]


def read(files: Sequence[LandedFile], reader: Mapping[str, Any]) -> Rows:
    """All rows of a snapshot's files, in their order, as ``source.yml`` says under ``reader``.

    ``format`` is ``csv`` or ``zip_csv``, ``encoding`` ``utf-8`` (with or without BOM) or ``cp932``, ``header_row``
    the row of the labels (1 if not told). Every file must have the same labels in the same order. Raises
    :class:`ReadError`.
    """
    parts: list[Rows] = []
    for name, content in _tables(files, reader["format"]):
        part = delimited.read(content, name, reader["encoding"], reader.get("header_row", 1))
        if parts and part.header != parts[0].header:
            raise _wrong_columns(name, part.header, parts[0].header)
        parts.append(part)
    return Rows(
        header=parts[0].header,
        table=pa.concat_tables(part.table for part in parts),
        problems=tuple(problem for part in parts for problem in part.problems),
    )


def _tables(files: Sequence[LandedFile], file_format: str) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of every CSV in the snapshot. A source of ZIPs may also hold a plain ``.csv``."""
    for file in files:
        content = file.path.read_bytes()
        if file_format == "csv" or (file.name.lower().endswith(".csv") and not zipped.is_zip(content)):
            yield file.name, content
        else:
            yield from zipped.members(content, file.name)


def _wrong_columns(name: str, found: tuple[str, ...], expected: tuple[str, ...]) -> ReadError:
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
