"""What stays protected though its record may be gone: addresses, spots and contacts that no other record may tell.

What a steward hid, or a form never opened, does not open again because its record is withdrawn, has expired or has
ended. So every submission that was ever approved, and every archived record, goes on protecting its values here, in
schema ``protected``. It is never published and feeds ``visibility.sql`` and ``publish.privacy`` alone.

Hiding is no weapon either: of an organization or service that open data tells of, a submission that hides itself says
nothing.
A submission that nobody approved, and one that was open until it was withdrawn, protect nothing.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

import duckdb

from schemas import engine, rulebook
from schemas.sql import literal, make_table
from warehouse import addresses, ledger
from warehouse.submissions import OPEN, SOURCE

TABLES = ("organizations", "services", "places", "contact_points")

FOREVER = "9999-12-31"

HIDES_ITSELF = {
    "organizations": "address_visibility <> 'public'",
    "services": "record_id IN (SELECT record_id FROM protecting WHERE kind = 'services' AND visibility <> 'public')",
}
"""Kind → SQL: a submission's record does not tell all of where it is."""


def make_tables(con: duckdb.DuckDBPyConnection, book: sqlite3.Connection, work: Path | None) -> None:
    """Make schema ``protected``, and keep submissions that hide themselves from hiding what open data tells.

    ``work`` is the inbox's. Comes after ``submissions.hide``, before the golden tables.

    - ``sites`` (folded, latitude, longitude, visibility, submitted): where no other record may be seen to be.
    - ``contacts`` (kind, value, personal): numbers and web addresses (``url``) of what is hidden, or a person's own.
    - ``services`` (service_id, visibility): of services that only submissions tell of, what hides them itself.
    """
    con.execute("CREATE SCHEMA protected")
    engine.register_code_list(con, "service_types")
    approved = sorted({decision.id for decision in ledger.decisions(book) if decision.kind == "approve"})
    make_table(con, "ever_approved", {"submission": approved})
    make_table(con, "closed", {"record_id": closed(book)})
    for name in TABLES:
        con.execute(f"CREATE OR REPLACE TEMP TABLE protected_{name} AS {_records(name, work)}")
    con.execute((Path(__file__).parent / "protection.sql").read_text(encoding="utf-8"))
    told = [text for (text,) in con.execute("SELECT DISTINCT address FROM protecting ORDER BY 1").fetchall() if text]
    make_table(con, "protected_addresses", {"address": told, "folded": [addresses.fold(text) for text in told]})
    con.execute(
        """CREATE TABLE protected.sites AS
           SELECT DISTINCT folded, latitude, longitude, visibility, submitted
           FROM protecting LEFT JOIN protected_addresses USING (address)
           WHERE kind <> 'services' AND visibility <> 'public' ORDER BY ALL"""
    )
    for kind, hides in HIDES_ITSELF.items():
        con.execute(
            f"""DELETE FROM accepted_{kind} WHERE source = '{SOURCE}' AND {hides} AND record_id IN (
                  SELECT record_id FROM members WHERE kind = '{kind}' AND entity_id IN (
                    SELECT entity_id FROM members WHERE kind = '{kind}' AND source <> '{SOURCE}'))"""
        )


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


def _records(name: str, work: Path | None) -> str:
    """What the archive and all submissions that were ever approved hold, whatever is consented to."""
    columns = ", ".join(f'"{field.name}"' for field in rulebook.table(name).record_fields)
    told = f"SELECT source, {columns} FROM archive.{name} WHERE source <> '{SOURCE}'"
    path = work / f"{name}.parquet" if work else None
    if path is None or not path.exists():
        return told
    submitted = f"read_parquet({literal(str(path))}) SEMI JOIN ever_approved USING (submission)"
    return f"{told} UNION ALL SELECT '{SOURCE}', {columns} FROM {submitted}"
