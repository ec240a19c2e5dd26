"""A report as people and programs get it: nothing lost, nothing run, readable where it is read."""

from __future__ import annotations

import hashlib
import io
import json
import re
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import frictionless
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from schemas.finding import SEVERITY_JA
from schemas.report import Report
from sources import answers
from sources.answers import workbook as correction
from sources.readers import workbook
from tests.sources import reports

WILD = 'a\x00\x1b[31m\r\n"<b>&\u202e終'


def written(report: Report, form: str, lang: str = "ja", limit: int | None = None) -> bytes:
    file = io.BytesIO()
    answers.write(report, form, file, lang=lang, limit=limit)
    return file.getvalue()


def text(report: Report, lang: str = "ja", limit: int | None = None) -> str:
    return written(report, "text", lang, limit).decode()


def book(report: Report, tmp_path: Path, lang: str = "ja", limit: int | None = None) -> openpyxl.Workbook:
    path = tmp_path / "answer.xlsx"
    path.write_bytes(written(report, "xlsx", lang, limit))
    return openpyxl.load_workbook(path)


@pytest.mark.parametrize("form", answers.FORMATS)
def test_the_same_report_gives_the_same_bytes(form: str) -> None:
    one, two = (hashlib.sha256(written(reports.make(choices={4: ("相談",)}), form)).hexdigest() for _ in range(2))
    assert one == two


@pytest.mark.parametrize("form", answers.FORMATS)
def test_a_file_that_is_no_table_is_told_too(form: str) -> None:
    report = reports.make(reports.FINDINGS[:1])
    report.con.execute("DROP TABLE cells")
    assert written(Report(report.con, "a.csv", (), 0, 0, readable=False), form)


def test_json_has_the_keys_that_programs_are_promised() -> None:
    told = json.loads(written(reports.make(), "json"))
    assert list(told) == ["valid", "rows", "findings"]
    assert (told["valid"], told["rows"], len(told["findings"])) == (False, 3, 6)
    assert list(told["findings"][2]) == [
        "type", "rowNumber", "fieldNumber", "fieldName", "cell", "code", "severity", "message", "expected",
    ]  # fmt: skip
    assert told["findings"][2] == {
        "type": "constraint-error",
        "rowNumber": 3,
        "fieldNumber": 3,
        "fieldName": "f3",
        "cell": "０１６６－００－０００１",
        "code": "pattern",
        "severity": "withhold",
        "message": "3 行目を直してください。",
        "expected": "0166-00-0001",
    }


def test_json_speaks_english_when_asked_and_a_limit_makes_nothing_valid() -> None:
    told = json.loads(written(reports.make(), "json", "en", 3))
    assert [finding["message"] for finding in told["findings"]][1:] == ["Correct row None.", "Correct row 3."]
    assert not json.loads(written(reports.make(), "json", limit=0))["valid"]


def test_json_of_a_good_file() -> None:
    assert json.loads(written(reports.make([]), "json")) == {"valid": True, "rows": 3, "findings": []}


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
@settings(max_examples=30, deadline=None)
def test_any_text_comes_through_json_and_harms_no_page_or_terminal(cell: str) -> None:
    report = reports.make([reports.finding(2, 1, cell=cell, message_ja=cell, expected=cell)])
    [told] = json.loads(written(report, "json"))["findings"]
    assert (told["cell"], told["message"], told["expected"]) == (cell, cell, cell)
    shown = text(report)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", shown)
    page = written(report, "html").decode()
    assert page.count("<article") == page.count("</article>") == 1
    assert "<script" not in page


def test_text_says_where_what_and_how() -> None:
    shown = text(reports.make())
    assert shown.startswith("名簿.csv\n3 行を調べました。指摘が 6 件あります。\n")
    assert (
        "\n3 行目 C 列「電話」\n  いまの値：「０１６６－００－０００１」\n  3 行目を直してください。\n"
        "  正しい形：0166-00-0001\n"
    ) in shown
    assert "\nファイル全体\n" in shown
    assert "\n見出し B 列「名称」\n" in shown
    assert "\n4 行目 B 列「名称」\n  いまの値：（空欄）\n" in shown
    assert "        1 件  ファイル不採用  データではなく HTML のページ\n" in shown


