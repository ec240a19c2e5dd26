"""Submissions in the warehouse: what was approved, as far as it was consented to, and nothing else."""

from __future__ import annotations

import csv
import io
import multiprocessing
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest

from sources import forms, inbox, ingest
from tests.dropped import ANSWERS, AS_OF, drop, drop_form, take_in
from tests.warehouse.accepted import corporate_number, office_number, query, row
from tests.warehouse.accepted import take_in as take_in_sources
from warehouse import build, ledger, submissions
from warehouse.submissions import DecisionError

BY = ("係", "電話で確かめた")
OTHER = {"団体の名称": "べつの会", "支援の名称": "べつ食堂", "連絡先（電話）": "0166-00-0130"}
PHONE, NEW_PHONE = "+81166000971", "+81166000125"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "var"


def built(home: Path, as_of: date = AS_OF, more: Sequence[str] = ()) -> Path:
    take_in(home)
    assert build.build(home, [*more, inbox.ID], as_of, "01", "live").broken == []
    return home / "warehouse.duckdb"


def ids(home: Path, *states: str) -> list[str]:
    """Ids of the submissions in these states (all), by organization."""
    return [one.id for one in submissions.listing(home, AS_OF) if not states or one.state in states]


def states(home: Path, as_of: date = AS_OF) -> list[str]:
    return [one.state for one in submissions.listing(home, as_of)]


def names(home: Path, as_of: date = AS_OF) -> list[str]:
    return [name for (name,) in query(built(home, as_of), "SELECT name FROM services ORDER BY name")]


def phones(home: Path) -> set[str]:
    return {value for (value,) in query(built(home), "SELECT value FROM contact_points WHERE kind = 'phone'")}


def approve(home: Path, *found: str) -> None:
    for submission in found:
        submissions.approve(home, submission, *BY, AS_OF)


def approved(home: Path, *rows: dict[str, str]) -> str:
    """Drop these rows of one organization, approve them and build; the id."""
    drop(home, "a.csv", *rows)
    take_in(home)
    (submission,) = ids(home, "waiting")
    approve(home, submission)
    built(home)
    return submission


def entity(home: Path, kind: str, name: str) -> str:
    ((found,),) = query(built(home), f"SELECT {kind[:-1]}_id FROM {kind} WHERE name = '{name}'")
    return str(found)


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
def test_what_is_not_consented_to_is_not_there(home: Path, question: str, answer: str, gone: str) -> None:
    drop(home, "a.csv", {"公開の範囲（代表者名）": "公開"})
    take_in(home)
    approve(home, *ids(home))
    assert query(built(home), gone) != []
    drop(home, "a.csv", {"公開の範囲（代表者名）": "公開", question: answer})
    take_in(home)
    approve(home, *ids(home, "waiting"))
    assert query(built(home), gone) == []
    assert names(home) == ["ためし食堂"]


def test_without_consent_to_be_published_there_is_no_approval(home: Path) -> None:
    drop(home, "a.csv", {"公開の範囲（団体名・活動）": "支援者の間だけ"})
    take_in(home)
    with pytest.raises(DecisionError, match="公開する同意がありません"):
        approve(home, *ids(home))
    assert states(home) == ["waiting"] and names(home) == []


def test_one_without_a_usable_row_cannot_be_approved(home: Path) -> None:
    drop(home, "a.csv", {"公開の範囲（所在地）": "たぶん"})
    take_in(home)
    with pytest.raises(DecisionError, match="採用できた行がありません"):
        approve(home, *ids(home))


def test_a_new_version_waits_while_the_old_one_serves(home: Path) -> None:
    old = approved(home, {})
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


def test_one_that_cannot_be_approved_is_told(home: Path) -> None:
    drop(
        home,
        "a.csv",
        {"公開の範囲（団体名・活動）": "内部だけ"},
        OTHER,
        OTHER | {"団体の名称": "みっつの会", "支援の名称": ""},
    )
    take_in(home)
    told = {one.organization: one.approvable for one in submissions.listing(home, AS_OF)}
    assert told == {"ためしの会": False, "べつの会": True, "みっつの会": False}


