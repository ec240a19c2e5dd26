"""A condition accepts nothing that Frictionless refuses, and accepts the plain cases, so that it pays."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest
from frictionless import Field
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.sql import literal
from schemas.table_schema import conditions

FIELDS: dict[str, tuple[dict[str, Any], list[str], list[str]]] = {
    "integer": (
        {"type": "integer", "constraints": {"minimum": 0, "maximum": 120}},
        ["1", "119", "007"],
        ["121", "-1", "1.0", "１２", "1e2", "+5", "1_0", "９"],
    ),
    "number": (
        {"type": "number", "constraints": {"minimum": 20, "maximum": 46}},
        ["43.06", "20.000001"],
        ["46.0000001", "NaN", "INF", ".5", "5.", "1,000", "４３"],
    ),
    "exclusive": ({"type": "number", "constraints": {"minimum": "0.1"}}, ["0.11"], ["0.1", "0.0999999999"]),
    "date": (
        {"type": "date", "constraints": {"minimum": "2020-01-01"}},
        ["2024-02-29"],
        ["2023-02-29", "2020-01-01", "2019-12-31", "2024-1-6", "2024-01-01 ", "20240101"],
    ),
    "datetime": (
        {"type": "datetime"},
        ["2024-02-29T23:59:59Z"],
        ["2023-02-29T00:00:00", "2024-01-01T24:00:00", "2024-01-01 00:00:00"],
    ),
    "time": ({"type": "time"}, ["09:00:00"], ["9:00", "24:00:00", "09:00"]),
    "year": ({"type": "year", "constraints": {"minimum": 1900}}, ["2024"], ["1900", "1899", "２０２４", "24"]),
    "yearmonth": ({"type": "yearmonth"}, ["2024-04"], ["2024-13", "2024-4", "202404"]),
    "boolean": ({"type": "boolean", "trueValues": ["有"], "falseValues": ["無"]}, ["有", "無"], ["true", "1", "有 "]),
    "string": (
        {
            "type": "string",
            "constraints": {"minLength": 2, "maxLength": 3, "pattern": "[ぁ-ん]+", "enum": ["ああ", "いいい"]},
        },
        ["ああ", "いいい"],
        ["あ", "うう", "アア"],
    ),
    "url": (
        {"type": "string", "format": "uri"},
        ["https://www.example.jp/a/b?c=d&e", "http://example.jp"],
        ["www.example.jp", "https://例.jp", "http://"],
    ),
    "email": (
        {"type": "string", "format": "email"},
        ["madoguchi@example.jp", "a.b-c@sub.example.jp"],
        ["a@b", "a@@example.jp", "あ@example.jp", "a b@example.jp"],
    ),
    "uuid": ({"type": "string", "format": "uuid"}, ["123e4567-e89b-12d3-a456-426614174000"], ["123e4567", ""]),
    "geopoint": ({"type": "geopoint"}, ["141.35,43.06", "-179.9,-89.5"], ["181,0", "43.06", "141.35;43.06"]),
    "any": ({"type": "any", "constraints": {"enum": ["a"]}}, ["a"], ["b"]),
    "required": ({"type": "string", "constraints": {"required": True}}, ["a"], []),
}


def accepted(con: duckdb.DuckDBPyConnection, field: Field, text: str, *, key: bool = False) -> bool:
    told = conditions.accepts(field, "c", key=key)
    if told is None:
        return False
    ((answer,),) = con.execute(f"SELECT coalesce({told}, FALSE) FROM (SELECT {literal(text)} AS c)").fetchall()
    return bool(answer)


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


@pytest.mark.parametrize("name", FIELDS)
def test_plain_values_are_accepted_doubtful_ones_are_not(con: duckdb.DuckDBPyConnection, name: str) -> None:
    descriptor, good, doubtful = FIELDS[name]
    field = Field.from_descriptor({"name": "f", "missingValues": ["-"], **descriptor})
    assert [text for text in good if not accepted(con, field, text)] == []
    assert [text for text in doubtful if accepted(con, field, text)] == []
    assert accepted(con, field, "-") is not bool(field.constraints.get("required"))


WILD = st.text(alphabet="0123456789-+.,:TZ/@abceﾄjp有あ１　 _INFaN", max_size=12)


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(sorted(FIELDS)), st.data())
def test_it_accepts_nothing_that_frictionless_refuses(
    con: duckdb.DuckDBPyConnection, name: str, data: st.DataObject
) -> None:
    descriptor, good, doubtful = FIELDS[name]
    form = conditions.FORMS.get((descriptor["type"], descriptor.get("format", "default")))
    near = st.sampled_from([*good, *doubtful])
    texts = WILD | near | st.builds(lambda text, more: text + more, near, WILD.map(lambda more: more[:2]))
    text = data.draw(texts | st.from_regex(form, fullmatch=True) if form else texts)
    field = Field.from_descriptor({"name": "f", **descriptor})
    for key in (False, True):
        if accepted(con, field, text, key=key):
            value, notes = field.read_cell(text)
            assert not notes, text
            assert not key or value is None or str(value) == text


def test_a_field_that_accepts_every_text_is_known() -> None:
    assert conditions.accepts(Field.from_descriptor({"name": "f", "type": "string"}), "c") == conditions.ALWAYS
    lists = Field.from_descriptor({"name": "f", "type": "list"})
    assert conditions.accepts(lists, "c") is None
