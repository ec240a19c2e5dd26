"""One desk that serves many towns is one service with the areas of all; who is competent stands in jurisdictions."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.warehouse.accepted import AS_OF, load_records
from warehouse import checks, golden, identity, ledger
from warehouse.resolution import night

REAL = Path(__file__).parents[2].parent / "shared/data/real/kurashi-navi"
DESK_TYPES = {
    "unknown": "municipal-office",
    "housing": "self-reliance",
    "rent": "housing-benefit",
    "money": "welfare-office",
}
Row = dict[str, Any]


def desk(no: str, area: str, **told: Any) -> Row:
    """A row that names the self-reliance desk which is competent for one municipality."""
    source = told.get("source", "town")
    return {"record_id": f"{source}:{no}", "area": area, "name": "上川管内 相談窓口", "plain": "生活の相談"} | {
        "phone": "+81166000120", "address": "旭川市永山6条19丁目", "desk_type": "self-reliance"
    } | told  # fmt: skip


@contextmanager
def known(home: Path, rows: Sequence[Row]) -> Iterator[duckdb.DuckDBPyConnection]:
    """The golden tables of these rows; each also brings its organization and its place."""
    home.mkdir(exist_ok=True)
    records: dict[str, list[Row]] = {
        "organizations": [{"record_id": r["record_id"], "name": r["name"]} for r in rows],
        "places": [{"record_id": r["record_id"], "name": r["name"], "address": r["address"]} for r in rows],
        "services": [
            {"record_id": r["record_id"], "name": r["name"], "summary": r["plain"], "area_codes": r["area"]}
            for r in rows
        ],
        "contact_points": [
            {"record_id": r["record_id"], "owner_kind": "services", "kind": "phone", "value": r["phone"]} for r in rows
        ],
        "jurisdictions": [
            {"record_id": r["record_id"], "municipality_code": r["area"], "desk_type": r["desk_type"]}
            | {"verified_on": r.get("verified_on")}
            for r in rows
            if r["desk_type"]
        ],
    }
    with closing(duckdb.connect()) as con:
        load_records(con, records)
        night.resolve(con)
        with ledger.opened(home) as book:
            identity.assign(con, book, ledger.SAMPLE_KEY, "2026-11-23")
        golden.make_tables(con, AS_OF)
        yield con


def areas(con: duckdb.DuckDBPyConnection) -> list[str]:
    return [codes for (codes,) in con.execute("SELECT area_codes FROM services ORDER BY ALL").fetchall()]


def test_rows_of_one_desk_are_one_service_with_all_their_areas(tmp_path: Path) -> None:
    rows = [
        desk("1", "014532"),
        desk("2", "014524", name="上川管内　相談窓口"),
        desk("3", "014541", plain="家賃の相談"),
    ]
    with known(tmp_path / "home", rows) as con:
        assert areas(con) == ["014524;014532", "014541"]
        # The two services have one organization and one place: the same counter.
        for kind in ("organizations", "places"):
            assert con.execute(f"SELECT count(*) FROM {kind}").fetchall() == [(1,)]
        assert con.execute("SELECT count(DISTINCT organization_id), count(*) FROM services").fetchall() == [(1, 2)]
        told = con.execute("SELECT municipality_code, desk_type, sources FROM jurisdictions ORDER BY ALL").fetchall()
        assert told == [(code, "self-reliance", "town") for code in ("014524", "014532", "014541")]


@pytest.mark.parametrize(
    "other",
    [
        {"phone": "+81166000121"},
        {"name": "上川管内 別の窓口"},
        {"plain": "別の相談"},
        {"source": "county"},
        {"desk_type": None},
    ],
)
def test_another_desk_is_another_service(other: Row, tmp_path: Path) -> None:
    with known(tmp_path / "home", [desk("1", "014532"), desk("2", "014524", **other)]) as con:
        assert areas(con) == ["014524", "014532"]


def test_a_jurisdiction_told_twice_stands_once_with_its_newest_verification(tmp_path: Path) -> None:
    rows = [desk("1", "014532", verified_on="2026-07-01"), desk("2", "014532", verified_on="2026-08-01")]
    with known(tmp_path / "home", rows) as con:
        assert con.execute("SELECT verified_on::VARCHAR FROM jurisdictions").fetchall() == [("2026-08-01",)]


def test_a_verification_to_come_verifies_no_jurisdiction_and_is_told(tmp_path: Path) -> None:
    rows = [desk("1", "014532", verified_on="2026-07-01"), desk("2", "014532", verified_on="2062-08-01")]
    with known(tmp_path / "home", rows) as con:
        assert con.execute("SELECT verified_on::VARCHAR FROM jurisdictions").fetchall() == [("2026-07-01",)]
        told = [(finding.code, finding.value) for finding in checks.found(con, "jurisdictions", AS_OF)]
        assert told == [("confirmed-in-future", "2062-08-01")]


def test_the_id_of_a_desk_stays_when_a_town_joins_it(tmp_path: Path) -> None:
    ids = []
    for towns in (["014532"], ["014532", "014524"]):
        with known(tmp_path / "home", [desk(code, code) for code in towns]) as con:
            ids += con.execute("SELECT service_id FROM services").fetchall()
    assert ids[0] == ids[1]


@pytest.mark.skipif(not REAL.is_dir(), reason="shared/data/real がここにない (the real files are not here)")
def test_every_municipality_of_hokkaido_has_its_desks_and_a_bureaus_office_is_one_service(tmp_path: Path) -> None:
    with (REAL / "nationwide-municipalities.csv").open(encoding="utf-8-sig", newline="") as file:
        codes = {row["id"]: row["municipalityCode"] for row in csv.DictReader(file) if row["prefectureCode"] == "01"}
    with (REAL / "offices.csv").open(encoding="utf-8-sig", newline="") as file:
        offices = [row for row in csv.DictReader(file) if row["municipalityId"] in codes]
    rows = [
        desk(
            office["id"],
            codes[office["municipalityId"]],
            name=office["name"],
            plain=office["plainName"],
            phone=office["phone"],
            address=office["address"] or None,
            desk_type=DESK_TYPES[office["categoryId"]],
        )
        for office in offices
    ]
    with known(tmp_path / "home", rows) as con:
        told = con.execute("SELECT municipality_code, desk_type FROM jurisdictions").fetchall()
        assert Counter(desk_type for _, desk_type in told) == dict.fromkeys(DESK_TYPES.values(), 179)
        assert len({code for code, _ in told}) == 179
        named = {(row["name"], row["plain"], row["phone"]) for row in rows}
        assert con.execute("SELECT count(*) FROM services").fetchall() == [(len(named),)]
        (widest,) = con.execute("SELECT max(len(string_split(area_codes, ';'))) FROM services").fetchall()[0]
        assert widest == 19
