"""Which submission of a record counts, of the versions and statements of one organization."""

from __future__ import annotations

from pathlib import Path

from tests.dropped import AS_OF, drop, drop_form, take_in
from tests.warehouse.accepted import corporate_number, query
from tests.warehouse.submissions.approved import NEW_PHONE, OTHER, PHONE, approve, ids, names, phones, states
from warehouse import submissions


def test_a_new_version_waits_while_the_old_one_serves(serving: tuple[Path, str]) -> None:
    home, old = serving
    drop(home, "a.csv", {"連絡先（電話）": "0166-00-0125", "公開の範囲（所在地）": "市町村まで"})
    assert phones(home) == {PHONE}
    (new,) = ids(home, "waiting")
    told = [(change.heading, change.before, change.after) for change in submissions.changes(home, new, AS_OF)]
    assert ("住所の公開範囲", "公開", "市町村まで") in told or any(after == "市町村まで" for _, _, after in told)
    assert any("0166-00-0971" in (before or "") for _, before, _ in told)
    assert any("0166-00-0125" in (after or "") for _, _, after in told)
    assert {change.kind for change in submissions.changes(home, new, AS_OF) if change.heading is None} == set()
    approve(home, new)
    assert phones(home) == {NEW_PHONE}
    assert {one.id: one.state for one in submissions.listing(home, AS_OF)} == {old: "superseded", new: "approved"}


def test_a_statement_takes_the_place_of_the_older_one_and_a_list_does_not(home: Path) -> None:
    drop(home, "一覧.csv", {"支援の名称": "ためし教室"})
    drop_form(home, "票.xlsx", ["ためし食堂", "ためし広場"])
    take_in(home)
    approve(home, *ids(home, "waiting"))
    assert names(home) == ["ためし広場", "ためし教室", "ためし食堂"]
    (home / "inbox/票.xlsx").unlink()
    drop_form(home, "票_改.xlsx", ["ためし食堂"], {"連絡先（電話）": "0166-00-0125"})
    take_in(home)
    (new,) = ids(home, "waiting")
    told = submissions.changes(home, new, AS_OF)
    assert [(change.kind, change.record) for change in told if change.table == "支援・活動"] == [("gone", "ためし広場")]
    approve(home, new)
    assert names(home) == ["ためし教室", "ためし食堂"]
    assert sorted(states(home)) == ["approved", "approved", "superseded"]
    submissions.withdraw(home, new, "係", "依頼", AS_OF)
    assert names(home) == ["ためし教室"]


def test_what_a_statement_replaced_comes_back_from_no_list(home: Path) -> None:
    for name, telling in (("a.csv", drop), ("票.xlsx", drop_form)):
        if telling is drop:
            drop(home, name, {"支援の名称": "ためし広場"})
        else:
            drop_form(home, name, ["ためし食堂", "ためし広場"], {"公開の範囲（所在地）": "市町村まで"})
        take_in(home)
        approve(home, *ids(home, "waiting"))
    drop_form(home, "票.xlsx", ["ためし食堂"], {"公開の範囲（所在地）": "市町村まで"})
    take_in(home)
    approve(home, *ids(home, "waiting"))
    assert names(home) == ["ためし食堂"]


def test_another_organization_of_the_same_name_is_left_alone(home: Path) -> None:
    numbers = [corporate_number(1), corporate_number(2)]
    for place, number in enumerate(numbers):
        drop_form(home, f"{place}.xlsx", [f"食堂{place}"], {"法人番号": number})
        take_in(home)
        approve(home, *ids(home, "waiting"))
    assert names(home) == ["食堂0", "食堂1"]
    assert query(home / "warehouse.duckdb", "SELECT count(*) FROM organizations") == [(2,)]


def test_a_removed_file_goes_on_serving(serving: tuple[Path, str]) -> None:
    home, _ = serving
    drop(home, "b.csv", OTHER)
    take_in(home)
    for file in (home / "inbox").glob("*.csv"):
        file.unlink()
    assert names(home) == ["ためし食堂"]
    assert states(home) == ["approved"]
