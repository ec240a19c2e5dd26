"""The list of submissions: which they are, what each is called, and whether it can be approved."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import openpyxl
import pytest

from sources import forms, inbox
from tests.dropped import ANSWERS, AS_OF, drop, drop_form, take_in
from tests.warehouse.submissions.approved import OTHER, ids
from warehouse import submissions


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
