"""Columns that another file of the snapshot has, joined to the rows: names and codes behind a publisher's own ids."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sources.readers.rows import Problem, ReadError, Rows


def add(rows: Rows, told: Mapping[str, Any], other: Rows) -> Rows:
    """``rows`` with the columns that ``told`` (an entry of ``reader.join``) names, taken from ``other``.

    A cell under ``on`` that is not blank should fit one row of ``other`` under ``key``; where it fits none, or rows
    that say different things, the new cells are NULL and a ``join-key`` problem says so. Raises :class:`ReadError`
    if a column is not there.
    """
    on, columns = told["column"], told["columns"]
    cells = _column(rows, on)
    names = [f"c{place}" for place in range(len(columns))]
    known = pa.table([_column(other, label) for label in (told["key"], *columns)], names=["key", *names])
    known = known.group_by(["key", *names], use_threads=False).aggregate([])
    counts = known.group_by("key", use_threads=False).aggregate([([], "count_all")])
    once = counts.filter(pc.equal(counts["count_all"], 1))["key"].combine_chunks()
    known = known.filter(pc.and_(pc.is_in(known["key"], value_set=once), pc.not_equal(known["key"], "")))
    places = pc.index_in(cells, value_set=known["key"].combine_chunks())
    table = rows.table
    for place, name in enumerate(names, start=len(rows.header)):
        table = table.append_column(f"c{place}", known[name].take(places))
    problems = _misfits(rows, on, places, dict(zip(*counts.to_pydict().values(), strict=True)))
    return Rows((*rows.header, *(f"{on}.{label}" for label in columns)), table, (*rows.problems, *problems))


def _misfits(rows: Rows, on: str, places: pa.ChunkedArray, counts: Mapping[str, int]) -> Iterator[Problem]:
    cells = _column(rows, on)
    blank = pc.equal(pc.utf8_trim_whitespace(pc.fill_null(cells, "")), "")
    lost = pc.and_(pc.is_null(places), pc.invert(blank))
    for file, row, cell in zip(
        *(column.filter(lost).to_pylist() for column in (rows.table["file"], rows.table["row"], cells)), strict=True
    ):
        yield Problem("join-key", file, row, counts.get(cell, 0), 1, on)


def _column(rows: Rows, label: str) -> pa.ChunkedArray:
    if label in rows.header:
        return rows.table[f"c{rows.header.index(label)}"]
    name = rows.table["file"][0].as_py()
    raise ReadError(
        "wrong-columns",
        f"{name} に、ほかのファイルと結び付けるための列「{label}」がありません。"
        "見出しが変わっていないか確かめて、source.yml の reader.join を直してください。",
        f"{name} has no column “{label}” by which files are joined. Correct reader.join of source.yml.",
        name,
    )
