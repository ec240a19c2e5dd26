"""Who says so: each value of an entity has one source, whose record says just that, and it is the one that should know.

What of it is told to everyone stands in ``tests/publish/test_about_tables.py``.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from schemas import rulebook
from schemas.sql import literal
from tests.warehouse.accepted import AS_OF, build_from, corporate_number, load_records, office_number, query, row
from warehouse import golden

CODE_LIST = "codes/service_types"
"""The source of what the code list of service types says of a service."""

BY_NIGHT = {
    "organizations": ("address_visibility",),
    "places": ("address_visibility", "latitude", "longitude"),
    "hotlines": ("kind", "charge"),
}
"""What the night itself may settle: how much may be told (``visibility.sql``), and what a number says of itself
(``hotlines.sql``).
"""

OFFICE = {"service__office_number": office_number(1), "service__service_type": "居宅介護"}
NUMBER = {"organization__corporate_number": corporate_number(1)}
SOURCES = {
    "town": [
        row(
            "1",
            organization__name="みちしるべ会",
            organization__address="函館市西町1-1",
            organization__last_confirmed_on="2026-01-01",
            service__summary="家での手伝い",
            service__last_confirmed_on="2026-02-01",
            place__address="函館市西町1-2",
            place__office_number=office_number(1),
            **NUMBER,
            **OFFICE,
        ),
        row("2", place__latitude="43.7", place__longitude="142.3", service__fee_note="材料費だけ"),
        row("program", program__title="移送の助成", program__url="https://town.example.jp/ido"),
    ],
    "ministry": [
        row(
            "m1",
            organization__name="社会福祉法人みちしるべ会",
            organization__url="https://michi.example.jp/",
            organization__last_confirmed_on="2026-05-01",
            service__name="みちしるべヘルプ",
            service__url="https://michi.example.jp/help",
            place__address="北海道函館市西町1番2号",
            place__office_number=office_number(1),
            place__postal_code="040-0001",
            place__access="駅から徒歩5分",
            **OFFICE,
        ),
        row("line", hotline__name="みちしるべ電話", hotline__number="0120-000-001", hotline__verified_on="2026-11-01"),
    ],
}


def told_of(con: duckdb.DuckDBPyConnection, kind: str) -> dict[tuple[str, str], list[tuple[str, str | None]]]:
    """Who is told to say each field of each entity of a kind, since when."""
    found: dict[tuple[str, str], list[tuple[str, str | None]]] = {}
    rows = con.execute(
        """SELECT entity_id, unnest(string_split(fields, ';')), source, observed_on::VARCHAR
           FROM provenance WHERE kind = ? ORDER BY ALL""",
        [kind],
    ).fetchall()
    for entity_id, field, source, observed_on in rows:
        found.setdefault((entity_id, field), []).append((source, observed_on))
    return found


def records_of(home: Path, kind: str) -> dict[tuple[str, str], Mapping[str, Any]]:
    """What each source says, by source and record id, as it was accepted."""
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for night in sorted((home / "accepted").glob("*/night.json")):
        key = json.loads(night.read_text(encoding="utf-8"))["run"]["key"]
        path = night.parent / str(key) / f"{kind}.parquet"
        if path.exists():
            with duckdb.connect() as con:
                told = con.sql(f"SELECT * FROM read_parquet({literal(str(path))})").to_arrow_table().to_pylist()
            found |= {(night.parent.name, record["record_id"]): record for record in told}
    return found


def check_every_value(home: Path, kind: str) -> int:
    """Assert that every value of every entity of a kind has one source, and that one of its records says just that;
    how many values there are.
    """
    records, by_night = records_of(home, kind), BY_NIGHT.get(kind, ())
    supplied = [field.name for field in rulebook.table(kind).record_fields if field.name != "record_id"]
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as con:
        sources = told_of(con, kind)
        entities = con.sql(f"SELECT * FROM {kind}").to_arrow_table().to_pylist()
        members: dict[tuple[str, str], list[str]] = {}
        for entity_id, source, record_id in con.execute(
            "SELECT entity_id, source, record_id FROM members WHERE kind = ? ORDER BY ALL", [kind]
        ).fetchall():
            members.setdefault((entity_id, source), []).append(record_id)
    values = {
        (entity[golden.ENTITIES[kind]], name): entity[name]
        for entity in entities
        for name in supplied
        if entity[name] is not None and not (name in by_night and (entity[golden.ENTITIES[kind]], name) not in sources)
    }
    for (entity_id, name), value in values.items():
        ((source, _),) = sources[entity_id, name]
        said = [records[source, record_id][name] for record_id in members.get((entity_id, source), ())]
        if source == CODE_LIST:
            assert name in ("support_categories", "troubles", "audiences")
        elif name == "area_codes" and len(said) > 1:
            assert set(value.split(";")) <= {code for codes in said if codes for code in codes.split(";")}
        elif name != "address_visibility":
            assert value in said, (kind, entity_id, name)
    assert {key for key in sources if key[1] not in by_night} <= values.keys() <= sources.keys()
    return len(values)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("provenance") / "home"
    build_from(home, SOURCES)
    return home


@pytest.mark.parametrize("kind", golden.ENTITIES)
def test_every_value_has_one_source_that_says_just_that(home: Path, kind: str) -> None:
    assert check_every_value(home, kind) > 1


def test_each_source_is_told_once_with_its_day_and_all_that_it_gave(home: Path) -> None:
    told = query(
        home / "warehouse.duckdb",
        """SELECT p.source, observed_on::VARCHAR, fields FROM provenance p JOIN members m USING (kind, entity_id)
           WHERE kind IN ('organizations', 'services') AND record_id = 'town:1' ORDER BY ALL""",
    )
    assert told == [
        (CODE_LIST, None, "audiences;support_categories;troubles"),
        ("ministry", "2026-05-01", "address_visibility;last_confirmed_on;name;url"),
        ("ministry", str(AS_OF), "name;office_number;service_type;url"),
        ("town", "2026-01-01", "address;corporate_number;municipality_code"),
        ("town", "2026-02-01", "last_confirmed_on;summary"),
    ]


# -- who should know best

Record = Mapping[str, Any]
AUTHORITIES = list(rulebook.survivorship().authorities)


def place(source: str, **values: Any) -> Record:
    return {"record_id": f"{source}:1", "name": f"{source} の名"} | values


def place_of(records: Sequence[Record], authorities: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The one place that all these records are, and who gave each field; a source's authority where it is told."""
    with duckdb.connect() as con:
        load_records(con, {"places": records})
        sources = sorted({record["record_id"].split(":")[0] for record in records})
        golden.make_sources(con, [(one, authorities.get(one, "government"), "2026-03-31") for one in sources])
        con.execute(
            """CREATE TABLE members AS
               SELECT 'places' AS kind, record_id, source, 'p' AS entity_id FROM accepted_places"""
        )
        golden.make_tables(con, AS_OF)
        (found,) = con.sql("SELECT * FROM places").to_arrow_table().to_pylist()
        return found, {field: told[0][0] for (_, field), told in told_of(con, "places").items()}


