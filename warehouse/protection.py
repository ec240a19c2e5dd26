"""What stays protected though its record may be gone, and whom it binds: everyone, or its own publisher alone.

What a steward hid, or a form never opened, does not open again because its record is withdrawn, has expired or has
ended. So every submission that was ever approved, and every archived record, goes on protecting its values here. A
submission that nobody approved, and one that was open until it was withdrawn, protect nothing.

Hiding is no weapon. What open data keeps back, no other record tells (schema ``protected``, which feeds
``visibility.sql`` and ``publish.privacy``). What a submission keeps back, no other record of the same organization
tells (``own.sql``); records of others are hidden with it only where resolution says that they are the same place, and
no more than :data:`REACH` of them (``same_place.sql``). All others stay as they are, and a steward decides
(:func:`findings`). Of an organization or service that others tell of, a submission that hides itself says nothing.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

import duckdb

from schemas import engine, messages, rulebook
from schemas.finding import Finding
from schemas.sql import literal, make_table
from warehouse import addresses, ledger
from warehouse.submissions import OPEN, SOURCE

ROOT = Path(__file__).parent
TABLES = ("organizations", "services", "places", "contact_points")

FOREVER = "9999-12-31"

REACH = 3
"""Records of others that one organization's submissions hide at most, though they be of the same place."""

SHARED_HOST = 3
"""A web host that more organizations than this use is nobody's own, and tells nothing of the others."""

FOUND = "protection"
"""What stands as the source of these findings. No source of data bears it, so that no report counts them: their number
would tell on which day something was hidden.
"""

HIDES_ITSELF = {
    "organizations": "SELECT record_id FROM accepted_organizations WHERE address_visibility <> 'public'",
    "services": "SELECT record_id FROM protecting WHERE kind = 'services' AND visibility <> 'public'",
}
"""Kind → SQL: the records that, if submissions tell them, do not tell all of where they are."""


def prepare(con: duckdb.DuckDBPyConnection) -> None:
    """Make the macros on sites and visibilities (``sites.sql``), temporary."""
    con.execute((ROOT / "sites.sql").read_text(encoding="utf-8"))


def make_tables(con: duckdb.DuckDBPyConnection, book: sqlite3.Connection, work: Path | None) -> None:
    """Make schema ``protected``, and take out of the accepted records and ``members`` what submissions must not tell.

    ``work`` is the inbox's. Comes after ``submissions.hide``, before the golden tables.

    - ``sites`` (folded, latitude, longitude, visibility): where no other record may be seen to be.
    - ``contacts`` (kind, value, personal): numbers and web addresses (``url``) of what is hidden, or a person's own.
    - ``places`` (place_id, visibility): places of others that a submission hides, being the same.
    - ``services`` (service_id, visibility): of services that only submissions tell of, what hides them itself.
    """
    con.execute("CREATE SCHEMA protected")
    con.execute(f"SET VARIABLE reach = {REACH}")
    engine.register_code_list(con, "service_types")
    _collect(con, book, work)
    _make_shared_hosts(con)
    con.execute((ROOT / "protection.sql").read_text(encoding="utf-8"))
    con.execute((ROOT / "own.sql").read_text(encoding="utf-8"))
    con.register("bearers_now", ledger.bearers(book, "places"))
    con.execute("CREATE OR REPLACE TEMP TABLE bearing AS SELECT record_id, entity_id FROM bearers_now WHERE now")
    con.unregister("bearers_now")
    con.execute((ROOT / "same_place.sql").read_text(encoding="utf-8"))
    for kind, hides in HIDES_ITSELF.items():
        _fall_silent(con, kind, hides)
    con.execute(
        f"""CREATE TABLE protected.services AS
            SELECT entity_id AS service_id, min(visibility) AS visibility
            FROM protecting JOIN members m USING (kind, record_id)
            WHERE kind = 'services' AND visibility <> 'public' GROUP BY entity_id
            HAVING entity_id NOT IN (SELECT entity_id FROM members WHERE kind = 'services' AND source <> '{SOURCE}')
            ORDER BY ALL"""
    )


def findings(con: duckdb.DuckDBPyConnection) -> list[Finding]:
    """The entities of others that share a site or contact with what a submission keeps back, and stay as they are,
    each by its id, for a steward; no value of either. Comes after ``visibility.sql``.
    """
    told = con.execute((ROOT / "shared_sites.sql").read_text(encoding="utf-8")).fetchall()
    return [
        messages.file_finding(code, source=FOUND, table=kind, value=entity_id, expected=shared)
        for code, kind, entity_id, shared in told
    ]


