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
    # A service is where its most protected place is; one without any place is where its organization is.
    "services": """SELECT s.service_id AS id,
        CASE max(CASE coalesce(p.address_visibility, o.address_visibility)
                   WHEN 'hidden' THEN 2 WHEN 'municipality' THEN 1 ELSE 0 END)
          WHEN 2 THEN 'hidden' WHEN 1 THEN 'municipality' ELSE 'public' END AS visibility
      FROM warehouse.services s LEFT JOIN warehouse.service_places sp USING (service_id)
      LEFT JOIN warehouse.places p USING (place_id)
      LEFT JOIN warehouse.organizations o ON o.organization_id = s.organization_id GROUP BY s.service_id""",
}
"""Kind → the visibility of each entity of it."""

LEADS_NOWHERE = r"""(c.kind IN ('email', 'line', 'sms', 'chat')
  OR (c.kind = 'phone' AND regexp_matches(c.value, '^(\+81(120|800|570|50|70|80|90)|#|1[0-9]{2}$)')))"""
"""Contact points that tell no district: mail, chat, and free, navigation, IP and mobile numbers and short dials."""


def open_public(warehouse: Path) -> duckdb.DuckDBPyConnection:
    """A connection with schema ``public`` (a table per rulebook table: its ``published_fields``, typed) and the
    warehouse attached read-only as ``warehouse``. The caller closes it.
    """
    con = duckdb.connect()
    con.execute("SET enable_progress_bar = false")
    con.execute(f"ATTACH '{warehouse}' AS warehouse (READ_ONLY)")
    con.execute("CREATE SCHEMA public")
    unions = " UNION ALL ".join(f"SELECT '{kind}' AS kind, * FROM ({query})" for kind, query in OWNERS.items())
    con.execute(f"CREATE TEMP TABLE visibilities AS {unions}")
    _hide_elsewhere(con)
    for table in rulebook.tables().values():
        con.execute(f"CREATE TABLE public.{table.name} AS {_query(table)}")
    _clear_traces(con)
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
    columns, rows = ", ".join(selected), f"warehouse.{table.name} t"
    if table.name == "contact_points":
        # What leads to no district stays public, even of a hidden place.
        seen = f"CASE WHEN {LEADS_NOWHERE} THEN 'public' ELSE v.visibility END"
        rows = f"""(SELECT c.*, {seen} AS visibility FROM {rows.removesuffix(" t")} c
            JOIN visibilities v ON v.kind = c.owner_kind AND v.id = c.owner_id) t"""
        return f"""SELECT {columns.replace("v.visibility", "t.visibility")} FROM {rows}
            WHERE personal IS NOT TRUE AND visibility <> 'hidden' AND value NOT IN (SELECT value FROM hidden_values)"""
    if table.name == "schedules":
        return f"SELECT {columns} FROM {rows}"
    kind, key = ("places", "place_id") if table.name == "service_places" else (table.name, table.primary_key[0])
    told = "v.visibility <> 'hidden'" if kind == "places" else "TRUE"
    return f"SELECT {columns} FROM {rows} JOIN visibilities v ON v.kind = '{kind}' AND v.id = t.{key} WHERE {told}"


def _hide_elsewhere(con: duckdb.DuckDBPyConnection) -> None:
    """``hidden_values``: landlines, faxes and web addresses of hidden places, and mail at such an address's host;
    no other record may tell them either.
    """
    con.execute(
        f"""CREATE TEMP TABLE hidden_values AS
            SELECT c.value FROM warehouse.contact_points c
            JOIN visibilities v ON v.kind = c.owner_kind AND v.id = c.owner_id
            WHERE v.visibility = 'hidden' AND NOT {LEADS_NOWHERE}
            UNION SELECT url FROM warehouse.services JOIN visibilities ON kind = 'services' AND id = service_id
            WHERE visibility = 'hidden' AND url IS NOT NULL"""
    )
    # Mail at the site's own host leads to the site.
    con.execute(
        """INSERT INTO hidden_values SELECT c.value FROM warehouse.contact_points c
           WHERE c.kind = 'email' AND split_part(c.value, '@', 2) IN (
             SELECT regexp_extract(value, '^https?://(?:www\\.)?([^/:?#]+)', 1) FROM hidden_values)"""
    )


def _clear_traces(con: duckdb.DuckDBPyConnection) -> None:
    """What hangs on a place that is not told of goes with it, and so does the area of a service at such a place."""
    for name in ("contact_points", "schedules"):
        con.execute(
            f"""DELETE FROM public.{name} WHERE owner_kind = 'places'
                AND owner_id NOT IN (SELECT place_id FROM public.places)"""
        )
    for name in ("organizations", "services"):
        con.execute(f"UPDATE public.{name} SET url = NULL WHERE url IN (SELECT value FROM hidden_values)")
    con.execute(
        """UPDATE public.services SET area_scope = 'prefecture', area_codes = NULL WHERE service_id IN (
             SELECT id FROM visibilities WHERE kind = 'services' AND visibility = 'hidden')"""
    )
