"""What leaves the house, looked at with the eyes of somebody who searches for a hidden place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest

from publish import gate, privacy
from schemas import rulebook
from tests.warehouse.accepted import PHONE, Row, build_from, corporate_number, ids, office_number, row
from warehouse import protection

SHELTER, GROUP_HOME, HOME_HELP = "シェルター", "共同生活援助", "居宅介護"

PUBLIC = row(
    "public",
    organization__corporate_number=corporate_number(1),
    organization__address="函館市西町1-1",
    organization__url="https://public.example.jp/",
    service__service_type=HOME_HELP,
    service__office_number=office_number(1),
    service__area_scope="municipality",
    service__area_codes="012025",
    service__url="https://public.example.jp/help",
    place__address="北海道函館市西町1-2",
    place__postal_code="040-0001",
    place__latitude="41.7",
    place__longitude="140.7",
    place__access="駅から徒歩5分",
    phone__value="0138-00-0001",
    fax__value="0138-00-0002",
    email__value="info@public.example.jp",
    place_phone__value="0138-00-0003",
    place_schedule__opens="9:00",
    place_schedule__closes="17:00",
    jurisdiction__municipality_code="012025",
    jurisdiction__desk_type="基幹相談",
)
HIDDEN = row(
    "hidden",
    organization__corporate_number=corporate_number(2),
    organization__address="函館市ひみつ町二丁目3番4号",
    organization__address_building="ひみつビル",
    organization__postal_code="041-9999",
    organization__url="https://himitsu-dantai.example.jp/",
    organization__representative_name="ひみつ花子",
    service__service_type=SHELTER,
    service__area_scope="municipality",
    service__area_codes="012025",
    service__url="https://himitsu-yado.example.jp/",
    place__address="北海道函館市ひみつ町2-3-4",
    place__address_building="ひみつ荘",
    place__postal_code="041-9998",
    place__latitude="41.8123",
    place__longitude="140.8123",
    place__access="ひみつ駅から徒歩3分",
    phone__value="0138-00-9991",
    fax__value="0138-00-9992",
    email__value="soudan@mail.example.jp",
    form__value="https://himitsu-form.example.jp/",
    organization_phone__value="0138-00-9993",
    place_phone__value="0138-00-9994",
    place_schedule__opens="7:07",
    place_schedule__closes="17:17",
    schedule__opens="9:00",
    schedule__closes="18:00",
    jurisdiction__municipality_code="012025",
    jurisdiction__desk_type="女性相談",
)
SECRETS = (
    "ひみつ 0419999 0419998 41.8123 140.8123 138009991 138009992 138009993 138009994 himitsu 012025-hidden 07:07 "
    + corporate_number(2)
).split()


@contextmanager
def release_of(home: Path, sources: Mapping[str, Sequence[Row]]) -> Iterator[duckdb.DuckDBPyConnection]:
    """The public tables of a night with these rows."""
    with closing(privacy.open_public(build_from(home, sources))) as con:
        yield con


def rows_of(con: duckdb.DuckDBPyConnection, table: str) -> list[dict[str, Any]]:
    return list(con.sql(f"SELECT * FROM public.{table} ORDER BY ALL").to_arrow_table().to_pylist())


def everything(con: duckdb.DuckDBPyConnection) -> dict[str, list[dict[str, Any]]]:
    return {table.name: rows_of(con, table.name) for table in rulebook.warehouse_tables()}


def entity(con: duckdb.DuckDBPyConnection, home: Path, kind: str, record_id: str) -> dict[str, Any]:
    """The published row of what that record is."""
    key = rulebook.table(kind).primary_key[0]
    wanted = ids(home / "warehouse.duckdb", kind)[record_id]
    (found,) = [one for one in rows_of(con, kind) if one[key] == wanted]
    return found


def values_of(con: duckdb.DuckDBPyConnection, owner: str) -> set[str]:
    return {one["value"] for one in rows_of(con, "contact_points") if one["owner_id"] == owner}


OTHERS = [
    row(
        "same-number",
        phone__value="0138-00-9991",
        fax__value="0138-00-9993",
        organization_phone__value="0138-00-9992",
        email__value="mail@himitsu-yado.example.jp",
        service__url="https://himitsu-dantai.example.jp/",
        place__address="旭川市西町5",
    ),
    row("same-address", place__address="函館市ひみつ町2丁目3番地4 ひみつ荘202号室"),
    row("same-registered", organization__address="函館市ひみつ町2-3-4ひみつ荘", place__address="旭川市西町7"),
    row("same-spot", place__address="旭川市西町8", place__latitude="41.81233", place__longitude="140.81226"),
    row(
        "placeless",
        place__name="",
        phone__value="0138-00-9991",
        service__service_type=SHELTER,
        service__area_scope="municipality",
        service__area_codes="012025",
        service__url="https://himitsu-yado.example.jp/2",
    ),
    row(
        "homeless-organization",
        organization__corporate_number=corporate_number(5),
        organization__url="https://himitsu-hokoku.example.jp/",
        service__service_type=SHELTER,
        place__address="函館市ひみつ町99",
    ),
    row("it's; DROP", place__address="旭川市'西町'9"),
]
RESIDENTIAL = row(
    "home",
    organization__corporate_number=corporate_number(3),
    organization__address="旭川市すまい町1-1",
    organization__url="https://sumai.example.jp/",
    service__service_type=GROUP_HOME,
    service__office_number=office_number(3),
    service__url="https://sumai.example.jp/home",
    place__address="旭川市すまい町1-1",
    place__office_number=office_number(3),
    place__address_building="すまい荘",
    place__postal_code="070-9999",
    place__latitude="43.8123",
    place__longitude="142.8123",
    place__access="すまい駅から",
    phone__value="0166-00-0001",
    place_phone__value="0166-00-0002",
)
PERSONAL = [
    row("personal", phone__value="0120-000-091", **{"phone.personal": "true"}, form__value="https://form.example.jp/"),
    row("personal-again", phone__value="0120-000-091"),
    row("not-personal", phone__value="0120-000-092", organization__representative_name="代表ひみつ"),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("privacy") / "home"


@pytest.fixture(scope="module")
def con(home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with release_of(home, {"a": [PUBLIC, HIDDEN, RESIDENTIAL, *OTHERS, *PERSONAL]}) as con:
        yield con


def test_a_public_record_is_told_whole(con: duckdb.DuckDBPyConnection, home: Path) -> None:
    place, service = entity(con, home, "places", "a:public"), entity(con, home, "services", "a:public")
    assert (place["address"], place["postal_code"]) == ("北海道函館市西町1-2", "0400001")
    assert (place["latitude"], place["longitude"], place["access"]) == (41.7, 140.7, "駅から徒歩5分")
    assert (service["area_scope"], service["area_codes"]) == ("municipality", "012025")
    assert service["url"] == "https://public.example.jp/help"
    organization = entity(con, home, "organizations", "a:public")
    assert organization["corporate_number"] == corporate_number(1)
    assert values_of(con, service["service_id"]) == {"+81138000001", "+81138000002", "info@public.example.jp"}
    assert values_of(con, place["place_id"]) == {"+81138000003"}
    assert "places" in {one["owner_kind"] for one in rows_of(con, "schedules")}


def test_nothing_of_a_hidden_place_is_told_anywhere(con: duckdb.DuckDBPyConnection) -> None:
    told = repr(everything(con))
    assert [secret for secret in SECRETS if secret in told] == []


def test_of_a_hidden_place_its_service_stays_with_what_leads_nowhere(
    con: duckdb.DuckDBPyConnection, home: Path
) -> None:
    service = entity(con, home, "services", "a:hidden")
    assert (service["name"], service["area_scope"], service["area_codes"]) == ("支援hidden", "unknown", None)
    assert (service["url"], service["sources"]) == (None, None)
    assert values_of(con, service["service_id"]) == {"soudan@mail.example.jp"}
    hidden = ids(home / "warehouse.duckdb", "places")["a:hidden"]
    assert hidden not in repr(everything(con))
    organization = entity(con, home, "organizations", "a:hidden")
    withheld = ("corporate_number", "address", "address_building", "postal_code", "municipality_code", "url")
    assert [organization[name] for name in withheld] == [None] * len(withheld)


def test_no_other_record_gives_a_hidden_place_away(con: duckdb.DuckDBPyConnection, home: Path) -> None:
    same = entity(con, home, "services", "a:same-number")
    assert (values_of(con, same["service_id"]), same["url"]) == (set(), None)
    assert values_of(con, same["organization_id"]) == set()
    assert ids(home / "warehouse.duckdb", "places")["a:same-address"] not in repr(everything(con))
    spot = entity(con, home, "places", "a:same-spot")
    assert (spot["address"], spot["latitude"], spot["longitude"]) == ("旭川市西町8", None, None)


def test_a_hidden_type_without_a_place_tells_no_district(con: duckdb.DuckDBPyConnection, home: Path) -> None:
    service = entity(con, home, "services", "a:placeless")
    assert (service["area_scope"], service["area_codes"], service["url"]) == ("unknown", None, None)
    assert values_of(con, service["service_id"]) == set()


def test_an_organization_of_unknown_address_that_runs_a_hidden_place(
    con: duckdb.DuckDBPyConnection, home: Path
) -> None:
    organization = entity(con, home, "organizations", "a:homeless-organization")
    assert (organization["corporate_number"], organization["url"]) == (None, None)


def test_of_a_home_name_phone_number_and_municipality_stay(con: duckdb.DuckDBPyConnection, home: Path) -> None:
    place = entity(con, home, "places", "a:home")
    gone = ("address", "address_building", "postal_code", "latitude", "longitude", "access")
    assert [place[name] for name in gone] == [None] * len(gone)
    assert (place["name"], place["office_number"], place["municipality_code"]) == (
        "拠点home",
        office_number(3),
        "012041",
    )
    service = entity(con, home, "services", "a:home")
    assert (service["office_number"], service["url"]) == (office_number(3), "https://sumai.example.jp/home")
    assert values_of(con, service["service_id"]) == {"+81166000001"}
    assert values_of(con, place["place_id"]) == {"+81166000002"}
    organization = entity(con, home, "organizations", "a:home")
    assert (organization["address"], organization["municipality_code"]) == (None, "012041")
    assert organization["corporate_number"] == corporate_number(3)
    assert "すまい町" not in repr(everything(con))


def test_what_is_a_persons_own_is_never_told(con: duckdb.DuckDBPyConnection, home: Path) -> None:
    services = {
        record: entity(con, home, "services", f"a:{record}")["service_id"]
        for record in ("personal", "personal-again", "not-personal")
    }
    assert values_of(con, services["personal"]) == {"https://form.example.jp/"}
    assert values_of(con, services["personal-again"]) == set()
    assert values_of(con, services["not-personal"]) == {"+81120000092"}
    assert "代表" not in repr(everything(con))


def test_a_table_has_its_published_fields_and_no_other(con: duckdb.DuckDBPyConnection) -> None:
    for table in rulebook.warehouse_tables():
        columns = con.execute(f"SELECT * FROM public.{table.name} LIMIT 0").description
        assert [column[0] for column in columns] == [field.name for field in table.published_fields]
        assert {field.privacy for field in table.published_fields} <= {"public", "place"}


def test_every_reference_leads_to_something_published(con: duckdb.DuckDBPyConnection) -> None:
    told = everything(con)
    known = {
        kind: {one[rulebook.table(kind).primary_key[0]] for one in told[kind]}
        for kind in ("organizations", "places", "services")
    }
    for link in told["service_places"]:
        assert link["service_id"] in known["services"] and link["place_id"] in known["places"]
    assert told["jurisdictions"] and {one["service_id"] for one in told["jurisdictions"]} <= known["services"]
    for hanging in (*told["schedules"], *told["contact_points"]):
        assert hanging["owner_id"] in known[hanging["owner_kind"]]
    for owned in (*told["services"], *told["places"]):
        assert owned["organization_id"] in known["organizations"]


def test_a_hidden_record_leaves_no_shadow_on_others(tmp_path: Path) -> None:
    """With the hidden record and without it, all that differs is its service, its organization and their contacts."""
    others = [
        PUBLIC,
        row("same-town", place__address="函館市ひみつ町9", organization__corporate_number=corporate_number(7)),
    ]
    with release_of(tmp_path / "without", {"a": others}) as con:
        without = everything(con)
    with release_of(tmp_path / "with", {"a": [*others, HIDDEN]}) as con:
        with_it = everything(con)
    own = {
        kind: ids(tmp_path / "with" / "warehouse.duckdb", kind)["a:hidden"] for kind in ("organizations", "services")
    }
    more = {table: [one for one in rows if one not in without[table]] for table, rows in with_it.items()}
    assert all(one in with_it[table] for table, rows in without.items() for one in rows)
    assert [one["organization_id"] for one in more["organizations"]] == [own["organizations"]]
    assert [one["service_id"] for one in more["services"]] == [own["services"]]
    assert (more["places"], more["service_places"], more["jurisdictions"]) == ([], [], [])
    assert [(one["owner_id"], one["value"]) for one in more["contact_points"]] == [
        (own["services"], "soudan@mail.example.jp")
    ]
    assert [one["owner_id"] for one in more["schedules"]] == [own["services"]]


def test_no_programme_or_hotline_gives_a_hidden_place_away(tmp_path: Path) -> None:
    others = [
        row(
            "same-site",
            program__title="制度",
            program__url="https://himitsu-yado.example.jp/",
            program__apply_url="https://himitsu-form.example.jp/",
            hotline__name="同じ番号",
            hotline__number="0138-00-9991",
            hotline__verified_on="2026-11-01",
        ),
        row(
            "own-site",
            program__title="別の制度",
            program__url="https://town.example.jp/",
            hotline__name="別の番号",
            hotline__number="0120-000-001",
            hotline__url="https://www.himitsu-yado.example.jp/dial",
            hotline__verified_on="2026-11-01",
        ),
    ]
    with release_of(tmp_path / "home", {"a": [PUBLIC, HIDDEN, *others]}) as con:
        told = everything(con)
    assert {(one["title"], one["url"], one["apply_url"]) for one in told["programs"]} == {
        ("制度", None, None), ("別の制度", "https://town.example.jp/", None)
    }  # fmt: skip
    assert [(one["name"], one["number"], one["url"]) for one in told["hotlines"]] == [
        ("別の番号", "+81120000001", None)
    ]


def test_nothing_of_the_registry_or_of_consents_is_told(tmp_path: Path) -> None:
    rows = [
        row("1", corporation__corporate_number=corporate_number(4), corporation__name="とうろくの名"),
        row("2", organization__corporate_number=corporate_number(4)),
    ]
    with release_of(tmp_path / "home", {"a": rows}) as con:
        tables = {name for (name,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
        assert not tables & {"consents", "corporations", "accepted_corporations"}
        assert "とうろくの名" not in repr(everything(con))
        metrics = gate.metrics(con, {})
    assert not metrics["table"].isin(["consents", "corporations"]).any()


def test_withheld_looks_like_not_supplied(tmp_path: Path) -> None:
    """A shelter that tells all and one that tells nothing of where it is are published alike."""
    silent = {
        heading: cell
        for heading, cell in HIDDEN.items()
        if heading in ("no", "organization.name", "service.name", "service.service_type", "place.name", "email.value")
        or heading.startswith("schedule.") or heading.endswith(".address_visibility")
    }  # fmt: skip
    told = []
    for number, one in enumerate((HIDDEN, silent)):
        with release_of(tmp_path / str(number), {"a": [one]}) as con:
            told.append(everything(con))
    assert told[0] == told[1]


@pytest.mark.parametrize(
    ("number", "leads"),
    [
        ("0120-000-000", False), ("0800-000-0000", False), ("0570-000-000", False), ("050-0000-0000", False),
        ("090-0000-0000", False), ("080-0000-0000", False), ("070-0000-0000", False), ("#9999", False), ("189", False),
        ("0123-00-0000", True), ("0138-00-0000", True), ("011-000-0000", True), ("0157-00-0000", True), ("1234", True),
    ],
)  # fmt: skip
def test_which_numbers_tell_a_district(number: str, leads: bool) -> None:
    value = "+81" + number.replace("-", "")[1:] if number.startswith("0") else number
    with duckdb.connect() as con:
        protection.prepare(con)
        assert con.execute("SELECT leads_nowhere('phone', ?)", [value]).fetchone() == (not leads,)


def test_free_numbers_are_told_of_everyone(con: duckdb.DuckDBPyConnection, home: Path) -> None:
    service = entity(con, home, "services", "a:same-address")
    assert values_of(con, service["service_id"]) == {"+81" + PHONE.replace("-", "")[1:]}
