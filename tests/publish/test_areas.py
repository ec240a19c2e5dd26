"""Each area has its files every night, and in them what belongs there, as the whole tables say it."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from sample_release import fill

from publish import areas, exporters
from publish.exporters import csv_excel
from publish.exporters import json as json_exporter
from schemas import rulebook

TABLES = tuple(table for table in rulebook.published_tables() if table.record_fields)
CODES = {town.label_ja: town.code for town in rulebook.codes("municipalities").values()}
SAPPORO, CHUO, KITA, ASAHIKAWA, BUREAU = "011002", "011011", "011029", "012041", "ishikari"


def ids(folder: Path, area: str, table: str) -> list[str]:
    """First fields of the rows of a table in an area; CSV and JSON say the same, each in its way."""
    with (folder / area / f"{table}.csv").open(encoding="utf-8-sig", newline="") as file:
        cells = [CODES.get(row[0], row[0].removeprefix("'")) for row in list(csv.reader(file))[1:]]
    records: list[dict[str, Any]] = json.loads((folder / area / f"{table}.json").read_text("utf-8"))
    assert [next(iter(record.values())) for record in records] == cells
    return cells


def where(folder: Path, table: str, name: str) -> set[str]:
    """The areas in which a table has a row with that first field."""
    return {area.code for area in areas.areas() if name in ids(folder, area.code, table)}


@pytest.fixture
def empty(con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    for table in rulebook.warehouse_tables():
        con.execute(f"DELETE FROM public.{table.name}")
    return con


def write(con: duckdb.DuckDBPyConnection, folder: Path, **rows: list[dict[str, Any]]) -> Path:
    for table, filling in rows.items():
        fill(con, f"public.{table}", filling)
    folder.mkdir(exist_ok=True)
    areas.export(con, exporters.prepare(con), folder)
    return folder


def test_every_file_is_there_without_rows_too(empty: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    folder = tmp_path / "areas"
    folder.mkdir()
    counts = areas.export(empty, exporters.prepare(empty), folder)
    codes = {*rulebook.codes("bureaus"), *rulebook.codes("municipalities")}
    assert len(codes) == 14 + 179 + 10
    expected = {
        folder / code / f"{table.name}.{kind}" for code in codes for table in TABLES for kind in ("csv", "json")
    }
    assert set(counts) == expected | {folder / "index.csv", folder / "index.json"}
    assert {path for path in folder.rglob("*") if path.is_file()} == set(counts) | {folder / "README.md"}
    assert all(counts[path] == 0 for path in expected)
    assert ids(folder, SAPPORO, "services") == []


def test_organizations_and_places_are_where_their_address_is(empty: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    write(
        empty,
        tmp_path,
        organizations=[
            {"organization_id": "a1", "municipality_code": CHUO},
            {"organization_id": "a2", "municipality_code": SAPPORO},
            {"organization_id": "a3"},
            {"organization_id": "a4", "municipality_code": "131016"},
        ],
        places=[{"place_id": "p1", "organization_id": "a1", "municipality_code": ASAHIKAWA}],
    )
    assert where(tmp_path, "organizations", "a1") == {CHUO, SAPPORO, BUREAU}
    assert where(tmp_path, "organizations", "a2") == {SAPPORO, BUREAU}
    assert where(tmp_path, "organizations", "a3") == where(tmp_path, "organizations", "a4") == set()
    assert where(tmp_path, "places", "p1") == {ASAHIKAWA, "kamikawa"}


def test_services_are_where_they_serve_or_can_be_had(empty: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    write(
        empty,
        tmp_path,
        organizations=[{"organization_id": "a1", "municipality_code": ASAHIKAWA}],
        places=[{"place_id": "p1", "municipality_code": KITA}],
        services=[
            {"service_id": "s1", "area_scope": "municipality", "area_codes": f"{CHUO};{ASAHIKAWA}"},
            {"service_id": "s2", "area_scope": "unknown"},
            {"service_id": "s3", "area_scope": "unknown", "organization_id": "a1"},
            {"service_id": "s4", "area_scope": "prefecture", "area_codes": ASAHIKAWA},
            {"service_id": "s5", "area_scope": "municipality"},
        ],
        service_places=[{"service_id": "s2", "place_id": "p1"}],
        jurisdictions=[{"municipality_code": ASAHIKAWA, "desk_type": "x", "service_id": "s5"}],
        contact_points=[
            {"owner_id": service, "owner_kind": "services", "kind": "phone", "value": "189"} for service in ("s1", "s3")
        ],
        schedules=[{"owner_id": "p1", "owner_kind": "places", "kind": "open"}],
        hotlines=[{"hotline_id": "h1", "area_scope": "bureau", "area_codes": CHUO}, {"hotline_id": "h2"}],
        programs=[{"program_id": "g1", "area_scope": "national"}],
    )
    assert where(tmp_path, "services", "s1") == {CHUO, SAPPORO, BUREAU, ASAHIKAWA, "kamikawa"}
    assert where(tmp_path, "services", "s2") == {KITA, SAPPORO, BUREAU}
    assert where(tmp_path, "services", "s3") == where(tmp_path, "services", "s4") == set()
    assert where(tmp_path, "services", "s5") == {ASAHIKAWA, "kamikawa"} == where(tmp_path, "jurisdictions", ASAHIKAWA)
    assert where(tmp_path, "service_places", "s2") == {KITA, SAPPORO, BUREAU} == where(tmp_path, "schedules", "p1")
    assert where(tmp_path, "contact_points", "s1") == where(tmp_path, "services", "s1")
    assert where(tmp_path, "contact_points", "s3") == set()
    assert where(tmp_path, "hotlines", "h1") == {CHUO, SAPPORO, BUREAU}
    assert where(tmp_path, "hotlines", "h2") == where(tmp_path, "programs", "g1") == set()


def test_the_index_lists_the_areas_with_their_rows(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    counts = areas.export(con, exporters.prepare(con), tmp_path)
    told = json.loads((tmp_path / "index.json").read_text("utf-8"))
    assert told["notice"] == areas.NOTICE and areas.NOTICE in (tmp_path / "README.md").read_text("utf-8")
    listed = {area["code"]: area for area in told["areas"]}
    assert len(listed) == counts[tmp_path / "index.json"] == counts[tmp_path / "index.csv"] == 203
    assert (listed[CHUO]["kind"], listed[CHUO]["name"], listed[CHUO]["bureau"]) == (
        "ward",
        "札幌市中央区",
        "石狩振興局",
    )
    assert listed[ASAHIKAWA]["rows"]["organizations"] == counts[tmp_path / ASAHIKAWA / "organizations.csv"] == 1
    with (tmp_path / "index.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {row["コード"].removeprefix("'"): row for row in csv.DictReader(file)}
    assert rows[ASAHIKAWA]["団体の件数"] == "1" and rows[CHUO]["種類"] == "区"


def test_the_rows_are_those_of_the_whole_tables(empty: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    values = ['"', "a,b", "#", "'", "=1", "０７０", "平仮名\r\n", "", None]
    filling = [
        {"organization_id": f"{n:016x}", "purpose": value, "founded_on": "2004-05-20", "municipality_code": ASAHIKAWA}
        for n, value in enumerate(values)
    ]
    write(empty, tmp_path, organizations=filling)
    table = rulebook.table("organizations")
    (sheet,) = csv_excel.export(empty, [table], tmp_path)
    (array,) = json_exporter.export(empty, [table], tmp_path)
    for code in (ASAHIKAWA, "kamikawa"):
        assert (tmp_path / code / "organizations.csv").read_bytes() == sheet.read_bytes()
        assert (tmp_path / code / "organizations.json").read_bytes() == array.read_bytes()


def test_the_bytes_are_the_same_for_any_order_and_threads(empty: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    empty.execute(
        "INSERT INTO public.places (place_id, name, municipality_code) "
        f"SELECT md5(range::VARCHAR), range * 7919 % 3000, ['{CHUO}', '{KITA}', '{ASAHIKAWA}'][1 + range % 3] "
        "FROM range(3000)"
    )
    empty.execute(
        "INSERT INTO public.service_places SELECT md5((range % 90)::VARCHAR), place_id FROM public.places, range(2)"
    )
    empty.execute(
        "INSERT INTO public.services (service_id, name) SELECT DISTINCT service_id, '名' FROM public.service_places"
    )
    written = set()
    for threads, order in ((1, "name"), (4, "place_id DESC")):
        empty.execute(f"SET threads = {threads}")
        empty.execute(f"CREATE OR REPLACE TABLE public.places AS FROM public.places ORDER BY {order}")
        write(empty, tmp_path)
        files = [
            tmp_path / code / f"{table.name}.{kind}"
            for code in (SAPPORO, BUREAU)
            for table in TABLES
            for kind in ("csv", "json")
        ]
        written.add(b"".join(path.read_bytes() for path in files))
        assert len(ids(tmp_path, SAPPORO, "places")) == 2000
    assert len(written) == 1
