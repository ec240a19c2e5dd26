"""Suggestions: they follow from what is written, and the field itself accepts every one of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from frictionless import Field
from hypothesis import example, given, settings
from hypothesis import strategies as st

from schemas import cell_reader, facts, formats, rulebook
from schemas.engine import descriptor
from schemas.suggest import kind, suggest, swapped


def field(type: str = "string", title: str = "", **more: Any) -> dict[str, Any]:
    """A descriptor of any schema's field; constraints by their names, all else as it stands in a descriptor."""
    own = {"format", "trueValues", "falseValues", "itemType", "delimiter", "decimalChar", "reads", "codes", "many"}
    told = {key: value for key, value in more.items() if key in own}
    constraints = {key: value for key, value in more.items() if key not in own}
    return {"name": "field", "type": type, "title": title, **told, "constraints": constraints}


def ours(table: str, name: str) -> dict[str, Any]:
    """The descriptor of a field of ours, as the rulebook has it."""
    return rulebook.table(table).field(name).descriptor


PHONE = field(title="電話番号", pattern="0[0-9]{1,4}-[0-9]{1,4}-[0-9]{4}")
KNOWN = [
    (field("date"), "31/12/2024", "2024-12-31"),
    (field("date"), "12/31/2024", "2024-12-31"),
    (field("date"), "令和5年10月1日", "2023-10-01"),
    (field("date"), "R5.10.1", "2023-10-01"),
    (field("date"), "2024/1/6", "2024-01-06"),
    (field("date"), "31 December 2024", "2024-12-31"),
    (field("date", format="%Y/%m/%d"), "2024-01-06", "2024/01/06"),
    (field("date", format="%d.%m.%Y"), "令和5年10月1日", "01.10.2023"),
    (field(title="設立年月日", pattern="[0-9]{4}/[0-9]{2}/[0-9]{2}"), "R5.10.1", "2023/10/01"),
    (field("time"), "9時", "09:00:00"),
    (field("time"), "午後1:30:15", "13:30:15"),
    (field("time", format="%H:%M"), "9時", "09:00"),
    (field("datetime"), "2024/1/6 9:00", "2024-01-06T09:00:00"),
    (field("datetime"), "令和6年1月6日午後1時半", "2024-01-06T13:30:00"),
    (field("year"), "令和6年", "2024"),
    (field("year"), "平成31年度", "2019"),
    (field("year"), "令和元年", "2019"),
    (field("year"), "２０２４", "2024"),
    (field("yearmonth"), "2024年4月", "2024-04"),
    (field("yearmonth"), "R6.4", "2024-04"),
    (field("yearmonth"), "昭和64年1月", "1989-01"),
    (field("duration"), "1時間30分", "PT1H30M"),
    (field("duration"), "3か月", "P3M"),
    (field("integer"), "１２", "12"),
    (field("integer"), " 20名", "20"),
    (field("integer"), "1,200", "1200"),
    (field("integer"), "¥1,200", "1200"),
    (field("integer"), "二十人", "20"),
    (field("number"), "１．５", "1.5"),
    (field("number"), "1,200.5", "1200.5"),
    (field("number", decimalChar=","), "１.５", "1,5"),
    (field("number", title="緯度"), "北緯43.06度", "43.06"),
    (field("boolean"), "有", "true"),
    (field("boolean", trueValues=["○"], falseValues=["×"]), "有", "○"),
    (field("boolean", trueValues=["有"], falseValues=["無"]), "×", "無"),
    (field("geopoint"), "43.06, 141.35", "141.35,43.06"),
    (field("geopoint"), "（１４１．３５、４３．０６）", "141.35,43.06"),
    (field("geopoint", format="object"), "43.06 141.35", '{"lon": 141.35, "lat": 43.06}'),
    (field("list", itemType="integer"), "１、２", "１,２"),
    (field("list", itemType="date", delimiter=";"), "2024-01-06、2024-01-07", "2024-01-06;2024-01-07"),
    (field("object"), "｛“a”: 1｝", '{"a": 1}'),
    (PHONE, "０１１－２３１－４１１１", "011-231-4111"),
    (PHONE, "TEL 0166ー00ー0000", "0166-00-0000"),
    (PHONE, "166-00-0000", "0166-00-0000"),
    (field(title="電話番号", pattern="[0-9]{10,11}"), "0166-00-0000", "0166000000"),
    (field(title="郵便番号", pattern="[0-9]{3}-[0-9]{4}"), "〒0600001", "060-0001"),
    (field(title="郵便番号", pattern="[0-9]{7}"), "060-0001", "0600001"),
    (field(title="法人番号", pattern="[0-9]{13}"), "T１０００００００００００８", "1000000000008"),
    (field(title="名称（カナ）", pattern="[ァ-ヶー]+"), "みちしるべ", "ミチシルベ"),
    (field(pattern="[0-9]{6}"), "01-1002", "011002"),
    (field(pattern="[A-Z]{2}"), "ａｂ", "AB"),
    (field(maxLength=3), "　abc ", "abc"),
    (field(format="email"), "ｓｏｕｄａｎ＠ｅｘａｍｐｌｅ．ｊｐ", "soudan@example.jp"),
    (field(format="email"), "soudan[at]example.jp", "soudan@example.jp"),
    (field(format="uri"), "www.example.jp", "http://www.example.jp"),
    (field(format="uri"), "ｈｔｔｐｓ：／／ｅｘａｍｐｌｅ．ｊｐ", "https://example.jp"),
    (
        field(format="uuid"),
        "123E4567 e89b 42d3 a456 426614174000",
        "123e4567-e89b-42d3-a456-426614174000",
    ),
    (ours("organizations", "postal_code"), "060-0001", "0600001"),
    (ours("schedules", "opens"), "9時", "09:00"),
    (ours("services", "troubles"), "うつ病;知的障害", "mental-disability;intellectual-disability"),
]


