"""The way of a judgement, in real nights: what was merged by mistake is undone by one command and stays undone.

Who builds on the ids finds in the release where each of them leads.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from tests import commands, nights
from tests.nights import AS_OF, Night
from tests.warehouse.accepted import ids, query

KIND = "organizations"
WHY = "電話で確かめたひみつの理由"
BY = "ひみつの係"

MISTAKEN = f"""
    SELECT left_id, right_id, a.entity_id FROM pairs p
    JOIN members a ON a.kind = p.kind AND a.record_id = left_id JOIN organizations o ON o.organization_id = a.entity_id
    JOIN compared l ON l.kind = p.kind AND l.record_id = left_id
    JOIN compared r ON r.kind = p.kind AND r.record_id = right_id
    WHERE p.kind = '{KIND}' AND band = 'merged' AND l.corporate_number IS NULL AND r.corporate_number IS NULL
      AND a.entity_id IN (SELECT entity_id FROM members WHERE kind = '{KIND}' GROUP BY ALL HAVING count(*) = 2)
    ORDER BY left_id, right_id"""
"""Merged by likeness alone, and all that their entity is made of: a merge that a person may find mistaken."""


@dataclass(frozen=True)
class Stage:
    """What stood in the home after a step: the published ids, redirects, and the entities of the two records."""

    published: frozenset[str]
    redirects: list[Mapping[str, str]]
    borne: tuple[str, str]
    listed: frozenset[str]
    report: str


@dataclass(frozen=True)
class History:
    """What the command said, and what stood there after each step."""

    before: Stage
    judged: subprocess.CompletedProcess[str]
    parted: Stage
    next_night: Stage
    joined_again: Stage


def command(home: Path, verdict: str, one: str, two: str) -> subprocess.CompletedProcess[str]:
    """``michishirube judge`` in a process of its own."""
    words = ("judge", verdict, one, two, "--by", BY, "--why", WHY, "--kind", KIND, "--home", str(home))
    return commands.michishirube(*words)


def rows(home: Path, table: str) -> list[Mapping[str, str]]:
    told: list[Mapping[str, str]] = json.loads((home / "latest/json" / f"{table}.json").read_text(encoding="utf-8"))
    return told


def stage(home: Path, one: str, two: str) -> Stage:
    borne = ids(home / "warehouse.duckdb", KIND)
    contents = json.loads((home / "latest/index.json").read_text(encoding="utf-8"))
    return Stage(
        frozenset(row["organization_id"] for row in rows(home, KIND)),
        [row for row in rows(home, "redirects") if row["kind"] == KIND],
        (borne[one], borne[two]),
        frozenset(file["path"] for file in contents["files"]),
        (home / "latest/resolution.html").read_text(encoding="utf-8"),
    )


def a_night_later(home: Path, days: int) -> None:
    later = nights.forked(home, as_of=AS_OF + timedelta(days=days))
    assert later.code == 0, later.stderr


def history_of(home: Path) -> History:
    """Judge in this home, which has had its night, and go on from there."""
    one, two, _ = query(home / "warehouse.duckdb", MISTAKEN)[0]
    before = stage(home, one, two)
    judged = command(home, "DIFFERENT", one, two)
    assert judged.returncode == 0, judged.stderr
    parted = stage(home, one, two)
    a_night_later(home, 1)
    next_night = stage(home, one, two)
    again = command(home, "SAME", *parted.borne)
    assert again.returncode == 0 and "次の夜間処理から効きます" in again.stdout, again.stderr
    assert stage(home, one, two) == next_night
    a_night_later(home, 2)
    return History(before, judged, parted, next_night, stage(home, one, two))


@pytest.fixture(scope="module")
def history(night: Night, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, History]:
    home = tmp_path_factory.mktemp("judgement") / "home"
    shutil.copytree(night.home, home, symlinks=True)
    return home, history_of(home)


def moves(told: Stage) -> list[tuple[str, str, str]]:
    return [(row["change"], row["old_id"], row["new_id"]) for row in told.redirects]


def test_one_command_undoes_a_merge_in_what_is_published(history: tuple[Path, History]) -> None:
    _, told = history
    ((old,), (one, two)) = (set(told.before.borne), told.parted.borne)
    assert one != two and old in (one, two)
    (new,) = {one, two} - {old}
    assert moves(told.before) == []
    assert f"いま公開している版は {AS_OF}.2 です" in told.judged.stdout
    assert told.parted.published == told.before.published | {new}
    assert moves(told.parted) == [("split", old, new)]


def test_it_stays_undone_the_next_night_with_the_same_ids(history: tuple[Path, History]) -> None:
    _, told = history
    assert told.next_night.borne == told.parted.borne
    assert told.next_night.published == told.parted.published
    assert told.next_night.redirects == told.parted.redirects


def test_what_is_joined_again_has_its_old_id_and_says_where_the_other_went(history: tuple[Path, History]) -> None:
    _, told = history
    ((old,),) = [set(told.before.borne)]
    (new,) = set(told.parted.borne) - {old}
    assert told.joined_again.borne == (old, old)
    assert told.joined_again.published == told.before.published
    assert moves(told.joined_again) == [("merged", new, old)]


def test_each_release_has_its_page_of_what_was_resolved(history: tuple[Path, History]) -> None:
    _, told = history
    for at in (told.before, told.parted, told.next_night, told.joined_again):
        assert "resolution.html" in at.listed
        assert "名寄せ" in at.report


def test_who_judged_and_why_stands_in_no_release(history: tuple[Path, History]) -> None:
    home, _ = history
    texts = [path.read_bytes() for path in sorted((home / "releases").rglob("*")) if path.is_file()]
    assert texts
    assert not [text for text in texts if WHY.encode() in text or BY.encode() in text]