def test_text_of_a_good_file_is_two_lines() -> None:
    assert text(reports.make([])) == "名簿.csv\n3 行を調べました。直すところはありません。\n"
    assert text(reports.make([]), "en") == "名簿.csv\n3 rows checked; nothing to correct.\n"


def test_text_fits_a_terminal_and_holds_what_was_wrapped() -> None:
    long = "とても長い説明です。" * 30
    shown = text(
        reports.make([reports.finding(2, 1, cell=WILD * 20, message_ja=long)], labels=("見出し" * 40,), rows=[])
    )
    assert max(map(cell_len, shown.splitlines())) <= 80
    assert long in shown.replace("\n  ", "")
    assert shown.count("いまの値") == 1


def test_text_says_how_many_are_left() -> None:
    many = [reports.finding(row, 1) for row in range(2, 252)]
    assert "ほか 150 件" in text(reports.make(many))
    assert "ほか" not in text(reports.make(many), limit=250)
    assert "248 more" in text(reports.make(many), "en", 2)


ERRORS = [
    error
    for error in frictionless.errors.RowError.list_children(root=True)
    + frictionless.errors.HeaderError.list_children(root=True)
    + frictionless.errors.MetadataError.list_children(root=True)
    + frictionless.errors.FileError.list_children(root=True)
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.type)
def test_frictionless_loads_its_shape_of_every_error(error: Any) -> None:
    made = reports.finding(3, 2, type=error.type, cell="x", message_ja="直してください。")
    descriptor = json.loads(written(reports.make([made]), "frictionless"))
    report = frictionless.Report.from_descriptor(descriptor)
    assert not report.valid
    [loaded] = report.task.errors
    assert (loaded.type, loaded.note, type(loaded)) == (error.type, "直してください。", error)
    assert "{" not in loaded.message


def test_frictionless_says_the_same_as_frictionless_itself(tmp_path: Path) -> None:
    """Of a real report of Frictionless, every key of every error comes back but the words of note and message."""
    path = tmp_path / "a.csv"
    path.write_text("番号,名称\nx,見本,余り\n2\n", encoding="utf-8")
    schema = {"fields": [{"name": "番号", "type": "integer"}, {"name": "name"}]}
    theirs = frictionless.validate(path=str(path), schema=frictionless.Schema.from_descriptor(schema)).to_descriptor()
    [task] = theirs["tasks"]
    made = [
        reports.finding(
            error.get("rowNumber"), error.get("fieldNumber"), type=error["type"], cell=error.get("cell"),
        ) | {"fieldName": error.get("fieldName")}
        for error in task["errors"]
    ]  # fmt: skip
    report = reports.make(made, [("x", "見本", "余り"), ("2", None)], ("番号", "名称"), file="a.csv")
    ours = json.loads(written(report, "frictionless"))
    [told] = ours["tasks"]
    assert set(ours) == set(theirs)
    assert set(told) == set(task)
    assert [told[key] for key in ("name", "type", "valid")] == [task[key] for key in ("name", "type", "valid")]

    def keys(error: dict[str, Any]) -> str:
        # A cell that is missing is no cell to Frictionless, and a blank one to us.
        cells = {"cells": [cell for cell in error.get("cells", []) if cell]}
        return str(sorted((error | cells | {"note": "", "message": ""}).items()))

    assert sorted(map(keys, told["errors"])) == sorted(map(keys, task["errors"]))


