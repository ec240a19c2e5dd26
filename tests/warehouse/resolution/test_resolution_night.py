"""What a night makes of the records of several sources: entities, links, pairs with their band, queue and findings."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from schemas.sql import make_table
from tests.warehouse.accepted import AS_OF, PHONE, Row, build_from, ids, office_number, query, row
from tests.warehouse.resolution.invented import corporate_number
from warehouse import judgements
from warehouse.judgements import Kind, Verdict
from warehouse.resolution import deciding, model, night

COMPANY, OTHER_COMPANY = corporate_number(1, "01"), corporate_number(2, "01")
SUSPECT = corporate_number(3, "01")
"""The number of a company, which an NPO cannot have."""
HOME_HELP, GROUP_HOME = "居宅介護", "共同生活援助"
OFFICE, DWELLINGS = office_number(1), office_number(2)


def body(no: str, name: str, address: str = "", phone: str = "", **cells: str) -> Row:
    """A row about an organization, reached by a free number unless a phone is told; its place is named for it."""
    told = {"organization__name": name, "organization__address": address, "place__address": address}
    return row(no, **{"place__name": f"{name}の家", "phone__value": phone or PHONE} | told | cells)


HALF_WIDTH = {"address": "旭川市6条通9-1-2", "phone": "0166-00-0001"}
FULL_WIDTH = {"address": "北海道旭川市６条通９丁目１番２号", "phone": "0166-00-0001"}
NUMBERED = {"address": "函館市西町3丁目4-5", "phone": "0138-00-0001"}
SHARED_BUILDING = {"address": "釧路市北町2丁目3-4", "phone": "0154-00-0001"}
LONE = {"address": "岩見沢市東町5丁目6-7", "phone": "0126-00-0001"}
SAME_SITE = "https://tsunagari.example.jp/"

TOWN = [
    body("npo", "特定非営利活動法人　みちしるべ髙橋", **FULL_WIDTH),
    body("width", "ミチシルベ高橋会", "苫小牧市西町4丁目5-6", "0144-00-0001"),
    body("front", "株式会社ふくろうの森", "帯広市南町5丁目6-7", "0155-00-0001", service__name="ふくろう食堂"),
    body("number-one", "株式会社ふたばや", organization__corporate_number=COMPANY, **NUMBERED),
    body("suspect", "特定非営利活動法人まちがい橋", organization__corporate_number=SUSPECT),
    body("rows-1", "社会福祉法人くりかえし会", "室蘭市東町7-8", "0143-00-0001", service__name="相談"),
    body("rows-2", "社会福祉法人くりかえし会", "室蘭市東町7-8", "0143-00-0001", service__name="食堂"),
    *(
        body(
            f"dwelling-{number}",
            "社会福祉法人すみか会",
            f"北見市北町{number}丁目9-{number}",
            "0157-00-0001",
            place__name=f"ホームすみか{number}",
            place__office_number=DWELLINGS,
            service__name="ホームすみか",
            service__office_number=DWELLINGS,
            service__service_type=GROUP_HOME,
        )
        for number in (1, 2, 3)
    ),
    body("help", "一般社団法人かけはし舎", service__name="かけはしヘルプ", **SHARED_BUILDING),
    body("visit", "一般社団法人かけはし舎", service__name="かけはし訪問", **SHARED_BUILDING),
    body("only", "医療法人ひとつや会", service__name="ひとつやデイ", **LONE),
    body("bridge", "株式会社つながり本舗", "小樽市花町1丁目2-3", "0134-00-0001", organization__url=SAME_SITE),
]
OFFICES = [
    body("npo", "ＮＰＯ法人みちしるべ高橋", **HALF_WIDTH),
    body("width", "ﾐﾁｼﾙﾍﾞ髙橋会", "苫小牧市西町四丁目5番6号"),
    body("back", "ふくろうの森（株）", "北海道帯広市南町五丁目6番7号", "0155-00-0001", service__name="ふくろう相談"),
    body("number-two", "株式会社ふたばや", organization__corporate_number=OTHER_COMPANY, **NUMBERED),
    body("suspect", "株式会社ほんもの堂", organization__corporate_number=SUSPECT),
    body("help", "一般社団法人かけはし舎", service__name="かけはしヘルプ", **SHARED_BUILDING),
    body("only", "医療法人ひとつや会", service__name="ひとつや　デイ", **LONE),
    body("bridge", "株式会社つながり本舗ホールディングス", "石狩市花町8丁目9-1", organization__url=SAME_SITE),
]
SOURCES: Mapping[str, Sequence[Row]] = {"town": TOWN, "offices": OFFICES}


def together(entities: Mapping[str, str], *records: str) -> bool:
    return len({entities[record] for record in records}) == 1


def apart(entities: Mapping[str, str], *records: str) -> bool:
    return len({entities[record] for record in records}) == len(records)


def found(warehouse: Path, *codes: str) -> list[tuple[Any, ...]]:
    """The night's findings of these codes."""
    told = ", ".join(f"'{code}'" for code in codes)
    return query(
        warehouse,
        f'SELECT code, source, "row", "table", value FROM findings WHERE code IN ({told}) ORDER BY ALL',
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a night in which nobody has judged anything yet."""
    home = tmp_path_factory.mktemp("night") / "home"
    build_from(home, SOURCES)
    return home


@pytest.fixture(scope="module")
def warehouse(home: Path) -> Path:
    return home / "warehouse.duckdb"


# -- what the night finds out by itself


def test_one_body_written_differently_by_two_sources_is_one(warehouse: Path) -> None:
    organizations = ids(warehouse, "organizations")
    assert together(organizations, "town:npo", "offices:npo")
    assert together(organizations, "town:width", "offices:width")
    assert together(organizations, "town:front", "offices:back")


def test_rows_of_one_source_that_tell_the_same_body_are_one(warehouse: Path) -> None:
    assert together(ids(warehouse, "organizations"), "town:rows-1", "town:rows-2")


def test_two_valid_numbers_are_two_bodies_however_alike(warehouse: Path) -> None:
    assert apart(ids(warehouse, "organizations"), "town:number-one", "offices:number-two")
    ((band, weight, reasons),) = query(
        warehouse,
        """SELECT band, weight, reasons FROM pairs WHERE kind = 'organizations'
           AND left_id = 'offices:number-two' AND right_id = 'town:number-one'""",
    )
    assert (band, json.loads(reasons)[0]["ja"]) == ("apart", "法人番号が違う")
    assert weight > model.reviewed("organization").merged


def test_a_number_of_another_kind_of_body_decides_nothing_and_is_told_at_its_row(warehouse: Path) -> None:
    assert apart(ids(warehouse, "organizations"), "town:suspect", "offices:suspect")
    line = 2 + [one["no"] for one in TOWN].index("suspect")
    assert found(warehouse, deciding.SUSPECT) == [(deciding.SUSPECT, "town", line, "organizations", SUSPECT)]


def test_dwellings_of_one_office_number_are_places_of_their_own(warehouse: Path) -> None:
    dwellings = [f"town:dwelling-{number}" for number in (1, 2, 3)]
    assert apart(ids(warehouse, "places"), *dwellings)
    assert together(ids(warehouse, "services"), *dwellings)
    assert together(ids(warehouse, "organizations"), *dwellings)


def test_one_service_told_by_two_sources_is_one(warehouse: Path) -> None:
    services = ids(warehouse, "services")
    assert together(services, "town:only", "offices:only")
    assert together(services, "town:help", "offices:help")


def test_two_services_of_one_body_in_one_building_stay_apart_and_are_linked(warehouse: Path) -> None:
    services = ids(warehouse, "services")
    for one, two in (("town:help", "town:visit"), ("town:front", "offices:back")):
        assert apart(services, one, two)
        linked = query(
            warehouse,
            f"""SELECT DISTINCT organization_id, place_id FROM services JOIN service_places USING (service_id)
                WHERE service_id IN ('{services[one]}', '{services[two]}')""",
        )
        assert linked == [(ids(warehouse, "organizations")[one], ids(warehouse, "places")[one])]


def test_what_is_likely_waits_for_a_person(warehouse: Path) -> None:
    organizations = ids(warehouse, "organizations")
    one, two = organizations["offices:bridge"], organizations["town:bridge"]
    assert one != two
    waiting = query(warehouse, "SELECT rank, kind, left_entity, right_entity FROM review_queue ORDER BY rank")
    assert ("organizations", one, two) in [row[1:] for row in waiting]
    assert [row[0] for row in waiting] == [*range(1, len(waiting) + 1)]


def test_the_reasons_of_a_pair_make_up_its_weight(warehouse: Path) -> None:
    told = query(warehouse, "SELECT kind, weight, reasons FROM pairs WHERE weight IS NOT NULL")
    assert {kind for kind, _, _ in told} == {"organizations", "places"}
    for kind, weight, reasons in told:
        evidence = night.KINDS[kind]
        assert evidence is not None
        parts = [one["weight"] for one in json.loads(reasons) if "weight" in one]
        assert weight == pytest.approx(model.reviewed(evidence).start + sum(parts))


MADE = {
    "members": "*",
    "pairs": "*",
    "review_queue": "*",
    "compared": "*",
    "organizations": "*",
    "places": "*",
    "services": "*",
    "provenance": "*",
}
"""What must not hang on any order, by table."""


def test_neither_the_order_of_rows_nor_of_sources_matters(warehouse: Path, tmp_path: Path) -> None:
    chance = random.Random(5)
    shuffled = {name: chance.sample(SOURCES[name], len(SOURCES[name])) for name in [*SOURCES][::-1]}
    again = build_from(tmp_path / "home", shuffled)
    for table, columns in MADE.items():
        asked = f"SELECT {columns} FROM {table} ORDER BY ALL"
        assert query(again, asked) == query(warehouse, asked), table


# -- what people say


@pytest.fixture(scope="module")
def judged(home: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two nights after a steward judged: with the same rows, and with rows that have all changed."""
    folder = tmp_path_factory.mktemp("judged")
    shutil.copytree(home, folder / "home")
    for verdict, one, two in JUDGED:
        judgements.judge(folder / "home", verdict, one, two, "係", "電話で確かめた", AS_OF, "organizations")
    judgements.judge(folder / "home", "DIFFERENT", "town:only", "offices:only", "係", "別の時間", AS_OF, "services")
    first = shutil.copy(build_from(folder / "home", SOURCES), folder / "first.duckdb")
    changed = {name: [{**one, "service.summary": "新しい概要"} for one in rows] for name, rows in SOURCES.items()}
    return Path(first), build_from(folder / "home", changed)


JUDGED: tuple[tuple[Verdict, str, str], ...] = (
    ("DIFFERENT", "town:npo", "offices:npo"),
    ("DIFFERENT", "town:dwelling-1", "town:dwelling-2"),
    ("DIFFERENT", "town:rows-1", "town:rows-2"),
    ("SAME", "town:bridge", "offices:bridge"),
    ("SAME", "town:number-one", "offices:number-two"),
    ("SAME", "town:only", "offices:suspect"),
    ("SAME", "offices:suspect", "town:help"),
    ("DIFFERENT", "town:only", "town:help"),
)


@pytest.mark.parametrize("nth", [0, 1])
def test_a_judgement_wins_over_likeness_and_keys_but_for_a_corporate_number(
    judged: tuple[Path, Path], nth: int
) -> None:
    organizations = ids(judged[nth], "organizations")
    assert apart(organizations, "town:npo", "offices:npo")
    assert apart(organizations, "town:dwelling-1", "town:dwelling-2")
    assert apart(organizations, "town:rows-1", "town:rows-2")
    assert together(organizations, "town:bridge", "offices:bridge")
    assert apart(organizations, "town:number-one", "offices:number-two")
    assert apart(organizations, "town:only", "town:help")
    assert apart(ids(judged[nth], "services"), "town:only", "offices:only")


def test_what_was_judged_keeps_its_ids_when_all_rows_change(home: Path, judged: tuple[Path, Path]) -> None:
    before = ids(home / "warehouse.duckdb", "organizations")
    first, second = (ids(warehouse, "organizations") for warehouse in judged)
    assert first == second
    assert before["town:npo"] in {first["town:npo"], first["offices:npo"]}
    assert {record for record in first if first[record] != before[record]} <= {
        record for _, *records in JUDGED for record in records
    } | {"offices:only", "offices:help", "town:visit", "town:dwelling-3"}


@pytest.mark.parametrize("nth", [0, 1])
def test_what_people_say_against_a_key_or_one_another_is_a_finding(judged: tuple[Path, Path], nth: int) -> None:
    organizations = ids(judged[nth], "organizations")
    told = found(judged[nth], deciding.JUDGED_AGAINST_KEY, deciding.JUDGED_BOTH_WAYS)
    assert {row[1:3] for row in told} == {(night.JUDGED, None)}
    of = {(code, frozenset(value.split())) for code, _, _, kind, value in told if kind == "organizations"}
    numbers = {organizations[record] for record in ("town:number-one", "offices:number-two")}
    dwellings = {organizations[record] for record in ("town:dwelling-1", "town:dwelling-2")}
    assert {(deciding.JUDGED_AGAINST_KEY, frozenset(pair)) for pair in (numbers, dwellings)} <= of
    (both_ways,) = (ids for code, ids in of if code == deciding.JUDGED_BOTH_WAYS)
    assert both_ways <= {organizations[record] for record in ("town:only", "town:help", "offices:suspect")}


# -- the queue


def queue_of(pairs: Sequence[tuple[str, str, str, float | None]]) -> list[tuple[Any, ...]]:
    """The queue of these proposals: kind, the two records, weight."""
    with duckdb.connect() as con:
        columns = [*zip(*pairs, strict=True)]
        names = ("kind", "left_id", "right_id", "weight")
        make_table(con, "told", dict(zip(names, columns, strict=True)), weight="DOUBLE")
        con.execute("CREATE TABLE pairs AS SELECT *, 'proposed' AS band, '[]' AS reasons FROM told")
        con.execute("INSERT INTO pairs SELECT kind, left_id, right_id, 99, 'merged', '[]' FROM told")
        con.execute(
            """CREATE TABLE members AS SELECT kind, record_id, 'e' || record_id AS entity_id FROM (
                 SELECT kind, left_id AS record_id FROM told UNION SELECT kind, right_id FROM told)"""
        )
        night.make_queue(con)
        return con.execute("SELECT * EXCLUDE (reasons) FROM review_queue").fetchall()


def test_the_queue_is_what_a_person_can_read_best_first_in_one_order() -> None:
    kinds: Sequence[Kind] = ("places", "organizations")
    pairs = [(kind, f"a:{n:02}", f"b:{n:02}", n // 4 / 2 if n else None) for n in range(40) for kind in kinds]
    told = queue_of(pairs)
    assert told == queue_of(random.Random(5).sample(pairs, len(pairs)))
    assert [row[0] for row in told] == [*range(1, night.READABLE + 1)]
    best = sorted(pairs, key=lambda pair: (-(pair[3] if pair[3] is not None else -99), *pair[:3]))
    assert [(row[1], *row[4:]) for row in told] == best[: night.READABLE]
    assert all(row[2:4] == (f"e{row[4]}", f"e{row[5]}") for row in told)


def test_a_queue_of_none_is_empty_and_one_that_only_people_spoke_of_comes_last() -> None:
    assert [row[4] for row in queue_of([("services", "a:1", "b:1", None), ("places", "a:2", "b:2", -2.0)])] == [
        "a:2",
        "a:1",
    ]
