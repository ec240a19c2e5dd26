"""Where header, data and remarks stand: the same words of ``source.yml`` for a text and for a sheet."""

from __future__ import annotations

import csv
import datetime
import io
import json
import zipfile
from functools import partial
from pathlib import Path
from typing import Any

import jsonschema
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reader_support import Reading, cells, failure, numbers, read_all, told

from sources.readers import Problem, delimited, workbook

CSV = {"format": "csv"}
XLSX = {"format": "xlsx"}
BOTH = [CSV, XLSX]

Row = list[Any]


@pytest.fixture
def reading(tmp_path: Path) -> Reading:
    return partial(read_all, tmp_path)


def text_of(rows: list[Row]) -> bytes:
    written = io.StringIO(newline="")
    csv.writer(written).writerows([["" if cell is None else cell for cell in row] for row in rows])
    return written.getvalue().encode()


def book_of(rows: list[Row], *merged: str, title: str = "一覧", then: dict[str, list[Row]] | None = None) -> bytes:
    """A workbook of a sheet, and of others ``then``."""
    book = openpyxl.Workbook()
    page = book.active
    page.title = title
    for sheet, lines in ((page, rows), *((book.create_sheet(name), lines) for name, lines in (then or {}).items())):
        for row in lines:
            sheet.append(row)
    for cells_ in merged:
        page.merge_cells(cells_)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


NAMESPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
)


def cell(text: str, times: int = 1) -> str:
    inner = f' office:value-type="string"><text:p>{text}</text:p></table:table-cell>' if text else "/>"
    return f'<table:table-cell table:number-columns-repeated="{times}"{inner}'


def row(*parts: str | int) -> str:
    """A row of cells, and how many times it stands there."""
    *inner, times = parts if isinstance(parts[-1], int) else (*parts, 1)
    return f'<table:table-row table:number-rows-repeated="{times}">{"".join(map(str, inner))}</table:table-row>'


def ods_of(*rows: str) -> bytes:
    page = f'<table:table table:name="一覧">{"".join(rows)}</table:table>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        body = f"<office:body><office:spreadsheet>{page}</office:spreadsheet></office:body>"
        archive.writestr("content.xml", f"<office:document-content {NAMESPACES}>{body}</office:document-content>")
    return out.getvalue()


def file_of(reader: dict[str, Any], rows: list[Row]) -> tuple[str, bytes]:
    return ("a.csv", text_of(rows)) if reader["format"] == "csv" else ("a.xlsx", book_of(rows))


TITLED = [["相談窓口の一覧"], [], ["番号", "名称"], ["number", "name"], [1, "見本の会"], [], [2, "ことりの家"], []]


