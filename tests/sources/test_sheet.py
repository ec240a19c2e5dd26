"""The correction sheet as a provider opens it: every cell as written, no formula, nothing cut off."""

from __future__ import annotations

import hashlib
import re
import zipfile
from pathlib import Path

from python_calamine import CalamineWorkbook

from schemas.finding import SEVERITY_JA, Finding
from sources import sheet

LONG = "とても長い説明です。" * 12
FINDINGS = [
    Finding("pattern", "note", "a", "a.csv", 12, "電話", value="=1+1", message_ja=LONG),
    Finding("no-contact", "quarantine", "a", "a.csv", 3, value="0110001112223"),
    Finding("html-page", "reject", "a", message_ja="表ではありません"),
]


def test_the_worst_stands_first_and_cells_stand_as_written(tmp_path: Path) -> None:
    sheet.write(tmp_path / "a.xlsx", "名簿 A&B", FINDINGS)
    heading, *rows = CalamineWorkbook.from_path(tmp_path / "a.xlsx").get_sheet_by_index(0).to_python()
    assert heading == [title for title, _ in sheet.COLUMNS]
    assert [row[0] for row in rows] == ["ファイル不採用", "行を隔離", "お知らせ"]
    assert [row[3] for row in rows] == ["", 3.0, 12.0]
    assert [row[5] for row in rows] == ["", "0110001112223", "=1+1"]


def test_no_cell_is_a_formula_and_long_rows_are_high_enough(tmp_path: Path) -> None:
    sheet.write(tmp_path / "a.xlsx", "名簿", FINDINGS)
    page = zipfile.ZipFile(tmp_path / "a.xlsx").read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in page
    [height] = re.findall(r'<row r="4"[^>]* ht="([\d.]+)"', page)
    assert float(height) > sheet.LINE * 3


def test_every_treatment_of_a_source_is_explained(tmp_path: Path) -> None:
    sheet.write(tmp_path / "a.xlsx", "名簿", [])
    told = CalamineWorkbook.from_path(tmp_path / "a.xlsx").get_sheet_by_name("扱いの意味").to_python()
    assert [row[0] for row in told] == [title for kind, title in SEVERITY_JA.items() if kind != "stop"]


def test_a_sheet_of_a_workbook_has_a_column_of_its_own(tmp_path: Path) -> None:
    found = [Finding("pattern", "note", "a", file, 2) for file in ("町/b.XLSX/相談窓口", "町/b.csv")]
    sheet.write(tmp_path / "a.xlsx", "名簿", found)
    _, *rows = CalamineWorkbook.from_path(tmp_path / "a.xlsx").get_sheet_by_index(0).to_python()
    assert [row[1:4] for row in rows] == [["町/b.XLSX", "相談窓口", 2.0], ["町/b.csv", "", 2.0]]


def test_of_a_submission_nothing_is_said_to_be_published(tmp_path: Path) -> None:
    sheet.write(tmp_path / "a.xlsx", "票", FINDINGS, submitted=True)
    told = CalamineWorkbook.from_path(tmp_path / "a.xlsx").get_sheet_by_name("扱いの意味").to_python()
    assert not any("公開しています" in str(row[1]) for row in told)
    assert all("承認されれば" in str(row[1]) for row in told[1:])


def test_the_same_findings_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        sheet.write(tmp_path / f"{name}.xlsx", "名簿", FINDINGS)
    one, two = (hashlib.sha256((tmp_path / f"{name}.xlsx").read_bytes()).hexdigest() for name in "ab")
    assert one == two
