"""What of the submissions may be loaded: approved, not withdrawn, and of it only what its consents open.

A submission is what one organization wrote in one file; its records wait until a steward approves it (house rule 6).
Of the same natural key the newest approved one counts, and of an organization's whole statements the newest approved
alone. The work of source ``inbox`` says what was submitted, the
ledger what was decided; here is what follows from both. How a steward is asked and told is ``pipelines.approvals``'s.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb

from schemas import rulebook
from schemas.codelist import fold
from schemas.rulebook import Field, Table
from schemas.sql import asking, literal, make_table
from warehouse import clearances, ledger

SOURCE = "inbox"
OPEN = "open"
WITHHELD = "internal"
"""The scope of whatever a form says nothing about."""

STATES = {
    "waiting": "承認待ち",
    "approved": "承認済み",
    "hidden": "承認済み（場所は非公開）",
    "superseded": "新しい版に替わった",
    "expired": "同意の期限切れ",
    "rejected": "差し戻し",
    "withdrawn": "取り下げ",
}
LOCATED = ("organizations", "services", "places")
"""Kinds of entities whose place can be hidden."""


CONSENTED = ("scope", "text_version", "given_by_role", "method", "given_on", "expires_on", "withdrawn_on")
"""What a consent says beside whose it is and of which fields."""

SHORTEST = 12
"""Letters of an id that are shown at least."""


class DecisionError(Exception):
    """The decision cannot be taken; the text says why, and what to do instead."""


class StandingError(DecisionError):
    """The decision stands already; it may not have taken effect yet."""


@dataclass(frozen=True)
class Change:
    """What is otherwise than in what serves now. ``kind`` is ``new``, ``changed``, ``gone`` (published no more once
    this is approved) or ``kept`` (not in this one, and published on); a changed value has the heading and both values
    (None: blank), a new record in ``after`` all of its headings and values.
    """

    kind: str
    table: str
    record: str
    heading: str | None = None
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True)
class Alike:
    """A published organization with the submission's corporate number (``number``) or, if not that, its name;
    ``sources`` are the titles of those that tell of it.
    """

    name: str
    municipality: str | None
    sources: str
    number: bool


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


def work_of(home: Path) -> Path | None:
    """The folder of the inbox's work, None before the first night."""
    current = home / "accepted" / SOURCE / "current"
    return home / "accepted" / SOURCE / current.read_text(encoding="utf-8") if current.exists() else None


# -- the night


def digest(book: sqlite3.Connection, as_of: date) -> str:
    """A hash of all decisions and clearances, and of the consents that are open on that day."""
    opened = sorted(
        f"{told['subject']} {told['field_group']}" for told in ledger.consents(book) if is_open(told, as_of)
    )
    decided = [(decision.id, decision.kind, decision.decided_on) for decision in ledger.decisions(book)]
    cleared = sorted({(one.record_id, one.table, one.field, one.text) for one in ledger.clearances(book)})
    return hashlib.sha256(json.dumps([decided, opened, cleared]).encode()).hexdigest()


def is_open(consent: Mapping[str, str | None], as_of: date) -> bool:
    """Whether that consent lets everyone see its fields on that day: somebody in some role agreed to words that we
    know, by that day. One that was withdrawn is closed on every day.
    """
    day, given_on, expires_on = as_of.isoformat(), consent["given_on"], consent["expires_on"]
    given = consent["given_by_role"] and consent["text_version"] in rulebook.codes("consent_texts")
    lasts = given_on is not None and given_on <= day and (expires_on is None or expires_on >= day)
    return consent["scope"] == OPEN and consent["withdrawn_on"] is None and bool(given) and lasts


def admit(con: duckdb.DuckDBPyConnection, work: Path | None, book: sqlite3.Connection, as_of: date) -> None:
    """Make ``admitted_<table>`` of every table that sources fill: file, row and the record fields of what may be
    loaded. Without ``work`` they are empty.
    """
    _stand(con, work, book, as_of)
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
    path = work / f"{table.name}.parquet" if work else None
    if path is None or not path.exists() or table.name == "consents":
        empty = ", ".join(f'NULL::{field.duckdb_type} AS "{field.name}"' for field in table.record_fields)
        return f'SELECT NULL::VARCHAR AS file, NULL::BIGINT AS "row", {empty} WHERE FALSE'
    if table.name == "organizations":
        return _of_organizations(con, table, path)
    located = any(field.name == "address_visibility" for field in table.fields)
    needed = {field.consent_group for field in table.record_fields if field.required and field.consent_group}
    opened = " AND ".join(_is_open(group) for group in sorted({"existence", *needed}))
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


