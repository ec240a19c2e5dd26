"""What a steward is told that a submission would change, in the words of people."""

from __future__ import annotations

from pathlib import Path

from tests.dropped import AS_OF, drop, take_in
from tests.warehouse.submissions.approved import approve, approved, ids, names
from warehouse import submissions


def test_what_is_new_and_what_is_gone_is_told(home: Path) -> None:
    approved(home, {}, {"支援の名称": "ためし広場"})
    drop(home, "a.csv", {}, {"支援の名称": "ためし教室"})
    take_in(home)
    (new,) = ids(home, "waiting")
    told = submissions.changes(home, new, AS_OF)
    assert [change.record for change in told if change.kind == "new" and change.table == "支援・活動"] == ["ためし教室"]
    assert [change.record for change in told if change.kind == "kept" and change.table == "支援・活動"] == [
        "ためし広場"
    ]
    assert submissions.contents(home, new)["支援・活動"] == ["ためし教室", "ためし食堂"]
    approve(home, new)
    assert names(home) == ["ためし広場", "ためし教室", "ためし食堂"]


def test_a_new_record_is_told_in_the_words_of_people(home: Path) -> None:
    drop(home, "a.csv", {"利用可能日時式": "毎週水曜", "開始時間": "10:00"})
    take_in(home)
    told = submissions.changes(home, ids(home)[0], AS_OF)
    assert [change.kind for change in told if change.table == "支援・活動"] == ["new"]
    (service,) = (change.after or "" for change in told if change.table == "支援・活動")
    assert "支援分類 食料・物資" in service and "不明" not in service
    lines = [change.after or "" for change in told]
    assert any("0166-00-0971" in line for line in lines) and not any("+81" in line for line in lines)
    assert any("毎週水曜" in line for line in lines)


def test_a_newer_version_and_whoever_takes_a_name_replace_what_serves(serving: tuple[Path, str]) -> None:
    home, _ = serving
    drop(home, "b.csv", {"連絡先（メール）": "yoso@yoso.example.jp"})
    drop(home, "c.csv", {"支援の名称": "ほか食堂"})
    take_in(home)
    told = {one.file: one for one in submissions.listing(home, AS_OF) if one.state == "waiting"}
    assert [submissions.replaces(home, told[name].id, AS_OF) for name in ("b.csv", "c.csv")] == [True, False]
    assert [like.name for like in submissions.alike(home, told["c.csv"].id)] == ["ためしの会"]
