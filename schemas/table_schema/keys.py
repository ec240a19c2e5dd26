"""What rows say of one another: ``unique``, ``primaryKey``, and ``foreignKeys`` to the table itself.

Set operations on the keys that ``columns`` gives; each adds to the table of faults (see ``judging.FAULTS_DDL``). Two
cells are equal if Frictionless's typed values are; NaN equals nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from schemas.sql import literal
from schemas.table_schema.columns import Column

FAMILY = {"string": "s", "any": "s", "integer": "n", "number": "n", "boolean": "n", "year": "n", "date": "d"}
"""Types whose values may be equal across columns share a letter; the keys of the others are unique by themselves."""

NAN = "NaN"


def judge_unique(con: duckdb.DuckDBPyConnection, cells: str, faults: str, column: Column) -> None:
    """``unique-error`` for every cell whose value stands in a row before; its ``cell`` is the typed value as text."""
    what = f"'unique-error', r.\"rowNumber\", {column.place}, {literal(column.field.name)}, r.shown, NULL"
    _twice(con, cells, faults, [column], what, column.shown)


def judge_primary_key(con: duckdb.DuckDBPyConnection, cells: str, faults: str, columns: Sequence[Column]) -> None:
    """``primary-key`` for every row whose key stands in a row before, and (``required``) for keys that are all null.

    Of a key that is null although it is filled its ``values`` are told; of that of a blank row, that it is ``blank``.
    """
    _twice(con, cells, faults, columns, "'primary-key', r.\"rowNumber\", NULL, NULL, NULL, NULL", "NULL")
    empty = " AND ".join(f"{column.equal} IS NULL" for column in columns)
    values = ", ".join(f"CASE WHEN NOT {column.missing} THEN {column.name} END" for column in columns)
    blank = f'"rowNumber" IN (SELECT "rowNumber" FROM {faults} WHERE type = \'blank-row\')'
    told = f"MAP {{'blank': CASE WHEN {blank} THEN 'blank' ELSE '' END, 'values': concat_ws('、', {values})}}"
    con.execute(
        f"""INSERT INTO {faults}
            SELECT 'primary-key', "rowNumber", NULL, NULL, NULL, 'required', map_concat({told}, {_told(columns)}), NULL
            FROM {cells} {_joins(columns)} WHERE {empty}"""
    )


def judge_foreign_key(
    con: duckdb.DuckDBPyConnection, cells: str, faults: str, targets: Sequence[Column], sources: Sequence[Column | None]
) -> None:
    """``foreign-key`` for every row whose ``targets``, unless all null, stand nowhere as ``sources``.

    A source is None where the table lacks the field that the key refers to: it is null in every row.
    """
    places = range(len(targets))
    here = ", ".join(f"{_in_family(column)} AS k{at}" for at, column in enumerate(targets))
    there = ", ".join(f"{_in_family(column) if column else 'NULL'} AS k{at}" for at, column in enumerate(sources))
    values = ", ".join(f"coalesce({column.name}, '')" for column in targets)
    nan = " OR ".join(f"coalesce(d.k{at} = 'n{NAN}', FALSE)" for at in places)
    con.execute(
        f"""INSERT INTO {faults}
            WITH rows_keyed AS (
                   SELECT "rowNumber", {here}, concat_ws('、', {values}) AS "values" FROM {cells} {_joins(targets)}),
                 known AS (
                   SELECT DISTINCT {there} FROM {cells} {_joins([column for column in sources if column])})
            SELECT 'foreign-key', "rowNumber", NULL, NULL, NULL, NULL,
                   map_concat({_told(targets)}, MAP {{'values': "values"}}), NULL
            FROM rows_keyed r
            WHERE ({" OR ".join(f"k{at} IS NOT NULL" for at in places)}) AND NOT EXISTS (
                SELECT 1 FROM known d
                WHERE {" AND ".join(f"r.k{at} IS NOT DISTINCT FROM d.k{at}" for at in places)} AND NOT ({nan}))"""
    )


def _twice(
    con: duckdb.DuckDBPyConnection, cells: str, faults: str, columns: Sequence[Column], what: str, shown: str
) -> None:
    """Add ``what`` for every row whose key stands in a row before; keys that are all null are passed over."""
    keys = [f"k{column.place}" for column in columns]
    keyed = ", ".join(f"{column.equal} AS {key}" for column, key in zip(columns, keys, strict=True))
    numbers = [key for column, key in zip(columns, keys, strict=True) if column.field.type == "number"]
    nan = " OR ".join(f"coalesce({key} = '{NAN}', FALSE)" for key in numbers) or "FALSE"
    con.execute(
        f"""INSERT INTO {faults}
            WITH keyed AS (SELECT "rowNumber", {keyed}, {shown} AS shown FROM {cells} {_joins(columns)}),
                 twice AS (SELECT {", ".join(keys)}, min("rowNumber") AS first FROM keyed
                           WHERE ({" OR ".join(f"{key} IS NOT NULL" for key in keys)}) AND NOT ({nan})
                           GROUP BY ALL HAVING count(*) > 1)
            SELECT {what}, map_concat({_told(columns)}, MAP {{'other': t.first::VARCHAR}}), NULL
            FROM keyed r JOIN twice t ON {" AND ".join(f"r.{key} IS NOT DISTINCT FROM t.{key}" for key in keys)}
            WHERE r."rowNumber" > t.first"""
    )


def _joins(columns: Sequence[Column]) -> str:
    return " ".join(dict.fromkeys(column.join for column in columns))


def _told(columns: Sequence[Column]) -> str:
    names = "、".join(column.field.title or column.field.name for column in columns)
    return f"MAP {{'columns': {literal(names)}}}"


def _in_family(column: Column) -> str:
    """SQL: like ``equal``, comparable with columns of other types."""
    return f"{literal(FAMILY.get(column.field.type, ''))} || {column.equal}"
