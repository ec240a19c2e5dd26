"""A night may die at any moment: the next one makes good, and nobody can tell the difference."""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from pathlib import Path

import dagster as dg
import pytest

from pipelines import lock
from tests import nights, watched
from tests.nights import Night

KILLS = 10


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Night:
    return watched.run(tmp_path_factory.mktemp("undisturbed") / "home")


@pytest.fixture(scope="module")
def killed(undisturbed: Night, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[int], Night]:
    """How ten nights in one home ended, each killed at its moment, and one that was left alone after them."""
    home = tmp_path_factory.mktemp("killed") / "home"
    ends = [watched.run(home, moment).code for moment in moments(watched.changes(undisturbed.home))]
    return ends, watched.run(home)


def moments(changes: list[str]) -> list[watched.Moment]:
    """Ten moments at random, each one that the nights before it have not reached: four while the sources are taken
    in, four after that, and two in the midst of building the warehouse.
    """
    chance = random.Random(20261123)
    first = [change for change in dict.fromkeys(changes) if not change.split(" ", 1)[1].startswith(("/", "dagster"))]
    build = first.index("os.remove .warehouse.new.duckdb")
    spots = [*chance.sample(range(build), 4), *chance.sample(range(build + 1, len(first)), 4)]
    told = [(spot, 0.0) for spot in spots] + [(build, chance.uniform(0.0, 0.3)) for _ in range(2)]
    return [(first[spot], seconds) for spot, seconds in sorted(told)]


def test_they_were_killed_in_the_act(killed: tuple[list[int], Night]) -> None:
    ends, _ = killed
    assert len(ends) == KILLS and set(ends) <= {0, -9}
    assert ends.count(-9) >= KILLS - 1, ends


def test_the_next_night_publishes_the_same_bytes(killed: tuple[list[int], Night], undisturbed: Night) -> None:
    _, last = killed
    assert (last.code, undisturbed.code) == (0, 0), last.stderr
    assert last.told["errors"] == []
    assert nights.digests(last.home / "releases") == nights.digests(undisturbed.home / "releases")
    assert nights.published(last.home) == nights.published(undisturbed.home)


def test_the_command_publishes_the_same_bytes_in_another_home(night: Night, undisturbed: Night) -> None:
    assert nights.published(night.home) == nights.published(undisturbed.home)


def test_nothing_half_done_is_left(killed: tuple[list[int], Night], undisturbed: Night) -> None:
    _, last = killed
    for folder in ("landing", "accepted", "sheets"):
        left, whole = (nights.digests(home / folder) for home in (last.home, undisturbed.home))
        assert left.keys() == whole.keys()
        # night.json says how long the source took, and whether it had changed since the night before.
        assert {Path(path).name for path in whole if left[path] != whole[path]} <= {"night.json"}
    kept = {path.relative_to(last.home).parts[0] for path in last.home.iterdir()}
    assert kept == {path.name for path in undisturbed.home.iterdir()}


def test_the_ids_are_those_of_an_undisturbed_home(killed: tuple[list[int], Night], undisturbed: Night) -> None:
    _, last = killed
    remembered = [ledger_of(home) for home in (last.home, undisturbed.home)]
    assert remembered[0] == remembered[1]


def ledger_of(home: Path) -> dict[str, list[tuple[str, ...]]]:
    con = sqlite3.connect(home / "ledger.sqlite")
    try:
        tables = ("entities", "members", "redirects")
        return {table: sorted(con.execute(f"SELECT * FROM {table}").fetchall()) for table in tables}
    finally:
        con.close()


def test_no_lock_is_left(killed: tuple[list[int], Night]) -> None:
    _, last = killed
    with lock.hold(last.home):
        pass


def test_dead_runs_are_failed_runs(killed: tuple[list[int], Night]) -> None:
    ends, last = killed
    with dg.DagsterInstance.from_config(str(last.home / "dagster")) as instance:
        statuses = Counter(run.status for run in instance.get_runs())
    # A process that died before its run had started leaves a run that never started.
    unstarted = statuses.pop(dg.DagsterRunStatus.NOT_STARTED, 0)
    assert statuses[dg.DagsterRunStatus.FAILURE] >= ends.count(-9) - unstarted - 1
    assert statuses.keys() == {dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.SUCCESS}


def test_a_night_writes_no_file_outside_its_home(undisturbed: Night) -> None:
    written = {
        path for event, path in (line.split(" ", 1) for line in watched.changes(undisturbed.home)) if event == "open"
    }
    assert not [path for path in written if Path(path).is_absolute() and not path.endswith((".pyc", "/dev/null"))]