def test_desks_are_called_by_their_municipality_and_their_sheet_by_its_name(home: Path) -> None:
    """What the form asks once stands on its first sheet, the desks on another."""
    book = openpyxl.load_workbook(io.BytesIO(forms.write("municipality")))
    answers = ANSWERS | {"同意した日": "2026-11-01", "答えた人の立場": "係長"}
    for item, *_ in book.worksheets[0].iter_rows():
        if item.value in answers:
            book.worksheets[0].cell(item.row, 2, answers[item.value])
    desk = answers | {"支援の名称": "くらしの相談", "対象地域": "旭川市", "料金の別": "時価"}
    desk["所在地_連結表記"] = "北海道旭川市ためし町1丁目"
    page = book["相談窓口"]
    for cell in page[1]:
        if cell.value in desk:
            page.cell(4, cell.column, desk[cell.value])
    (home / "inbox").mkdir(parents=True)
    book.save(home / "inbox/町.xlsx")
    take_in(home)
    (one,) = submissions.listing(home, AS_OF)
    assert (one.organization, one.accepted) == ("旭川市", 1)
    properties = openpyxl.load_workbook(home / "sheets" / f"{one.source}.xlsx").properties
    assert properties.title == "町.xlsx／相談窓口 訂正のお願い"


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


def test_a_removed_file_goes_on_serving(home: Path) -> None:
    approved(home, {})
    drop(home, "b.csv", OTHER)
    take_in(home)
    for file in (home / "inbox").glob("*.csv"):
        file.unlink()
    assert names(home) == ["ためし食堂"]
    assert states(home) == ["approved"]


def test_withdrawn_is_gone_and_no_older_version_comes_back(home: Path) -> None:
    approved(home, {})
    new = approved(home, {"連絡先（電話）": "0166-00-0125"})
    assert submissions.withdraw(home, new, "係", "依頼", AS_OF) == 1
    assert names(home) == []
    assert set(states(home)) == {"withdrawn"}
    with pytest.raises(DecisionError, match="取り下げられています"):
        approve(home, new)
    with pytest.raises(DecisionError, match="取り下げるものがありません"):
        submissions.withdraw(home, new, "係", "依頼", AS_OF)
    approved(home, {"タイムスタンプ": "2026/11/20 9:00:00"})
    assert names(home) == ["ためし食堂"]


def test_a_published_entity_can_be_withdrawn(home: Path) -> None:
    approved(home, {}, {"支援の名称": "ためし広場"})
    assert submissions.withdraw(home, entity(home, "services", "ためし広場"), "係", "依頼", AS_OF) == 1
    assert names(home) == ["ためし食堂"]
    assert states(home) == ["approved"]
    submissions.withdraw(home, entity(home, "services", "ためし食堂"), "係", "依頼", AS_OF)
    assert (names(home), states(home)) == ([], ["withdrawn"])


def test_hidden_stays_hidden_whatever_is_submitted_next(home: Path) -> None:
    submission = approved(home, {})
    submissions.hide_id(home, submission, "係", "依頼", AS_OF)
    where = "SELECT DISTINCT address_visibility FROM places UNION ALL SELECT address_visibility FROM organizations"
    assert query(built(home), where) == [("hidden",), ("hidden",)]
    assert states(home) == ["hidden"]
    approved(home, {"概要": "書き直した"})
    assert query(built(home), where) == [("hidden",), ("hidden",)]


@pytest.mark.parametrize("kind", ["organizations", "places", "services"])
def test_an_entity_of_an_open_source_can_be_hidden_and_not_withdrawn(home: Path, kind: str) -> None:
    towns = {"1": "北海道旭川市ためし町9", "2": "北海道函館市ためし町9"}
    told = [row(no, place__address=town, organization__address=f"{town}-{no}") for no, town in towns.items()]
    take_in_sources(home, {"town": told})
    warehouse = built(home, more=["town"])
    ((found,),) = query(warehouse, f"SELECT entity_id FROM members WHERE kind = '{kind}' AND record_id = 'town:1'")
    with pytest.raises(DecisionError, match="公開元"):
        submissions.withdraw(home, found, "係", "依頼", AS_OF)
    submissions.hide_id(home, found, "係", "依頼", AS_OF)
    with pytest.raises(DecisionError, match="もう非公開"):
        submissions.hide_id(home, found, "係", "依頼", AS_OF)
    warehouse = built(home, more=["town"])
    seen = dict(query(warehouse, "SELECT name, address_visibility FROM places"))
    assert seen == {"拠点1": "hidden", "拠点2": "public"}
    organizations = dict(query(warehouse, "SELECT name, address_visibility FROM organizations"))
    assert organizations == {"団体1": "hidden" if kind == "organizations" else "public", "団体2": "public"}


