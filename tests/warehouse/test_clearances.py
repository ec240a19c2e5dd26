"""A text in which something seems to be a person's own: nobody sees it before a steward cleared that very text."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from sources import inbox
from tests.dropped import AS_OF, drop, take_in
from tests.warehouse.accepted import query
from warehouse import build, ledger, submissions
from warehouse.submissions import DecisionError, StandingError

TEXT = "世話人の例野ためしがお待ちしています"
WHY = ("係", "本人に確かめた")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "var"


def night(home: Path) -> list[tuple[str, str | None]]:
    """Names and summaries of what a night would load."""
    take_in(home)
    with duckdb.connect() as con, ledger.opened(home) as book:
        submissions.admit(con, submissions.work_of(home), book, AS_OF)
        return con.execute("SELECT name, summary FROM admitted_services ORDER BY name").fetchall()


def built(home: Path) -> tuple[list[tuple[str | None]], bool]:
    """The summaries in a real night's warehouse, and whether it says whence they are."""
    assert build.build(home, [inbox.ID], AS_OF, "01", "live").broken == []
    warehouse = home / "warehouse.duckdb"
    ((told,),) = query(warehouse, "SELECT count(*) FROM provenance WHERE contains(fields, 'summary')")
    return query(warehouse, "SELECT summary FROM services"), told > 0


def dropped(home: Path, *rows: dict[str, str]) -> str:
    """Drop and approve these rows of one organization; the id."""
    drop(home, "a.csv", *rows)
    take_in(home)
    (one,) = [one.id for one in submissions.listing(home, AS_OF) if one.state == "waiting"]
    submissions.approve(home, one, "係", "電話", AS_OF)
    return one


def clear(home: Path, submission: str, label: str = "概要") -> None:
    submissions.clear(home, submission, label, *WHY, AS_OF)


def labels(home: Path, submission: str) -> list[tuple[str, str, bool]]:
    return [(one.label, one.value, one.cleared is not None) for one in submissions.withheld(home, submission)]


def test_it_is_as_if_never_supplied_until_it_is_cleared(home: Path) -> None:
    one = dropped(home, {"概要": TEXT})
    assert built(home) == ([(None,)], False) and labels(home, one) == [("概要", TEXT, False)]
    clear(home, one)
    assert built(home) == ([(TEXT,)], True) and labels(home, one) == [("概要", TEXT, True)]


def test_clearing_opens_nothing_that_was_not_consented_to(home: Path) -> None:
    clear(home, dropped(home, {"概要": TEXT, "公開の範囲（説明文）": "内部だけ"}))
    assert night(home) == [("ためし食堂", None)]


def test_only_that_very_text_is_cleared(home: Path) -> None:
    clear(home, dropped(home, {"概要": TEXT}))
    again = dropped(home, {"概要": TEXT, "料金の別": "無料"})
    assert labels(home, again) == [("概要", TEXT, True)] and night(home) == [("ためし食堂", TEXT)]
    changed = dropped(home, {"概要": TEXT + "。"})
    assert labels(home, changed) == [("概要", TEXT + "。", False)] and night(home) == [("ためし食堂", None)]
    other = dropped(home, {"団体の名称": "べつの会", "支援の名称": "べつ食堂", "概要": TEXT})
    assert labels(home, other) == [("概要", TEXT, False)]


def test_each_text_of_a_field_has_its_label(home: Path) -> None:
    one = dropped(home, {"概要": TEXT}, {"支援の名称": "ためし広場", "概要": "担当 佐藤"})
    first, second = "概要/ためしの会/ためし広場", "概要/ためしの会/ためし食堂"
    assert labels(home, one) == [(first, "担当 佐藤", False), (second, TEXT, False)]
    clear(home, one, second)
    assert night(home) == [("ためし広場", None), ("ためし食堂", TEXT)]
    with pytest.raises(DecisionError, match=f"{first}、{second} のどれか"):
        clear(home, one)


def test_twice_is_said_and_written_once(home: Path) -> None:
    one = dropped(home, {"概要": TEXT})
    clear(home, one)
    with pytest.raises(StandingError, match="もう確認済み"):
        clear(home, one)
    with ledger.opened(home) as book:
        (told,) = ledger.clearances(book)
    assert (told.id, told.by, told.why, told.cleared_on) == (one, *WHY, AS_OF.isoformat())
    assert TEXT not in str(told)


def test_what_waits_for_nobody_cannot_be_cleared(home: Path) -> None:
    one = dropped(home, {})
    with pytest.raises(DecisionError, match="確認を待っている文はありません"):
        clear(home, one)
    with pytest.raises(DecisionError, match="提出はありません"):
        clear(home, "s00000000000")


def test_the_steward_sees_it_as_it_would_be_published(home: Path) -> None:
    dropped(home, {})
    drop(home, "a.csv", {"概要": TEXT})
    take_in(home)
    (new,) = [one.id for one in submissions.listing(home, AS_OF) if one.state == "waiting"]

    def summary() -> str | None:
        (told,) = [change.after for change in submissions.changes(home, new, AS_OF) if change.heading == "概要"]
        return told

    assert summary() is None
    clear(home, new)
    assert summary() == TEXT
    (waiting,) = submissions.withheld(home, new)
    assert waiting.found == ("説明の文の中に人の名前がある",) and waiting.field == "summary"


def test_a_clearance_makes_the_next_night_anew(home: Path) -> None:
    one = dropped(home, {"概要": TEXT})
    with ledger.opened(home) as book:
        before = submissions.digest(book, AS_OF)
    clear(home, one)
    with ledger.opened(home) as book:
        assert submissions.digest(book, AS_OF) != before
        assert submissions.digest(book, date(2026, 11, 24)) == submissions.digest(book, AS_OF)


def test_the_ledger_of_a_home_without_a_night_can_be_asked(home: Path) -> None:
    home.mkdir()
    assert submissions.withheld(home, "s0") == []