def hide(con: duckdb.DuckDBPyConnection, book: sqlite3.Connection) -> None:
    """Let ``address_visibility`` of what a steward hid be ``hidden``, after ``members`` was made.

    An organization takes its places with it, a service its places, or failing those its organization. It holds for
    whatever becomes of the entity or the submission: nothing opens it again by itself.
    """
    decided = [decision for decision in ledger.decisions(book) if decision.kind == "hide"]
    ids = [decision.id for decision in decided]
    # Who had been parted from it before that day is another.
    bore = [told for decision in decided for told in ledger.bore(book, [decision.id], decision.decided_on)]
    make_table(con, "hidden_ids", {"id": ids})
    make_table(con, "bore", {"kind": [kind for _, kind, _ in bore], "record_id": [record for *_, record in bore]})
    con.execute(
        """CREATE OR REPLACE TEMP TABLE hidden_records AS
           SELECT kind, record_id FROM bore
           UNION SELECT kind, record_id FROM members JOIN hidden_ids ON entity_id = id
           UNION SELECT 'organizations', record_id FROM held JOIN hidden_ids ON submission = id"""
    )
    con.execute(
        """UPDATE accepted_organizations SET address_visibility = 'hidden' WHERE record_id IN (
             SELECT record_id FROM hidden_records
             WHERE kind = 'organizations'
                OR (kind = 'services' AND record_id NOT IN (SELECT record_id FROM accepted_places)))"""
    )
    con.execute(
        """UPDATE accepted_places SET address_visibility = 'hidden'
           WHERE record_id IN (SELECT record_id FROM hidden_records)"""
    )


