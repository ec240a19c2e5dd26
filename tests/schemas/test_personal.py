"""What is a person's own in a text, and what only looks like it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import personal

EMAILS = (
    "hanako@example.jp",
    "ｈａｎａｋｏ＠ｅｘａｍｐｌｅ",
    "hanako [at] example.jp",
    "ＨＡＮＡＫＯアットマークexample.jp",
)
NAMES = (
    "担当の山田花子まで",
    "担当：佐藤 太郎（平日）",
    "担当／田中",
    "代表　鈴木一郎が運営しています",
    "田中さんに聞いてください",
    "千葉先生の教室",
    "講師 高橋ケンジ",
    "相談員の中村です",
    "やまだ はなこ さん",
    "髙橋さんまで",
    "スミス氏の講演",
    "(木村 美咲)",
)
NOBODY = (
    "札幌市北区の石狩振興局のとなり",
    "大谷地駅から徒歩5分",
    "社会福祉法人 山田会が運営",
    "旭川市の二条通からすぐ。定員20人",
    "お母さん、お子さん、皆さんどうぞ",
    "保護者様、利用者様",
    "【内 容】広域の相談",
    "町村担当窓口",
    "千歳、富良野、北広島、岩見沢",
    "山田記念館で開きます",
    "",
    "\ud800",
    "。\n",
)
NO_MOBILE = ("0166-00-0197", "2026-11-01 090", "0570-000-000", "法人番号 9090909090909", "1009000000000")


@pytest.mark.parametrize("text", EMAILS)
def test_an_address_is_seen_however_it_is_spelled(text: str) -> None:
    assert personal.found(f"連絡は {text} へ") == (personal.EMAIL,)


@given(
    begin=st.sampled_from(["070", "080", "090"]),
    rest=st.from_regex(r"0000[0-9]{4}", fullmatch=True),
    joint=st.sampled_from(["", "-", " ", "－", "ー", "‐", "　", "・", "."]),
    form=st.sampled_from(["{a}{j}{b}{j}{c}", "({a}){b}{j}{c}", "+81{j}{d}{j}{b}{j}{c}", "+81 (0){d}{j}{b}{j}{c}"]),
    wide=st.booleans(),
)
def test_a_mobile_number_is_seen_however_written(begin: str, rest: str, joint: str, form: str, wide: bool) -> None:
    number = form.format(a=begin, b=rest[:4], c=rest[4:], d=begin[1:], j=joint)
    if wide:
        number = number.translate(str.maketrans("0123456789+()", "０１２３４５６７８９＋（）"))
    assert personal.PHONE in personal.found(f"当日は{number}へどうぞ")


@pytest.mark.parametrize("text", NO_MOBILE)
def test_another_number_is_no_mobile_one(text: str) -> None:
    assert personal.found(text) == ()


@pytest.mark.parametrize("text", NAMES)
def test_a_name_is_seen(text: str) -> None:
    assert personal.found(text) == (personal.NAME,)


@pytest.mark.parametrize("text", NOBODY)
def test_places_and_organizations_are_nobody(text: str) -> None:
    assert personal.found(text) == ()


@given(blank=st.sampled_from(["", " ", "　"]), around=st.text(max_size=5))
def test_a_name_that_was_told_is_seen_wherever_it_stands(blank: str, around: str) -> None:
    assert personal.NAME in personal.found(f"{around}例野{blank}ためし{around}", ["例野　ためし"])


def test_the_name_of_an_organization_may_stand_there() -> None:
    text = "山田花子さんの食堂では、だれでも食べられます"
    assert personal.found(text) == (personal.NAME,)
    assert personal.found(text, spared=["山田花子さんの食堂"]) == ()
    assert personal.found(text + "。世話人 例野ためし", ["例野ためし"], ["山田花子さんの食堂"]) == (personal.NAME,)


@given(text=st.text(max_size=60))
def test_no_text_raises_and_the_kinds_keep_their_order(text: str) -> None:
    found = personal.found(text)
    assert list(found) == [code for code in personal.CODES if code in found]


def test_a_long_text_is_read_to_its_end() -> None:
    assert personal.found("食堂です、" * 20_000 + "。担当の山田花子まで") == (personal.NAME,)


def test_the_dictionary_is_read_by_the_first_text_alone() -> None:
    code = "import sys; from schemas import personal; assert 'sudachipy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
