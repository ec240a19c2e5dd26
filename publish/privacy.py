"""What may leave the house: the golden tables reduced to publishable columns and values.

Every exporter reads the schema ``public`` made here and nothing else. A field's class and level stand in the
rulebook, a place's visibility in the warehouse. Withheld looks exactly like not supplied (data model, Privacy).
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from schemas import engine, rulebook
from schemas.rulebook import Field, Table
from schemas.sql import literal

OWNERS = {
    "organizations": "SELECT organization_id AS id, address_visibility AS visibility FROM warehouse.organizations",
    "places": "SELECT place_id AS id, address_visibility AS visibility FROM warehouse.places",
    # A service is where its most protected place is; one without any place is where its organization is. What its
    # type demands counts without a place too. A submission's place does not hide a service that open data tells of.
    # The words sort by strictness: hidden, municipality, public.
    "services": """SELECT s.service_id AS id,
        coalesce(min(least(coalesce(p.address_visibility, o.address_visibility), t.address_policy, k.visibility)),
          'public') AS visibility
      FROM warehouse.services s LEFT JOIN warehouse.service_places sp USING (service_id)
      LEFT JOIN warehouse.places p ON p.place_id = sp.place_id AND (p.sources <> 'inbox' OR s.sources = 'inbox')
      LEFT JOIN warehouse.protected.services k USING (service_id)
      LEFT JOIN codes_service_types t ON t.code = s.service_type
      LEFT JOIN warehouse.organizations o ON o.organization_id = s.organization_id GROUP BY s.service_id""",
    "programs": "SELECT program_id AS id, 'public' AS visibility FROM warehouse.programs",
    "hotlines": "SELECT hotline_id AS id, 'public' AS visibility FROM warehouse.hotlines",
}
"""Kind → the visibility of each entity of it."""

HANGS_ON = {"service_places": ("places", "place_id"), "jurisdictions": ("services", "service_id")}
"""Table → the kind of entity and the field by which its rows are seen; other tables are seen by their own."""

LEADS_NOWHERE = r"""(t.kind IN ('email', 'line', 'sms', 'chat')
  OR (t.kind = 'phone' AND regexp_matches(t.value, '^(\+81(120|800|570|50|70|80|90)|#|1[0-9]{2}$)')))"""
"""Contact points that tell no district: mail, chat, and free, navigation, IP and mobile numbers and short dials."""

HOST = r"regexp_extract({}, '^https?://(?:www\.)?([^/:?#]+)', 1)"
SHARED_HOST = 3
"""A web host that more organizations than this use is nobody's own, and tells nothing of the others."""


def open_public(warehouse: Path) -> duckdb.DuckDBPyConnection:
    """A connection with schema ``public`` (a table per rulebook table: its ``published_fields``, typed) and the
    warehouse attached read-only as ``warehouse``. The caller closes it.
    """
    con = duckdb.connect()
    con.execute("SET enable_progress_bar = false")
    con.execute(f"ATTACH {literal(str(warehouse))} AS warehouse (READ_ONLY)")
    con.execute("CREATE SCHEMA public")
    engine.register_code_list(con, "service_types")
    unions = " UNION ALL ".join(f"SELECT '{kind}' AS kind, * FROM ({query})" for kind, query in OWNERS.items())
    con.execute(f"CREATE TEMP TABLE visibilities AS {unions}")
    _collect_hidden(con)
    for table in rulebook.published_tables():
        if table.record_fields:
            con.execute(f"CREATE TABLE public.{table.name} AS {_query(table)}")
    _clear_traces(con)
    _tell_about(con)
    # A blank is unknown (data model), of every service alike; nobody is the source of it.
    con.execute("UPDATE public.services SET area_scope = 'unknown' WHERE area_scope IS NULL")
    return con


def _query(table: Table) -> str:
    """The rows of ``table`` that may be told, each value down to its level."""
    seen, told = "v.visibility", "TRUE"
    if table.name in ("schedules", "contact_points"):
        owner = "v.kind = t.owner_kind AND v.id = t.owner_id"
        told = "(t.owner_kind <> 'places' OR v.visibility <> 'hidden')"
    else:
        kind, key = HANGS_ON.get(table.name, (table.name, table.primary_key[0]))
        owner = f"v.kind = '{kind}' AND v.id = t.{key}"
        if kind == "places" or table.name == "jurisdictions":
            told = "v.visibility <> 'hidden'"
        if table.name == "hotlines":
            told = "t.number NOT IN (SELECT value FROM hidden_values)"
    if table.name == "contact_points":
        # What leads to no district stays public, even of a hidden service.
        seen = f"(CASE WHEN {LEADS_NOWHERE} THEN 'public' ELSE v.visibility END)"
        told += f""" AND t.personal IS NOT TRUE AND {seen} <> 'hidden'
            AND t.value NOT IN (SELECT value FROM hidden_values)
            AND {HOST.format("t.value")} NOT IN (SELECT host FROM hidden_hosts)
            AND (t.kind <> 'email' OR split_part(t.value, '@', 2) NOT IN (SELECT host FROM hidden_hosts))"""
    columns = ", ".join(_told(field, seen) for field in table.published_fields)
    return f"SELECT {columns} FROM warehouse.{table.name} t JOIN visibilities v ON {owner} WHERE {told}"


