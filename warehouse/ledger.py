"""The ledger: what people and earlier nights decided, append-only, in ``ledger.sqlite``.

It holds the ids that were minted, which record bears which id, and redirects. Nothing is ever changed or deleted.
What can be computed from snapshots does not belong here.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

DDL = """
CREATE TABLE IF NOT EXISTS installation (key BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS entities (
  kind TEXT NOT NULL, entity_id TEXT NOT NULL PRIMARY KEY, minted_on TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS members (
  kind TEXT NOT NULL, record_id TEXT NOT NULL, entity_id TEXT NOT NULL, since TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS redirects (
  kind TEXT NOT NULL, old_id TEXT NOT NULL, new_id TEXT NOT NULL, since TEXT NOT NULL, why TEXT NOT NULL);
"""

SAMPLE_KEY = b"michishirube: samples and mirrors"
"""The key of samples and mirrors: the same for everyone, so that their ids can be compared."""


@contextmanager
def opened(home: Path) -> Iterator[sqlite3.Connection]:
    """The ledger of that home in one transaction: all that is done inside is kept, or none of it."""
    con = sqlite3.connect(home / "ledger.sqlite", timeout=30, isolation_level=None)
    try:
        con.execute("PRAGMA journal_mode = WAL")
        con.executescript(DDL)
        con.execute("BEGIN IMMEDIATE")
        yield con
        con.execute("COMMIT")
    except BaseException:
        if con.in_transaction:
            con.execute("ROLLBACK")
        raise
    finally:
        con.close()


def installation_key(con: sqlite3.Connection, source_set: str) -> bytes:
    """The secret key that ids are derived with; a live installation makes its own once and keeps it."""
    if source_set != "live":
        return SAMPLE_KEY
    found = con.execute("SELECT key FROM installation").fetchone()
    if found is None:
        con.execute("INSERT INTO installation VALUES (?)", [secrets.token_bytes(32)])
        found = con.execute("SELECT key FROM installation").fetchone()
    return bytes(found[0])


def bearers(con: sqlite3.Connection, kind: str) -> pa.Table:
    """Which record bears which id now: record_id, entity_id, since (of the record), minted_on (of the id)."""
    rows = con.execute(
        """SELECT m.record_id, m.entity_id, m.since, e.minted_on FROM members m JOIN entities e USING (entity_id)
           WHERE m.kind = ? AND m.rowid IN (SELECT max(rowid) FROM members WHERE kind = ? GROUP BY record_id)
           ORDER BY m.record_id""",
        [kind, kind],
    ).fetchall()
    names = ("record_id", "entity_id", "since", "minted_on")
    return pa.table({name: pa.array([row[i] for row in rows], pa.string()) for i, name in enumerate(names)})


def known_ids(con: sqlite3.Connection) -> set[str]:
    """Every id ever minted, of any kind."""
    return {entity_id for (entity_id,) in con.execute("SELECT entity_id FROM entities")}


def mint(con: sqlite3.Connection, kind: str, ids: Iterable[str], as_of: str) -> None:
    """Remember new ids."""
    con.executemany("INSERT INTO entities VALUES (?, ?, ?)", [(kind, entity_id, as_of) for entity_id in ids])


def remember(con: sqlite3.Connection, kind: str, members: Iterable[tuple[str, str]], as_of: str) -> None:
    """Remember that records (record_id, entity_id) bear an id from now on."""
    con.executemany("INSERT INTO members VALUES (?, ?, ?, ?)", [(kind, *member, as_of) for member in members])


def redirect(con: sqlite3.Connection, kind: str, moves: Iterable[tuple[str, str]], as_of: str, why: str) -> None:
    """Remember that an id (old, new) has become another."""
    con.executemany("INSERT INTO redirects VALUES (?, ?, ?, ?, ?)", [(kind, *move, as_of, why) for move in moves])
