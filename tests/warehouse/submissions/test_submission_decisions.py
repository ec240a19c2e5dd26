"""What a steward may say of a submission, and what is refused."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.dropped import AS_OF, drop, take_in
from tests.warehouse.submissions.approved import BY, OTHER, approve, approved, entity, ids, names, states
from warehouse import ledger, submissions
from warehouse.submissions import DecisionError


def test_without_consent_to_be_published_there_is_no_approval(home: Path) -> None:
    drop(home, "a.csv", {"公開の範囲（団体名・活動）": "支援者の間だけ"})
    take_in(home)
    with pytest.raises(DecisionError, match="公開する同意がありません"):
        approve(home, *ids(home))
    assert states(home) == ["waiting"] and names(home) == []


def test_one_without_a_usable_row_cannot_be_approved(home: Path) -> None:
    drop(home, "a.csv", {"公開の範囲（所在地）": "たぶん"})
    take_in(home)
    with pytest.raises(DecisionError, match="採用できた行がありません"):
        approve(home, *ids(home))


def test_withdrawn_is_gone_and_no_older_version_comes_back(serving: tuple[Path, str]) -> None:
    home, _ = serving
    new = approved(home, {"連絡先（電話）": "0166-00-0125"})
    assert submissions.withdraw(home, new, "係", "依頼", AS_OF) == 1
    assert names(home) == []
    assert set(states(home)) == {"withdrawn"}
    with pytest.raises(DecisionError, match="取り下げられています"):
        approve(home, new)
    with pytest.raises(DecisionError, match="取り下げるものがありません"):
        submissions.withdraw(home, new, "係", "依頼", AS_OF)
    approved(home, {"タイムスタンプ": "2026/11/20 9:00:00"})
    assert names(home) == ["ためし食堂"]


def test_a_published_entity_can_be_withdrawn(home: Path) -> None:
    approved(home, {}, {"支援の名称": "ためし広場"})
    assert submissions.withdraw(home, entity(home, "services", "ためし広場"), "係", "依頼", AS_OF) == 1
    assert names(home) == ["ためし食堂"]
    assert states(home) == ["approved"]
    submissions.withdraw(home, entity(home, "services", "ためし食堂"), "係", "依頼", AS_OF)
    assert (names(home), states(home)) == ([], ["withdrawn"])


def test_a_decision_is_on_all_that_was_written_and_an_id_on_one(serving: tuple[Path, str]) -> None:
    home, submission = serving
    assert len(submission) == 65 and submissions.full_id(home, submission[:12]) == submission
    work = submissions.work_of(home)
    assert work is not None
    path, twin = work / "submissions.parquet", submission[:14] + "z" * 51
    with duckdb.connect() as con:
        told = f"SELECT * FROM read_parquet('{path}')"
        con.execute(f"CREATE TABLE told AS {told} UNION ALL SELECT * REPLACE ('{twin}' AS submission) FROM ({told})")
        con.execute(f"COPY told TO '{path}' (FORMAT parquet)")
    with pytest.raises(DecisionError, match=f"2 件あります。{submission[:15]}、{twin[:15]} の"):
        submissions.full_id(home, submission[:12])
    assert submissions.full_id(home, submission[:15]) == submission


def test_decisions_that_contradict_each_other_are_refused(home: Path) -> None:
    drop(home, "a.csv", {}, OTHER)
    take_in(home)
    first, second = ids(home)
    refused: list[tuple[Callable[[], Any], str]] = [
        (lambda: submissions.approve(home, "s00000000000", *BY, AS_OF), "提出はありません"),
        (lambda: submissions.withdraw(home, first, "係", "依頼", AS_OF), "reject"),
        (lambda: submissions.hide_id(home, first, "係", "依頼", AS_OF), "公開されていません"),
        (lambda: submissions.hide_id(home, "0123456789abcdef", "係", "依頼", AS_OF), "提出はありません"),
    ]
    for decide, why in refused:
        with pytest.raises(DecisionError, match=why):
            decide()
    assert submissions.reject(home, first, "係", "違う", AS_OF).state == "rejected"
    approve(home, second)
    for decide in (
        lambda: submissions.reject(home, first, "係", "違う", AS_OF),
        lambda: submissions.reject(home, second, "係", "違う", AS_OF),
        lambda: submissions.approve(home, second, *BY, AS_OF),
    ):
        with pytest.raises(DecisionError):
            decide()
    assert states(home) == ["rejected", "approved"]
    assert names(home) == ["べつ食堂"]
    approve(home, first)
    with ledger.opened(home) as book:
        assert [(one.id, one.kind) for one in ledger.decisions(book)] == [
            (first, "reject"),
            (second, "approve"),
            (first, "approve"),
        ]


def _approve(home: Path, submission: str) -> str:
    try:
        return submissions.approve(home, submission, *BY, AS_OF).state
    except DecisionError:
        return "refused"


def test_two_who_decide_at_once_do_not_both_decide(home: Path) -> None:
    drop(home, "a.csv", {}, OTHER)
    take_in(home)
    found = ids(home)
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        told = pool.starmap(_approve, [(home, submission) for submission in found * 4])
    assert sorted(told) == ["approved"] * 2 + ["refused"] * 6
    with ledger.opened(home) as book:
        assert sorted(one.id for one in ledger.decisions(book)) == sorted(found)
