"""Records in, entities out: evidence, deciding keys, judgements, and that nothing hangs on the order of the input."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.warehouse.resolution.invented import Record, Resolved, corporate_number, record

HERE = {"address": "６条通９丁目１番２号", "phone": "0166-00-0001"}
THERE = {"area": "北海道函館市", "address": "若松町１番３号", "phone": "0138-00-0001"}
ONE, TWO = corporate_number(1), corporate_number(2)


def test_one_body_written_differently_is_one_entity() -> None:
    told = Resolved(
        [
            record("a", "特定非営利活動法人　みちしるべ髙橋", **HERE),
            record("b", "ＮＰＯ法人みちしるべ高橋", source="offices", **HERE),
            record("c", "みちしるべ高橋", source="offices", address="6条通9丁目1-2"),
        ]
    )
    assert told.together("a", "b", "c")


def test_the_same_name_in_two_towns_of_a_register_is_two_bodies() -> None:
    told = Resolved([record("a", "株式会社ひだまり", **HERE), record("b", "株式会社ひだまり", **THERE)])
    assert not told.together("a", "b")


def test_the_same_name_and_number_of_another_kind_of_body_is_two_bodies() -> None:
    told = Resolved([record("a", "株式会社みちしるべ", **HERE), record("b", "社会福祉法人みちしるべ", **HERE)])
    assert not told.together("a", "b")


def test_an_untyped_record_joins_one_of_two_kinds_at_most() -> None:
    told = Resolved(
        [
            record("a", "医療法人みちしるべ会", url="https://example.jp", **HERE),
            record("b", "社会福祉法人みちしるべ会", url="https://example.jp", **THERE),
            record("c", "みちしるべ会", source="offices", url="https://example.jp", **THERE),
        ]
    )
    assert not told.together("a", "b")


def test_a_common_name_joins_nobody_by_itself() -> None:
    told = Resolved(
        [
            record(f"{n}", f"{form}さくら", area=area, address=f"{n}番{n}号", phone=f"011-200-000{n}")
            for n, (form, area) in enumerate(
                (form, area)
                for form in ("株式会社", "合同会社", "社会福祉法人")
                for area in ("北海道旭川市", "北海道函館市")
            )
        ]
    )
    assert len(set(told.entity.values())) == 6


def test_places_of_one_body_that_differ_by_unit_stay_apart() -> None:
    shared = {"phone": "0166-00-0001"}
    told = Resolved(
        [
            record("a", "グループホームみちしるべ１", address="６条通９丁目１番２号", **shared),
            record("b", "グループホームみちしるべ２", address="７条通２丁目３番４号", **shared),
            record("c", "みちしるべ１", source="other", address="6条通9丁目1-2", **shared),
        ],
        kind="place",
    )
    assert told.together("a", "c")
    assert not told.together("a", "b")


def test_a_valid_corporate_number_joins_whatever_else_is_said() -> None:
    told = Resolved(
        [
            record("a", "社会福祉法人みち", corporate_number=ONE, **HERE),
            record("b", "社会福祉法人しるべ", corporate_number=ONE, **THERE),
        ]
    )
    assert told.together("a", "b")
    band, _, reasons = told.pairs["a", "b"]
    assert band == "merged"
    assert json.loads(reasons)[0]["ja"] == "法人番号が同じ"


def test_a_number_that_contradicts_the_corporation_word_is_told_and_decides_nothing() -> None:
    company = corporate_number(7, house_class="01")
    told = Resolved(
        [
            record("a", "特定非営利活動法人みち", corporate_number=company, **HERE),
            record("b", "株式会社しるべ", corporate_number=company, **THERE),
        ]
    )
    assert not told.together("a", "b")
    assert told.contradictions == [("corporate-number-class", "a", None, company)]


def test_the_number_of_a_body_joins_none_of_its_places() -> None:
    told = Resolved(
        [
            record("a", "ひろばみち", corporate_number=ONE, **HERE),
            record("b", "食堂しるべ", corporate_number=ONE, **THERE),
        ],
        kind="place",
    )
    assert not told.together("a", "b")


def test_a_malformed_number_decides_nothing() -> None:
    told = Resolved(
        [record("a", "株式会社みち", corporate_number="1234"), record("b", "合同会社しるべ", corporate_number="1234")]
    )
    assert not told.together("a", "b")


def test_what_people_say_wins_over_the_score() -> None:
    same = {"name": "株式会社みちしるべ旭川"} | HERE
    records = [record("a", **same), record("b", **same), record("c", "合同会社まったくべつ", **THERE)]
    assert Resolved(records).together("a", "b")
    told = Resolved(records, [("DIFFERENT", "b", "a"), ("SAME", "a", "c")])
    assert told.together("a", "c")
    assert not told.together("a", "b")
    assert told.pairs["a", "b"][0] == "apart"
    assert json.loads(told.pairs["a", "b"][2])[0]["ja"] == "人が違うと判断した"
    assert told.contradictions == []
    assert not Resolved(records, [("UNSURE", "a", "b")]).together("a", "b")


def test_judgements_that_contradict_each_other_or_a_number_are_told() -> None:
    records = [record(name, f"株式会社{name * 4}") for name in "abc"]
    told = Resolved(records, [("SAME", "a", "b"), ("SAME", "b", "c"), ("DIFFERENT", "a", "c")])
    assert not told.together("a", "c")
    assert [row[0] for row in told.contradictions] == ["judgements-contradict"]
    numbered = [
        record("a", "株式会社みち", corporate_number=corporate_number(1, "01")),
        record("b", "株式会社しるべ", corporate_number=corporate_number(2, "01")),
    ]
    told = Resolved(numbered, [("SAME", "a", "b")])
    assert not told.together("a", "b")
    assert told.contradictions == [("judgement-against-key", "a", "b", None)]


def test_a_judgement_on_a_record_that_is_not_there_waits() -> None:
    assert Resolved([record("a", "株式会社みち")], [("SAME", "a", "gone")]).entity == {"a": "a"}


def test_each_pair_has_its_reasons_in_japanese() -> None:
    told = Resolved([record("a", "株式会社みちしるべ", **HERE), record("b", "（株）みちしるべ", **HERE)])
    band, weight, reasons = told.pairs["a", "b"]
    assert band == "merged"
    assert weight > 0
    assert [row["ja"] for row in json.loads(reasons)] == ["名称が同じ（法人の種類も同じ）", "電話番号と番地が同じ"]
    assert all(isinstance(row["weight"], float) for row in json.loads(reasons))


def test_what_is_likely_is_proposed_once_for_two_entities() -> None:
    site = {"url": "https://michi.example.jp"}
    told = Resolved(
        [
            record("a", "株式会社みちしるべ", **HERE | site),
            record("b", "株式会社みちしるべ", **HERE | site | {"phone": "0166-00-0009"}),
            record("c", "株式会社みちしるべホールディングス", **THERE | site),
        ]
    )
    assert told.together("a", "b")
    assert [pair for pair, (band, *_) in told.pairs.items() if band == "proposed"] == [("a", "c")]


@pytest.mark.parametrize("records", [[], [{"record_id": "a", "name": ""}], [{"record_id": "a", "name": "（）"}]])
def test_little_or_nothing_resolves_to_itself(records: list[Record]) -> None:
    assert Resolved(records).entity == {one["record_id"]: one["record_id"] for one in records}


NAMES = st.sampled_from(
    ["みちしるべ", "株式会社みちしるべ", "（株）ミチシルベ", "社会福祉法人みち会", "みち会", "医療法人みち會"]
)
PLACES = st.sampled_from([HERE, THERE, {"address": "永山１条１丁目"}, {"url": "https://example.jp"}])
NUMBERS = st.sampled_from(["", "", "", ONE, TWO])
RECORDS = st.lists(st.tuples(NAMES, PLACES, NUMBERS, st.sampled_from(["register", "offices"])), min_size=2, max_size=9)
VERDICTS = st.lists(st.tuples(st.sampled_from(["SAME", "DIFFERENT"]), st.integers(0, 8), st.integers(0, 8)), max_size=3)


@settings(max_examples=6, deadline=None)
@given(RECORDS, VERDICTS, st.randoms(use_true_random=False))
def test_constraints_hold_and_nothing_hangs_on_the_order(
    rows: list[tuple[str, dict[str, str], str, str]],
    verdicts: list[tuple[str, int, int]],
    chance: random.Random,
) -> None:
    records = [
        record(f"r{n}", name, corporate_number=number, source=source, **place)
        for n, (name, place, number, source) in enumerate(rows)
    ]
    said = [(verdict, f"r{one}", f"r{two}") for verdict, one, two in verdicts if one != two]
    told = Resolved(records, said)
    shuffled = chance.sample(records, len(records))
    again = Resolved(shuffled, chance.sample(said, len(said)))
    assert (again.entity, again.pairs, again.contradictions) == (told.entity, told.pairs, told.contradictions)
    trusted = {one["record_id"]: one["corporate_number"] for one in records if one["corporate_number"]}
    suspect = {row[1] for row in told.contradictions if row[0] == "corporate-number-class"}
    of_entity: dict[str, set[str]] = {}
    for record_id, number in trusted.items():
        if record_id not in suspect:
            of_entity.setdefault(told.entity[record_id], set()).add(number)
    assert all(len(numbers) == 1 for numbers in of_entity.values())
    for verdict, one, two in said:
        if verdict == "DIFFERENT" and one in told.entity and two in told.entity:
            assert not told.together(one, two)
