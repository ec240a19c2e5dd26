"""The guard notices a table that is not what the rulebook says, and tells no value of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

from schemas import rulebook
from tests.warehouse.accepted import build_from, row
from warehouse import guard


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = [row(f"{n}", place__address=f"函館市東町{n}番", service__area_codes="012025") for n in (1, 2)]
    return build_from(tmp_path_factory.mktemp("guard") / "home", {"town": rows})


def test_what_was_built_is_what_the_rulebook_says(warehouse: Path) -> None:
    assert guard.broken(warehouse) == []


BREACHES = {
    "services": "UPDATE services SET name = NULL",
    "places": "UPDATE places SET place_id = 'ひみつ'",
    "organizations": "UPDATE organizations SET corporate_number = '1234567890ひみつ'",
    "contact_points": "UPDATE contact_points SET kind = 'ひみつ'",
    "service_places": "INSERT INTO service_places SELECT * FROM service_places",
    "programs": "INSERT INTO programs (program_id, title, reception_note) VALUES ('ひみつ', NULL, 'ひみつ')",
    "hotlines": "INSERT INTO hotlines (hotline_id, name, number, kind) VALUES ('h', 'ひみつ', '#0000', 'ひみつ')",
    "jurisdictions": "INSERT INTO jurisdictions (municipality_code, desk_type, service_id) VALUES ('ひみつ', '', '')",
    "provenance": "INSERT INTO provenance VALUES (NULL, 'ひみつ', 'town', NULL, 'name')",
    "redirects": "INSERT INTO redirects VALUES ('places', 'ひみつ', 'a', 'b', DATE '2026-11-01', NULL)",
    "schedules": "INSERT INTO schedules (owner_id, owner_kind, opens) VALUES ('ひみつ', 'services', '25:00')",
}


def test_every_table_is_guarded(warehouse: Path, tmp_path: Path) -> None:
    broken = tmp_path / "warehouse.duckdb"
    shutil.copyfile(warehouse, broken)
    with duckdb.connect(str(broken)) as con:
        for breach in BREACHES.values():
            con.execute(breach)
    found = guard.broken(broken)
    assert (
        [finding.table for finding in found]
        == sorted(BREACHES)
        == [table.name for table in rulebook.warehouse_tables()]
    )
    assert {finding.code for finding in found} == {"guard-broken"}
    assert "ひみつ" not in repr(found)


@pytest.mark.parametrize(
    "breach",
    [
        "UPDATE places SET latitude = 1",
        "UPDATE places SET address_visibility = NULL",
        "UPDATE places SET municipality_code = '12025'",
        "UPDATE places SET name = NULL",
    ],
)
def test_a_breach_in_one_column_is_named(warehouse: Path, tmp_path: Path, breach: str) -> None:
    broken = tmp_path / "warehouse.duckdb"
    shutil.copyfile(warehouse, broken)
    with duckdb.connect(str(broken)) as con:
        con.execute(breach)
    (finding,) = guard.broken(broken)
    assert breach.split()[3] in str(finding.value)
