"""Every real source of the mirror through one night: each row accounted for, what its mapping claims held to its file.

The numbers are those of the files as they were handed over; they change with a file or with a rule, never by chance.
"""

from __future__ import annotations

import csv
import json
import shutil
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pytest

from schemas import rulebook
from schemas.finding import Finding
from sources import catalog, ingest
from sources.ingest import Night, SourceRun

REAL = Path(__file__).parents[2].parent / "shared/data/real"
AS_OF = date(2026, 7, 31)

pytestmark = pytest.mark.skipif(
    not REAL.is_dir(), reason="the real files (../shared/data/real) are not on this machine"
)


class Account(NamedTuple):
    """What became of a source's rows."""

    read: int
    accepted: int
    quarantined: int
    out_of_area: int
    ended: int


HOKKAIDO = {
    "grouphome_hokkaido": Account(776, 775, 1, 0, 0),
    "kurashi_navi": Account(7540, 721, 0, 6819, 0),
    "kurashi_navi_hotlines": Account(9, 9, 0, 0, 0),
    "kurashi_navi_programs": Account(25, 17, 0, 8, 0),
    "notalone": Account(122, 122, 0, 0, 0),
    "sapporo_hoiku": Account(528, 527, 1, 0, 0),
    "vscovid19": Account(518, 0, 34, 0, 484),
    "vscovid19_gov": Account(223, 0, 9, 2, 212),
    "mirasapo_seido": Account(1112, 431, 7, 652, 22),
    "kawaguchi_kosodate": Account(302, 0, 0, 302, 0),
    "kudamatsu_kaigo": Account(13, 0, 0, 13, 0),
    "takamatsu_disabled": Account(8, 0, 0, 8, 0),
    "takamatsu_elderly": Account(47, 0, 0, 47, 0),
    "takamatsu_group_home": Account(49, 0, 0, 49, 0),
    "yuzawa_soudan": Account(19, 0, 0, 19, 0),
}
JAPAN = {
    "kurashi_navi": Account(7540, 7279, 261, 0, 0),
    "kurashi_navi_programs": Account(25, 25, 0, 0, 0),
    "vscovid19_gov": Account(223, 0, 9, 0, 214),
    "mirasapo_seido": Account(1112, 960, 113, 0, 39),
    "kawaguchi_kosodate": Account(302, 302, 0, 0, 0),
    "kudamatsu_kaigo": Account(13, 13, 0, 0, 0),
    "takamatsu_disabled": Account(8, 8, 0, 0, 0),
    "takamatsu_elderly": Account(47, 47, 0, 0, 0),
    # The city published the list without a telephone number or a page.
    "takamatsu_group_home": Account(49, 0, 49, 0, 0),
    # Most of its windows have a number without an area code.
    "yuzawa_soudan": Account(19, 5, 14, 0, 0),
}
KEPT_BACK = {
    "grouphome_hokkaido": {"no-contact": 1, "phone-length": 2, "phone-unassigned": 1},
    "kurashi_navi": {"several-hours": 2},
    "sapporo_hoiku": {"no-contact": 1},
    "vscovid19": {
        "date-form": 19, "date-incomplete": 10, "duplicate-key": 26, "missing-key": 2, "no-contact": 6, "url-form": 6,
    },
    "vscovid19_gov": {
        "corporate-number-length": 2, "date-form": 12, "duplicate-key": 8, "no-contact": 1, "url-form": 1,
    },
    "mirasapo_seido": {"no-contact": 7},
}  # fmt: skip
"""Findings of the night for Hokkaido that keep a value or a row back, by source and code; elsewhere there is none."""


class Taken(NamedTuple):
    """One source after its night."""

    run: SourceRun
    findings: list[Finding]
    work: Path

    def asked(self, table: str, query: str) -> list[tuple[Any, ...]]:
        """Rows of an accepted table, which the query calls ``t``."""
        with duckdb.connect() as con:
            con.execute(f"CREATE VIEW t AS FROM read_parquet('{self.work / table}.parquet')")
            return con.execute(query).fetchall()

    @property
    def account(self) -> Account:
        run = self.run
        return Account(run.rows_read, run.accepted, run.quarantined, run.out_of_area, run.ended)


