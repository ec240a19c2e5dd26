"""What stewards say of pairs: are these two the same? When it can be said, and what all of it means tonight.

A judgement names two ids and holds for the records that they stood for on that day, so that it outlives whatever
becomes of entities, sources and scores. What a judgement does to entities is ``resolution``'s, how a steward is asked
and told ``pipelines.judging``'s.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal, get_args

import duckdb

from schemas import rulebook, sql
from warehouse import ledger

Verdict = Literal["SAME", "DIFFERENT", "UNSURE"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

Kind = Literal["organizations", "places", "services"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""Kinds of entities of which two can turn out to be one."""

ORDINALS = ("一つ目", "二つ目")


class JudgementError(Exception):
    """The judgement cannot be made; the text says why, and what to do instead. It never quotes an id or a reason:
    it is shown where everybody can read it.
    """


@dataclass(frozen=True)
class Judged:
    """What came of it. ``followed``: ids as they were given, that have become another since, with the one that was
    judged instead. ``standing``: it was the last word on these two already, and nothing was written.
    """

    judgement: ledger.Judgement
    followed: Mapping[str, str]
    standing: bool


def judge(
    home: Path, verdict: Verdict, one: str, two: str, by: str, why: str, judged_on: date, kind: Kind | None = None
) -> Judged:
    """Write down what ``by`` says of two ids, each of a record or of an entity (then of all records that bear it).

    ``kind`` is needed where the ids alone do not tell it: a row of a source can be an organization, a place and a
    service. Raises :class:`JudgementError`.
    """
    by, why = by.strip(), why.strip()
    if not by or not why:
        raise JudgementError("だれが、なぜそう判断したかを、どちらも書いてください。 (Say who judges, and why.)")
    with ledger.opened(home) as book, current(home) as con:
        ids = (one.strip(), two.strip())
        of = _kind(book, con, ids, kind)
        become = {id: now(book, con, of, id) for id in ids}
        sides = {id: _stands_for(book, of, id) for id in become.values()}
        _refuse(sides)
        followed = {id: other for id, other in become.items() if id != other}
        left, right = sorted(sides)
        last = ledger.last_judgement(book, of, left, right)
        same = last and (last.verdict, last.by, last.why) == (verdict, by, why)
        if last and same and _sides(book, last.turn) == (sides[left], sides[right]):
            return Judged(last, followed, True)
        told = ledger.judge(book, of, verdict, sides, by, why, judged_on.isoformat())
        return Judged(told, followed, False)


def is_one(home: Path, judgement: ledger.Judgement) -> bool:
    """Whether a record of one side and a record of the other stand in one entity of the warehouse as it is."""
    with ledger.opened(home) as book:
        sides = _sides(book, judgement.turn)
    with current(home) as con:
        if con is None:
            return False
        left, right = (_entities(con, judgement.kind, records) for records in sides)
        return bool(left & right)


# -- the night


def digest(book: sqlite3.Connection) -> str:
    """A hash of all that was judged; it changes with every judgement."""
    told = [(one.turn, one.kind, one.verdict, one.left_id, one.right_id) for one in ledger.judgements(book)]
    return hashlib.sha256(json.dumps([told, ledger.judged(book)]).encode()).hexdigest()


def make_table(con: duckdb.DuckDBPyConnection, book: sqlite3.Connection, name: str, present: str) -> None:
    """Make the temporary table ``name`` (kind, verdict, left_id, right_id), in no order: a row a pair of records,
    left_id < right_id, of those that the table ``present`` (kind, record_id) holds.

    Of two ids the last word counts, and so it does of two records, whichever ids they were judged by. A DIFFERENT and
    an UNSURE are said of each record on one side with each on the other. A SAME is said of the first record on each
    side, for the others hang on it; all of it falls once somebody says otherwise of any of its pairs, because to take
    a word back must undo what it joined.
    """
    said, records = ledger.judgements(book), ledger.judged(book)
    names = ("turn", "kind", "verdict", "left_id", "right_id")
    sql.make_table(con, "said", {name: [getattr(one, name) for one in said] for name in names}, turn="BIGINT")
    columns = {name: [row[place] for row in records] for place, name in enumerate(("turn", "side", "record_id"))}
    sql.make_table(con, "said_of", columns, turn="BIGINT")
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE said_pairs AS
            WITH last_words AS (
              SELECT * FROM said QUALIFY turn = max(turn) OVER (PARTITION BY kind, left_id, right_id)),
            sides AS (
              SELECT turn, kind, verdict, side, record_id,
                (kind, record_id) IN (SELECT (kind, record_id) FROM {sql.identifier(present)}) AS here
              FROM last_words JOIN said_of USING (turn))
            SELECT l.turn, l.kind, l.verdict, l.record_id AS one, r.record_id AS two, l.here AND r.here AS here,
              max((l.turn, l.verdict)) OVER (PARTITION BY l.kind, least(one, two), greatest(one, two)) AS last_word
            FROM sides l JOIN sides r ON r.turn = l.turn AND l.side = 'left' AND r.side = 'right'"""
    )
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE {sql.identifier(name)} AS
            WITH counted AS (
              SELECT kind, verdict, one, two FROM said_pairs
                WHERE here AND verdict <> 'SAME' AND last_word = (turn, verdict)
              UNION ALL SELECT kind, verdict, min(one), min(two) FROM said_pairs
                ANTI JOIN (FROM said_pairs WHERE last_word[2] <> 'SAME') USING (turn)
                WHERE here AND verdict = 'SAME' GROUP BY turn, kind, verdict)
            SELECT DISTINCT kind, verdict, least(one, two) AS left_id, greatest(one, two) AS right_id FROM counted"""
    )


