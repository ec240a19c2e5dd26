"""Text made bare: what is the same value has the same skeleton."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish import bare_text
from tests.publish.rewriting import ENCODINGS, in_kanji, wide


def bare(text: str) -> bytes:
    return bare_text.skeleton(bare_text.plain(text))[0].tobytes()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ｶﾞﾗｽ", "がらす"),
        ("ガラス", "カ\u3099ラス"),
        ("㈱見本", "(株)見本"),
        ("ＡＢＣ", "abc"),
        ("𝟎𝟏", "01"),
        ("西町1丁目2番3号", "西町一の二の三"),
        ("見本　花子", "見本花子"),
    ],
)
def test_ways_of_writing_have_one_skeleton(one: str, other: str) -> None:
    assert bare(one) == bare(other)


@pytest.mark.parametrize("text", ["1,2", "1\n2", "1|2", "<a>2"])
def test_cells_stay_apart(text: str) -> None:
    assert bare_text.BREAK in bare(text)


@given(st.integers(0, 99), st.sampled_from(["町", "x", ""]))
def test_a_number_in_kanji_is_the_number(number: int, around: str) -> None:
    assert bare(f"{around}{in_kanji(number)}{around}") == bare(f"{around}{number}{around}")


@given(
    st.text(st.characters(codec="utf-8", exclude_characters='&\\%"<>', exclude_categories=["Cc"]), max_size=40),
    st.sampled_from(sorted(ENCODINGS)),
)
def test_an_encoding_changes_no_skeleton(text: str, encoding: str) -> None:
    assert bare(text) in bare(ENCODINGS[encoding](text))


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_every_byte_has_its_character(text: str) -> None:
    letters, kept = bare_text.skeleton(bare_text.plain(text))
    assert len(kept) == len(bare_text.plain(text)) and len(letters) == kept.sum()


def test_a_text_is_trimmed_to_what_leaves_bytes() -> None:
    assert bare_text.trimmed("（見本-1号）") == "見本-1"
    assert bare_text.trimmed("--") == ""
    assert wide("a-1") == "ａ－１"
