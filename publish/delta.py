"""What changed since the release before: schema ``delta``, and the folder ``delta/`` of a release.

A release holds the values of today. So does its delta: what was before stands in the release before, and what is gone
is told by its id alone. ``release(n-1)`` with ``delta(n)`` applied is ``release(n)``, for every table.

Schema ``delta`` on a connection:

- ``changes("table", change, key, after)``: ``key`` what the row is told by (``Table.told_by``), ``after`` JSON. A
  table with keys of its own: ``added`` (``after``: the whole row), ``changed`` (only the fields that differ),
  ``removed`` (NULL). A table whose rows belong to an owner (``Table.owner``): ``replaced`` (all rows that the owner
  has now, whole and in order; an empty array where none is left). Of entities also ``merged`` and ``split``: ``key``
  is the old id and the new one. What was merged is not listed as removed; what was split off is listed as added.
- ``phones(kind, id)``: entities of both releases whose telephone numbers differ; ``publish.urgent`` tells of them.
- ``previous(version)``: the release that all this counts from, NULL where this one is the first.

Which words tell staff of it is ``publish.changes``'; the release before is never changed here.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import duckdb

from publish import delta_lines
from publish.contents import published
from schemas import rulebook
from schemas.rulebook import Table
from schemas.sql import identifier, literal

FOLDER = "delta"
URGENT = "navi/urgent-changes.json"

ITEMS = {"added": "", "changed": "after", "removed": "", "merged": "", "split": "", "replaced": "rows"}
"""Change → under which name its item in the JSON file holds what is after; an added row is the item itself."""


def kinds(table: Table) -> tuple[str, ...]:
    """The changes that a table can have, in the order of the files."""
    if table.owner:
        return ("replaced",)
    return ("added", "changed", "removed", *(("merged", "split") if table in rulebook.entity_tables() else ()))


def removed(con: duckdb.DuckDBPyConnection, before: Path | None, as_of: date) -> None:
    """Fill ``release.removed``: every id that was published up to ``before``, is in no table now and leads to no other.

    ``since`` is ``as_of`` for those that went now. An id that comes back leaves the list.
    """
    con.execute("DELETE FROM release.removed")
    if before is None:
        return
    _earlier(con, before, rulebook.published_tables())
    con.execute(
        f"""INSERT INTO release.removed
            WITH known AS (
              SELECT *, NULL::DATE AS since FROM ({_entities("before")})
              UNION ALL FROM before.removed
              UNION ALL SELECT kind, old_id, NULL FROM before.redirects WHERE change = 'merged')
            SELECT kind, entity_id, coalesce(min(since), DATE '{as_of}') FROM known
            ANTI JOIN ({_entities("release")}) USING (kind, entity_id)
            ANTI JOIN (SELECT kind, old_id AS entity_id FROM release.redirects WHERE change = 'merged')
              USING (kind, entity_id)
            GROUP BY kind, entity_id ORDER BY kind, entity_id"""
    )


def make(con: duckdb.DuckDBPyConnection, before: Path | None, tables: Sequence[Table]) -> None:
    """Make schema ``delta`` from schema ``release`` and the folder of the release before; empty without one."""
    _begin(con, before.name if before else None)
    if before is None:
        return
    _earlier(con, before, rulebook.published_tables())
    for table in tables:
        for query in _by_owner(table) if table.owner else _by_key(table):
            con.execute(f"INSERT INTO delta.changes {query}")
    con.execute(f"INSERT INTO delta.phones {_other_phones()}")


def read(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Make schema ``delta`` as the release in ``folder`` tells it in its own files."""
    _begin(con, json.loads((folder / FOLDER / "index.json").read_text(encoding="utf-8"))["previous"])
    for table in rulebook.published_tables():
        path = folder / FOLDER / f"{table.name}.json"
        for change in kinds(table) if path.exists() else ():
            item = _item_keys(table, change)
            key = ", ".join(f"item ->> {literal(name)}" for name in item)
            after = "item" if change == "added" else f"item -> {literal(ITEMS[change])}" if ITEMS[change] else "NULL"
            con.execute(
                f"""INSERT INTO delta.changes
                    SELECT {literal(table.name)}, {literal(change)}, [{key}], {after}
                    FROM (SELECT unnest(content::JSON -> '$.{change}[*]') AS item FROM read_text(?))""",
                [str(path)],
            )
    if (folder / URGENT).exists():
        con.execute(
            """INSERT INTO delta.phones SELECT item ->> 'kind', item ->> 'id'
               FROM (SELECT unnest(content::JSON -> '$.phone_changed[*]') AS item FROM read_text(?))""",
            [str(folder / URGENT)],
        )


