"""A file of an organization's own: read whatever it is, judged, corrected in Excel, and accepted."""

from __future__ import annotations

import csv
import datetime
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import tiny

from schemas import rulebook
from schemas.report import Report
from schemas.table_schema import reading
from sources import answers, canonical, ingest, submission
from sources.readers import workbook

SCHEMA: dict[str, Any] = {
    "fields": [
        {"name": "番号", "type": "integer", "constraints": {"required": True}},
        {"name": "名称", "constraints": {"required": True}},
        {"name": "電話", "constraints": {"pattern": "[0-9]{4}-[0-9]{2}-[0-9]{4}"}},
        {"name": "開始日", "type": "date"},
        {"name": "区分", "constraints": {"enum": ["相談", "居場所"]}},
    ],
    "primaryKey": ["番号"],
}
LABELS = ["番号", "名称", "電話", "開始日", "区分"]
GOOD = ["1", "見本の会", "0166-00-0000", "2024-04-01", "相談"]
BAD = [
    ["2", "", "０１６６－００－０００１", "令和5年10月1日", "いばしょ"],
    ["2", "=1+1", "0166-00-0002", "2024-01-06", "居場所", "はみ出し"],
    ["４", "見本の場"],
]
TABLE = rulebook.table("services")


def csv_file(path: Path, *rows: Sequence[str], encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def told(report: Report) -> list[tuple[str, int | None, int | None, str | None]]:
    return [(f["code"], f["rowNumber"], f["fieldNumber"], f["cell"]) for f in report.findings()]


def sheet_of(report: Report, path: Path) -> openpyxl.Workbook:
    """The correction sheet of the report, opened as in Excel."""
    with path.open("wb") as file:
        answers.write(report, "xlsx", file)
    return openpyxl.load_workbook(path)


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
def test_a_good_table_has_no_findings_whatever_its_file(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"名簿.{kind}"
    if kind == "csv":
        csv_file(path, LABELS, GOOD)
    elif kind == "json":
        path.write_text(json.dumps([dict(zip(LABELS, GOOD, strict=True))], ensure_ascii=False), encoding="utf-8")
    else:
        book = openpyxl.Workbook()
        book.active.append(LABELS)
        book.active.append([1, "見本の会", "0166-00-0000", datetime.date(2024, 4, 1), "相談"])
        book.save(path)
    report = submission.validate(path, SCHEMA)
    assert (told(report), report.rows, report.labels) == ([], 1, tuple(LABELS))


@pytest.mark.parametrize("strict", [False, True])
def test_a_workbook_and_a_csv_of_the_same_table_have_the_same_findings(strict: bool, tmp_path: Path) -> None:
    rows = [GOOD, BAD[0], [""] * 5, BAD[1]]
    book = openpyxl.Workbook()
    for row in [LABELS, *rows]:
        book.active.append(row)
        for cell in book.active[book.active.max_row]:
            cell.data_type = "s" if cell.value else cell.data_type
    book.save(tmp_path / "a.xlsx")
    from_csv = submission.validate(csv_file(tmp_path / "a.csv", LABELS, *rows), SCHEMA, strict=strict)
    from_book = submission.validate(tmp_path / "a.xlsx", SCHEMA, strict=strict)
    assert told(from_book) == told(from_csv)
    assert len(told(from_book)) >= 7


def test_rows_of_a_workbook_are_numbered_as_excel_does(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in ([], [], LABELS, GOOD, ["2", *GOOD[1:4], "x"]):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    report = submission.validate(tmp_path / "a.xlsx", SCHEMA)
    assert report.header_row == 3
    assert told(report) == [("not-in-list", 5, 5, "x")]


def book_with(path: Path, cells: Mapping[str, str], *rows: Sequence[str]) -> Path:
    """A workbook of the rows, with those cells besides."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for place, cell in cells.items():
        book.active[place] = cell
    book.save(path)
    return path


@pytest.mark.parametrize("place", ["B1048575", "XFC1", "XFC2", "H3"])
def test_blanks_far_from_the_table_are_none_of_it(place: str, tmp_path: Path) -> None:
    report = submission.validate(book_with(tmp_path / "a.xlsx", {place: " "}, LABELS, GOOD), SCHEMA, strict=False)
    assert (told(report), report.rows, report.labels) == ([], 1, tuple(LABELS))


@pytest.mark.parametrize("cell", [" ", "x"])
def test_a_cell_at_the_other_end_of_the_sheet_is_a_sentence(cell: str, tmp_path: Path) -> None:
    report = submission.validate(book_with(tmp_path / "a.xlsx", {"XFD1048576": cell}, LABELS, GOOD), SCHEMA)
    assert (told(report), report.readable) == ([("unreadable-file", None, None, None)], False)
    assert "1,048,576 行×16,384 列" in next(report.findings())["message_ja"]


def test_a_title_above_the_header_is_one_finding_whatever_the_file(tmp_path: Path) -> None:
    rows = [["相談窓口の一覧"], [], LABELS, GOOD]
    from_book = submission.validate(book_with(tmp_path / "a.xlsx", {}, *rows), SCHEMA)
    from_csv = submission.validate(csv_file(tmp_path / "a.csv", *rows), SCHEMA)
    for report in (from_book, from_csv):
        [finding] = report.findings()
        assert (finding["code"], report.readable) == ("rows-above-header", False)
        assert "見出しが 3 行目に" in finding["message_ja"]


@pytest.mark.parametrize("above", ["\n", ",\n", "\n\n \n"])
@pytest.mark.parametrize("names", [["番号", "名称"], ["番号", "名称", "開始日"], LABELS])
def test_blank_lines_above_the_header_harm_nobody(above: str, names: list[str], tmp_path: Path) -> None:
    schema = {"fields": [field for field in SCHEMA["fields"] if field["name"] in names]}
    good = [GOOD[LABELS.index(name)] for name in names]
    path = csv_file(tmp_path / "a.csv", names, good)
    path.write_text(above + path.read_text(encoding="utf-8"), encoding="utf-8")
    report = submission.validate(path, schema)
    assert {code for code, *_ in told(report)} <= {"mixed-line-ends"}
    assert (report.rows, report.labels, report.header_row) == (1, tuple(names), above.count("\n") + 1)


def test_a_column_that_is_missing_is_named(tmp_path: Path) -> None:
    report = submission.validate(csv_file(tmp_path / "a.csv", LABELS[:4], GOOD[:4]), SCHEMA)
    [finding] = report.findings()
    assert (finding["code"], finding["fieldName"]) == ("missing-label", "区分")
    assert "列「区分」がありません" in finding["message_ja"] and "“区分”" in finding["message_en"]


def test_half_a_letter_of_json_is_a_lost_one(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(r'[{"番号": "1", "名称": "見\ud83d", "道\ude00": ""}]', encoding="utf-8")
    report = submission.validate(path, SCHEMA)
    assert ("replacement-character", 2, 2, "見\ufffd") in told(report)
    assert "道\ufffd" in report.labels


def test_json_keeps_numbers_as_written_and_absent_keys_blank(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('[{"a": 1.50, "b": true}, {"c": {"x": ["見"]}, "a": null, "b": 1e400}]', encoding="utf-8-sig")
    report = submission.validate(path, {"fields": [{"name": "a"}, {"name": "b"}, {"name": "c"}]})
    rows = report.con.execute('SELECT c1, c2, c3 FROM cells ORDER BY "rowNumber"').fetchall()
    assert rows == [("1.50", "true", ""), ("", "1e400", '{"x": ["見"]}')]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.xlsx", b"", "empty-file"),
        ("a.json", b" \n", "empty-file"),
        ("a.xlsx", b"PK", "unreadable-file"),
        ("a.xls", b"a,b", "unreadable-file"),
        ("a.json", b"{", "unreadable-file"),
        ("a.json", b'{"a": 1}', "unreadable-file"),
        ("a.json", b"[1]", "unreadable-file"),
        ("a.json", b"\xff", "unreadable-file"),
        ("a.json", b"[" * 100_000, "unreadable-file"),
        ("a.json", b"[]", "empty-file"),
        ("a.csv", b"", "empty-file"),
        *((f"a.{kind}", b"\n<!DOCTYPE html><html></html>", "html-page") for kind in ("csv", "xls", "xlsx", "json")),
    ],
)
@pytest.mark.parametrize("against", ["schema", "table"])
def test_a_file_that_is_no_table_is_one_finding(
    name: str, content: bytes, code: str, against: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    path = tmp_path / name
    report = submission.validate(path, SCHEMA) if against == "schema" else canonical.validate(path, TABLE)
    [finding] = report.findings()
    assert (finding["code"], finding["severity"], report.readable) == (code, "reject", False)
    assert finding["message_ja"] and finding["message_en"]
    assert str(tmp_path) not in finding["message_ja"]


def test_a_table_that_breaks_off_is_not_judged_by_its_headings_either(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('支援の名称,料金の別\n見本,"無料\n', encoding="utf-8")
    assert [code for code, *_ in told(canonical.validate(tmp_path / "a.csv", TABLE))] == ["unterminated-quote"]


def test_many_rows_are_filled_in_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "BATCH", 2)
    path = tmp_path / "a.json"
    path.write_text(json.dumps([{"a": str(number)} for number in range(5)]), encoding="utf-8")
    report = submission.validate(path, {"fields": [{"name": "a"}]})
    assert report.con.execute('SELECT list(c1 ORDER BY "rowNumber") FROM cells').fetchall() == [(list("01234"),)]


def test_the_correction_sheet_corrected_is_accepted_without_any_other_change(tmp_path: Path) -> None:
    report = submission.validate(csv_file(tmp_path / "名簿.csv", LABELS, GOOD, *BAD), SCHEMA)
    path = tmp_path / "訂正.xlsx"
    book = sheet_of(report, path)
    faulty = {(finding["rowNumber"], finding["fieldNumber"]) for finding in report.findings()}
    page = book[workbook.DATA_SHEET]
    assert all(page.cell(row, column or 1).comment for row, column in faulty)
    before = submission.validate(path, SCHEMA)
    # Missing cells are blank ones in a workbook; everything else is as faulty as it was.
    assert told(before) == [fault for fault in told(report) if fault[0] != "missing-cell"]
    for cell, value in {
        "B3": "見本の家",
        "C3": "0166-00-0001",
        "D3": datetime.date(2023, 10, 1),
        "E3": "居場所",
        "A4": 3,
        "F4": None,
        "A5": "4",
    }.items():
        page[cell] = value
    book.save(path)
    after = submission.validate(path, SCHEMA)
    assert (told(after), after.rows) == ([], 4)
    assert after.con.execute('SELECT c2, c3 FROM cells WHERE "rowNumber" = 4').fetchall() == [("=1+1", "0166-00-0002")]


def test_a_half_corrected_sheet_tells_the_rest_at_the_same_places(tmp_path: Path) -> None:
    path = tmp_path / "訂正.xlsx"
    book = sheet_of(submission.validate(csv_file(tmp_path / "a.csv", LABELS, GOOD, BAD[0]), SCHEMA), path)
    book[workbook.DATA_SHEET]["B3"] = "見本の家"
    book.save(path)
    places = {(row, column) for _, row, column, _ in told(submission.validate(path, SCHEMA))}
    assert places == {(3, 3), (3, 4), (3, 5)}
    again = sheet_of(submission.validate(path, SCHEMA), tmp_path / "次.xlsx")
    assert again[workbook.DATA_SHEET]["C3"].comment
    assert again[workbook.DATA_SHEET]["B3"].comment is None


def test_a_table_of_ours_is_found_by_names_and_titles(tmp_path: Path) -> None:
    labels = ("NAME", "支援 分類", "ﾘｮｳｷﾝ", "料金の別", "ｕｒｌ", "ウェブページ")
    assert canonical.match(labels, TABLE) == {"name": 1, "support_categories": 2, "fee": 4, "url": 5}
    report = canonical.validate(csv_file(tmp_path / "a.csv", labels, ["見本", "居場所", "", "無料", "", ""]), TABLE)
    assert told(report) == [("extra-label", None, 3, None), ("duplicate-label", None, 6, None)]
    assert {finding["severity"] for finding in report.findings()} == {"note"}
    assert report.choices == {4: ("無料", "一部有料", "有料", "不明")}


def test_a_required_field_without_a_heading_is_told(tmp_path: Path) -> None:
    report = canonical.validate(csv_file(tmp_path / "a.csv", ["料金の別"], ["無料"]), TABLE)
    [finding] = report.findings()
    assert (finding["code"], finding["fieldNumber"], finding["fieldName"]) == ("missing-label", 2, "name")
    assert (finding["severity"], finding["expected"]) == ("quarantine", "支援の名称")
    assert finding["message_ja"]


CELLS = [
    {"名称": "見本の家", "料金": "無料", "開始": "令和5年10月1日", "定員": "２０名", "予約": "", "頁": "a.example.jp"},
    {"名称": "", "料金": "むりょう", "開始": "2024-13-01", "定員": "たくさん", "予約": "要予約", "頁": "a@example.jp"},
    {"名称": "�本", "料金": "", "開始": "2024/1/6", "定員": "-5", "予約": "不要", "頁": ""},
    {"名称": "長" * 201, "料金": "有料", "開始": "", "定員": "200000", "予約": "不明", "頁": "https://npo.example.jp/"},
]  # fmt: skip
FIELDS = {
    "名称": "name",
    "料金": "fee",
    "開始": "valid_from",
    "定員": "capacity",
    "予約": "reservation",
    "頁": "url",
}


def test_cells_are_read_and_judged_exactly_as_every_night(tmp_path: Path) -> None:
    source = tiny.make(
        tmp_path / "sources",
        {"table": "services", "fields": {field: column for column, field in FIELDS.items()}},
        area=None,
    )
    header = ["番号", *FIELDS]
    (source.folder / "machi.csv").write_bytes(
        tiny.csv_bytes(({"番号": str(n)} | row for n, row in enumerate(CELLS)), header)
    )
    home = tmp_path / "var"
    ingest.ingest(source, tiny.night(home))
    nightly = sorted(
        (f.row, f.field, f.code, f.severity, f.value or "", f.expected, f.message_ja)
        for f in ingest.findings(source.id, home)
        if f.field
    )
    rows = [[row[column] for column in FIELDS] for row in CELLS]
    path = csv_file(tmp_path / "a.csv", list(FIELDS.values()), *rows)
    report = canonical.validate(path, TABLE, strict=False)
    keys = ("rowNumber", "fieldName", "code", "severity", "cell", "expected", "message_ja")
    ours = sorted(tuple(finding[key] for key in keys) for finding in report.findings())
    assert ours == nightly
    assert len(ours) >= 8


def test_strict_faults_of_the_file_stand_beside_those_of_the_table(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", ["名称", "支援の名称", "料金の別"], ["", " 見本", "むりょう"], [])
    strict = {code for code, *_ in told(canonical.validate(path, TABLE))}
    loose = {code for code, *_ in told(canonical.validate(path, TABLE, strict=False))}
    assert strict - loose == {"outer-blanks"}
    assert {"unknown-code", "extra-label"} <= loose


def test_the_same_fault_of_a_cell_is_told_once(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", ["支援の名称"], ["見本�"])
    assert told(canonical.validate(path, TABLE)).count(("replacement-character", 2, 1, "見本�")) == 1


def test_the_correction_sheet_of_a_table_of_ours_is_accepted_too(tmp_path: Path) -> None:
    rows = [["見本", "居場所", "無料"], ["", "なぞ", "むりょう"]]
    report = canonical.validate(csv_file(tmp_path / "a.csv", ["支援の名称", "支援分類", "料金の別"], *rows), TABLE)
    assert {(row, column) for _, row, column, _ in told(report)} == {(3, 1), (3, 2), (3, 3)}
    path = tmp_path / "訂正.xlsx"
    book = sheet_of(report, path)
    rules = book[workbook.DATA_SHEET].data_validations.dataValidation
    assert [str(rule.sqref) for rule in rules] == ["C2:C3"]
    for cell, value in {"A3": "見本の家", "B3": "相談", "C3": "有料"}.items():
        book[workbook.DATA_SHEET][cell] = value
    book.save(path)
    assert told(canonical.validate(path, TABLE)) == []


@pytest.mark.parametrize("name", [name for name in rulebook.tables() if name != "service_places"])
def test_every_table_of_ours_can_be_asked_for(name: str, tmp_path: Path) -> None:
    table = rulebook.table(name)
    asked: Mapping[str, str] = {
        field.title: field.example for field in table.record_fields if field.name != "record_id"
    }
    report = canonical.validate(csv_file(tmp_path / "a.csv", list(asked), list(asked.values())), table)
    assert [finding for finding in told(report) if finding[0] in ("missing-label", "extra-label", "required")] == []
    assert report.rows == 1
