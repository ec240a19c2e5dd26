"""The accepted rows of a report, typed: what a program wants that goes on with a validated table.

Values have the type that their field says, as Frictionless reads them. Which rows are accepted is for the findings to
say; nothing is judged here.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

import duckdb
from frictionless import Field

from schemas.finding import Severity
from schemas.report import Report
from schemas.sql import identifier
from schemas.table_schema import conditions

TYPES = {
    "integer": "BIGINT",
    "number": "DOUBLE",
    "year": "BIGINT",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "datetime": "TIMESTAMP",
    "time": "TIME",
}
"""DuckDB's type of a field's type; the values of all others stay text. Datetimes with an offset are UTC."""


def accepted(report: Report) -> duckdb.DuckDBPyRelation:
    """The rows that are not blank and have no finding worse than a note.

    ``"rowNumber"`` and a column for each field, by its name. Null is what the field's missing values say. A column some
    of whose values DuckDB's type cannot hold (integers of more than 64 bits) stays text: nothing is lost.
    """
    con = report.con
    fields = [Field.from_descriptor(dict(told)) for told in report.fields]
    faulty = f"""SELECT "rowNumber" FROM findings WHERE "rowNumber" IS NOT NULL
                 AND (severity <> '{Severity.NOTE}' OR type = 'blank-row')"""
    con.execute(f'CREATE OR REPLACE TABLE accepted_rows AS SELECT * FROM cells WHERE "rowNumber" NOT IN ({faulty})')
    selected, joins = ['"rowNumber"'], []
    for place, field in enumerate(fields, 1):
        column, table = f"c{place}", f"typed_{place}"
        value = column
        if field.type in TYPES:
            _read(con, field, column, table)
            joins.append(f"LEFT JOIN {table} ON {table}.raw = {column}")
            value = _cast(con, field, column, table, joins[-1])
        filled = f"NOT {conditions.missing(field, column)}"
        selected.append(f"CASE WHEN {filled} THEN {value} END AS {identifier(field.name)}")
    return con.sql(f'SELECT {", ".join(selected)} FROM accepted_rows {" ".join(joins)} ORDER BY "rowNumber"')


def _read(con: duckdb.DuckDBPyConnection, field: Field, column: str, table: str) -> None:
    """Make ``table`` (raw, value): the texts that DuckDB might read otherwise, as Frictionless reads them."""
    read = field.create_value_reader()
    plain = _plain(field, column)
    query = (
        f"SELECT DISTINCT {column} FROM accepted_rows WHERE NOT {conditions.missing(field, column)} AND NOT ({plain})"
    )
    raws = [raw for (raw,) in con.execute(query).fetchall()]
    con.execute(
        f"CREATE OR REPLACE TABLE {table} AS SELECT unnest(?::VARCHAR[]) AS raw, unnest(?::VARCHAR[]) AS value",
        [raws, [_text(read(raw)) for raw in raws]],
    )


def _plain(field: Field, column: str) -> str:
    """SQL: text that DuckDB's cast reads as Frictionless does."""
    if field.type == "boolean":
        return "FALSE"
    bare = Field.from_descriptor({"type": field.type, "name": field.name})
    custom = set(field.list_defined()) & {"format", "bare_number", "group_char", "decimal_char"}
    return "FALSE" if custom else f"coalesce({conditions.accepts(bare, column)}, FALSE)"


def _text(value: Any) -> str:
    if isinstance(value, datetime) and value.tzinfo is not None:
        value = value.astimezone(UTC).replace(tzinfo=None)
    return value.isoformat() if isinstance(value, date | datetime | time) else str(value)


def _cast(con: duckdb.DuckDBPyConnection, field: Field, column: str, table: str, join: str) -> str:
    """SQL of the typed value; of its text, if the type cannot hold them all."""
    text, kind = f"coalesce({table}.value, {column})", TYPES[field.type]
    beyond = f"NOT {conditions.missing(field, column)} AND TRY_CAST({text} AS {kind}) IS NULL"
    lost = con.execute(f"SELECT 1 FROM accepted_rows {join} WHERE {beyond} LIMIT 1").fetchall()
    return text if lost else f"CAST({text} AS {kind})"
