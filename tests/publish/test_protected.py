"""What was hidden stays hidden when its record is gone, and nobody hides others by hiding himself."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest

from publish import privacy
from schemas import rulebook
from sources import inbox
from tests.dropped import AS_OF, drop, take_in
from tests.warehouse.accepted import corporate_number, row
from tests.warehouse.accepted import take_in as take_in_sources
from warehouse import build, ledger, submissions

TRACES = ("ためし町", "0166000971", "166000971", "tameshi", "43.77")
CLAIMED = corporate_number(1)
NEIGHBOUR = row(
    "neighbour",
    organization__address="旭川市ためし町1-2-3",
    place__address="北海道旭川市ためし町一丁目2番3号 となり荘",
    service__url="https://tameshi.example.jp/help",
)
SHARES_A_PHONE = row("caller", place__address="旭川市よその町1", phone__value="0166-00-0971")
NAMES = {"支援neighbour", "支援caller"}
OTHERS = {"neighbour": NEIGHBOUR, "caller": SHARES_A_PHONE}
REGISTERED = row(
    "registered",
    organization__corporate_number=CLAIMED,
    organization__last_confirmed_on="2020-01-01",
    service__description="だれでも話せます",
    service__summary="相談の窓口",
    place__name="",
)


def build_home(home: Path, as_of: date = AS_OF, **sources: Mapping[str, str]) -> Path:
    take_in_sources(home, {name: [told] for name, told in sources.items()})
    take_in(home)
    assert build.build(home, [*sources, inbox.ID], as_of, "01", "live").broken == []
    return home / "warehouse.duckdb"


def approve_all(home: Path) -> str:
    """Approve the one submission that waits; its id."""
    take_in(home)
    (waiting,) = (one.id for one in submissions.listing(home, AS_OF) if one.state == "waiting")
    submissions.approve(home, waiting, "係", "電話", AS_OF)
    return waiting


def told(warehouse: Path) -> dict[str, list[dict[str, object]]]:
    """The rows of every public table."""
    with closing(privacy.open_public(warehouse)) as con:
        return {
            table.name: con.sql(f"SELECT * FROM public.{table.name} ORDER BY ALL").to_arrow_table().to_pylist()
            for table in rulebook.published_tables()
        }


def traces(warehouse: Path) -> set[str]:
    everything = str(told(warehouse))
    return {trace for trace in TRACES if trace in everything}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "var"
    drop(home, "a.csv", {"ウェブサイト": "https://tameshi.example.jp/"})
    return home


@pytest.mark.parametrize("kind", ["submission", "organizations", "services", "places"])
def test_what_was_hidden_stays_so_when_it_is_withdrawn(home: Path, kind: str) -> None:
    submission = approve_all(home)
    before = build_home(home, **OTHERS)
    assert traces(before) != set()
    with ledger.opened(home) as book:
        found = book.execute("SELECT entity_id FROM members WHERE kind = ? AND record_id LIKE 'inbox:%'", [kind])
        id = submission if kind == "submission" else found.fetchone()[0]
    submissions.hide_id(home, id, "係", "依頼", AS_OF)
    address, phone = TRACES[0], TRACES[2]
    assert traces(build_home(home, **OTHERS)).isdisjoint({address, phone})
    submissions.withdraw(home, submission, "係", "依頼", AS_OF)
    after = build_home(home, **OTHERS)
    assert traces(after).isdisjoint({address, phone})
    names = {one["name"] for one in told(after)["services"]}
    assert names == NAMES


def test_what_was_never_consented_to_stays_so_when_it_is_withdrawn(home: Path) -> None:
    closed = {"公開の範囲（所在地）": "非公開", "公開の範囲（電話・メール）": "内部だけ"}
    drop(home, "a.csv", closed | {"ウェブサイト": "https://tameshi.example.jp/"})
    submission = approve_all(home)
    assert traces(build_home(home, **OTHERS)) == set()
    submissions.withdraw(home, submission, "係", "依頼", AS_OF)
    assert traces(build_home(home, **OTHERS)) == set()


def test_up_to_the_municipality_stays_so_when_it_is_withdrawn(home: Path) -> None:
    drop(home, "a.csv", {"公開の範囲（所在地）": "市町村まで"})
    submission = approve_all(home)
    submissions.withdraw(home, submission, "係", "依頼", AS_OF)
    assert "ためし町" not in traces(build_home(home, **OTHERS))


@pytest.mark.parametrize("closed_first", [True, False])
def test_an_address_that_closed_before_its_record_did_stays_closed(home: Path, closed_first: bool) -> None:
    approve_all(home)
    last = {"address": AS_OF - timedelta(days=1) if closed_first else AS_OF, "existence": AS_OF}
    with ledger.opened(home) as book:
        ledger.consent(
            book,
            [
                one | {"expires_on": last.get(str(one["field_group"]), AS_OF).isoformat()}
                for one in ledger.consents(book)
            ],
        )
    later = build_home(home, AS_OF + timedelta(days=1), **OTHERS)
    assert {one["name"] for one in told(later)["services"]} == NAMES
    assert ("ためし町" in traces(later)) is not closed_first


def test_withdrawing_what_was_open_hides_nobody_else(home: Path) -> None:
    submission = approve_all(home)
    submissions.withdraw(home, submission, "係", "依頼", AS_OF)
    assert traces(build_home(home, **OTHERS)) >= {"ためし町", "166000971"}


def test_what_nobody_approved_hides_nobody(home: Path) -> None:
    drop(home, "a.csv", {"公開の範囲（所在地）": "非公開"})
    assert traces(build_home(home, **OTHERS)) >= {"ためし町", "166000971"}


def test_what_was_hidden_of_an_open_source_stays_so_when_it_has_ended(home: Path) -> None:
    hidden = row("hidden", place__address="旭川市ためし町1丁目2番3号", phone__value="0166-00-0971")
    build_home(home, town=hidden, **OTHERS)
    with ledger.opened(home) as book:
        ((id,),) = book.execute("SELECT entity_id FROM members WHERE kind = 'places' AND record_id = 'town:hidden'")
    submissions.hide_id(home, id, "係", "依頼", AS_OF)
    ended = {**hidden, "service.valid_to": "2026-01-01"}
    after = build_home(home, town=ended, **OTHERS)
    assert {one["name"] for one in told(after)["services"]} == NAMES
    assert traces(after).isdisjoint({"ためし町", "166000971"})


def claim(home: Path, **more: str) -> str:
    """Approve a submission that carries another body's corporate number and hides where it is."""
    answers = {"法人番号": CLAIMED, "公開の範囲（所在地）": "非公開", "団体の名称": "のっとりの会"}
    drop(home, "a.csv", answers | more)
    return approve_all(home)


