"""Consents: what a form says may be published of its records, and on which days that is open.

Once a submission is approved its consents stand in the ledger, and count as the ledger has them. What is withheld for
want of one is ``admission``'s.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import duckdb

from schemas import rulebook
from schemas.sql import asking
from warehouse import ledger
from warehouse.submissions.work import rows_of

OPEN = "open"
WITHHELD = "internal"
"""The scope of whatever a form says nothing about."""

EXISTENCE = "existence"
"""The field group without which nothing of a record is published."""

CONSENTED = ("scope", "text_version", "given_by_role", "method", "given_on", "expires_on", "withdrawn_on")
"""What a consent says beside whose it is and of which fields."""

_COLUMNS = ", ".join(f"{name}::VARCHAR" for name in CONSENTED)


def is_open(consent: Mapping[str, str | None], as_of: date) -> bool:
    """Whether that consent lets everyone see its fields on that day: somebody in some role agreed to words that we
    know, by that day. One that was withdrawn is closed on every day.
    """
    day, given_on, expires_on = as_of.isoformat(), consent["given_on"], consent["expires_on"]
    given = consent["given_by_role"] and consent["text_version"] in rulebook.codes("consent_texts")
    lasts = given_on is not None and given_on <= day and (expires_on is None or expires_on >= day)
    return consent["scope"] == OPEN and consent["withdrawn_on"] is None and bool(given) and lasts


def open_on(book: sqlite3.Connection, as_of: date) -> list[dict[str, str | None]]:
    """The consents of the ledger that are open on that day."""
    return [told for told in ledger.consents(book) if is_open(told, as_of)]


def withdrawn(book: sqlite3.Connection) -> set[str]:
    """The records that may not be published at all any more."""
    told = (one for one in ledger.consents(book) if one["field_group"] == EXISTENCE)
    return {str(one["subject"]) for one in told if one["withdrawn_on"] is not None}


def groups() -> list[str]:
    """Every field group of which a consent is needed."""
    fields = (field for table in rulebook.tables().values() for field in table.fields)
    return sorted({EXISTENCE, *(field.consent_group for field in fields if field.consent_group)})


def said(work: Path, submission: str) -> dict[tuple[str, str], dict[str, str | None]]:
    """The consents that a form carries by record and field group; of two answers to one question no open one."""
    told = rows_of(work, "consents")
    if told is None:
        return {}
    query = f"""SELECT record_id, field_group, {_COLUMNS} FROM {told}
        WHERE submission = ? ORDER BY scope = '{OPEN}' DESC, record_id, field_group, {_COLUMNS}"""
    with asking() as con:
        rows = con.execute(query, [submission]).fetchall()
    return {(record, group): dict(zip(CONSENTED, told, strict=True)) for record, group, *told in rows}


def approvable(con: duckdb.DuckDBPyConnection, work: Path, as_of: date) -> set[str]:
    """The submissions of which at least one row may be published."""
    told = rows_of(work, "consents")
    if told is None:
        return set()
    query = f"SELECT DISTINCT submission, {_COLUMNS} FROM {told} WHERE field_group = '{EXISTENCE}'"
    rows = con.execute(query).fetchall()
    return {submission for submission, *words in rows if is_open(dict(zip(CONSENTED, words, strict=True)), as_of)}
