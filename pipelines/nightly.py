"""One night, run in this process against the Dagster instance of a home, so that the UI shows it afterwards.

Prepares the home, starts the job, reports each stage as it passes, and reads from the events what came of it. How it
is told to a person is ``cli``; what a stage does is in ``defs``.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import dagster as dg

from pipelines.checks import TABLE
from pipelines.keys import JOB, RELEASE, REPOSITORY_TAG, REVIEW, source_key, table_keys

if TYPE_CHECKING:
    from sources.ingest import Night, SourceRun

FOLDERS = ("inbox", "landing", "accepted", "releases", "sheets", "dagster")
UNFINISHED = (dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING)

PROCESS_TAG = "michishirube/process"
"""Tag of a run: the process that works on it, or waits to."""

DECISION_TAG = "michishirube/decision"
"""Tag of a run that publishes a steward's decision at once."""

STOPPING = ("gate", "privacy")
"""Checks without which there is no new release."""

Progress = Callable[[str, bool], None]
"""Called with a step's key when it starts (``False``) and when it ends (``True``)."""


@dataclass(frozen=True)
class NightResult:
    """What came of a night.

    ``outcome`` is ``released``, ``unchanged``, ``stopped`` (by the gate; the last release stays) or ``failed`` (a bug);
    ``errors`` says why, ``warnings`` what the gate noted of a release that went out. ``release`` is the folder that
    serves now, if there is one; ``seconds`` are each step's.
    """

    outcome: str
    release: Path | None
    sources: tuple[SourceRun, ...]
    seconds: dict[str, float]
    run_id: str
    errors: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def prepare(home: Path) -> None:
    """Make the home's folders and Dagster's settings in it."""
    for folder in FOLDERS:
        (home / folder).mkdir(parents=True, exist_ok=True)
    shutil.copyfile(Path(__file__).with_name("dagster.yaml"), home / "dagster" / "dagster.yaml")


def sources_of(night: Night) -> list[str]:
    """Ids of the sources of this night's set; the inbox is one of every set."""
    from sources import catalog, inbox, ingest

    return [*(source.id for source in catalog.load_all().values() if ingest.in_set(source, night)), inbox.ID]


def selection(night: Night) -> list[dg.AssetKey]:
    """The assets of this night: its sources, and everything that follows from them."""
    return [*map(source_key, sources_of(night)), *table_keys(), REVIEW, RELEASE]


def fail_dead_runs(instance: dg.DagsterInstance, keep: str | None) -> list[str]:
    """Mark as failed every run that is still under way, except ``keep``; their ids.

    Only for the holder of the night's lock: every night works under it, so any other is of a process that died, or
    waits for the lock in a process that lives (:data:`PROCESS_TAG`).
    """
    unfinished = instance.get_runs(dg.RunsFilter(job_name=JOB, statuses=list(UNFINISHED)))
    dead = [run for run in unfinished if run.run_id != keep and not _lives(run.tags.get(PROCESS_TAG))]
    for run in dead:
        instance.report_run_failed(run, "処理が途中で終わっていました。 (Its process had died.)")
    return [run.run_id for run in dead]


def _lives(process: str | None) -> bool:
    """Whether that process is there; a number that the system has given to another one since counts as there."""
    if process is None or int(process) == os.getpid():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def run(
    night: Night,
    progress: Progress,
    assets: Sequence[dg.AssetKey] | None = None,
    tags: Mapping[str, str] = MappingProxyType({}),
) -> NightResult:
    """Run the job for this night, or these assets of it; the caller holds the night's lock.

    Never raises for what happens inside a step: that is in ``outcome``.
    """
    prepare(night.home)
    os.environ["MICHISHIRUBE_HOME"] = str(night.home)
    os.environ["DAGSTER_HOME"] = str(night.home / "dagster")
    from pipelines.definitions import defs

    job = defs().resolve_job_def(JOB)
    run_id = str(uuid.uuid4())
    with dg.DagsterInstance.get() as instance:
        instance.add_event_listener(run_id, lambda entry: _pass_on(entry, progress))
        result = job.execute_in_process(
            run_config=_config(night),
            instance=instance,
            raise_on_error=False,
            asset_selection=selection(night) if assets is None else assets,
            run_id=run_id,
            tags={**REPOSITORY_TAG, **tags},
        )
    return _read(result, night)


