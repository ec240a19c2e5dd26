"""Forms handed out, filled as people fill them, and read back."""

from __future__ import annotations

import csv
import datetime
import hashlib
import io
import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from schemas import codelist, engine, formats, rulebook
from sources import catalog, forms, mapping
from sources.catalog import Source
from sources.forms import consent, definition
from sources.forms.definition import ANSWER, EXAMPLE, EXPORTS, HELP, ITEM, OWN_SHEET, Item
from sources.readers.rows import ReadError

ORGANIZATION = {
    "団体の名称": "特定非営利活動法人しるべの会",
    "名称（カナ）": "シルベノカイ",
    "所在地_連結表記（団体）": "北海道旭川市七条通１０丁目",
    "連絡先（電話）": "0166-00-0120",
    "連絡先（メール）": "sirube@example.jp",
}
CONSENTS = {
    "公開の範囲（団体名・活動）": "公開",
    "公開の範囲（所在地）": "市町村まで",
    "公開の範囲（電話・メール）": "公開",
    "公開の範囲（代表者名）": "内部だけ",
    "公開の範囲（説明文）": "窓口を通して",
    "答えた人の立場": "事務局",
    "同意した日": "2026-11-02",
}
MEAL = {
    "支援の名称": "しるべ食堂",
    "概要": "子どもと大人がいっしょに食べます",
    "支援分類": "食料・物資、居場所",
    "所在地_連結表記（拠点）": "北海道旭川市八条通１０丁目",
    "利用可能日時式": "第2・第4土曜",
    "開始時間": "11:30",
    "終了時間": "13:00",
    "予約": "予約不要",
    "料金の別": "無料",
}
STUDY = {"支援の名称": "しるべ学習室", "支援分類": "学習", "対象者": "子ども"}
DESK = {
    "支援の名称": "しるべ町こころの相談",
    "対象地域": "旭川市、鷹栖町",
    "公開の範囲（所在地）": "公開",
    "連絡先（電話）": "0166-00-0121",
}
PROGRAM = {"制度の名称": "しるべ町灯油の助成", "実施機関": "しるべ町", "金額": "一世帯1万円"}
RESOURCE = {"団体の名称": "しるべ町", "拠点の名称": "しるべ会館", "公開の範囲（所在地）": "公開"}


def blank(tmp_path: Path, kind: str) -> Path:
    path = tmp_path / f"{kind}.xlsx"
    path.write_bytes(forms.write(kind))
    return path


def rows_of(path: Path, layout: str = "form_organization") -> list[dict[str, str]]:
    """The rows as read: the text by heading where there is one."""
    read = forms.read(path.read_bytes(), path.name, layout)
    cells = read.table.drop_columns(["file", "row"]).to_pylist()
    return [
        {heading: text for heading, text in zip(read.header, row.values(), strict=True) if text is not None}
        for row in cells
    ]


def filled(row: Mapping[str, str]) -> dict[str, str]:
    return {heading: text for heading, text in row.items() if text}


def answer(page: Worksheet, answers: Mapping[str, Any], under: str = ANSWER) -> None:
    """Answer the items of a page that are answered once, in the column under that word."""
    column = next(cell.column for row in page.iter_rows() for cell in row if cell.value == under)
    for row in page.iter_rows(max_col=1):
        if row[0].value in answers:
            page.cell(row[0].row, column, answers[row[0].value])


def header_row(page: Worksheet, heading: str) -> int:
    return next(cell.row for row in page.iter_rows(min_col=2) for cell in row if cell.value == heading)


def list_in(page: Worksheet, key: str, *answers: Mapping[str, Any], first: int = 3) -> None:
    """Write one row each, ``first`` rows below the header in which ``key`` stands."""
    top = header_row(page, key)
    columns = {cell.value: cell.column for cell in page[top]}
    for row, told in enumerate(answers, top + first):
        for heading, value in told.items():
            page.cell(row, columns[heading], value)


def organization(path: Path, *activities: Mapping[str, Any], **changes: Any) -> Worksheet:
    """The form at ``path`` filled and saved; ``changes`` are other answers by heading."""
    book = openpyxl.load_workbook(path)
    page = book["登録票"]
    answer(page, ORGANIZATION | CONSENTS | changes)
    list_in(page, "支援の名称", *activities)
    book.save(path)
    return page