def take(name: str, home: Path, prefecture: str, mirror: Path = REAL) -> Taken:
    night = Night(home=home, as_of=AS_OF, prefecture=prefecture, mirror=mirror, source_set="mirror")
    run = ingest.ingest(catalog.load(catalog.ROOT / name), night)
    assert run.rejected is None and run.key is not None
    return Taken(run, ingest.findings(name, home), home / "accepted" / name / run.key)


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Taken]:
    """A source after its night for that prefecture, made when first asked for."""
    made: dict[tuple[str, str], Taken] = {}

    def once(name: str, prefecture: str = "01") -> Taken:
        if (name, prefecture) not in made:
            made[name, prefecture] = take(name, tmp_path_factory.mktemp(name), prefecture)
        return made[name, prefecture]

    return once


Take = Callable[..., Taken]


def published(path: str) -> list[dict[str, str]]:
    with (REAL / path).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", HOKKAIDO)
def test_every_row_is_accounted_for_in_hokkaido(taken: Take, name: str) -> None:
    account = taken(name).account
    assert account == HOKKAIDO[name]
    assert account.read == sum(account[1:])


@pytest.mark.parametrize("name", JAPAN)
def test_every_row_is_accounted_for_in_all_japan(taken: Take, name: str) -> None:
    account = taken(name, "all").account
    assert account == JAPAN[name]
    assert account.read == sum(account[1:])


@pytest.mark.parametrize("name", HOKKAIDO)
def test_every_column_is_mapped_or_ignored(taken: Take, name: str) -> None:
    headings = [f for f in taken(name).findings if f.code in ("unmapped-column", "missing-column", "renamed-column")]
    # The list of facilities for disabled people lacks two columns of its layout.
    absent = ["capacity", "service"] if name == "takamatsu_disabled" else []
    assert sorted((f.code, f.column) for f in headings) == [("missing-column", column) for column in absent]


@pytest.mark.parametrize("name", HOKKAIDO)
def test_what_is_kept_back_is_the_providers_to_mend(taken: Take, name: str) -> None:
    kept = Counter(f.code for f in taken(name).findings if f.severity in ("withhold", "quarantine"))
    assert kept == KEPT_BACK.get(name, {})


@pytest.mark.parametrize("name", ["kawaguchi_kosodate", "kudamatsu_kaigo", "takamatsu_elderly", "takamatsu_disabled"])
def test_a_list_in_a_shared_layout_has_nothing_unreadable(taken: Take, name: str) -> None:
    worse = {(f.code, f.column) for f in taken(name, "all").findings if f.severity != "note"}
    # 下松市 leaves the name of the corporation blank on every row.
    assert worse == ({("required", "法人の名称")} if name == "kudamatsu_kaigo" else set())


# -- kurashi_navi: which desk is competent where

MUNICIPALITIES = sorted(
    code for code in rulebook.codes("municipalities") if not "011011" <= code <= "011109" and code.startswith("01")
)
DESKS = ["housing-benefit", "municipal-office", "self-reliance", "welfare-office"]


def test_every_municipality_has_its_desk_of_every_type_that_the_data_have(taken: Take) -> None:
    kurashi = taken("kurashi_navi")
    assert len(MUNICIPALITIES) == 179
    competent = kurashi.asked("jurisdictions", "SELECT municipality_code, desk_type, record_id FROM t ORDER BY ALL")
    assert [(place, desk) for place, desk, _ in competent] == [
        (place, desk) for place in MUNICIPALITIES for desk in DESKS
    ]
    served = dict(kurashi.asked("services", "SELECT record_id, area_codes FROM t WHERE area_scope = 'municipality'"))
    assert {record: place for place, _, record in competent} == served


def test_a_desk_is_named_by_what_the_row_says_it_is(taken: Take) -> None:
    desks = dict(taken("kurashi_navi").asked("jurisdictions", "SELECT record_id, desk_type FROM t"))
    words = {
        "生活保護相談・申請": "welfare-office",
        "生活や仕事の相談": "self-reliance",
        "住居確保給付金相談": "housing-benefit",
    }
    rows = [row for row in published("kurashi-navi/offices.csv") if row["municipalityId"].startswith("jp-01")]
    assert len(rows) == 716
    for row in rows:
        assert desks[f"kurashi_navi:{row['id']}"] == words.get(row["plainName"], "municipal-office")
        assert row["plainName"] in words or row["plainName"].endswith("の代表窓口")


