"""The gate stops a release that lost too much and lets an ordinary one pass, and asks only about what is new."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from publish import gate, release
from schemas.finding import Finding
from tests.warehouse.accepted import AS_OF, build_from, row

SERVICES = 7


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a warehouse of seven services, six of them in reach by e-mail too, and no release."""
    home = tmp_path_factory.mktemp("gate") / "home"
    rows = [
        row(
            str(n),
            organization__address=f"函館市東町{n}番",
            place__address=f"函館市東町{n}番",
            service__service_type="居宅介護",
            email__value=f"a{n}@example.jp" if n < SERVICES else "",
        )
        for n in range(1, SERVICES + 1)
    ]
    build_from(home, {"town": rows})
    return home


@pytest.fixture
def home(built: Path, tmp_path: Path) -> Path:
    """A home of its own with that warehouse."""
    home = tmp_path / "home"
    home.mkdir()
    shutil.copyfile(built / "warehouse.duckdb", home / "warehouse.duckdb")
    return home


def earlier(
    home: Path,
    version: str = "2026-11-22",
    rows: dict[str, int] | None = None,
    percents: dict[str, float] | None = None,
    settings: dict[str, str] | None = None,
) -> None:
    """An earlier release that reported these rows by table and fill rates by ``table.field``."""
    folder = home / "releases" / version
    folder.mkdir(parents=True)
    tables: dict[str, dict[str, Any]] = {name: {"name": name, "rows": count} for name, count in (rows or {}).items()}
    for name, percent in (percents or {}).items():
        table, field = name.split(".")
        told = tables.setdefault(table, {"name": table, "rows": SERVICES})
        told.setdefault("fields", []).append({"name": field, "percent": percent})
    report = {"prefecture": "01", "source_set": "sample"} | (settings or {})
    report["tables"] = [{"fields": []} | table for table in tables.values()]
    (folder / "quality.json").write_text(json.dumps(report), encoding="utf-8")
    (folder / "index.json").write_text(json.dumps({"source_set": report["source_set"]}), encoding="utf-8")


def change(home: Path, sql: str) -> None:
    with duckdb.connect(str(home / "warehouse.duckdb")) as con:
        con.execute(sql)


def told(findings: list[Finding]) -> list[tuple[str, str | None, str | None, str | None]]:
    return [(finding.severity, finding.table, finding.field, finding.value) for finding in findings]


def test_the_first_release_passes_and_nobody_outside_hears_of_it(home: Path) -> None:
    assert gate.judge(home, AS_OF) == []
    assert os.environ["GX_ANALYTICS_ENABLED"] == "false"


@pytest.mark.parametrize(("before", "severity"), [(10, None), (11, "stop"), (5, None), (4, "note")])
def test_rows_against_the_release_before(home: Path, before: int, severity: str | None) -> None:
    """Seven services: 70 % of ten still pass, of eleven not; one and a half times five pass, of four is noted."""
    earlier(home, rows={"services": before})
    expected = [(severity, "services", "行数 services", "7")] if severity else []
    assert told(gate.judge(home, AS_OF)) == expected


def test_a_table_that_is_empty_stops_the_release(home: Path) -> None:
    change(home, "DELETE FROM service_places")
    change(home, "DELETE FROM places")
    found = gate.judge(home, AS_OF)
    assert told(found) == [("stop", "places", "行数 places", "0")]
    earlier(home, rows={"service_places": 7})
    assert {finding.table for finding in gate.judge(home, AS_OF)} == {"places", "service_places"}


def test_a_field_may_lose_twenty_points_of_its_fill_rate(home: Path) -> None:
    earlier(home, percents={"organizations.postal_code": 20.0, "places.postal_code": 20.1, "places.address": 100.0})
    assert told(gate.judge(home, AS_OF)) == [("stop", "places", "記入率 places.postal_code", "0")]


