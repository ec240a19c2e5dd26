"""Which records are one entity, and that an id, once given, stays: on records in memory, with a real ledger."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.warehouse.accepted import corporate_number, load_records, office_number
from warehouse import identity, ledger
from warehouse.resolution import night

ONE, TWO, THREE = (corporate_number(serial) for serial in (1, 2, 3))
OFFICE, OTHER_OFFICE = office_number(1), office_number(2)
GROUP_HOME, HOME_HELP = "sfk-33", "sfk-11"
Record = dict[str, Any]


class Installation:
    """A home whose nights only tell which records there are."""

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.home = home
        self.day = 0

    def night(self, records: Sequence[Record]) -> dict[tuple[str, str], str]:
        """The entity of each (kind, record id) after the next night with these records."""
        self.day += 1
        with duckdb.connect() as con, ledger.opened(self.home) as book:
            load_records(con, _tables(records))
            night.resolve(con)
            identity.assign(con, book, ledger.SAMPLE_KEY, f"2026-11-{self.day:02}")
            rows = con.execute("SELECT kind, record_id, entity_id FROM members").fetchall()
        assert len({row[:2] for row in rows}) == len(rows)
        return {(kind, record_id): entity_id for kind, record_id, entity_id in rows}

    def redirects(self, change: str = "merged") -> list[tuple[str, str]]:
        with ledger.opened(self.home) as book:
            return book.execute("SELECT old_id, new_id FROM redirects WHERE change = ?", [change]).fetchall()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Installation]:
    yield Installation(tmp_path / "home")


def record(
    record_id: str,
    number: str | None = None,
    office: str | None = None,
    service_type: str | None = None,
    address: str | None = None,
) -> Record:
    """What one row brings: an organization, a service and a place."""
    return {
        "record_id": record_id,
        "corporate_number": number,
        "office_number": office,
        "service_type": service_type,
        "address": address,
    }


def _tables(records: Sequence[Record]) -> dict[str, list[Record]]:
    fields = {
        "organizations": ("corporate_number",),
        "places": ("office_number", "address"),
        "services": ("office_number", "service_type"),
    }
    return {
        kind: [{name: told[name] for name in ("record_id", *names)} for told in records]
        for kind, names in fields.items()
    }


def organizations(ids: dict[tuple[str, str], str], *record_ids: str) -> list[str]:
    return [ids["organizations", record_id] for record_id in record_ids]


def places(ids: dict[tuple[str, str], str], *record_ids: str) -> list[str]:
    return [ids["places", record_id] for record_id in record_ids]


def services(ids: dict[tuple[str, str], str], *record_ids: str) -> list[str]:
    return [ids["services", record_id] for record_id in record_ids]


def test_the_same_corporate_number_is_one_organization_and_two_are_two(home: Installation) -> None:
    ids = home.night([record("a:1", ONE), record("b:9", ONE), record("a:2", TWO), record("b:2")])
    one, same, two, none = organizations(ids, "a:1", "b:9", "a:2", "b:2")
    assert one == same
    assert len({one, two, none}) == 3


def test_one_office_never_joins_two_corporate_numbers(home: Installation) -> None:
    ids = home.night([record("a:1", ONE, OFFICE), record("b:1", TWO, OFFICE), record("c:1", None, OFFICE)])
    assert len(set(organizations(ids, "a:1", "b:1", "c:1"))) == 3


def test_a_record_without_number_joins_through_an_office_number_that_names_one(home: Installation) -> None:
    ids = home.night([record("a:1", ONE, OFFICE), record("b:1", ONE, OFFICE), record("c:1", None, OFFICE)])
    assert len(set(organizations(ids, "a:1", "b:1", "c:1"))) == 1


def test_an_office_number_alone_has_one_operator(home: Installation) -> None:
    ids = home.night([record("a:1", None, OFFICE), record("b:1", None, OFFICE), record("b:2", None, OTHER_OFFICE)])
    one, same, other = organizations(ids, "a:1", "b:1", "b:2")
    assert one == same != other


def test_a_service_is_an_office_number_with_a_type_at_one_or_more_places(home: Installation) -> None:
    ids = home.night(
        [
            record("a:1", ONE, OFFICE, GROUP_HOME, "函館市東町1-1"),
            record("a:2", ONE, OFFICE, GROUP_HOME, "函館市東町1-2"),
            record("a:3", ONE, OFFICE, HOME_HELP, "函館市東町1-1"),
            record("b:1", ONE, OFFICE, GROUP_HOME, "北海道函館市東町一丁目１番"),
            record("b:2", ONE, OTHER_OFFICE, GROUP_HOME, "函館市東町1-1"),
            record("b:3", ONE, OFFICE, None, "函館市東町1-1"),
            record("b:4", ONE, None, GROUP_HOME, "函館市東町1-1"),
        ]
    )
    home_one, home_two, help_, home_again, other_office, untyped, unnumbered = services(
        ids, "a:1", "a:2", "a:3", "b:1", "b:2", "b:3", "b:4"
    )
    assert home_one == home_two == home_again
    assert len({home_one, help_, other_office, untyped, unnumbered}) == 5
    dwelling, second, same, again, elsewhere = places(ids, "a:1", "a:2", "a:3", "b:1", "b:2")
    assert dwelling == same == again
    assert len({dwelling, second, elsewhere}) == 3


def test_places_without_address_or_office_number_stand_alone(home: Installation) -> None:
    told = [
        record("a:1", office=OFFICE),
        record("b:1", office=OFFICE),
        record("a:2", address="函館市東町1-1"),
        record("b:2", address="函館市東町1-1"),
    ]
    assert len(set(places(home.night(told), "a:1", "b:1", "a:2", "b:2"))) == 4


def test_ids_are_the_same_in_two_homes_and_for_any_order(tmp_path: Path) -> None:
    told = [
        record(f"{source}:{n}", corporate_number(n // 2), office_number(n), HOME_HELP, f"函館市東町{n}")
        for n in range(1, 12)
        for source in "ab"
    ]
    first = Installation(tmp_path / "one").night(told)
    random.Random(7).shuffle(told)
    second = Installation(tmp_path / "two")
    assert second.night(told) == first
    assert second.night(told[::-1]) == first


def test_no_id_derives_from_an_address_or_a_corporate_number(tmp_path: Path) -> None:
    one = Installation(tmp_path / "one").night([record("a:1", ONE, OFFICE, None, "函館市東町1-1")])
    other = Installation(tmp_path / "two").night([record("a:1", TWO, OFFICE, None, "旭川市西町9")])
    assert one == other


def test_a_place_that_moves_keeps_its_id(home: Installation) -> None:
    before = home.night([record("a:1", None, OFFICE, None, "函館市東町1-1")])
    assert home.night([record("a:1", None, OFFICE, None, "旭川市西町9")]) == before


def test_ids_depend_on_the_installations_key(tmp_path: Path) -> None:
    with duckdb.connect() as con, ledger.opened(tmp_path) as book:
        load_records(con, _tables([record("a:1", ONE)]))
        night.resolve(con)
        identity.assign(con, book, b"another key", "2026-11-01")
        (other,) = con.execute("SELECT entity_id FROM members WHERE kind = 'organizations'").fetchall()[0]
    assert other != Installation(tmp_path / "two").night([record("a:1", ONE)])["organizations", "a:1"]


def test_a_number_that_appears_later_changes_no_id(home: Installation) -> None:
    before = home.night([record("a:1"), record("a:2", None, OFFICE)])
    after = home.night([record("a:1", ONE), record("a:2", TWO, OFFICE)])
    assert organizations(after, "a:1", "a:2") == organizations(before, "a:1", "a:2")
    assert home.redirects() == []


def test_a_merge_keeps_the_older_id_and_redirects_the_other_once(home: Installation) -> None:
    (old,) = organizations(home.night([record("z:1")]), "z:1")
    _, young = organizations(home.night([record("z:1"), record("a:1", ONE)]), "z:1", "a:1")
    for _ in range(2):
        merged = home.night([record("z:1", ONE), record("a:1", ONE)])
        assert organizations(merged, "z:1", "a:1") == [old, old]
    assert home.redirects() == [(young, old)]


def test_a_split_leaves_the_id_with_the_oldest_member(home: Installation) -> None:
    (old,) = organizations(home.night([record("z:1", ONE)]), "z:1")
    home.night([record("z:1", ONE), record("a:1", ONE)])
    split = home.night([record("z:1", TWO), record("a:1", ONE)])
    (new,) = organizations(split, "a:1")
    assert organizations(split, "z:1") == [old]
    assert new != old
    assert (home.redirects(), home.redirects("split")) == ([], [(old, new)])


def test_what_was_made_one_and_is_two_again_has_its_own_ids_back(home: Installation) -> None:
    before = home.night([record("z:1", TWO), record("a:1", ONE)])
    home.night([record("z:1", ONE), record("a:1", ONE)])
    assert home.night([record("z:1", TWO), record("a:1", ONE)]) == before


def test_a_merged_away_id_leads_to_where_its_oldest_member_went(home: Installation) -> None:
    home.night([record("a:keeper", TWO)])
    for serial in range(4):
        home.night([record("a:keeper", TWO), record(f"b:{serial}", corporate_number(10 + serial))])
        both = [record(f"{source}:{serial}", corporate_number(10 + serial)) for source in "ba"]
        ids = home.night([record("a:keeper", TWO), *both])
        (old,) = organizations(ids, f"b:{serial}")
        parted = home.night([record("a:keeper", TWO), {**both[0], "corporate_number": TWO}, both[1]])
        assert organizations(parted, f"b:{serial}") == organizations(parted, "a:keeper")
        assert (old, parted["organizations", "a:keeper"]) in home.redirects()


def test_a_source_taken_away_and_brought_back_has_its_ids(home: Installation) -> None:
    told = [record("a:1", ONE, OFFICE, HOME_HELP), record("a:2", None, OTHER_OFFICE), record("b:1", TWO)]
    before = home.night(told)
    assert home.night(told[2:]) == {key: value for key, value in before.items() if key[1] == "b:1"}
    assert home.night(told) == before
    assert home.redirects() == []


def test_an_anchor_that_returns_gets_an_id_of_its_own(home: Installation) -> None:
    (first,) = services(home.night([record("a:1", None, OFFICE, HOME_HELP)]), "a:1")
    later = home.night([record("a:1", None, OFFICE, GROUP_HOME), record("a:2", None, OFFICE, HOME_HELP)])
    kept, new = services(later, "a:1", "a:2")
    assert kept == first != new
    third = home.night(
        [
            record("a:1", None, OFFICE, GROUP_HOME),
            record("a:2", None, OTHER_OFFICE, HOME_HELP),
            record("a:3", None, OFFICE, HOME_HELP),
        ]
    )
    assert services(third, "a:1", "a:2") == [first, new]
    assert services(third, "a:3")[0] not in (first, new)


def test_one_text_never_is_two_entities_of_different_kinds(home: Installation) -> None:
    ids = home.night([record(f"a:{n}", ONE, OFFICE, HOME_HELP, f"函館市東町{n}") for n in range(30)])
    kinds: dict[str, set[str]] = {}
    for (kind, _), entity_id in ids.items():
        kinds.setdefault(entity_id, set()).add(kind)
    assert all(len(borne) == 1 for borne in kinds.values())


def test_a_record_id_may_hold_quotes(home: Installation) -> None:
    told = [record("a:it's", ONE), record('a:"; DROP TABLE members; --', TWO), record("a:%_/\\ 　", None)]
    assert home.night(told) == home.night(told)


RECORDS = st.lists(
    st.builds(
        record,
        st.sampled_from([f"{source}:{n}" for source in "ab" for n in range(4)]),
        st.sampled_from([None, ONE, TWO, THREE]),
        st.sampled_from([None, OFFICE, OTHER_OFFICE]),
        st.sampled_from([None, HOME_HELP, GROUP_HOME]),
        st.sampled_from([None, "函館市東町1-1", "函館市東町一丁目1番", "函館市東町2"]),
    ),
    max_size=6,
    unique_by=lambda told: told["record_id"],
)


@settings(max_examples=4, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(nights=st.lists(RECORDS, min_size=2, max_size=3), seed=st.integers(0, 9))
def test_whatever_happens_over_the_nights(tmp_path: Path, nights: list[list[Record]], seed: int) -> None:
    """In every night each record has one id, never two corporate numbers one organization, never an id two meanings;
    another home that sees the same nights in another order of rows has the same ids.
    """
    folder = tmp_path / str(len(list(tmp_path.iterdir())))
    one, other = Installation(folder / "one"), Installation(folder / "other")
    ids: dict[tuple[str, str], str] = {}
    for told in nights:
        ids = one.night(told)
        shuffled = random.Random(seed).sample(told, len(told))
        assert other.night(shuffled) == ids
        assert one.night(told) == ids
        other.day += 1
        numbers: dict[str, set[str]] = {}
        for each in told:
            if each["corporate_number"]:
                numbers.setdefault(ids["organizations", each["record_id"]], set()).add(each["corporate_number"])
        assert all(len(borne) == 1 for borne in numbers.values())
    assert one.redirects() == other.redirects()
