from __future__ import annotations

import csv
import io
import zipfile
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reader_support import REAL, Reading, cells, failure, needs_real, read_all

from sources.readers import Problem, ReadError, delimited, rows, zipped

UTF8 = {"format": "csv", "encoding": "utf-8"}
CP932 = {"format": "csv", "encoding": "cp932"}
ZIP = {"format": "zip_csv", "encoding": "utf-8"}


@pytest.fixture
def reading(tmp_path: Path) -> Reading:
    return partial(read_all, tmp_path)


class TestCsv:
    @pytest.mark.parametrize("newline", ["\n", "\r\n"])
    @pytest.mark.parametrize(("encoding", "reader"), [("utf-8", UTF8), ("utf-8-sig", UTF8), ("cp932", CP932)])
    def test_strings_as_published(self, reading: Reading, newline: str, encoding: str, reader: dict[str, str]) -> None:
        text = newline.join([' 名称 ,"電話"', "見本の会①, 011-222-3333 ", '"""あ"",い",', ""])
        rows = reading(reader, ("a.csv", text.encode(encoding)))
        assert rows.header == ("名称", "電話")
        assert cells(rows) == [("見本の会①", " 011-222-3333 "), ('"あ",い', "")]
        assert rows.table.column("row").to_pylist() == [2, 3]
        assert rows.table.column("file").to_pylist() == ["a.csv"] * 2
        assert rows.table.column_names == ["file", "row", "c0", "c1"]
        assert rows.problems == ()

    def test_rows_count_as_in_excel(self, reading: Reading) -> None:
        text = 'id,text\r\n1,"two\nlines"\n\r\n2,"three\r\nmore\rlines"\n , \n3,x'
        rows = reading(UTF8, ("a.csv", text.encode()))
        assert cells(rows) == [("1", "two\nlines"), ("2", "three\r\nmore\rlines"), ("3", "x")]
        assert rows.table.column("row").to_pylist() == [2, 4, 6]
        assert rows.problems == (
            Problem("mixed-line-ends", "a.csv", 2, 2, 2),
            Problem("blank-row", "a.csv", 3, 0, 2),
            Problem("blank-row", "a.csv", 5, 2, 2),
        )

    @pytest.mark.parametrize("text", ["a,b\n1,2\n3,4", 'a,b\r\n"1\n",2\r\n', 'a,b\r1,"2\r\n"\r'])
    def test_one_kind_of_line_end_is_no_problem(self, reading: Reading, text: str) -> None:
        assert reading(UTF8, ("a.csv", text.encode())).problems == ()

    def test_blank_rows_at_the_end_are_nothing(self, reading: Reading) -> None:
        assert reading(UTF8, ("a.csv", b"id,x\n1,2\n,\n\n,,\n")).problems == ()

    def test_ragged_rows(self, reading: Reading) -> None:
        rows = reading(UTF8, ("a.csv", b"a,b,c\n1\n1,2,3,4,5\n1,2,3,,\n1,2,\n"))
        assert cells(rows) == [("1", None, None), ("1", "2", "3"), ("1", "2", "3"), ("1", "2", "")]
        assert rows.problems == (Problem("ragged-row", "a.csv", 2, 1, 3), Problem("ragged-row", "a.csv", 3, 5, 3))

    def test_header_further_down(self, reading: Reading) -> None:
        rows = reading({**UTF8, "header_row": 3}, ("a.csv", '一覧表\n"令和8年\n3月",\nid,x\n1,2\n'.encode()))
        assert (rows.header, cells(rows), rows.table.column("row").to_pylist()) == (("id", "x"), [("1", "2")], [4])

    def test_more_rows_than_a_chunk(self, reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(rows, "CHUNK", 3)
        found = reading(UTF8, ("a.csv", b"id\n" + b"".join(b"%d\n" % number for number in range(9))))
        assert found.table.column("c0").to_pylist() == [str(number) for number in range(9)]

    def test_files_follow_one_another(self, reading: Reading) -> None:
        rows = reading(UTF8, ("b.csv", b"id\n1\n"), ("a.csv", b"\xef\xbb\xbfid\n2\n\n3\n"))
        assert rows.table.select(["file", "row", "c0"]).to_pylist() == [
            {"file": "b.csv", "row": 2, "c0": "1"},
            {"file": "a.csv", "row": 2, "c0": "2"},
            {"file": "a.csv", "row": 4, "c0": "3"},
        ]
        assert rows.problems == (Problem("blank-row", "a.csv", 3, 0, 1),)

    def test_blank_labels_at_the_end_are_passed_over(self, reading: Reading) -> None:
        rows = reading(UTF8, ("a.csv", b"id,x,,\n1,2,,\n"))
        assert (rows.header, rows.problems) == (("id", "x"), ())

    @pytest.mark.parametrize(
        ("content", "says"),
        [
            ("id,名称,名称\n1,2,3\n", "B、C 列"),
            ("id,,名称\n1,2,3\n", "B 列"),
            ("id,x,,\n1,2,,\n1,2,,メモ\n", "D 列には見出しがないのに、3 行目"),
            ("\nid,x\n1,2\n", "列見出しがありません"),
        ],
    )
    def test_labels_that_name_no_column(self, reading: Reading, content: str, says: str) -> None:
        error = failure(reading, UTF8, ("a.csv", content.encode()))
        assert error.code == "wrong-columns" and says in error.message_ja

    def test_a_file_without_a_header_row_tells_nothing_of_its_data(self, reading: Reading) -> None:
        alone = failure(reading, UTF8, ("a.csv", "0164-00-0299,ことりの宿,0164-00-0299\n1,2,3\n".encode()))
        second = ("b.csv", "0164-00-0299,ことりの宿\n1,2\n".encode())
        beside = failure(reading, UTF8, ("a.csv", b"id,y\n1,2\n"), second)
        for error in (alone, beside):
            assert "0164" not in error.message_ja + error.message_en and "ことり" not in error.message_ja

    @pytest.mark.parametrize(
        ("second", "says"),
        [
            (b"id,z\n1,2\n", "（B 列。"),
            (b"y,id\n1,2\n", "（A、B 列。"),
            (b"id\n1\n", "（B 列。全部で 1 列、ほかは 2 列）"),
        ],
    )
    def test_files_of_different_columns(self, reading: Reading, second: bytes, says: str) -> None:
        error = failure(reading, UTF8, ("a.csv", b"id,y\n1,2\n"), ("b.csv", second))
        assert (error.code, error.file) == ("wrong-columns", "b.csv") and says in error.message_ja

    @pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n\n", b"id,x\n", b"id,x\n,\n\n"])
    def test_nothing_in_it(self, reading: Reading, content: bytes) -> None:
        assert failure(reading, UTF8, ("a.csv", content)).code == "empty-file"
        assert failure(reading, {**UTF8, "header_row": 9}, ("a.csv", content)).code == "empty-file"

    @pytest.mark.parametrize(
        "content",
        ["<!DOCTYPE html><p>", "\ufeff\n <html lang=ja>", "<!-- x --><HTML>", '<?xml version="1.0"?>\n<html>'],
    )
    @pytest.mark.parametrize("reader", [UTF8, CP932, ZIP])
    def test_page_of_html(self, reading: Reading, content: str, reader: dict[str, str]) -> None:
        error = failure(reading, reader, ("a.csv", content.encode()))
        assert error.code == "html-page" and "ファイルそのものの URL" in error.message_ja

    def test_cell_that_speaks_of_html_is_no_page(self, reading: Reading) -> None:
        assert cells(reading(UTF8, ("a.csv", b"id,x\n1,<html>\n"))) == [("1", "<html>")]

    @pytest.mark.parametrize(
        ("content", "says"),
        [
            (b"PK\x03\x04\x14\x00", "Excel（.xlsx）"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1", "古い Excel"),
            (b"%PDF-1.7\n\xe2\xe3", "PDF"),
            (b"id,x\n1,\x00\n", "文字ではない"),
        ],
    )
    @pytest.mark.parametrize("reader", [UTF8, CP932])
    def test_not_a_table(self, reading: Reading, content: bytes, says: str, reader: dict[str, str]) -> None:
        error = failure(reading, reader, ("a.csv", content))
        assert error.code == "not-a-table" and says in error.message_ja

    @pytest.mark.parametrize(
        ("content", "reader", "says"),
        [
            ("id,x\n1,名称\n".encode("cp932"), UTF8, "2 行目のバイト 0x96 から）。cp932 のようです"),
            ("id,x\n1,名称\n".encode(), CP932, "UTF-8 のようです"),
            ("id,x\n1,あ\n".encode("utf-8-sig"), CP932, "UTF-8 のようです"),
            ("id,x\n1,名称\n".encode("utf-16"), UTF8, "UTF-16 のようです"),
            ("id,x\n1,名称\n".encode("utf-16"), CP932, "UTF-16 のようです"),
            (b"id,x\n1,2\n3,\xff\xa0\xfd\x81 \n", UTF8, "3 行目のバイト 0xFF から）。文字が壊れています"),
        ],
    )
    def test_wrong_encoding(self, reading: Reading, content: bytes, reader: dict[str, str], says: str) -> None:
        error = failure(reading, reader, ("a.csv", content))
        assert error.code == "encoding" and says in error.message_ja

    def test_ascii_reads_in_both(self, reading: Reading) -> None:
        assert cells(reading(CP932, ("a.csv", b"id\n1\n"))) == cells(reading(UTF8, ("a.csv", b"id\n1\n")))

    @pytest.mark.parametrize("rest", ["2,x\n3,y\n", "2,x", "z" * 200_000, "\n"])
    def test_quote_that_is_never_closed(self, reading: Reading, rest: str) -> None:
        error = failure(reading, UTF8, ("a.csv", ('id,x\n0,"a\nb"\n1,"' + rest).encode()))
        assert error.code == "unterminated-quote" and "3 行目" in error.message_ja


def archive(*members: tuple[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as written:
        for name, content in members:
            written.writestr(name, content)
    return out.getvalue()


class TestZip:
    def test_all_csvs_by_name(self, reading: Reading) -> None:
        content = archive(
            ("sub/b.csv", b"id\n2\n"),
            ("a.CSV", b"id\n1\n"),
            ("README.txt", b"x"),
            ("__MACOSX/._a.csv", b"\0"),
            ("d.csv/", b""),
        )
        rows = reading(ZIP, ("x.zip", content), ("y.csv", b"id\n3\n"))
        assert rows.table.column("file").to_pylist() == ["x.zip/a.CSV", "x.zip/sub/b.csv", "y.csv"]
        assert cells(rows) == [("1",), ("2",), ("3",)]

    @pytest.mark.parametrize("encoding", ["cp932", "utf-8"])
    def test_names_without_the_utf8_flag(self, reading: Reading, encoding: str) -> None:
        stand_in = "1234567890"[: len("表一覧".encode(encoding))].encode()
        content = archive((f"{stand_in.decode()}.csv", b"id\n1\n")).replace(stand_in, "表一覧".encode(encoding))
        assert reading(ZIP, ("x.zip", content)).table.column("file").to_pylist() == ["x.zip/表一覧.csv"]

    def test_names_of_other_kinds(self, reading: Reading) -> None:
        content = archive(("一覧.csv", b"id\n1\n"), ("../../evil.csv", b"id\n2\n"))
        assert reading(ZIP, ("x.zip", content)).table.column("file").to_pylist() == [
            "x.zip/../../evil.csv",
            "x.zip/一覧.csv",
        ]

    def test_same_name_twice(self, reading: Reading) -> None:
        with pytest.warns(UserWarning, match="Duplicate"):
            content = archive(("a.csv", b"id\n1\n"), ("a.csv", b"id\n2\n"))
        assert cells(reading(ZIP, ("x.zip", content))) == [("1",), ("2",)]

    def test_damaged(self, reading: Reading) -> None:
        whole = archive(("a.csv", b"id\n" + b"".join(b"%d\n" % number for number in range(999))))
        flipped = bytearray(whole)
        flipped[60] ^= 0xFF
        encrypted = bytearray(archive(("a.csv", b"id\n1\n")))
        for header, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            encrypted[encrypted.index(header) + place] |= 1
        for content in (whole[:-30], whole[:200], bytes(flipped), bytes(encrypted), b"id\n1\n", b""):
            assert failure(reading, ZIP, ("x.zip", content)).code == "bad-zip"

    def test_without_any_csv(self, reading: Reading) -> None:
        for content in (archive(("a.txt", b"x")), archive()):
            assert failure(reading, ZIP, ("x.zip", content)).code == "not-a-table"

    def test_bombs(self, reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
        content = archive(("a.csv", b"0" * 3_000_000), ("b.csv", b"0" * 3_000_000))
        assert failure(reading, ZIP, ("x.zip", content)).code == "zip-bomb"
        monkeypatch.setattr(zipped, "MAX_BYTES", 11)
        stored = archive(("a.csv", b"id\n12\n"), ("b.csv", b"id\n12\n"), compression=zipfile.ZIP_STORED)
        assert failure(reading, ZIP, ("x.zip", stored)).code == "zip-bomb"

    def test_fault_inside_names_the_member(self, reading: Reading) -> None:
        error = failure(reading, ZIP, ("x.zip", archive(("a.csv", b"<html>"))))
        assert (error.code, error.file) == ("html-page", "x.zip/a.csv")


def texts(encoding: str) -> st.SearchStrategy[str]:
    """Text that the encoding can hold and give back: cp932 writes the last six as their full-width twins."""
    excluded = "\0\ufeff" + ("¢£¬‖−〜" if encoding == "cp932" else "")
    return st.text(st.characters(codec=encoding, exclude_characters=excluded), max_size=12)


def tables(encoding: str) -> st.SearchStrategy[list[list[str]]]:
    """A row of labels, unique and not blank, and rows with some text."""
    label = texts(encoding).map(str.strip).filter(bool)
    return st.lists(label, min_size=1, max_size=4, unique=True).flatmap(
        lambda header: st.lists(
            st.lists(texts(encoding), min_size=len(header), max_size=len(header)).filter(
                lambda row: "".join(row).strip()
            ),
            min_size=1,
            max_size=8,
        ).map(lambda rows: [header, *rows])
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
@given(data=st.data(), quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
def test_what_csv_writes_reads_back_exactly(encoding: str, data: st.DataObject, quoting: Any) -> None:
    told = data.draw(tables(encoding.removesuffix("-sig")))
    written = io.StringIO(newline="")
    csv.writer(written, quoting=quoting).writerows(told)
    rows = delimited.rows(written.getvalue().encode(encoding), "a.csv", {"encoding": encoding.removesuffix("-sig")})
    assert [list(rows.header), *map(list, cells(rows))] == told
    assert rows.table.column("row").to_pylist() == list(range(2, len(told) + 1))
    assert rows.problems == ()


@given(st.binary(max_size=200), st.sampled_from(["utf-8", "cp932", "utf-16"]))
def test_any_bytes_are_rows_or_a_read_error(content: bytes, encoding: str) -> None:
    try:
        assert delimited.rows(content, "a.csv", {"encoding": encoding}).table.num_rows > 0
    except ReadError as error:
        assert "a.csv" in error.message_ja


@given(st.integers(0, 10_000), st.integers(0, 255))
def test_any_damage_to_a_zip_is_rows_or_a_read_error(place: int, byte: int) -> None:
    content = bytearray(archive(("a.csv", b"id,x\n1,2\n"), ("b.csv", b"id,x\n3,4\n")))
    content[place % len(content)] = byte
    try:
        assert all(isinstance(member, bytes) for _, member in zipped.members(bytes(content), "x.zip"))
    except ReadError as error:
        assert "x.zip" in error.message_ja


@needs_real
def test_real_file_with_line_breaks_in_cells(reading: Reading) -> None:
    rows = reading(UTF8, ("supports.csv", (REAL / "mirasapo-seido/supports.csv").read_bytes()))
    assert (rows.table.num_rows, len(rows.header), rows.problems) == (1_112, 41, ())
    assert rows.table.column("row").to_pylist() == list(range(2, 1_114))


@needs_real
def test_real_file_whose_labels_repeat(reading: Reading) -> None:
    content = (REAL / "vscovid19-support/vscovid19-data2.csv").read_bytes()
    assert failure(reading, UTF8, ("data2.csv", content)).code == "wrong-columns"
