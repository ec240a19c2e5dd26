"""Which id an entity has. It is minted once, stays with the oldest member, and comes back to its records.

An id is a keyed hash, so that nobody confirms a guess from one (house rule 5). Which records are one entity is
``warehouse.resolution``'s.
"""

from __future__ import annotations

import hashlib
import hmac
import sqlite3
from pathlib import Path

import duckdb
import pyarrow as pa

from warehouse import ledger
from warehouse.resolution import night

KINDS = (*night.KINDS, *night.ALONE)
DESKS = Path(__file__).parent / "keys" / "desks.sql"
ID_DIGITS = 16


def make_desks(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``desks`` (record_id, desk, counter): which rows name one desk that serves several municipalities."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE desks AS {DESKS.read_text(encoding='utf-8')}")


def assign(con: duckdb.DuckDBPyConnection, book: sqlite3.Connection, key: bytes, as_of: str) -> None:
    """Make table ``members`` (kind, record_id, source, entity_id) of ``resolved``, and remember it."""
    con.execute("CREATE TABLE members (kind VARCHAR, record_id VARCHAR, source VARCHAR, entity_id VARCHAR)")
    taken = ledger.known_ids(book)
    for kind in KINDS:
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE clusters AS SELECT * EXCLUDE (kind) FROM resolved WHERE kind = '{kind}'"
        )
        _keep(con, book, kind)
        taken |= _mint(con, book, kind, key, taken, as_of)
        _remember(con, book, kind, as_of)


def _keep(con: duckdb.DuckDBPyConnection, book: sqlite3.Connection, kind: str) -> None:
    """``kept``: cluster → the id it keeps. Two claim one id: the cluster with its oldest member has it.

    An id that its records bear now comes before one that they bore before. That one comes back only where nobody
    bears it, as where two were made one by mistake and are two again.
    """
    con.register("borne_now", ledger.bearers(book, kind))
    con.execute("CREATE OR REPLACE TEMP TABLE borne AS SELECT * FROM borne_now")
    con.unregister("borne_now")
    con.execute("CREATE OR REPLACE TEMP TABLE bearers AS SELECT * EXCLUDE (now) FROM borne WHERE now")
    con.execute(
        """CREATE OR REPLACE TEMP TABLE kept AS
           WITH claims AS (
             SELECT cluster, entity_id, minted_on, bool_or(now) AS now, min((since, record_id)) AS oldest
             FROM clusters JOIN borne USING (record_id) GROUP BY ALL),
           won AS (
             SELECT * FROM claims QUALIFY row_number() OVER (PARTITION BY entity_id ORDER BY now DESC, oldest) = 1)
           SELECT cluster, entity_id FROM won
           QUALIFY row_number() OVER (PARTITION BY cluster ORDER BY now DESC, minted_on, oldest, entity_id) = 1"""
    )


def _mint(
    con: duckdb.DuckDBPyConnection, book: sqlite3.Connection, kind: str, key: bytes, taken: set[str], as_of: str
) -> set[str]:
    """Ids for the clusters that have none; return the new ones."""
    new = con.execute(
        "SELECT cluster, min(anchor) FROM clusters ANTI JOIN kept USING (cluster) GROUP BY cluster ORDER BY min(anchor)"
    ).fetchall()
    minted: dict[str, str] = {}
    used = set(taken)
    for cluster, anchor in new:
        turn = 1
        while (entity_id := _entity_id(key, kind, anchor, turn)) in used:
            turn += 1
        used.add(entity_id)
        minted[cluster] = entity_id
    ledger.mint(book, kind, minted.values(), as_of)
    pairs = pa.table(
        {"cluster": pa.array(list(minted), pa.string()), "entity_id": pa.array(list(minted.values()), pa.string())}
    )
    con.register("minted", pairs)
    con.execute("INSERT INTO kept SELECT cluster, entity_id FROM minted")
    con.unregister("minted")
    return set(minted.values())


def _entity_id(key: bytes, kind: str, anchor: str, turn: int) -> str:
    """An id from what it is minted from; ``turn`` counts up where an older entity has that id already."""
    text = f"{kind}|{anchor}" if turn == 1 else f"{kind}|{anchor}|{turn}"
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:ID_DIGITS]


def _remember(con: duckdb.DuckDBPyConnection, book: sqlite3.Connection, kind: str, as_of: str) -> None:
    con.execute(
        f"""INSERT INTO members SELECT '{kind}', record_id, source, entity_id
            FROM clusters JOIN kept USING (cluster) ORDER BY record_id"""
    )
    changed = con.execute(
        f"""SELECT m.record_id, m.entity_id FROM members m LEFT JOIN bearers b USING (record_id)
            WHERE m.kind = '{kind}' AND m.entity_id IS DISTINCT FROM b.entity_id ORDER BY m.record_id"""
    ).fetchall()
    ledger.remember(book, kind, changed, as_of)
    moves = con.execute(
        f"""SELECT b.entity_id, arg_min(m.entity_id, (b.since, b.record_id))
            FROM bearers b JOIN members m USING (record_id)
            WHERE m.kind = '{kind}' AND b.entity_id NOT IN (SELECT entity_id FROM members WHERE kind = '{kind}')
            GROUP BY b.entity_id ORDER BY b.entity_id"""
    ).fetchall()
    ledger.redirect(book, kind, "merged", moves, as_of, "同じものの記録と分かったため一つにしました")
    parts = con.execute(
        f"""SELECT DISTINCT b.entity_id, m.entity_id
            FROM bearers b JOIN members m USING (record_id)
            WHERE m.kind = '{kind}' AND m.entity_id <> b.entity_id
              AND b.entity_id IN (SELECT entity_id FROM members WHERE kind = '{kind}') ORDER BY ALL"""
    ).fetchall()
    ledger.redirect(book, kind, "split", parts, as_of, "別のものと分かったため分けました")
