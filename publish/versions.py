"""Which releases there are: their names, their order, their index, how long they are kept, and which is ``latest``.

A version is its ``as_of`` date, then ``<as_of>.2``, ``<as_of>.3`` …; ``+rN`` is one that was made anew without what
had to go (``publish.redaction``). What stands in ``releases/`` is the truth: ``releases/index.json`` and ``latest``
follow from it and are mended by :func:`settle`; ``published.json`` says what the newest was made from. What a release
holds does not belong here.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

from publish import index
from schemas import rulebook
from warehouse import ledger

NAME = re.compile(r"(\d{4}-\d{2}-\d{2})(?:\.([1-9]\d*))?(?:\+r([1-9]\d*))?")
BUILDING, LEAVING = ".building-", ".leaving-"
"""How the name of a folder begins that is no release yet, and no longer."""

OF_A_RELEASE = ("as_of", "prefecture", "source_set", "publishable", "previous", "content_sha256", "tables")
"""What ``releases/index.json`` tells of each release, as the release's own index says it."""

STATE = "published.json"
"""Beside the releases, never published: what the newest one was made from."""

NOTE = "redaction.json"
"""Beside the releases while a redaction is under way: what becomes what, of which id, by whom, why."""

KEEP_DAYS = 30
"""Days for which every release is kept; the last one of each month is kept for ever."""


@dataclass(frozen=True, order=True)
class Version:
    """A release's name: the ``as_of`` date, its number on that day, and how often it was made anew."""

    day: str
    number: int = 1
    redaction: int = 0

    def __str__(self) -> str:
        number = f".{self.number}" if self.number > 1 else ""
        return f"{self.day}{number}{f'+r{self.redaction}' if self.redaction else ''}"

    @property
    def redacted(self) -> Version:
        """The name of this release made anew once more."""
        return replace(self, redaction=self.redaction + 1)


def parse(name: str) -> Version | None:
    """The version of that name, None if it is none."""
    found = NAME.fullmatch(name)
    return Version(found[1], int(found[2] or 1), int(found[3] or 0)) if found else None


def releases(home: Path) -> list[tuple[Version, Path]]:
    """Every whole release, oldest first."""
    found = ((parse(path.parent.name), path.parent) for path in (home / "releases").glob("*/" + index.NAME))
    return sorted((version, path) for version, path in found if version is not None)


def folders(home: Path, as_of: date) -> list[Path]:
    """Every release up to ``as_of``, oldest first."""
    return [path for version, path in releases(home) if version.day <= as_of.isoformat()]


def latest(home: Path) -> Path | None:
    """Folder of the newest release, None before the first one."""
    found = releases(home)
    return found[-1][1] if found else None


def following(home: Path, as_of: date) -> Version:
    """The name of the next release of that day."""
    taken = [version.number for version, _ in releases(home) if version.day == as_of.isoformat()]
    return Version(as_of.isoformat(), max(taken, default=0) + 1)


def settle(home: Path, keep_days: int = KEEP_DAYS) -> None:
    """Have index and link say what there is, and let go what is kept no longer; ``latest`` moves last.

    Safe at any moment, and after a process died at any moment. A reader finds no release that is not whole, and none
    that the index names is missing.
    """
    folder = home / "releases"
    for stale in sorted((*folder.glob(f"{BUILDING}*"), *folder.glob(f"{LEAVING}*"))):
        shutil.rmtree(stale)
    expired = _expired(home, keep_days)
    _write_index(home, {path for _, path in releases(home)} - expired)
    for path in sorted(expired):
        leave(path)
    _point_latest(home)


def begin_redaction(home: Path, note: dict[str, Any]) -> None:
    """Note that the releases in ``made`` (old name, new name) are written aside and are to take each other's place.

    ``id``, ``by``, ``why`` and ``on`` are for the ledger. From here on :func:`finish_redaction` completes it.
    """
    aside = home / f".{NOTE}"
    write_json(aside, note)
    os.sync()
    aside.replace(home / NOTE)