def _told(field: Field, seen: str) -> str:
    """SQL for a field's value, NULL where it must not be told; free text of a hidden service can tell anything."""
    column = f't."{field.name}"'
    if field.privacy == "place":
        levels = "('public', 'municipality')" if field.place_level == "municipality" else "('public')"
        return f'CASE WHEN {seen} IN {levels} THEN {column} END AS "{field.name}"'
    if field.reads == "text":
        return f"CASE WHEN v.visibility <> 'hidden' THEN {column} END AS \"{field.name}\""
    return column


def _collect_hidden(con: duckdb.DuckDBPyConnection) -> None:
    """``hidden_values``: landlines, faxes and web addresses of what is hidden, and what is a person's own; no other
    record may tell them either, though theirs be gone (``protected``). ``hidden_hosts``: the hosts that are theirs
    alone.
    """
    con.execute(
        f"""CREATE TEMP TABLE hidden_values AS
            SELECT t.value FROM warehouse.contact_points t
            JOIN visibilities v ON v.kind = t.owner_kind AND v.id = t.owner_id
            WHERE v.visibility = 'hidden' AND NOT {LEADS_NOWHERE}
            UNION SELECT url FROM warehouse.services JOIN visibilities ON kind = 'services' AND id = service_id
            WHERE visibility = 'hidden' AND url IS NOT NULL
            UNION SELECT url FROM warehouse.organizations
            JOIN visibilities ON kind = 'organizations' AND id = organization_id
            WHERE visibility = 'hidden' AND url IS NOT NULL
            UNION SELECT value FROM warehouse.contact_points WHERE personal
            UNION SELECT t.value FROM warehouse.protected.contacts t WHERE t.personal OR NOT {LEADS_NOWHERE}"""
    )
    con.execute(
        f"""CREATE TEMP TABLE hidden_hosts AS
            SELECT {HOST.format("url")} AS host
            FROM (SELECT organization_id, url FROM warehouse.organizations
                  UNION ALL SELECT coalesce(organization_id, service_id), url FROM warehouse.services
                  UNION ALL SELECT NULL, value FROM warehouse.protected.contacts WHERE kind = 'url')
            WHERE url IS NOT NULL GROUP BY host
            HAVING host <> '' AND count(DISTINCT organization_id) <= {SHARED_HOST}
               AND host IN (SELECT {HOST.format("value")} FROM hidden_values)"""
    )


def _clear_traces(con: duckdb.DuckDBPyConnection) -> None:
    """No other record tells the site of what is hidden; the area of a hidden service looks like one not supplied."""
    told = [(table.name, field) for table in rulebook.published_tables() for field in table.published_fields]
    for name, field in ((name, field.name) for name, field in told if field.reads == "url"):
        con.execute(
            f"""UPDATE public.{name} SET {field} = NULL WHERE {field} IN (SELECT value FROM hidden_values)
                OR {HOST.format(field)} IN (SELECT host FROM hidden_hosts)"""
        )
    con.execute(
        """UPDATE public.services SET area_scope = NULL, area_codes = NULL
           WHERE coalesce(area_scope, '') NOT IN ('national', 'prefecture') AND service_id IN (
             SELECT id FROM visibilities WHERE kind = 'services' AND visibility = 'hidden')"""
    )


def _tell_about(con: duckdb.DuckDBPyConnection) -> None:
    """``public.provenance`` and ``public.redirects``: nothing of what no other table tells."""
    told = " UNION ALL ".join(
        f"SELECT '{kind}' AS kind, {rulebook.table(kind).primary_key[0]} AS entity_id, [{_names_told(kind)}] AS told "
        f"FROM public.{kind}"
        for kind in OWNERS
    )
    con.execute(f"CREATE TEMP TABLE told_entities AS {told}")
    con.execute(
        """CREATE TABLE public.provenance AS
           SELECT kind, entity_id, source, observed_on,
             array_to_string([f FOR f IN string_split(fields, ';') IF list_contains(told, f)], ';') AS fields
           FROM warehouse.provenance JOIN told_entities USING (kind, entity_id) WHERE list_contains(told, 'sources')"""
    )
    con.execute("DELETE FROM public.provenance WHERE fields = ''")
    con.execute(
        """CREATE TABLE public.redirects AS
           SELECT r.* FROM warehouse.redirects r
           JOIN told_entities n ON n.kind = r.kind AND n.entity_id = r.new_id
           WHERE change = 'merged' OR old_id IN (SELECT entity_id FROM told_entities t WHERE t.kind = r.kind)"""
    )


def _names_told(kind: str) -> str:
    names = [field.name for field in rulebook.table(kind).published_fields]
    return ", ".join(f"CASE WHEN \"{name}\" IS NOT NULL THEN '{name}' END" for name in names)
