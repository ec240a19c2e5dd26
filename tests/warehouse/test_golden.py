"""The value an entity has is some record's value, from the record that should know best; blocks are never mixed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import rulebook
from tests.warehouse.accepted import AS_OF, corporate_number, load_records
from warehouse import golden

ONE, TWO = corporate_number(1), corporate_number(2)
Record = Mapping[str, Any]
Members = Sequence[tuple[str, str, str]]


def golden_of(
    records: Mapping[str, Sequence[Record]], members: Members
) -> tuple[dict[str, dict[str, dict[str, Any]]], dict[str, list[tuple[Any, ...]]]]:
    """The golden entities by kind and id, and the rows of the tables that hang on them. ``members`` says which
    (kind, record) is which entity.
    """
    with duckdb.connect() as con:
        load_records(con, records)
        con.execute("CREATE TABLE members (kind VARCHAR, record_id VARCHAR, source VARCHAR, entity_id VARCHAR)")
        if members:
            con.executemany(
                "INSERT INTO members VALUES (?, ?, split_part(?, ':', 1), ?)", [(*m[:2], m[1], m[2]) for m in members]
            )
        golden.make_tables(con, AS_OF)
        entities = {
            kind: {row[key]: row for row in con.sql(f"SELECT * FROM {kind}").to_arrow_table().to_pylist()}
            for kind, key in golden.ENTITIES.items()
        }
        hanging = {
            name: con.execute(f"SELECT * FROM {name}").fetchall()
            for name in ("service_places", "schedules", "contact_points")
        }
    return entities, hanging


def one_place(*records: Record) -> dict[str, Any]:
    """The one place that all these records are."""
    entities, _ = golden_of({"places": records}, [("places", record["record_id"], "p") for record in records])
    return entities["places"]["p"]


def place(record_id: str, **values: Any) -> Record:
    return {"record_id": record_id, "name": record_id} | values


def test_a_day_to_come_confirms_nothing() -> None:
    tomorrow = AS_OF + timedelta(days=1)
    found = one_place(place("a:1", last_confirmed_on=tomorrow), place("b:1", last_confirmed_on="2020-01-01"))
    assert (found["name"], str(found["last_confirmed_on"])) == ("b:1", "2020-01-01")


def test_most_recently_confirmed_then_most_complete_then_by_record_id() -> None:
    assert (
        one_place(place("a:1", last_confirmed_on="2025-01-01"), place("b:1", last_confirmed_on="2026-01-01"))["name"]
        == "b:1"
    )
    assert one_place(place("a:1"), place("b:1", parking="yes"))["name"] == "b:1"
    assert one_place(place("b:1"), place("a:1"))["name"] == "a:1"


def test_open_data_stands_before_what_was_submitted_however_new_and_complete_that_is() -> None:
    found = one_place(
        place("inbox:1", last_confirmed_on="2026-05-01", parking="yes", access="駅前"),
        place("town:1", last_confirmed_on="2020-01-01", parking="no"),
    )
    assert (found["name"], found["parking"], found["access"]) == ("town:1", "no", "駅前")


def test_a_record_that_names_no_day_stands_behind_one_that_does() -> None:
    told = [
        place("a:1", dated="2026-03-31", parking="yes"),
        place("b:1", dated="2020-01-01", last_confirmed_on="2020-01-01"),
    ]
    assert one_place(*told)["name"] == "b:1"


def test_what_the_best_record_leaves_out_another_one_fills() -> None:
    found = one_place(
        place("a:1", last_confirmed_on="2026-05-01", parking="yes"), place("b:1", access="駅から徒歩5分", parking="no")
    )
    assert (found["name"], found["access"], found["parking"]) == ("a:1", "駅から徒歩5分", "yes")
    assert found["sources"] == "a;b"


def test_an_address_block_and_a_position_come_from_one_record_each() -> None:
    found = one_place(
        place("a:1", last_confirmed_on="2026-05-01", postal_code="0400001", latitude=41.0),
        place(
            "b:1",
            last_confirmed_on="2026-04-01",
            address="函館市東町1",
            municipality_code="012025",
            longitude=None,
            latitude=None,
        ),
        place(
            "c:1",
            address="旭川市西町2",
            address_building="みちしるべ荘",
            postal_code="0700002",
            latitude=43.0,
            longitude=142.0,
        ),
    )
    assert (found["address"], found["municipality_code"], found["address_building"], found["postal_code"]) == (
        "函館市東町1",
        "012025",
        None,
        None,
    )
    assert (found["latitude"], found["longitude"]) == (41.0, None)


def test_without_any_address_the_municipality_is_still_known() -> None:
    found = one_place(place("a:1", last_confirmed_on="2026-05-01"), place("b:1", municipality_code="012025"))
    assert (found["municipality_code"], found["address"]) == ("012025", None)


def test_a_service_belongs_to_the_organization_of_its_best_record() -> None:
    for newest in ("a:1", "b:1"):
        services = [
            {"record_id": r, "name": r, "last_confirmed_on": "2026-05-01" if r == newest else "2026-01-01"}
            for r in ("a:1", "b:1")
        ]
        organizations = [{"record_id": "a:1", "name": "a"}, {"record_id": "b:1", "name": "b"}]
        members = [("services", "a:1", "s"), ("services", "b:1", "s")]
        members += [("organizations", "a:1", "of a:1"), ("organizations", "b:1", "of b:1")]
        entities, _ = golden_of({"services": services, "organizations": organizations}, members)
        assert entities["services"]["s"]["organization_id"] == f"of {newest}"


def test_a_statutory_type_tells_what_a_service_is_for_unless_its_source_does() -> None:
    told = [
        {"record_id": "a:1", "name": "a", "service_type": "sfk-33"},
        {"record_id": "a:2", "name": "b", "service_type": "sfk-33", "support_categories": "ibasho"},
        {"record_id": "a:3", "name": "c"},
    ]
    entities, _ = golden_of({"services": told}, [("services", f"a:{n}", f"s{n}") for n in (1, 2, 3)])
    listed = rulebook.codes("service_types")["sfk-33"].extra["support_categories"]
    assert [entities["services"][f"s{n}"]["support_categories"] for n in (1, 2, 3)] == [listed, "ibasho", None]


def test_a_service_stands_at_all_its_places_and_what_is_told_twice_stands_once() -> None:
    contacts = [
        {"record_id": f"a:{n}", "owner_kind": "services", "kind": "phone", "value": "+81120000000"} for n in (1, 2)
    ]
    contacts.append({"record_id": "a:1", "owner_kind": "places", "kind": "phone", "value": "+81120000000"})
    records = {
        "services": [{"record_id": f"a:{n}", "name": "s"} for n in (1, 2)],
        "places": [place("a:1"), place("a:2")],
        "contact_points": contacts,
    }
    members = [("services", "a:1", "s"), ("services", "a:2", "s"), ("places", "a:1", "p1"), ("places", "a:2", "p2")]
    _, hanging = golden_of(records, members)
    assert hanging["service_places"] == [("s", "p1"), ("s", "p2")]
    assert sorted(row[:2] for row in hanging["contact_points"]) == [("p1", "places"), ("s", "services")]


def test_a_schedule_that_says_no_time_and_no_day_is_no_row() -> None:
    said: list[dict[str, Any]] = [
        {"weekdays": "月"},
        {"recurrence": "24Sa"},
        {"opens": "09:00"},
        {"holiday": "closed"},
        {},
    ]
    records = {
        "services": [{"record_id": "a:1", "name": "a"}],
        "schedules": [{"record_id": "a:1", "owner_kind": "services", "kind": "open"} | row for row in said],
    }
    _, hanging = golden_of(records, [("services", "a:1", "s")])
    assert len(hanging["schedules"]) == 3


DAYS = st.sampled_from([None, "2025-01-01", "2026-01-01"])
MAYBE = {
    name: st.sampled_from([None, f"{name} 一", f"{name} 二", f"{name} 三"])
    for name in ("address", "address_building", "access", "name_kana")
}
MAYBE |= {
    "municipality_code": st.sampled_from([None, "012025", "012041"]),
    "postal_code": st.sampled_from([None, "0400001", "0700002"]),
    "latitude": st.sampled_from([None, 41.5, 43.5]),
    "longitude": st.sampled_from([None, 141.5, 143.5]),
    "last_confirmed_on": DAYS,
}
PLACES = st.lists(
    st.fixed_dictionaries({"entity": st.sampled_from("pq"), **MAYBE}),
    min_size=1,
    max_size=6,
)


@settings(max_examples=8, deadline=None, derandomize=True)
@given(PLACES)
def test_every_golden_value_is_some_records_value(told: list[dict[str, Any]]) -> None:
    records = [place(f"a:{n}", **{k: v for k, v in one.items() if k != "entity"}) for n, one in enumerate(told)]
    members = [("places", f"a:{n}", one["entity"]) for n, one in enumerate(told)]
    entities, _ = golden_of({"places": records}, members)
    shuffled, _ = golden_of({"places": records[::-1]}, members[::-1])
    assert shuffled == entities
    for entity_id, found in entities["places"].items():
        mine = [record for record, one in zip(records, told, strict=True) if one["entity"] == entity_id]
        for name in ("name", *MAYBE):
            value = str(found[name]) if name == "last_confirmed_on" and found[name] else found[name]
            if value is not None:
                assert value in [record[name] for record in mine], name
            elif not any(name in names for names in golden.TOGETHER):
                assert all(record[name] is None for record in mine), name
        for names in golden.TOGETHER:
            block = tuple(found[name] for name in names)
            assert block == (None,) * len(names) or block in [tuple(record[name] for name in names) for record in mine]
