"""A translated pattern accepts nothing that Frictionless refuses."""

from __future__ import annotations

import re

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from schemas.sql import literal
from schemas.table_schema import patterns

TRANSLATED = [
    "[0-9]{13}", "a|b", "^x$", r"\d+-\d{2,}", "[ぁ-んー]+", "(株|有)?会社", "[^0-9]*", ".+市", "a*?b", r"\.",
    r"[\w\s]+", "x{0,3}", "[]a]", "[a^]", r"\\", "é|É", "()", "",
]  # fmt: skip
LEFT = [
    r"\S", r"\D+", r"\W", r"[^\s]", r"[^\d]", "(?i)a", "(?=a)a", "(?!a)b", r"(a)\1", r"\bа", "a{1001}", "a{2,1001}",
    "(", "[z-a]", "(?:(?i:a))", r"\Z", "[[:alpha:]]",
]  # fmt: skip


@pytest.mark.parametrize("pattern", LEFT)
def test_what_re2_says_otherwise_or_not_at_all_is_left(pattern: str) -> None:
    assert patterns.narrower(pattern) is None


@pytest.mark.parametrize("pattern", TRANSLATED)
def test_plain_patterns_are_translated(pattern: str) -> None:
    assert patterns.narrower(pattern) is not None


TEXTS = [
    "",
    "a",
    "b",
    "ab",
    "axyz",
    "x",
    "株会社",
    "会社",
    "12-34",
    "１２-３４",
    "札幌市",
    "a\n",
    "市\n",
    "　",
    "é",
    "]",
    "\\",
    "x\n",
]


@settings(deadline=None)
@given(st.sampled_from(TRANSLATED), st.sampled_from(TEXTS) | st.text(alphabet="ab01x市株　\n-.]^é", max_size=6))
@example("a|b", "axyz")
@example(r"\d+-\d{2,}", "１２-３４")
def test_it_accepts_nothing_that_python_refuses(pattern: str, text: str) -> None:
    told = patterns.narrower(pattern)
    assert told is not None
    with duckdb.connect() as con:
        ((accepted,),) = con.execute(f"SELECT regexp_full_match(?, {literal(told)})", [text]).fetchall()
    if accepted:
        assert re.compile(f"^{pattern}$").match(text)


def test_it_accepts_what_people_write() -> None:
    with duckdb.connect() as con:
        for pattern, text in [
            ("[0-9]{13}", "1234567890123"),
            (".+[市区町村]", "札幌市"),
            ("0[0-9]+|x", "011"),
            ("[ぁ-ん　]+", "あ　い"),
        ]:
            told = patterns.narrower(pattern) or ""
            assert con.execute(f"SELECT regexp_full_match(?, {literal(told)})", [text]).fetchall() == [(True,)]