def _stand(con: duckdb.DuckDBPyConnection, work: Path | None, book: sqlite3.Connection, as_of: date) -> None:
    """``held`` (submission, record_id): what was submitted; ``serving``: of each record the newest approved
    submission, unless a newer statement replaced it; ``outdated``: submissions whose organization said something newer;
    ``opened`` (record_id, groups): the field groups that are open; ``agreed``: those that are open in all rows of the
    submission; and ``cleared`` (``clearances``).
    """
    clearances.stand(con, work, book)
    tables = sorted(path for path in work.glob("*.parquet") if path.stem in rulebook.tables()) if work else []
    held = [f"SELECT submission, record_id FROM read_parquet({literal(str(path))})" for path in tables]
    nothing = "SELECT NULL::VARCHAR AS submission, NULL::VARCHAR AS record_id WHERE FALSE"
    con.execute(f"CREATE OR REPLACE TEMP TABLE held AS {' UNION '.join([nothing, *held])}")
    decided = ledger.decisions(book)
    columns = {name: [getattr(one, name) for one in decided] for name in ("turn", "id", "kind", "decided_on")}
    make_table(con, "decided", columns, turn="BIGINT")
    _givers(con, work)
    # However often a newer one was withdrawn since: nothing older comes back by itself.
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE outdated AS
            WITH approved AS (
              SELECT g.*, turn FROM givers g JOIN (
                SELECT id AS submission, max(turn) AS turn FROM decided WHERE kind = 'approve' GROUP BY id)
              USING (submission))
            SELECT o.submission, bool_or({REPLACES}) AS replaced
            FROM approved o JOIN approved n ON {SAME_GIVER} AND n.turn > o.turn GROUP BY o.submission"""
    )
    con.execute(
        """CREATE OR REPLACE TEMP TABLE serving AS
           WITH last_words AS (
             SELECT id AS submission, max(turn) AS turn, arg_max(kind, turn) AS kind,
               arg_max(decided_on, turn) AS decided_on
             FROM decided WHERE kind <> 'hide' GROUP BY id)
           SELECT * EXCLUDE (turn) FROM (
             SELECT submission, record_id, decided_on, turn FROM held JOIN last_words USING (submission)
             WHERE kind = 'approve' QUALIFY row_number() OVER (PARTITION BY record_id ORDER BY turn DESC) = 1)
           WHERE submission NOT IN (SELECT submission FROM outdated WHERE replaced)"""
    )
    opened = [told for told in ledger.consents(book) if is_open(told, as_of)]
    pairs = {name: [told[name] for told in opened] for name in ("subject", "field_group")}
    make_table(con, "open_consents", pairs)
    con.execute(
        """CREATE OR REPLACE TEMP TABLE opened AS
           SELECT subject AS record_id, list(field_group ORDER BY field_group) AS groups
           FROM open_consents GROUP BY subject"""
    )
    con.execute(
        """CREATE OR REPLACE TEMP TABLE agreed AS
           WITH rows AS (
             SELECT submission, record_id, groups, count(*) OVER (PARTITION BY submission) AS all_rows
             FROM serving JOIN opened USING (record_id) WHERE list_contains(groups, 'existence')),
           said AS (SELECT submission, all_rows, unnest(groups) AS told FROM rows),
           common AS (
             SELECT submission, told FROM said GROUP BY submission, told, all_rows HAVING count(*) = all_rows)
           SELECT record_id, list(told ORDER BY told) AS groups
           FROM rows JOIN common USING (submission) GROUP BY record_id"""
    )


SAME_GIVER = (
    "o.giver = n.giver AND o.form = n.form AND o.submission <> n.submission AND coalesce(o.number = n.number, TRUE)"
)
"""SQL: both submissions are of one organization, by the same kind of form; two corporate numbers are two."""

REPLACES = "o.whole AND n.whole"
"""SQL: submission ``n`` stands in place of ``o``, with all that ``o`` holds."""


def _givers(con: duckdb.DuckDBPyConnection, work: Path | None) -> None:
    """``givers`` (submission, giver, form, whole, number): whose each submission is, its name folded, and its corporate
    number if it tells one.
    """
    nothing = "SELECT NULL::VARCHAR AS submission, NULL::VARCHAR AS corporate_number WHERE FALSE"
    path = work / "organizations.parquet" if work else None
    numbers = f"SELECT submission, corporate_number FROM read_parquet({literal(str(path))})"
    rows: list[tuple[Any, ...]] = []
    if work:
        query = f"""SELECT submission, organization, form, whole, number
            FROM read_parquet({literal(str(work / "submissions.parquet"))}) LEFT JOIN (
              SELECT submission, CASE WHEN count(DISTINCT corporate_number) = 1 THEN min(corporate_number) END AS number
              FROM ({numbers if path and path.exists() else nothing}) GROUP BY submission) USING (submission)
            WHERE organization <> ''"""
        rows = con.execute(query).fetchall()
    names = ("submission", "giver", "form", "whole", "number")
    told: dict[str, list[Any]] = {name: [row[place] for row in rows] for place, name in enumerate(names)}
    told["giver"] = [fold(name) for name in told["giver"]]
    make_table(con, "givers", told, whole="BOOLEAN")


# -- the steward


def listing(home: Path, as_of: date) -> list[Submission]:
    """Every submission, by organization: those of files that lie in the inbox, and all that were decided on."""
    with ledger.opened(home) as book:
        return _listing(home, book, as_of)


def approve(home: Path, submission: str, by: str, how: str, today: date) -> Submission:
    """Let the submission be published, as far as its form consents. Raises :class:`DecisionError`."""
    with ledger.opened(home) as book:
        found = _known(home, book, submission, today)
        if found.state in ("waiting", "rejected"):
            ledger.consent(book, _consents(home, submission, today))
            ledger.decide(book, submission, "approve", by, today.isoformat(), how=how)
            return _known(home, book, submission, today)
    if found.state == "withdrawn":
        raise DecisionError(
            f"{found.short} は取り下げられています。公開するには、同意した日を書き直した票をもらい、"
            "受付箱に置いてください。 (It was withdrawn; ask for a new form.)"
        )
    raise DecisionError(f"{found.short} はもう承認されています（{STATES[found.state]}）。 (Already approved.)")


def reject(home: Path, submission: str, by: str, why: str, today: date) -> Submission:
    """Say no to a submission that waits. Raises :class:`DecisionError`."""
    with ledger.opened(home) as book:
        found = _known(home, book, submission, today)
        if found.state != "waiting":
            raise DecisionError(
                f"{found.short} は{STATES[found.state]}です。差し戻せるのは承認待ちのものだけです。"
                "公開をやめるには withdraw、場所を隠すには hide を使ってください。 (Already decided.)"
            )
        ledger.decide(book, submission, "reject", by, today.isoformat(), why=why)
        return _known(home, book, submission, today)


def withdraw(home: Path, id: str, by: str, why: str, today: date) -> int:
    """Take a submission, or what was submitted of a published entity, out of publication; how many rows of it that is.

    Its consents are withdrawn, so that no earlier version comes back. Raises :class:`DecisionError`.
    """
    with ledger.opened(home) as book:
        records = _served(home, book, id, today)
        if not records:
            raise _nothing_to_withdraw(home, book, id, today)
        day = today.isoformat()
        told = [one for one in ledger.consents(book) if one["subject"] in records and one["withdrawn_on"] is None]
        ledger.consent(book, [one | {"withdrawn_on": day} for one in told])
        ledger.decide(book, id, "withdraw", by, day, why=why)
        return len(records)


def withheld(home: Path, submission: str) -> list[clearances.Waiting]:
    """The texts of that submission that wait, or waited, for a steward."""
    with ledger.opened(home) as book:
        return clearances.waiting(work_of(home), book, submission)


def clear(home: Path, submission: str, label: str, by: str, why: str, today: date) -> Submission:
    """Let the withheld text of that label be published as far as it is consented to. Raises :class:`DecisionError`."""
    with ledger.opened(home) as book:
        found = _known(home, book, submission, today)
        try:
            fresh = clearances.clear(work_of(home), book, submission, label, by, why, today)
        except clearances.UnknownFieldError as error:
            raise DecisionError(str(error)) from None
        if not fresh:
            raise StandingError(f"{found.short} の「{label}」はもう確認済みです。 (Already cleared.)")
        return found


def hide_id(home: Path, id: str, by: str, why: str, today: date) -> None:
    """Hide where a submission's, or a published entity's, places are. Raises :class:`DecisionError`."""
    with ledger.opened(home) as book:
        if any(one.id == id and one.kind == "hide" for one in ledger.decisions(book)):
            raise StandingError(f"{id[:SHORTEST]} の場所はもう非公開です。 (Already hidden.)")
        kind = ledger.kind_of(book, id)
        if kind is None and (found := _known(home, book, id, today)).state not in ("approved", "hidden"):
            raise DecisionError(
                f"{found.short} は{STATES[found.state]}で、公開されていません。hide は公開しているものに使います。"
                " (Not published.)"
            )
        if kind is not None and kind not in LOCATED:
            raise DecisionError(f"{id} には場所がありません。hide は団体・支援・拠点に使います。 (It has no place.)")
        ledger.decide(book, id, "hide", by, today.isoformat(), why=why)


def _listing(home: Path, book: sqlite3.Connection, as_of: date) -> list[Submission]:
    work = work_of(home)
    if work is None:
        return []
    decided: dict[str, list[ledger.Decision]] = {}
    for decision in ledger.decisions(book):
        decided.setdefault(decision.id, []).append(decision)
    with asking() as con:
        _stand(con, work, book, as_of)
        states = _states(con, book)
        query = f"""SELECT submission AS id, {", ".join(_FACTS[1:])}
            FROM read_parquet({literal(str(work / "submissions.parquet"))}) ORDER BY organization, file, submission"""
        rows = con.execute(query).fetchall()
        towns = _towns(con, work, [row[0] for row in rows if not row[1]])
        open_ones = _approvable(con, work, as_of)
    told = []
    short = _shortened([row[0] for row in rows])
    for row in rows:
        mine = tuple(decided.get(row[0], ()))
        words = [decision.kind for decision in mine if decision.kind != "hide"]
        if row[4] or mine:
            facts = dict(zip(_FACTS, row, strict=True)) | {"organization": row[1] or towns.get(row[0], "")}
            facts |= {"approvable": row[0] in open_ones, "short": short[row[0]]}
            told.append(Submission(**facts, state=_state(words, states.get(row[0], set())), decisions=mine))
    return told


def _shortened(ids: list[str]) -> dict[str, str]:
    """Each id cut to as few letters as tell it from every other, yet to no fewer than :data:`SHORTEST`."""
    told: dict[str, str] = {}
    known = sorted(ids)
    for before, id, after in zip(["", *known], known, [*known[1:], ""], strict=False):
        long = next(n for n in range(SHORTEST, len(id) + 1) if id[:n] not in (before[:n], after[:n]))
        told[id] = id[:long]
    return told


def full_id(home: Path, text: str) -> str:
    """The submission whose id begins with ``text``; ``text`` itself where no submission's does. Raises
    :class:`DecisionError` where several do.
    """
    work = work_of(home)
    if work is None or len(text) < SHORTEST:
        return text
    with asking() as con:
        query = f"""SELECT submission FROM read_parquet({literal(str(work / "submissions.parquet"))})
            WHERE starts_with(submission, ?) ORDER BY submission"""
        found = [submission for (submission,) in con.execute(query, [text]).fetchall()]
    if len(found) > 1:
        short = _shortened(found)
        raise DecisionError(
            f"{text} で始まる提出が {len(found)} 件あります。{'、'.join(short.values())} のどれかを書いてください。"
            "わざと似せたものかもしれません。中身をよく見てください。 (Ambiguous; perhaps on purpose.)"
        )
    return found[0] if found else text


def _approvable(con: duckdb.DuckDBPyConnection, work: Path, as_of: date) -> set[str]:
    """The submissions of which at least one row may be published."""
    path = work / "consents.parquet"
    if not path.exists():
        return set()
    columns = ", ".join(f"{name}::VARCHAR" for name in CONSENTED)
    query = f"""SELECT DISTINCT submission, {columns} FROM read_parquet({literal(str(path))})
        WHERE field_group = 'existence'"""
    told = con.execute(query).fetchall()
    return {submission for submission, *said in told if is_open(dict(zip(CONSENTED, said, strict=True)), as_of)}


def _towns(con: duckdb.DuckDBPyConnection, work: Path, nameless: list[str]) -> dict[str, str]:
    """Of submissions that name no organization the municipalities of their places, those of most places first."""
    path = work / "places.parquet"
    if not nameless or not path.exists():
        return {}
    make_table(con, "nameless", {"submission": nameless})
    rows = con.execute(
        f"""SELECT submission, municipality_code FROM read_parquet({literal(str(path))}) SEMI JOIN nameless
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
    make_table(con, "withdrawn", {"record_id": sorted(_withdrawn(book))})
    rows = con.execute(
        """SELECT submission, list(DISTINCT CASE
             WHEN list_contains(o.groups, 'existence') THEN CASE
               WHEN record_id IN (FROM bore) OR submission IN (FROM hidden_ids) THEN 'hidden' ELSE 'approved' END
             WHEN record_id IN (FROM withdrawn) THEN 'withdrawn' ELSE 'expired' END)
           FROM serving LEFT JOIN opened o USING (record_id) GROUP BY submission"""
    ).fetchall()
    return {submission: set(found) for submission, found in rows}


