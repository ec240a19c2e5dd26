"""Which value an entity has: by field, from the record that should know best.

Every golden value equals some record's value, save that the areas of one desk are put together and that the code list
of service types says what a statutory service is for; values that belong together come from one record. How much of
``place`` values may be told is ``visibility``'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from schemas import engine, rulebook
from schemas.rulebook import Table
from schemas.sql import make_table

ROOT = Path(__file__).parent
HOTLINES = ROOT / "hotlines.sql"

CONFIRMED = ("last_confirmed_on", "verified_on")
"""The field that says when a record was last confirmed; each kind has one of them. A day to come confirms nothing
(check ``confirmed-in-future``).
"""

ORDER = {
    "authority": "rank",
    "confirmed": "observed_on DESC NULLS LAST",
    "filled": "filled DESC",
}
"""What the rulebook's survivorship may ask of the records of an entity, in SQL; ``filled`` counts fields."""

TOGETHER = (
    ("address", "municipality_code", "address_building", "postal_code"),
    ("latitude", "longitude"),
)
"""Fields that come from one record: the best that has the first-named, else the best that has any of them."""

BEHIND = 10**12
"""More than there are records: who lacks the first-named field stands behind everyone who has it."""

ENTITIES = {
    "organizations": "organization_id",
    "places": "place_id",
    "services": "service_id",
    "programs": "program_id",
    "hotlines": "hotline_id",
}
"""Kind of entity → the field that holds its id."""

SAYS_WHEN = ("weekdays", "recurrence", "opens", "closes")
"""Fields of a schedule of which it tells at least one."""


def make_sources(con: duckdb.DuckDBPyConnection, told: Sequence[tuple[str, str, str | None]]) -> None:
    """Make ``authorities`` (source, rank, dated) of what each source tells of itself: id, authority, ISO date."""
    ranks = list(rulebook.survivorship().authorities)
    columns: dict[str, list[Any]] = {
        "source": [source for source, _, _ in told],
        "rank": [ranks.index(authority) for _, authority, _ in told],
        "dated": [dated for _, _, dated in told],
    }
    make_table(con, "authorities", columns, rank="INT", dated="DATE")


def make_tables(con: duckdb.DuckDBPyConnection, as_of: date) -> None:
    """Make the golden tables from the current accepted records and ``members``, and ``provenance``.

    Needs ``authorities`` (:func:`make_sources`).
    """
    con.execute(
        """CREATE OR REPLACE TEMP TABLE origins (
             kind VARCHAR, entity_id VARCHAR, field VARCHAR, source VARCHAR, record_id VARCHAR, observed_on DATE)"""
    )
    for kind in ENTITIES:
        _make_entities(con, kind, as_of)
    _fill_from_service_types(con)
    con.execute((ROOT / "provenance.sql").read_text(encoding="utf-8"))
    _join_areas(con)
    con.execute(HOTLINES.read_text(encoding="utf-8"))
    con.execute(
        """CREATE TABLE service_places AS SELECT DISTINCT s.entity_id AS service_id, p.entity_id AS place_id
           FROM members s JOIN members p USING (record_id)
           WHERE s.kind = 'services' AND p.kind = 'places' ORDER BY ALL"""
    )
    con.execute(
        f"""CREATE TABLE jurisdictions AS
           SELECT municipality_code, desk_type, entity_id AS service_id, min(valid_from) AS valid_from,
             max(verified_on) FILTER (verified_on <= DATE '{as_of}') AS verified_on,
             string_agg(DISTINCT a.source, ';' ORDER BY a.source) AS sources
           FROM accepted_jurisdictions a JOIN members m ON m.kind = 'services' AND m.record_id = a.record_id
           GROUP BY municipality_code, desk_type, entity_id ORDER BY ALL"""
    )
    for name in ("schedules", "contact_points"):
        _make_hanging(con, rulebook.table(name))


def confirmed(kind: str) -> str:
    """The field of that kind of record that says when it was last confirmed."""
    (name,) = [field.name for field in rulebook.table(kind).record_fields if field.name in CONFIRMED]
    return name


