"""What a steward hid stays hidden, whatever becomes of the entity or of the submission.

Whom a hidden submission binds beside itself is ``protection``'s.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

import duckdb

from schemas.sql import make_table
from warehouse import ledger

SQL = Path(__file__).with_suffix(".sql")

LOCATED = ("organizations", "services", "places")
"""Kinds of entities whose place can be hidden."""


def hide(con: duckdb.DuckDBPyConnection, book: sqlite3.Connection) -> None:
    """Let ``address_visibility`` of what a steward hid be ``hidden``, after ``members`` was made.

    An organization takes its places with it, a service its places, or failing those its organization. It holds for
    whatever becomes of the entity or the submission: nothing opens it again by itself.
    """
    decided = [decision for decision in ledger.decisions(book) if decision.kind == "hide"]
    # Who had been parted from it before that day is another.
    bore = [told for decision in decided for told in ledger.bore(book, [decision.id], decision.decided_on)]
    make_table(con, "hidden_ids", {"id": [decision.id for decision in decided]})
    make_table(con, "bore", {"kind": [kind for _, kind, _ in bore], "record_id": [record for *_, record in bore]})
    con.execute(SQL.read_text(encoding="utf-8"))
