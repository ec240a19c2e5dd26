"""What of the submissions is loaded tonight: records of those that serve, and of them what their consents open.

What is loaded follows from ``serving``; it is here that a value without consent is left behind.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from schemas import rulebook
from schemas.rulebook import Field, Table
from warehouse import clearances, ledger
from warehouse.submissions import consents, serving
from warehouse.submissions.work import path_of


def digest(book: sqlite3.Connection, as_of: date) -> str:
    """A hash of all decisions and clearances, and of the consents that are open on that day."""
    opened = sorted(f"{told['subject']} {told['field_group']}" for told in consents.open_on(book, as_of))
    decided = [(decision.id, decision.kind, decision.decided_on) for decision in ledger.decisions(book)]
    cleared = sorted({(one.record_id, one.table, one.field, one.text) for one in ledger.clearances(book)})
    return hashlib.sha256(json.dumps([decided, opened, cleared]).encode()).hexdigest()


def admit(con: duckdb.DuckDBPyConnection, work: Path | None, book: sqlite3.Connection, as_of: date) -> None:
    """Make ``admitted_<table>`` of every table that sources fill: file, row and the record fields of what may be
    loaded; and the tables of ``serving``. Without ``work`` they are empty.
    """
    serving.stand(con, work, book, as_of)
    for table in rulebook.record_tables():
        con.execute(f"CREATE OR REPLACE TEMP TABLE admitted_{table.name} AS {_admitted(con, table, work)}")


def account(con: duckdb.DuckDBPyConnection) -> dict[str, Any] | None:
    """What readers are told of the inbox: how many rows were admitted, as of the newest approval; None without any.

    What waits, and what is wrong with it, is between its sender and the steward. Needs ``retired`` (record_id).
    """
    names = [table.name for table in rulebook.record_tables()]
    records = " UNION ".join(f"SELECT record_id FROM admitted_{name}" for name in names)
    ((rows, ended, dated),) = con.execute(
        f"""SELECT count(*), count(*) FILTER (record_id IN (SELECT record_id FROM retired)), max(decided_on)
            FROM ({records}) JOIN serving USING (record_id)"""
    ).fetchall()
    counts = {"rows_read": rows, "accepted": rows - ended, "ended": ended, "dated": dated, "rejected": None}
    return dict.fromkeys(("quarantined", "withheld", "out_of_area"), 0) | counts if rows else None


def _admitted(con: duckdb.DuckDBPyConnection, table: Table, work: Path | None) -> str:
    path = path_of(work, table.name)
    if path is None or table.name == "consents":
        empty = ", ".join(f'NULL::{field.duckdb_type} AS "{field.name}"' for field in table.record_fields)
        return f'SELECT NULL::VARCHAR AS file, NULL::BIGINT AS "row", {empty} WHERE FALSE'
    if table.name == "organizations":
        return _of_organizations(con, table, path)
    located = any(field.name == "address_visibility" for field in table.fields)
    needed = {field.consent_group for field in table.record_fields if field.required and field.consent_group}
    opened = " AND ".join(_is_open(group) for group in sorted({consents.EXISTENCE, *needed}))
    columns = ", ".join(f'{_told(field, located)} AS "{field.name}"' for field in table.record_fields)
    return f"""SELECT t.file, t."row", {columns} FROM {clearances.rows(con, table.name, path)} t
        JOIN serving s USING (submission, record_id) JOIN opened o USING (record_id) WHERE {opened}"""


def _of_organizations(con: duckdb.DuckDBPyConnection, table: Table, path: Path) -> str:
    """What all rows of a submission agree to tell of their organization; of an outdated one no more than its name."""
    columns = []
    for field in table.record_fields:
        told = _told(field, located=True)
        if field.name not in ("record_id", "name", "address_visibility"):
            told = f"CASE WHEN u.submission IS NULL THEN {told} END"
        columns.append(f'{told} AS "{field.name}"')
    return f"""SELECT t.file, t."row", {", ".join(columns)} FROM {clearances.rows(con, table.name, path)} t
        JOIN serving s USING (submission, record_id) JOIN agreed o USING (record_id)
        LEFT JOIN outdated u USING (submission)"""


def _is_open(group: str) -> str:
    return f"list_contains(o.groups, '{group}')"


def _told(field: Field, located: bool) -> str:
    """SQL for a field's value, NULL where its consent is not open. Without consent to the address nobody learns where
    the place is; its address stays known, so that no other record tells it either (``visibility.sql``).
    """
    column = f't."{field.name}"'
    if field.name == "record_id":
        return "record_id"
    if field.name == "address_visibility":
        return f"CASE WHEN {_is_open('address')} THEN {column} ELSE 'hidden' END"
    if field.consent_group is None or (field.consent_group == "address" and located):
        return column
    return f"CASE WHEN {_is_open(field.consent_group)} THEN {column} END"
