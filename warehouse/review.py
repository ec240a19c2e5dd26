"""What a steward looks at before judging: the queue of proposals, and what an entity is made of, each with its reasons.

Read from the warehouse as it is, with the values that were compared: for the steward's own eyes, and for no file,
log or page. What is judged of it is ``judgements``'s.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse import judgements, ledger
from warehouse.judgements import Kind
from warehouse.resolution import model
from warehouse.resolution.night import KINDS as EVIDENCE

START_JA = "どの組も持つ、はじめの重み"


class NothingToReviewError(Exception):
    """There is no warehouse that could be looked at; the text says what to do."""


@dataclass(frozen=True)
class Record:
    """What a source says, as it was compared; ``entity_id`` is what it counts as, ``source`` the source's title."""

    record_id: str
    entity_id: str
    source: str
    name: str | None
    name_kana: str | None
    corporate_number: str | None
    area: str | None
    address: str | None
    phone: str | None
    fax: str | None
    url: str | None


@dataclass(frozen=True)
class Reason:
    """A reason as people read it; without a weight it tells what decided beside the evidence."""

    ja: str
    weight: float | None


@dataclass(frozen=True)
class Pair:
    """Two records and what speaks for or against their being one; the weights of the reasons make up ``weight``.
    ``judged`` is the last word on them or on their entities, which the warehouse may not know yet.
    """

    kind: str
    band: str
    weight: float | None
    reasons: tuple[Reason, ...]
    left: Record
    right: Record
    judged: ledger.Judgement | None


@dataclass(frozen=True)
class Entity:
    """The records of an entity, why they are one (the weakest reason first), and what it may be one with besides."""

    kind: str
    entity_id: str
    records: tuple[Record, ...]
    merged: tuple[Pair, ...]
    proposed: tuple[Pair, ...]


def queue(home: Path, kind: Kind | None = None) -> list[Pair]:
    """The proposals that a person can read in a day, best evidence first. Raises :class:`NothingToReviewError`."""
    with _warehouse(home) as con:
        query = """SELECT kind, 'proposed' AS band, weight, reasons, left_id, right_id, rank AS place
            FROM review_queue q WHERE q.kind = coalesce($kind, q.kind)"""
        return _pairs(con, _said(home), query, {"kind": kind})


def entities(home: Path, id: str, kind: Kind | None = None) -> list[Entity]:
    """What that id is, of an entity or a record: one entity a kind, for a row of a source may tell of several kinds.
    An id that was merged away is followed. Nothing where no current record bears it. Raises
    :class:`NothingToReviewError`.
    """
    with _warehouse(home) as con:
        with ledger.opened(home) as book:
            of = ledger.kind_of(book, id)
            id = judgements.now(book, con, of, id) if of else id
        found = con.execute(
            """SELECT DISTINCT kind, entity_id FROM members
               WHERE $id IN (entity_id, record_id) AND kind = coalesce($kind, kind) ORDER BY ALL""",
            {"id": id, "kind": kind},
        ).fetchall()
        said = _said(home)
        return [_entity(con, said, of, entity) for of, entity in found if of in judgements.KINDS]


@contextmanager
def _warehouse(home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with judgements.current(home) as con:
        tables = con.execute("SELECT table_name FROM information_schema.tables").fetchall() if con else []
        if con is None or ("review_queue",) not in tables:
            raise NothingToReviewError(
                "見比べるものが、まだありません。先に michishirube nightly を実行してください。 (Nothing resolved yet.)"
            )
        yield con


Said = Mapping[tuple[str, str, str], ledger.Judgement]
"""The last word by kind and the two ids in order."""


def _said(home: Path) -> Said:
    with ledger.opened(home) as book:
        return {(one.kind, one.left_id, one.right_id): one for one in ledger.judgements(book)}


def _entity(con: duckdb.DuckDBPyConnection, said: Said, kind: str, entity_id: str) -> Entity:
    asked = {"kind": kind, "entity": entity_id}
    found = con.execute(
        "SELECT record_id FROM members WHERE kind = $kind AND entity_id = $entity ORDER BY record_id", asked
    ).fetchall()
    records = _records(con, {(kind, record) for (record,) in found})
    inside = """(SELECT record_id FROM members WHERE kind = $kind AND entity_id = $entity)"""
    # What was weakest comes first of what was merged, for there a mistake is found.
    merged = f"""SELECT kind, band, weight, reasons, left_id, right_id, weight AS place FROM pairs
        WHERE kind = $kind AND band = 'merged' AND left_id IN {inside} AND right_id IN {inside}"""
    proposed = f"""SELECT kind, band, weight, reasons, left_id, right_id, -weight AS place FROM pairs
        WHERE kind = $kind AND band = 'proposed' AND (left_id IN {inside} OR right_id IN {inside})"""
    return Entity(
        kind,
        entity_id,
        tuple(records.values()),
        tuple(_pairs(con, said, merged, asked)),
        tuple(_pairs(con, said, proposed, asked)),
    )


def _pairs(con: duckdb.DuckDBPyConnection, said: Said, query: str, asked: Mapping[str, str | None]) -> list[Pair]:
    """The pairs that a query tells (kind, band, weight, reasons, left_id, right_id, place), in the order of place."""
    rows = con.execute(f"{query} ORDER BY place NULLS LAST, kind, left_id, right_id", asked).fetchall()
    records = _records(con, {(row[0], id) for row in rows for id in row[4:6]})
    found = []
    for kind, band, weight, told, *ids, _ in rows:
        left, right = (records[kind, id] for id in ids)
        found.append(
            Pair(kind, band, weight, _reasons(kind, weight, told), left, right, _last(said, kind, left, right))
        )
    return found


def _last(said: Said, kind: str, left: Record, right: Record) -> ledger.Judgement | None:
    """The last word on these records, or on what they count as."""
    ids = (sorted((left.record_id, right.record_id)), sorted((left.entity_id, right.entity_id)))
    words = [said[kind, one, two] for one, two in ids if (kind, one, two) in said]
    return max(words, key=lambda word: word.turn, default=None)


def _reasons(kind: str, weight: float | None, told: str) -> tuple[Reason, ...]:
    """The reasons with the start that every weighed pair has, so that they make up its weight."""
    reasons = tuple(Reason(one["ja"], one.get("weight")) for one in json.loads(told))
    evidence = EVIDENCE[kind]
    if weight is None or evidence is None:
        return reasons
    return (*reasons, Reason(START_JA, model.reviewed(evidence).start))


def _records(con: duckdb.DuckDBPyConnection, wanted: set[tuple[str, str]]) -> dict[tuple[str, str], Record]:
    """The records by kind and id, in the order of both."""
    names = list(Record.__dataclass_fields__)
    compared = ", ".join(f"c.{name}" for name in names[3:])
    rows = con.execute(
        f"""SELECT m.kind, m.record_id, m.entity_id, coalesce(s.title, m.source), {compared}
            FROM members m LEFT JOIN compared c ON c.kind = m.kind AND c.record_id = m.record_id
            LEFT JOIN source_runs s ON s.source = m.source
            WHERE (m.kind, m.record_id) IN (SELECT unnest($kinds::VARCHAR[]), unnest($ids::VARCHAR[]))
            QUALIFY row_number() OVER (PARTITION BY m.kind, m.record_id ORDER BY {compared}) = 1
            ORDER BY m.kind, m.record_id""",
        {"kinds": [kind for kind, _ in sorted(wanted)], "ids": [id for _, id in sorted(wanted)]},
    ).fetchall()
    return {(kind, told[0]): Record(*told) for kind, *told in rows}
