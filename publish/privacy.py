"""What may leave the house: the golden tables reduced to publishable columns and values.

Every exporter reads the schema ``public`` made here and nothing else. A field's class and level stand in the
rulebook, a place's visibility in the warehouse. Withheld looks exactly like not supplied (data model, Privacy).
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from publish import leaks
from publish.leaks import Secret
from schemas import engine, rulebook
from schemas.rulebook import Field, Table
from schemas.sql import identifier, literal, make_table
from warehouse import protection
from warehouse.submissions import SOURCE

OWNERS = {
    "organizations": """SELECT organization_id AS id, address_visibility AS visibility,
        CASE WHEN sources = 'inbox' THEN 'public' ELSE address_visibility END AS openly
      FROM warehouse.organizations""",
    "places": """SELECT place_id AS id, address_visibility AS visibility, coalesce(q.visibility, 'public') AS openly
      FROM warehouse.places LEFT JOIN warehouse.protected.openly q USING (place_id)""",
    # A service is where its most protected place is; one without any place is where its organization is. What its
    # type demands counts without a place too. A submission's place does not hide a service that open data tells of.
    # The words sort by strictness: hidden, municipality, public.
    "services": """SELECT s.service_id AS id,
        coalesce(min(least(coalesce(p.address_visibility, o.address_visibility), t.address_policy, k.visibility)),
          'public') AS visibility,
        coalesce(min(CASE WHEN s.sources <> 'inbox' THEN least(t.address_policy, CASE
          WHEN p.place_id IS NOT NULL THEN coalesce(q.visibility, 'public')
          WHEN o.sources <> 'inbox' THEN o.address_visibility END) END), 'public') AS openly
      FROM warehouse.services s LEFT JOIN warehouse.service_places sp USING (service_id)
      LEFT JOIN warehouse.places p ON p.place_id = sp.place_id AND (p.sources <> 'inbox' OR s.sources = 'inbox')
      LEFT JOIN warehouse.protected.openly q ON q.place_id = p.place_id
      LEFT JOIN warehouse.protected.services k USING (service_id)
      LEFT JOIN codes_service_types t ON t.code = s.service_type
      LEFT JOIN warehouse.organizations o ON o.organization_id = s.organization_id GROUP BY s.service_id""",
    "programs": "SELECT program_id AS id, 'public' AS visibility, 'public' AS openly FROM warehouse.programs",
    "hotlines": "SELECT hotline_id AS id, 'public' AS visibility, 'public' AS openly FROM warehouse.hotlines",
}
"""Kind → of each entity of it its visibility, and what of that comes from open data: that alone binds others too."""

HANGS_ON = {"service_places": ("places", "place_id"), "jurisdictions": ("services", "service_id")}
"""Table → the kind of entity and the field by which its rows are seen; other tables are seen by their own."""


SITES = ("address", "postal_code")
"""Kinds of secrets that can stand in an address."""

WITH_ADDRESS = ("organizations", "places")
"""Tables whose records are at an address."""

WITHOUT_AREA = {
    "organizations": "municipality_code IS NULL AND address IS NULL",
    "services": """area_codes IS NULL
      AND service_id NOT IN (SELECT service_id FROM public.service_places)
      AND service_id NOT IN (SELECT service_id FROM public.jurisdictions)""",
}
"""Table → what is true of a row of schema ``public`` that tells no area, be it withheld or not supplied."""

UNNAMED = "（名称は載せていません）"
"""In place of a name that tells what must not leave, where there is no organization's."""

NOBODY_S = f"NOT list_contains(string_split(sources, ';'), {literal(SOURCE)})"
"""SQL that is true of a record that nobody submitted; one that does not say where it is from is none."""