def test_a_hidden_entity_stays_hidden_when_another_source_tells_of_it(home: Path) -> None:
    told = {
        "service__office_number": office_number(1),
        "service__service_type": "居宅介護",
        "place__address": "函館市東町1",
    }
    told |= {"place__office_number": office_number(1)}
    take_in_sources(home, {"town": [row("1", **told)]})
    ((place,),) = query(built(home, more=["town"]), "SELECT place_id FROM places")
    submissions.hide_id(home, place, "係", "依頼", AS_OF)
    take_in_sources(home, {"town": [row("1", **told)], "ministry": [row("m1", **told)]})
    assert query(built(home, more=["town", "ministry"]), "SELECT address_visibility FROM places") == [("hidden",)]


@pytest.mark.parametrize(
    ("heading", "said", "code"),
    [
        ("答えた人の立場", "", "required"),
        ("タイムスタンプ", "", "required"),
        ("説明文の版", "", "required"),
        ("説明文の版", "99", "unknown-code"),
    ],
)
def test_a_consent_without_evidence_is_none(home: Path, heading: str, said: str, code: str) -> None:
    drop(home, "a.csv", {heading: said})
    run = take_in(home)
    assert (run.accepted, run.quarantined) == (0, 1)
    assert (heading, code) in {(one.column, one.code) for one in ingest.findings(inbox.ID, home)}


def test_a_consent_of_a_day_to_come_opens_nothing_before_it(home: Path) -> None:
    drop(home, "a.csv", {"タイムスタンプ": "2026/12/01 10:00:00"})
    take_in(home)
    (one,) = submissions.listing(home, AS_OF)
    assert not one.approvable
    with pytest.raises(DecisionError, match="同意した日が今日まで"):
        submissions.approve(home, one.id, *BY, AS_OF)
    later = date(2026, 12, 1)
    submissions.approve(home, one.id, *BY, later)
    assert names(home, AS_OF) == [] and names(home, later) == ["ためし食堂"]


def test_a_decision_is_on_all_that_was_written_and_an_id_on_one(home: Path) -> None:
    submission = approved(home, {})
    assert len(submission) == 65 and submissions.full_id(home, submission[:12]) == submission
    work = submissions.work_of(home)
    assert work is not None
    path, twin = work / "submissions.parquet", submission[:14] + "z" * 51
    with duckdb.connect() as con:
        told = f"SELECT * FROM read_parquet('{path}')"
        con.execute(f"CREATE TABLE told AS {told} UNION ALL SELECT * REPLACE ('{twin}' AS submission) FROM ({told})")
        con.execute(f"COPY told TO '{path}' (FORMAT parquet)")
    with pytest.raises(DecisionError, match=f"2 件あります。{submission[:15]}、{twin[:15]} の"):
        submissions.full_id(home, submission[:12])
    assert submissions.full_id(home, submission[:15]) == submission


@pytest.mark.parametrize(
    "forged",
    [
        {"代表者名": "x\x1f連絡先（電話）\x1e0166-00-0971", "連絡先（電話）": ""},
        {"代表者名": "x7:連絡先（電話）12:0166-00-0971", "連絡先（電話）": ""},
        {"連絡先（電話）": "", "連絡先（電話）12:0166-00-0971\x1f8:連絡先（電話）z": "v"},
        {"連絡先（電話）": "", "連絡先（電話）\x1e12\x1e0166-00-0971\x1f連絡先（電話）z": "v"},
    ],
)
def test_neither_cells_nor_headings_can_pass_for_others(home: Path, forged: dict[str, str]) -> None:
    for name, answers in {
        "a.csv": ANSWERS | {"代表者名": "x", "連絡先（電話）z": "v"},
        "b.csv": ANSWERS | forged,
    }.items():
        path = home / inbox.FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, answers.keys())
            writer.writeheader()
            writer.writerow(answers)
    take_in(home)
    assert len(set(ids(home))) == 2


