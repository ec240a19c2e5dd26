"""What was hidden stays hidden when its record is gone, and nobody hides others by hiding himself.

Until hiding could be a weapon, whatever a submission kept back vanished from the records of others too. It no longer
does: others stay as they are, and a steward is told of them.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest

from publish import privacy
from schemas import rulebook
from sources import inbox
from tests.dropped import AS_OF, drop, take_in
from tests.warehouse.accepted import corporate_number, ids, query, row
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
            for table in rulebook.warehouse_tables()
        }


def traces(warehouse: Path) -> set[str]:
    everything = str(told(warehouse))
    return {trace for trace in TRACES if trace in everything}


def own_traces(home: Path) -> set[str]:
    """What is told where no other record is there, and so by the submission itself."""
    return traces(build_home(home))


def entities(warehouse: Path) -> list[tuple[str, str]]:
    """The records of what can be hidden, and what they are."""
    return [told for kind in submissions.LOCATED for told in ids(warehouse, kind).items()]


def shared(warehouse: Path) -> dict[str, str]:
    """What a steward is told of others: the record → what it shares."""
    found = query(warehouse, "SELECT value, expected, message_ja FROM findings WHERE code = 'shares-hidden-site'")
    assert not any(trace in message for *_, message in found for trace in TRACES)
    of = {entity: record for record, entity in entities(warehouse)}
    return {of[value]: expected for value, expected, _ in sorted(found)}


OPEN = {"ウェブサイト": "https://tameshi.example.jp/"}


def copied(home: Path, folder: Path) -> Path:
    """A copy to go on from: what several tests begin with is made once."""
    return shutil.copytree(home, folder / "var", symlinks=True)


@pytest.fixture(scope="module")
def dropped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that took in what others tell, built nothing, and has an open submission lying in its inbox."""
    home = tmp_path_factory.mktemp("dropped") / "var"
    take_in_sources(home, {name: [told] for name, told in (OTHERS | {"registered": REGISTERED}).items()})
    drop(home, "a.csv", OPEN)
    return home


@pytest.fixture(scope="module")
def others_built(dropped: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same; the others were built while the submission waited."""
    home = copied(dropped, tmp_path_factory.mktemp("others"))
    build_home(home, **OTHERS)
    return home


@pytest.fixture(scope="module")
def approved_once(dropped: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The same; the submission was approved, and still nothing was built. And the submission's id."""
    home = copied(dropped, tmp_path_factory.mktemp("approved"))
    return home, approve_all(home)


@pytest.fixture(scope="module")
def published_once(approved_once: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The same; the submission was built alone."""
    home = copied(approved_once[0], tmp_path_factory.mktemp("published"))
    build_home(home)
    return home, approved_once[1]


@pytest.fixture
def home(dropped: Path, tmp_path: Path) -> Path:
    return copied(dropped, tmp_path)


@pytest.fixture
def approved(approved_once: tuple[Path, str], tmp_path: Path) -> tuple[Path, str]:
    return copied(approved_once[0], tmp_path), approved_once[1]


@pytest.fixture
def published(published_once: tuple[Path, str], tmp_path: Path) -> tuple[Path, str]:
    return copied(published_once[0], tmp_path), published_once[1]


@pytest.mark.parametrize("kind", ["submission", "organizations", "services", "places"])
def test_what_was_hidden_stays_so_when_it_is_withdrawn(published: tuple[Path, str], kind: str) -> None:
    home, submission = published
    assert own_traces(home) != set()
    with ledger.opened(home) as book:
        found = book.execute("SELECT entity_id FROM members WHERE kind = ? AND record_id LIKE 'inbox:%'", [kind])
        id = submission if kind == "submission" else found.fetchone()[0]
    submissions.hide_id(home, id, "係", "依頼", AS_OF)
    kept_back = {TRACES[0], TRACES[2]}
    assert own_traces(home).isdisjoint(kept_back)
    submissions.withdraw(home, submission, "係", "依頼", AS_OF)
    after = build_home(home, **OTHERS)
    assert {one["name"] for one in told(after)["services"]} == NAMES
    assert set(shared(after)) == {"neighbour:neighbour", "caller:caller"}
    again = {"支援の名称": "あたらしい食堂", "概要": "また始めました", "タイムスタンプ": "2026/11/02 10:00:00"}
    drop(home, "b.csv", again)
    approve_all(home)
    assert own_traces(home).isdisjoint(kept_back)


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {"公開の範囲（所在地）": "非公開", "公開の範囲（電話・メール）": "内部だけ"},
        {"公開の範囲（所在地）": "市町村まで"},
    ],
)
def test_no_record_of_others_changes_when_a_submission_is_hidden(
    others_built: Path, tmp_path: Path, answers: dict[str, str]
) -> None:
    """That change would itself tell where it is: what others tell is for a steward (``shares-hidden-site``)."""
    home = copied(others_built, tmp_path)
    without = told(home / "warehouse.duckdb")
    drop(home, "a.csv", OPEN | answers)
    submission = approve_all(home)
    if not answers:
        submissions.hide_id(home, submission, "係", "依頼", AS_OF)
    warehouse = build_home(home, **OTHERS)
    mine = {entity for record, entity in entities(warehouse) if record.startswith("inbox:")}
    keys = ("organization_id", "service_id", "place_id", "owner_id", "entity_id")
    after = {
        table: [row for row in rows if not {row[key] for key in keys if row.get(key)} & mine]
        for table, rows in told(warehouse).items()
    }
    assert after == without
    assert "neighbour:neighbour" in shared(warehouse)


def test_what_was_never_consented_to_stays_so_when_it_is_withdrawn(home: Path) -> None:
    closed = {"公開の範囲（所在地）": "非公開", "公開の範囲（電話・メール）": "内部だけ"}
    drop(home, "a.csv", OPEN | closed)
    submission = approve_all(home)
    assert own_traces(home) == set()
    submissions.withdraw(home, submission, "係", "依頼", AS_OF)
    assert own_traces(home) == set()
    assert shared(build_home(home, **OTHERS))["neighbour:neighbour"] == "同じ所在地"


def test_up_to_the_municipality_stays_so_when_it_is_withdrawn(home: Path) -> None:
    drop(home, "a.csv", {"公開の範囲（所在地）": "市町村まで"})
    submission = approve_all(home)
    submissions.withdraw(home, submission, "係", "依頼", AS_OF)
    assert "ためし町" not in own_traces(home)
    assert set(shared(build_home(home, **OTHERS))) == {"neighbour:neighbour"}


@pytest.mark.parametrize("closed_first", [True, False])
def test_an_address_that_closed_before_its_record_did_stays_closed(
    approved: tuple[Path, str], closed_first: bool
) -> None:
    home, _ = approved
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
    assert bool(shared(later)) is closed_first


def test_withdrawing_what_was_open_hides_nobody_else(approved: tuple[Path, str]) -> None:
    home, submission = approved
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
    """Whatever address a submission hides, the one that an authority tells stays; a steward is told of the same one."""
    registered = {**REGISTERED, "organization.address": "旭川市ためし町1丁目2番3号"}
    claim(home, **{"所在地_連結表記（団体）": address, "所在地_連結表記（拠点）": address})
    warehouse = build_home(home, registered=registered)
    found = told(warehouse)
    (organization,) = found["organizations"]
    assert organization["name"] == "団体registered" and organization["corporate_number"] == CLAIMED
    assert organization["address"] == "旭川市ためし町1丁目2番3号"
    assert bool(shared(warehouse)) is (address == "北海道旭川市ためし町1丁目2番3号")
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
