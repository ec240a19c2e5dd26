"""Each municipality is told what serves it; what has no known place is told of Hokkaido alone."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_release import fill

from publish import areas, coverage
from schemas import rulebook

SAPPORO, CHUO, ASAHIKAWA, TOKYO = "011002", "011011", "012041", "131016"


def release(
    services: list[dict[str, Any]],
    places: dict[str, str | None] | None = None,
    standing: tuple[tuple[str, str], ...] = (),
    organizations: dict[str, str | None] | None = None,
) -> duckdb.DuckDBPyConnection:
    """A connection with schema ``release`` that holds these."""
    con = duckdb.connect()
    con.execute("CREATE SCHEMA release")
    for table in rulebook.published_tables():
        fields = (f'"{field.name}" {field.duckdb_type}{"[]" * field.many}' for field in table.published_fields)
        con.execute(f"CREATE TABLE release.{table.name} ({', '.join(fields)})")
    for number, service in enumerate(services):
        fill(con, "release.services", [{"service_id": f"s{number}", "support_categories": ["ibasho"]} | service])
    for place, code in (places or {}).items():
        fill(con, "release.places", [{"place_id": place, "municipality_code": code}])
    fill(con, "release.service_places", [{"service_id": service, "place_id": place} for service, place in standing])
    for organization, code in (organizations or {}).items():
        fill(con, "release.organizations", [{"organization_id": organization, "municipality_code": code}])
    return con


def counted(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """The services of each area that has any, by its code."""
    return {area["code"]: area["services"] for area in coverage.build(con)["areas"] if area["services"]}


def test_every_municipality_has_its_row_below_its_bureau() -> None:
    told = coverage.build(release([]))["areas"]
    kinds = [area["kind"] for area in told]
    assert (kinds.count("municipality"), kinds.count("bureau"), kinds.count("all")) == (179, 14, 2)
    assert all(count == 0 for area in told for count in (area["services"], *area["categories"].values()))
    assert len({area["code"] for area in told}) == len(told)
    names = [area["name"] for area in told]
    assert names.index("石狩振興局") < names.index("札幌市") < names.index("後志総合振興局")


def test_a_service_counts_where_its_area_says_and_where_it_stands() -> None:
    con = release([{"area_scope": "municipality", "area_codes": [ASAHIKAWA]}], {"p": SAPPORO}, (("s0", "p"),))
    assert counted(con) == {SAPPORO: 1, "ishikari": 1, ASAHIKAWA: 1, "kamikawa": 1}


def test_wards_are_their_city_and_count_once() -> None:
    con = release([{"area_codes": [CHUO, "011029", SAPPORO]}])
    assert counted(con) == {SAPPORO: 1, "ishikari": 1}


def test_what_serves_all_of_hokkaido_is_told_once_and_where_it_stands() -> None:
    told: list[dict[str, Any]] = [{"area_scope": "prefecture"}, {"area_scope": "national", "area_codes": [SAPPORO]}]
    assert counted(release(told)) == {"wide": 2}
    assert counted(release(told, {"p": SAPPORO}, (("s0", "p"),))) == {SAPPORO: 1, "ishikari": 1, "wide": 2}


def test_a_service_of_which_no_place_is_told_counts_in_no_municipality() -> None:
    # So is a hidden one published: without area, without place. A place without municipality tells nothing either.
    told: list[dict[str, Any]] = [{"area_scope": "unknown", "organization_id": "o"}, {"area_scope": None}]
    con = release(told, {"p": None}, (("s1", "p"),), {"o": SAPPORO})
    assert counted(con) == {"unknown": 2}


def test_what_is_elsewhere_is_not_counted() -> None:
    told: list[dict[str, Any]] = [
        {"area_codes": [TOKYO]},
        {"area_scope": "unknown"},
        {"area_scope": "prefecture", "organization_id": "o"},
        {"area_scope": "unknown", "organization_id": "o"},
        {"area_scope": "national", "organization_id": "o"},
    ]
    con = release(told, {"p": TOKYO}, (("s1", "p"),), {"o": TOKYO})
    assert counted(con) == {"wide": 1}


def test_each_category_counts_and_a_service_without_one_counts_in_none() -> None:
    told: list[dict[str, Any]] = [
        {"area_codes": [SAPPORO], "support_categories": ["ibasho", "consultation", "ibasho"]},
        {"area_codes": [SAPPORO], "support_categories": None},
    ]
    (sapporo,) = (area for area in coverage.build(release(told))["areas"] if area["code"] == SAPPORO)
    assert sapporo["services"] == 2
    assert {code for code, count in sapporo["categories"].items() if count} == {"ibasho", "consultation"}
    assert sapporo["categories"]["ibasho"] == 1


def test_an_area_counts_as_many_as_its_files_hold(tmp_path: Path) -> None:
    told: list[dict[str, Any]] = [
        {"area_codes": [SAPPORO, ASAHIKAWA]},
        {"area_scope": "unknown"},
        {"area_scope": "prefecture"},
        {"area_scope": "national"},
    ]
    con = release(told, {"p": CHUO, "q": ASAHIKAWA}, (("s1", "p"), ("s2", "q")))
    files = areas.export(con, rulebook.published_tables(), tmp_path)
    for area in coverage.build(con)["areas"]:
        assert area["kind"] == "all" or files[tmp_path / area["code"] / "services.csv"] == area["services"]


CODES = sorted(rulebook.codes("municipalities"))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.sampled_from(CODES), max_size=4), max_size=8))
def test_a_bureau_is_between_its_greatest_municipality_and_their_sum(codes: list[list[str]]) -> None:
    with release([{"area_codes": listed} for listed in codes]) as con:
        told = coverage.build(con)["areas"]
    for bureau in (area for area in told if area["kind"] == "bureau"):
        towns = [
            area["services"] for area in told if (area["kind"], area["bureau"]) == ("municipality", bureau["name"])
        ]
        assert max(towns) <= bureau["services"] <= min(sum(towns), len(codes))


def test_both_files_say_the_same_and_excel_keeps_the_codes(tmp_path: Path) -> None:
    con = release([{"area_codes": [SAPPORO]}, {"area_scope": "national"}])
    written = coverage.export(con, tmp_path)
    assert {path.name: count for path, count in written.items()} == {"coverage.csv": 195, "coverage.json": 195}
    document = json.loads((tmp_path / "coverage.json").read_text(encoding="utf-8"))
    raw = (tmp_path / "coverage.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf") and raw.count(b"\r\n") == raw.count(b"\n") == 196
    head, *lines = csv.reader(raw.decode("utf-8-sig").splitlines())
    assert head == [*coverage.HEADINGS, *(category["title"] for category in document["categories"])]
    for line, area in zip(lines, document["areas"], strict=True):
        assert line[1].removeprefix("'") == area["code"] and line[2] == area["name"]
        assert [int(count) for count in line[4:]] == [area["services"], *area["categories"].values()]
    assert [line[1] for line in lines if line[2] == "札幌市"] == ["'011002"]


def test_the_same_rows_in_another_order_make_the_same_bytes(tmp_path: Path) -> None:
    told = [{"service_id": f"s{n}", "area_codes": [code]} for n, code in enumerate((SAPPORO, ASAHIKAWA, CHUO))]
    for name, rows in (("a", told), ("b", told[::-1])):
        (tmp_path / name).mkdir()
        coverage.export(release(rows), tmp_path / name)
    for file in ("coverage.csv", "coverage.json"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
