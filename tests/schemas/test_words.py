"""The words for a fault of a validated file: every code has them, in both languages, whatever field and cell."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import messages, rulebook
from schemas.finding import Severity
from schemas.table_schema import codes
from schemas.words import Words, word
from tests.schemas.test_suggest import CELLS, FIELDS, PHONE, field

BLANKS = re.compile(r"…|None|[（(][）)]|「」|“”|  ")
"""What is left in a sentence when a place was not filled."""

STRICT = (
    "undecodable", "replacement-character", "nul", "unterminated-quote", "mixed-line-ends", "html-page",
    "blank-in-required", "fullwidth-digits", "header-again", "rows-above-header", "outer-blanks",
)  # fmt: skip
CODES = sorted({*codes.CONSTRAINTS.values(), *codes.TYPES.values(), *codes.SAME, *STRICT,
                "missing-key-value", "unreadable-file", "schema-fault", "unjudged"})  # fmt: skip
TYPES = sorted({*codes.TYPES, *codes.SAME, *codes.UNREADABLE, "constraint-error", "schema-error", "field-error"})
EVERY_TYPE = (
    "string", "number", "integer", "boolean", "object", "array", "list", "date", "time", "datetime", "year",
    "yearmonth", "duration", "geopoint", "geojson", "any",
)  # fmt: skip


def fault(constraint: str | None, of: dict[str, Any], cell: str, **more: Any) -> Words:
    """The words for a cell of a field under the heading 見出し."""
    kind = "constraint-error" if constraint else "type-error"
    return word(kind, constraint=constraint, field=of, label="見出し", cell=cell, **more)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("told", [field(), field("date", title="期間"), field(enum=["a"], minLength=3), {}])
def test_every_code_has_words_in_both_languages(code: str, told: dict[str, Any]) -> None:
    facts = {"other": "3", "columns": "番号", "values": "12", "note": "constraint"}
    for facts_told in ({}, facts):
        said = word("cell-error", code=code, field=told, label="列", cell="値", told=facts_told)
        assert said.code == code and said.severity in [*Severity]
        assert not re.search(r"[{}]", said.message_ja + said.message_en)
        assert re.search("[ぁ-ん]", said.message_ja) and not re.search("[ぁ-ん]", said.message_en)
        assert said.message_ja.endswith(("。", "）", "a")) or "選んでください" in said.message_ja


@pytest.mark.parametrize("kind", TYPES)
def test_every_error_type_of_frictionless_has_a_code_with_words(kind: str) -> None:
    said = word(kind)
    assert said.code in messages.book() and said.message_ja and said.message_en


@pytest.mark.parametrize("kind", EVERY_TYPE)
def test_of_every_type_it_is_told_what_is_expected(kind: str) -> None:
    said = word("type-error", field=field(kind), label="見出し", cell="道")
    assert "「見出し」の「道」" in said.message_ja and said.expected is None
    assert not BLANKS.search(said.message_ja + said.message_en)


SAID = [
    (None, field("date"), "31/12/2024", "2024-12-31", "日付として読めません。「2024-12-31」と書いてください。"),
    (None, field("date", format="%Y/%m/%d"), "あした", None, "2024/12/31 の形で書いてください。"),
    (None, field("integer"), "多い", None, "半角の整数（例：20）で書いてください。"),
    (None, field("boolean", trueValues=["有"], falseValues=["無"]), "△", None, "はいなら「有」、いいえなら「無」"),
    (None, field("list", delimiter=";", itemType="integer"), "a", None, "「;」で区切った形（例：20;20）"),
    (
        None,
        field(format="email"),
        "soudan＠example．jp",
        "soudan@example.jp",
        "「soudan@example.jp」と書いてください。",
    ),
    ("pattern", PHONE, "０１１－２３１－４１１１", "011-231-4111", "「011-231-4111」と書いてください。"),
    ("pattern", PHONE, "たぶん", None, "0166-00-0000 のような形で書いてください。"),
    ("pattern", field(pattern="a|b"), "c", None, "決められた形（正規表現 a|b）で書いてください。"),
    ("maximum", field("integer", minimum=0, maximum=120), "130", None, "0 以上、120 以下の値を書いてください。"),
    ("exclusiveMinimum", field("number", exclusiveMinimum=0), "0", None, "範囲の外です。0 超の値を書いてください。"),
    ("minimum", field("date", minimum="2024-01-01"), "1999-01-01", None, "2024-01-01 以後の値を書いてください。"),
    ("maxLength", field(maxLength=10), "あ" * 13, None, "10 文字までですが、いまは 13 文字あります。"),
    ("minLength", field("list", minLength=3), "a,b", None, "3 個以上が必要ですが、いまは 2 個です。"),
    ("enum", field(enum=["無料", "有料", "要相談"]), "要 相談", "要相談", "近い選択肢は「要相談」です。"),
    ("enum", field(enum=list("abcdefg")), "z", None, "7 個の選択肢から選んでください：a、b、c、d、e…"),
    ("required", field("date"), "", None, "空欄です。例のように入れてください（例：2024-12-31）。"),
    ("required", field(), "", None, "空欄です。必ず入れてください。"),
]


@pytest.mark.parametrize(("constraint", "told", "cell", "expected", "sentence"), SAID)
def test_a_sentence_says_what_is_wrong_and_what_it_would_have_to_be(
    constraint: str | None, told: dict[str, Any], cell: str, expected: str | None, sentence: str
) -> None:
    said = fault(constraint, told, cell)
    assert said.expected == expected
    assert said.message_ja.startswith("「見出し」") and sentence in said.message_ja
    assert not re.search(r"[{}]|None", said.message_ja + said.message_en)
    assert expected is None or expected in said.message_en


def test_the_strict_layer_tells_the_value_without_what_is_too_much() -> None:
    blanks = word("cell-error", code="outer-blanks", field=field(), label="名称", cell=" 道 ")
    digits = word("cell-error", code="fullwidth-digits", field=field("integer"), label="定員", cell="１２")
    blank = word("cell-error", code="blank-in-required", field=field(required=True), label="名称", cell=" ")
    assert (blanks.expected, blanks.severity) == ("道", "note") and "「道」と書いてください" in blanks.message_ja
    assert (digits.expected, digits.severity) == ("12", "note") and "半角で「12」" in digits.message_ja
    assert (blank.expected, blank.severity) == (None, "quarantine")


def test_a_corporate_number_is_told_which_first_digit_the_check_asks_for() -> None:
    told = rulebook.table("organizations").field("corporate_number").descriptor
    said = word("cell-error", code="corporate-number-check-digit", field=told, cell="2000000000008")
    assert said.expected == "先頭の数字は 1" and "ほかの12桁が正しければ、先頭の数字は 1 のはず" in said.message_ja
    assert "the first one is 1" in said.message_en
    assert word("cell-error", code="corporate-number-check-digit", field=told, cell="12").expected is None


def test_swapped_coordinates_are_told_as_the_pair() -> None:
    told = field("number", title="緯度", minimum=20, maximum=46)
    said = fault("maximum", told, "141.35", told={"partner": "43.06"})
    assert said.code == "out-of-range" and said.expected == "43.06"
    assert "緯度と経度が逆のようです。緯度 43.06、経度 141.35 のはずです。" in said.message_ja
    other = fault("maximum", field("number", title="経度", maximum=154), "43.06", told={"partner": "141.35"})
    assert other.expected == "141.35"
    assert "latitude 43.06, longitude 141.35" in said.message_en
    alone = fault("maximum", told, "141.35", told={"partner": "100"})
    assert alone.expected is None and "20 以上、46 以下" in alone.message_ja


def test_rows_and_headings() -> None:
    key = {"columns": "番号", "other": "3"}
    assert "3 行目" in word("unique-error", field=field(), cell="12", told=key).message_ja
    assert "3 行目" in word("primary-key", told=key).message_ja
    assert "（番号）が空欄" in word("primary-key", constraint="required", told={"columns": "番号"}).message_ja
    unread = word("primary-key", constraint="required", told={"blank": "", "values": "x", "columns": "番号"})
    assert "（番号）の「x」は、値として読めません" in unread.message_ja and "空欄" not in unread.message_ja
    blank = word("primary-key", constraint="required", told={"blank": "blank", "values": "", "columns": "番号"})
    assert "取り除いて" in blank.message_ja and "入れて" not in blank.message_ja
    assert "「番号」の「12」" in word("foreign-key", told={"columns": "番号", "values": "12"}).message_ja
    label = word("incorrect-label", field={"name": "phone"}, label="TEL")
    assert label.message_ja.startswith("見出し「TEL」は、ここでは「phone」のはずです。")
    assert "列「phone」がありません" in word("missing-label", field={"name": "phone"}).message_ja
    ours = rulebook.table("services").field("name").descriptor
    assert "列「支援の名称」がありません" in word("missing-label", field=ours, table="services").message_ja
    assert "列「TEL」" in word("extra-label", label="TEL").message_ja
    assert "「余り」" in word("extra-cell", cell="余り").message_ja


def test_a_field_of_ours_may_have_its_own_sentence_and_severity() -> None:
    services, organizations = rulebook.table("services"), rulebook.table("organizations")
    name, visibility = services.field("name"), organizations.field("address_visibility")
    own = fault("required", name.descriptor, "", table="services")
    assert "支援の名称がない" in own.message_ja and own.severity == "quarantine"
    unclear = word("cell-error", code="unknown-code", field=visibility.descriptor, table="organizations", cell="たぶん")
    assert "所在地の公開範囲「たぶん」" in unclear.message_ja and unclear.severity == "quarantine"
    assert fault("maxLength", services.field("summary").descriptor, "あ" * 99).severity == "note"
    assert (
        word("cell-error", code="postal-code-form", field=field(reads="postal_code"), cell="x").severity == "withhold"
    )


@pytest.mark.parametrize(
    ("given_note", "shown"),
    [
        ('cannot read "/home/someone/data/schema.json" at fields/0', "schema.json"),
        ("C:\\Users\\someone\\schema.json: no such file", "schema.json"),
        ("see https://example.jp/a/b for more", "https://example.jp/a/b"),
    ],
)
def test_a_sentence_names_no_folder(given_note: str, shown: str) -> None:
    said = word("schema-error", told={"note": given_note})
    for sentence in (said.message_ja, said.message_en):
        assert shown in sentence and "someone" not in sentence and str(Path.home()) not in sentence


def test_a_value_is_shown_on_one_line_and_not_too_long() -> None:
    said = fault(None, field("integer"), "あ\n\x00" * 5000)
    assert said.message_ja.isprintable() and len(said.message_ja) < 300


def test_words_cost_little() -> None:
    fault("pattern", PHONE, "x")
    begin = time.process_time()
    for number in range(200):
        fault("maximum", field_of_age, str(1000 + number))
    assert time.process_time() - begin < 0.2


field_of_age = field("integer", minimum=0, maximum=120)

ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
PROPERTIES = (
    "name", "type", "format", "title", "example", "constraints", "reads", "codes", "many", "severity", "trueValues",
    "falseValues", "delimiter", "itemType", "decimalChar", "missingValues",
)  # fmt: skip
ODD_FIELDS = st.dictionaries(st.sampled_from(PROPERTIES), ODD, max_size=6) | st.fixed_dictionaries(
    {"name": st.just("x"), "type": st.sampled_from(EVERY_TYPE), "format": st.text(max_size=4)},
    optional={"constraints": st.dictionaries(st.sampled_from([*codes.CONSTRAINTS]), ODD, max_size=3)},
)


@given(
    kind=st.sampled_from([*TYPES, "", "no-such-error"]),
    code=st.none() | st.sampled_from([*messages.book(), "no-such-code"]),
    constraint=st.none() | st.sampled_from([*codes.CONSTRAINTS]),
    told_of=st.none() | st.sampled_from(FIELDS) | ODD_FIELDS,
    label=st.none() | st.text(max_size=5),
    cell=st.none() | CELLS,
    told=st.dictionaries(st.sampled_from(["other", "columns", "values", "note", "partner", "expected", "row"]), CELLS),
)
@settings(max_examples=400, deadline=None)
def test_words_are_found_for_anything(
    kind: str,
    code: str | None,
    constraint: str | None,
    told_of: dict[str, Any] | None,
    label: str | None,
    cell: str | None,
    told: dict[str, str],
) -> None:
    said = word(kind, code=code, constraint=constraint, field=told_of, label=label, cell=cell, told=told)
    assert said.message_ja and said.message_en and said.severity in [*Severity]
    assert code is None or said.code == code
    assert (said.message_ja + said.message_en).isprintable()