def finish_redaction(home: Path) -> None:
    """Carry out what the note says, if there is one: the new releases come, the old go, the ledger remembers."""
    if not (home / NOTE).exists():
        return
    told = read(home / NOTE)
    folder = home / "releases"
    for new in told["made"].values():
        if (building := folder / f"{BUILDING}{new}").exists():
            building.rename(folder / new)
    sync_folder(folder)
    gone = {folder / old for old in told["made"]}
    _write_index(home, {path for _, path in releases(home)} - gone)
    _point_latest(home)
    for path in sorted(gone):
        if path.exists():
            leave(path)
    with ledger.opened(home) as book:
        ledger.redact(book, told["id"], told["by"], told["why"], told["on"], told["made"])
    (home / NOTE).unlink()


def leave(release: Path) -> None:
    """Delete a release: it is whole, or it is none."""
    aside = release.with_name(LEAVING + release.name)
    release.rename(aside)
    shutil.rmtree(aside)


def _expired(home: Path, keep_days: int) -> set[Path]:
    """The releases that are neither of the last days before the newest one nor the last of their month."""
    found = releases(home)
    if not found:
        return set()
    since = (date.fromisoformat(found[-1][0].day) - timedelta(days=keep_days)).isoformat()
    last_of_month = {version.day[:7]: path for version, path in found}
    return {path for version, path in found if version.day < since and path != last_of_month[version.day[:7]]}


def _write_index(home: Path, kept: set[Path]) -> None:
    """``releases/index.json``, where it does not say this already; versions never change, so their names suffice."""
    path = home / "releases" / index.NAME
    names = [str(version) for version, folder in releases(home) if folder in kept]
    if path.exists() and [told["version"] for told in read(path)["releases"]] == names:
        return
    if names:
        told = [_told(home / "releases" / name) for name in names]
        write_json(path.with_name(f".{index.NAME}"), {"title": index.TITLE, "latest": names[-1], "releases": told})
        path.with_name(f".{index.NAME}").replace(path)


def _told(folder: Path) -> dict[str, Any]:
    data = (folder / index.NAME).read_bytes()
    contents = json.loads(data)
    return {
        "version": folder.name,
        "path": f"{folder.name}/{index.NAME}",
        "sha256": hashlib.sha256(data).hexdigest(),
        **{key: contents.get(key) for key in OF_A_RELEASE},
        "files": len(contents["files"]),
        "bytes": sum(file["bytes"] for file in contents["files"]),
    }


def _point_latest(home: Path) -> None:
    """Let the link ``home/latest`` point to the newest release, if there is one, in one step."""
    newest = latest(home)
    if newest is None:
        return
    target = newest.relative_to(home)
    link = home / "latest"
    if link.is_symlink() and link.readlink() == target:
        return
    aside = home / ".latest"
    aside.unlink(missing_ok=True)
    aside.symlink_to(target)
    aside.replace(link)
    sync_folder(home)


def remember(home: Path, newest: Path) -> None:
    """Note that this release holds what the warehouse was built from."""
    aside = home / f".{STATE}"
    write_json(aside, {"version": newest.name, "inputs": _inputs(home)})
    aside.replace(home / STATE)


def _inputs(home: Path) -> str:
    """What the warehouse was built from, and by which code it is published."""
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as con:
        ((inputs,),) = con.execute("SELECT inputs FROM night").fetchall()
    return f"{inputs} {rulebook.tree_digest(Path(__file__).parent)}"


def up_to_date(home: Path) -> bool:
    """Whether the newest release already holds what the warehouse was built from: then there is nothing to do."""
    state, newest = home / STATE, latest(home)
    if newest is None or not state.exists():
        return False
    told = read(state)
    return bool(told == {"version": newest.name, "inputs": _inputs(home)})


def read(path: Path) -> dict[str, Any]:
    """A JSON document of a release."""
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def write_json(path: Path, document: dict[str, Any]) -> None:
    """Write a document as every release has it: UTF-8, two spaces, LF."""
    path.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8", newline="\n")


def sync_folder(folder: Path) -> None:
    """Have the disk hold the names in a folder."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
