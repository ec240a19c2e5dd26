"""A night that would publish much less than yesterday's: the gate stops it, and yesterday's release stays."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest

from pipelines import keys, nightly
from schemas import messages
from tests import nights
from tests.nights import AS_OF, ROOT, Night
from warehouse import ledger

PACKAGES = ("schemas", "sources", "warehouse", "publish", "pipelines")
LOST = ("sample_kaigo", "sample_shogai")


@pytest.fixture(scope="module")
def stopped(night: Night, tmp_path_factory: pytest.TempPathFactory) -> Night:
    """The next night, run from a copy of the project that has lost the folders of two sources.

    A source whose own file shrinks is contained and never gets this far.
    """
    folder = tmp_path_factory.mktemp("stopped")
    project, home = folder / "project", folder / "home"
    for package in PACKAGES:
        shutil.copytree(ROOT / package, project / package, ignore=shutil.ignore_patterns("__pycache__", *LOST))
    shutil.copyfile(ROOT / "pyproject.toml", project / "pyproject.toml")
    shutil.copytree(night.home, home, symlinks=True)
    return nights.run(home, as_of=AS_OF + timedelta(days=1), project=project)


def test_the_command_says_that_the_gate_stopped_it(stopped: Night, night: Night) -> None:
    assert stopped.code == 3, stopped.stderr
    assert stopped.told["outcome"] == "stopped"
    assert stopped.sources.keys() == night.sources.keys() - set(LOST)
    assert [
        error for error in stopped.told["errors"] if error.startswith("gate services: ") and "行数 services" in error
    ]
    assert "gate services: " in stopped.stderr


def test_yesterdays_release_stays(stopped: Night, night: Night) -> None:
    assert stopped.told["release"] == str(stopped.home / "releases" / AS_OF.isoformat())
    assert (stopped.home / "latest").readlink() == Path("releases", AS_OF.isoformat())
    assert nights.digests(stopped.home / "releases") == nights.digests(night.home / "releases")


def test_the_ui_shows_where_it_stopped(stopped: Night) -> None:
    with dg.DagsterInstance.from_config(str(stopped.home / "dagster")) as instance:
        run = instance.get_run_by_id(stopped.told["run_id"])
        checked = instance.all_logs(stopped.told["run_id"], of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
        made = instance.all_logs(stopped.told["run_id"], of_type=dg.DagsterEventType.ASSET_MATERIALIZATION)
    assert run is not None and run.status == dg.DagsterRunStatus.FAILURE
    checks = [entry.dagster_event.asset_check_evaluation_data for entry in checked if entry.dagster_event]
    failed = {
        (check.asset_key.to_user_string(), check.check_name) for check in checks if check.severity.value == "ERROR"
    }
    assert ("services", "gate") in failed and {name for _, name in failed} == {"gate"}
    assert keys.RELEASE not in {entry.dagster_event.asset_key for entry in made if entry.dagster_event}


def test_a_decision_is_published_all_the_same(stopped: Night, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    shutil.copytree(stopped.home, home, symlinks=True)
    left = [name for name in stopped.sources if name not in LOST]
    monkeypatch.setattr("pipelines.defs.warehouse.sources_of", lambda night: left)
    result = nightly.republish(home)
    assert result is not None and (result.outcome, result.errors) == ("released", ())
    assert result.release == home / "releases" / (AS_OF + timedelta(days=1)).isoformat()
    assert any("行数 services" in told and "急ぐ" in told for told in result.warnings)


def test_a_breach_of_the_guard_stops_even_a_decision(
    stopped: Night, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    shutil.copytree(stopped.home, home, symlinks=True)
    with ledger.opened(home) as book:
        ledger.decide(book, "s00000000000", "hide", "係", AS_OF.isoformat(), why="依頼")
    broken = messages.file_finding("guard-broken", source="warehouse", table="services", value="x")
    monkeypatch.setattr("warehouse.guard.broken", lambda warehouse: [broken])
    result = nightly.republish(home)
    assert result is not None and result.outcome == "failed" and result.errors[0].startswith("guard services: ")
    assert result.release == home / "releases" / AS_OF.isoformat()


def test_a_night_with_everything_back_goes_on_as_before(stopped: Night, night: Night) -> None:
    after = nights.forked(stopped.home, as_of=AS_OF + timedelta(days=2))
    assert (after.code, after.told["outcome"]) == (0, "unchanged"), after.stderr
    assert nights.published(after.home) == nights.published(night.home)
