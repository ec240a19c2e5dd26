"""Readers by file format: the bytes of a snapshot become rows of strings, exactly as published.

One module a format; what ``source.yml`` says under ``reader`` is told in ``source.schema.json``. No value is trimmed,
normalized or judged here: that is for the formats of the rulebook.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sources.readers import delimited, zipped
from sources.readers.rows import Problem, ReadError, Rows, together

if TYPE_CHECKING:
    from sources.landing import LandedFile

__all__ = ["Problem", "ReadError", "Rows", "read"]


def read(files: Sequence[LandedFile], reader: Mapping[str, Any]) -> Rows:
    """All rows of a snapshot's files, in their order, as ``source.yml`` says under ``reader``.

    Every file must have the same labels in the same order; of JSON the keys of all files count. Raises
    :class:`ReadError`.
    """
    tables = _named(files, reader.get("files", ".*"))
    if reader["format"] in ("json", "geojson"):
        from sources.readers import records

        rows = records.rows(((file.name, file.path.read_bytes()) for file in tables), reader)
    else:
        rows = together([part for file in tables for part in _parts(file, reader)])
    for told in reader.get("join", ()):
        rows = _joined(rows, files, told, reader)
    return rows


def _parts(file: LandedFile, reader: Mapping[str, Any]) -> Iterator[Rows]:
    """The rows of the tables in a file. A source of ZIPs may also hold a plain ``.csv``."""
    content, name = file.path.read_bytes(), file.name
    match reader["format"]:
        case "form":
            from sources import forms

            yield forms.read(content, name, reader["layout"])
        case "xlsx":
            from sources.readers import workbook

            yield workbook.rows(content, name, reader)
        case "zip_csv" if zipped.is_zip(content) or not name.lower().endswith(".csv"):
            for member, inner in zipped.members(content, name):
                yield delimited.rows(inner, member, reader)
        case _:
            yield delimited.rows(content, name, reader)


def _joined(rows: Rows, files: Sequence[LandedFile], told: Mapping[str, Any], reader: Mapping[str, Any]) -> Rows:
    """``rows`` with the columns of the files that ``told`` joins: CSV like the others, their header in row 1."""
    from sources.readers import joins

    layout = {key: reader[key] for key in ("encoding", "delimiter") if key in reader}
    others = [delimited.rows(file.path.read_bytes(), file.name, layout) for file in _named(files, told["file"])]
    return joins.add(rows, told, together(others))


def _named(files: Sequence[LandedFile], pattern: str) -> list[LandedFile]:
    """The files whose names are as ``pattern`` says; ``ReadError`` if there is none."""
    named = [file for file in files if re.fullmatch(pattern, file.name)]
    if named:
        return named
    names = "、".join(file.name for file in files)
    raise ReadError(
        "not-a-table",
        f"{pattern} という名前のファイルがありません（あるのは {names}）。source.yml の reader.files と join を、"
        "ファイルの名前と比べてください。",
        f"There is no file named {pattern} among {names}. Compare reader.files and join of source.yml.",
        pattern,
    )
