"""Every example of every format, and what holds for all formats on any text whatsoever."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from schemas import formats
from schemas.formats import _check_digits, address, phone
from schemas.formats._cell import tidy
from schemas.formats.text import _LOST

REAL = Path(__file__).parents[2].parent / "shared/data/real"

GOOD = [(name, text, value) for name in formats.names() for text, value in formats.module(name).GOOD]
BAD = [(name, text, code) for name in formats.names() for text, code in formats.module(name).BAD]

EXPECTED_NAMES = [
    "address", "age_max", "age_min", "capacity", "closing_time", "corporate_number", "date", "email", "holiday",
    "integer", "kana", "latitude", "legal_form", "longitude", "municipality", "municipality_code", "name",
    "office_number", "opening_days", "opening_time", "phone", "phone_extension", "postal_code", "prefecture",
    "recurrence", "text", "time", "url", "yes_no",
]  # fmt: skip

CELLS = st.one_of(
    st.text(max_size=40),
    st.text(
        alphabet="0123456789-/.:;#+()０１ー－年月日時第土曜祝休〜、〒北海道市町村=@ \u3000\t\n\ufffdRH令元", max_size=16
    ),
    st.sampled_from([text for _, text, _ in GOOD + BAD]).flatmap(
        lambda text: st.tuples(st.just(text), st.text(max_size=3)).map("".join)
    ),
)  # fmt: skip


def test_every_format_is_registered() -> None:
    assert list(formats.names()) == EXPECTED_NAMES


def test_an_unknown_format_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="no such format"):
        formats.read("colour", "red")


@pytest.mark.parametrize("name", formats.names())
def test_a_format_describes_itself(name: str) -> None:
    module = formats.module(name)
    assert module.TITLE_JA and module.EXPECTED_JA and module.EXPECTED_EN and module.GOOD


@pytest.mark.parametrize(("name", "text", "value"), GOOD)
def test_good_examples_are_read_without_a_finding(name: str, text: str, value: str | None) -> None:
    assert formats.read(name, text) == formats.Reading(value)


@pytest.mark.parametrize(("name", "text", "code"), BAD)
def test_bad_examples_say_why(name: str, text: str, code: str) -> None:
    assert formats.read(name, text).code == code
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", code)


@pytest.mark.parametrize("name", formats.names())
@given(text=CELLS)
def test_no_text_breaks_a_format_and_canonical_text_reads_to_itself(name: str, text: str) -> None:
    reading = formats.read(name, text)
    if reading.value is None:
        assert reading.code is not None or reading.expected is None
        return
    assert reading.value and reading.value == reading.value.strip() and "\n" not in reading.value
    if name == "phone_extension" and reading.value in phone.HOTLINES:
        return  # in a cell of its own it would be the hotline, see the format
    assert formats.read(name, reading.value).value == reading.value


@given(begin=st.sampled_from([*"=+-@\t\r\n＝＋－＠﹣﹢⁼"]), text=st.text(max_size=10))
def test_what_begins_like_a_formula_is_told_and_kept_as_written(begin: str, text: str) -> None:
    written = f"{begin}名{text}"
    assume("\x00" not in text and not _LOST.search(text))
    kept = tidy(written)
    for name in ("text", "name"):
        assert formats.read(name, written)[:2] == (kept, "formula-like")
    plain = formats.read("text", "名" + text)
    assert plain == formats.Reading(tidy("名" + text))


@given(base=st.from_regex(r"[0-9]{12}", fullmatch=True), position=st.integers(0, 12), digit=st.integers(0, 9))
def test_a_wrong_digit_in_a_corporate_number_is_seen(base: str, position: int, digit: int) -> None:
    number = _check_digits.corporate(base) + base
    changed = number[:position] + str(digit) + number[position + 1 :]
    assert formats.read("corporate_number", number).value == number
    # modulo 9 cannot tell 0 from 9, nor what differs by 9 after weighting
    if (int(number[position]) - digit) % 9:
        assert formats.read("corporate_number", changed).value is None


@given(base=st.from_regex(r"(0[1-9]|[1-3][0-9]|4[0-7])[1-7][0-9]{2}", fullmatch=True))
def test_five_and_six_digits_are_one_municipality(base: str) -> None:
    whole = formats.read("municipality_code", base).value
    assert whole is not None and whole[:5] == base
    assert formats.read("municipality_code", whole) == formats.Reading(whole)


@given(day=st.dates())
def test_every_day_is_read_back(day: object) -> None:
    iso = str(day)
    assert formats.read("date", iso).value == iso
    assert formats.read("date", iso.replace("-", "/")).value == iso


@given(hour=st.integers(0, 23), minute=st.integers(0, 59))
def test_every_time_is_read_back(hour: int, minute: int) -> None:
    value = f"{hour:02}:{minute:02}"
    assert formats.read("time", value).value == value
    assert formats.read("time", f"{hour}時{minute}分").value == value
    assert formats.read("time", f"{'午前' if hour < 12 else '午後'}{hour % 12}:{minute:02}").value == value


@pytest.mark.parametrize(
    ("e164", "written"),
    [("+81166000000", "0166-00-0000"), ("+81155800000", "01558-0-0000"), ("+81120000000", "0120-000-000"),
     ("#9999", "#9999"), ("189", "189")],
)  # fmt: skip
def test_national_form(e164: str, written: str) -> None:
    assert phone.national(e164) == written
    assert formats.read("phone", written).value == e164


def test_the_expected_form_is_about_this_very_value() -> None:
    assert formats.read("phone", "0166-00-00000").expected == "0から始まる10桁の番号（いまは11桁）"
    number = "corporate_number"
    assert formats.read(number, "000000000008").expected == "13桁の数字（12桁の会社法人等番号なら 1000000000008）"
    assert formats.read(number, "0100000009").expected == "13桁の数字（これは事業所番号のようです）"
    assert formats.read("date", "H31.5.1").expected == "令和元年5月1日なら 2019-05-01"
    assert formats.read("opening_days", "日曜定休").expected == "月火水木金土"
    assert formats.read("longitude", "-218.0449").expected == "141.9551"
    assert formats.read("municipality_code", "011003").expected == "011002（検査数字が違います）"


def test_a_name_of_several_prefectures_needs_its_prefecture() -> None:
    assert address.prefecture_of("伊達市鹿島町") is None
    assert address.municipality_of("伊達市鹿島町", "01") == "012335"
    assert address.municipality_of("伊達市梁川町", "07") is None


def test_real_addresses_agree_with_their_municipality_code() -> None:
    """No address is put into a wrong prefecture, and 98 % of Hokkaido's get their municipality (others name none)."""
    folder = REAL / "kaigo-kouhyou"
    if not folder.is_dir():
        pytest.skip("real data is not on this machine")
    known = placed = 0
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                code, text = row["都道府県コード又は市町村コード"], row["住所"]
                assert address.prefecture_of(text) in (code[:2], None)
                if code.startswith("01"):
                    known += 1
                    placed += address.municipality_of(text, "01") == code
    assert placed / known > 0.98


@pytest.mark.parametrize("name", ["opening_days", "opening_time", "closing_time"])
def test_opening_hours_of_real_desks_are_read(name: str) -> None:
    """Of Hokkaido's desks more than 95 %; the others tell of several spans, which nobody can put into one."""
    folder = REAL / "kurashi-navi"
    if not folder.is_dir():
        pytest.skip("real data is not on this machine")
    with (folder / "nationwide-municipalities.csv").open(encoding="utf-8-sig", newline="") as file:
        towns = {row["id"] for row in csv.DictReader(file) if row["prefectureCode"] == "01"}
    with (folder / "offices.csv").open(encoding="utf-8-sig", newline="") as file:
        desks = [row for row in csv.DictReader(file) if row["municipalityId"] in towns or row["prefectureCode"] == "01"]
    assert len(desks) == 721
    readings = [formats.read(name, row["openingHours"]) for row in desks if row["openingHours"]]
    unread = [reading.code for reading in readings if reading.value is None and reading.code]
    assert len(unread) / len(readings) < 0.05
    assert set(unread) <= {"several-hours"}