@pytest.mark.parametrize("reader", BOTH)
class TestRows:
    def test_header_and_data_stand_where_the_source_says(self, reading: Reading, reader: dict[str, Any]) -> None:
        rows = reading({**reader, "header_row": 3, "data_row": 5}, file_of(reader, TITLED))
        assert rows.header == ("番号", "名称")
        assert cells(rows) == [("1", "見本の会"), ("2", "ことりの家")]
        assert (numbers(rows), told(rows)) == ([5, 7], [("blank-row", 6)])

    def test_labels_take_the_header_s_place(self, reading: Reading, reader: dict[str, Any]) -> None:
        repeated = [["番号", "空欄", "空欄", ""], ["1", "a", "b", "c"]]
        own = {**reader, "labels": ["番号", "甲", "乙", "丙"]}
        rows = reading(own, file_of(reader, repeated))
        assert (rows.header, cells(rows)) == (("番号", "甲", "乙", "丙"), [("1", "a", "b", "c")])

    def test_a_table_without_a_header_has_the_labels_of_the_source(
        self, reading: Reading, reader: dict[str, Any]
    ) -> None:
        rows = reading({**reader, "header_row": 0, "labels": ["甲", "乙"]}, file_of(reader, [["1", "x"], ["2", "y"]]))
        assert (rows.header, cells(rows), numbers(rows)) == (("甲", "乙"), [("1", "x"), ("2", "y")], [1, 2])

    @pytest.mark.parametrize("labels", [["甲"], ["甲", "乙"]])
    @pytest.mark.parametrize("header_row", [0, 1])
    def test_labels_fewer_than_the_columns_are_another_layout(
        self, reading: Reading, reader: dict[str, Any], labels: list[str], header_row: int
    ) -> None:
        file = file_of(reader, [["1", "x", "p"], ["2", "y", "q"]])
        error = failure(reading, {**reader, "header_row": header_row, "labels": labels}, file)
        assert error.code == "wrong-columns" and f"{len(labels)} 列" in error.message_ja

    def test_remarks_are_left_out_and_told(self, reading: Reading, reader: dict[str, Any]) -> None:
        rows = [
            ["番号", "名称"],
            ["1", "甲"],
            [None, "※ 2 番は欠番"],
            ["3", "※印のつく名"],
            ["注1 令和8年現在"],
            ["出典: 見本市"],
        ]
        read = reading({**reader, "notes": "※|注[0-9]|出典"}, file_of(reader, rows))
        assert cells(read) == [("1", "甲"), ("3", "※印のつく名")]
        assert told(read) == [("note-row", 3), ("note-row", 5), ("note-row", 6)]

    def test_a_column_without_label_is_passed_over_if_it_is_blank(
        self, reading: Reading, reader: dict[str, Any]
    ) -> None:
        rows = reading(reader, file_of(reader, [["", "番号", "", "名称"], ["", "1", "", "甲"], [" ", "2", "", "乙"]]))
        assert (rows.header, cells(rows)) == (("番号", "名称"), [("1", "甲"), ("2", "乙")])
        error = failure(reading, reader, file_of(reader, [["番号", "", "名称"], ["1", "", "甲"], ["2", "x", "乙"]]))
        assert error.code == "wrong-columns" and "B 列には見出しがないのに、3 行目" in error.message_ja

    def test_only_remarks_are_no_data(self, reading: Reading, reader: dict[str, Any]) -> None:
        file = file_of(reader, [["番号"], ["※ ありません"]])
        assert failure(reading, {**reader, "notes": "※"}, file).code == "empty-file"

    @pytest.mark.parametrize("more", [{"header_row": [1, 2]}, {"data_row": 9}, {"header_row": 0, "labels": ["甲"]}])
    def test_a_file_that_ends_too_early_is_empty(
        self, reading: Reading, reader: dict[str, Any], more: dict[str, Any]
    ) -> None:
        assert failure(reading, {**reader, **more}, file_of(reader, [[]])).code in ("empty-file", "wrong-columns")
        assert failure(reading, {**reader, "data_row": 9}, file_of(reader, [["番号"], ["1"]])).code == "empty-file"


GROUPS = [
    ["名称", "所在地", None, "連絡先", None, None],
    [None, "市町村", "番地", "電話", None, "メール"],
    [None, None, None, "昼", "夜", None],
    ["見本の会", "あ町", "1-1", "0166-00-0120", "0166-00-0121", ""],
]
JOINED = ("名称", "所在地／市町村", "所在地／番地", "連絡先／電話／昼", "連絡先／電話／夜", "連絡先／メール")


