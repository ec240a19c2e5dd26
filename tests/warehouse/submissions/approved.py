"""Submissions that are dropped, approved and built into a warehouse, and what that then tells."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from sources import inbox
from tests.dropped import AS_OF, drop, take_in
from tests.warehouse.accepted import query
from warehouse import build, submissions

BY = ("係", "電話で確かめた")
OTHER = {"団体の名称": "べつの会", "支援の名称": "べつ食堂", "連絡先（電話）": "0166-00-0130"}
PHONE, NEW_PHONE = "+81166000971", "+81166000125"


def copied(home: Path, to: Path) -> Path:
    """A copy of a home to go on from: what several tests begin with is made once."""
    return shutil.copytree(home, to, symlinks=True)


def built(home: Path, as_of: date = AS_OF, more: Sequence[str] = ()) -> Path:
    """The warehouse of the inbox, and of these sources, as it is by then."""
    take_in(home)
    assert build.build(home, [*more, inbox.ID], as_of, "01", "live").broken == []
    return home / "warehouse.duckdb"


def ids(home: Path, *states: str) -> list[str]:
    """Ids of the submissions in these states (all), by organization."""
    return [one.id for one in submissions.listing(home, AS_OF) if not states or one.state in states]


def states(home: Path, as_of: date = AS_OF) -> list[str]:
    """The state of each submission, by organization."""
    return [one.state for one in submissions.listing(home, as_of)]


def names(home: Path, as_of: date = AS_OF) -> list[str]:
    """What services the warehouse tells of."""
    return [name for (name,) in query(built(home, as_of), "SELECT name FROM services ORDER BY name")]


def phones(home: Path) -> set[str]:
    """The phone numbers that it tells."""
    return {value for (value,) in query(built(home), "SELECT value FROM contact_points WHERE kind = 'phone'")}


def approve(home: Path, *found: str) -> None:
    """Approve these submissions."""
    for submission in found:
        submissions.approve(home, submission, *BY, AS_OF)


def approved(home: Path, *rows: dict[str, str]) -> str:
    """Drop these rows of one organization, approve them and build; the id."""
    drop(home, "a.csv", *rows)
    take_in(home)
    (submission,) = ids(home, "waiting")
    approve(home, submission)
    built(home)
    return submission


def entity(home: Path, kind: str, name: str) -> str:
    """The id of the one entity of that name."""
    ((found,),) = query(built(home), f"SELECT {kind[:-1]}_id FROM {kind} WHERE name = '{name}'")
    return str(found)
