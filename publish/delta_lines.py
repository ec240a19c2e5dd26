"""The lines of a table's ``delta/<table>.csv``: one field a line, for people and for programs that know no JSON.

As the release's ``csv`` spells it: UTF-8, LF, Japanese headings, values as they are. Columns: 差分 (``added``,
``changed``, ``removed``, ``merged``, ``split``, ``replaced``), what the row is told by, 行 (of a table told by owner:
the number of the row among the owner's), 項目 (heading of the field), 新しい値 (empty: it has none now).

- Of a row that was added, or that its owner has now, a line for each field with a value beside its key; where none has
  one, a single line without 項目. Of a row that changed a line for each field that differs.
- Of what is gone a single line with the key alone; of an owner that has no row left one without 行.
- Of what was merged or split a line in which 新しい値 is the other id, and 項目 the heading of the key.

What changed is ``publish.delta``'s.
"""

from __future__ import annotations

import json

from publish.exporters import rows
from schemas.rulebook import Field, Table
from schemas.sql import identifier, literal

CELL = 'STRUCT(nth INTEGER, field VARCHAR, "value" VARCHAR)'


def query(table: Table) -> str:
    """The query for the lines of ``table`` from ``delta.changes``, in their total order."""
    key = [table.field(name) for name in table.told_by]
    fields = [field for field in table.published_fields if field not in key]
    cells = ", ".join(_cell(field, nth) for nth, field in enumerate(fields))
    headings = [f"key[{nth}] AS {identifier(field.title)}" for nth, field in enumerate(key, 1)]
    columns = ["change AS 差分", *headings, *(["line AS 行"] if table.owner else []), "cell.field AS 項目"]
    return f"""
        WITH entries AS ({_rows_of_owners(table) if table.owner else _rows(table)}),
        typed AS (SELECT *, from_json(after, {literal(_types(table))}) AS source FROM entries),
        told AS (
          SELECT change, key, line, [cell FOR cell IN [{cells}]::{CELL}[] IF cell IS NOT NULL] AS cells FROM typed),
        lines AS (
          SELECT change, key, line, unnest(CASE
            WHEN change IN ('merged', 'split') THEN [{{'nth': 0, 'field': {literal(key[0].title)}, 'value': key[2]}}]
            WHEN cells = [] THEN [{{'nth': 0, 'field': NULL, 'value': NULL}}] ELSE cells END) AS cell
          FROM told)
        SELECT {", ".join(columns)}, cell."value" AS 新しい値 FROM lines ORDER BY change, key, line, cell.nth"""


def _rows(table: Table) -> str:
    return f'SELECT change, key, NULL AS line, after FROM delta.changes WHERE "table" = {literal(table.name)}'


def _rows_of_owners(table: Table) -> str:
    return f"""
        SELECT change, key, CASE WHEN json_array_length(after) > 0 THEN nth + 1 END AS line, after -> nth AS after
        FROM (
          SELECT *, unnest(range(greatest(json_array_length(after), 1)::BIGINT)) AS nth
          FROM delta.changes WHERE "table" = {literal(table.name)})"""


def _cell(field: Field, nth: int) -> str:
    """A line's number, field and value; NULL where there is none to write."""
    value = f"CAST({rows.text(field)} AS VARCHAR)"
    differs = f"json_exists(after, {literal('$.' + field.name)})"
    told = f"CASE change WHEN 'changed' THEN {differs} ELSE {value} IS NOT NULL END"
    return f"CASE WHEN {told} THEN {{'nth': {nth}, 'field': {literal(field.title)}, 'value': {value}}} END"


def _types(table: Table) -> str:
    """The structure by which DuckDB reads the JSON of a row."""
    return json.dumps({f.name: ["VARCHAR"] if f.many else f.duckdb_type for f in table.published_fields})