def test_a_list_is_another_submission_than_the_form_that_says_the_same(home: Path) -> None:
    form = drop_form(home, "票.xlsx", ["ためし食堂"])
    take_in(home)
    (whole,) = ids(home)
    rows = forms.read(form.read_bytes(), form.name, "form_organization")
    with (home / inbox.FOLDER / "a.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(rows.header)
        writer.writerows([row[f"c{place}"] for place in range(len(rows.header))] for row in rows.table.to_pylist())
    run = take_in(home)
    assert (run.rows_read, run.accepted) == (2, 2)
    assert len(set(ids(home))) == 2 and whole in ids(home)


def test_a_newer_version_and_whoever_takes_a_name_replace_what_serves(home: Path) -> None:
    approved(home, {})
    drop(home, "b.csv", {"連絡先（メール）": "yoso@yoso.example.jp"})
    drop(home, "c.csv", {"支援の名称": "ほか食堂"})
    take_in(home)
    told = {one.file: one for one in submissions.listing(home, AS_OF) if one.state == "waiting"}
    assert [submissions.replaces(home, told[name].id, AS_OF) for name in ("b.csv", "c.csv")] == [True, False]
    assert [like.name for like in submissions.alike(home, told["c.csv"].id)] == ["ためしの会"]


def test_who_says_to_be_a_published_organization_of_another_source_is_asked(home: Path) -> None:
    number = corporate_number(1)
    told = row("1", organization__name="みちしるべ会", organization__corporate_number=number)
    take_in_sources(home, {"town": [told]})
    drop(home, "a.csv", {"法人番号": number}, {"団体の名称": "みちしるべ会"}, {"団体の名称": "ほかの会"})
    built(home, more=["town"])
    found = {one.organization: submissions.alike(home, one.id) for one in submissions.listing(home, AS_OF)}
    assert [like.number for like in found["ためしの会"]] == [True]
    assert [(like.name, like.number) for like in found["みちしるべ会"]] == [("みちしるべ会", False)]
    assert found["ほかの会"] == []


def test_a_consent_that_expired_or_was_withdrawn_closes_again(home: Path) -> None:
    approved(home, {})
    record = "inbox:ためしの会/ためし食堂"
    with ledger.opened(home) as book:
        (told,) = (one for one in ledger.consents(book) if one["field_group"] == "phone")
        assert (told["subject"], told["scope"], told["given_on"]) == (record, "open", "2026-11-01")
        ledger.consent(book, [told | {"withdrawn_on": "2026-12-01"}])
    assert phones(home) == set() and names(home) == ["ためし食堂"]
    with ledger.opened(home) as book:
        (existence,) = (one for one in ledger.consents(book) if one["field_group"] == "existence")
        ledger.consent(book, [existence | {"expires_on": AS_OF.isoformat()}])
    assert names(home, AS_OF) == ["ためし食堂"]
    assert names(home, AS_OF + timedelta(days=1)) == []
    assert states(home, AS_OF + timedelta(days=1)) == ["expired"]


def test_decisions_that_contradict_each_other_are_refused(home: Path) -> None:
    drop(home, "a.csv", {}, OTHER)
    take_in(home)
    first, second = ids(home)
    refused: list[tuple[Callable[[], Any], str]] = [
        (lambda: submissions.approve(home, "s00000000000", *BY, AS_OF), "提出はありません"),
        (lambda: submissions.withdraw(home, first, "係", "依頼", AS_OF), "reject"),
        (lambda: submissions.hide_id(home, first, "係", "依頼", AS_OF), "公開されていません"),
        (lambda: submissions.hide_id(home, "0123456789abcdef", "係", "依頼", AS_OF), "提出はありません"),
    ]
    for decide, why in refused:
        with pytest.raises(DecisionError, match=why):
            decide()
    assert submissions.reject(home, first, "係", "違う", AS_OF).state == "rejected"
    approve(home, second)
    for decide in (
        lambda: submissions.reject(home, first, "係", "違う", AS_OF),
        lambda: submissions.reject(home, second, "係", "違う", AS_OF),
        lambda: submissions.approve(home, second, *BY, AS_OF),
    ):
        with pytest.raises(DecisionError):
            decide()
    assert states(home) == ["rejected", "approved"]
    assert names(home) == ["べつ食堂"]
    approve(home, first)
    with ledger.opened(home) as book:
        assert [(one.id, one.kind) for one in ledger.decisions(book)] == [
            (first, "reject"),
            (second, "approve"),
            (first, "approve"),
        ]


def _approve(home: Path, submission: str) -> str:
    try:
        return submissions.approve(home, submission, *BY, AS_OF).state
    except DecisionError:
        return "refused"


def test_two_who_decide_at_once_do_not_both_decide(home: Path) -> None:
    drop(home, "a.csv", {}, OTHER)
    take_in(home)
    found = ids(home)
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        told = pool.starmap(_approve, [(home, submission) for submission in found * 4])
    assert sorted(told) == ["approved"] * 2 + ["refused"] * 6
    with ledger.opened(home) as book:
        assert sorted(one.id for one in ledger.decisions(book)) == sorted(found)


def test_a_decision_makes_the_warehouse_anew_and_nothing_else_does(home: Path) -> None:
    approved(home, {})
    warehouse = home / "warehouse.duckdb"
    before = warehouse.stat().st_ino
    built(home)
    assert warehouse.stat().st_ino == before
    drop(home, "b.csv", OTHER)
    take_in(home)
    approve(home, *ids(home, "waiting"))
    built(home)
    assert warehouse.stat().st_ino != before