def open_public(warehouse: Path) -> duckdb.DuckDBPyConnection:
    """A connection with schema ``public`` (a table per rulebook table: its ``published_fields``, typed) and the
    warehouse attached read-only as ``warehouse``. The caller closes it.
    """
    con = duckdb.connect()
    con.execute("SET enable_progress_bar = false")
    con.execute(f"ATTACH {literal(str(warehouse))} AS warehouse (READ_ONLY)")
    con.execute("CREATE SCHEMA public")
    protection.prepare(con)
    engine.register_code_list(con, "service_types")
    unions = " UNION ALL ".join(f"SELECT '{kind}' AS kind, * FROM ({query})" for kind, query in OWNERS.items())
    con.execute(f"CREATE TEMP TABLE visibilities AS {unions}")
    _collect_hidden(con)
    for table in rulebook.published_tables():
        if table.record_fields:
            con.execute(f"CREATE TABLE public.{table.name} AS {_query(table)}")
    _clear_traces(con)
    _clear_addresses(con)
    _clear_sources(con)
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
        seen = "(CASE WHEN leads_nowhere(t.kind, t.value) THEN 'public' ELSE v.visibility END)"
        told += f""" AND t.personal IS NOT TRUE AND {seen} <> 'hidden'
            AND t.value NOT IN (SELECT value FROM hidden_values)
            AND host_or_domain(t.value) NOT IN (SELECT host FROM hidden_hosts)"""
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
    """``hidden_values``: landlines, faxes and web addresses of what open data hides, and what is a person's own; no
    other record may tell them either, though theirs be gone (``protected``). ``hidden_hosts``: the hosts that are
    theirs alone. What a submission hides, others may tell (``warehouse.protection``).
    """
    con.execute(
        """CREATE TEMP TABLE hidden_values AS
           SELECT t.value FROM warehouse.contact_points t
           JOIN visibilities v ON v.kind = t.owner_kind AND v.id = t.owner_id
           WHERE v.openly = 'hidden' AND NOT leads_nowhere(t.kind, t.value)
           UNION SELECT url FROM warehouse.services JOIN visibilities ON kind = 'services' AND id = service_id
           WHERE openly = 'hidden' AND url IS NOT NULL
           UNION SELECT url FROM warehouse.organizations
           JOIN visibilities ON kind = 'organizations' AND id = organization_id
           WHERE openly = 'hidden' AND url IS NOT NULL
           UNION SELECT value FROM warehouse.contact_points WHERE personal
           UNION SELECT value FROM warehouse.protected.contacts WHERE personal OR NOT leads_nowhere(kind, value)"""
    )
    con.execute(
        f"""CREATE TEMP TABLE hidden_hosts AS
            SELECT host(url) AS host
            FROM (SELECT organization_id, url FROM warehouse.organizations
                  UNION ALL SELECT coalesce(organization_id, service_id), url FROM warehouse.services
                  UNION ALL SELECT NULL, value FROM warehouse.protected.contacts WHERE kind = 'url')
            WHERE url IS NOT NULL GROUP BY host
            HAVING host <> '' AND count(DISTINCT organization_id) <= {protection.SHARED_HOST}
               AND host IN (SELECT host(value) FROM hidden_values)"""
    )


def _clear_traces(con: duckdb.DuckDBPyConnection) -> None:
    """No other record tells the site of what is hidden; the area of a hidden service looks like one not supplied."""
    told = [(table.name, field) for table in rulebook.published_tables() for field in table.published_fields]
    for name, field in ((name, field.name) for name, field in told if field.reads == "url"):
        con.execute(
            f"""UPDATE public.{name} SET {field} = NULL WHERE {field} IN (SELECT value FROM hidden_values)
                OR host({field}) IN (SELECT host FROM hidden_hosts)"""
        )
    con.execute(
        """UPDATE public.services SET area_scope = NULL, area_codes = NULL
           WHERE coalesce(area_scope, '') NOT IN ('national', 'prefecture') AND service_id IN (
             SELECT id FROM visibilities WHERE kind = 'services' AND visibility = 'hidden')"""
    )


