"""What must not leave is known by itself, and values that others lawfully tell are not among it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.warehouse.accepted import build_from, corporate_number, office_number, query, row

SHELTER = row(
    "shelter",
    organization__address="函館市ひみつ町9",
    organization__corporate_number=corporate_number(2),
    organization__representative_name="代表ひみつ",
    service__service_type="シェルター",
    service__url="https://himitsu.example.jp/yado",
    service__office_number=office_number(2),
    place__address="函館市ひみつ町2-3-4",
    place__address_building="ひみつ荘",
    place__postal_code="041-9998",
    place__latitude="41.8123",
    place__longitude="140.8123",
    place__access="ひみつ駅から徒歩3分",
    phone__value="0138-00-9991",
    email__value="soudan@mail.example.jp",
)
HOME = row(
    "home",
    service__service_type="共同生活援助",
    place__address="旭川市すまい町1-1",
    place__postal_code="070-9999",
    phone__value="0166-00-0001",
)
PERSONAL = row("personal", phone__value="0120-000-091", **{"phone.personal": "true"})
OTHER = row(
    "other",
    place__address="函館市西町1",
    place__postal_code="070-9999",
    phone__value="0138-00-9991",
    organization__corporate_number=corporate_number(3),
)


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], tuple[str, bool]]:
    """(kind, value) → (field, hidden)."""
    home = tmp_path_factory.mktemp("secrets") / "home"
    warehouse = build_from(home, {"a": [SHELTER, HOME, PERSONAL, OTHER]})
    found = query(warehouse, "FROM secrets")
    return {(kind, value): (field, hidden) for kind, value, field, hidden, _ in found}


def test_all_that_follows_a_hidden_place_is_secret(secrets: dict[tuple[str, str], tuple[str, bool]]) -> None:
    hidden = {key for key, (_, is_hidden) in secrets.items() if is_hidden}
    assert hidden >= {
        ("address", "函館市ひみつ町2-3-4"),
        ("text", "ひみつ荘"),
        ("postal_code", "0419998"),
        ("spot", "41.812300,140.812300"),
        ("text", "ひみつ駅から徒歩3分"),
        ("url", "https://himitsu.example.jp/yado"),
        ("url", "himitsu.example.jp"),
        ("number", office_number(2)),
    }


def test_a_value_of_a_hidden_place_stays_secret_though_another_tells_it(
    secrets: dict[tuple[str, str], tuple[str, bool]],
) -> None:
    assert secrets["phone", "+81138009991"] == ("contact_points.value", True)


def test_of_a_home_its_site_is_secret_and_its_phone_is_not(secrets: dict[tuple[str, str], tuple[str, bool]]) -> None:
    assert secrets["address", "旭川市すまい町1-1"] == ("places.address", False)
    assert ("phone", "+81166000001") not in secrets


def test_a_person_and_what_is_a_persons_own_are_secret(secrets: dict[tuple[str, str], tuple[str, bool]]) -> None:
    assert ("person", "代表ひみつ") in secrets and ("phone", "+81120000091") in secrets


def test_record_ids_are_secret(secrets: dict[tuple[str, str], tuple[str, bool]]) -> None:
    assert {value for kind, value in secrets if kind == "id"} >= {"a:shelter", "a:home", "a:other"}


def test_what_a_visible_record_lawfully_tells_is_none(secrets: dict[tuple[str, str], tuple[str, bool]]) -> None:
    told = {
        ("address", "函館市西町1"), ("postal_code", "0709999"), ("number", corporate_number(3)),
        ("email", "soudan@mail.example.jp"), ("text", "団体shelter"),
    }  # fmt: skip
    assert told.isdisjoint(secrets)


def test_the_same_rows_in_another_order_give_the_same_secrets(
    tmp_path: Path, secrets: dict[tuple[str, str], tuple[str, bool]]
) -> None:
    again = query(build_from(tmp_path / "home", {"a": [OTHER, PERSONAL, HOME, SHELTER]}), "FROM secrets")
    assert [tuple(one[:2]) for one in again] == list(secrets)
