"""What a steward may say of a submission, when it can be said, and what is written down then.

Each decision asks and writes in one transaction of the ledger, so that two stewards cannot both decide. Clearing a
text is written by ``clearances``; what the night makes of all of it stands in the other modules.
"""

from __future__ import annotations

import sqlite3
from datetime import date
from pathlib import Path

from schemas.sql import asking, make_table
from warehouse import clearances, ledger
from warehouse.submissions import consents, serving
from warehouse.submissions.hiding import LOCATED
from warehouse.submissions.register import SHORTEST, STATES, Submission, listed, shortened
from warehouse.submissions.work import held, rows_of, work_of


class DecisionError(Exception):
    """The decision cannot be taken; the text says why, and what to do instead."""


class StandingError(DecisionError):
    """The decision stands already; it may not have taken effect yet."""


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


# -- which one is meant


def full_id(home: Path, text: str) -> str:
    """The submission whose id begins with ``text``; ``text`` itself where no submission's does. Raises
    :class:`DecisionError` where several do.
    """
    work = work_of(home)
    if work is None or len(text) < SHORTEST:
        return text
    with asking() as con:
        query = f"""SELECT submission FROM {rows_of(work, "submissions")}
            WHERE starts_with(submission, ?) ORDER BY submission"""
        found = [submission for (submission,) in con.execute(query, [text]).fetchall()]
    if len(found) > 1:
        short = shortened(found)
        raise DecisionError(
            f"{text} で始まる提出が {len(found)} 件あります。{'、'.join(short.values())} のどれかを書いてください。"
            "わざと似せたものかもしれません。中身をよく見てください。 (Ambiguous; perhaps on purpose.)"
        )
    return found[0] if found else text


def _known(home: Path, book: sqlite3.Connection, submission: str, as_of: date) -> Submission:
    for one in listed(home, book, as_of):
        if one.id == submission:
            return one
    raise DecisionError(
        f"{submission} という id の提出はありません。michishirube submissions で確かめてください。"
        "置いたばかりのファイルは、次の夜間処理で読まれます。 (No such submission.)"
    )


# -- what follows


def _consents(home: Path, submission: str, today: date) -> list[dict[str, str | None]]:
    """What the form says of every record and field group; what it says nothing of stays inside."""
    work = work_of(home)
    assert work is not None
    said = consents.said(work, submission)
    with asking() as con:
        query = f"SELECT record_id FROM ({held(work)}) WHERE submission = ? ORDER BY record_id"
        records = [record for (record,) in con.execute(query, [submission]).fetchall()]
    if not any(consents.is_open(told, today) for (_, group), told in said.items() if group == consents.EXISTENCE):
        raise DecisionError(
            "団体名と活動を公開する同意がありません。承認できるのは、「公開の範囲（団体名・活動）」が公開で、"
            "同意した日が今日までのものだけです。 (No consent to be published at all.)"
            if records
            else "採用できた行がありません。訂正票で直すところを見てください。 (No usable row.)"
        )
    return [
        {"subject": record, "field_group": group, "scope": consents.WITHHELD, **said.get((record, group), {})}
        for record in records
        for group in consents.groups()
    ]


def _served(home: Path, book: sqlite3.Connection, id: str, as_of: date) -> set[str]:
    """The records of that submission, or entity, that come from an approved submission and are not withdrawn."""
    kind = ledger.kind_of(book, id)
    records = ledger.borne(book, kind, id) if kind else []
    with asking() as con:
        serving.stand(con, work_of(home), book, as_of)
        make_table(con, "borne", {"record_id": records})
        query = "SELECT record_id FROM serving WHERE submission = ? OR record_id IN (FROM borne)"
        return {record for (record,) in con.execute(query, [id]).fetchall()} - consents.withdrawn(book)


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
