"""One file validated against a table of ours: its cells are mapped and read as every night, then judged.

The headings stand for the table's record fields by name or by Japanese title; there is no ``mapping.yml``. How a cell
is read is ``mapping``'s, whether it is valid ``schemas.engine``'s, bytes and rows are ``submission``'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import duckdb

from schemas import engine, rulebook, words
from schemas.codelist import fold
from schemas.finding import Severity
from schemas.report import COLUMNS, Report
from schemas.rulebook import Field, Table
from schemas.sql import literal, make_table
from schemas.table_schema import codes
from sources import mapping, submission
from sources.catalog import Cell, RecordSpec, SourceMapping
from sources.submission import NUMBERS

ANYTHING = {"fields": [{"name": "any", "type": "any"}]}
"""A Table Schema that accepts every cell: what it finds is wrong with rows and bytes, and with every header."""

HEADER_TYPES = (
    "blank-header",
    "unmatched-header",
    "extra-label",
    "missing-label",
    "blank-label",
    "duplicate-label",
    "incorrect-label",
)
"""Error types about headings: ours are found here."""

CONSTRAINTS = set(codes.CONSTRAINTS.values())
"""Codes that are constraint errors in Frictionless's words."""


def validate(path: Path, table: Table, *, strict: bool = True) -> Report:
    """Validate the file against the records of ``table``.

    A heading is known whatever its width, case and blanks; one that stands for no field is a note. Raises ``OSError``
    if the file cannot be opened.
    """
    report = submission.validate(path, ANYTHING, strict=strict)
    places: dict[str, int] = {}
    told: list[dict[str, Any]] = []
    if report.readable:
        places = match(report.labels, table)
        told = [*_of_headings(report.labels, places, table), *_of_cells(report, places, table)]
    _add(report.con, told)
    lists = ((place, table.field(name)) for name, place in places.items())
    return replace(report, choices={place: _choices(field) for place, field in lists if field.codes and not field.many})


def match(labels: tuple[str, ...], table: Table) -> dict[str, int]:
    """The place (from 1) of the heading of each field that has one; of several, the first."""
    known = _known(table)
    places: dict[str, int] = {}
    for place, label in enumerate(labels, start=1):
        if fold(label) in known:
            places.setdefault(known[fold(label)], place)
    return places


def error_type(code: str) -> str:
    """Frictionless's error type for a finding of the nightly about a cell."""
    return "constraint-error" if code in CONSTRAINTS else "type-error" if code == "type" else "cell-error"


def _asked(table: Table) -> list[Field]:
    """The fields that a file supplies: a record's own id is ours to give."""
    return [field for field in table.record_fields if field.name != "record_id"]


def _known(table: Table) -> dict[str, str]:
    """The field's name by every heading that stands for it, folded."""
    return {fold(word): field.name for field in _asked(table) for word in (field.title, field.name)}


def _choices(field: Field) -> tuple[str, ...]:
    return tuple(code.label_ja for code in rulebook.codes(field.codes or "").values() if code.status == "active")


def _make_rows(report: Report) -> None:
    """Table ``rows`` as ``mapping`` reads it, of the rows that are not blank."""
    cells = [f"c{place}" for place in range(1, len(report.labels) + 1)]
    some = " OR ".join(f"trim({cell}, ' 　\t\r\n') <> ''" for cell in cells)
    report.con.execute(
        f"""CREATE TABLE rows AS SELECT row_number() OVER (ORDER BY "rowNumber") AS n,
              'submission:' || "rowNumber" AS record_id, NULL::VARCHAR AS fate, {literal(report.file)} AS file,
              "rowNumber" AS "row", {", ".join(cells)}
            FROM cells WHERE {some}"""
    )


def _of_headings(labels: tuple[str, ...], places: Mapping[str, int], table: Table) -> Iterator[dict[str, Any]]:
    """Headings that stand for no field, or for one that another stands for; required fields without a heading."""
    for place, label in enumerate(labels, start=1):
        if place not in places.values():
            name = _known(table).get(fold(label))
            kind = "duplicate-label" if name else "extra-label" if label.strip() else "blank-label"
            yield _of_heading(kind, place, label, table.field(name) if name else None, table) | {
                "severity": Severity.NOTE
            }
    missing = [field for field in _asked(table) if field.required and field.name not in places]
    for place, field in enumerate(missing, start=len(labels) + 1):
        told = {"severity": field.severity, "expected": field.title}
        yield _of_heading("missing-label", place, None, field, table) | told


def _of_heading(kind: str, place: int, label: str | None, field: Field | None, table: Table) -> dict[str, Any]:
    said = words.word(kind, code=kind, field=field.descriptor if field else None, label=label, table=table.name)
    return {
        "type": kind,
        "fieldNumber": place,
        "fieldName": field and field.name,
        "code": kind,
        "message_ja": said.message_ja,
        "message_en": said.message_en,
        "expected": said.expected,
    }


def _of_cells(report: Report, places: Mapping[str, int], table: Table) -> Iterator[dict[str, Any]]:
    """What the nightly finds in the cells of these columns."""
    if not places:
        return
    _make_rows(report)
    columns = mapping.Columns({report.labels[place - 1]: f"c{place}" for place in places.values()})
    [(records, spec)] = mapping.make_records(report.con, _mapping(report.labels, places, table), columns)
    readers = {name: cell.reader for name, cell in spec.cells.items()}
    origin = engine.Origin("submission", mapping.headings(spec, columns), readers)
    answer = engine.validate(report.con, records, table, origin)
    by_heading = {report.labels[place - 1]: place for place in places.values()}
    for finding in answer.findings:
        yield asdict(finding) | {
            "type": error_type(finding.code),
            "rowNumber": finding.row,
            "fieldNumber": by_heading.get(finding.column or ""),
            "fieldName": finding.field,
            "cell": finding.value or "",
        }


def _mapping(labels: tuple[str, ...], places: Mapping[str, int], table: Table) -> SourceMapping:
    """The file's mapping: of one record, each field from the column that stands for it."""
    cells = {
        field.name: Cell(
            columns=(labels[places[field.name] - 1],),
            reader=field.reads or (f"codes:{field.codes}" if field.codes else "text"),
            many=field.many,
        )
        for field in _asked(table)
        if field.name in places
    }
    record = RecordSpec(table=table.name, owner=None, constants={}, cells=cells)
    return SourceMapping(basis="submission", natural_key=(), records=(record,))


def _add(con: duckdb.DuckDBPyConnection, told: list[dict[str, Any]]) -> None:
    """Put these findings among the others, in place of theirs about headings.

    Of the same fault of a cell the worst stands, as every night.
    """
    columns = {name: [finding.get(name) for finding in told] for name in COLUMNS}
    make_table(con, "told_findings", columns, **dict.fromkeys(NUMBERS, "BIGINT"))
    con.execute(
        f"""CREATE TABLE both_findings AS
            SELECT * FROM findings WHERE type NOT IN {HEADER_TYPES} UNION ALL BY NAME SELECT * FROM told_findings"""
    )
    con.execute("DROP VIEW findings")
    con.execute(
        f"""CREATE VIEW findings AS SELECT * FROM both_findings
            QUALIFY "rowNumber" IS NULL OR "fieldNumber" IS NULL OR row_number() OVER (
              PARTITION BY "rowNumber", "fieldNumber", code
              ORDER BY list_position({[str(severity) for severity in Severity]}, severity), message_ja, cell) = 1"""
    )