def test_who_stands_for_it_by_law_comes_before_who_collected_it_before_who_wrote_of_himself() -> None:
    assert AUTHORITIES == ["registry", "government", "intermediary", "submission"]
    ranked = dict(zip("dcba", AUTHORITIES, strict=True))
    # The lower the authority, the newer and the fuller its record.
    records = [
        place("d", last_confirmed_on="2020-01-01"),
        place("c", last_confirmed_on="2021-01-01", access="c"),
        place("b", last_confirmed_on="2022-01-01", access="b", parking="yes"),
        place("a", last_confirmed_on="2023-01-01", access="a", parking="no", office_number="0100000000"),
    ]
    for nth, source in enumerate("dcba"):
        found, given = place_of(records[nth:], ranked)
        assert (found["name"], given["name"]) == (f"{source} の名", source)
    found, given = place_of(records, ranked)
    assert (given["name"], given["access"], given["parking"], given["office_number"]) == ("d", "c", "b", "a")
    assert (found["access"], found["parking"], found["office_number"]) == ("c", "yes", "0100000000")


def test_of_one_authority_who_confirmed_it_last_and_by_its_own_day_or_the_sources() -> None:
    records = [
        place("a", last_confirmed_on="2025-01-01", access="a", parking="no"),
        place("b", last_confirmed_on="2026-01-01"),
    ]
    assert place_of(records, {})[1]["name"] == "b"
    assert place_of(records, {"b": "submission"})[1]["name"] == "a"
    undated = place("c", access="c")
    assert place_of([*records, undated], {})[1] == {
        "name": "c",
        "access": "c",
        "last_confirmed_on": "b",
        "parking": "a",
    }


def test_whoever_tells_most_and_then_the_record_id_break_a_tie_in_any_order() -> None:
    records = [place("a"), place("b", access="駅前"), place("c", access="駅裏")]
    told = place_of(records, {})
    assert told[1] == {"name": "b", "access": "b"}
    for seed in range(3):
        assert place_of(random.Random(seed).sample(records, len(records)), {}) == told


def test_an_address_has_one_source_for_all_that_belongs_to_it() -> None:
    records = [
        place("a", last_confirmed_on="2026-05-01", postal_code="0400001", latitude=41.0),
        place("b", address="函館市東町1", municipality_code="012025", latitude=42.0, longitude=140.0),
    ]
    found, given = place_of(records, {})
    assert (found["postal_code"], found["address"]) == (None, "函館市東町1")
    assert {given[name] for name in ("address", "municipality_code")} == {"b"}
    assert "postal_code" not in given and "longitude" not in given
    assert given["latitude"] == "a"