def test_an_authoritys_organization_is_neither_renamed_nor_hidden_by_a_submission(home: Path) -> None:
    before = told(build_home(home, registered=REGISTERED))
    claim(home)
    after = told(build_home(home, registered=REGISTERED))
    assert after["organizations"] == before["organizations"]
    mine = [one for one in after["services"] if one["name"] == "支援registered"]
    assert mine == before["services"]
    assert mine[0]["description"] == "だれでも話せます"
    assert [one["name"] for one in after["services"]].count("ためし食堂") == 1
    assert after["places"] == [] and not any(trace in str(after) for trace in TRACES if trace != "tameshi")


@pytest.mark.parametrize("address", ["北海道旭川市ためし町1丁目2番3号", "北海道函館市ためし町9"])
def test_nor_by_hiding_the_very_address_at_which_it_is_registered(home: Path, address: str) -> None:
    registered = {**REGISTERED, "organization.address": "旭川市ためし町1丁目2番3号"}
    claim(home, **{"所在地_連結表記（団体）": address, "所在地_連結表記（拠点）": address})
    found = told(build_home(home, registered=registered))
    (organization,) = found["organizations"]
    assert organization["name"] == "団体registered" and organization["corporate_number"] == CLAIMED
    assert ("ためし町" in str(organization)) is (address == "北海道函館市ためし町9")
    assert {one["description"] for one in found["services"] if one["name"] == "支援registered"} == {"だれでも話せます"}


def test_nor_by_one_of_several_activities(home: Path) -> None:
    take_over = {"法人番号": CLAIMED, "公開の範囲（所在地）": "非公開", "支援の名称": "べつ食堂"}
    drop(home, "a.csv", {"法人番号": CLAIMED}, take_over)
    approve_all(home)
    found = told(build_home(home, registered=REGISTERED))
    (organization,) = found["organizations"]
    assert (organization["name"], organization["corporate_number"]) == ("団体registered", CLAIMED)
    assert "ためし町" not in str(found)


def test_the_submission_itself_stays_hidden_at_an_authoritys_organization(home: Path) -> None:
    claim(home, **{"所在地_連結表記（拠点）": "", "概要": "ためし町にあります"})
    found = told(build_home(home, registered=REGISTERED))
    assert {one["summary"] for one in found["services"]} == {"相談の窓口", None}
    assert not any(trace in str(found) for trace in ("ためし町", "166000971"))


def test_a_steward_hides_an_authoritys_organization_by_its_own_id(home: Path) -> None:
    submission = claim(home, **{"公開の範囲（所在地）": "公開"})
    (organization,) = told(build_home(home, registered=REGISTERED))["organizations"]
    seen = []
    for id in (submission, str(organization["organization_id"])):
        submissions.hide_id(home, id, "係", "依頼", AS_OF)
        seen.append(told(build_home(home, registered=REGISTERED))["organizations"][0]["corporate_number"])
    assert seen == [CLAIMED, None]