def _state(words: list[str], of_records: set[str]) -> str:
    if not words:
        return "waiting"
    if words[-1] != "approve":
        return {"reject": "rejected", "withdraw": "withdrawn"}[words[-1]]
    return next(
        (state for state in ("hidden", "approved", "withdrawn", "expired") if state in of_records), "superseded"
    )


def _known(home: Path, book: sqlite3.Connection, submission: str, as_of: date) -> Submission:
    for one in _listing(home, book, as_of):
        if one.id == submission:
            return one
    raise DecisionError(
        f"{submission} という id の提出はありません。michishirube submissions で確かめてください。"
        "置いたばかりのファイルは、次の夜間処理で読まれます。 (No such submission.)"
    )


def _consents(home: Path, submission: str, today: date) -> Iterator[dict[str, str | None]]:
    """What the form says of every record and field group; what it says nothing of stays inside."""
    work = work_of(home)
    assert work is not None
    said = _said(work, submission)
    with asking() as con:
        records = _rows_of(con, work, submission)
    if not any(is_open(told, today) for (_, group), told in said.items() if group == "existence"):
        raise DecisionError(
            "団体名と活動を公開する同意がありません。承認できるのは、「公開の範囲（団体名・活動）」が公開で、"
            "同意した日が今日までのものだけです。 (No consent to be published at all.)"
            if records
            else "採用できた行がありません。訂正票で直すところを見てください。 (No usable row.)"
        )
    for record in records:
        for group in _groups():
            yield {"subject": record, "field_group": group, "scope": WITHHELD, **said.get((record, group), {})}


