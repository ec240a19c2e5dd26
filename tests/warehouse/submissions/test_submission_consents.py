"""What counts as a consent, and on which days."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from sources import inbox, ingest
from tests.dropped import AS_OF, drop, take_in
from tests.warehouse.submissions.approved import BY, names, phones, states
from warehouse import ledger, submissions
from warehouse.submissions import DecisionError


@pytest.mark.parametrize(
    ("heading", "said", "code"),
    [
        ("答えた人の立場", "", "required"),
        ("タイムスタンプ", "", "required"),
        ("説明文の版", "", "required"),
        ("説明文の版", "99", "unknown-code"),
    ],
)
def test_a_consent_without_evidence_is_none(home: Path, heading: str, said: str, code: str) -> None:
    drop(home, "a.csv", {heading: said})
    run = take_in(home)
    assert (run.accepted, run.quarantined) == (0, 1)
    assert (heading, code) in {(one.column, one.code) for one in ingest.findings(inbox.ID, home)}


def test_a_consent_of_a_day_to_come_opens_nothing_before_it(home: Path) -> None:
    drop(home, "a.csv", {"タイムスタンプ": "2026/12/01 10:00:00"})
    take_in(home)
    (one,) = submissions.listing(home, AS_OF)
    assert not one.approvable
    with pytest.raises(DecisionError, match="同意した日が今日まで"):
        submissions.approve(home, one.id, *BY, AS_OF)
    later = date(2026, 12, 1)
    submissions.approve(home, one.id, *BY, later)
    assert names(home, AS_OF) == [] and names(home, later) == ["ためし食堂"]


def test_a_consent_that_expired_or_was_withdrawn_closes_again(serving: tuple[Path, str]) -> None:
    home, _ = serving
    record = "inbox:ためしの会/ためし食堂"
    with ledger.opened(home) as book:
        (told,) = (one for one in ledger.consents(book) if one["field_group"] == "phone")
        assert (told["subject"], told["scope"], told["given_on"]) == (record, "open", "2026-11-01")
        ledger.consent(book, [told | {"withdrawn_on": "2026-12-01"}])
    assert phones(home) == set() and names(home) == ["ためし食堂"]
    with ledger.opened(home) as book:
        (existence,) = (one for one in ledger.consents(book) if one["field_group"] == "existence")
        ledger.consent(book, [existence | {"expires_on": AS_OF.isoformat()}])
    assert names(home, AS_OF) == ["ためし食堂"]
    assert names(home, AS_OF + timedelta(days=1)) == []
    assert states(home, AS_OF + timedelta(days=1)) == ["expired"]
