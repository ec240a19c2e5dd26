"""``Report``: what the validation of one table found, for all who print it.

The rows and the findings stay in DuckDB: a file of a million faults is printed without being held in Python. How
faults are found stands in ``table_schema``, their wording in ``words``; how a report is printed is
``sources.answers``'s.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb

from schemas import words

COLUMNS: tuple[str, ...] = (
    "type",
    "rowNumber",
    "fieldNumber",
    "fieldName",
    "cell",
    "code",
    "severity",
    "message_ja",
    "message_en",
    "expected",
)
"""What is told of a finding; ``rowNumber`` and ``fieldNumber`` are BIGINT, the others VARCHAR."""

BATCH = 10_000
"""Findings in Python's hands at a time."""


@dataclass(frozen=True)
class Report:
    """The validation of one table.

    ``con`` holds two tables. ``cells``: ``"rowNumber"`` (as Excel counts, the heading included), ``c1`` … ``cn`` as
    VARCHAR exactly as written (NULL: the row ends before), ``extra`` (VARCHAR[]: cells beyond the last label, or
    NULL); it is absent if the file is not ``readable`` as a table, or not by that schema. ``findings``:
    :data:`COLUMNS`, where ``message_ja`` is NULL until :meth:`worded`. ``file`` is the file's name, ``labels`` are the
    headings as written, ``header_row`` the row where they stand, ``rows`` counts the rows of data, ``fields`` are the
    Table Schema fields by position. ``choices`` gives the allowed values by ``fieldNumber`` where a list of them
    applies.
    """

    con: duckdb.DuckDBPyConnection
    file: str
    labels: tuple[str, ...]
    header_row: int
    rows: int
    readable: bool = True
    fields: Sequence[Mapping[str, Any]] = ()
    choices: Mapping[int, tuple[str, ...]] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many findings there are."""
        ((count,),) = self.con.execute("SELECT count(*) FROM findings").fetchall()
        return int(count)

    @property
    def columns(self) -> list[str]:
        """The columns of ``cells`` that hold a row's cells, in order; none if the file could not be read as a table."""
        query = (
            "SELECT column_name FROM information_schema.columns WHERE table_name = 'cells' ORDER BY ordinal_position"
        )
        names = [name for (name,) in self.con.cursor().execute(query).fetchall()]
        return [name for name in names if re.fullmatch(r"c[0-9]+", name)]

    def findings(self, limit: int | None = None) -> Iterator[dict[str, Any]]:
        """The findings from the top of the table down, at most ``limit``, as dictionaries of :data:`COLUMNS`."""
        return map(self.worded, self.unworded(limit))

    def unworded(self, limit: int | None = None) -> Iterator[dict[str, Any]]:
        """As :meth:`findings`, for those who need but few of the sentences: :meth:`worded` has them."""
        order = '"rowNumber" NULLS FIRST, "fieldNumber" NULLS FIRST, code, cell'
        query = f"SELECT * FROM findings ORDER BY {order}" + ("" if limit is None else f" LIMIT {limit:d}")
        cursor = self.con.cursor().execute(query)
        names = [column[0] for column in cursor.description]
        while batch := cursor.fetchmany(BATCH):
            for row in batch:
                yield dict(zip(names, row, strict=True))

    def worded(self, finding: Mapping[str, Any]) -> dict[str, Any]:
        """One of :meth:`unworded`, with its sentences."""
        told = dict(finding)
        if told["message_ja"] is None:
            number = told["fieldNumber"]
            said = words.word(
                told["type"],
                code=told["code"],
                constraint=told["constraint"],
                field=self._field(number, told["fieldName"]),
                label=self.labels[number - 1] if number is not None and number <= len(self.labels) else None,
                cell=told["cell"],
                told=told["told"] or {},
            )
            told |= {"message_ja": said.message_ja, "message_en": said.message_en, "expected": said.expected}
        return {name: told[name] for name in COLUMNS}

    def _field(self, number: int | None, name: str | None) -> Mapping[str, Any] | None:
        """The field of a column; of one that the file lacks only the name is known."""
        if number is not None and number <= len(self.fields):
            return self.fields[number - 1]
        return {"name": name} if name else None