def _groups() -> list[str]:
    fields = (field for table in rulebook.tables().values() for field in table.fields)
    return sorted({"existence", *(field.consent_group for field in fields if field.consent_group)})


def _said(work: Path, submission: str) -> dict[tuple[str, str], dict[str, str | None]]:
    """The consents that a form carries by record and field group; of two answers to one question no open one."""
    path = work / "consents.parquet"
    if not path.exists():
        return {}
    columns = ", ".join(f"{name}::VARCHAR" for name in CONSENTED)
    query = f"""SELECT record_id, field_group, {columns} FROM read_parquet({literal(str(path))})
        WHERE submission = ? ORDER BY scope = '{OPEN}' DESC, record_id, field_group, {columns}"""
    with asking() as con:
        rows = con.execute(query, [submission]).fetchall()
    return {(record, group): dict(zip(CONSENTED, told, strict=True)) for record, group, *told in rows}


def _rows_of(con: duckdb.DuckDBPyConnection, work: Path, submission: str) -> list[str]:
    tables = sorted(path for path in work.glob("*.parquet") if path.stem in rulebook.tables())
    parts = [f"SELECT submission, record_id FROM read_parquet({literal(str(path))})" for path in tables]
    if not parts:
        return []
    query = f"SELECT DISTINCT record_id FROM ({' UNION ALL '.join(parts)}) WHERE submission = ? ORDER BY record_id"
    return [record for (record,) in con.execute(query, [submission]).fetchall()]


