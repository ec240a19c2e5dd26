"""What sources write, made comparable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.resolution import normal


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("特定非営利活動法人　みちしるべ", "ＮＰＯ法人みちしるべ"),
        ("（福）みちしるべ会", "社会福祉法人みちしるべ會"),
        ("㈱ミチシルベ", "株式会社　ミチシルべ"),
        ("髙﨑渡邉会", "高崎渡辺会"),
        ("有限会社みちーしるべ", "有限会社 みち一しるべ"),
        ("ケアセンタ－・みち", "ケアセンターみち"),
        ("ﾐﾁｼﾙﾍﾞメデイカル", "ミチシルベメディカル"),
        ("醫療法人みち会", "医療法人社団みち会"),
        ("独立行政法人国立病院機構みち病院", "独立行政法人 国立病院機構 しるべ医療センター"),
    ],
)
def test_ways_of_writing_one_name_have_one_core_and_form(one: str, other: str) -> None:
    assert normal.organization_name(one)[:3] == normal.organization_name(other)[:3]


@pytest.mark.parametrize(
    ("name", "form", "side"),
    [
        ("株式会社みちしるべ", "kabushiki", "front"),
        ("みちしるべ株式会社", "kabushiki", "back"),
        ("一般社団みちしるべ", "ippan-shadan", "front"),
        ("かぶしきがいしゃみちしるべ", "kabushiki", None),
        ("医療法人財団みちしるべ会", "iryo-zaidan", "front"),
        ("みちしるべの会", None, None),
    ],
)
def test_the_corporation_word_and_where_it_stands(name: str, form: str | None, side: str | None) -> None:
    told = normal.organization_name(name)
    assert (told.form, told.side) == (form, side)


def test_a_name_that_is_only_a_corporation_word_keeps_it() -> None:
    assert normal.organization_name("日本赤十字社").core


@pytest.mark.parametrize(
    ("name", "kana"),
    [("株式会社みちしるべ", "かぶしきがいしゃみちしるべ"), ("ミチシルベ", "ﾐﾁｼﾙﾍﾞ"), ("みちーしるべ", "ミチ−シルベ")],
)
def test_a_reading_is_that_of_the_name_written_in_kana(name: str, kana: str) -> None:
    assert normal.organization_name(name).sound == normal.organization_kana(kana)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("北海道旭川市", "6条通9丁目1番地の2"), ("旭川市", "六条通九丁目１−２　例ビル3階")),
        (("北海道旭川市", "6条通9丁目1番地の2"), ("", "北海道旭川市六条通九丁目１−２")),
        (("北海道旭川市", "6条通9丁目1番地の2"), ("旭川市", "北海道旭川市六条通九丁目１−２")),
        (("北海道札幌市北区", "北四十四条東１５丁目３-２８"), ("北海道札幌市北区", "札幌市北区北44条東15-3-28")),
        (("広島県安芸郡府中町", "大須1丁目17-14"), ("広島県府中町", "安芸郡府中町大須一丁目１７番１４号")),
        (("宮城県大崎市", "岩出山字南山179-1"), ("宮城県大崎市", "岩出山大字南山１７９番地１")),
    ],
)
def test_ways_of_writing_one_address_have_one_number(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert normal.address(*one).number == normal.address(*other).number is not None


def test_a_numeral_in_the_name_of_a_place_is_no_number() -> None:
    assert normal.address("広島県三次市", "十日市中二丁目14番33号").stem == "十日市中"
    assert normal.address("北海道旭川市", "永山").block is None


@pytest.mark.parametrize(
    ("text", "unit"), [("ホームみち１", "1"), ("グループホームみちＡ棟", "a"), ("みち東館", "東"), ("MICHI", None)]
)
def test_the_unit_that_tells_dwellings_of_one_name_apart(text: str, unit: str | None) -> None:
    assert normal.place_name(text).unit == unit


def test_numbers_and_hosts() -> None:
    assert normal.phone("０１６６－００－００００") == normal.phone("0166000000") == "+81166000000"
    assert normal.phone("080-6012-947") == normal.phone("0806012947")
    assert normal.phone("なし") is None
    assert normal.host("https://www.example.jp/a") == normal.host("example.jp") == "example.jp"
    assert normal.host("") is None


def test_a_spot_is_whole_and_in_japan() -> None:
    assert normal.spot("４３．７７", "142.3650") == ("43.77", "142.365")
    assert normal.spot("142.365", "43.77") == normal.spot("43.77", "") == normal.spot("0", "0") == (None, None)


@given(st.text(max_size=30), st.text(max_size=30))
def test_every_text_can_be_taken_apart(one: str, other: str) -> None:
    assert normal.organization_name(one).core == normal.organization_name(one).core
    normal.place_name(one)
    normal.organization_kana(one)
    normal.place_kana(one)
    normal.address(one, other)
    normal.phone(one)
    normal.host(one)
    normal.spot(one, other)