# -- ids


@contextmanager
def current(home: Path) -> Iterator[duckdb.DuckDBPyConnection | None]:
    """The warehouse as it is, None where there is none yet."""
    path = home / "warehouse.duckdb"
    if not path.exists():
        yield None
        return
    with duckdb.connect(str(path), read_only=True) as con:
        yield con


def _kind(
    book: sqlite3.Connection, con: duckdb.DuckDBPyConnection | None, ids: tuple[str, str], told: str | None
) -> str:
    """The one kind of which both ids can be."""
    one, two = (_kinds(book, con, id) for id in ids)
    for kinds, ordinal in zip((one, two), ORDINALS, strict=True):
        if not kinds:
            raise JudgementError(
                f"{ordinal}の id は、記録の id にも、公開されたことのある id にもありません。"
                "michishirube review で確かめてください。 (Unknown id.)"
            )
    both = one & two if told is None else one & two & {told}
    if not both:
        titles = "、".join(_title(kind) for kind in sorted(one | two))
        raise JudgementError(
            f"二つの id は、同じ種類のもの{f'（{_title(told)}）' if told else ''}ではありません（{titles}）。"
            "団体は団体と、拠点は拠点と、支援は支援と比べてください。 (Two different kinds.)"
        )
    if not (judgeable := sorted(both & set(KINDS))):
        raise JudgementError("判断できるのは、団体・拠点・支援だけです。 (Only organizations, places, services.)")
    if len(judgeable) > 1:
        raise JudgementError(
            f"この二つは{'・'.join(map(_title, judgeable))}のどれでもあります。どの種類の判断か"
            f"（kind：{'、'.join(judgeable)}）も書いてください。 (Say of which kind.)"
        )
    return judgeable[0]


def _kinds(book: sqlite3.Connection, con: duckdb.DuckDBPyConnection | None, id: str) -> set[str]:
    """The kinds that an id, of an entity or a record, is of; none where nobody knows it."""
    if entity := ledger.kind_of(book, id):
        return {entity}
    found = con.execute("SELECT DISTINCT kind FROM members WHERE record_id = ?", [id]).fetchall() if con else []
    return ledger.kinds_of(book, id) | {kind for (kind,) in found}


def _title(kind: str) -> str:
    return rulebook.table(kind).title


def now(book: sqlite3.Connection, con: duckdb.DuckDBPyConnection | None, kind: str, id: str) -> str:
    """The id itself, or the one that it has become."""
    seen = {id}
    while not _serves(con, kind, id) and (other := ledger.redirected(book, kind, id)) and other not in seen:
        seen.add(id := other)
    return id


def _serves(con: duckdb.DuckDBPyConnection | None, kind: str, id: str) -> bool:
    """Whether that id is borne in the warehouse: an old one can have come back."""
    query = "SELECT 1 FROM members WHERE kind = ? AND entity_id = ?"
    return con is not None and con.execute(query, [kind, id]).fetchone() is not None


def _stands_for(book: sqlite3.Connection, kind: str, id: str) -> list[str]:
    return ledger.borne(book, kind, id) if ledger.kind_of(book, id) else [id]


def _refuse(sides: Mapping[str, list[str]]) -> None:
    """Raise where the two are no two."""
    if len(sides) < 2:
        raise JudgementError(
            "二つの id は同じものを指しています（前の id が一つにまとまったときも）。一つのものの中を分けるには、"
            "michishirube review にその id を書いて、記録の id 二つを選んでください。 (Both are one id.)"
        )
    one, two = sides.values()
    if not one or not two:
        raise JudgementError(
            "もう使われていない id があります。michishirube review で今の id を確かめてください。"
            " (An id that nothing bears any more.)"
        )
    if set(one) & set(two):
        raise JudgementError(
            "一方の id は、もう一方の中の記録です。中を分けるには、michishirube review にその id を書いて、"
            "記録の id 二つを選んでください。 (One is a record inside the other.)"
        )


def _sides(book: sqlite3.Connection, turn: int) -> tuple[list[str], list[str]]:
    """The records on the left and on the right of that judgement."""
    told = ledger.judged(book, turn)
    left, right = ([record for _, side, record in told if side == which] for which in ("left", "right"))
    return left, right


def _entities(con: duckdb.DuckDBPyConnection, kind: str, records: list[str]) -> set[str]:
    query = "SELECT DISTINCT entity_id FROM members WHERE kind = ? AND record_id IN (SELECT unnest(?::VARCHAR[]))"
    return {entity for (entity,) in con.execute(query, [kind, records]).fetchall()}