# -- what a form asks


@pytest.mark.parametrize("kind", forms.kinds())
def test_every_layout_column_is_asked_once_and_nothing_else(kind: str) -> None:
    form = definition.form(kind)
    version = definition.FACTS[2]
    for layout in form.layouts:
        asked = [
            item.heading
            for sheet in form.sheets
            if sheet.layout in (None, layout)
            for part in sheet.parts
            for item in part.items
        ]
        assert len(asked) == len(set(asked))
        columns = set(catalog.layout(layout).columns) - {version}
        assert columns <= set(asked)
        assert set(asked) - columns <= {"公開の範囲（代表者名）"} or kind != "organization"


@pytest.mark.parametrize("layout", definition.layouts())
def test_headings_are_the_titles_of_the_rulebook(layout: str) -> None:
    own = {"タイムスタンプ", "送信日時"}
    for heading in set(catalog.layout(layout).columns) - own:
        fields = [field for _, field, _ in definition._filled_from(heading, layout)]
        assert any(definition._is_called(field, heading) for field in fields), heading


@pytest.mark.parametrize("layout", EXPORTS)
def test_exports_differ_from_our_form_in_their_date_alone(layout: str) -> None:
    ours, theirs = catalog.layout("form_organization"), catalog.layout(layout)
    assert ours.natural_key == theirs.natural_key and ours.area == theirs.area
    for own, other in zip(ours.records, theirs.records, strict=True):
        assert (own.table, own.owner, own.constants, own.cells.keys()) == (
            other.table, other.owner, other.constants, other.cells.keys(),
        )  # fmt: skip
        differ = {name for name in own.cells if own.cells[name] != other.cells[name]}
        assert differ <= {"last_confirmed_on", "given_on"}


def every_item() -> Iterable[tuple[str, Item]]:
    return ((layout, item) for layout in definition.layouts() for item in definition.items(layout).values())


def test_every_example_is_read_without_a_finding() -> None:
    for layout, item in every_item():
        for _, field, cell in definition._filled_from(item.heading, layout):
            if field.name == "extension":
                continue
            if cell.reader.startswith("codes:"):
                reading = codelist.read(cell.reader.removeprefix("codes:"), item.example, cell.many)
            elif cell.values:
                reading = codelist.read_words(dict(cell.values), tuple(cell.values), item.example)
            else:
                reading = formats.read(cell.reader, item.example)
            assert reading.code is None, (layout, item.heading, item.example, reading)


def test_the_choices_are_the_labels_of_the_code_lists_and_the_address_has_no_answer_yet() -> None:
    asked = definition.items("form_organization")
    assert asked["予約"].choices == ("予約不要", "予約を勧める", "要予約", "初回のみ要予約", "不明")
    assert asked["公開の範囲（説明文）"].choices == ("公開", "窓口を通して", "支援者の間だけ", "内部だけ")
    assert asked["公開の範囲（所在地）"].choices == ("公開", "市町村まで", "非公開")
    assert not asked["公開の範囲（所在地）"].default and asked["公開の範囲（説明文）"].default == "内部だけ"
    assert asked["支援分類"].many and not asked["予約"].many


def test_help_speaks_to_who_fills_the_form_and_not_of_codes() -> None:
    told = [item.help for kind in forms.kinds() for sheet in definition.form(kind).sheets for part in sheet.parts
            for item in part.items]  # fmt: skip
    assert not [text for text in told if " ; " in text or re.search("[a-z]{3,} |GIF", text)]
    assert "家族" not in definition.items("form_municipality_programs")["受益者の別"].help
    assert "例：毎週水曜" in definition.items("form_organization")["利用可能日時式"].help
    assert "載せません" in definition.items("form_organization")["公開の範囲（代表者名）"].help