def _served(home: Path, book: sqlite3.Connection, id: str, as_of: date) -> set[str]:
    """The records of that submission, or entity, that come from an approved submission and are not withdrawn."""
    kind = ledger.kind_of(book, id)
    records = ledger.borne(book, kind, id) if kind else []
    with asking() as con:
        _stand(con, work_of(home), book, as_of)
        make_table(con, "borne", {"record_id": records})
        query = "SELECT record_id FROM serving WHERE submission = ? OR record_id IN (FROM borne)"
        return {record for (record,) in con.execute(query, [id]).fetchall()} - _withdrawn(book)


def _withdrawn(book: sqlite3.Connection) -> set[str]:
    """The records that may not be published at all any more."""
    told = (one for one in ledger.consents(book) if one["field_group"] == "existence")
    return {str(one["subject"]) for one in told if one["withdrawn_on"] is not None}


def _nothing_to_withdraw(home: Path, book: sqlite3.Connection, id: str, as_of: date) -> DecisionError:
    if ledger.kind_of(book, id):
        return DecisionError(
            f"{id} に、受付箱から承認した記録はありません。公開元のある記録をやめるには公開元に頼んでください。"
            "場所を隠すだけなら hide を使えます。 (Nothing submitted; ask its publisher, or use hide.)"
        )
    found = _known(home, book, id, as_of)
    instead = {
        "waiting": "承認待ちのものは reject で断ってください",
        "superseded": "いま公開している新しい版の id を書いてください",
    }
    error = StandingError if found.state == "withdrawn" else DecisionError
    return error(
        f"{found.short} は{STATES[found.state]}なので、取り下げるものがありません。"
        f"{instead.get(found.state, '')} (Nothing to withdraw.)"
    )


# -- what it holds, and what changed

ORDER = ("organizations", "services", "places", "contact_points", "schedules", "jurisdictions", "programs", "hotlines")
"""Tables in the order in which a steward reads them; the consents come last."""


def contents(home: Path, submission: str) -> dict[str, list[str]]:
    """What is in it: the names of its records by the title of their table."""
    work = work_of(home)
    told: dict[str, list[str]] = {}
    with asking() as con:
        for name in ORDER:
            path = work / f"{name}.parquet" if work else None
            called = next(
                (field.name for field in rulebook.table(name).fields if field.name in ("name", "title")), None
            )
            if path is None or called is None or not path.exists():
                continue
            query = f"""SELECT DISTINCT "{called}" FROM read_parquet({literal(str(path))})
                WHERE submission = ? AND "{called}" IS NOT NULL ORDER BY ALL"""
            if rows := con.execute(query, [submission]).fetchall():
                told[rulebook.table(name).title] = [text for (text,) in rows]
    return told


def alike(home: Path, submission: str) -> list[Alike]:
    """The published organizations that the submission says, or seems, to be of: its steward asks whether it really is
    of them. Those that only submissions tell of are among them, for anybody can write their name.
    """
    work, warehouse = work_of(home), home / "warehouse.duckdb"
    path = work / "organizations.parquet" if work else None
    if path is None or not path.exists() or not warehouse.exists():
        return []
    with asking() as con:
        query = f"SELECT name, corporate_number FROM read_parquet({literal(str(path))}) WHERE submission = ?"
        told = con.execute(query, [submission]).fetchall()
    names = {fold(name) for name, _ in told if name}
    numbers = {number for _, number in told if number}
    towns = rulebook.codes("municipalities")
    return [
        Alike(name, towns[town].label_ja if town in towns else town, titles or "", number in numbers)
        for name, folded, town, number, titles in _published(warehouse, warehouse.stat().st_mtime_ns)
        if number in numbers or folded in names
    ]