def republish(home: Path) -> NightResult | None:
    """Build and publish anew what the last night had taken in, by its settings and today's ledger, and fetch nothing;
    None where there was no night yet. The caller holds the night's lock.

    It is for what must go at once, so the gate warns of what is implausible and does not stop it: a smaller or odder
    release can be mended tomorrow, an address that stayed up one night too long cannot. A breach of the guard is our
    own bug, may mean that the decision itself was not carried out, and stops as always; so does a lesser set.
    """
    night = last_night(home)
    if night is None:
        return None
    return run(night, lambda step, ended: None, [*table_keys(), REVIEW, RELEASE], {DECISION_TAG: "true"})


def last_night(home: Path) -> Night | None:
    """The settings by which the warehouse was built, None where there is none."""
    import duckdb

    from sources.ingest import Night

    warehouse = home / "warehouse.duckdb"
    if not warehouse.exists():
        return None
    with duckdb.connect(str(warehouse), read_only=True) as con:
        ((as_of, prefecture, source_set),) = con.execute("SELECT as_of, prefecture, source_set FROM night").fetchall()
    # Which folder the mirror was is of no account where nothing is fetched.
    return Night(home, as_of, prefecture, home if source_set == "mirror" else None, source_set)


def _config(night: Night) -> dg.RunConfig:
    from pipelines.defs.resources import NightResource

    told = NightResource(
        as_of=night.as_of.isoformat(),
        mirror=str(night.mirror or ""),
        prefecture=night.prefecture,
        source_set=night.source_set,
    )
    return dg.RunConfig(resources={"night": told}, loggers={"console": {"config": {"log_level": "CRITICAL"}}})


def _pass_on(entry: dg.EventLogEntry, progress: Progress) -> None:
    event = entry.dagster_event
    if event is not None and event.step_key is not None:
        if event.is_step_start:
            progress(event.step_key, False)
        elif event.is_step_success or event.is_step_failure:
            progress(event.step_key, True)


def _read(result: dg.ExecuteInProcessResult, night: Night) -> NightResult:
    from publish.versions import latest
    from sources import ingest

    return NightResult(
        outcome=_outcome(result),
        release=latest(night.home),
        sources=tuple(ingest.last_run(name, night.home) for name in sources_of(night) if _succeeded(result, name)),
        seconds=_seconds(result),
        run_id=result.run_id,
        errors=_errors(result),
        warnings=_warnings(result),
    )


def _succeeded(result: dg.ExecuteInProcessResult, source_id: str) -> bool:
    node = source_key(source_id).to_python_identifier()
    return any(event.step_key == node for event in result.get_step_success_events())


def _seconds(result: dg.ExecuteInProcessResult) -> dict[str, float]:
    ended = [event for event in result.all_events if event.is_step_success and event.step_key]
    return {str(event.step_key): round(event.step_success_data.duration_ms / 1000, 2) for event in ended}


def _errors(result: dg.ExecuteInProcessResult) -> tuple[str, ...]:
    told = [
        f"{check.check_name} {check.asset_key.to_user_string()}: {check.description or ''}"
        for check in result.get_asset_check_evaluations()
        if not check.passed and check.severity == dg.AssetCheckSeverity.ERROR
    ]
    for event in result.all_events:
        failure = event.step_failure_data.user_failure_data if event.is_step_failure else None
        if failure is not None and failure.description:
            told.append(f"{event.step_key}: {failure.description}")
    if not told and not result.success:
        told = [event.message or "" for event in result.all_events if event.is_failure]
    return tuple(told)


def _warnings(result: dg.ExecuteInProcessResult) -> tuple[str, ...]:
    """What the gate found and let pass, each once."""
    checked = result.get_asset_check_evaluations()
    noted = [check for check in checked if check.check_name == "gate" and check.passed and TABLE in check.metadata]
    return tuple(dict.fromkeys(check.description or "" for check in noted))


def _outcome(result: dg.ExecuteInProcessResult) -> str:
    if any(check.check_name in STOPPING and not check.passed for check in result.get_asset_check_evaluations()):
        return "stopped"
    if not result.success:
        return "failed"
    made = result.asset_materializations_for_node(RELEASE.to_python_identifier())[0]
    return "released" if made.metadata["今夜公開"].value else "unchanged"