def _make_entities(con: duckdb.DuckDBPyConnection, kind: str, as_of: date) -> None:
    """The golden table of one kind, and to ``origins`` whose value each field has."""
    table = rulebook.table(kind)
    supplied = [field.name for field in table.record_fields if field.name != "record_id"]
    _line_up(con, kind, supplied, as_of)
    together = {name: group for group in TOGETHER for name in group if name in supplied}
    chosen = ["entity_id", "string_agg(DISTINCT source, ';' ORDER BY source) AS sources"]
    told = []
    for name in [*supplied, "organization_id"]:
        group = [field for field in together.get(name, (name,)) if field in (*supplied, "organization_id")]
        some = " OR ".join(f'"{field}" IS NOT NULL' for field in group)
        line = f'place_in_line + {BEHIND} * ("{group[0]}" IS NULL)::BIGINT'
        chosen.append(f'arg_min_null("{name}", {line}) FILTER ({some}) AS "{name}"')
        if name in supplied:
            value = f'arg_min_null("{name}", {line}) FILTER ({some}) IS NOT NULL'
            told.append(f'CASE WHEN {value} THEN min({line}) FILTER ({some}) % {BEHIND} END AS "{name}"')
    con.execute(f"CREATE OR REPLACE TEMP TABLE chosen AS SELECT {', '.join(chosen)} FROM lined GROUP BY entity_id")
    columns = ", ".join(
        f'entity_id AS "{field.name}"' if field.name == ENTITIES[kind] else f'"{field.name}"'
        for field in table.entity_fields
    )
    con.execute(f"CREATE TABLE {kind} AS SELECT {columns} FROM chosen ORDER BY 1")
    con.execute(
        f"""INSERT INTO origins SELECT '{kind}', w.entity_id, field, source, record_id, observed_on
            FROM (UNPIVOT (SELECT entity_id, {", ".join(told)} FROM lined GROUP BY entity_id)
                  ON * EXCLUDE (entity_id) INTO NAME field VALUE place_in_line) w JOIN lined USING (place_in_line)"""
    )


def _line_up(con: duckdb.DuckDBPyConnection, kind: str, supplied: Sequence[str], as_of: date) -> None:
    """``lined``: the records of the kind in the order of the rulebook's survivorship (``place_in_line``)."""
    when = confirmed(kind)
    order = ", ".join([*(ORDER[one] for one in rulebook.survivorship().order), "record_id"])
    filled = " + ".join(f'(a."{name}" IS NOT NULL)::INT' for name in supplied)
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE lined AS
            SELECT *, row_number() OVER (ORDER BY {order}) AS place_in_line FROM (
              SELECT a.* REPLACE (CASE WHEN a.{when} <= DATE '{as_of}' THEN a.{when} END AS {when}),
                m.entity_id, o.entity_id AS organization_id, s.rank, {filled} AS filled,
                coalesce(CASE WHEN a.{when} <= DATE '{as_of}' THEN a.{when} END, s.dated) AS observed_on
              FROM accepted_{kind} a JOIN members m ON m.kind = '{kind}' AND m.record_id = a.record_id
              JOIN authorities s ON s.source = a.source
              LEFT JOIN members o ON o.kind = 'organizations' AND o.record_id = a.record_id)"""
    )


def _fill_from_service_types(con: duckdb.DuckDBPyConnection) -> None:
    """What a statutory service is for stands in the code list; what a source itself said comes first."""
    engine.register_code_list(con, "service_types")
    for name in ("support_categories", "troubles", "audiences"):
        con.execute(
            f"""UPDATE services SET "{name}" = nullif(t."{name}", '') FROM codes_service_types t
                WHERE services."{name}" IS NULL AND t.code = services.service_type"""
        )


def _join_areas(con: duckdb.DuckDBPyConnection) -> None:
    """A desk that a source names in several rows serves the areas of all of them."""
    con.execute(
        """UPDATE services SET area_codes = told.codes FROM (
             SELECT m.entity_id, string_agg(DISTINCT code, ';' ORDER BY code) AS codes
             FROM (SELECT record_id, unnest(string_split(area_codes, ';')) AS code FROM accepted_services
                   SEMI JOIN desks USING (record_id)) a
             JOIN members m ON m.kind = 'services' AND m.record_id = a.record_id GROUP BY m.entity_id) told
           WHERE told.entity_id = services.service_id"""
    )


def _make_hanging(con: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Contact points and schedules of the entities; the same one told twice stands once, and a schedule that tells
    neither days nor times not at all.
    """
    said = " OR ".join(f'a."{name}" IS NOT NULL' for name in SAYS_WHEN) if table.name == "schedules" else "TRUE"
    columns = ", ".join(
        "m.entity_id AS owner_id" if f.name == "owner_id" else f'a."{f.name}"' for f in table.entity_fields
    )
    con.execute(
        f"""CREATE TABLE {table.name} AS SELECT DISTINCT {columns} FROM accepted_{table.name} a
            JOIN members m ON m.kind = a.owner_kind AND m.record_id = a.record_id WHERE {said} ORDER BY ALL"""
    )