def write(con: duckdb.DuckDBPyConnection, tables: Sequence[Table], folder: Path) -> dict[Path, int]:
    """Write schema ``delta`` into ``folder/delta``: ``<table>.json``, ``<table>.csv`` and ``index.json``.

    Returns the changes in each JSON file and the lines below the heading of each CSV. Same delta, same bytes.

    JSON: an object with ``table``, ``key`` and a list for each of the table's :func:`kinds`, one item a line:
    ``added`` whole rows; ``changed`` the key and ``after``, an object of the fields that differ; ``removed`` keys;
    ``merged`` and ``split`` ``old_id`` and ``new_id``; ``replaced`` the owner and ``rows``, whole rows.
    CSV: ``publish.delta_lines``.
    """
    into = folder / FOLDER
    into.mkdir()
    counts: dict[Path, int] = {}
    for table in tables:
        lines = into / f"{table.name}.csv"
        copied = con.execute(
            f"COPY ({delta_lines.query(table)}) TO {literal(str(lines))} (FORMAT csv, HEADER true)"
        ).fetchall()
        text, items = _document(con, table)
        (into / f"{table.name}.json").write_text(text, encoding="utf-8", newline="\n")
        counts |= {into / f"{table.name}.json": items, lines: copied[0][0]}
    index = json.dumps(_index(con, tables), ensure_ascii=False, indent=2)
    (into / "index.json").write_text(index + "\n", encoding="utf-8", newline="\n")
    return counts


def counted(con: duckdb.DuckDBPyConnection, table: Table) -> dict[str, int]:
    """How many changes of each of its kinds a table has."""
    query = 'SELECT change, count(*) FROM delta.changes WHERE "table" = ? GROUP BY change'
    found = dict(con.execute(query, [table.name]).fetchall())
    return {change: found.get(change, 0) for change in kinds(table)}


def _begin(con: duckdb.DuckDBPyConnection, previous: str | None) -> None:
    con.execute("CREATE SCHEMA IF NOT EXISTS delta")
    con.execute('CREATE OR REPLACE TABLE delta.changes ("table" VARCHAR, change VARCHAR, key VARCHAR[], after JSON)')
    con.execute("CREATE OR REPLACE TABLE delta.phones (kind VARCHAR, id VARCHAR)")
    con.execute("CREATE OR REPLACE TABLE delta.previous AS SELECT ?::VARCHAR AS version", [previous])


def _earlier(con: duckdb.DuckDBPyConnection, before: Path, tables: Sequence[Table]) -> None:
    """Schema ``before``: views of the release before, in today's columns."""
    con.execute("CREATE SCHEMA IF NOT EXISTS before")
    for table in tables:
        con.execute(f"CREATE OR REPLACE VIEW before.{identifier(table.name)} AS {published(con, table, before)}")


def _entities(schema: str) -> str:
    """The query for (kind, entity_id) of every entity."""
    return " UNION ALL ".join(
        f"SELECT {literal(table.name)} AS kind, {identifier(table.primary_key[0])} AS entity_id "
        f"FROM {schema}.{identifier(table.name)}"
        for table in rulebook.entity_tables()
    )


def _by_key(table: Table) -> list[str]:
    """The queries for the changes of a table whose rows have a key."""
    name, using = identifier(table.name), ", ".join(map(identifier, table.told_by))
    told, key = literal(table.name), _list("now", table.told_by)
    both = f"FROM release.{name} now JOIN before.{name} was USING ({using})"
    queries = [
        f"SELECT {told}, 'added', {key}, to_json({_struct('now', table)}) "
        f"FROM release.{name} now ANTI JOIN before.{name} was USING ({using})",
    ]
    if others := _others(table):
        differs = [f"now.{column} IS DISTINCT FROM was.{column}" for column in map(identifier, others)]
        after = ", ".join(
            f"CASE WHEN {unlike} THEN {literal(json.dumps(other) + ':')} "
            f"|| coalesce(to_json(now.{identifier(other)})::VARCHAR, 'null') END"
            for unlike, other in zip(differs, others, strict=True)
        )
        cells = f"[cell FOR cell IN [{after}] IF cell IS NOT NULL]"
        queries.append(
            f"SELECT {told}, 'changed', {key}, ('{{' || array_to_string({cells}, ',') || '}}')::JSON "
            f"{both} WHERE {' OR '.join(differs)}"
        )
    gone = (
        f"SELECT {told}, 'removed', {_list('was', table.told_by)}, NULL "
        f"FROM before.{name} was ANTI JOIN release.{name} now USING ({using})"
    )
    if table not in rulebook.entity_tables():
        return [*queries, gone]
    old = f"was.{identifier(table.told_by[0])}"
    redirects = f"SELECT * FROM release.redirects WHERE kind = {told} AND change ="
    queries.append(f"{gone} ANTI JOIN ({redirects} 'merged') led ON led.old_id = {old}")
    queries.append(
        f"SELECT {told}, 'merged', [led.old_id, led.new_id], NULL FROM ({redirects} 'merged') led "
        f"JOIN before.{name} was ON led.old_id = {old} ANTI JOIN release.{name} now USING ({using})"
    )
    queries.append(
        f"SELECT {told}, 'split', [old_id, new_id], NULL FROM ({redirects} 'split') parted "
        "ANTI JOIN before.redirects told USING (kind, change, old_id, new_id)"
    )
    return queries


