"""Which files are the table, and what the others add to it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from reader_support import Reading, cells, failure, read_all

from sources.readers import Problem

DESKS = ("desks.csv", b"id,town,source\n1,t1,s1\n2,t9,s1\n3,,s2\n4,t2,s1\n5,t1,s9\n")
TOWNS = ("towns.csv", "id,code,name\nt1,012041,旭川市\nt2,012050,室蘭市\nt2,012068,釧路市\n,999999,無\n".encode())
SOURCES = ("sources.csv", b"id,town,url\ns1,t1,https://example.jp/1\ns1,t1,https://example.jp/1\ns2,t2,\n")


def reader(*joins: dict[str, Any]) -> dict[str, Any]:
    return {"format": "csv", "files": r"desks\.csv", "join": list(joins)}


TOWN = {"file": "towns.csv", "column": "town", "key": "id", "columns": ["code", "name"]}
SOURCE = {"file": "sources.*", "column": "source", "key": "id", "columns": ["url", "id", "town"]}


@pytest.fixture
def reading(tmp_path: Path) -> Reading:
    return partial(read_all, tmp_path)


def test_columns_of_another_file(reading: Reading) -> None:
    rows = reading(reader(TOWN), DESKS, TOWNS)
    assert rows.header == ("id", "town", "source", "town.code", "town.name")
    assert [row[3:] for row in cells(rows)] == [
        ("012041", "旭川市"),
        (None, None),
        (None, None),
        (None, None),
        ("012041", "旭川市"),
    ]
    assert rows.table.column("row").to_pylist() == [2, 3, 4, 5, 6]


def test_a_key_that_fits_none_or_several_is_told(reading: Reading) -> None:
    assert reading(reader(TOWN), DESKS, TOWNS).problems == (
        Problem("join-key", "desks.csv", 3, 0, 1, "town"),
        Problem("join-key", "desks.csv", 5, 2, 1, "town"),
    )


def test_rows_that_say_the_same_are_one(reading: Reading) -> None:
    rows = reading(reader(SOURCE), DESKS, SOURCES)
    assert cells(rows)[0][3:] == ("https://example.jp/1", "s1", "t1")
    assert [problem.row for problem in rows.problems] == [6]


def test_a_joined_column_may_lead_on(reading: Reading) -> None:
    on = {"file": "towns.csv", "column": "source.town", "key": "id", "columns": ["name"]}
    rows = reading(reader(SOURCE, on), DESKS, SOURCES, TOWNS)
    assert rows.header[-1] == "source.town.name"
    assert cells(rows)[1][-1] == "旭川市"


def test_records_of_json_may_be_joined_too(reading: Reading) -> None:
    rows = reading(
        {"format": "json", "files": ".*json", "join": [TOWN]}, ("a.json", b'[{"town": "t1"}, {"town": null}]'), TOWNS
    )
    assert cells(rows) == [("t1", "012041", "旭川市"), ("", None, None)]
    assert rows.problems == ()


@pytest.mark.parametrize("wrong", [{"column": "machi"}, {"key": "machi"}, {"columns": ["machi"]}])
def test_a_column_that_is_not_there(reading: Reading, wrong: dict[str, Any]) -> None:
    error = failure(reading, reader(TOWN | wrong), DESKS, TOWNS)
    assert error.code == "wrong-columns" and "machi" in error.message_ja


def test_a_file_that_is_not_there(reading: Reading) -> None:
    assert failure(reading, reader(TOWN), DESKS).code == "not-a-table"
    assert failure(reading, reader(), TOWNS).code == "not-a-table"
