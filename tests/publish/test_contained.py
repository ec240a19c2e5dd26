"""Files read as text: whole, in order, in blocks."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from publish import contained
from tests.publish import rewriting


def text_of(path: Path) -> str:
    return "".join(block for stream in contained.streams(path) for block in stream)


def test_a_text_is_its_characters_without_mark(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("\ufeff見本\r\n".encode() + b"\xff" + b"2")
    assert text_of(tmp_path / "a.csv") == "見本\r\n2"


def test_a_long_text_comes_in_blocks(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("見" * (contained.BLOCK + 1), "utf-8")
    streams = contained.streams(tmp_path / "a.json")
    assert [len(block) for stream in streams for block in stream] == [contained.BLOCK, 1]


def test_cells_of_a_row_stand_side_by_side(tmp_path: Path) -> None:
    assert "1|見本|見本|x\n" in text_of(rewriting.as_parquet("見本", tmp_path / "a"))
    con = sqlite3.connect(tmp_path / "b.db")
    con.execute('CREATE TABLE "a""b" (x, y)')
    con.execute('INSERT INTO "a""b" VALUES (43.5, NULL)')
    con.commit()
    con.close()
    assert text_of(tmp_path / "b.db") == "43.5|\n"


def test_what_is_bold_in_half_is_one_text(tmp_path: Path) -> None:
    assert "見本花子" in text_of(rewriting.as_rich_xlsx("見本花子", tmp_path / "a"))


def test_names_of_columns_and_members_are_text_too(tmp_path: Path) -> None:
    assert text_of(rewriting.as_parquet("見本", tmp_path / "a")).startswith("number|content|list\n")
    assert "notes.txt" in text_of(rewriting.as_zip("見本", tmp_path / "a"))


@pytest.mark.parametrize("start", contained.OPAQUE)
def test_what_holds_its_text_in_another_way_is_no_text(start: bytes, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(start)
    with pytest.raises(ValueError, match="can be searched"):
        text_of(tmp_path / "a")
