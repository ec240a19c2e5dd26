"""The verdict on cells and rows: Frictionless's, found by DuckDB.

Every *distinct* value that no SQL condition accepts goes once through the field's own cell reader of Frictionless
(``columns``), and the answer is joined back to the rows: the verdict is Frictionless's by construction, the SQL only
saves work. Words do not belong here (``words``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
from frictionless import Field

from schemas.sql import literal
from schemas.table_schema import keys, parts
from schemas.table_schema.columns import Column, ask, make_tables

FAULTS_DDL = (
    'type VARCHAR, "rowNumber" BIGINT, "fieldNumber" BIGINT, "fieldName" VARCHAR, cell VARCHAR, '
    '"constraint" VARCHAR, told MAP(VARCHAR, VARCHAR), code VARCHAR'
)
"""Columns of a table of faults. ``told``: what else its sentence needs (the other row of a duplicate …); ``code``: our
own, where type and constraint do not tell it."""


def judge(
    con: duckdb.DuckDBPyConnection,
    fields: Sequence[Field],
    *,
    primary_key: Sequence[str] = (),
    foreign_keys: Sequence[Mapping[str, Any]] = (),
    partners: Mapping[int, int] | None = None,
    cells: str = "cells",
    faults: str = "faults",
) -> None:
    """Add to table ``faults`` (:data:`FAULTS_DDL`) what is wrong in ``cells`` (see :func:`~.reading.fill`).

    ``foreign_keys`` are those to the table itself. ``partners`` (place of a column → place of another) are columns of
    which a fault tells the other's cell too. Keys of fields that the table lacks are passed over, as in Frictionless.
    """
    names = {field.name for field in fields}
    primary_key = primary_key if names.issuperset(primary_key) else ()
    key_names = {*primary_key, *(field.name for field in fields if field.constraints.get("unique"))}
    # Frictionless looks up what a key refers to even where it passes over the key.
    key_names.update(*(key["reference"]["fields"] for key in foreign_keys))
    foreign_keys = [key for key in foreign_keys if names.issuperset(key["fields"])]
    key_names.update(*(key["fields"] for key in foreign_keys))
    columns = [Column(place, field, key=field.name in key_names) for place, field in enumerate(fields, 1)]
    make_tables(con)
    filled = _find_blank_rows(con, columns, cells, faults)
    for part, places in parts.of(con, cells, len(columns)):
        told = [columns[place - 1] for place in places]
        ask(con, told, part)
        _judge_cells(con, [column for column in told if column.faulty], part, cells, faults, filled, partners or {})
        for column in told:
            if column.field.constraints.get("unique"):
                keys.judge_unique(con, part, faults, column)
    _judge_width(con, columns, cells, faults, filled)
    named = {column.field.name: column for column in columns}
    if primary_key:
        keys.judge_primary_key(con, cells, faults, [named[name] for name in primary_key])
    for key in foreign_keys:
        targets = [named[name] for name in key["fields"]]
        keys.judge_foreign_key(con, cells, faults, targets, [named.get(name) for name in key["reference"]["fields"]])
    _tell_failures(con, columns, faults)
    con.execute("DROP TABLE wrong; DROP TABLE asked")


def _find_blank_rows(con: duckdb.DuckDBPyConnection, columns: Sequence[Column], cells: str, faults: str) -> str:
    """Tell the blank rows, and return SQL that is true for the others: a blank row has no faults of its cells."""
    for part, places in parts.of(con, cells, len(columns)):
        blank = " AND ".join(columns[place - 1].missing for place in places) or "TRUE"
        if places.start == 1:
            con.execute(
                f"""INSERT INTO {faults} SELECT 'blank-row', "rowNumber", NULL, NULL, NULL, NULL, NULL, NULL
                    FROM {part} WHERE {blank}"""
            )
        else:
            # Blank so far, but not to the end.
            con.execute(
                f"""DELETE FROM {faults} WHERE type = 'blank-row' AND "rowNumber" IN (
                    SELECT "rowNumber" FROM {part} WHERE NOT ({blank}))"""
            )
        if not con.execute(f"SELECT 1 FROM {faults} WHERE type = 'blank-row' LIMIT 1").fetchall():
            return "TRUE"
    return f'"rowNumber" NOT IN (SELECT "rowNumber" FROM {faults} WHERE type = \'blank-row\')'


def _judge_cells(
    con: duckdb.DuckDBPyConnection,
    columns: Sequence[Column],
    part: str,
    cells: str,
    faults: str,
    filled: str,
    partners: Mapping[int, int],
) -> None:
    """The faults of values, at every row where they stand. A partner may stand in another ``part`` of ``cells``."""
    found = []
    for column in columns:
        partner = partners.get(column.place)
        told = f"MAP {{'partner': coalesce(c{partner}, '')}}" if partner else "NULL"
        found.append(
            f"""SELECT type, "rowNumber", {column.place}, {literal(column.field.name)},
                       coalesce({column.name}, 'None'), "constraint", {told}, NULL
                FROM {cells if partner else part}
                JOIN wrong ON place = {column.place} AND {column.name} IS NOT DISTINCT FROM raw
                WHERE {filled}"""
        )
    if found:
        con.execute(f"INSERT INTO {faults} {' UNION ALL '.join(found)}")


def _judge_width(
    con: duckdb.DuckDBPyConnection, columns: Sequence[Column], cells: str, faults: str, filled: str
) -> None:
    """Cells beyond the last field, and cells that a short row lacks."""
    width = len(columns)
    con.execute(
        f"""INSERT INTO {faults}
            SELECT 'extra-cell', "rowNumber", {width} + unnest(range(1, len(extra) + 1)), '', unnest(extra),
                   NULL, NULL, NULL
            FROM {cells} WHERE extra IS NOT NULL AND {filled}"""
    )
    names = f"[{', '.join(literal(column.field.name) for column in columns)}]::VARCHAR[]"
    con.execute(
        f"""INSERT INTO {faults}
            SELECT 'missing-cell', "rowNumber", place, list_extract({names}, place), '', NULL, NULL, NULL
            FROM (SELECT "rowNumber", unnest(range({width} - absent + 1, {width} + 1)) AS place
                  FROM {cells} WHERE absent > 0 AND {filled})"""
    )


def _tell_failures(con: duckdb.DuckDBPyConnection, columns: Sequence[Column], faults: str) -> None:
    """A fault of the schema where Frictionless itself would end with an exception: a bound that it cannot compare a
    value with, values that it cannot compare with one another.
    """
    for column in columns:
        note = f"unique: {column.field.type}" if column.unhashable else column.unread if column.beyond_bounds else None
        if note:
            con.execute(
                f"INSERT INTO {faults} VALUES ('field-error', NULL, ?, ?, NULL, NULL, MAP {{'note': ?}}, NULL)",
                [column.place, column.field.name, note],
            )
