"""The ledger: what people and earlier nights decided, append-only, in ``ledger.sqlite``.

It holds the ids that were minted, which record bears which id, redirects, what stewards decided on submissions, and
the consents that came with them. Nothing is ever changed or deleted: the last word counts. What can be computed from
snapshots does not belong here, nor what a decision means (``submissions``).
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
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
CREATE TABLE IF NOT EXISTS decisions (
  turn INTEGER PRIMARY KEY, id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('approve', 'reject', 'withdraw', 'hide')),
  "by" TEXT NOT NULL, how TEXT, why TEXT, decided_on TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS consents (
  turn INTEGER PRIMARY KEY, subject TEXT NOT NULL, field_group TEXT NOT NULL, scope TEXT NOT NULL, text_version TEXT,
  given_by_role TEXT, method TEXT, given_on TEXT, expires_on TEXT, withdrawn_on TEXT);
"""

SAMPLE_KEY = b"michishirube: samples and mirrors"
"""The key of samples and mirrors: the same for everyone, so that their ids can be compared."""

CONSENT = (
    "subject",
    "field_group",
    "scope",
    "text_version",
    "given_by_role",
    "method",
    "given_on",
    "expires_on",
    "withdrawn_on",
)
"""What a consent says: of which record (``inbox:<natural key>``), which fields, how far, since when. Dates are ISO."""


@dataclass(frozen=True)
class Decision:
    """What a steward decided of a submission, or of a published entity. A later ``turn`` is a later word."""

    turn: int
    id: str
    kind: str
    by: str
    how: str | None
    why: str | None
    decided_on: str


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


def decide(
    con: sqlite3.Connection,
    id: str,
    kind: str,
    by: str,
    decided_on: str,
    how: str | None = None,
    why: str | None = None,
) -> None:
    """Write down what ``by`` decided; whether it may be decided is for the caller to ask, in the same transaction."""
    told = (id, kind, by, how, why, decided_on)
    con.execute('INSERT INTO decisions (id, kind, "by", how, why, decided_on) VALUES (?, ?, ?, ?, ?, ?)', told)


def decisions(con: sqlite3.Connection) -> list[Decision]:
    """Every decision in the order of its making."""
    return [Decision(*row) for row in con.execute("SELECT * FROM decisions ORDER BY turn")]


def consent(con: sqlite3.Connection, consents: Iterable[Mapping[str, str | None]]) -> None:
    """Write consents down (:data:`CONSENT`); from now on they count for their subject and field group."""
    marks = ", ".join("?" * len(CONSENT))
    rows = [[told.get(name) for name in CONSENT] for told in consents]
    con.executemany(f"INSERT INTO consents ({', '.join(CONSENT)}) VALUES ({marks})", rows)


def consents(con: sqlite3.Connection) -> list[dict[str, str | None]]:
    """The consents that count: the last word of each subject on each field group."""
    rows = con.execute(
        f"""SELECT {", ".join(CONSENT)} FROM consents
            WHERE turn IN (SELECT max(turn) FROM consents GROUP BY subject, field_group)
            ORDER BY subject, field_group"""
    )
    return [dict(zip(CONSENT, row, strict=True)) for row in rows]


def bore(con: sqlite3.Connection, entity_ids: Iterable[str]) -> list[tuple[str, str, str]]:
    """Every record that bears or ever bore one of these ids: entity_id, kind, record_id."""
    ids = list(entity_ids)
    marks = ", ".join("?" * len(ids))
    query = f"SELECT DISTINCT entity_id, kind, record_id FROM members WHERE entity_id IN ({marks}) ORDER BY 1, 2, 3"
    return list(con.execute(query, ids))


def borne(con: sqlite3.Connection, kind: str, entity_id: str) -> list[str]:
    """The records that bear that id now."""
    query = """SELECT record_id FROM members
        WHERE kind = ? AND entity_id = ? AND rowid IN (SELECT max(rowid) FROM members WHERE kind = ? GROUP BY record_id)
        ORDER BY record_id"""
    return [record for (record,) in con.execute(query, [kind, entity_id, kind])]


def kind_of(con: sqlite3.Connection, entity_id: str) -> str | None:
    """The kind of the entity of that id, None if there is none."""
    found = con.execute("SELECT kind FROM entities WHERE entity_id = ?", [entity_id]).fetchone()
    return found and str(found[0])
