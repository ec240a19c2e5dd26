"""Published words as codes: by code, label or synonym, whatever their width and case, and never by likeness."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import codelist, rulebook
from schemas.formats import Reading

WORDS = [
    (name, word, code.code)
    for name in rulebook.code_lists()
    for code in rulebook.codes(name).values()
    for word in (code.code, code.label_ja, code.label_en, *code.synonyms)
    if word
]


@pytest.mark.parametrize("many", [False, True])
def test_every_code_label_and_synonym_is_read(many: bool) -> None:
    misread = [(name, word) for name, word, code in WORDS if codelist.read(name, word, many) != Reading(code)]
    assert not misread


@pytest.mark.parametrize(
    ("text", "code"),
    [("無料", "free"), (" 無 料 ", "free"), ("ＦＲＥＥ", "free"), ("Free", "free"), ("一部 有料", "partly")],
)
def test_width_case_and_spaces_do_not_matter(text: str, code: str) -> None:
    assert codelist.read("fee", text) == Reading(code)


def test_an_unknown_word_is_never_a_code_however_like_one() -> None:
    assert codelist.read("fee", "無料だ") == Reading(None, "unknown-code", "無料")
    assert codelist.read("address_visibility", "公開しないで") == Reading(None, "unknown-code", "公開")


def test_a_word_like_none_is_told_the_choices() -> None:
    value, code, expected = codelist.read("fee", "xyz")
    assert (value, code) == (None, "unknown-code")
    assert expected and all(word in expected for word in ("無料", "一部有料", "有料", "不明"))


@pytest.mark.parametrize("blank", ["", " ", "　\n"])
def test_a_blank_says_nothing(blank: str) -> None:
    assert codelist.read("fee", blank) == Reading(None)
    assert codelist.read("modes", blank, many=True) == Reading(None)


def test_of_many_words_the_known_ones_are_kept_once_and_in_order() -> None:
    labels = [code.label_ja for code in rulebook.codes("modes").values()]
    codes = list(rulebook.codes("modes"))
    assert codelist.read("modes", f"{labels[1]}、{labels[0]};{labels[1]}", many=True) == Reading(
        f"{codes[1]};{codes[0]}"
    )
    kept = codelist.read("modes", f"{labels[1]}，らくだ・ろば", many=True)
    assert (kept.value, kept.code) == (codes[1], "unknown-code")


def test_one_word_is_not_split() -> None:
    assert codelist.read("fee", "無料、有料").code == "unknown-code"


def test_a_source_may_bring_its_own_words() -> None:
    words = {codelist.fold("あり"): "yes"}
    assert codelist.read_words(words, ("あり",), "あ り") == Reading("yes")
    assert codelist.read_words(words, ("あり",), "なし") == Reading(None, "unknown-code", "あり")


@given(st.sampled_from(["fee", "modes", "municipalities"]), st.text(max_size=30), st.booleans())
def test_no_text_gives_anything_but_codes(name: str, text: str, many: bool) -> None:
    value, code, expected = codelist.read(name, text, many)
    assert value is None or set(value.split(";")) <= set(rulebook.codes(name))
    assert (code is None) == (expected is None)