@pytest.mark.parametrize(("told", "cell", "expected"), KNOWN)
def test_what_is_written_says_what_it_would_have_to_be(told: dict[str, Any], cell: str, expected: str) -> None:
    assert suggest(told, cell, "pattern") == expected


UNKNOWN = [
    (field("date"), "01/02/2024"),  # the first of February, or the second of January
    (field("date"), "2024-02-30"),
    (field("date"), "R5"),
    (field("date"), "45200"),
    (field("date", format="%y-%m-%d"), "昭和32年7月1日"),  # two digits would be read as 2057
    (field("time"), "24:00"),
    (field("time"), "午前12時"),
    (field("datetime"), "2024/1/6"),
    (field("integer"), "10〜15"),
    (field("integer"), "約20名"),
    (field("number"), "1,2"),
    (field("boolean"), "△"),
    (field("boolean"), "不明"),
    (field("geopoint"), "北緯43.06 東経141.35"),
    (field(pattern="[0-9]+"), "10-15"),  # a span
    (field(pattern="[0-9]{4}"), "10-15"),
    (field(pattern="[ァ-ヶー]+"), "道"),
    (PHONE, "0166-00-0000 / 0166-00-0001"),  # one of them would be lost
    (PHONE, "0166-00-0000 平日のみ"),
    (field(maxLength=2), "abc"),
    (field("integer"), "なし"),
    (field("integer"), ""),
    (field("nothing"), "1"),
    (field("integer", minimum="x"), "１"),
    (field(pattern="[0-9]{7}"), "0" * 2000),
    (ours("contact_points", "value"), "22-0000"),
    (ours("services", "summary"), "�"),
]


@pytest.mark.parametrize(("told", "cell"), UNKNOWN)
def test_what_is_not_written_is_never_guessed(told: dict[str, Any], cell: str) -> None:
    assert suggest(told, cell, "pattern") is None


@pytest.mark.parametrize(
    ("choices", "cell", "expected"),
    [
        (["無料", "有料", "要相談"], " 要 相談", "要相談"),
        (["Tokyo", "Osaka"], "ｔｏｋｙｏ", "Tokyo"),
        (["tuesday", "thursday"], "tuesdy", "tuesday"),
        (["こども食堂", "居場所"], "子ども食堂", "こども食堂"),
        (["可", "不可"], "利用可", None),
        (["利用不可", "未定です"], "利用可能", None),
        (["unavailable"], "available", None),  # the contrary is as like as can be
        (["2023年度", "2025年度"], "2024年度", None),  # another number is another thing
        (["red wine", "red vine"], "red line", None),  # two are as near
        ([f"{number}番の町" for number in range(600)], "３番の町", "3番の町"),
        ([f"{'あ' * (number % 7)}{number}" for number in range(600)], "あああ", None),
    ],
)
def test_the_nearest_choice_is_told_only_if_it_is_near(choices: list[str], cell: str, expected: str | None) -> None:
    assert suggest(field(enum=choices), cell, "enum") == expected


