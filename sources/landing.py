"""Landing: a source's bytes as immutable snapshots, ``landing/<source>/<sha256>/``.

A snapshot is the ordered files of one fetch and a ``manifest.json``; the same bytes are the same snapshot, however
often they come. ``fetched.json`` beside the snapshots remembers which one came last and the validators (ETag,
Last-Modified) of its addresses. How bytes are brought belongs in ``sources.fetchers``, what they mean in
``sources.readers``. One night at a time lands; its lock is the caller's.
"""

from __future__ import annotations

import calendar
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from sources.catalog import Source
from sources.fetchers import Fetched, FetchError, ckan, file, http
from sources.fetchers import mirror as mirrors
from sources.fetchers.http import Patience

__all__ = ["FetchError", "LandedFile", "Snapshot", "land", "latest", "snapshot"]

JAPAN = timezone(timedelta(hours=9))
REMOTE = {"http": http.fetch, "ckan": ckan.fetch}


@dataclass(frozen=True)
class LandedFile:
    """One file of a snapshot."""

    name: str
    path: Path
    sha256: str
    size: int


@dataclass(frozen=True)
class Snapshot:
    """A source's ordered files as published, never changed.

    ``sha256`` is taken over the ordered names and hashes of the files. ``dated`` is the ISO date of the data: the
    last day of the release's month where an address or path tells it, else the newest date that a portal gives,
    else the newest Last-Modified (both as dates in Japan), else the ``as_of`` of the night that landed it first.
    """

    source: str
    sha256: str
    folder: Path
    files: tuple[LandedFile, ...]
    dated: str


def land(
    source: Source,
    home: Path,
    mirror: Path | None,
    as_of: date,
    good: str | None = None,
    patience: Patience | None = None,
) -> Snapshot:
    """Bring the source's files, all or none, and keep them as a snapshot below ``home``.

    A remote source is served by the folder ``mirror`` where one is given; its server is asked whether something
    changed only since the snapshot ``good``. An error page in place of a file is younger than the file, so that
    "unchanged since then" would be true of the file when it is back. The snapshot appears by one rename: a process
    killed at any point leaves none or a whole one, and the next call clears what it left. Bytes that were landed
    before give the snapshot of that day. Raises ``FetchError``.
    """
    shelf = home / "landing" / source.id
    incoming = shelf / ".incoming"
    shutil.rmtree(incoming, ignore_errors=True)
    incoming.mkdir(parents=True)
    try:
        fetched = _fetch(source, shelf, mirror, incoming, good, patience or Patience())
        landed = _keep(source.id, shelf, incoming, fetched, as_of)
    finally:
        shutil.rmtree(incoming, ignore_errors=True)
    files = [{"name": one.name, "url": one.url, **_validators(one)} for one in fetched]
    _write_json(shelf / "fetched.json", {"snapshot": landed.sha256, "files": files})
    return landed


def latest(source_id: str, home: Path) -> Snapshot | None:
    """The snapshot of the last successful fetch, None if there is none."""
    shelf = home / "landing" / source_id
    memory = _read_json(shelf / "fetched.json")
    return _open(shelf / memory["snapshot"]) if memory else None


def snapshot(source_id: str, home: Path, sha256: str) -> Snapshot | None:
    """The snapshot of that hash, None if it is not there or damaged."""
    return _open(home / "landing" / source_id / sha256)


def _fetch(
    source: Source, shelf: Path, mirror: Path | None, into: Path, good: str | None, patience: Patience
) -> list[Fetched]:
    protocol = source.fetch["protocol"]
    if protocol in ("file", "inbox"):
        return file.fetch(source, into)
    if mirror is not None:
        return mirrors.fetch(source, mirror, into)
    return REMOTE[protocol](source, into, _known(shelf, good), patience)