def test_the_page_needs_no_network_and_escapes_what_it_shows() -> None:
    page = written(reports.make(), "html").decode()
    assert "&lt;b&gt;ページ&lt;/b&gt;" in page
    assert not re.search(r"(src|href)=|url\(|@import|<script|https?:", page)
    assert '<html lang="ja">' in page
    assert [page.index(row) for row in ("ファイル全体", "3 行目", "4 行目")] == sorted(
        page.index(row) for row in ("ファイル全体", "3 行目", "4 行目")
    )
    assert "ほか 4 件" in written(reports.make(), "html", limit=2).decode()
    assert '<html lang="en">' in written(reports.make(), "html", "en").decode()


def test_the_sheet_lists_the_findings_and_links_to_their_cells(tmp_path: Path) -> None:
    made = book(reports.make(), tmp_path)
    assert made.sheetnames == [workbook.REQUEST_SHEET, workbook.DATA_SHEET]
    rows = list(made[workbook.REQUEST_SHEET].iter_rows())
    top = next(place for place, row in enumerate(rows) if row[0].value == "扱い")
    assert [cell.value for cell in rows[top]] == [heading for heading, _ in correction.HEADINGS]
    listed = rows[top + 1 :]
    assert [row[1].value for row in listed] == [None, "B1", "C3", "D3", "A4", "B4"]
    assert [row[2].value for row in listed] == [None, 1, 3, 3, 4, 4]
    assert listed[2][1].hyperlink.location == "'データ'!C3"
    assert [listed[2][place].value for place in (0, 3, 4, 5, 6)] == [
        SEVERITY_JA["withhold"], "電話", "０１６６－００－０００１", "3 行目を直してください。", "0166-00-0001",
    ]  # fmt: skip


def test_the_data_stand_as_they_were_with_the_faults_marked(tmp_path: Path) -> None:
    page = book(reports.make(), tmp_path)[workbook.DATA_SHEET]
    assert [[cell.value for cell in row] for row in page.iter_rows(max_col=4)] == [
        list(reports.LABELS),
        list(reports.ROWS[0]),
        list(reports.ROWS[1]),
        ["3", None, "0166-00-0002", None],
    ]
    assert page["C3"].comment.text == "3 行目を直してください。\n正しい形：0166-00-0001"
    assert page["C3"].fill.fgColor.rgb == "FF" + correction.COLOURS["withhold"].lstrip("#")
    assert page["B4"].fill.fgColor.rgb == page["A4"].fill.fgColor.rgb != page["D3"].fill.fgColor.rgb
    assert page["C2"].comment is None
    # A blank cell has the format of its column: what a person types there stays text.
    assert {cell.number_format for row in page.iter_rows(max_col=4) for cell in row if cell.value} == {"@"}
    columns = page.column_dimensions.values()
    assert {column.number_format for column in columns} == {"@"}
    assert sum(column.max - column.min + 1 for column in columns) == 4
    assert page.freeze_panes == "A2"


def test_no_cell_of_the_workbook_is_a_formula(tmp_path: Path) -> None:
    signs = [("=1+1", "+1", "-1", "@A1"), ("=HYPERLINK(1)", "'x", "{=1}", "http://example.jp")]
    made = [reports.finding(2, column, cell=cell, expected=cell) for column, cell in enumerate(signs[0], 1)]
    path = tmp_path / "a.xlsx"
    path.write_bytes(written(reports.make(made, signs), "xlsx"))
    with zipfile.ZipFile(path) as archive:
        pages = [archive.read(name).decode() for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
    assert len(pages) == 2
    assert not any("<f>" in page for page in pages)
    assert [row for _, row in workbook.read(path).rows] == [list(row) for row in signs]


CELL = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff"), min_size=1, max_size=12
).filter(lambda text: bool(text.strip()))


