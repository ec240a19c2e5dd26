"""Whom a hidden submission binds: its own organization, and of others at most three records that are the same place."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import engine
from tests.dropped import AS_OF, drop, take_in
from tests.warehouse.accepted import query, row
from tests.warehouse.accepted import take_in as take_in_sources
from warehouse import build, protection, submissions


def reached(
    places: Mapping[str, tuple[str, str]], publishers: Mapping[str, str], gone: str = ""
) -> tuple[set[str], set[str]]:
    """Of records (id → entity, visibility), by whom the submitted ones are, those that fall silent, and the places of
    others that are hidden. ``gone`` was withdrawn.
    """
    with duckdb.connect() as con:
        engine.register_code_list(con, "service_types")
        con.execute(f"SET VARIABLE reach = {protection.REACH}")
        con.execute("CREATE SCHEMA protected")
        con.execute("CREATE TABLE accepted_places (record_id VARCHAR, source VARCHAR, address_visibility VARCHAR)")
        con.execute("CREATE TABLE members (kind VARCHAR, record_id VARCHAR, source VARCHAR, entity_id VARCHAR)")
        con.execute("CREATE TABLE bearing (record_id VARCHAR, entity_id VARCHAR)")
        con.execute("CREATE TABLE publishers (record_id VARCHAR, publisher VARCHAR)")
        con.execute("CREATE TABLE accepted_services (record_id VARCHAR, service_type VARCHAR)")
        columns = "record_id VARCHAR, source VARCHAR, address VARCHAR, address_visibility VARCHAR"
        con.execute(f"CREATE TABLE accepted_organizations ({columns})")
        con.execute("CREATE TABLE protecting (kind VARCHAR, source VARCHAR, record_id VARCHAR, visibility VARCHAR)")
        for record, (entity, visibility) in places.items():
            source = record.split(":")[0]
            con.execute("INSERT INTO bearing VALUES (?, ?)", [record, entity])
            if record != gone:
                con.execute("INSERT INTO accepted_places VALUES (?, ?, ?)", [record, source, visibility])
                con.execute("INSERT INTO members VALUES ('places', ?, ?, ?)", [record, source, entity])
            if source == "inbox":
                con.execute("INSERT INTO protecting VALUES ('places', 'inbox', ?, ?)", [record, visibility])
                con.execute("INSERT INTO publishers VALUES (?, ?)", [record, publishers[record]])
        con.execute((protection.ROOT / "same_place.sql").read_text(encoding="utf-8"))
        left = {record for (record,) in con.execute("SELECT record_id FROM accepted_places").fetchall()}
        hidden = {entity for (entity,) in con.execute("SELECT place_id FROM protected.places").fetchall()}
    return set(places) - left - {gone}, hidden


MINE = {"inbox:a": "あ", "inbox:b": "あ"}


def test_the_same_place_is_hidden_with_it() -> None:
    assert reached({"inbox:a": ("p", "hidden"), "town:1": ("p", "public")}, MINE) == (set(), {"p"})


def test_it_stays_hidden_when_the_submission_is_gone() -> None:
    assert reached({"inbox:a": ("p", "hidden"), "town:1": ("p", "public")}, MINE, "inbox:a") == (set(), {"p"})


def test_another_place_is_not() -> None:
    assert reached({"inbox:a": ("p", "hidden"), "town:1": ("q", "public")}, MINE) == (set(), set())


def test_another_submissions_record_is_anothers_and_its_own_is_not() -> None:
    places = {"inbox:a": ("p", "hidden"), "inbox:b": ("p", "public")}
    assert reached(places, MINE) == (set(), set())
    assert reached(places, MINE | {"inbox:b": "い"}) == (set(), {"p"})


def test_beyond_three_it_falls_silent() -> None:
    places = {"inbox:a": ("p", "hidden")} | {f"town:{n}": ("p", "public") for n in range(4)}
    assert reached(places, MINE) == ({"inbox:a"}, set())


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 5), min_size=1, max_size=6))
def test_all_submissions_of_one_organization_hide_three_records_at_most(sizes: list[int]) -> None:
    places = {f"inbox:{n}": (f"p{n}", "hidden") for n in range(len(sizes))}
    places |= {f"town:{n}.{m}": (f"p{n}", "public") for n, size in enumerate(sizes) for m in range(size)}
    silent, hidden = reached(places, {f"inbox:{n}": "あ" for n in range(len(sizes))})
    touched = sum(size for n, size in enumerate(sizes) if f"p{n}" in hidden)
    assert touched <= protection.REACH
    assert {f"inbox:{n}" for n in range(len(sizes)) if f"p{n}" not in hidden} == silent


def secrets(home: Path, *others: str) -> set[tuple[str, str]]:
    take_in(home)
    assert build.build(home, ["inbox", *others], AS_OF, "01", "live").broken == []
    return set(query(home / "warehouse.duckdb", "SELECT kind, value FROM secrets"))


def test_all_of_a_submission_is_secret_until_a_visible_record_tells_it(tmp_path: Path) -> None:
    home = tmp_path / "var"
    drop(home, "a.csv", {})
    waits = secrets(home)
    site = {("address", "北海道旭川市ためし町1丁目2番3号"), ("phone", "+81166000971"), ("text", "ためし食堂")}
    assert waits >= site | {("email", "shokudo@tameshi.example.jp"), ("person", "例野 ためし")}
    (one,) = submissions.listing(home, AS_OF)
    submissions.approve(home, one.id, "係", "電話", AS_OF)
    approved = secrets(home)
    assert approved.isdisjoint(site) and ("person", "例野 ためし") in approved and ("id", one.id) in approved
    submissions.hide_id(home, one.id, "係", "依頼", AS_OF)
    assert secrets(home) >= site - {("text", "ためし食堂")}
    submissions.withdraw(home, one.id, "係", "依頼", AS_OF)
    assert secrets(home) >= site


def test_what_another_lawfully_tells_of_a_hidden_site_is_no_secret(tmp_path: Path) -> None:
    """Or the gate would stop every release that tells a neighbour, whom a hidden submission does not bind."""
    home = tmp_path / "var"
    neighbour = row(
        "1",
        place__address="旭川市ためし町一丁目2番3号 となり荘",
        service__url="https://tameshi.example.jp/help",
        phone__value="0166-00-0971",
    )
    take_in_sources(home, {"town": [neighbour]})
    drop(home, "a.csv", {"公開の範囲（所在地）": "非公開", "ウェブサイト": "https://tameshi.example.jp/"})
    take_in(home)
    (one,) = submissions.listing(home, AS_OF)
    submissions.approve(home, one.id, "係", "電話", AS_OF)
    found = secrets(home, "town")
    assert {kind for kind, _ in found}.isdisjoint({"address", "phone", "url"})
    assert found >= {("email", "shokudo@tameshi.example.jp"), ("id", one.id)}
