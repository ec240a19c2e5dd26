"""The code lists: well-formed, consistent with each other, and wide enough for the real registries."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from schemas import codelist, rulebook

HEADER = ["code", "label_ja", "label_en", "description", "synonyms", "basis", "status"]
# Snake case stands beside kebab case where the data model itself names the word (`first_time_only`).
CODE = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*")
REAL = Path(__file__).parents[2].parent / "shared/data/real"
LISTS = rulebook.code_lists()


def extra(name: str, column: str) -> dict[str, list[str]]:
    """Of each code of a list, the words in one of its own columns."""
    return {code: [word for word in row.extra[column].split(";") if word] for code, row in rulebook.codes(name).items()}


def check_digit(five: str) -> str:
    return str((11 - sum(int(d) * w for d, w in zip(five, (6, 5, 4, 3, 2), strict=True)) % 11) % 10)


def test_every_list_that_a_field_names_exists() -> None:
    fields = [field for table in rulebook.tables().values() for field in table.fields]
    assert {name for field in fields for name in (field.codes, field.labels) if name} <= set(LISTS)


@pytest.mark.parametrize("name", LISTS)
def test_the_file_is_plain_and_its_header_is_the_common_one(name: str) -> None:
    content = (rulebook.ROOT / "codes" / f"{name}.csv").read_bytes()
    assert not content.startswith(b"\xef\xbb\xbf") and b"\r" not in content and content.endswith(b"\n")
    rows = list(csv.reader(content.decode("utf-8").splitlines()))
    assert rows[0][: len(HEADER)] == HEADER
    assert all(len(row) == len(rows[0]) and all(cell == cell.strip() for cell in row) for row in rows)
    assert len({row[0] for row in rows}) == len(rows)


@pytest.mark.parametrize("name", LISTS)
def test_codes_say_how_sure_they_are(name: str) -> None:
    assert rulebook.codes(name)
    for code in rulebook.codes(name).values():
        assert CODE.fullmatch(code.code)
        assert code.label_ja and code.label_en
        assert code.basis in ("report", "standard", "observed", "assumed")
        assert (code.basis == "assumed") == code.code.startswith("x-")
        assert code.status in ("active", "retired")


@pytest.mark.parametrize("name", LISTS)
def test_labels_joined_in_a_cell_can_be_told_apart(name: str) -> None:
    assert not [code.label_ja for code in rulebook.codes(name).values() if ";" in code.label_ja + code.code]


@pytest.mark.parametrize("name", LISTS)
def test_no_word_stands_for_two_codes(name: str) -> None:
    owner: dict[str, str] = {}
    for code in rulebook.codes(name).values():
        for word in (code.code, code.label_ja, code.label_en, *code.synonyms):
            assert owner.setdefault(codelist.fold(word), code.code) == code.code, word


def test_municipalities_are_179_and_the_ten_wards_of_sapporo() -> None:
    municipalities = rulebook.codes("municipalities")
    wards = [code for code in municipalities.values() if code.extra["part_of"]]
    assert len(municipalities) - len(wards) == 179
    assert len(wards) == 10
    assert all(ward.extra["part_of"] == "011002" and ward.label_ja.startswith("札幌市") for ward in wards)


def test_municipalities_agree_with_their_codes_bureaus_and_kind() -> None:
    bureaus = {bureau.label_ja for bureau in rulebook.codes("bureaus").values()}
    municipalities = rulebook.codes("municipalities").values()
    box = {key: float(value) for key, value in rulebook.codes("prefectures")["01"].extra.items()}
    for code in municipalities:
        assert code.code == code.extra["jis_code"] + check_digit(code.extra["jis_code"])
        assert re.fullmatch(r"[ァ-ヴー]+", code.extra["kana"])
        assert bool(code.extra["county"]) == code.label_ja.endswith(("町", "村"))
        assert box["latitude_min"] <= float(code.extra["latitude"]) <= box["latitude_max"]
        assert box["longitude_min"] <= float(code.extra["longitude"]) <= box["longitude_max"]
    assert {code.extra["bureau"] for code in municipalities} == bureaus
    assert len(bureaus) == 14
    assert len({code.extra["renkei_region"] for code in municipalities}) == 6
    assert len({code.extra["informal_region"] for code in municipalities}) == 4


def test_prefectures_are_47_with_valid_codes() -> None:
    prefectures = rulebook.codes("prefectures")
    assert list(prefectures) == [f"{number:02}" for number in range(1, 48)]
    assert all(row.extra["lgcode6"] == f"{code}000" + check_digit(f"{code}000") for code, row in prefectures.items())


def test_troubles_are_32_in_five_groups_19_of_them_named_in_the_report() -> None:
    troubles = rulebook.codes("troubles").values()
    assert len(troubles) == 32
    assert {code.extra["group"] for code in troubles} == {
        "心身の状態", "環境の変化", "人間関係", "家庭起因の課題", "その他"
    }  # fmt: skip
    assert [code.basis for code in troubles].count("report") == 19


def test_every_support_category_answers_to_a_word_of_the_service_catalogue() -> None:
    assert all(extra("support_categories", "gif_word").values())


@pytest.mark.parametrize("column", ["support_categories", "troubles", "audiences"])
def test_service_types_refer_to_codes_that_exist(column: str) -> None:
    for code, words in extra("service_types", column).items():
        assert set(words) <= set(rulebook.codes(column)), code


def test_homes_are_shown_at_municipality_level_at_most_and_shelters_not_at_all() -> None:
    policies = {row.label_ja: row.extra["address_policy"] for row in rulebook.codes("service_types").values()}
    assert {label for label, policy in policies.items() if policy == "municipality"} == {
        "共同生活援助", "宿泊型自立訓練", "福祉ホーム", "自立援助ホーム", "母子生活支援施設", "女性自立支援施設",
        "児童養護施設", "無料低額宿泊所", "日常生活支援住居施設",
    }  # fmt: skip
    assert {label for label, policy in policies.items() if policy == "hidden"} == {"シェルター", "一時保護"}
    assert set(policies.values()) == {"public", "municipality", "hidden"}


def test_class_digits_of_legal_forms_are_two_digits() -> None:
    assert all(re.fullmatch(r"\d\d", word) for words in extra("legal_forms", "house_class").values() for word in words)


@pytest.mark.skipif(not REAL.is_dir(), reason="shared/data/real がここにない (the real files are not here)")
@pytest.mark.parametrize(
    ("pattern", "heading"),
    [("wam-sfk-202503/csvdownload0*.csv", "サービス種別"), ("kaigo-kouhyou/jigyosho_*.csv", "サービスの種類")],
)
def test_every_service_type_of_the_real_registries_is_a_label(pattern: str, heading: str) -> None:
    labels = {row.label_ja for row in rulebook.codes("service_types").values()}
    files = sorted(REAL.glob(pattern))
    assert files
    for path in files:  # one service a file, so the first row tells
        with path.open(encoding="utf-8-sig", newline="") as file:
            assert next(csv.DictReader(file))[heading] in labels, path.name
