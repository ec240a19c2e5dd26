"""A judgement is made of two ids, holds for the records that they stood for, and its last word counts."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import duckdb
import pytest

from schemas.sql import make_table
from warehouse import judgements, ledger
from warehouse.judgements import Judged, JudgementError, Kind, Verdict

DAY = date(2026, 11, 23)
BORNE = {
    "organizations": {"oa": ["x:1", "y:1"], "ob": ["x:2", "z:2"], "oc": ["z:3"], "old": []},
    "places": {"pa": ["x:1"], "pb": ["x:2"]},
    "services": {"sa": ["w:1"]},
    "hotlines": {"ha": ["h:1"], "hb": ["h:2"]},
}
"""Which records bear which id; rows x:1 and x:2 are each an organization and a place."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with ledger.opened(tmp_path) as book:
        for kind, entities in BORNE.items():
            ledger.mint(book, kind, entities, "2026-11-01")
            ledger.remember(book, kind, pairs(entities), "2026-11-01")
        ledger.redirect(book, "organizations", "merged", [("old", "older"), ("older", "ob")], "2026-11-02", "理由")
    build(tmp_path, BORNE)
    return tmp_path


def pairs(entities: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(record, entity) for entity, records in entities.items() for record in records]


def build(home: Path, borne: dict[str, dict[str, list[str]]]) -> None:
    """A warehouse in which the records bear those ids."""
    path = home / "warehouse.duckdb"
    path.unlink(missing_ok=True)
    rows = [(kind, *pair) for kind, entities in borne.items() for pair in pairs(entities)]
    with duckdb.connect(str(path)) as con:
        make_table(con, "borne", dict(zip(("kind", "record_id", "entity_id"), zip(*rows, strict=True), strict=True)))
        con.execute("CREATE TABLE members AS SELECT kind, record_id, 'x' AS source, entity_id FROM borne")


def say(
    home: Path, verdict: Verdict, one: str, two: str, kind: Kind | None = None, by: str = "係", why: str = "電話で確認"
) -> Judged:
    return judgements.judge(home, verdict, one, two, by, why, DAY, kind)


def tonight(home: Path, *absent: str, kind: str = "organizations") -> list[tuple[str, str, str]]:
    """What the judgements mean where all records but these are there."""
    records = {record for entities in BORNE.values() for told in entities.values() for record in told} | {"late:1"}
    with ledger.opened(home) as book, duckdb.connect() as con:
        make_table(con, "there", {"record_id": sorted(records - set(absent))})
        make_table(con, "kinds", {"kind": list(BORNE)})
        con.execute("CREATE TABLE here AS FROM kinds CROSS JOIN there")
        judgements.make_table(con, book, "meant", "here")
        query = "SELECT verdict, left_id, right_id FROM meant WHERE kind = ? ORDER BY ALL"
        return con.execute(query, [kind]).fetchall()


def lines(home: Path) -> tuple[int, list[tuple[int, str, str]]]:
    with ledger.opened(home) as book:
        return len(ledger.judgements(book)), ledger.judged(book)


# -- what is written


def test_ids_only_and_in_order_with_the_records_that_they_stood_for(home: Path) -> None:
    told = say(home, "DIFFERENT", "ob", "oa").judgement
    assert told == ledger.Judgement(1, "organizations", "DIFFERENT", "oa", "ob", "係", "電話で確認", "2026-11-23")
    with ledger.opened(home) as book:
        assert ledger.judgements(book) == [told]
        assert ledger.judged(book) == [
            (1, "left", "x:1"), (1, "left", "y:1"), (1, "right", "x:2"), (1, "right", "z:2"),
        ]  # fmt: skip


def test_a_record_stands_for_itself_beside_an_entity(home: Path) -> None:
    assert say(home, "SAME", "z:3", "oa").judgement.kind == "organizations"
    assert lines(home)[1] == [(1, "left", "x:1"), (1, "left", "y:1"), (1, "right", "z:3")]


def test_an_id_that_was_merged_away_is_followed_as_far_as_it_leads(home: Path) -> None:
    told = say(home, "SAME", "old", "oc")
    assert (told.judgement.left_id, told.judgement.right_id, dict(told.followed)) == ("ob", "oc", {"old": "ob"})


def test_an_id_that_came_back_is_itself_again(home: Path) -> None:
    with ledger.opened(home) as book:
        ledger.remember(book, "organizations", [("back:1", "old")], "2026-11-03")
    build(home, {**BORNE, "organizations": {**BORNE["organizations"], "old": ["back:1"]}})
    told = say(home, "DIFFERENT", "old", "ob")
    assert (told.judgement.left_id, told.judgement.right_id, told.followed) == ("ob", "old", {})


