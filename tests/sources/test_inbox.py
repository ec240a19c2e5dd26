"""The inbox: each file on its own, all of them one account, and nothing that was submitted gets lost."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
import pytest
from python_calamine import CalamineWorkbook

from sources import inbox, ingest
from tests.dropped import drop, drop_form, take_in

OTHER = {"団体の名称": "べつの会", "支援の名称": "べつ食堂"}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "var"


def submissions(home: Path) -> list[tuple[str, str, str, bool]]:
    """Id, organization, file and whether it is there, of every submission."""
    work = home / "accepted" / inbox.ID / (home / "accepted" / inbox.ID / "current").read_text()
    query = "SELECT submission, organization, file, there FROM read_parquet(?) ORDER BY organization, file"
    with duckdb.connect() as con:
        return con.execute(query, [str(work / "submissions.parquet")]).fetchall()


def facts(home: Path, columns: str) -> list[tuple[object, ...]]:
    work = home / "accepted" / inbox.ID / (home / "accepted" / inbox.ID / "current").read_text()
    with duckdb.connect() as con:
        query = f"SELECT {columns} FROM read_parquet(?) ORDER BY ALL"
        return con.execute(query, [str(work / "submissions.parquet")]).fetchall()


def sheet_of(home: Path, source: object) -> list[list[object]]:
    """The rows of the correction sheet without their headings."""
    return CalamineWorkbook.from_path(home / "sheets" / f"{source}.xlsx").get_sheet_by_index(0).to_python()[1:]


def records(home: Path, table: str, field: str) -> list[tuple[str, str]]:
    work = home / "accepted" / inbox.ID / (home / "accepted" / inbox.ID / "current").read_text()
    with duckdb.connect() as con:
        query = f'SELECT record_id, "{field}" FROM read_parquet(?) ORDER BY ALL'
        return con.execute(query, [str(work / f"{table}.parquet")]).fetchall()


def test_an_empty_inbox_is_no_trouble(home: Path) -> None:
    run = take_in(home)
    assert (run.source, run.rejected, run.rows_read, run.dated) == ("inbox", None, 0, None)
    assert submissions(home) == []


def test_each_file_on_its_own_and_all_together_one_account(home: Path) -> None:
    drop(home, "旭川/a.csv", {}, OTHER, {"支援の名称": ""})
    drop(home, "b.csv", {"団体の名称": "みっつの会", "所在地_連結表記（団体）": "東京都千代田区1"})
    (home / "inbox/写真.csv").write_bytes(b"not,a,form\r\n1,2,3\r\n")
    (home / "inbox/壊れた.xlsx").write_bytes(b"PK\x03\x04 broken")
    for ignored in ("~$a.xlsx", ".hidden.csv", "b.csv.tmp", ".git/c.csv"):
        (home / "inbox" / ignored).parent.mkdir(exist_ok=True)
        (home / "inbox" / ignored).write_text("nothing")
    run = take_in(home)
    assert (run.rows_read, run.accepted, run.quarantined, run.out_of_area) == (4, 2, 1, 1)
    assert run.rejected and "2 ファイル" in run.rejected
    told = {(finding.file, finding.code) for finding in ingest.findings(inbox.ID, home)}
    assert ("写真.csv", "unknown-layout") in told and ("壊れた.xlsx", "unknown-layout") in told
    assert {file for file, code in told if code in ("missing-key", "required")} == {"旭川/a.csv"}
    assert [row[1:3] for row in submissions(home)] == [
        ("ためしの会", "旭川/a.csv"),
        ("べつの会", "旭川/a.csv"),
        ("みっつの会", "b.csv"),
    ]
    assert {path.name for path in (home / "inbox").iterdir()} >= {"写真.csv", "壊れた.xlsx"}
    sheets = sorted(path.name for path in (home / "sheets").glob("*.xlsx"))
    assert len(sheets) == 3 and "inbox.xlsx" in sheets


def test_nothing_new_is_not_done_again(home: Path) -> None:
    drop(home, "a.csv", {})
    first = take_in(home)
    current = home / "accepted" / inbox.ID / first.key if first.key else home
    before = (current / "services.parquet").stat().st_mtime_ns
    again = take_in(home)
    assert (first.changed, again.changed, again.key) == (True, False, first.key)
    assert (current / "services.parquet").stat().st_mtime_ns == before
    assert ingest.last_run(inbox.ID, home) == again


def test_the_same_rows_keep_their_id_whatever_stands_beside_them(home: Path) -> None:
    path = drop(home, "回答.csv", {})
    take_in(home)
    ((first, *_),) = submissions(home)
    drop(home, "回答.csv", OTHER, {})
    text = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([f"備考,{text[0]}", *(f",{line}" for line in text[1:])]), encoding="utf-8")
    take_in(home)
    assert {row[0] for row in submissions(home) if row[1] == "ためしの会"} == {first}
    drop(home, "回答.csv", {"連絡先（電話）": "0166-00-0121"})
    take_in(home)
    now = [row for row in submissions(home) if row[1] == "ためしの会"]
    assert len(now) == 2 and [row[3] for row in now if row[0] == first] == [False]


def test_the_same_file_twice_is_one(home: Path) -> None:
    drop(home, "a.csv", {})
    drop(home, "町/a - コピー.csv", {})
    run = take_in(home)
    assert run.rows_read == 1 and len(submissions(home)) == 1
    drop(home, "c.csv", {}, OTHER)
    run = take_in(home)
    assert run.rows_read == run.accepted == 3
    assert [row[1] for row in submissions(home)] == ["ためしの会", "べつの会"]
    assert [record for record, _ in records(home, "services", "name")] == [
        "inbox:ためしの会/ためし食堂",
        "inbox:べつの会/べつ食堂",
    ]


def test_a_removed_file_is_told_no_more_and_its_records_stay(home: Path) -> None:
    path = drop(home, "a.csv", {"連絡先（電話）": "0"})
    assert take_in(home).findings != {} and ingest.findings(inbox.ID, home)
    path.unlink()
    run = take_in(home)
    assert (run.rows_read, run.accepted, run.rejected) == (0, 0, None)
    assert ingest.findings(inbox.ID, home) == []
    assert [row[3] for row in submissions(home)] == [False]
    assert records(home, "services", "name") == [("inbox:ためしの会/ためし食堂", "ためし食堂")]
    assert [file.name for file in (home / "sheets").glob("inbox_*.xlsx")] == []
    drop(home, "戻した.csv", {"連絡先（電話）": "0"})
    assert take_in(home).rows_read == 1
    assert [row[2:] for row in submissions(home)] == [("戻した.csv", True)]


def test_contents_are_new_once(home: Path) -> None:
    assert inbox.contents(home) is None and inbox.taken_in(home) is None
    drop(home, "a.csv", {})
    assert inbox.contents(home) != inbox.taken_in(home)
    take_in(home)
    assert inbox.contents(home) == inbox.taken_in(home)
    drop(home, "b.csv", OTHER)
    assert inbox.contents(home) != inbox.taken_in(home)


def test_a_file_that_cannot_be_opened_is_told(home: Path) -> None:
    drop(home, "a.csv", {})
    (home / "inbox/link.csv").symlink_to(home / "nowhere.csv")
    (home / "inbox/out.csv").symlink_to(drop(home.parent / "elsewhere", "x.csv", OTHER))
    run = take_in(home)
    assert run.accepted == 1
    assert {(finding.file, finding.code) for finding in ingest.findings(inbox.ID, home)} == {("out.csv", "unreadable")}


def test_nothing_outside_the_inbox_is_read_and_odd_names_stop_nobody(home: Path) -> None:
    folder = drop(home.parent / "elsewhere", "x.csv", OTHER).parent
    drop(home, "a.csv", {})
    inside = home / "inbox"
    (inside / "町").symlink_to(folder)
    (inside / "同じもの.csv").symlink_to(inside / "a.csv")
    drop(home, f"改行\n\x1b[31m{'長' * 70}.csv", {"団体の名称": "みっつの会"})
    Path(os.fsdecode(os.fsencode(inside) + b"/\x83\x41.csv")).write_bytes((folder / "x.csv").read_bytes())
    run = take_in(home)
    assert (run.rows_read, run.accepted) == (2, 2)
    assert {row[1] for row in submissions(home)} == {"ためしの会", "みっつの会"}
    told = {(finding.file, finding.code) for finding in ingest.findings(inbox.ID, home)}
    assert told == {("町", "unreadable"), ("\ufffdA.csv", "unreadable")}
    assert all(row[2].isprintable() and len(row[2]) <= inbox.LONGEST_NAME + 1 for row in submissions(home))
    assert inbox.contents(home) == inbox.taken_in(home)


def test_the_sheet_and_the_count_of_a_submission_say_the_same(home: Path) -> None:
    """Also what is wrong with an answer that stands above the table, once for all rows."""
    drop_form(home, "票.xlsx", ["たべる会"], {"公開の範囲（所在地）": "たぶん", "ウェブサイト": "なし！"})
    take_in(home)
    ((source, counted),) = facts(home, "source, findings")
    told = sheet_of(home, source)
    assert counted == len(told) > 1 and {row[1] for row in told} == {"票.xlsx"}
    legend = CalamineWorkbook.from_path(home / "sheets" / f"{source}.xlsx").get_sheet_by_name("扱いの意味").to_python()
    assert not any("公開しています" in str(cell) for row in legend for cell in row)


def test_findings_about_one_of_several_submissions_are_its_own(home: Path) -> None:
    drop(home, "a.csv", {"料金の別": "時価"}, OTHER)
    take_in(home)
    assert facts(home, "organization, findings") == [("ためしの会", 1), ("べつの会", 0)]


def test_rows_of_one_key_are_told_by_the_cells_that_make_it(home: Path) -> None:
    drop(home, "a.csv", {}, {"概要": "もう一つ"})
    take_in(home)
    told = {(one.code, one.column, one.value) for one in ingest.findings(inbox.ID, home)}
    assert ("duplicate-key", "団体の名称＋支援の名称", "ためしの会＋ためし食堂") in told


def test_only_a_form_that_asks_once_for_its_organization_is_its_whole_statement(home: Path) -> None:
    drop_form(home, "票.xlsx", ["たべる会"])
    drop(home, "一覧.csv", OTHER)
    take_in(home)
    assert facts(home, "organization, whole, form") == [
        ("ためしの会", True, "団体の名称＋支援の名称"),
        ("べつの会", False, "団体の名称＋支援の名称"),
    ]


def test_of_two_answers_about_one_activity_none_counts(home: Path) -> None:
    later = {"タイムスタンプ": "2026/11/20 09:00:00", "公開の範囲（電話・メール）": "内部だけ"}
    drop(home, "a.csv", {}, later, {"団体の名称": "ほかの会"})
    run = take_in(home)
    assert (run.rows_read, run.accepted, run.quarantined) == (3, 1, 2)
