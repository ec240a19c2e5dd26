"""Workbooks as people make them, read as they see them."""

from __future__ import annotations

import datetime
import re
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources import letters
from sources.readers import workbook
from sources.readers.rows import ReadError


def saved(path: Path, *rows: list[Any], book: openpyxl.Workbook | None = None) -> Path:
    book = book or openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def cells(path: Path) -> list[list[str]]:
    return [row for _, row in workbook.read(path).rows]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("01", "01"),
        (" 見本 ", " 見本 "),
        (1, "1"),
        (2.5, "2.5"),
        (-3.0, "-3"),
        (0.1 + 0.2, "0.3"),
        (43.0620958, "43.0620958"),
        (10**15, "1000000000000000"),
        (1e20, "100000000000000000000"),
        (True, "TRUE"),
        (False, "FALSE"),
        (datetime.date(2024, 1, 6), "2024-01-06"),
        (datetime.datetime(2024, 1, 6, 9, 5), "2024-01-06 09:05:00"),
        (datetime.datetime(2024, 1, 6), "2024-01-06"),
        (datetime.time(9, 0), "09:00:00"),
        (datetime.time(17, 20, 59), "17:20:59"),
        (datetime.timedelta(hours=25, minutes=3), "25:03:00"),
        (None, ""),
    ],
)
def test_a_cell_is_what_a_person_sees(value: Any, text: str, tmp_path: Path) -> None:
    assert cells(saved(tmp_path / "a.xlsx", ["甲", "乙"], ["x", value])) == [["x", text]]


@given(st.times().map(lambda time: time.replace(microsecond=0)))
def test_every_time_of_day_comes_to_the_second(time: datetime.time) -> None:
    day = (time.hour * 3600 + time.minute * 60 + time.second) / 86400
    seconds = datetime.timedelta(days=day)
    noisy = (datetime.datetime(2000, 1, 1) + seconds).time()
    assert workbook._text(noisy) == time.isoformat()


def test_errors_are_shown_and_formulas_count_by_their_value(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.xlsx", ["甲", "乙", "丙"], ["a", "=VLOOKUP(1,A1:B2,2)", "c"], ["b", "#REF!", "d"])
    aside = tmp_path / "b.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(aside, "w") as new:
        for name in old.namelist():
            content = old.read(name).decode()
            # openpyxl calculates nothing: the value that Excel would have saved beside the formula.
            new.writestr(
                name, re.sub(r'<c r="B2"[^>]*>(<f>.*?</f>)<v ?/?>(</v>)?', r'<c r="B2" t="e">\1<v>#N/A</v>', content)
            )
    assert cells(aside) == [["a", "#N/A", "c"], ["b", "#REF!", "d"]]


def test_blank_rows_above_and_below_are_nothing_and_between_are_rows(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.xlsx", [], [None], [None, "甲", "乙"], [None, "a"], [], [None, None, "b"], ["", ""], [])
    sheet = workbook.read(path)
    assert (sheet.labels, sheet.header_row) == (("", "甲", "乙"), 3)
    assert list(sheet.rows) == [(4, ["", "a", ""]), (5, ["", "", ""]), (6, ["", "", "b"])]


def test_the_table_begins_in_its_own_column(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active["C2"], book.active["C3"] = "甲", "x"
    sheet = workbook.read(saved(tmp_path / "a.xlsx", book=book))
    assert (sheet.labels, list(sheet.rows)) == (("", "", "甲"), [(3, ["", "", "x"])])


def test_cells_beyond_the_labels_are_kept(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.xlsx", ["甲", "乙", None, None], ["a", "b", "", "余り"])
    assert (workbook.read(path).labels, cells(path)) == (("甲", "乙"), [["a", "b", "", "余り"]])


def test_the_first_sheet_that_is_seen_is_the_table(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["隠し"])
    book.active.sheet_state = "hidden"
    for name in ("表", "次"):
        book.create_sheet(name).append([name])
    book.save(tmp_path / "a.xlsx")
    assert workbook.read(tmp_path / "a.xlsx").labels == ("表",)


def test_of_a_correction_sheet_the_data_are_the_table(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = workbook.REQUEST_SHEET
    book.active.append(["訂正"])
    book.create_sheet(workbook.DATA_SHEET).append(["番号"])
    assert workbook.read(saved(tmp_path / "a.xlsx", book=book)).labels == ("番号",)


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "not-a-table"), (b"a,b\n1,2\n", "not-a-table"), (b"PK\x03\x04 cut off", "not-a-table")],
)
def test_what_is_no_workbook_is_refused_in_words(content: bytes, code: str, tmp_path: Path) -> None:
    path = tmp_path / "名簿.xlsx"
    path.write_bytes(content)
    with pytest.raises(ReadError) as caught:
        workbook.read(path)
    assert caught.value.code == code
    assert "名簿.xlsx" in caught.value.message_ja
    assert str(tmp_path) not in caught.value.message_ja + caught.value.message_en


def test_a_workbook_without_its_parts_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook")
    with pytest.raises(ReadError):
        workbook.read(tmp_path / "a.xlsx")


def test_a_blank_workbook_is_empty(tmp_path: Path) -> None:
    with pytest.raises(ReadError) as caught:
        workbook.read(saved(tmp_path / "a.xlsx", [None, ""], []))
    assert caught.value.code == "empty-file"


def test_a_workbook_that_would_fill_the_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path / "a.xlsx", ["甲"])
    monkeypatch.setattr(workbook, "MAX_BYTES", 1000)
    with pytest.raises(ReadError) as caught:
        workbook.read(path)
    assert caught.value.code == "zip-bomb"


@given(st.integers(0, 20_000))
def test_letters_name_one_column(place: int) -> None:
    assert letters.place(letters.letters(place)) == place