def _known(shelf: Path, good: str | None) -> dict[str, Fetched]:
    """By URL, what the last fetch brought if it was good; only files whose bytes are still those of the manifest."""
    memory = _read_json(shelf / "fetched.json")
    snapshot = _open(shelf / memory["snapshot"]) if memory and memory["snapshot"] == good else None
    if memory is None or snapshot is None:
        return {}
    return {
        entry["url"]: Fetched(
            landed.name, landed.path, landed.sha256, landed.size, entry["url"], entry["etag"], entry["last_modified"]
        )
        for entry, landed in zip(memory["files"], snapshot.files, strict=True)
        if entry["url"] and hashlib.sha256(landed.path.read_bytes()).hexdigest() == landed.sha256
    }


def _keep(source: str, shelf: Path, incoming: Path, fetched: Sequence[Fetched], as_of: date) -> Snapshot:
    """Turn the incoming folder into a snapshot, or return the one that already holds the same bytes."""
    sha256 = hashlib.sha256("".join(f"{one.name}\0{one.sha256}\n" for one in fetched).encode()).hexdigest()
    folder = shelf / sha256
    if existing := _open(folder):
        return existing
    manifest = {
        "source": source,
        "sha256": sha256,
        "dated": _dated(fetched, as_of).isoformat(),
        "first_landed": as_of.isoformat(),
        "files": [
            {"name": one.name, "bytes": one.size, "sha256": one.sha256, "url": one.url, **_validators(one)}
            for one in fetched
        ],
    }
    _write_json(incoming / "manifest.json", manifest)
    # Only a snapshot that somebody damaged can be in the way here; the bytes at hand are its very bytes.
    shutil.rmtree(folder, ignore_errors=True)
    incoming.rename(folder)
    return _snapshot(folder, manifest)


def _open(folder: Path) -> Snapshot | None:
    """The snapshot in that folder, None if it is not there or a file is missing or of another size."""
    manifest = _read_json(folder / "manifest.json")
    if manifest is None:
        return None
    snapshot = _snapshot(folder, manifest)
    whole = all(one.path.is_file() and one.path.stat().st_size == one.size for one in snapshot.files)
    return snapshot if whole else None


def _snapshot(folder: Path, manifest: dict[str, Any]) -> Snapshot:
    return Snapshot(
        source=manifest["source"],
        sha256=manifest["sha256"],
        folder=folder,
        files=tuple(
            LandedFile(one["name"], folder / one["name"], one["sha256"], one["bytes"]) for one in manifest["files"]
        ),
        dated=manifest["dated"],
    )


def _validators(fetched: Fetched) -> dict[str, str | None]:
    return {"etag": fetched.etag, "last_modified": fetched.last_modified}


def _dated(fetched: Sequence[Fetched], as_of: date) -> date:
    releases = [day for one in fetched if (day := _last_day(one.release))]
    stated = _days_in_japan(one.dated for one in fetched)
    modified = _days_in_japan(_moment(one.last_modified) for one in fetched)
    return max(releases or stated or modified or [as_of])


def _last_day(release: str | None) -> date | None:
    """The last day of a release's month; None if the release is no YYYYMM."""
    if release is None or not re.fullmatch(r"[1-9][0-9]{3}(0[1-9]|1[0-2])", release):
        return None
    year, month = int(release[:4]), int(release[4:])
    return date(year, month, calendar.monthrange(year, month)[1])


def _moment(last_modified: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(last_modified) if last_modified else None
    except ValueError:
        return None


def _days_in_japan(moments: Iterable[datetime | None]) -> list[date]:
    """The days of those that are told; the last hours of the year 9999 are no day in Japan."""
    told = [moment for moment in moments if moment]
    return [moment.astimezone(JAPAN).date() for moment in told if moment.year < date.max.year]


def _read_json(path: Path) -> dict[str, Any] | None:
    """The object in that file, None if there is none or somebody damaged it."""
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return content


def _write_json(path: Path, content: dict[str, Any]) -> None:
    """Write aside, then switch: a reader sees the old file or the new one, never a part."""
    aside = path.with_name(f".{path.name}")
    with aside.open("w", encoding="utf-8") as out:
        json.dump(content, out, ensure_ascii=False, indent=2)
        out.flush()
        os.fsync(out.fileno())
    aside.replace(path)