class TestSeveralHeadingRows:
    def test_merged_cells_are_what_the_workbook_says(self, reading: Reading) -> None:
        content = book_of(GROUPS, "A1:A3", "B1:C1", "D1:F1", "D2:E2", "B2:B3", "C2:C3", "F2:F3")
        rows = reading({**XLSX, "header_row": [1, 2, 3]}, ("a.xlsx", content))
        assert (rows.header, numbers(rows)) == (JOINED, [4])

    def test_what_is_not_merged_is_not_carried_in_a_workbook(self, reading: Reading) -> None:
        content = book_of([["所在地", None, None], ["市町村", "番地", "備考"], ["あ町", "1-1", ""]], "A1:B1")
        rows = reading({**XLSX, "header_row": [1, 2]}, ("a.xlsx", content))
        assert rows.header == ("所在地／市町村", "所在地／番地", "備考")

    def test_in_a_csv_the_text_on_the_left_stands_for_blank_cells(self, reading: Reading) -> None:
        rows = reading({**CSV, "header_row": [1, 2, 3]}, ("a.csv", text_of(GROUPS)))
        assert rows.header == JOINED

    def test_the_same_text_stands_once(self, reading: Reading) -> None:
        rows = reading({**CSV, "header_row": [1, 3]}, ("a.csv", b"a,b\nx,x\na,c\n1,2\n"))
        assert rows.header == ("a", "b／c")

    def test_a_title_that_is_merged_is_no_heading(self, reading: Reading) -> None:
        content = book_of([["一覧", None, None], ["番号", "名称", None], [1, "甲", None]], "A1:Z1", "B2:C2")
        rows = reading({**XLSX, "header_row": 2}, ("a.xlsx", content))
        assert (rows.header, cells(rows)) == (("番号", "名称"), [("1", "甲")])

    def test_merged_beyond_the_table(self, reading: Reading) -> None:
        content = book_of([["番号", "名称"], ["a", "b"], [1, "甲"]], "B1:Z1", "AA1:AC1")
        assert reading({**XLSX, "header_row": [1, 2]}, ("a.xlsx", content)).header == ("番号／a", "名称／b")


class TestText:
    def test_tsv(self, reading: Reading) -> None:
        rows = reading({**CSV, "delimiter": "\t"}, ("a.tsv", 'id\t名称\n1\t"a\tb"\n2\tx,y\n'.encode()))
        assert cells(rows) == [("1", "a\tb"), ("2", "x,y")]

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
    def test_utf16(self, reading: Reading, encoding: str) -> None:
        content = "id,名称\r\n1,見本の会①\r\n".encode(encoding)
        rows = reading({**CSV, "encoding": "utf-16"}, ("a.csv", content))
        assert (rows.header, cells(rows)) == (("id", "名称"), [("1", "見本の会①")])

    @pytest.mark.parametrize("content", ["id,x\n1,見本\n".encode(), "id,x\n1,見本\n".encode("cp932"), b"id,x\n1,2\n"])
    def test_what_is_not_utf16(self, reading: Reading, content: bytes) -> None:
        error = failure(reading, {**CSV, "encoding": "utf-16"}, ("a.csv", content))
        assert error.code == "encoding" and "のようです" in error.message_ja

    def test_a_workbook_is_no_utf16(self, reading: Reading) -> None:
        error = failure(reading, {**CSV, "encoding": "utf-16"}, ("a.csv", book_of([["a"]])))
        assert error.code == "not-a-table"

    def test_short_rows_without_header(self, reading: Reading) -> None:
        rows = reading({**CSV, "header_row": 0, "labels": ["a", "b"]}, ("a.csv", b"1,2\n3\n"))
        assert cells(rows) == [("1", "2"), ("3", None)]
        assert rows.problems == (Problem("ragged-row", "a.csv", 2, 1, 2),)