def closed(book: sqlite3.Connection) -> list[str]:
    """The records whose address was never opened, or closed while the rest stayed open: ids in order."""
    last = {(told["subject"], told["field_group"]): _open_until(told) for told in ledger.consents(book)}
    subjects = sorted({str(subject) for subject, _ in last})
    return [
        subject
        for subject in subjects
        if not (address := last.get((subject, "address"), "")) or address < last.get((subject, "existence"), "")
    ]


def _open_until(told: dict[str, str | None]) -> str:
    """The day on which that consent ends, blank where it never opened anything."""
    if told["scope"] != OPEN:
        return ""
    return min(told["expires_on"] or FOREVER, told["withdrawn_on"] or FOREVER)


def _collect(con: duckdb.DuckDBPyConnection, book: sqlite3.Connection, work: Path | None) -> None:
    """``protected_<table>``: what protects; ``closed`` (record_id); ``publishers`` (record_id, publisher): of what was
    ever approved the organizations whose it is, or the submission where it names none; ``guarded_addresses`` (address,
    folded).
    """
    approved = sorted({decision.id for decision in ledger.decisions(book) if decision.kind == "approve"})
    make_table(con, "ever_approved", {"submission": approved})
    make_table(con, "closed", {"record_id": closed(book)})
    con.execute(
        """CREATE OR REPLACE TEMP TABLE publishers AS
           SELECT DISTINCT record_id, coalesce(giver, submission) AS publisher
           FROM held SEMI JOIN ever_approved USING (submission) LEFT JOIN givers USING (submission)"""
    )
    for name in TABLES:
        con.execute(f"CREATE OR REPLACE TEMP TABLE protected_{name} AS {_records(name, work)}")
    query = "SELECT address FROM protected_places UNION SELECT address FROM protected_organizations"
    told = [text for (text,) in con.execute(f"SELECT * FROM ({query}) ORDER BY 1").fetchall() if text]
    make_table(con, "guarded_addresses", {"address": told, "folded": [addresses.fold(text) for text in told]})


def _records(name: str, work: Path | None) -> str:
    """What the archive and all submissions that were ever approved hold, whatever is consented to."""
    columns = ", ".join(f'"{field.name}"' for field in rulebook.table(name).record_fields)
    told = f"SELECT source, {columns} FROM archive.{name} WHERE source <> '{SOURCE}'"
    path = work / f"{name}.parquet" if work else None
    if path is None or not path.exists():
        return told
    submitted = f"read_parquet({literal(str(path))}) SEMI JOIN ever_approved USING (submission)"
    return f"{told} UNION ALL SELECT '{SOURCE}', {columns} FROM {submitted}"


def _make_shared_hosts(con: duckdb.DuckDBPyConnection) -> None:
    """``shared_hosts`` (host): the hosts that are nobody's own."""
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE shared_hosts AS
            SELECT host(url) AS host
            FROM (SELECT record_id, url FROM accepted_organizations
                  UNION ALL SELECT record_id, url FROM accepted_services)
            JOIN members m USING (record_id)
            WHERE m.kind = 'organizations' AND url IS NOT NULL
            GROUP BY host(url) HAVING count(DISTINCT entity_id) > {SHARED_HOST}"""
    )


def _fall_silent(con: duckdb.DuckDBPyConnection, kind: str, hides: str) -> None:
    """Take out the submitted records that hide themselves, where others tell of the entity and do not."""
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE silent AS
            SELECT DISTINCT m.record_id FROM members m JOIN members f USING (kind, entity_id)
            WHERE kind = '{kind}' AND m.source = '{SOURCE}' AND m.record_id IN ({hides})
              AND (f.source <> '{SOURCE}' OR (f.record_id NOT IN ({hides}) AND NOT EXISTS (
                SELECT 1 FROM publishers p JOIN publishers q USING (publisher)
                WHERE p.record_id = m.record_id AND q.record_id = f.record_id)))"""
    )
    con.execute(f"DELETE FROM accepted_{kind} WHERE source = '{SOURCE}' AND record_id IN (FROM silent)")
    # The organization stays the one whose service it is.
    if kind != "organizations":
        con.execute(f"DELETE FROM members WHERE kind = '{kind}' AND record_id IN (FROM silent)")
