"""The register: every submission, and where it is on its way from the inbox to a record (:data:`STATES`).

It follows from the inbox's work and the ledger on the day of asking; nothing is kept here.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from schemas import rulebook
from schemas.sql import asking, make_table
from warehouse import ledger
from warehouse.submissions import consents, serving
from warehouse.submissions.work import rows_of, work_of

STATES = {
    "waiting": "承認待ち",
    "approved": "承認済み",
    "hidden": "承認済み（場所は非公開）",
    "superseded": "新しい版に替わった",
    "expired": "同意の期限切れ",
    "rejected": "差し戻し",
    "withdrawn": "取り下げ",
}

SHORTEST = 12
"""Letters of an id that are shown at least."""


@dataclass(frozen=True)
class Submission:
    """What one organization wrote in one file, and what became of it (:data:`STATES`).

    ``id`` holds the sha256 of all that was written, so that a decision is on nothing else; ``short`` is as much of it
    as tells it from every other. ``source`` is the file as a source, ``there`` whether it lies in the inbox; the others
    count its rows and findings. ``approvable``: a row of it was accepted and may be published. One that names no
    organization is called by its municipalities.
    """

    id: str
    short: str
    organization: str
    source: str
    file: str
    there: bool
    rows: int
    accepted: int
    findings: int
    approvable: bool
    state: str
    decisions: tuple[ledger.Decision, ...]


_FACTS = ("id", "organization", "source", "file", "there", "rows", "accepted", "findings")


def listing(home: Path, as_of: date) -> list[Submission]:
    """Every submission, by organization: those of files that lie in the inbox, and all that were decided on."""
    with ledger.opened(home) as book:
        return listed(home, book, as_of)


def listed(home: Path, book: sqlite3.Connection, as_of: date) -> list[Submission]:
    """The same, for who holds the ledger."""
    work = work_of(home)
    if work is None:
        return []
    decided: dict[str, list[ledger.Decision]] = {}
    for decision in ledger.decisions(book):
        decided.setdefault(decision.id, []).append(decision)
    with asking() as con:
        serving.stand(con, work, book, as_of)
        states = _states(con, book)
        query = f"""SELECT submission AS id, {", ".join(_FACTS[1:])} FROM {rows_of(work, "submissions")}
            ORDER BY organization, file, submission"""
        rows = [dict(zip(_FACTS, row, strict=True)) for row in con.execute(query).fetchall()]
        towns = _towns(con, work, [row["id"] for row in rows if not row["organization"]])
        approvable = consents.approvable(con, work, as_of)
    short = shortened([row["id"] for row in rows])
    told = []
    for row in rows:
        id, mine = row["id"], tuple(decided.get(row["id"], ()))
        if row["there"] or mine:
            row |= {"organization": row["organization"] or towns.get(id, ""), "approvable": id in approvable}
            told.append(Submission(**row, short=short[id], state=_state(mine, states.get(id, set())), decisions=mine))
    return told


def shortened(ids: list[str]) -> dict[str, str]:
    """Each id cut to as few letters as tell it from every other, yet to no fewer than :data:`SHORTEST`."""
    told: dict[str, str] = {}
    known = sorted(ids)
    for before, id, after in zip(["", *known], known, [*known[1:], ""], strict=False):
        long = next(n for n in range(SHORTEST, len(id) + 1) if id[:n] not in (before[:n], after[:n]))
        told[id] = id[:long]
    return told


def _towns(con: duckdb.DuckDBPyConnection, work: Path, nameless: list[str]) -> dict[str, str]:
    """Of submissions that name no organization the municipalities of their places, those of most places first."""
    places = rows_of(work, "places")
    if not nameless or places is None:
        return {}
    make_table(con, "nameless", {"submission": nameless})
    rows = con.execute(
        f"""SELECT submission, municipality_code FROM {places} SEMI JOIN nameless
            USING (submission) WHERE municipality_code IS NOT NULL GROUP BY ALL
            ORDER BY count(*) DESC, submission, municipality_code"""
    ).fetchall()
    known = rulebook.codes("municipalities")
    found: dict[str, list[str]] = {}
    for submission, code in rows:
        found.setdefault(submission, []).append(known[code].label_ja if code in known else code)
    return {submission: "、".join(names) for submission, names in found.items()}


def _states(con: duckdb.DuckDBPyConnection, book: sqlite3.Connection) -> dict[str, set[str]]:
    """Of each approved submission what can be said of the records that it is the newest version of."""
    ids = [decision.id for decision in ledger.decisions(book) if decision.kind == "hide"]
    make_table(con, "hidden_ids", {"id": ids})
    make_table(con, "bore", {"record_id": [record for *_, record in ledger.bore(book, ids)]})
    make_table(con, "withdrawn", {"record_id": sorted(consents.withdrawn(book))})
    rows = con.execute(
        """SELECT submission, list(DISTINCT CASE
             WHEN list_contains(o.groups, 'existence') THEN CASE
               WHEN record_id IN (FROM bore) OR submission IN (FROM hidden_ids) THEN 'hidden' ELSE 'approved' END
             WHEN record_id IN (FROM withdrawn) THEN 'withdrawn' ELSE 'expired' END)
           FROM serving LEFT JOIN opened o USING (record_id) GROUP BY submission"""
    ).fetchall()
    return {submission: set(found) for submission, found in rows}


def _state(decided: tuple[ledger.Decision, ...], of_records: set[str]) -> str:
    """The state by the last word on the submission; of an approved one, by what is said of its records."""
    words = [decision.kind for decision in decided if decision.kind != "hide"]
    if not words:
        return "waiting"
    if words[-1] != "approve":
        return {"reject": "rejected", "withdraw": "withdrawn"}[words[-1]]
    return next(
        (state for state in ("hidden", "approved", "withdrawn", "expired") if state in of_records), "superseded"
    )
