"""The command's promises that need no source: misuse, the lock, and clearing up after a dead run."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from pipelines import lock, nightly, settings
from tests import commands


@pytest.mark.parametrize(
    "words",
    [
        ("--as-of", "2026-02-30"),
        ("--as-of", "昨日"),
        ("--mirror", "no-such-folder"),
        ("--prefecture", "99"),
        ("--unknown",),
    ],
)
def test_misuse(words: tuple[str, ...], tmp_path: Path) -> None:
    done = commands.michishirube("nightly", "--home", str(tmp_path / "home"), *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert not (tmp_path / "home").exists()


def test_another_night_is_running(tmp_path: Path) -> None:
    with lock.hold(tmp_path):
        done = commands.michishirube("nightly", "--home", str(tmp_path))
    assert done.returncode == 2
    assert done.stdout == ""
    assert "別の夜間処理が動いています" in done.stderr


def test_dead_runs_are_marked_failed(tmp_path: Path) -> None:
    nightly.prepare(tmp_path)
    with dg.DagsterInstance.from_config(str(tmp_path / "dagster")) as instance:
        job = dg.GraphDefinition("nightly").to_job()
        dead = instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)
        mine = instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)
        waiting = instance.create_run_for_job(job, status=dg.DagsterRunStatus.NOT_STARTED)
        assert nightly.fail_dead_runs(instance, keep=mine.run_id) == [dead.run_id]
        told = {run.run_id: run.status for run in instance.get_runs()}
    assert told[dead.run_id] == dg.DagsterRunStatus.FAILURE
    assert told[mine.run_id] == dg.DagsterRunStatus.STARTED
    assert told[waiting.run_id] == dg.DagsterRunStatus.NOT_STARTED


def test_the_set_of_sources(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("MICHISHIRUBE_SET", raising=False)
    assert settings.source_set() == "sample"
    assert settings.source_set(tmp_path) == "mirror"
    monkeypatch.setenv("MICHISHIRUBE_SET", "live")
    assert settings.source_set() == "live"
    monkeypatch.setenv("MICHISHIRUBE_SET", "nonsense")
    with pytest.raises(ValueError, match="MICHISHIRUBE_SET"):
        settings.source_set()