class TestWorkbook:
    def test_numbers_and_dates_are_text_as_published(self, reading: Reading) -> None:
        row = [901234567, "0166-00-0120", 45383, datetime.date(2024, 4, 1), datetime.time(9, 0), 0.5, True]
        rows = reading(XLSX, ("a.xlsx", book_of([list("甲乙丙丁戊己庚"), row])))
        assert cells(rows) == [("901234567", "0166-00-0120", "45383", "2024-04-01", "09:00:00", "0.5", "TRUE")]

    def test_without_a_word_the_first_visible_sheet(self, reading: Reading) -> None:
        rows = reading(XLSX, ("a.xlsx", book_of([["甲"], [1]], then={"次": [["乙"], [2]]})))
        assert (rows.header, rows.table.column("file").to_pylist()) == (("甲",), ["a.xlsx"])

    def test_sheets_by_name(self, reading: Reading) -> None:
        content = book_of([["説明"]], then={"東区": [["甲"], [1], [], [2]], "西区": [["甲"], [3]], "南区": [["甲"]]})
        rows = reading({**XLSX, "sheets": ["東.", "[西南]区"]}, ("a.xlsx", content))
        assert rows.table.select(["file", "row", "c0"]).to_pylist() == [
            {"file": "a.xlsx/東区", "row": 2, "c0": "1"},
            {"file": "a.xlsx/東区", "row": 4, "c0": "2"},
            {"file": "a.xlsx/西区", "row": 2, "c0": "3"},
        ]
        assert rows.problems == (Problem("blank-row", "a.xlsx/東区", 3, 1, 1),)

    def test_sheets_that_are_hidden_are_not_meant(self, reading: Reading) -> None:
        book = openpyxl.load_workbook(io.BytesIO(book_of([["甲"], [1]], then={"昔": [["甲"], [2]]})))
        book["昔"].sheet_state = "hidden"
        out = io.BytesIO()
        book.save(out)
        assert cells(reading({**XLSX, "sheets": [".*"]}, ("a.xlsx", out.getvalue()))) == [("1",)]

    def test_sheets_of_different_columns(self, reading: Reading) -> None:
        content = book_of([["甲"], [1]], then={"次": [["乙"], [2]]})
        error = failure(reading, {**XLSX, "sheets": [".*"]}, ("a.xlsx", content))
        assert (error.code, error.file) == ("wrong-columns", "a.xlsx/次")

    def test_a_sheet_that_is_not_there(self, reading: Reading) -> None:
        error = failure(reading, {**XLSX, "sheets": ["令和8年度"]}, ("a.xlsx", book_of([["甲"], [1]])))
        assert error.code == "not-a-table" and "令和8年度" in error.message_ja

    def test_blank_sheets_only(self, reading: Reading) -> None:
        assert failure(reading, {**XLSX, "sheets": [".*"]}, ("a.xlsx", book_of([["甲"]]))).code == "empty-file"

    def test_a_remark_beside_the_table_is_told(self, reading: Reading) -> None:
        rows = reading(XLSX, ("a.xlsx", book_of([["甲", "乙"], [1, 2, None, "確認中"], [3]])))
        assert cells(rows) == [("1", "2"), ("3", "")]
        assert rows.problems == (Problem("ragged-row", "a.xlsx", 2, 4, 2),)

    def test_files_of_different_columns(self, reading: Reading) -> None:
        error = failure(reading, XLSX, ("a.xlsx", book_of([["甲"], [1]])), ("b.xlsx", book_of([["甲", "乙"], [1, 2]])))
        assert (error.code, error.file) == ("wrong-columns", "b.xlsx")

    def test_a_page_of_html(self, reading: Reading) -> None:
        assert failure(reading, XLSX, ("a.xls", b"<html><table>")).code == "html-page"

    @pytest.mark.parametrize(
        "content", [b"", b"id,x\n1,2\n", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600]
    )
    def test_no_workbook(self, reading: Reading, content: bytes) -> None:
        assert failure(reading, XLSX, ("a.xlsx", content)).code == "not-a-table"

    def test_a_cell_far_away_does_not_fill_the_memory(self, reading: Reading) -> None:
        book = openpyxl.Workbook()
        book.active["A1"], book.active["A2"], book.active["XFD1048576"] = "甲", "x", "y"
        out = io.BytesIO()
        book.save(out)
        error = failure(reading, XLSX, ("a.xlsx", out.getvalue()))
        assert error.code == "zip-bomb" and "1,048,576 行×16,384 列" in error.message_ja

    def test_a_blank_cell_far_away_is_nothing(self, reading: Reading) -> None:
        book = openpyxl.Workbook()
        book.active["A1"], book.active["A2"] = "甲", "x"
        book.active["XFD1048576"].font = openpyxl.styles.Font(bold=True)
        out = io.BytesIO()
        book.save(out)
        assert cells(reading(XLSX, ("a.xlsx", out.getvalue()))) == [("x",)]

    def test_an_ods(self, reading: Reading) -> None:
        content = ods_of(
            row(cell("名称", 1), cell("所在地", 2)), row(cell("甲"), cell("町"), cell("番地")), row(cell("x", 3))
        )
        rows = reading({**XLSX, "header_row": [1, 2], "labels": ["a", "b", "c"]}, ("a.ods", content))
        assert (cells(rows), numbers(rows)) == ([("x", "x", "x")], [3])

    def test_cells_of_an_ods_that_stand_for_too_many(self, reading: Reading) -> None:
        content = ods_of(row(cell("甲")), row(cell("x", 16_384), 5_000))
        assert failure(reading, XLSX, ("a.ods", content)).code == "zip-bomb"

    def test_blank_cells_of_an_ods_are_nothing(self, reading: Reading) -> None:
        content = ods_of(row(cell("甲")), row(cell("x")), row(cell("", 16_384), 1_048_574))
        assert cells(reading(XLSX, ("a.ods", content))) == [("x",)]