def test_one_of_two_contacts_of_a_program_is_marked_as_needed(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(blank(tmp_path, "municipality"))
    page = book["支援制度"]
    helps = {cell.value: page.cell(2, cell.column) for cell in page[1]}
    either = {heading for heading, cell in helps.items() if str(cell.value).startswith("【どちらか必須】")}
    assert either == {"問い合わせ先", "詳しいページ"}
    assert {helps[heading].font.color.rgb for heading in either} == {helps["制度の名称"].font.color.rgb}
    intro = "".join(str(cell.value) for row in book["はじめに"].iter_rows(max_row=5) for cell in row if cell.value)
    assert "支援制度には問い合わせ先か詳しいページ" in intro


@pytest.mark.parametrize(("town", "said"), [("旭川市、鷹栖町", "行を分けます"), (None, "窓口の種類を書いた行")])
def test_which_municipality_a_desk_answers_for_is_asked_in_plain_words(
    tmp_path: Path, town: str | None, said: str
) -> None:
    path = blank(tmp_path, "municipality")
    book = openpyxl.load_workbook(path)
    answer(book["はじめに"], CONSENTS)
    list_in(book["相談窓口"], "支援の名称", DESK | {"窓口の種類": "自立相談支援", "管轄する市区町村": town})
    book.save(path)
    records, findings = judged(path, "form_municipality_desks", say=True)
    assert records["jurisdictions"] == [] and len(records["services"]) == 1
    assert any(said in message for _, heading, message in findings if heading == "管轄する市区町村")


def test_at_most_twenty_items_are_required() -> None:
    [sheet] = definition.form("organization").sheets
    required = [item.heading for part in sheet.parts for item in part.items if item.required]
    assert required == [
        "団体の名称",
        "支援の名称",
        "公開の範囲（団体名・活動）",
        "公開の範囲（所在地）",
        "公開の範囲（電話・メール）",
        "公開の範囲（代表者名）",
        "公開の範囲（説明文）",
        "答えた人の立場",
        "同意した日",
    ]


def test_other_words_of_consent_are_another_version() -> None:
    said = "\n".join(consent.text())
    for word in ("CC BY 4.0", "だれでも", "呼び戻せません", "撤回", "非公開", "窓口を通して"):
        assert word in said
    assert said.count("いまは公開されず、事務局だけが見ます") == 2 and "代表者名" in said and "取り次ぐ" not in said
    known = {"2": "04b705f2dbc64079"}
    digest = hashlib.sha256(said.encode()).hexdigest()[:16]
    assert known[consent.TEXT_VERSION] == digest, "同意を尋ねる文が変わりました。TEXT_VERSION も変えてください"
    assert known.keys() == rulebook.codes("consent_texts").keys()


# -- the workbook


@pytest.mark.parametrize("kind", forms.kinds())
def test_the_same_rulebook_gives_the_same_bytes(kind: str) -> None:
    assert forms.write(kind) == forms.write(kind)


def test_a_form_says_what_it_is(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(blank(tmp_path, "municipality"))
    facts = {row[0]: row[1] for row in book[OWN_SHEET].iter_rows(values_only=True)}
    assert facts["様式"] == "municipality" and facts["説明文の版"] == consent.TEXT_VERSION
    assert facts["決まりの版"] == rulebook.digest()[:12]
    assert [book[name].sheet_state for name in (OWN_SHEET, "選択肢", "相談窓口")] == ["veryHidden", "hidden", "visible"]
    assert book.sheetnames[:4] == ["はじめに", "相談窓口", "支援制度", "社会資源"]
    assert book["相談窓口"].freeze_panes == "C4"


def test_drop_downs_stand_beside_the_cells_and_only_one_scope_may_be_chosen(tmp_path: Path) -> None:
    page = openpyxl.load_workbook(blank(tmp_path, "organization"))["登録票"]
    told = {str(rule.promptTitle): rule for rule in page.data_validations.dataValidation}
    assert told["公開の範囲（所在地）"].type == "list" and told["公開の範囲（所在地）"].errorStyle in (None, "stop")
    assert told["公開の範囲（所在地）"].showErrorMessage and not told["支援分類"].showErrorMessage
    assert "「、」で区切る" in str(told["支援分類"].prompt)
    top = header_row(page, "支援の名称")
    assert str(told["予約"].sqref) == f"K{top + 3}:K{top + 7}"
    assert page.protection.sheet and not page.cell(top + 3, 2).protection.locked


@pytest.mark.parametrize("kind", ["organization", "services"])
def test_a_blank_form_is_known_but_not_read(tmp_path: Path, kind: str) -> None:
    path = blank(tmp_path, kind)
    assert forms.layouts_of(path) == ("form_organization",)
    with pytest.raises(ReadError) as error:
        rows_of(path)
    assert error.value.code == "empty-file" and "記入" in error.value.message_ja


# -- filled and read


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path = blank(tmp_path, "organization")
    page = organization(path, MEAL, STUDY)
    assert forms.layouts_of(path) == ("form_organization",)
    read = forms.read(path.read_bytes(), path.name, "form_organization")
    said = ORGANIZATION | CONSENTS | {"説明文の版": consent.TEXT_VERSION}
    assert [filled(row) for row in rows_of(path)] == [MEAL | said, STUDY | said]
    assert set(read.header) == set(catalog.layout("form_organization").columns)
    top = header_row(page, "支援の名称")
    assert read.table.column("row").to_pylist() == [top + 3, top + 4] and not read.problems
    assert page.cell(read.item_rows["連絡先（電話）"], 1).value == "連絡先（電話）"


def test_five_activities_and_one_more_in_a_row_that_was_inserted(tmp_path: Path) -> None:
    path = blank(tmp_path, "organization")
    names = [{"支援の名称": f"しるべ{number}"} for number in range(1, 6)]
    organization(path, *names)
    book = openpyxl.load_workbook(path)
    page = book["登録票"]
    top = header_row(page, "支援の名称")
    merged = [str(area) for area in page.merged_cells.ranges if area.min_row > top]
    for area in merged:
        page.unmerge_cells(area)
    page.insert_rows(top + 8)
    page.cell(top + 8, 2, "しるべ6")
    book.save(path)
    rows = rows_of(path)
    assert [row["支援の名称"] for row in rows] == [f"しるべ{number}" for number in range(1, 7)]
    assert {row["公開の範囲（所在地）"] for row in rows} == {"市町村まで"}


def test_a_row_that_nobody_needed_may_go(tmp_path: Path) -> None:
    path = blank(tmp_path, "organization")
    organization(path, MEAL)
    book = openpyxl.load_workbook(path)
    page = book["登録票"]
    for area in [str(area) for area in page.merged_cells.ranges]:
        page.unmerge_cells(area)
    page.delete_rows(next(row[0].row for row in page.iter_rows(max_col=1) if row[0].value == "法人番号"))
    book.save(path)
    [row] = rows_of(path)
    assert "法人番号" not in row and row["支援の名称"] == "しるべ食堂" and row["同意した日"] == "2026-11-02"


def test_numbers_dates_times_and_wide_digits_as_people_type_them(tmp_path: Path) -> None:
    path = blank(tmp_path, "organization")
    typed = {"開始時間": datetime.time(9, 30), "終了時間": "１７：００", "支援の名称": "　しるべ相談 "}
    organization(path, typed, **{"連絡先（電話）": 166000120, "同意した日": datetime.date(2026, 11, 2)})
    [row] = rows_of(path)
    assert (row["連絡先（電話）"], row["同意した日"]) == ("166000120", "2026-11-02")
    assert (row["開始時間"], row["終了時間"], row["支援の名称"]) == ("09:30:00", "１７：００", "しるべ相談")
    assert formats.read("phone", row["連絡先（電話）"]).value == "+81166000120"


def test_who_writes_into_the_example_hears_of_it(tmp_path: Path) -> None:
    path = blank(tmp_path, "organization")
    book = openpyxl.load_workbook(path)
    page = book["登録票"]
    answer(page, ORGANIZATION, under=EXAMPLE)
    answer(page, CONSENTS)
    list_in(page, "支援の名称", {"支援の名称": "しるべ食堂", "概要": "食べます"}, first=2)
    book.save(path)
    read = forms.read(path.read_bytes(), path.name, "form_organization")
    [row] = rows_of(path)
    assert row["支援の名称"] == row["団体の名称"] == ""
    top = header_row(page, "支援の名称")
    assert {problem.code for problem in read.problems} == {"example-overwritten"}
    assert {problem.row: problem.found for problem in read.problems}[top + 2] == 2
    assert len(read.problems) == 1 + len(ORGANIZATION)


def test_an_example_copied_down_is_still_an_example(tmp_path: Path) -> None:
    path = blank(tmp_path, "organization")
    book = openpyxl.load_workbook(path)
    page = book["登録票"]
    top = header_row(page, "支援の名称")
    example = {cell.value: page.cell(top + 2, cell.column).value for cell in page[top] if cell.value != ITEM}
    answer(page, ORGANIZATION | CONSENTS)
    list_in(page, "支援の名称", example, MEAL)
    book.save(path)
    assert [row["支援の名称"] for row in rows_of(path)] == ["しるべ食堂"]


def test_an_organization_without_an_activity_does_not_disappear(tmp_path: Path) -> None:
    path = blank(tmp_path, "organization")
    organization(path)
    [row] = rows_of(path)
    assert row["団体の名称"] == ORGANIZATION["団体の名称"] and row["支援の名称"] == ""


def test_two_forms_in_one_workbook_are_two_organizations(tmp_path: Path) -> None:
    path = blank(tmp_path, "organization")
    organization(path, MEAL)
    book = openpyxl.load_workbook(path)
    book.copy_worksheet(book["登録票"]).title = "登録票2"
    answer(book["登録票2"], {"団体の名称": "しるべ第二の会"})
    book.save(path)
    read = forms.read(path.read_bytes(), path.name, "form_organization")
    assert [row["団体の名称"] for row in rows_of(path)] == ["特定非営利活動法人しるべの会", "しるべ第二の会"]
    assert read.table.column("file").to_pylist() == ["organization.xlsx/登録票", "organization.xlsx/登録票2"]


def municipality(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    answer(book["はじめに"], CONSENTS)
    list_in(book["相談窓口"], "支援の名称", DESK, {})
    list_in(book["社会資源"], "拠点の名称", RESOURCE, RESOURCE | {"拠点の名称": "しるべ公民館"}, first=4)
    book.move_sheet("社会資源", -3)
    book.save(path)


def test_the_sheets_of_a_municipality_are_layouts_of_their_own_in_any_order(tmp_path: Path) -> None:
    path = blank(tmp_path, "municipality")
    assert forms.layouts_of(path) == tuple(f"form_municipality_{name}" for name in ("desks", "programs", "resources"))
    with pytest.raises(ReadError) as error:
        forms.read(path.read_bytes(), path.name, "form_municipality_programs")
    assert error.value.code == "empty-file"
    municipality(path)
    assert forms.layouts_of(path) == ("form_municipality_resources", "form_municipality_desks")
    [desk] = rows_of(path, "form_municipality_desks")
    common = {
        key: text for key, text in CONSENTS.items() if key not in ("公開の範囲（所在地）", "公開の範囲（代表者名）")
    }
    assert filled(desk) == DESK | common | {"説明文の版": consent.TEXT_VERSION}
    assert [row["拠点の名称"] for row in rows_of(path, "form_municipality_resources")] == ["しるべ会館", "しるべ公民館"]


def test_a_column_that_somebody_added_is_read_too_and_a_remark_beside_the_table_is_told(tmp_path: Path) -> None:
    path = blank(tmp_path, "services")
    book = openpyxl.load_workbook(path)
    page = book["活動"]
    width = page.max_column
    page.cell(1, width + 1, "担当の部屋")
    list_in(page, "支援の名称", ORGANIZATION | CONSENTS | MEAL | {"担当の部屋": "3階"})
    page.cell(4, width + 3, "至急")
    book.save(path)
    [row] = rows_of(path)
    assert row["担当の部屋"] == "3階" and row["説明文の版"] == consent.TEXT_VERSION
    [problem] = forms.read(path.read_bytes(), path.name, "form_organization").problems
    assert (problem.code, problem.row, problem.found - problem.expected) == ("ragged-row", 4, 1)


def test_a_heading_twice_is_refused(tmp_path: Path) -> None:
    path = blank(tmp_path, "services")
    book = openpyxl.load_workbook(path)
    page = book["活動"]
    page.cell(1, page.max_column + 1, "概要")
    list_in(page, "支援の名称", MEAL)
    book.save(path)
    assert forms.layouts_of(path) == ("form_organization",)
    with pytest.raises(ReadError) as error:
        rows_of(path)
    assert error.value.code == "wrong-columns" and "1 行目" in error.value.message_ja


# -- exports and texts


def export(path: Path, *first: tuple[str, str], encoding: str = "utf-8-sig", joint: str = "、") -> Path:
    answers = dict(first) | ORGANIZATION | MEAL | CONSENTS | {"説明文の版": consent.TEXT_VERSION}
    answers["支援分類"] = joint.join(["食料・物資", "居場所"])
    del answers["同意した日"]
    text = io.StringIO(newline="")
    csv.writer(text).writerows([answers.keys(), answers.values()])
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def test_google_forms(tmp_path: Path) -> None:
    path = export(
        tmp_path / "回答.csv",
        ("タイムスタンプ", "2026/11/02 3:04:05 午後 GMT+9"),
        ("メールアドレス", "x@example.jp"),
        joint=", ",
    )
    assert forms.layouts_of(path) == ("google_forms",)
    [row] = rows_of(path, "google_forms")
    assert row["支援の名称"] == "しるべ食堂" and row["タイムスタンプ"].startswith("2026/11/02")
    book = openpyxl.Workbook()
    with path.open(encoding="utf-8-sig") as file:
        for cells in csv.reader(file):
            book.active.append(cells)
    book.active["A2"] = datetime.datetime(2026, 11, 2, 15, 4, 5)
    book.save(tmp_path / "回答.xlsx")
    assert forms.layouts_of(tmp_path / "回答.xlsx") == ("google_forms",)
    [same] = rows_of(tmp_path / "回答.xlsx", "google_forms")
    assert same == row | {"タイムスタンプ": "2026-11-02 15:04:05"}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp932"])
def test_logoform(tmp_path: Path, encoding: str) -> None:
    path = export(tmp_path / "a.csv", ("受付番号", "12"), ("送信日時", "2026/11/02 15:04"), encoding=encoding)
    assert forms.layouts_of(path) == ("logoform",)
    [row] = rows_of(path, "logoform")
    assert row["団体の名称"] == ORGANIZATION["団体の名称"] and row["受付番号"] == "12"


def test_the_wide_table_saved_as_csv(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(blank(tmp_path, "services"))
    list_in(book["活動"], "支援の名称", ORGANIZATION | CONSENTS | MEAL)
    path = tmp_path / "活動.csv"
    with path.open("w", encoding="cp932", newline="") as file:
        csv.writer(file).writerows(book["活動"].iter_rows(values_only=True))
    assert forms.layouts_of(path) == ("form_organization",)
    assert [filled(row) for row in rows_of(path)] == [ORGANIZATION | CONSENTS | MEAL]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "番号,名称\n1,見本\n".encode()),
        ("a.csv", "団体の名称,支援の名称\n見本,見本\n".encode()),
        ("a.csv", b""),
        ("a.csv", b"\x81"),
        ("a.csv", '"団体の名称'.encode()),
        ("a.xlsx", b"PK\x03\x04"),
        ("a.xlsx", "団体の名称".encode()),
    ],
)
def test_what_is_no_form_of_ours_has_no_layout(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    assert forms.layouts_of(tmp_path / name) == ()
    with pytest.raises(ReadError):
        forms.read(content, name, "form_organization")


def test_a_sheet_whose_headings_were_changed_does_not_disappear(tmp_path: Path) -> None:
    path = blank(tmp_path, "municipality")
    book = openpyxl.load_workbook(path)
    list_in(book["相談窓口"], "支援の名称", DESK)
    list_in(book["支援制度"], "制度の名称", PROGRAM)
    book["支援制度"].cell(1, 2, "なまえ")
    book.save(path)
    assert forms.layouts_of(path) == ("form_municipality_desks", "form_municipality_programs")
    [row] = rows_of(path, "form_municipality_programs")
    assert row["なまえ"] == PROGRAM["制度の名称"] and "制度の名称" not in row
    book["支援制度"].delete_rows(1)
    book.save(path)
    assert forms.layouts_of(path) == ("form_municipality_desks", "form_municipality_programs")
    with pytest.raises(ReadError) as error:
        rows_of(path, "form_municipality_programs")
    assert error.value.code == "wrong-columns" and "制度の名称" in error.value.message_ja


# -- from the form to records


def judged(
    path: Path, layout: str, say: bool = False
) -> tuple[dict[str, list[dict[str, Any]]], list[tuple[str, str | None, str]]]:
    """The accepted records by table, and (code, heading, severity, or what it says) of every finding."""
    told = catalog.layout(layout)
    source = Source(
        id="inbox_0", title="", publisher="", contact="", home_page="", licence={}, cadence="P1Y", kind="submission",
        set="live", fetch={}, reader={}, bounds={}, owner="", folder=path.parent, mapping=told,
    )  # fmt: skip
    records: dict[str, list[dict[str, Any]]] = {}
    findings: list[tuple[str, str | None, str]] = []
    read = forms.read(path.read_bytes(), path.name, layout)
    with duckdb.connect() as con:
        con.register("source_rows", read.table)
        columns, notes, vital = mapping.check_columns(source, read.header)
        assert not vital and {note.code for note in notes} <= {"missing-column"}
        mapping.key_rows(con, source, columns, "01")
        for table, spec in mapping.make_records(con, told, columns):
            readers = {name: cell.reader for name, cell in spec.cells.items()}
            origin = engine.Origin(source.id, mapping.headings(spec, columns), readers, spec.table == told.subject)
            answered = engine.validate(con, table, rulebook.table(spec.table), origin)
            findings += [(f.code, f.column, f.message_ja if say else f.severity) for f in answered.findings]
            cursor = con.execute(f'SELECT * FROM "{answered.accepted}" ORDER BY "row"')
            names = [column[0] for column in cursor.description]
            records.setdefault(spec.table, []).extend(dict(zip(names, row, strict=True)) for row in cursor.fetchall())
    return records, findings


def test_a_form_becomes_records_and_consents(tmp_path: Path) -> None:
    path = blank(tmp_path, "organization")
    organization(path, MEAL)
    records, findings = judged(path, "form_organization")
    assert findings == []
    assert {name: len(rows) for name, rows in records.items()} == {
        "organizations": 1, "services": 1, "places": 1, "contact_points": 2, "schedules": 1, "consents": 5,
    }  # fmt: skip
    [service], [organization_] = records["services"], records["organizations"]
    assert service["support_categories"] == "food-goods;ibasho" and service["fee"] == "free"
    assert organization_["address_visibility"] == "municipality" and organization_["legal_form"] == "npo"
    assert records["schedules"][0]["recurrence"] == "24Sa"
    scopes = {told["field_group"]: told["scope"] for told in records["consents"]}
    assert scopes == {
        "existence": "open", "address": "open", "phone": "open", "person": "internal", "description": "front_gate",
    }  # fmt: skip
    assert {
        (told["method"], told["text_version"], told["given_by_role"], str(told["given_on"]))
        for told in records["consents"]
    } == {("form", consent.TEXT_VERSION, "事務局", "2026-11-02")}


def test_without_an_answer_about_the_address_nothing_is_taken(tmp_path: Path) -> None:
    path = blank(tmp_path, "organization")
    organization(path, MEAL, **{"公開の範囲（所在地）": None})
    records, findings = judged(path, "form_organization")
    assert ("required", "公開の範囲（所在地）", "quarantine") in findings
    assert not records["organizations"] and not records["places"]
    assert "address" not in {told["field_group"] for told in records["consents"]}


def test_the_lists_of_a_municipality_become_records(tmp_path: Path) -> None:
    path = blank(tmp_path, "municipality")
    book = openpyxl.load_workbook(path)
    answer(book["はじめに"], CONSENTS)
    statutory = {
        "支援の名称": "しるべ町自立相談",
        "窓口の種類": "自立相談支援",
        "管轄する市区町村": "旭川市",
        "対象地域": "旭川市",
    }
    list_in(book["相談窓口"], "支援の名称", DESK, DESK | statutory)
    list_in(book["支援制度"], "制度の名称", PROGRAM | {"問い合わせ先": "しるべ町福祉課"})
    list_in(book["社会資源"], "拠点の名称", RESOURCE | {"連絡先（電話）": "0166-00-0122"})
    book.save(path)
    records, findings = judged(path, "form_municipality_desks")
    assert findings == []
    assert [(told["desk_type"], told["municipality_code"]) for told in records["jurisdictions"]] == [
        ("self-reliance", "012041")
    ]
    assert {told["area_codes"] for told in records["services"]} == {"012041;014524", "012041"}
    assert len(records["consents"]) == 8
    records, findings = judged(path, "form_municipality_programs")
    assert findings == [] and [told["title"] for told in records["programs"]] == ["しるべ町灯油の助成"]
    records, findings = judged(path, "form_municipality_resources")
    assert findings == [] and [told["name"] for told in records["places"]] == ["しるべ会館"]
    assert records["contact_points"][0]["owner_kind"] == "places"


def test_answers_from_the_web_become_the_same_records(tmp_path: Path) -> None:
    path = export(tmp_path / "回答.csv", ("タイムスタンプ", "2026/11/02 15:04:05"))
    records, findings = judged(path, "google_forms")
    assert findings == [] and {str(told["given_on"]) for told in records["consents"]} == {"2026-11-02"}
    assert {told["text_version"] for told in records["consents"]} == {consent.TEXT_VERSION}


# -- in a spreadsheet program


def soffice(folder: Path, kind: str, path: Path) -> Path:
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("LibreOffice がありません")
    out = folder / "out"
    command = [
        program,
        f"-env:UserInstallation=file://{folder}/profile",
        "--headless",
        "--convert-to",
        kind,
        "--outdir",
    ]
    subprocess.run([*command, str(out), str(path)], check=True, capture_output=True, timeout=180, env=os.environ)
    return out / f"{path.stem}.{kind}"


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_opened_and_saved_by_libreoffice_it_reads_the_same(tmp_path: Path, kind: str) -> None:
    path = blank(tmp_path, "organization")
    organization(path, MEAL, STUDY)
    again = soffice(tmp_path, kind, path)
    assert forms.layouts_of(again) == ("form_organization",)
    assert rows_of(again) == rows_of(path)
    if kind == "xlsx":
        page = openpyxl.load_workbook(again)["登録票"]
        kinds = {rule.promptTitle: rule.type for rule in page.data_validations.dataValidation}
        assert kinds["公開の範囲（所在地）"] == kinds["支援分類"] == "list"


def test_the_form_is_one_page_of_a4(tmp_path: Path) -> None:
    printed = soffice(tmp_path, "pdf", blank(tmp_path, "organization"))
    if shutil.which("pdfinfo") is None:
        pytest.skip("pdfinfo がありません")
    told = subprocess.run(["pdfinfo", str(printed)], check=True, capture_output=True, text=True, timeout=60).stdout
    assert "Pages:           1" in told and "A4" in told
    text = subprocess.run(["pdftotext", str(printed), "-"], check=True, capture_output=True, text=True, timeout=60)
    flat = "".join(text.stdout.split())
    for line in consent.text():
        assert "".join(line.split()) in flat


def test_a_workbook_that_would_fill_the_memory_is_no_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = blank(tmp_path, "organization")
    organization(path, MEAL)
    size = sum(member.file_size for member in zipfile.ZipFile(path).infolist())
    monkeypatch.setattr("sources.readers.workbook.MAX_BYTES", size - 1)
    with pytest.raises(ReadError) as error:
        rows_of(path)
    assert error.value.code == "zip-bomb"


def test_help_rows_are_no_data(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(blank(tmp_path, "services"))
    assert [book["活動"].cell(row, 1).value for row in (1, 2, 3, 4)] == [ITEM, HELP, EXAMPLE, None]