@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=6))
@settings(max_examples=30, deadline=None)
def test_every_text_comes_back_from_the_workbook(rows: list[tuple[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.xlsx"
        path.write_bytes(written(reports.make([], rows, ("甲", "乙")), "xlsx"))
        sheet = workbook.read(path)
        assert sheet.labels == ("甲", "乙")
        assert [tuple(cells) for _, cells in sheet.rows] == rows


def test_the_rows_keep_their_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(written(reports.make([reports.finding(5, 1)], header_row=4), "xlsx"))
    sheet = workbook.read(path)
    assert (sheet.labels, sheet.header_row) == (reports.LABELS, 4)
    assert [number for number, _ in sheet.rows] == [5, 6, 7]
    assert openpyxl.load_workbook(path)[workbook.DATA_SHEET]["A5"].comment


def test_faults_of_the_heading_stand_at_the_heading_however_they_are_told(tmp_path: Path) -> None:
    made = [reports.finding(None, 1), reports.finding(4, 2), reports.finding(4, None), reports.finding(6, 3)]
    page = book(reports.make(made, header_row=4), tmp_path)[workbook.DATA_SHEET]
    commented = {cell.coordinate for row in page.iter_rows() for cell in row if cell.comment}
    assert commented == {"A4", "B4", "C6"}


def test_what_is_beyond_the_labels_stands_beyond_them(tmp_path: Path) -> None:
    made = [
        reports.finding(2, 3, type="extra-cell", cell="余り"),
        reports.finding(None, 4, type="missing-label", message_ja="見出しを足してください。"),
    ]
    page = book(reports.make(made, [("a", "b", "余り")], ("甲", "乙")), tmp_path)[workbook.DATA_SHEET]
    assert page["C2"].value == "余り"
    assert page["C2"].comment
    assert page["D1"].comment.text == "見出しを足してください。"


def test_drop_downs_take_their_values_from_a_sheet_of_choices(tmp_path: Path) -> None:
    made = book(reports.make(choices={4: ("相談", "居場所", "食,事"), 2: ("甲",)}), tmp_path)
    choices = made[correction.CHOICES_SHEET]
    assert [[cell.value for cell in column] for column in choices.iter_cols()] == [
        ["名称", "甲", None, None],
        ["区分", "相談", "居場所", "食,事"],
    ]
    told = {str(rule.sqref): rule.formula1 for rule in made[workbook.DATA_SHEET].data_validations.dataValidation}
    assert told == {"B2:B4": "'選択肢'!$A$2:$A$2", "D2:D4": "'選択肢'!$B$2:$B$4"}


def test_what_a_workbook_cannot_hold_is_said_on_its_first_sheet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(correction, "COMMENTS", 2)
    monkeypatch.setattr(correction, "ROWS", 14)
    long = "長" * (correction.LETTERS + 1)
    rows = [(long,), *[("a",)] * 19]
    report = reports.make([reports.finding(row, 1, cell="a") for row in range(2, 20)], rows, ("甲",))
    made = book(report, tmp_path)
    told = "\n".join(str(row[0].value) for row in made[workbook.REQUEST_SHEET].iter_rows(max_row=8))
    assert "この表に収まらない行が 7 行" in told
    assert "切れたセルが 1 個" in told
    assert "ほか 11 個のセルは色だけ" in told
    assert "この一覧に収まらない指摘が" in told
    page = made[workbook.DATA_SHEET]
    assert page.max_row == 14
    assert [bool(page[f"A{row}"].comment) for row in (2, 3, 4)] == [True, True, False]
    assert page["A4"].fill.fgColor.rgb == page["A3"].fill.fgColor.rgb


def test_only_what_is_shown_is_worded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(correction, "COMMENTS", 2)
    asked = []
    worded = Report.worded
    monkeypatch.setattr(Report, "worded", lambda report, told: asked.append(told["rowNumber"]) or worded(report, told))
    book(reports.make([reports.finding(row, 1) for row in (2, 3, 4)]), tmp_path)
    assert sorted(asked) == [2, 2, 3, 3, 4]


def test_comments_are_in_the_language_asked_for(tmp_path: Path) -> None:
    page = book(reports.make(), tmp_path, "en", 1)[workbook.DATA_SHEET]
    assert page["C3"].comment.text == "Correct row 3.\nExpected: 0166-00-0001"