def _clear_sources(con: duckdb.DuckDBPyConnection) -> None:
    """A record that tells no area does not tell it by its source either: one of less than a prefecture is not named.

    So what is hidden and what was never supplied look alike, and a source of all Hokkaido is named of both.
    """
    con.execute("""SET VARIABLE wide = (SELECT list(source) FROM warehouse.source_runs WHERE area_scope IS NOT NULL)""")
    for name, without in WITHOUT_AREA.items():
        con.execute(
            f"""UPDATE public.{name} SET sources = nullif(array_to_string(
                  [s FOR s IN string_split(sources, ';') IF list_contains(getvariable('wide'), s)], ';'), '')
                WHERE {without}"""
        )


def _clear_addresses(con: duckdb.DuckDBPyConnection) -> None:
    """No record tells an address that open data keeps back, however it is written, or as a part of a cell or a name.

    A name that tells it gives way to that of the organization.
    """
    kept = [secret for secret in leaks.held(con, "warehouse.secrets") if secret.kind in SITES and not secret.submitted]
    for name in WITH_ADDRESS:
        _note_telling(con, kept, name, "address")
        fields = rulebook.table(name).published_fields
        near = [field.name for field in fields if field.privacy == "place" and field.place_level == "public"]
        cleared = ", ".join(f"{identifier(field)} = NULL" for field in near)
        con.execute(f"UPDATE public.{name} SET {cleared} WHERE address IN (FROM telling)")
    for name in ("places", "services"):
        _note_telling(con, kept, name, "name")
        con.execute(
            f"""UPDATE public.{name} SET name_kana = NULL, name = coalesce(
                  (SELECT o.name FROM public.organizations o WHERE o.organization_id = {name}.organization_id),
                  '{UNNAMED}')
                WHERE name IN (FROM telling)"""
        )


def _note_telling(con: duckdb.DuckDBPyConnection, kept: list[Secret], name: str, field: str) -> None:
    """``telling``: the values of that field in which one of these stands."""
    _, telling = leaks.told(kept, _distinct(con, name, field))
    make_table(con, "telling", {"value": sorted(telling)})


def searched(con: duckdb.DuckDBPyConnection) -> list[Secret]:
    """What the gate searches a release for: all that must not leave, without the addresses of submissions that open
    data tells too, in whatever way of writing: hiding one's own hides nothing of others.
    """
    secrets = leaks.held(con, "warehouse.secrets")
    own = [secret for secret in secrets if secret.submitted and secret.kind == "address"]
    open_data = [text for name in WITH_ADDRESS for text in _distinct(con, name, "address", NOBODY_S)]
    lawful, _ = leaks.told(own, open_data)
    return [secret for secret in secrets if secret not in lawful]


def _distinct(con: duckdb.DuckDBPyConnection, name: str, field: str, those: str = "TRUE") -> list[str]:
    query = f"SELECT DISTINCT {field} FROM public.{name} WHERE {field} IS NOT NULL AND {those} ORDER BY ALL"
    return [text for (text,) in con.execute(query).fetchall()]


def _tell_about(con: duckdb.DuckDBPyConnection) -> None:
    """``public.provenance`` and ``public.redirects``: nothing of what no other table tells, and only by
    sources that the record itself names.
    """
    told = " UNION ALL ".join(
        f"SELECT '{kind}' AS kind, {rulebook.table(kind).primary_key[0]} AS entity_id, sources, "
        f"[{_names_told(kind)}] AS told FROM public.{kind}"
        for kind in OWNERS
    )
    con.execute(f"CREATE TEMP TABLE told_entities AS {told}")
    con.execute(
        """CREATE TABLE public.provenance AS
           SELECT kind, entity_id, source, observed_on,
             array_to_string([f FOR f IN string_split(fields, ';') IF list_contains(told, f)], ';') AS fields
           FROM warehouse.provenance JOIN told_entities USING (kind, entity_id)
           WHERE list_contains(string_split(sources, ';'), source) OR starts_with(source, 'codes/')"""
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