def test_prefectural_desks_claim_no_municipality(taken: Take) -> None:
    kurashi = taken("kurashi_navi")
    wide = kurashi.asked("services", "SELECT record_id, area_codes FROM t WHERE area_scope = 'prefecture' ORDER BY 1")
    assert [area for _, area in wide] == [None] * 5
    competent = {record for (record,) in kurashi.asked("jurisdictions", "SELECT record_id FROM t")}
    assert competent.isdisjoint(record for record, _ in wide)


def test_a_wrong_check_digit_costs_no_municipality_its_desk(taken: Take) -> None:
    """苫小牧市 is 012130 in the file, and 012131 in truth."""
    [codes] = [row for row in published("kurashi-navi/municipalities.csv") if row["id"] == "jp-01213"]
    assert codes["municipalityCode"] == "012130"
    desks = taken("kurashi_navi").asked("jurisdictions", "SELECT desk_type FROM t WHERE municipality_code = '012131'")
    assert len(desks) == 4


def test_a_place_is_made_only_where_an_address_stands(taken: Take) -> None:
    rows = [row for row in published("kurashi-navi/offices.csv") if row["id"].startswith(("jp-01", "prefecture-"))]
    with_address = {
        f"kurashi_navi:{row['id']}"
        for row in rows
        if row["address"] and (row["municipalityId"] or row["prefectureCode"] == "01")
    }
    places = taken("kurashi_navi").asked("places", "SELECT record_id, address FROM t")
    assert {record for record, _ in places} == with_address
    assert all(address for _, address in places)


def test_hours_in_prose_become_days_and_times(taken: Take) -> None:
    [hours] = taken("kurashi_navi").asked(
        "schedules", "SELECT weekdays, opens, closes, holiday FROM t WHERE record_id LIKE '%:jp-01215-city-general'"
    )
    assert hours == ("月火水木金", "08:45", "17:15", "closed")
    # A row that says the times alone leaves the days open.
    days = taken("kurashi_navi").asked("schedules", "SELECT count(*) FROM t WHERE weekdays IS NULL AND opens IS NULL")
    assert days == [(0,)]


def test_what_the_publisher_has_not_published_is_not_served(taken: Take) -> None:
    kurashi = taken("kurashi_navi", "all")
    served = {record for (record,) in kurashi.asked("services", "SELECT record_id FROM t")}
    rows = published("kurashi-navi/offices.csv")
    assert served == {f"kurashi_navi:{row['id']}" for row in rows if row["status"] == "published"}


# -- the others


def test_group_homes_are_residences_by_their_office_number(taken: Take) -> None:
    homes = taken("grouphome_hokkaido")
    assert homes.asked("services", "SELECT DISTINCT service_type FROM t") == [("sfk-33",)]
    assert rulebook.codes("service_types")["sfk-33"].extra["address_policy"] == "municipality"
    # Four addresses begin with a katakana ニ for 二海郡, and say no municipality.
    (count, numbers, towns) = homes.asked(
        "places", "SELECT count(*), count(DISTINCT office_number), count(municipality_code) FROM t"
    )[0]
    assert (count, numbers, towns) == (775, 775, 771)


def test_hotlines_are_dated_and_dialled_as_they_are(taken: Take) -> None:
    lines = taken("kurashi_navi_hotlines").asked("hotlines", "SELECT number, kind, charge FROM t ORDER BY number")
    assert ("189", "short-dial", "free") in lines and ("#8008", "short-dial", "caller") in lines
    assert ("+81120279338", "toll-free", "free") in lines and ("+81570064556", "navi-dial", "caller") in lines
    dates = taken("kurashi_navi_hotlines").asked("hotlines", "SELECT DISTINCT verified_on FROM t ORDER BY 1")
    assert dates == [(date(2026, 7, 26),), (date(2026, 7, 27),)]


def test_national_schemes_carry_their_page_from_the_table_of_sources(taken: Take) -> None:
    schemes = taken("kurashi_navi_programs")
    assert schemes.asked("programs", "SELECT count(*), count(url), count(provider_name) FROM t") == [(17, 17, 17)]
    assert schemes.asked("programs", "SELECT DISTINCT area_scope, level FROM t") == [("national", "national")]


def test_programmes_of_businesses_are_told_from_those_of_people(taken: Take) -> None:
    programs = taken("mirasapo_seido", "all")
    rows = published("mirasapo-seido/supports.csv")
    columns = ("life_stage_categories", "personal_service_categories", "personal_purpose_categories")
    people = {row["id"] for row in rows if any(row[column] != "[]" for column in columns)}
    told = dict(programs.asked("programs", "SELECT split_part(record_id, ':', 2), beneficiary FROM t"))
    assert {one for one, who in told.items() if who == "person"} == people & set(told)
    assert set(told.values()) == {"person", "business"}