def test_a_code_list_is_known_by_its_labels() -> None:
    fee = rulebook.table("services").field("fee")
    free = next(code for code in rulebook.codes("fee").values() if code.label_ja == "無料")
    compiled = descriptor(rulebook.table("services"), [fee])["fields"][0]
    assert suggest(compiled, "無 料", "enum") == free.code
    assert suggest(ours("places", "place_type"), "事務所だよ") == "事務所"
    assert suggest(ours("services", "fee"), "むりょう") is None


@pytest.mark.parametrize(
    ("title", "cell", "partner", "pair"),
    [
        ("緯度", "141.35", "43.06", ("43.06", "141.35")),
        ("経度", "43.06", "141.35", ("43.06", "141.35")),
        ("lat", "１４１．３５", "北緯43.06度", ("43.06", "141.35")),
        ("緯度", "43.06", "141.35", None),
        ("緯度", "141.35", "", None),
        ("緯度", "141.35", "144", None),
        ("電話番号", "141.35", "43.06", None),
    ],
)
def test_swapped_coordinates(title: str, cell: str, partner: str, pair: tuple[str, str] | None) -> None:
    assert swapped(field("number", title=title), cell, partner) == pair


def test_swapped_coordinates_are_accepted_by_the_field() -> None:
    assert swapped(field("number", title="緯度", maximum=40), "141.35", "43.06") is None


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (field(title="電話番号（代表）"), "phone"),
        ({"name": "start_date"}, "date"),
        ({"name": "hotel"}, None),
        ({"name": "platform", "type": "number"}, None),
        ({"name": "Lat", "type": "number"}, "latitude"),
        (field("integer", title="電話番号"), None),
        (field(format="uri"), "url"),
        ({"name": "x", "title": "電話", "reads": "text"}, "text"),
    ],
)
def test_a_field_tells_what_kind_of_values_it_has(told: dict[str, Any], expected: str | None) -> None:
    assert kind(told) == expected


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (field("date", format="%Y/%m/%d"), "2024/12/31"),
        (field("integer", minimum=100), "100"),
        (field("boolean", trueValues=["有"], falseValues=["無"]), "有"),
        (field("list", itemType="date"), "2024-12-31,2024-12-31"),
        (field(enum=["甲", "乙"]), "甲"),
        (field(pattern="^[0-9]{3}-[A-Z]{2}\\.$"), "000-AA."),
        (field(pattern="a|b"), ""),
        (PHONE, "0166-00-0000"),
        (field(), ""),
    ],
)
def test_an_example_is_a_value_that_the_field_accepts(told: dict[str, Any], expected: str) -> None:
    assert facts.of_field(told)["example"] == expected
    assert not expected or cell_reader.accepts(told, expected)


FIELDS = [told for told, *_ in KNOWN + UNKNOWN] + [
    field(enum=["無料", "有料", "要相談"]),
    field("integer", enum=[1, 2, 3]),
    field("any"),
    field("array"),
    field("geojson"),
    *(told.descriptor for table in rulebook.tables().values() for told in table.record_fields),
]
PIECES = [text for told in formats.names() for pairs in (formats.module(told).GOOD, formats.module(told).BAD)
          for text, _ in pairs] + [cell for _, cell, *_ in KNOWN + UNKNOWN if len(cell) < 100]  # fmt: skip
CELLS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(PIECES),
    st.tuples(st.sampled_from(PIECES), st.sampled_from([" ", "　", "、", "/", "名", "�", "\x00"])).map("".join),
)


def read(told: Mapping[str, Any], text: str) -> Any:
    """Frictionless's own answer, by a reader made anew."""
    return Field.from_descriptor({**told, "example": None}).create_cell_reader()(text)


@given(told=st.sampled_from(FIELDS), cell=CELLS, constraint=st.sampled_from([None, "pattern", "enum", "maxLength"]))
@settings(max_examples=400, deadline=None)
@example(told=field("date"), cell="٣١/12/2024", constraint=None)
def test_whatever_is_suggested_the_field_accepts(told: dict[str, Any], cell: str, constraint: str | None) -> None:
    suggestion = suggest(told, cell, constraint)
    if suggestion is not None:
        assert suggestion != cell
        typed, notes = read(told, suggestion)
        assert typed is not None and not notes
        if told.get("reads"):
            assert formats.read(told["reads"], suggestion).code is None