def test_a_record_is_known_by_the_warehouse_or_by_the_ledger_alone(home: Path) -> None:
    build(home, {"organizations": {"oz": ["new:1"]}})
    assert say(home, "SAME", "new:1", "z:3").judgement.left_id == "new:1"
    (home / "warehouse.duckdb").unlink()
    assert say(home, "SAME", "oa", "old").followed == {"old": "ob"}


@pytest.mark.parametrize(
    ("one", "two", "kind", "why"),
    [
        ("nobody", "oa", None, "一つ目の id は"),
        ("oa", "x:99", None, "二つ目の id は"),
        ("oa", "pa", None, "同じ種類のものではありません（団体、拠点）"),
        ("oa", "w:1", None, "同じ種類のものではありません"),
        ("x:1", "x:2", None, "どの種類の判断か（kind：organizations、places）"),
        ("oa", "ob", "places", "（拠点）ではありません"),
        ("ha", "hb", None, "団体・拠点・支援だけ"),
        ("oa", "oa", None, "同じものを指しています"),
        ("z:3", " z:3 ", None, "同じものを指しています"),
        ("old", "ob", None, "同じものを指しています"),
        ("oa", "y:1", None, "もう一方の中の記録"),
    ],
)
def test_what_cannot_be_judged_is_said_without_an_id(
    home: Path, one: str, two: str, kind: Kind | None, why: str
) -> None:
    with pytest.raises(JudgementError) as refused:
        say(home, "SAME", one, two, kind)
    told = str(refused.value)
    assert why in told and told.endswith(".)")
    assert not {one, two} & set(told.replace("（", " ").replace("）", " ").split())
    assert lines(home) == (0, [])


def test_an_id_without_any_record_left_is_refused(home: Path) -> None:
    with ledger.opened(home) as book:
        ledger.remember(book, "organizations", [("z:3", "oa")], "2026-11-03")
    with pytest.raises(JudgementError, match="もう使われていない"):
        say(home, "SAME", "oc", "ob")


@pytest.mark.parametrize(("by", "why"), [("", "理由"), ("係", " \n")])
def test_who_and_why_are_needed(home: Path, by: str, why: str) -> None:
    with pytest.raises(JudgementError, match="だれが、なぜ"):
        say(home, "SAME", "oa", "ob", by=by, why=why)


def test_the_same_row_can_be_judged_as_a_place_and_as_an_organization(home: Path) -> None:
    say(home, "DIFFERENT", "x:1", "x:2", "places")
    say(home, "SAME", "x:1", "x:2", "organizations")
    assert tonight(home) == [("SAME", "x:1", "x:2")]
    assert tonight(home, kind="places") == [("DIFFERENT", "x:1", "x:2")]


# -- saying it again


def test_the_last_word_said_again_makes_no_row(home: Path) -> None:
    first = say(home, "SAME", "oa", "ob")
    again = say(home, "SAME", "ob", "oa")
    assert (first.standing, again.standing, again.judgement) == (False, True, first.judgement)
    assert lines(home)[0] == 1


@pytest.mark.parametrize(
    ("verdict", "by", "why"), [("UNSURE", "係", "理由"), ("SAME", "別の係", "理由"), ("SAME", "係", "別")]
)
def test_another_word_person_or_reason_is_a_new_row(home: Path, verdict: Verdict, by: str, why: str) -> None:
    say(home, "SAME", "oa", "ob", why="理由")
    assert not say(home, verdict, "oa", "ob", by=by, why=why).standing
    assert lines(home)[0] == 2


def test_the_same_words_on_an_entity_that_has_grown_hold_for_its_new_records_too(home: Path) -> None:
    say(home, "DIFFERENT", "oa", "oc")
    with ledger.opened(home) as book:
        ledger.remember(book, "organizations", [("late:1", "oc")], "2026-11-03")
    assert ("DIFFERENT", "late:1", "x:1") not in tonight(home)
    assert not say(home, "DIFFERENT", "oa", "oc").standing
    assert ("DIFFERENT", "late:1", "x:1") in tonight(home)


def test_a_judgement_that_is_refused_or_dies_leaves_nothing(home: Path) -> None:
    with pytest.raises(KeyboardInterrupt), ledger.opened(home) as book:
        ledger.judge(book, "places", "SAME", {"a": ["a"], "b": ["b"]}, "係", "理由", "2026-11-23")
        raise KeyboardInterrupt
    assert lines(home) == (0, [])
    with pytest.raises(sqlite3.IntegrityError), ledger.opened(home) as book:
        ledger.judge(book, "places", "MAYBE", {"a": ["a"], "b": ["b"]}, "係", "理由", "2026-11-23")


