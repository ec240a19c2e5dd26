"""What Frictionless lets pass is found, once, with its place; without the layer it is not told."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from schemas import table_schema
from schemas.table_schema import parts, strict

SCHEMA = {
    "fields": [
        {"name": "番号", "type": "integer"},
        {"name": "名称", "type": "string", "constraints": {"required": True}},
        {"name": "開始日", "type": "date"},
    ]
}
HEAD = "番号,名称,開始日\n"
_IDS = {"fields": [{"name": "ID"}, *SCHEMA["fields"][1:]]}

Told = list[tuple[str, str, int | None, int | None]]


def told(path: Path, content: bytes, *, strict: bool = True, schema: dict[str, Any] = SCHEMA) -> Told:
    path.write_bytes(content)
    report = table_schema.validate_file(path, schema, strict=strict)
    return [(f["type"], f["code"], f["rowNumber"], f["fieldNumber"]) for f in report.findings()]


CELLS = {
    "fullwidth-digits": ("１２,会,\n", 2, 1),
    "blank-in-required": ("1,　 ,\n", 2, 2),
    "outer-blanks": ("1,会 ,\n", 2, 2),
    "replacement-character": ("1,会\ufffd,\n", 2, 2),
    "nul": ("1,会\0,\n", 2, 2),
}


@pytest.mark.parametrize("code", CELLS)
def test_cells(tmp_path: Path, code: str) -> None:
    text, row, field = CELLS[code]
    assert told(tmp_path / "a.csv", (HEAD + text).encode()) == [("cell-error", code, row, field)]
    # A BOM, as without it Frictionless takes the NUL for another encoding.
    content = ("\ufeff" + HEAD + text).encode()
    assert told(tmp_path / "a.csv", content, strict=False) == []


def test_a_cell_with_a_fault_already_is_left_alone(tmp_path: Path) -> None:
    assert told(tmp_path / "a.csv", (HEAD + "１２名 ,会,\n").encode()) == [("type-error", "type", 2, 1)]


FILES = {
    "html-page": b"\n<!DOCTYPE html><html><body>404</body></html>",
    "undecodable": "番号,名称,開始日\n1,会".encode() + b"\x81,\n",
    "unterminated-quote": f'{HEAD}1,"会,\n2,名,\n'.encode(),
}


@pytest.mark.parametrize("code", FILES)
def test_files_that_are_no_table(tmp_path: Path, code: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(FILES[code])
    report = table_schema.validate_file(path, SCHEMA)
    (finding,) = report.findings()
    assert (finding["type"], finding["code"], finding["severity"]) == ("file-error", code, "reject")
    assert report.rows == 0


@pytest.mark.parametrize(("text", "row"), [('1,会,\n2,"名,\n3,会,\n', 3), ("1,会,\n2,会,\r\n", 3)])
def test_the_row_where_the_text_goes_wrong_is_told(tmp_path: Path, text: str, row: int) -> None:
    (tmp_path / "a.csv").write_bytes((HEAD + text).encode())
    (finding,) = table_schema.validate_file(tmp_path / "a.csv", SCHEMA).findings()
    assert f"{row} 行目" in finding["message_ja"] and f"row {row}" in finding["message_en"]


@pytest.mark.parametrize(("first", "second"), [("\n", "\r\n"), ("\r\n", "\n"), ("\n", "\r")])
def test_mixed_line_ends(tmp_path: Path, first: str, second: str) -> None:
    text = f"番号,名称,開始日{first}1,会,{second}2,会,{first}"
    assert told(tmp_path / "a.csv", text.encode()) == [("file-error", "mixed-line-ends", None, None)]


def test_a_line_break_within_a_cell_is_no_line_end(tmp_path: Path) -> None:
    assert told(tmp_path / "a.csv", '番号,名称,開始日\r\n1,"会\nの名",\r\n'.encode()) == []


def test_a_second_header_row(tmp_path: Path) -> None:
    found = told(tmp_path / "a.csv", (HEAD + HEAD + "1,会,\n" + HEAD).encode())
    assert [one for one in found if one[1] == "header-again"] == [
        ("row-error", "header-again", 2, None),
        ("row-error", "header-again", 4, None),
    ]
    found = told(tmp_path / "a.csv", "ID,名称,開始日\n1,会,\nid , 名称,開始日　\n".encode(), schema=_IDS)
    assert ("row-error", "header-again", 3, None) in found


@pytest.mark.parametrize("row", ["ばんごう,会,ひづけ", "若干名,会,未定", "番号,会,開始日", "9-,会,令和5年"])
def test_a_row_of_words_is_no_second_header_row(tmp_path: Path, row: str) -> None:
    found = told(tmp_path / "a.csv", f"{HEAD}{row}\n1,会,2024-01-01\n".encode())
    assert {code for _, code, *_ in found} == {"type"}


def test_a_wide_table_is_looked_at_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fields = [{"name": f"f{place}", "type": "integer"} for place in range(1, 8)]
    content = (",".join(field["name"] for field in fields) + "\n1,２,3,4,5,6,７\n,,,,,,\n1 , 2,3,4,x,6, 7\n").encode()
    whole = told(tmp_path / "a.csv", content, schema={"fields": fields})
    for wide in (3, 300):
        monkeypatch.setattr(parts, "WIDTH", 3)
        monkeypatch.setattr(parts, "WIDE", wide)
        assert told(tmp_path / "a.csv", content, schema={"fields": fields}) == whole
    assert len(whole) == 7


def test_rows_above_the_header(tmp_path: Path) -> None:
    text = f"相談窓口の一覧\n\n{HEAD}1,会,\n"
    assert told(tmp_path / "a.csv", text.encode()) == [("header-error", "rows-above-header", None, None)]


def test_blanks_around_a_label(tmp_path: Path) -> None:
    found = told(tmp_path / "a.csv", "番号,名称 ,開始日\n1,会,\n".encode())
    assert ("header-error", "outer-blanks", None, 2) in found


@pytest.mark.parametrize("encoding", [*strict.NAMES, "utf-8-sig"])
@pytest.mark.parametrize("times", [1, 100_000])
def test_japanese_files_are_read_in_their_own_encoding(tmp_path: Path, encoding: str, times: int) -> None:
    text = HEAD + "1,例の会,2024-04-01\n" * times
    assert told(tmp_path / "a.csv", text.encode(encoding)) == []


@pytest.mark.parametrize(
    ("cells", "encoding"), [("東京,日付", "euc_jp"), ("ﾄｳｷｮｳ,ﾋﾂﾞｹ", "cp932"), ("上本,上下", "utf-16-le")]
)
def test_few_letters_tell_the_encoding(tmp_path: Path, cells: str, encoding: str) -> None:
    fields = {"fields": [{"name": name} for name in cells.split(",")]}
    assert told(tmp_path / "a.csv", f"{cells}\r\nx,y\r\n".encode(encoding), schema=fields) == []


@pytest.mark.parametrize(("encoding", "name"), [("utf-8", "UTF-8"), ("cp932", "Shift_JIS"), ("euc_jp", "EUC-JP")])
def test_the_line_that_cannot_be_read_is_told(tmp_path: Path, encoding: str, name: str) -> None:
    content = (HEAD + "1,例の会です,2024-04-01\n" * 3).encode(encoding) + b"2,\x81,\n"
    (tmp_path / "a.csv").write_bytes(content)
    (finding,) = table_schema.validate_file(tmp_path / "a.csv", SCHEMA).findings()
    assert finding["code"] == "undecodable"
    for sentence in (finding["message_ja"], finding["message_en"]):
        assert re.search("5 行目|row 5|line 5", sentence) and name in sentence


@pytest.mark.parametrize("content", [b"", b"\n", b"\xef\xbb\xbf", b"\0"])
def test_next_to_nothing_is_a_finding(tmp_path: Path, content: bytes) -> None:
    assert told(tmp_path / "a.csv", content)
