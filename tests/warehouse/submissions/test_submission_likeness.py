"""Who says to be, or seems to be, an organization that is published already is told to the steward."""

from __future__ import annotations

from pathlib import Path

from tests.dropped import AS_OF, drop
from tests.warehouse.accepted import corporate_number, row
from tests.warehouse.accepted import take_in as take_in_sources
from tests.warehouse.submissions.approved import built
from warehouse import submissions


def test_who_says_to_be_a_published_organization_of_another_source_is_asked(home: Path) -> None:
    number = corporate_number(1)
    told = row("1", organization__name="みちしるべ会", organization__corporate_number=number)
    take_in_sources(home, {"town": [told]})
    drop(home, "a.csv", {"法人番号": number}, {"団体の名称": "みちしるべ会"}, {"団体の名称": "ほかの会"})
    built(home, more=["town"])
    found = {one.organization: submissions.alike(home, one.id) for one in submissions.listing(home, AS_OF)}
    assert [like.number for like in found["ためしの会"]] == [True]
    assert [(like.name, like.number) for like in found["みちしるべ会"]] == [("みちしるべ会", False)]
    assert found["ほかの会"] == []