@lru_cache(1)
def _published(warehouse: Path, _written: int) -> list[tuple[str, ...]]:
    """The organizations: name, folded name, municipality, corporate number, titles of the sources."""
    with duckdb.connect(str(warehouse), read_only=True) as con:
        rows = con.execute(
            """SELECT name, municipality_code, corporate_number, (
                 SELECT string_agg(title, '、' ORDER BY title) FROM source_runs
                 WHERE source IN (SELECT unnest(string_split(o.sources, ';'))))
               FROM organizations o ORDER BY ALL"""
        ).fetchall()
    return [(name, fold(name), *others) for name, *others in rows]


def changes(home: Path, submission: str, as_of: date) -> list[Change]:
    """What of that submission is otherwise than what serves: records that are new or that only the version that serves
    has, and changed values. Values are shown as people read them.
    """
    work = work_of(home)
    if work is None:
        return []
    with ledger.opened(home) as book, asking() as con:
        _stand(con, work, book, as_of)
        _compare(con, submission)
        found = [change for name in ORDER for change in _differences(con, work, name)]
        return found + list(_other_consents(con, work))


def replaces(home: Path, submission: str, as_of: date) -> bool:
    """Whether something of what serves would be told otherwise, or no more, once that submission is approved."""
    work = work_of(home)
    if work is None:
        return False
    with ledger.opened(home) as book, asking() as con:
        _stand(con, work, book, as_of)
        _compare(con, submission)
        query = "SELECT count(*) FROM theirs WHERE kind = 'gone' OR record_id IN (SELECT record_id FROM mine)"
        return bool(con.execute(query).fetchall()[0][0])


