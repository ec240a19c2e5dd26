"""Files for the inbox: the answers of an agreed form, as its export. What becomes of them is the tests'."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl

from sources import catalog, inbox
from sources.ingest import Night, SourceRun
from tests import commands

AS_OF = date(2026, 11, 23)
ANSWERS = {
    "団体の名称": "ためしの会",
    "支援の名称": "ためし食堂",
    "概要": "だれでも来られる食堂",
    "支援分類": "食料・物資",
    "代表者名": "例野　ためし",
    "所在地_連結表記（団体）": "北海道旭川市ためし町1丁目2番3号",
    "所在地_連結表記（拠点）": "北海道旭川市ためし町1丁目2番3号",
    "連絡先（電話）": "0166-00-0971",
    "連絡先（メール）": "shokudo@tameshi.example.jp",
    "タイムスタンプ": "2026/11/01 10:00:00",
    "公開の範囲（団体名・活動）": "公開",
    "公開の範囲（所在地）": "公開",
    "公開の範囲（電話・メール）": "公開",
    "公開の範囲（代表者名）": "内部だけ",
    "公開の範囲（説明文）": "公開",
    "答えた人の立場": "事務局",
    "説明文の版": "2",
}
"""What an organization answers where a test says nothing else: all but a person's name may be published."""


def drop(home: Path, name: str, *rows: Mapping[str, str]) -> Path:
    """Put an export of these answers, each with changes to :data:`ANSWERS`, into the inbox."""
    path = home / inbox.FOLDER / name
    path.parent.mkdir(parents=True, exist_ok=True)
    headings = list(dict.fromkeys(catalog.layout("google_forms").columns))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, headings, restval="")
        writer.writeheader()
        writer.writerows(ANSWERS | row for row in rows)
    return path


def drop_form(home: Path, name: str, activities: Sequence[str], changed: Mapping[str, str] | None = None) -> Path:
    """Put a registration form of an organization with these activities into the inbox, filled as people do."""
    from sources import forms

    path = home / inbox.FOLDER / name
    path.parent.mkdir(parents=True, exist_ok=True)
    book = openpyxl.load_workbook(io.BytesIO(forms.write("organization")))
    page = book.worksheets[0]
    answers = ANSWERS | {"同意した日": "2026-11-01"} | (changed or {})
    rows = list(page.iter_rows())
    (header,) = (row for row in rows if "支援の名称" in [cell.value for cell in row])
    headings = {cell.value: cell.column for cell in header}
    for row in rows:
        if row[0].value in answers and row[0].value not in headings:
            page.cell(row[0].row, 3, answers[row[0].value])
    first = next(row[0].row for row in rows if row[0].value == "活動1")
    for number, activity in enumerate(activities, first):
        for heading in ("概要", "支援分類"):
            page.cell(number, headings[heading], answers[heading])
        page.cell(number, headings["支援の名称"], activity)
    book.save(path)
    return path


def night(home: Path, as_of: date = AS_OF) -> Night:
    return Night(home=home, as_of=as_of, prefecture="01", mirror=None, source_set="live")


def take_in(home: Path) -> SourceRun:
    """The inbox's part of a night."""
    return inbox.take_in(night(home))


def command(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A steward's command in a process of its own."""
    return commands.michishirube(*words, "--home", str(home))


def listed(home: Path, *words: str) -> dict[str, dict[str, Any]]:
    """What ``submissions --all --json`` says, by organization."""
    told: list[dict[str, Any]] = json.loads(command(home, "submissions", "--all", "--json", *words).stdout)
    return {one["organization"]: one for one in told}
