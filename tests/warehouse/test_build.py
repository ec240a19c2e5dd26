"""The warehouse of a night: made anew, the same from the same, and left untouched when nothing changed."""

from __future__ import annotations

import sqlite3
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from schemas import rulebook
from tests.warehouse.accepted import AS_OF, Row, build_from, corporate_number, ids, office_number, query, row, take_in
from warehouse import build

ENDED = row("ended", service__status="終了", place__address="函館市東町7")
ENDING = row("ending", service__valid_to="2026-12-01", place__address="函館市東町8")
ROWS: dict[str, list[Row]] = {
    "town": [
        row(
            f"{n}",
            organization__corporate_number=corporate_number(n // 2),
            service__office_number=office_number(n),
            service__service_type="居宅介護",
            place__office_number=office_number(n),
            place__address=f"函館市東町{n}番",
        )
        for n in range(1, 6)
    ],
    "ministry": [
        row(
            f"m{n}",
            service__office_number=office_number(n),
            service__service_type="居宅介護",
            place__office_number=office_number(n),
            place__address=f"北海道函館市東町{n}番地",
        )
        for n in range(3, 8)
    ]
    + [ENDED, ENDING],
}


def contents(warehouse: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, archive and members too."""
    published = [table.name for table in rulebook.warehouse_tables()]
    tables = [f"main.{name}" for name in published]
    tables += [f"archive.{name}" for name in build.RECORD_TABLES if name in published]
    tables += ["members", "redirects", "findings", "source_runs"]
    return {table: query(warehouse, f"SELECT * FROM {table}") for table in tables}


def ledger_of(home: Path) -> list[str]:
    with sqlite3.connect(home / "ledger.sqlite") as con:
        return list(con.iterdump())


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("build") / "home"
    build_from(home, ROWS)
    return home


def test_what_two_sources_tell_of_one_service_is_one_entity(home: Path) -> None:
    warehouse = home / "warehouse.duckdb"
    for kind in ("organizations", "services", "places"):
        entities = ids(warehouse, kind)
        assert entities["town:3"] == entities["ministry:m3"] != entities["town:4"]
    assert query(warehouse, "SELECT count(*) FROM services WHERE sources = 'ministry;town'") == [(3,)]


def test_nothing_changed_leaves_the_file_untouched(home: Path) -> None:
    path = home / "warehouse.duckdb"
    before = (path.stat().st_ino, path.stat().st_mtime_ns, path.read_bytes())
    later = date(2026, 11, 30)
    take_in(home, ROWS, later)
    built = build.build(home, ["ministry", "town"], later, "01", "sample")
    assert (path.stat().st_ino, path.stat().st_mtime_ns, path.read_bytes()) == before
    assert built.rows == {t.name: len(query(path, f"SELECT * FROM {t.name}")) for t in rulebook.warehouse_tables()}
    assert build.build(home, ["town", "ministry"], AS_OF, "01", "sample").broken == []


def test_the_order_of_rows_and_sources_changes_nothing(home: Path, tmp_path: Path) -> None:
    shuffled = {source: ROWS[source][::-1] for source in reversed(ROWS)}
    told, again = contents(home / "warehouse.duckdb"), contents(build_from(tmp_path / "home", shuffled))
    # A finding says in which row of the file it stands, and that row has moved.
    assert [name for name in told if told[name] != again[name] and name != "findings"] == []
    assert len(told["findings"]) == len(again["findings"])


def test_a_night_that_died_after_the_ledger_changes_nothing(home: Path) -> None:
    """Killed between ledger and rename: the ledger has the ids, the warehouse is the old one or none at all."""
    path = home / "warehouse.duckdb"
    before, remembered = contents(path), ledger_of(home)
    path.unlink()
    for left in (".warehouse.new.duckdb", ".warehouse.new.duckdb.wal"):
        (home / left).write_bytes(b"half a file")
    build.build(home, list(ROWS), AS_OF, "01", "sample")
    assert contents(path) == before
    assert ledger_of(home) == remembered
    assert sorted(one.name for one in home.glob(".warehouse*")) == []


def test_a_damaged_warehouse_is_built_anew(home: Path) -> None:
    path = home / "warehouse.duckdb"
    before = contents(path)
    path.write_bytes(b"not a database")
    build.build(home, list(ROWS), AS_OF, "01", "sample")
    assert contents(path) == before


def test_what_has_ended_is_in_the_archive_alone(home: Path) -> None:
    path = home / "warehouse.duckdb"
    for kind in ("organizations", "places", "services"):
        assert query(path, f"SELECT record_id FROM archive.{kind}") == [("ministry:ended",)]
        assert "ministry:ended" not in ids(path, kind)
    assert query(path, "SELECT count(*) FROM services WHERE name = '支援ended'") == [(0,)]
    assert query(path, "SELECT source, ended FROM source_runs ORDER BY 1") == [("ministry", 1), ("town", 0)]


def test_a_service_is_told_on_its_last_day_and_no_longer(home: Path) -> None:
    path = home / "warehouse.duckdb"
    before = contents(path)
    for day, archived in ((date(2026, 12, 1), 1), (date(2026, 12, 2), 2), (AS_OF, 1)):
        assert build.build(home, list(ROWS), day, "01", "sample").broken == []
        assert query(path, "SELECT count(*) FROM archive.services") == [(archived,)]
        assert ("ministry:ending" in ids(path, "services")) == (archived == 1)
    assert contents(path) == before


def test_a_source_left_out_of_the_night_is_not_in_the_warehouse_and_comes_back_with_its_ids(home: Path) -> None:
    path = home / "warehouse.duckdb"
    before = contents(path)
    build.build(home, ["ministry"], AS_OF, "01", "sample")
    assert query(path, "SELECT DISTINCT source FROM members") == [("ministry",)]
    build.build(home, list(ROWS), AS_OF, "01", "sample")
    # Without the town's corporate numbers one organization was two for a night; the second id now leads to the first.
    ((new_id,),) = query(path, "SELECT new_id FROM redirects WHERE change = 'merged'")
    assert new_id in ids(path, "organizations").values()
    assert contents(path) | {"redirects": [], "main.redirects": []} == before


def test_a_redirect_never_leads_away_from_a_living_id(tmp_path: Path) -> None:
    """Two became one, and the one that was away that night comes back as what it was."""
    one, two = corporate_number(1), corporate_number(2)

    def night(**numbers: str) -> Path:
        told = [row(no, organization__corporate_number=number) for no, number in numbers.items()]
        return build_from(tmp_path / "home", {"town": told})

    old = ids(night(a=one, b=two, c=two), "organizations")
    merged = night(a=one, b=one)
    assert query(merged, "SELECT old_id, new_id FROM redirects") == [(old["town:b"], old["town:a"])]
    again = night(a=one, b=one, c=two)
    assert ids(again, "organizations")["town:c"] == old["town:c"]
    assert query(again, "SELECT * FROM redirects WHERE old_id IN (SELECT entity_id FROM members)") == []
