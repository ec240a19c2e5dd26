"""The real files of publishers, in the layouts that they really have."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from reader_support import REAL, cells, needs_real, numbers, read_all, read_real

from sources.readers import ReadError

pytestmark = needs_real

CSV = {"format": "csv"}
XLSX = {"format": "xlsx"}


@pytest.mark.parametrize(
    ("header_row", "label"), [(1, "service_id"), (2, "サービスID"), ([1, 2], "service_id／サービスID")]
)
def test_three_heading_rows(header_row: Any, label: str) -> None:
    rows = read_real({**CSV, "header_row": header_row, "data_row": 4}, "notalone-2021/data.csv")
    assert (rows.header[1], rows.table.num_rows, numbers(rows)[0], rows.problems) == (label, 122, 4, ())


def test_every_layout_that_the_geojson_has_had() -> None:
    found: Counter[tuple[str, int]] = Counter()
    for path in [*(REAL / "sapporo-papamama/history").iterdir(), REAL / "sapporo-papamama/nurseryFacilities.geojson"]:
        rows = read_real({"format": "geojson"}, str(path))
        assert rows.header[-2:] == ("geometry.longitude", "geometry.latitude")
        assert all(cell and cell.startswith("14") for *_, cell, _ in cells(rows))
        found[rows.header[0], rows.table.num_rows] += 1
    assert found == {("ID", 505): 2, ("HID", 505): 2, ("HID", 528): 5}


def test_an_old_workbook_of_several_sheets() -> None:
    name = "sapporo-papamama/dataSpecification.xls"
    rows = read_real({**XLSX, "header_row": 0, "labels": ["項目", "説明"], "sheets": ["station", "wards"]}, name)
    assert set(rows.table.column("file").to_pylist()) == {
        "dataSpecification.xls/station",
        "dataSpecification.xls/wards",
    }
    assert cells(rows)[0][0] == "概要"
    assert (rows.table.num_rows, {problem.code for problem in rows.problems}) == (26, {"blank-row"})


@pytest.mark.parametrize("kept", [30_000, 3_000, 300])
def test_an_old_workbook_that_was_cut_off(kept: int, tmp_path: Path) -> None:
    """Cut off like this, calamine panics, which no ``except Exception`` would catch."""
    content = (REAL / "sapporo-papamama/dataSpecification.xls").read_bytes()[:kept]
    with pytest.raises(ReadError) as caught:
        read_all(tmp_path, XLSX, ("a.xls", content))
    assert caught.value.code == "not-a-table"


@pytest.mark.parametrize(
    ("name", "count"), [("group_home", 49), ("elderly_welfare_facility", 47), ("disabled_welfare_facility", 8)]
)
def test_workbooks(name: str, count: int) -> None:
    rows = read_real(XLSX, f"takamatsu/{name}__data.xlsx")
    assert (rows.table.num_rows, rows.header[:4], rows.problems) == (
        count,
        ("#property", "latitude", "longitude", "name"),
        (),
    )


def test_workbooks_of_two_layouts() -> None:
    with pytest.raises(ReadError) as caught:
        read_real(XLSX, "takamatsu/group_home__data.xlsx", "takamatsu/disabled_welfare_facility__data.xlsx")
    assert caught.value.code == "wrong-columns"


def test_records_within_an_object() -> None:
    rows = read_real({"format": "json", "records": "data"}, "yuzawa-json/life_event_2022.json")
    assert rows.header == ("marriage", "pregnancy", "childcare", "consultation", "name", "time", "location", "tel")
    assert (rows.table.num_rows, cells(rows)[0][0]) == (19, "true")


def test_labels_for_columns_that_have_none() -> None:
    name = "vscovid19-support/vscovid19-data2.csv"
    rows = read_real({**CSV, "labels": [f"列{place}" for place in range(1, 47)]}, name)
    assert (rows.table.num_rows, rows.problems) == (223, ())
    with pytest.raises(ReadError, match="45 列と合いません"):
        read_real({**CSV, "labels": [f"列{place}" for place in range(1, 46)]}, name)


@pytest.mark.parametrize(("towns", "lost"), [("municipalities", 0), ("nationwide-municipalities", 293)])
def test_codes_and_sources_behind_ids(towns: str, lost: int) -> None:
    town = {
        "file": f"{towns}.csv",
        "column": "municipalityId",
        "key": "id",
        "columns": ["municipalityCode", "prefectureCode"],
    }
    source = {"file": "sources.csv", "column": "sourceId", "key": "id", "columns": ["title", "url"]}
    names = [f"kurashi-navi/{name}.csv" for name in ("offices", towns, "sources")]
    rows = read_real({**CSV, "files": "offices.csv", "join": [town, source]}, *names)
    assert rows.header[-4:] == (
        "municipalityId.municipalityCode", "municipalityId.prefectureCode", "sourceId.title", "sourceId.url",
    )  # fmt: skip
    assert Counter(problem.code for problem in rows.problems) == ({"join-key": lost} if lost else {})
    here = [row for row in cells(rows) if "01" in (row[29], row[31])]
    assert (rows.table.num_rows, len(here)) == (7_540, 721)


@pytest.mark.parametrize(
    ("name", "count", "width"),
    [
        ("excerpts/hokkaido_medical_2022-11-23_EXCERPT.csv", 2, 37),
        ("excerpts/kudamatsu_352071_care_service_EXCERPT.csv", 13, 36),
        ("kawaguchi-preschool/112038_preschool.csv", 302, 53),
        ("grouphome-hokkaido-2021/hokkaido.csv", 776, 18),
    ],
)
def test_plain_tables(name: str, count: int, width: int) -> None:
    rows = read_real(CSV, name)
    assert (rows.table.num_rows, len(rows.header), rows.problems) == (count, width, ())
