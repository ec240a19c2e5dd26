"""The ledger: what people and earlier nights decided, append-only, in ``ledger.sqlite``.

It holds the ids that were minted, which record bears which id, redirects, what stewards decided on submissions and
cleared in them, and the consents that came with them. Nothing is ever changed or deleted: the last word counts. What
can be computed from snapshots does not belong here, nor what a decision means (``submissions``).
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
CREATE INDEX IF NOT EXISTS members_of_records ON members (record_id, kind);
CREATE TABLE IF NOT EXISTS redirects (
  kind TEXT NOT NULL, old_id TEXT NOT NULL, new_id TEXT NOT NULL, since TEXT NOT NULL, why TEXT NOT NULL,
  change TEXT NOT NULL DEFAULT 'merged' CHECK (change IN ('merged', 'split')));
CREATE TABLE IF NOT EXISTS decisions (
  turn INTEGER PRIMARY KEY, id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('approve', 'reject', 'withdraw', 'hide')),
  "by" TEXT NOT NULL, how TEXT, why TEXT, decided_on TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS consents (
  turn INTEGER PRIMARY KEY, subject TEXT NOT NULL, field_group TEXT NOT NULL, scope TEXT NOT NULL, text_version TEXT,
  given_by_role TEXT, method TEXT, given_on TEXT, expires_on TEXT, withdrawn_on TEXT);
CREATE TABLE IF NOT EXISTS clearances (
  turn INTEGER PRIMARY KEY, id TEXT NOT NULL, record_id TEXT NOT NULL, "table" TEXT NOT NULL, field TEXT NOT NULL,
  text TEXT NOT NULL, "by" TEXT NOT NULL, why TEXT NOT NULL, cleared_on TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS judgements (
  turn INTEGER PRIMARY KEY, kind TEXT NOT NULL,
  verdict TEXT NOT NULL CHECK (verdict IN ('SAME', 'DIFFERENT', 'UNSURE')),
  left_id TEXT NOT NULL, right_id TEXT NOT NULL CHECK (left_id < right_id),
  "by" TEXT NOT NULL, why TEXT NOT NULL, judged_on TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS judged (
  turn INTEGER NOT NULL, side TEXT NOT NULL CHECK (side IN ('left', 'right')), record_id TEXT NOT NULL,
  PRIMARY KEY (turn, side, record_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS redactions (
  version TEXT NOT NULL PRIMARY KEY, instead_of TEXT NOT NULL, entity_id TEXT NOT NULL, "by" TEXT NOT NULL,
  why TEXT NOT NULL, redacted_on TEXT NOT NULL);
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


@dataclass(frozen=True)
class Judgement:
    """What a steward said of two ids of one kind, each a record's or an entity's, ``left_id < right_id``. A later
    ``turn`` is a later word. Which records the ids stood for is told by :func:`judged`.
    """

    turn: int
    kind: str
    verdict: str
    left_id: str
    right_id: str
    by: str
    why: str
    judged_on: str


@dataclass(frozen=True)
class Clearance:
    """That a steward let a text be published: the submission ``id`` in which it stood, of which record and field it is,
    and the sha256 of it as ``text``.
    """

    turn: int
    id: str
    record_id: str
    table: str
    field: str
    text: str
    by: str
    why: str
    cleared_on: str


@contextmanager
def opened(home: Path) -> Iterator[sqlite3.Connection]:
    """The ledger of that home in one transaction: all that is done inside is kept, or none of it."""
    con = sqlite3.connect(home / "ledger.sqlite", timeout=30, isolation_level=None)
    try:
        con.execute("PRAGMA journal_mode = WAL")
        con.executescript(DDL)
        _upgrade(con)
        con.execute("BEGIN IMMEDIATE")
        yield con
        con.execute("COMMIT")
    except BaseException:
        if con.in_transaction:
            con.execute("ROLLBACK")
        raise
    finally:
        con.close()


def _upgrade(con: sqlite3.Connection) -> None:
    """A ledger is kept for ever: bring one of an earlier version up to date."""
    if "change" not in {column[1] for column in con.execute("PRAGMA table_info(redirects)")}:
        con.execute("ALTER TABLE redirects ADD COLUMN change TEXT NOT NULL DEFAULT 'merged'")


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
    """Which record bears or bore which id: record_id, entity_id, since (of the record: its last day of coming to that
    id), minted_on (of the id), now (whether it bears it now).
    """
    rows = con.execute(
        """SELECT m.record_id, m.entity_id, m.since, e.minted_on, m.rowid = max(m.rowid) OVER (PARTITION BY m.record_id)
           FROM members m JOIN entities e USING (entity_id)
           WHERE m.kind = ? AND m.rowid IN (SELECT max(rowid) FROM members WHERE kind = ? GROUP BY record_id, entity_id)
           ORDER BY m.record_id, m.rowid""",
        [kind, kind],
    ).fetchall()
    names = ("record_id", "entity_id", "since", "minted_on")
    columns = {name: pa.array([row[i] for row in rows], pa.string()) for i, name in enumerate(names)}
    return pa.table(columns | {"now": pa.array([bool(row[4]) for row in rows], pa.bool_())})


def known_ids(con: sqlite3.Connection) -> set[str]:
    """Every id ever minted, of any kind."""
    return {entity_id for (entity_id,) in con.execute("SELECT entity_id FROM entities")}


def mint(con: sqlite3.Connection, kind: str, ids: Iterable[str], as_of: str) -> None:
    """Remember new ids."""
    con.executemany("INSERT INTO entities VALUES (?, ?, ?)", [(kind, entity_id, as_of) for entity_id in ids])


def remember(con: sqlite3.Connection, kind: str, members: Iterable[tuple[str, str]], as_of: str) -> None:
    """Remember that records (record_id, entity_id) bear an id from now on."""
    con.executemany("INSERT INTO members VALUES (?, ?, ?, ?)", [(kind, *member, as_of) for member in members])


def redirect(
    con: sqlite3.Connection, kind: str, change: str, moves: Iterable[tuple[str, str]], as_of: str, why: str
) -> None:
    """Remember that an id (old, new) has become another (``merged``), or that a part of it has (``split``)."""
    rows = [(kind, *move, as_of, why, change) for move in moves]
    con.executemany("INSERT INTO redirects (kind, old_id, new_id, since, why, change) VALUES (?, ?, ?, ?, ?, ?)", rows)


def redirects(con: sqlite3.Connection) -> list[tuple[int, str, str, str, str, str, str]]:
    """Every redirect in the order of its writing: turn, kind, change, old_id, new_id, since, why."""
    return list(con.execute("SELECT rowid, kind, change, old_id, new_id, since, why FROM redirects ORDER BY rowid"))


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


def clear(
    con: sqlite3.Connection, texts: Iterable[tuple[str, str, str, str, str]], by: str, why: str, cleared_on: str
) -> None:
    """Write down that ``by`` cleared these texts: id, record_id, table, field, text, as :class:`Clearance` has them."""
    columns = 'id, record_id, "table", field, text, "by", why, cleared_on'
    rows = [(*text, by, why, cleared_on) for text in texts]
    con.executemany(f"INSERT INTO clearances ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)


def clearances(con: sqlite3.Connection) -> list[Clearance]:
    """Every clearance in the order of its making."""
    return [Clearance(*row) for row in con.execute("SELECT * FROM clearances ORDER BY turn")]


def bore(con: sqlite3.Connection, entity_ids: Iterable[str], day: str = "") -> list[tuple[str, str, str]]:
    """Every record that bears or ever bore one of these ids, those that left it before ``day`` aside: entity_id, kind,
    record_id.
    """
    ids = list(entity_ids)
    marks = ", ".join("?" * len(ids))
    query = f"""SELECT DISTINCT entity_id, kind, record_id FROM members m WHERE entity_id IN ({marks}) AND NOT EXISTS (
          SELECT 1 FROM members n WHERE n.kind = m.kind AND n.record_id = m.record_id AND n.rowid > m.rowid
          AND n.since < ?) ORDER BY 1, 2, 3"""
    return list(con.execute(query, [*ids, day]))


def bore_redirected(con: sqlite3.Connection) -> list[tuple[int, str, str, str]]:
    """Every record that ever bore an id that a redirect leads away from: turn, kind, entity_id, record_id."""
    query = """SELECT min(rowid), kind, entity_id, record_id FROM members
        WHERE entity_id IN (SELECT old_id FROM redirects) GROUP BY kind, entity_id, record_id ORDER BY 1"""
    return list(con.execute(query))


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


def kinds_of(con: sqlite3.Connection, record_id: str) -> set[str]:
    """The kinds of entities that the record ever was one of; one row of a source may tell of several."""
    found = con.execute("SELECT DISTINCT kind FROM members WHERE record_id = ?", [record_id])
    return {kind for (kind,) in found}


def redirected(con: sqlite3.Connection, kind: str, entity_id: str) -> str | None:
    """The id that this one became, by the last word on it; None where it never became another."""
    query = "SELECT new_id FROM redirects WHERE kind = ? AND old_id = ? AND change = 'merged' ORDER BY rowid DESC"
    found = con.execute(query, [kind, entity_id]).fetchone()
    return found and str(found[0])


def judge(
    con: sqlite3.Connection,
    kind: str,
    verdict: str,
    sides: Mapping[str, Iterable[str]],
    by: str,
    why: str,
    judged_on: str,
) -> Judgement:
    """Write down what ``by`` judged of two ids, each with the records that it stands for today; whether it may be
    judged is for the caller to ask, in the same transaction.
    """
    left, right = sorted(sides)
    told = (kind, verdict, left, right, by, why, judged_on)
    columns = 'kind, verdict, left_id, right_id, "by", why, judged_on'
    turn = con.execute(f"INSERT INTO judgements ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", told).lastrowid
    assert turn is not None
    rows = [(turn, side, record) for side, id in (("left", left), ("right", right)) for record in sides[id]]
    con.executemany("INSERT INTO judged VALUES (?, ?, ?)", rows)
    return Judgement(turn, *told)


def judgements(con: sqlite3.Connection) -> list[Judgement]:
    """Every judgement in the order of its making."""
    return [Judgement(*row) for row in con.execute("SELECT * FROM judgements ORDER BY turn")]


def last_judgement(con: sqlite3.Connection, kind: str, left_id: str, right_id: str) -> Judgement | None:
    """The last word on these two ids, ``left_id < right_id``."""
    query = "SELECT * FROM judgements WHERE kind = ? AND left_id = ? AND right_id = ? ORDER BY turn DESC"
    found = con.execute(query, [kind, left_id, right_id]).fetchone()
    return found and Judgement(*found)


def judged(con: sqlite3.Connection, turn: int | None = None) -> list[tuple[int, str, str]]:
    """The records that the ids of each judgement, or of that one, stood for on its day: turn, side, record_id."""
    query = "SELECT turn, side, record_id FROM judged WHERE turn = coalesce(?, turn) ORDER BY turn, side, record_id"
    return list(con.execute(query, [turn]))


def redact(
    con: sqlite3.Connection, entity_id: str, by: str, why: str, redacted_on: str, versions: Mapping[str, str]
) -> None:
    """Remember which releases (old version, new version) were made anew without that entity; once each."""
    rows = [(new, old, entity_id, by, why, redacted_on) for old, new in versions.items()]
    con.executemany("INSERT OR IGNORE INTO redactions VALUES (?, ?, ?, ?, ?, ?)", rows)


def redactions(con: sqlite3.Connection) -> list[tuple[str, str, str, str, str, str]]:
    """Every release made anew: version, instead_of, entity_id, by, why, redacted_on."""
    return list(con.execute("SELECT * FROM redactions ORDER BY rowid"))
