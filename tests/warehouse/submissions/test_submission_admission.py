"""What of the submissions that serve is in the warehouse: as far as it was consented to, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.dropped import drop, take_in
from tests.warehouse.accepted import corporate_number, query
from tests.warehouse.submissions.approved import OTHER, approve, approved, built, copied, ids, names, states


def test_only_what_was_approved_is_in_the_warehouse(home: Path) -> None:
    drop(home, "a.csv", {}, OTHER)
    assert names(home) == []
    assert query(home / "warehouse.duckdb", "SELECT source FROM source_runs") == []
    approve(home, ids(home)[0])
    assert names(home) == ["ためし食堂"]
    warehouse = home / "warehouse.duckdb"
    told = query(warehouse, "SELECT source, rows_read, accepted, rejected FROM source_runs")
    assert told == [("inbox", 1, 1, None)]
    assert query(warehouse, "SELECT record_id FROM members WHERE kind = 'services'") == [
        ("inbox:ためしの会/ためし食堂",)
    ]
    assert states(home) == ["approved", "waiting"]


@pytest.fixture(scope="module")
def all_open(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that serves one submission in which everything may be published, the person's name too."""
    home = tmp_path_factory.mktemp("open") / "var"
    approved(home, {"公開の範囲（代表者名）": "公開"})
    return home


@pytest.mark.parametrize(
    ("question", "answer", "gone"),
    [
        ("公開の範囲（電話・メール）", "支援者の間だけ", "SELECT value FROM contact_points"),
        ("公開の範囲（説明文）", "内部だけ", "SELECT summary FROM services WHERE summary IS NOT NULL"),
        (
            "公開の範囲（代表者名）",
            "窓口を通して",
            "SELECT name FROM organizations WHERE representative_name IS NOT NULL",
        ),
        ("公開の範囲（所在地）", "非公開", "SELECT name FROM places WHERE address_visibility <> 'hidden'"),
    ],
)
def test_what_is_not_consented_to_is_not_there(
    all_open: Path, home: Path, question: str, answer: str, gone: str
) -> None:
    copied(all_open, home)
    assert query(built(home), gone) != []
    drop(home, "a.csv", {"公開の範囲（代表者名）": "公開", question: answer})
    take_in(home)
    approve(home, *ids(home, "waiting"))
    assert query(built(home), gone) == []
    assert names(home) == ["ためし食堂"]


def test_the_rows_of_one_name_are_one_organization(home: Path) -> None:
    rows = [{"法人番号": corporate_number(1)}, {"支援の名称": "ためし広場", "団体の名称": "ためしの　会"}]
    drop(home, "a.csv", *rows, OTHER)
    take_in(home)
    approve(home, *ids(home))
    assert query(built(home), "SELECT count(*) FROM services") == [(3,)]
    assert query(home / "warehouse.duckdb", "SELECT count(DISTINCT organization_id) FROM services") == [(2,)]


def test_an_organization_is_as_its_newest_approved_version_says(home: Path) -> None:
    open_ = {"公開の範囲（代表者名）": "公開", "タイムスタンプ": "2026/11/20 9:00:00"}
    approved(home, open_, open_ | {"支援の名称": "ためし広場"})
    one = "SELECT url, representative_name, municipality_code FROM organizations"
    told = query(built(home), one)
    assert told[0][1] is not None
    moved = {"所在地_連結表記（団体）": "北海道函館市ためし町1番", "ウェブサイト": "https://new.example.jp/"}
    approved(home, moved | {"公開の範囲（代表者名）": "内部だけ", "支援の名称": "ためし教室"})
    assert query(built(home), one) == [("https://new.example.jp/", None, "012025")]
    assert names(home) == ["ためし広場", "ためし教室", "ためし食堂"]


def test_of_its_rows_the_narrower_answer_holds_for_the_organization(home: Path) -> None:
    both = {"ウェブサイト": "https://tameshi.example.jp/", "公開の範囲（代表者名）": "公開"}
    closed = {"支援の名称": "ためし広場", "公開の範囲（電話・メール）": "内部だけ", "公開の範囲（所在地）": "非公開"}
    approved(home, both, both | closed)
    ((url, person, where),) = query(
        built(home), "SELECT url, representative_name, address_visibility FROM organizations"
    )
    assert (url, where) == (None, "hidden") and person is not None
    assert names(home) == ["ためし広場", "ためし食堂"]


def test_a_decision_makes_the_warehouse_anew_and_nothing_else_does(serving: tuple[Path, str]) -> None:
    home, _ = serving
    warehouse = home / "warehouse.duckdb"
    before = warehouse.stat().st_ino
    built(home)
    assert warehouse.stat().st_ino == before
    drop(home, "b.csv", OTHER)
    take_in(home)
    approve(home, *ids(home, "waiting"))
    built(home)
    assert warehouse.stat().st_ino != before
