"""``navi/urgent-changes.json``: what a program that answers people must not tell any longer.

Of everything that can be an answer (services, organizations, places, programs, hotlines), and nothing else:

    {"version": "2026-11-24",          this release
     "previous": "2026-11-23",         what it is compared with; null for the first release: take the whole
     "gone": [{"kind", "id"}],         ended or withdrawn; no values and no reason
     "moved": [{"kind", "id", "new_id"}],    known by another id now: one and the same with another record
     "phone_changed": [{"kind", "id", "name", "phones": [{"value", "extension", "purpose"}]}]}
                                       the telephone numbers it has now, as ``contact_points`` has them; may be none

``kind`` is the table of the record, ``id`` and ``new_id`` are ids in it; each list is ordered by kind and id, and there
are no other keys. ``extension`` and ``purpose`` are null where none is known. A program that has missed a release takes
the whole data anew: these are the changes since ``previous`` alone, and ``delta/`` has all others.
"""

from __future__ import annotations

from typing import Any

import duckdb

from schemas import rulebook
from schemas.rulebook import Field, Table
from schemas.sql import identifier, literal


def build(con: duckdb.DuckDBPyConnection, version: str, before: str | None) -> dict[str, Any]:
    """The document, from schemas ``delta`` and ``release``."""
    return {
        "version": version,
        "previous": before,
        "gone": [{"kind": kind, "id": key[0]} for kind, key in _entities(con, "removed")],
        "moved": [{"kind": kind, "id": key[0], "new_id": key[1]} for kind, key in _entities(con, "merged")],
        "phone_changed": _phones(con),
    }


def name_of(table: Table) -> Field:
    """The field by which people call an entity of that table."""
    return next(field for field in table.published_fields if field.reads == "name")


def _entities(con: duckdb.DuckDBPyConnection, change: str) -> list[tuple[str, list[str]]]:
    kinds = [table.name for table in rulebook.entity_tables()]
    query = 'SELECT "table", key FROM delta.changes WHERE change = ? AND list_contains(?, "table") ORDER BY ALL'
    return [(kind, list(key)) for kind, key in con.execute(query, [change, kinds]).fetchall()]


def _phones(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    names = " UNION ALL ".join(
        f"SELECT {literal(table.name)} AS kind, {identifier(table.primary_key[0])} AS id, "
        f"{identifier(name_of(table).name)} AS name FROM release.{identifier(table.name)}"
        for table in rulebook.entity_tables()
    )
    query = f"""
        WITH numbers AS (
          SELECT owner_kind AS kind, owner_id AS id, value, extension, purpose
          FROM release.contact_points WHERE kind = 'phone' AND value IS NOT NULL
          UNION ALL SELECT 'hotlines', hotline_id, number, NULL, NULL FROM release.hotlines WHERE number IS NOT NULL)
        SELECT p.kind, p.id, e.name,
          coalesce(list({{'value': n.value, 'extension': n.extension, 'purpose': n.purpose}}
                        ORDER BY n.value, n.extension, n.purpose) FILTER (n.value IS NOT NULL), [])
        FROM delta.phones p JOIN ({names}) e USING (kind, id) LEFT JOIN numbers n USING (kind, id)
        GROUP BY ALL ORDER BY p.kind, p.id"""
    columns = ("kind", "id", "name", "phones")
    return [dict(zip(columns, row, strict=True)) for row in con.execute(query).fetchall()]