def _compare(con: duckdb.DuckDBPyConnection, submission: str) -> None:
    """``mine`` (submission, record_id): what it holds; ``theirs`` (also ``kind``): what serves of the versions that it
    replaces, and what of them it takes out (``gone``) or leaves where it does not hold the record itself (``kept``).
    """
    con.execute("CREATE OR REPLACE TEMP TABLE mine AS SELECT * FROM held WHERE submission = ?", [submission])
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE theirs AS
            WITH replaced AS (
              SELECT o.submission FROM givers o JOIN givers n ON {SAME_GIVER} AND {REPLACES}
              WHERE n.submission IN (SELECT submission FROM mine)),
            older AS (
              SELECT s.submission FROM serving s SEMI JOIN mine USING (record_id) UNION FROM replaced)
            SELECT submission, record_id, CASE WHEN submission IN (FROM replaced) THEN 'gone' ELSE 'kept' END AS kind
            FROM serving WHERE submission IN (FROM older) AND submission NOT IN (SELECT submission FROM mine)"""
    )


@dataclass
class _Record:
    """A record in the version that serves and in the submission: its rows, and what becomes of it if it has none."""

    before: list[dict[str, str]]
    now: list[dict[str, str]]
    kind: str


def _differences(con: duckdb.DuckDBPyConnection, work: Path, name: str) -> Iterator[Change]:
    """Changes in one table, by record; an organization that stands in many rows is told once."""
    table = rulebook.table(name)
    fields = [field for field in table.record_fields if field.name not in UNTOLD]
    named = any(field.name in ("name", "title") for field in fields)
    for record, found in _versions(con, work, table, fields).items():
        rows = found.now or found.before
        called = rows[0].get("name") or rows[0].get("title") or record.partition(":")[2]
        if not named:
            told = {"gone": (found.before, found.now), "new": (found.now, found.before)}
            for kind, (these, those) in told.items():
                lines = dict.fromkeys(_line(table, row) for row in these if row not in those)
                yield from (_of_list(kind, table, called, line) for line in lines)
        elif not found.before:
            summary = "、".join(f"{field.title} {text}" for field in fields if (text := _together(field, found.now)))
            yield Change("new", table.title, called, after=summary)
        elif not found.now:
            yield Change(found.kind, table.title, called)
        else:
            for field in fields:
                was, value = _together(field, found.before), _together(field, found.now)
                if was != value:
                    yield Change("changed", table.title, called, field.title, was, value)


UNTOLD = ("record_id", "owner_kind", "purpose")
"""Fields of which a form says nothing."""


def _versions(con: duckdb.DuckDBPyConnection, work: Path, table: Table, fields: list[Field]) -> dict[str, _Record]:
    """Each record of the table with what was written of it, by field and not blank; by name, of an organization.

    Contact points and hours of a record that the submission does not hold are left out: they go, or stay, with it.
    """
    path = work / f"{table.name}.parquet"
    if not path.exists():
        return {}
    named = any(field.name in ("name", "title") for field in fields)
    # What no cell says is the layout's own, not the sender's; the kind of a contact point tells it from the others.
    columns = ", ".join(
        f't."{field.name}"::VARCHAR' if field.name == "kind" else
        f't."{field.name}__raw"' if field.reads == "recurrence" else
        f'CASE WHEN t."{field.name}__raw" IS NOT NULL THEN t."{field.name}"::VARCHAR END'
        for field in fields
    )  # fmt: skip
    source = f"SELECT record_id, {{kind}}, {columns} FROM {clearances.rows(con, table.name, path)} t"
    now = source.format(kind="NULL") + " JOIN mine USING (submission, record_id) ORDER BY ALL"
    before = source.format(kind="s.kind") + " JOIN theirs s USING (submission, record_id)"
    if not named:
        before += " WHERE record_id IN (SELECT record_id FROM mine)"
    found: dict[str, _Record] = {}
    for place, query in enumerate((now, before + " ORDER BY ALL")):
        for record, kind, *values in con.execute(query).fetchall():
            told = {field.name: text for field, text in zip(fields, values, strict=True) if text is not None}
            key = f"{SOURCE}:{fold(told['name'])}" if table.name == "organizations" and "name" in told else record
            both = found.setdefault(key, _Record([], [], "kept"))
            (both.before if place else both.now).append(told)
            both.kind = kind or both.kind
    return dict(sorted(found.items()))


def _together(field: Field, rows: list[dict[str, str]]) -> str | None:
    """The values of that field in all rows of a record, as people read them."""
    told = dict.fromkeys(_shown(field, row[field.name]) for row in rows if field.name in row)
    return "／".join(text for text in told if text) or None


def _line(table: Table, row: dict[str, str]) -> str:
    return " ".join(_shown(table.field(name), text) or "" for name, text in row.items())


def _of_list(kind: str, table: Table, called: str, line: str) -> Change:
    """A row that has no name of its own (contact point, opening hours): it is there, or it is not."""
    before, after = (line, None) if kind == "gone" else (None, line)
    return Change("changed", table.title, called, table.title, before, after)


def _other_consents(con: duckdb.DuckDBPyConnection, work: Path) -> Iterator[Change]:
    """Answers on what may be published that are new or otherwise; the same for all records of it are told once."""
    path = work / "consents.parquet"
    if not path.exists():
        return
    groups, scopes = rulebook.codes("field_groups"), rulebook.table("consents").field("scope")
    source = f"SELECT record_id, field_group, scope FROM read_parquet({literal(str(path))})"
    said: dict[tuple[str, str | None, str], list[str]] = {}
    old = {
        (record, group): scope
        for record, group, scope in con.execute(
            f"{source} JOIN theirs USING (submission, record_id) ORDER BY ALL"
        ).fetchall()
    }
    records = set()
    for record, group, scope in con.execute(
        f"{source} JOIN mine USING (submission, record_id) ORDER BY ALL"
    ).fetchall():
        records.add(record)
        if old.get((record, group)) != scope:
            said.setdefault((group, old.get((record, group)), scope), []).append(record.partition(":")[2])
    for group in groups:
        for (of, was, scope), told in said.items():
            if of == group:
                whose = "すべて" if len(told) == len(records) else "、".join(told)
                yield Change(
                    "changed", "公開の同意", whose, groups[group].label_ja, _shown(scopes, was), _shown(scopes, scope)
                )


def _shown(field: Field, text: str | None) -> str | None:
    """A value as people read it: of codes their labels, a phone number as it is dialled."""
    if text is None:
        return None
    codes = field.codes or ("municipalities" if field.reads == "municipality_code" else None)
    if codes is not None:
        known = rulebook.codes(codes)
        parts = text.split(";") if field.many else [text]
        return "、".join(known[part].label_ja if part in known else part for part in parts)
    if field.name == "extension":
        return f"内線{text}"
    return _dialled(text) if field.reads == "phone" and text.startswith("+81") else text


def _dialled(number: str) -> str:
    import phonenumbers

    try:
        return phonenumbers.format_number(phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.NATIONAL)
    except phonenumbers.NumberParseException:
        return number
