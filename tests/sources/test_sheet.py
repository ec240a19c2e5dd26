"""The correction sheet: cells are text whatever they hold, worst first, and the same findings give the same bytes."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
import python_calamine

from schemas.finding import Finding
from sources import sheet

FINDINGS = [
    Finding("a-note", "note", "machi", "b.csv", 3, "料金", value="無料", message_ja="お知らせ", message_en="A note"),
    Finding("a-cell", "withhold", "machi", "b.csv", 10, "電話", value="変", message_ja="直す", expected="0166-00-0000"),
    Finding("a-cell", "withhold", "machi", "b.csv", 9, "電話", value="妙", message_ja="直す"),
    Finding("a-file", "reject", "machi", "a.csv", message_ja="使えない"),
]
TRICKY = [
    "=1+1", "=cmd|'/c calc'!A0", "+81166000000", "-1", "@SUM(A1)", "{=1}", "https://www.example.jp/",
    "mailto:a@example.jp",
    "0012", "1e5", "TRUE", "2026-04-01", " 前後 ", "改行\nあり", "<b>&amp;", "\x01制御", "_x000D_",
]  # fmt: skip


def cells(path: Path) -> list[list[Any]]:
    return python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()


def write(folder: Path, findings: list[Finding]) -> Path:
    path = folder / "sheets" / "machi.xlsx"
    sheet.write(path, "見本の町", findings)
    return path


def test_worst_first_then_by_file_and_row(tmp_path: Path) -> None:
    heading, *rows = cells(write(tmp_path, FINDINGS))
    assert heading == [label for label, _ in sheet.HEADINGS]
    assert [(row[0], row[1], row[2]) for row in rows] == [
        ("ファイル不採用", "a.csv", ""),
        ("値を不掲載", "b.csv", 9),
        ("値を不掲載", "b.csv", 10),
        ("お知らせ", "b.csv", 3),
    ]
    assert rows[2] == ["値を不掲載", "b.csv", 10, "電話", "変", "直す", "0166-00-0000", "", "a-cell"]


def test_without_findings_only_the_headings_stand(tmp_path: Path) -> None:
    assert len(cells(write(tmp_path, []))) == 1


def test_every_cell_is_text(tmp_path: Path) -> None:
    findings = [Finding("x", "note", "machi", row=n, value=text) for n, text in enumerate(TRICKY, start=2)]
    path = write(tmp_path, findings)
    assert [row[4] for row in cells(path)[1:]] == TRICKY
    with zipfile.ZipFile(path) as book:
        page = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in page and "hyperlink" not in page
    numbers = [cell for cell in re.findall(r"<c [^>]*>(?=<v>)", page) if 't="s"' not in cell]
    assert all(re.search(r'r="C\d+"', cell) for cell in numbers)  # of all columns only the row's number is one


def test_a_cell_longer_than_excel_holds_is_cut_not_lost(tmp_path: Path) -> None:
    long = Finding("x", "note", "machi", row=2, value="長" * 40_000)
    (row,) = cells(write(tmp_path, [long]))[1:]
    assert row[4].startswith("長長") and len(row[4]) <= 32_767


def test_the_same_findings_are_the_same_bytes(tmp_path: Path) -> None:
    first = write(tmp_path / "one", FINDINGS).read_bytes()
    assert write(tmp_path / "two", FINDINGS).read_bytes() == first
    assert write(tmp_path / "one", FINDINGS).read_bytes() == first
    assert write(tmp_path / "one", FINDINGS[1:]).read_bytes() != first


def test_a_sheet_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = write(tmp_path, FINDINGS)
    before = path.read_bytes()
    with pytest.raises(KeyError):
        sheet.write(path, "見本の町", [Finding("x", "no-such-severity", "machi")])
    assert path.read_bytes() == before
