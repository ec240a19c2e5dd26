"""What was hidden stays hidden."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.dropped import AS_OF
from tests.warehouse.accepted import office_number, query, row
from tests.warehouse.accepted import take_in as take_in_sources
from tests.warehouse.submissions.approved import approved, built, copied, states
from warehouse import submissions
from warehouse.submissions import DecisionError


def test_hidden_stays_hidden_whatever_is_submitted_next(serving: tuple[Path, str]) -> None:
    home, submission = serving
    submissions.hide_id(home, submission, "係", "依頼", AS_OF)
    where = "SELECT DISTINCT address_visibility FROM places UNION ALL SELECT address_visibility FROM organizations"
    assert query(built(home), where) == [("hidden",), ("hidden",)]
    assert states(home) == ["hidden"]
    approved(home, {"概要": "書き直した"})
    assert query(built(home), where) == [("hidden",), ("hidden",)]


@pytest.fixture(scope="module")
def two_towns(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home built of an open source that tells of two towns."""
    home = tmp_path_factory.mktemp("towns") / "var"
    towns = {"1": "北海道旭川市ためし町9", "2": "北海道函館市ためし町9"}
    told = [row(no, place__address=town, organization__address=f"{town}-{no}") for no, town in towns.items()]
    take_in_sources(home, {"town": told})
    built(home, more=["town"])
    return home


@pytest.mark.parametrize("kind", ["organizations", "places", "services"])
def test_an_entity_of_an_open_source_can_be_hidden_and_not_withdrawn(two_towns: Path, home: Path, kind: str) -> None:
    warehouse = copied(two_towns, home) / "warehouse.duckdb"
    ((found,),) = query(warehouse, f"SELECT entity_id FROM members WHERE kind = '{kind}' AND record_id = 'town:1'")
    with pytest.raises(DecisionError, match="公開元"):
        submissions.withdraw(home, found, "係", "依頼", AS_OF)
    submissions.hide_id(home, found, "係", "依頼", AS_OF)
    with pytest.raises(DecisionError, match="もう非公開"):
        submissions.hide_id(home, found, "係", "依頼", AS_OF)
    warehouse = built(home, more=["town"])
    seen = dict(query(warehouse, "SELECT name, address_visibility FROM places"))
    assert seen == {"拠点1": "hidden", "拠点2": "public"}
    organizations = dict(query(warehouse, "SELECT name, address_visibility FROM organizations"))
    assert organizations == {"団体1": "hidden" if kind == "organizations" else "public", "団体2": "public"}


def test_a_hidden_entity_stays_hidden_when_another_source_tells_of_it(home: Path) -> None:
    told = {
        "service__office_number": office_number(1),
        "service__service_type": "居宅介護",
        "place__address": "函館市東町1",
    }
    told |= {"place__office_number": office_number(1)}
    take_in_sources(home, {"town": [row("1", **told)]})
    ((place,),) = query(built(home, more=["town"]), "SELECT place_id FROM places")
    submissions.hide_id(home, place, "係", "依頼", AS_OF)
    take_in_sources(home, {"town": [row("1", **told)], "ministry": [row("m1", **told)]})
    assert query(built(home, more=["town", "ministry"]), "SELECT address_visibility FROM places") == [("hidden",)]
