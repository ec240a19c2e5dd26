"""The ledger keeps what was decided: all of a night or nothing, and only ever more."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from warehouse import ledger


def test_a_night_that_dies_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), ledger.opened(tmp_path) as book:
        ledger.mint(book, "places", ["p"], "2026-11-01")
        ledger.remember(book, "places", [("a:1", "p")], "2026-11-01")
        ledger.installation_key(book, "live")
        raise KeyboardInterrupt
    with ledger.opened(tmp_path) as book:
        assert ledger.known_ids(book) == set()
        assert ledger.bearers(book, "places").num_rows == 0
        assert book.execute("SELECT count(*) FROM installation").fetchone() == (0,)


def test_the_last_word_on_a_record_counts_and_the_earlier_ones_stay(tmp_path: Path) -> None:
    with ledger.opened(tmp_path) as book:
        ledger.mint(book, "places", ["p", "q"], "2026-11-01")
        ledger.mint(book, "services", ["s"], "2026-11-01")
        ledger.remember(book, "places", [("a:1", "p"), ("a:2", "p")], "2026-11-01")
        ledger.remember(book, "services", [("a:1", "s")], "2026-11-01")
    with ledger.opened(tmp_path) as book:
        ledger.remember(book, "places", [("a:1", "q")], "2026-11-05")
    with ledger.opened(tmp_path) as book:
        names = ("record_id", "entity_id", "since", "minted_on", "now")
        assert [tuple(row[name] for name in names) for row in ledger.bearers(book, "places").to_pylist()] == [
            ("a:1", "p", "2026-11-01", "2026-11-01", False),
            ("a:1", "q", "2026-11-05", "2026-11-01", True),
            ("a:2", "p", "2026-11-01", "2026-11-01", True),
        ]
        assert [row["entity_id"] for row in ledger.bearers(book, "services").to_pylist()] == ["s"]
        assert book.execute("SELECT count(*) FROM members").fetchone() == (4,)
        assert ledger.known_ids(book) == {"p", "q", "s"}


def test_an_id_is_minted_once(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.IntegrityError), ledger.opened(tmp_path) as book:
        ledger.mint(book, "places", ["p"], "2026-11-01")
        ledger.mint(book, "services", ["p"], "2026-11-02")


def test_a_live_installation_has_a_key_of_its_own_and_keeps_it(tmp_path: Path) -> None:
    keys = []
    for name in ("one", "one", "two"):
        (tmp_path / name).mkdir(exist_ok=True)
        with ledger.opened(tmp_path / name) as book:
            keys.append(ledger.installation_key(book, "live"))
            assert (
                ledger.installation_key(book, "sample") == ledger.installation_key(book, "mirror") == ledger.SAMPLE_KEY
            )
    assert keys[0] == keys[1] != keys[2]
    assert all(len(key) == 32 for key in keys)


def test_readers_see_the_last_night_while_one_writes(tmp_path: Path) -> None:
    with ledger.opened(tmp_path) as book:
        ledger.redirect(book, "places", "merged", [("p", "q")], "2026-11-01", "理由")
    with ledger.opened(tmp_path) as book:
        ledger.redirect(book, "places", "merged", [("q", "r")], "2026-11-02", "理由")
        reader = sqlite3.connect(f"file:{tmp_path / 'ledger.sqlite'}?mode=ro", uri=True)
        assert reader.execute("SELECT old_id, new_id FROM redirects").fetchall() == [("p", "q")]
        reader.close()


def test_a_ledger_of_an_earlier_version_is_brought_up_to_date(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "ledger.sqlite") as old:
        columns = "kind TEXT, old_id TEXT, new_id TEXT, since TEXT, why TEXT"
        old.execute(f"CREATE TABLE redirects ({columns})")
        old.execute("INSERT INTO redirects VALUES ('places', 'p', 'q', '2026-11-01', '理由')")
    for _ in range(2):
        with ledger.opened(tmp_path) as book:
            assert ledger.redirects(book) == [(1, "places", "merged", "p", "q", "2026-11-01", "理由")]


def test_decisions_and_consents_are_only_ever_added_to(tmp_path: Path) -> None:
    consent = {"subject": "inbox:a", "field_group": "phone", "scope": "open", "given_on": "2026-11-01"}
    with ledger.opened(tmp_path) as book:
        ledger.decide(book, "s1", "approve", "係", "2026-11-02", how="電話")
        ledger.consent(book, [consent, consent | {"field_group": "address", "scope": "internal"}])
    with ledger.opened(tmp_path) as book:
        ledger.decide(book, "s1", "withdraw", "係", "2026-11-03", why="依頼")
        ledger.consent(book, [consent | {"withdrawn_on": "2026-11-03"}])
    with ledger.opened(tmp_path) as book:
        assert [(one.turn, one.kind, one.how, one.why) for one in ledger.decisions(book)] == [
            (1, "approve", "電話", None),
            (2, "withdraw", None, "依頼"),
        ]
        told = [(one["field_group"], one["scope"], one["withdrawn_on"]) for one in ledger.consents(book)]
        assert told == [("address", "internal", None), ("phone", "open", "2026-11-03")]
        assert book.execute("SELECT count(*) FROM consents").fetchone() == (3,)
        with pytest.raises(sqlite3.IntegrityError):
            ledger.decide(book, "s1", "publish", "係", "2026-11-03")


def test_who_bears_an_id_and_who_ever_bore_it(tmp_path: Path) -> None:
    with ledger.opened(tmp_path) as book:
        ledger.mint(book, "places", ["p", "q"], "2026-11-01")
        ledger.remember(book, "places", [("a:1", "p"), ("a:2", "p")], "2026-11-01")
        ledger.remember(book, "places", [("a:1", "q")], "2026-11-05")
        assert ledger.borne(book, "places", "p") == ["a:2"]
        assert ledger.bore(book, ["p"]) == [("p", "places", "a:1"), ("p", "places", "a:2")]
        assert (ledger.kind_of(book, "p"), ledger.kind_of(book, "s")) == ("places", None)