LINES = st.lists(
    st.one_of(st.just("data"), st.just("note"), st.just("blank")),
    max_size=12,
)


@given(lines=LINES, reader=st.sampled_from(BOTH))
def test_every_row_of_a_file_is_read_or_told(lines: list[str], reader: dict[str, Any]) -> None:
    kinds = {"data": ["1", "甲"], "note": ["※ 注", None], "blank": [None, None]}
    rows = [["番号", "名称"], *(kinds[line] for line in lines), ["9", "終"], [None, None]]
    module = delimited if reader["format"] == "csv" else workbook
    name, content = file_of(reader, rows)
    found = module.rows(content, name, {**reader, "notes": "※"})
    assert found.table.num_rows == lines.count("data") + 1
    assert sorted([*numbers(found), *(row for _, row in told(found))]) == list(range(2, len(lines) + 3))
    assert [code for code, _ in told(found)].count("note-row") == lines.count("note")


SCHEMA = json.loads((Path(workbook.__file__).parents[1] / "source.schema.json").read_text(encoding="utf-8"))
READER = SCHEMA["properties"]["reader"]


@pytest.mark.parametrize(
    ("reader", "valid"),
    [
        ({"format": "json"}, True),
        ({"format": "csv", "encoding": "utf-16", "delimiter": "\t", "header_row": [2, 3], "data_row": 5}, True),
        ({"format": "csv", "header_row": 0, "labels": ["a"]}, True),
        ({"format": "csv", "header_row": 0}, False),
        ({"format": "csv", "labels": ["a", "a"]}, False),
        ({"format": "csv", "delimiter": ";;"}, False),
        ({"format": "xlsx", "sheets": [".*区"], "notes": "※"}, True),
        # A form needs an approval: it comes by the inbox alone.
        ({"format": "form", "layout": "form_organization"}, False),
        ({"format": "form"}, False),
        ({"format": "csv", "join": [{"file": "b.csv", "column": "a", "key": "id", "columns": ["x"]}]}, True),
        ({"format": "csv", "join": [{"file": "b.csv", "column": "a", "columns": ["x"]}]}, False),
        ({"format": "csv", "sheet": "a"}, False),
    ],
)
def test_what_a_source_may_say(reader: dict[str, Any], valid: bool) -> None:
    assert jsonschema.Draft202012Validator(READER).is_valid(reader) == valid