def test_a_programme_is_in_area_if_one_of_its_prefectures_is(taken: Take) -> None:
    rows = published("mirasapo-seido/supports.csv")
    served = [row for row in rows if row["prefectures"] == "[]" or "北海道" in row["prefectures"]]
    account = taken("mirasapo_seido").account
    assert account.read - account.out_of_area == len(served) == 460


def test_schemes_of_2021_say_when_they_were_last_confirmed(taken: Take) -> None:
    schemes = taken("notalone")
    assert schemes.asked("programs", "SELECT DISTINCT last_confirmed_on, area_scope FROM t") == [
        (date(2021, 11, 27), "national")
    ]
    names = {name for (name,) in schemes.asked("programs", "SELECT title FROM t")}
    assert "住居確保給付金" in names and "タイトル（制度名）" not in names and len(names) == 122


@pytest.mark.parametrize("name", ["vscovid19", "vscovid19_gov"])
def test_offers_of_a_campaign_that_is_over_are_all_ended(taken: Take, name: str) -> None:
    offers = taken(name)
    assert offers.asked("services", "SELECT DISTINCT status FROM t") == [("ended",)]
    assert offers.run.accepted == 0


def test_life_events_become_troubles_and_audiences(taken: Take) -> None:
    records = json.loads((REAL / "yuzawa-json/life_event_2022.json").read_text(encoding="utf-8"))["data"]
    told = {record["name"]: record for record in records}
    made = taken("yuzawa_soudan", "all").asked("services", "SELECT name, troubles, audiences FROM t")
    assert len(made) == 5
    for name, troubles, audiences in made:
        assert ("child-rearing" in (troubles or "")) == (told[name]["pregnancy"] or told[name]["childcare"])
        assert ("pregnant" in audiences) == told[name]["pregnancy"]


# -- 札幌: a layout that changed three times

VERSIONS = sorted((REAL / "sapporo-papamama/history").glob("*.geojson")) if REAL.is_dir() else []
JAPANESE_HEADINGS = 21
"""Columns that had a Japanese name at first."""


def as_newest(version: Path, into: Path) -> Path:
    """A mirror in which that version is the newest."""
    (into / "sapporo-papamama").mkdir()
    shutil.copy(version, into / "sapporo-papamama/nurseryFacilities.geojson")
    return into


@pytest.mark.parametrize("version", VERSIONS, ids=lambda path: path.stem)
def test_every_earlier_layout_is_read(version: Path, tmp_path: Path) -> None:
    mirror = as_newest(version, tmp_path)
    nurseries = take("sapporo_hoiku", tmp_path / "home", "01", mirror)
    features = json.loads(version.read_text(encoding="utf-8"))["features"]
    assert nurseries.run.rows_read == len(features)
    japanese = "種別" in features[0]["properties"]
    renamed = [f.column for f in nurseries.findings if f.code == "renamed-column"]
    first = "ID" in features[0]["properties"]
    assert len(renamed) == (JAPANESE_HEADINGS - 1 + first if japanese else 0)
    assert ("ID" in renamed) == first
    assert not [f for f in nurseries.findings if f.code in ("missing-column", "unmapped-column", "unknown-code")]


def test_an_identity_outlives_the_layout(taken: Take, tmp_path: Path) -> None:
    before = take("sapporo_hoiku", tmp_path / "home", "01", as_newest(VERSIONS[2], tmp_path))
    query = "SELECT record_id, name FROM t ORDER BY 1"
    kept = dict(before.asked("services", query)).items() & dict(taken("sapporo_hoiku").asked("services", query)).items()
    # One of the 505 was written 札幌三育 and then 札幌3育.
    assert len(kept) > 450


def test_a_number_without_its_area_code_is_told_and_not_guessed(tmp_path: Path) -> None:
    first = take("sapporo_hoiku", tmp_path / "home", "01", as_newest(VERSIONS[0], tmp_path))
    local = [f for f in first.findings if f.code == "phone-length"]
    assert local and {f.severity for f in local} == {"withhold"}
    assert first.asked("contact_points", "SELECT count(*) FROM t") == [(0,)]