# -- what it means tonight


def test_same_joins_one_pair_and_the_others_speak_of_all(home: Path) -> None:
    say(home, "SAME", "oa", "ob")
    assert tonight(home) == [("SAME", "x:1", "x:2")]
    for verdict in ("DIFFERENT", "UNSURE"):
        say(home, verdict, "oa", "ob")
        told = [(verdict, "x:1", "x:2"), (verdict, "x:1", "z:2"), (verdict, "x:2", "y:1"), (verdict, "y:1", "z:2")]
        assert tonight(home) == told


def test_records_that_are_gone_are_spoken_of_again_when_they_return(home: Path) -> None:
    say(home, "SAME", "oa", "ob")
    say(home, "DIFFERENT", "oa", "oc")
    assert tonight(home, "x:1") == [("DIFFERENT", "y:1", "z:3"), ("SAME", "x:2", "y:1")]
    assert tonight(home, "x:1", "y:1") == []
    assert len(tonight(home)) == 3


def test_a_merge_or_a_new_id_changes_nothing_of_what_was_said(home: Path) -> None:
    say(home, "DIFFERENT", "oa", "ob")
    before = tonight(home)
    with ledger.opened(home) as book:
        ledger.remember(book, "organizations", [("x:2", "oa"), ("z:2", "oc")], "2026-11-03")
        ledger.redirect(book, "organizations", "merged", [("ob", "oa")], "2026-11-03", "理由")
    assert tonight(home) == before


def test_a_same_of_entities_is_undone_by_one_word_on_two_of_their_records(home: Path) -> None:
    say(home, "SAME", "oa", "ob")
    say(home, "DIFFERENT", "y:1", "z:2")
    assert tonight(home) == [("DIFFERENT", "y:1", "z:2")]
    assert tonight(home, "z:2") == []
    say(home, "SAME", "y:1", "z:2")
    assert tonight(home) == [("SAME", "x:1", "x:2"), ("SAME", "y:1", "z:2")]


def test_a_later_word_on_entities_takes_back_an_earlier_one_on_their_records(home: Path) -> None:
    say(home, "DIFFERENT", "y:1", "z:2")
    say(home, "SAME", "oa", "ob")
    assert tonight(home) == [("SAME", "x:1", "x:2")]


def test_no_judgements_make_an_empty_table(home: Path) -> None:
    assert tonight(home) == []


def test_whether_a_different_parts_what_is_one_now(home: Path) -> None:
    assert judgements.is_one(home, say(home, "DIFFERENT", "x:1", "y:1", "organizations").judgement)
    assert not judgements.is_one(home, say(home, "DIFFERENT", "oa", "ob").judgement)
    (home / "warehouse.duckdb").unlink()
    assert not judgements.is_one(home, say(home, "DIFFERENT", "x:1", "y:1", "organizations").judgement)


def test_the_digest_changes_with_each_judgement_alone(home: Path) -> None:
    def digest() -> str:
        with ledger.opened(home) as book:
            return judgements.digest(book)

    seen = [digest()]
    for verdict in ("SAME", "DIFFERENT", "SAME"):
        say(home, verdict, "oa", "ob")
        seen.append(digest())
    say(home, "SAME", "oa", "ob")
    assert len(set(seen)) == 4 and digest() == seen[-1]


def test_ten_thousand_judgements_cost_far_less_than_a_second(tmp_path: Path) -> None:
    with ledger.opened(tmp_path) as book:
        for turn in range(10_000):
            sides = {f"e{2 * turn:06}": some(2 * turn), f"e{2 * turn + 1:06}": some(2 * turn + 1)}
            verdict = judgements.VERDICTS[turn % 3]
            ledger.judge(book, "organizations", verdict, sides, "係", "理由", "2026-11-23")
    with ledger.opened(tmp_path) as book, duckdb.connect() as con:
        con.execute(
            "CREATE TABLE here AS SELECT 'organizations' AS kind, 'x:' || i AS record_id FROM range(100000) t(i)"
        )
        started = time.process_time()
        judgements.digest(book)
        judgements.make_table(con, book, "meant", "here")
        spent = time.process_time() - started
        told = dict(con.execute("SELECT verdict, count(*) FROM meant GROUP BY ALL").fetchall())
    assert told == {"SAME": 3334, "DIFFERENT": 3333 * 9, "UNSURE": 3333 * 9}
    assert spent < 2, spent


def some(entity: int) -> Iterable[str]:
    return [f"x:{3 * entity + nth}" for nth in range(3)]
