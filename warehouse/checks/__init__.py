"""Checks across records and sources: one SQL file each, named for its finding, below the table that it is about.

A file selects ``record_id``, ``field`` (whose value is told) and ``expected``, in a total order, from the tables
``accepted_<table>`` of the night, ``folded_names`` (:mod:`warehouse.names`) and ``getvariable('as_of')``. Its head
says what it means and when it does not apply, and its ``version``. What one record alone can tell is ``schemas``'.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import duckdb

from schemas import messages, rulebook
from schemas.finding import Finding

ROOT = Path(__file__).parent
_VERSION = re.compile(r"^-- version: (\d+)$", re.MULTILINE)


def found(con: duckdb.DuckDBPyConnection, table: str, as_of: date) -> list[Finding]:
    """The findings of every check about ``table``, by check and in its order."""
    told = rulebook.table(table)
    con.execute(f"SET VARIABLE as_of = DATE '{as_of}'")
    findings = []
    for code, sql, version in _checks(table):
        for record_id, name, expected, value, source, file, row in con.execute(_located(told, sql)).fetchall():
            finding = messages.cell_finding(
                code,
                told,
                told.field(name),
                source=source,
                file=file,
                row=row,
                column=None,
                value=value,
                expected=expected,
                record_id=record_id,
                usable=False,
                subject=True,
                reads=None,
            )
            findings.append(replace(finding, version=version))
    return findings


@cache
def _checks(table: str) -> tuple[tuple[str, str, int], ...]:
    return tuple(_read(ROOT / table))


def _read(folder: Path) -> Iterator[tuple[str, str, int]]:
    for path in sorted(folder.glob("*.sql")):
        sql = path.read_text(encoding="utf-8")
        version = _VERSION.search(sql)
        if version is None:
            raise ValueError(f"{folder.name}/{path.name}: -- version: がありません")
        yield path.stem, sql, int(version[1])


def _located(table: rulebook.Table, sql: str) -> str:
    """The check's rows with the value of the field that it names, and where the record came from."""
    values = " ".join(f"WHEN '{field.name}' THEN a.\"{field.name}\"::VARCHAR" for field in table.record_fields)
    return (
        f'SELECT c.record_id, c.field, c.expected, CASE c.field {values} END, a.source, a.file, a."row" '
        f"FROM ({sql}) c JOIN accepted_{table.name} a USING (record_id) ORDER BY c.record_id, c.field, c.expected"
    )
