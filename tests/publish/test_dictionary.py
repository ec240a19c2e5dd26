"""The dictionary tells every published field by both its names, in a file that a spreadsheet opens."""

from __future__ import annotations

import csv
from pathlib import Path

from publish import dictionary
from schemas import rulebook


def listed(folder: Path) -> list[dict[str, str]]:
    with (folder / dictionary.NAME).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_it_has_every_published_field_once_and_in_order(tmp_path: Path) -> None:
    tables = rulebook.published_tables()
    told = dictionary.export(tables, tmp_path)
    rows = listed(tmp_path)
    assert told == {tmp_path / "dictionary.csv": len(rows)}
    expected = [(t.name, t.title, f.name, f.title) for t in tables for f in t.published_fields]
    assert [(row["表"], row["表の名称"], row["項目"], row["見出し"]) for row in rows] == expected
    assert all(row["説明"] and row["型"] for row in rows)


def test_it_tells_nothing_that_is_not_published(tmp_path: Path) -> None:
    dictionary.export(rulebook.published_tables(), tmp_path)
    text = (tmp_path / dictionary.NAME).read_text("utf-8-sig")
    assert "address_visibility" not in text and "representative_name" not in text and "+81" not in text


def test_a_spreadsheet_opens_it(tmp_path: Path) -> None:
    dictionary.export(rulebook.published_tables(), tmp_path)
    data = (tmp_path / dictionary.NAME).read_bytes()
    assert data.startswith(b"\xef\xbb\xbf") and data.count(b"\n") == data.count(b"\r\n")
    told = {(row["表"], row["項目"]): row for row in listed(tmp_path)}
    assert told["organizations", "postal_code"]["例"] == "'0700036"
    assert told["contact_points", "value"]["例"] == "0166-00-0000"


def test_it_says_how_a_value_is_written(tmp_path: Path) -> None:
    rows = {(row[0], row[2]): dict(zip(dictionary.HEADINGS, row, strict=True)) for row in told()}
    assert rows["places", "latitude"]["書き方・単位"] == "度。小数6桁（世界測地系）"
    assert rows["services", "valid_to"]["書き方・単位"] == "YYYY-MM-DD"
    troubles = rows["services", "troubles"]
    assert troubles["コード表"] == "troubles" and "codes/troubles.csv" in troubles["書き方・単位"]
    assert "; で区切る" in troubles["書き方・単位"] and "; で区切る" not in rows["services", "status"]["書き方・単位"]
    assert rows["organizations", "name"]["必須"] == "必須" == rows["organizations", "organization_id"]["必須"]
    assert rows["services", "fee"]["必須"] == ""
    assert rows["places", "address"]["標準オープンデータセット"] == "所在地_連結表記"


def test_a_code_is_told_with_the_word_that_excel_shows() -> None:
    rows = {(row[0], row[2]): dict(zip(dictionary.HEADINGS, row, strict=True)) for row in told()}
    assert rows["jurisdictions", "municipality_code"]["例"] == "012041（旭川市）"
    assert rows["jurisdictions", "municipality_code"]["コード表"] == "municipalities"
    assert "名称（label_ja）" in rows["services", "fee"]["書き方・単位"]
    assert (
        rows["places", "municipality_code"]["例"] == "012041" and rows["places", "municipality_code"]["コード表"] == ""
    )


def told() -> list[tuple[str, ...]]:
    return dictionary.rows(rulebook.published_tables())
