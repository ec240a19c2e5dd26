"""A release: built aside, verified, searched for what must not leave, renamed, and then ``latest`` switches to it.

``releases/<version>/`` is complete or absent, and never changes. Three rules follow from that:

- Same content, no new version. The content is everything but what the date alone changes (``publish.writing``); it is
  compared with the newest release that is not later than ``as_of``.
- An ``as_of`` before the newest release fills in history: its release is written, ``latest`` does not go back.
- A crash before the rename leaves a folder that is no release, one after it a ``latest`` that lags behind; the next
  call removes the one and moves the other. ``latest`` is valid at every moment.

The caller holds the night's lock and has asked the gate. Names and order of releases are ``publish.versions``', their
files ``publish.writing``'s.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from pathlib import Path

import duckdb

from publish import contents, delta, exporters, index, leaks, privacy, versions, writing
from publish.versions import BUILDING, KEEP_DAYS, sync_folder
from publish.writing import ReleaseError
from schemas import messages
from schemas.finding import Finding


class LeakError(ReleaseError):
    """A written file, or the record of the night, holds a value that must not leave; ``findings`` say where."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("公開してはいけない値が、公開するファイルか夜の記録にあります / a value that must not leave")
        self.findings = list(findings)


def publish(home: Path, as_of: date, keep_days: int = KEEP_DAYS) -> Path | None:
    """Publish what ``home/warehouse.duckdb`` holds as a new release; None if the content is unchanged.

    Releases older than ``keep_days`` go, but for the last of each month. Raises :class:`ReleaseError` if the written
    files fail their verification, :class:`LeakError` if they hold what must not leave.
    """
    recover(home, keep_days)
    if versions.up_to_date(home):
        return None
    with closing(privacy.open_public(home / "warehouse.duckdb")) as con:
        published = publish_from(con, home, as_of, keep_days)
    newest = versions.folders(home, as_of)[-1]
    if newest == versions.latest(home):
        versions.remember(home, newest)
    return published


def recover(home: Path, keep_days: int = KEEP_DAYS) -> None:
    """Finish what a process that died had begun, or clear it away."""
    versions.finish_redaction(home)
    versions.settle(home, keep_days)


def publish_from(con: duckdb.DuckDBPyConnection, home: Path, as_of: date, keep_days: int = KEEP_DAYS) -> Path | None:
    """As :func:`publish`, from a connection as ``publish.privacy.open_public`` opens it."""
    releases = home / "releases"
    releases.mkdir(parents=True, exist_ok=True)
    recover(home, keep_days)
    before = next(reversed(versions.folders(home, as_of)), None)
    version = versions.following(home, as_of)
    building = releases / f"{BUILDING}{version}"
    building.mkdir()
    tables = exporters.prepare(con)
    delta.removed(con, before, as_of)
    delta.make(con, before, tables)
    told = contents.of_night(con, tables, str(version), as_of, before)
    digest = writing.write(con, told, version, building)
    if before and versions.read(before / index.NAME)["content_sha256"] == digest:
        shutil.rmtree(building)
        return None
    with ThreadPoolExecutor(1) as beside, con.cursor() as other:
        verified = beside.submit(writing.verify, other, told, building)
        leaked = _search(con, building, home)
        verified.result()
    if leaked:
        raise LeakError([_finding(leak) for leak in leaked])
    release = releases / str(version)
    move(building, release)
    versions.settle(home, keep_days)
    return release


def _search(con: duckdb.DuckDBPyConnection, folder: Path, home: Path) -> list[leaks.Leak]:
    """Where the written files, or what Dagster noted since the last release, tell a secret."""
    search = leaks.Search(privacy.searched(con))
    return [*search.find(index.paths(folder), folder), *search.find(_notes(home), home)]


def _notes(home: Path) -> list[Path]:
    """What Dagster wrote since the last release: its events, runs and schedules."""
    state = home / versions.STATE
    since = state.stat().st_mtime_ns if state.exists() else 0
    return [path for path in index.paths(home / "dagster") if path.stat().st_mtime_ns >= since]


def _finding(leak: leaks.Leak) -> Finding:
    if leak.field == leaks.UNSEARCHABLE:
        return messages.file_finding("file-not-searchable", source="release", file=leak.file)
    table, field = leak.field.split(".")
    told = {"file": leak.file, "table": table, "field": field, "expected": str(leak.count)}
    return messages.file_finding("private-value-found", source="release", **told)


def move(building: Path, release: Path) -> None:
    """Make the folder a release: on the disk with all it holds, and then there, in one step."""
    # One call for thousands of files: a rename must not come before its contents.
    os.sync()
    building.rename(release)
    sync_folder(release.parent)
