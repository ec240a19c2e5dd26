"""What may leave the house: the golden tables reduced to publishable columns and values.

Every exporter reads the schema ``public`` made here and nothing else. A field's class and level stand in the
rulebook, a place's visibility in the warehouse. Withheld looks exactly like not supplied (data model, Privacy).
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from schemas import rulebook
from schemas.rulebook import Table

OWNERS = {
    "organizations": "SELECT organization_id AS id, address_visibility AS visibility FROM warehouse.organizations",
    "places": "SELECT place_id AS id, address_visibility AS visibility FROM warehouse.places",
    # A service is where its most protected place is.
    "services": """SELECT s.service_id AS id,
        CASE WHEN bool_or(p.address_visibility = 'hidden') THEN 'hidden'
             WHEN bool_or(p.address_visibility = 'municipality') THEN 'municipality' ELSE 'public' END AS visibility
      FROM warehouse.services s LEFT JOIN warehouse.service_places sp USING (service_id)
      LEFT JOIN warehouse.places p USING (place_id) GROUP BY s.service_id""",
}
"""Kind → the visibility of each entity of it."""

NAMES_NO_DISTRICT = r"^(\+81(120|800|570|50|70|80|90)|#|1[0-9]{2}$)"
"""Numbers that do not tell a district: free, navigation, IP and mobile numbers and short dials."""


def open_public(warehouse: Path) -> duckdb.DuckDBPyConnection:
    """A connection with schema ``public`` (a table per rulebook table: its ``published_fields``, typed) and the
    warehouse attached read-only as ``warehouse``. The caller closes it.
    """
    con = duckdb.connect()
    con.execute(f"ATTACH '{warehouse}' AS warehouse (READ_ONLY)")
    con.execute("CREATE SCHEMA public")
    unions = " UNION ALL ".join(f"SELECT '{kind}' AS kind, * FROM ({query})" for kind, query in OWNERS.items())
    con.execute(f"CREATE TEMP TABLE visibilities AS {unions}")
    for table in rulebook.tables().values():
        con.execute(f"CREATE TABLE public.{table.name} AS {_query(table)}")
    _drop_orphans(con)
    return con


def _query(table: Table) -> str:
    """The rows of ``table`` that may be told, each ``place`` value down to its level."""
    selected = []
    for field in table.published_fields:
        if field.privacy != "place":
            selected.append(f't."{field.name}"')
        else:
            seen = "('public', 'municipality')" if field.place_level == "municipality" else "('public')"
            selected.append(f'CASE WHEN v.visibility IN {seen} THEN t."{field.name}" END AS "{field.name}"')
    columns = ", ".join(selected)
    if table.name == "contact_points":
        return f"""SELECT {columns.replace("v.visibility", "shown")} FROM (
            SELECT t.*, CASE WHEN v.visibility = 'hidden' AND NOT {_tells_no_district()} THEN 'hidden' ELSE 'public' END AS shown
            FROM warehouse.contact_points t JOIN visibilities v ON v.kind = t.owner_kind AND v.id = t.owner_id
            WHERE t.personal IS NOT TRUE) t WHERE shown = 'public'"""
    if table.name == "schedules":
        return f"SELECT {columns} FROM warehouse.schedules t"
    if table.name == "service_places":
        return (
            f"SELECT {columns} FROM warehouse.service_places t "
            "JOIN visibilities v ON v.kind = 'places' AND v.id = t.place_id WHERE v.visibility <> 'hidden'"
        )
    hidden = "WHERE v.visibility <> 'hidden'" if table.name == "places" else ""
    key = table.primary_key[0]
    return f"SELECT {columns} FROM warehouse.{table.name} t JOIN visibilities v ON v.kind = '{table.name}' AND v.id = t.{key} {hidden}"


def _tells_no_district() -> str:
    """A contact point that does not lead to a hidden place: anything but a landline, a fax or a web page."""
    phone = f"(t.kind = 'phone' AND regexp_matches(t.value, '{NAMES_NO_DISTRICT}'))"
    return f"({phone} OR t.kind IN ('email', 'line', 'sms', 'chat'))"


def _drop_orphans(con: duckdb.DuckDBPyConnection) -> None:
    """What hangs on a place that is not told of goes with it, and so does the area of a service at such a place."""
    for name in ("contact_points", "schedules"):
        con.execute(
            f"""DELETE FROM public.{name} WHERE owner_kind = 'places'
                AND owner_id NOT IN (SELECT place_id FROM public.places)"""
        )
    con.execute(
        """UPDATE public.services SET area_scope = 'prefecture', area_codes = NULL WHERE service_id IN (
             SELECT id FROM visibilities WHERE kind = 'services' AND visibility = 'hidden')"""
    )
