"""A report in the shape of Frictionless's own, for those who have tools for it.

Types, titles, descriptions, tags and templates are Frictionless's; the ``note`` is our sentence, in the language that
was asked for. It can be loaded with ``frictionless.Report.from_descriptor``. No time is told.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import PurePath
from typing import Any, BinaryIO

from frictionless import errors, helpers, system

from schemas.report import Report
from sources.answers import wording

BATCH = 5_000
"""Findings in Python's hands at a time."""


def write(report: Report, file: BinaryIO, lang: str, limit: int | None) -> None:
    """Write the report as one JSON object, an error a line. ``limit`` shortens ``errors`` and changes nothing else."""
    count = report.count
    stats = {"errors": count, "warnings": 0, "seconds": 0}
    name = helpers.slugify(PurePath(report.file).stem, regex_pattern=r"[^-a-z0-9._/]") or "table"
    task: dict[str, Any] = {
        "name": name,
        "type": "table",
        "valid": not count,
        "place": report.file,
        "labels": report.labels,
        "stats": stats | {"fields": len(report.labels), "rows": report.rows},
        "warnings": [],
    }
    told = {"valid": not count, "stats": {"tasks": 1} | stats, "warnings": [], "errors": []}
    file.write(f'{_json(told)[:-1]}, "tasks": [{_json(task)[:-1]}, "errors": ['.encode())
    for place, error in enumerate(_errors(report, lang, limit)):
        file.write((",\n" if place else "\n").encode() + _json(error).encode())
    file.write(b"\n]}]}\n")


def _errors(report: Report, lang: str, limit: int | None) -> Iterator[dict[str, Any]]:
    """The errors in the order of the findings, each with the cells of its row."""
    columns = report.columns
    findings = report.findings(limit)
    while batch := list(islice(findings, BATCH)):
        cells = _cells(report, columns, {finding["rowNumber"] for finding in batch}) if columns else {}
        for finding in batch:
            yield _error(finding, wording.message(finding, lang), report, cells.get(finding["rowNumber"], []))


def _cells(report: Report, columns: list[str], numbers: set[int | None]) -> dict[int, list[str]]:
    """The cells of those rows, by row number."""
    query = (
        f'SELECT "rowNumber", list_concat([{", ".join(columns)}], extra) FROM cells '
        'WHERE "rowNumber" IN (SELECT unnest(?::BIGINT[]))'
    )
    found = report.con.cursor().execute(query, [sorted(number for number in numbers if number is not None)])
    return {number: [cell or "" for cell in cells] for number, cells in found.fetchall()}


def _error(finding: dict[str, Any], note: str, report: Report, cells: list[str]) -> dict[str, Any]:
    """One error, with what its class asks for; where the finding knows less, a blank or 0."""
    told = _class(finding["type"])
    number = finding["fieldNumber"] or 0
    field = {"fieldName": finding["fieldName"] or "", "fieldNumber": number}
    known: dict[str, Any] = {}
    if issubclass(told, errors.RowError):
        known |= {"cells": cells, "rowNumber": finding["rowNumber"] or 0}
    if issubclass(told, errors.CellError):
        known |= {"cell": finding["cell"] or ""} | field
    if issubclass(told, errors.ForeignKeyError):
        known |= {"fieldNames": [], "fieldCells": [], "referenceName": "", "referenceFieldNames": []}
    if issubclass(told, errors.HeaderError):
        known |= {"labels": report.labels, "rowNumbers": [report.header_row]}
    if issubclass(told, errors.LabelError):
        known |= {"label": report.labels[number - 1] if 0 < number <= len(report.labels) else ""} | field
    return {
        "type": told.type,
        "title": told.title,
        "description": told.description,
        "message": helpers.safe_format(told.template, known | {"note": note}),
        "tags": told.tags,
        "note": note,
        **known,
    }


@cache
def _class(kind: str) -> Any:
    return system.select_error_class(kind)


def _json(told: dict[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False)
