"""Whatever text Python holds, DuckDB takes it, and takes it for text."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.sql import identifier, literal, texts, whole

ANY = st.text(st.characters(), min_size=1, max_size=8)
HALF = "道\ud83d"


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


@given(ANY)
def test_a_literal_is_its_text(con: duckdb.DuckDBPyConnection, text: str) -> None:
    assert con.execute(f"SELECT {literal(text)}").fetchall() == [(whole(text),)]


@given(ANY)
def test_an_identifier_is_its_name(con: duckdb.DuckDBPyConnection, name: str) -> None:
    con.execute(f"SELECT {identifier(name)} FROM (SELECT 1 AS {identifier(name)})")
    assert con.description[0][0] == whole(name)


@given(st.lists(st.none() | ANY, max_size=4))
def test_a_column_of_texts_is_taken_as_it_is(con: duckdb.DuckDBPyConnection, column: list[str | None]) -> None:
    taken = con.execute("SELECT ?::VARCHAR[]", [texts(column)]).fetchall()[0][0]
    assert taken == [cell if cell is None else whole(cell) for cell in column]


def test_half_a_letter_is_a_lost_one_and_a_whole_one_stays() -> None:
    assert (whole(HALF), texts([HALF, None, "😀"])) == ("道\ufffd", ["道\ufffd", None, "😀"])
