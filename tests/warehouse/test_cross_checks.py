"""Checks across records: what the registry of corporations says, and hotlines that nobody should call any more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from schemas import messages, rulebook
from schemas.finding import Finding
from tests.warehouse.accepted import AS_OF, build_from, corporate_number, load_records, query, row, take_in
from warehouse import build, checks, names
from warehouse.resolution import night

ONE, TWO, THREE, FOUR = (corporate_number(serial) for serial in (1, 2, 3, 4))

OF_A_COMPANY, OF_AN_NPO = corporate_number(1_000_001), corporate_number(5_000_001)
"""Numbers with the class digits of a company, and of what is none."""


def organization(no: str, name: str, number: str | None, municipality: str | None = "012041") -> dict[str, Any]:
    return {"record_id": f"town:{no}", "name": name, "corporate_number": number, "municipality_code": municipality}


def corporation(number: str, name: str, **told: Any) -> dict[str, Any]:
    return {"record_id": f"registry:{number}", "corporate_number": number, "name": name} | told


def found(table: str, as_of: date = AS_OF, **records: Sequence[dict[str, Any]]) -> list[Finding]:
    with duckdb.connect() as con:
        load_records(con, records)
        night.resolve(con)
        return checks.found(con, table, as_of)


def test_a_closed_corporation_is_told_with_its_successor() -> None:
    (finding,) = found(
        "organizations",
        organizations=[organization("1", "みちしるべ", ONE), organization("2", "みちしるべ二", TWO)],
        corporations=[
            corporation(ONE, "みちしるべ", closed_on="2026-03-31", successor_number=TWO),
            corporation(TWO, "みちしるべ二"),
        ],
    )
    assert (finding.code, finding.severity, finding.record_id) == ("corporate-number-closed", "note", "town:1")
    assert (finding.source, finding.field, finding.value) == ("town", "corporate_number", ONE)
    assert finding.expected == f"2026-03-31 に閉鎖（承継先 {TWO}）"
    assert finding.expected in finding.message_ja and finding.version == 1


@pytest.mark.parametrize(
    ("said", "registered", "number", "differs"),
    [
        ("ＮＰＯ法人 みちしるべ", "特定非営利活動法人みちしるべ", OF_AN_NPO, False),
        ("㈱ＭＩＣＨＩ", "株式会社Michi", OF_A_COMPANY, False),
        ("みちしるべ", "一般社団法人みちしるべ", ONE, False),
        ("みちしるべ", "一般社団法人みちしるべの会", ONE, True),
    ],
)
def test_a_name_differs_beyond_corporation_words_and_width(
    said: str, registered: str, number: str, differs: bool
) -> None:
    told = found(
        "organizations", organizations=[organization("1", said, number)], corporations=[corporation(number, registered)]
    )
    assert [(finding.code, finding.expected) for finding in told] == [("corporate-name-differs", registered)] * differs


def test_a_number_is_unknown_only_where_the_registry_covers_the_prefecture() -> None:
    held = [corporation(ONE, "一"), corporation(TWO, "二")]
    here = [organization("1", "一", ONE), organization("2", "二", TWO), organization("3", "三", THREE)]
    elsewhere = [organization("4", "四", FOUR, "131016"), organization("5", "五", FOUR, None)]
    (finding,) = found("organizations", organizations=here + elsewhere, corporations=held)
    assert (finding.code, finding.record_id, finding.value) == ("corporate-number-unknown", "town:3", THREE)
    assert found("organizations", organizations=here, corporations=held[:1]) == []


def hotline(no: str, **told: Any) -> dict[str, Any]:
    return {"record_id": f"nation:{no}", "name": no, "number": "#0000", "verified_on": "2026-11-01"} | told


@pytest.mark.parametrize(
    ("told", "code", "field"),
    [
        ({}, None, None),
        ({"period_from": "2026-11-23", "period_to": "2026-11-23"}, None, None),
        ({"period_to": "2026-11-22"}, "hotline-out-of-period", "period_to"),
        ({"period_from": "2026-12-01"}, "hotline-out-of-period", "period_from"),
        ({"verified_on": "2026-08-25"}, None, None),
        ({"verified_on": "2026-08-24"}, "hotline-unverified", "verified_on"),
        ({"verified_on": None}, "hotline-unverified", "verified_on"),
        ({"verified_on": "2026-11-24"}, "hotline-verified-in-future", "verified_on"),
    ],
)
def test_a_hotline_is_current_in_its_period_and_while_it_is_verified(told: Any, code: str, field: str) -> None:
    findings = found("hotlines", hotlines=[hotline("1", **told)])
    assert [(finding.code, finding.field) for finding in findings] == [(code, field)] * (code is not None)


def test_a_hotline_that_lapsed_leaves_the_current_list_and_is_told(tmp_path: Path) -> None:
    rows = [
        row("good", hotline__name="いま", hotline__number="189", hotline__verified_on="2026-11-01"),
        row("old", hotline__name="むかし", hotline__number="#9999", hotline__verified_on="2026-08-30"),
    ]
    home = tmp_path / "home"
    warehouse = build_from(home, {"nation": rows})
    assert query(warehouse, "SELECT name, kind FROM hotlines ORDER BY 1") == [
        ("いま", "short-dial"),
        ("むかし", "short-dial"),
    ]
    # Nothing of the files changes; the days that pass do.
    assert build.build(home, ["nation"], date(2026, 11, 29), "01", "sample").broken == []
    assert query(warehouse, "SELECT name FROM hotlines") == [("いま",)]
    assert query(warehouse, "SELECT name FROM archive.hotlines") == [("むかし",)]
    told = query(
        warehouse, "SELECT code, severity, source, \"row\", record_id FROM findings WHERE code LIKE 'hotline%'"
    )
    assert told == [("hotline-unverified", "quarantine", "nation", 3, "nation:old")]
    assert query(warehouse, "SELECT rows_read, accepted, quarantined, ended FROM source_runs") == [(2, 1, 1, 0)]


def test_the_registry_serves_the_checks_and_is_not_kept(tmp_path: Path) -> None:
    rows = [
        row(
            "1",
            organization__name="NPO法人みちしるべ広場",
            organization__corporate_number=ONE,
            corporation__corporate_number=ONE,
            corporation__name="特定非営利活動法人べつの名",
        )
    ]
    warehouse = build_from(tmp_path / "home", {"town": rows})
    assert query(warehouse, "SELECT expected FROM findings WHERE code = 'corporate-name-differs'") == [
        ("特定非営利活動法人べつの名",)
    ]
    tables = {name for (name,) in query(warehouse, "SELECT table_name FROM duckdb_tables()")}
    assert not {name for name in tables if "corporations" in name or "consents" in name}


def test_a_programme_and_what_hangs_on_an_ended_desk_end_with_it(tmp_path: Path) -> None:
    rows = [
        row("now", program__title="いまの制度", program__reception_end="2026-11-23"),
        row("past", program__title="むかしの制度", program__expires_on="2026-11-22"),
        row(
            "desk",
            service__status="終了",
            jurisdiction__municipality_code="012041",
            jurisdiction__desk_type="福祉事務所",
        ),
    ]
    home = tmp_path / "home"
    warehouse = build_from(home, {"town": rows})
    assert query(warehouse, "SELECT title FROM programs") == [("いまの制度",)]
    assert query(warehouse, "SELECT title FROM archive.programs") == [("むかしの制度",)]
    assert query(warehouse, "SELECT count(*) FROM jurisdictions") == [(0,)]
    assert query(warehouse, "SELECT municipality_code, desk_type FROM archive.jurisdictions") == [
        ("012041", "welfare-office")
    ]
    assert query(warehouse, "SELECT ended, accepted FROM source_runs") == [(2, 1)]
    assert build.build(home, ["town"], date(2026, 11, 24), "01", "sample").rows["programs"] == 0


def test_a_day_of_confirmation_to_come_is_told_until_it_has_come(tmp_path: Path) -> None:
    told = row("1", program__title="灯油の助成", program__last_confirmed_on="2026-11-24")
    take_in(tmp_path, {"town": [told]})
    days: dict[int, tuple[Any, ...]] = {}
    for day in (23, 24):
        assert build.build(tmp_path, ["town"], date(2026, 11, day), "01", "sample").broken == []
        warehouse = tmp_path / "warehouse.duckdb"
        days[day] = (
            query(warehouse, "SELECT code, severity, value FROM findings WHERE code = 'confirmed-in-future'"),
            query(warehouse, "SELECT last_confirmed_on FROM programs"),
        )
    assert days[23] == ([("confirmed-in-future", "withhold", "2026-11-24")], [(None,)])
    assert days[24] == ([], [(date(2026, 11, 24),)])


@pytest.mark.parametrize("path", sorted(checks.ROOT.glob("*/*.sql")), ids=lambda path: path.stem)
def test_a_check_says_what_it_means_and_has_a_version_and_a_sentence(path: Path) -> None:
    head = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("-- ")]
    assert head[0].endswith((".", ",", "has")) or len(head) > 1
    assert any(line.startswith("-- version: ") for line in head)
    assert path.stem in messages.book()
    assert rulebook.table(path.parent.name)


def test_a_check_without_a_version_is_our_bug(tmp_path: Path) -> None:
    (tmp_path / "new-check.sql").write_text("-- What it means.\nSELECT 1", encoding="utf-8")
    with pytest.raises(ValueError, match=r"new-check\.sql"):
        list(checks._read(tmp_path))


def test_names_are_compared_without_corporation_words() -> None:
    assert names.bare("（株）みち しるべ") == names.bare("みちしるべ株式会社") == "みちしるべ"
    assert names.bare("株価の会") == "株価の会"