@pytest.mark.parametrize(("before", "severity"), [(2, None), (6, "stop"), (7, "stop")])
def test_rows_that_came_with_a_blank_explain_a_lower_fill_rate(home: Path, before: int, severity: str | None) -> None:
    """Of seven places two name a postal code: of two before both did; of six and of seven, all would have lost it."""
    change(home, "UPDATE places SET postal_code = '0400001' WHERE address IN ('函館市東町1番', '函館市東町2番')")
    earlier(home, rows={"places": before}, percents={"places.postal_code": 100.0})
    told_of_fill = [one for one in told(gate.judge(home, AS_OF)) if one[2] == "記入率 places.postal_code"]
    assert told_of_fill == ([(severity, "places", "記入率 places.postal_code", "28.6")] if severity else [])


def test_a_decision_goes_out_whatever_is_plausible(home: Path) -> None:
    earlier(home, rows={"services": 99})
    (found,) = gate.judge(home, AS_OF, decided=True)
    assert (found.severity, found.code, found.field) == ("note", "gate-passed-for-decision", "行数 services")
    assert "公開しました" in found.message_ja and "99" not in found.message_ja


def test_even_a_decision_does_not_replace_real_data_by_samples(home: Path) -> None:
    earlier(home, settings={"source_set": "mirror"})
    assert ("stop", "gate-lesser-set") in [(one.severity, one.code) for one in gate.judge(home, AS_OF, decided=True)]


def test_services_that_nobody_can_reach_stop_the_release(home: Path) -> None:
    change(home, "DELETE FROM contact_points WHERE kind = 'phone'")
    assert told(gate.judge(home, AS_OF)) == [("stop", "services", "連絡先のある支援の割合", "85.7")]
    change(home, "UPDATE services SET url = 'https://www.example.jp/'")
    assert gate.judge(home, AS_OF) == []


def test_services_that_no_code_list_knows_stop_the_release(home: Path) -> None:
    change(home, "UPDATE services SET service_type = NULL, support_categories = NULL")
    assert told(gate.judge(home, AS_OF)) == [("stop", "services", "種別か分類のある支援の割合", "0")]


def test_sources_that_bring_nothing_stop_the_release(home: Path) -> None:
    change(home, "UPDATE source_runs SET accepted = 0, ended = 0")
    assert told(gate.judge(home, AS_OF)) == [("stop", None, "記録を出した出典の割合", "0")]


@pytest.mark.parametrize(
    "other",
    [
        lambda home: earlier(home, rows={"services": 99}, settings={"prefecture": "all"}),
        lambda home: earlier(home, rows={"services": 99}, version="2026-11-24"),
    ],
    ids=["another area", "a later release"],
)
def test_only_an_earlier_release_of_the_same_kind_is_compared_with(home: Path, other: Callable[[Path], None]) -> None:
    other(home)
    assert gate.judge(home, AS_OF) == []
    earlier(home, rows={"services": 99}, version="2026-11-01")
    assert [finding.field for finding in gate.judge(home, AS_OF)] == ["行数 services"]


def test_real_data_is_not_compared_with_samples_and_never_replaced_by_them(home: Path) -> None:
    earlier(home, rows={"services": 99})
    change(home, "UPDATE night SET source_set = 'mirror'")
    assert gate.judge(home, AS_OF) == []
    earlier(home, rows={"services": 7}, version="2026-11-23", settings={"source_set": "mirror"})
    change(home, "UPDATE night SET source_set = 'sample'")
    assert ("stop", "gate-lesser-set") in [(finding.severity, finding.code) for finding in gate.judge(home, AS_OF)]


def test_the_newest_release_is_the_one_compared_with(home: Path) -> None:
    earlier(home, rows={"services": 99}, version="2026-11-20")
    earlier(home, rows={"services": 7}, version="2026-11-20.2")
    assert gate.judge(home, AS_OF) == []
    earlier(home, rows={"services": 99}, version="2026-11-20.10")
    assert len(gate.judge(home, AS_OF)) == 1


def test_what_is_published_already_is_not_judged_again(home: Path) -> None:
    assert release.publish(home, AS_OF) is not None
    report = home / "releases" / AS_OF.isoformat() / "quality.json"
    report.unlink()
    assert gate.judge(home, date(2026, 11, 24)) == []