def _by_owner(table: Table) -> list[str]:
    """The query for the owners whose rows differ, with all their rows in order."""
    name, using = identifier(table.name), ", ".join(map(identifier, table.owner))
    order = ", ".join(f"now.{identifier(field.name)}" for field in table.published_fields)
    present = f"now.{identifier(table.owner[0])} IS NOT NULL"
    columns = ", ".join(identifier(field.name) for field in table.published_fields)
    return [
        # A row may stand there twice, so that rows are counted and not just looked for.
        f"""WITH differing AS (
              SELECT DISTINCT {using} FROM (
                SELECT {columns} FROM (
                  SELECT *, 1 AS held FROM release.{name} UNION ALL BY NAME SELECT *, -1 AS held FROM before.{name})
                GROUP BY {columns} HAVING sum(held) <> 0))
            SELECT {literal(table.name)}, 'replaced', {_list("owner", table.owner)},
              coalesce(to_json(list({_struct("now", table)} ORDER BY {order}) FILTER ({present})), '[]')
            FROM differing owner LEFT JOIN release.{name} now USING ({using}) GROUP BY ALL"""
    ]


def _other_phones() -> str:
    """The query for ``phones``."""
    numbers = """SELECT owner_kind AS kind, owner_id AS entity_id, value, extension
                 FROM {0}.contact_points WHERE kind = 'phone'
                 UNION ALL SELECT 'hotlines', hotline_id, number, NULL FROM {0}.hotlines"""
    now, was = (f"({numbers.format(schema)})" for schema in ("release", "before"))
    return f"""SELECT DISTINCT kind, entity_id
               FROM ((FROM {now} EXCEPT FROM {was}) UNION ALL (FROM {was} EXCEPT FROM {now}))
               SEMI JOIN ({_entities("release")}) USING (kind, entity_id)
               SEMI JOIN ({_entities("before")}) USING (kind, entity_id) ORDER BY ALL"""


def _index(con: duckdb.DuckDBPyConnection, tables: Sequence[Table]) -> dict[str, object]:
    ((previous,),) = con.execute("SELECT version FROM delta.previous").fetchall()
    told = [
        {"name": table.name, "title": table.title, "key": list(table.told_by)} | counted(con, table) for table in tables
    ]
    return {"previous": previous, "tables": told}


def _document(con: duckdb.DuckDBPyConnection, table: Table) -> tuple[str, int]:
    """The JSON file of a table, and how many items it holds."""
    parts = [f'"table": {json.dumps(table.name)}', f'"key": {json.dumps(list(table.told_by))}']
    total = 0
    for change in kinds(table):
        cells = [f"{literal(name)}, key[{at}]" for at, name in enumerate(_item_keys(table, change), 1)]
        if ITEMS[change]:
            cells.append(f"{literal(ITEMS[change])}, after")
        item = "after" if change == "added" else f"json_object({', '.join(cells)})"
        query = f'SELECT {item}::VARCHAR FROM delta.changes WHERE "table" = ? AND change = ? ORDER BY key'
        items = [text for (text,) in con.execute(query, [table.name, change]).fetchall()]
        total += len(items)
        parts.append(f'"{change}": [' + ("\n" + ",\n".join(items) + "\n" if items else "") + "]")
    return "{\n" + ",\n".join(parts) + "\n}\n", total


def _item_keys(table: Table, change: str) -> tuple[str, ...]:
    return ("old_id", "new_id") if change in ("merged", "split") else table.told_by


def _others(table: Table) -> list[str]:
    return [field.name for field in table.published_fields if field.name not in table.told_by]


def _struct(alias: str, table: Table) -> str:
    cells = (f"{literal(field.name)}: {alias}.{identifier(field.name)}" for field in table.published_fields)
    return f"{{{', '.join(cells)}}}"


def _list(alias: str, names: Sequence[str]) -> str:
    return f"[{', '.join(f'{alias}.{identifier(name)}' for name in names)}]"
