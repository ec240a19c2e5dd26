"""A release: built aside, verified, renamed, and then ``latest`` switches to it.

``releases/<version>/`` is complete or absent, and never changes. A version is the ``as_of`` date, then
``<as_of>.2``, ``<as_of>.3`` …; ``latest`` points to the newest version. Three rules follow from that:

- Same content, no new version. The content is everything but what the date alone changes (:data:`DATED`); it is
  compared with the newest release that is not later than ``as_of``.
- An ``as_of`` before the newest release fills in history: its release is written, ``latest`` does not go back.
- A crash before the rename leaves a ``.building-…`` folder, one after it a ``latest`` that lags behind; the next
  call removes the one and moves the other. ``latest`` is valid at every moment.

The caller holds the night's lock and has asked the gate. What the documents say stands in their own modules.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from publish import (
    assumptions,
    codelists,
    datapackage,
    duckdb_views,
    exporters,
    index,
    pages,
    privacy,
    quality,
    resolution,
)
from publish.exporters import rows
from schemas import engine, rulebook
from schemas.rulebook import Table

VERSION = re.compile(r"(\d{4}-\d{2}-\d{2})(?:\.(\d+))?")
DATED = frozenset({"version", "redirects_tonight", "as_of", "age_days"})
"""Keys of the documents that change from night to night though nothing happened."""

STATE = "published.json"
"""Beside the releases, never published: what the newest one was made from."""


class ReleaseError(Exception):
    """The written candidate is not what was meant to be published; the last release stays."""


def publish(home: Path, as_of: date) -> Path | None:
    """Publish what ``home/warehouse.duckdb`` holds as a new release; None if the content is unchanged.

    Raises :class:`ReleaseError` if the written files fail their verification.
    """
    _recover(home)
    if up_to_date(home):
        return None
    with closing(privacy.open_public(home / "warehouse.duckdb")) as con:
        published = publish_from(con, home, as_of)
    newest = folders(home, as_of)[-1]
    if newest == latest(home):
        aside = home / f".{STATE}"
        _write_json(aside, {"version": newest.name, "inputs": _inputs(home)})
        aside.replace(home / STATE)
    return published


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
    told = json.loads(state.read_text(encoding="utf-8"))
    return bool(told == {"version": newest.name, "inputs": _inputs(home)})


def folders(home: Path, as_of: date) -> list[Path]:
    """Every release up to ``as_of``, oldest first."""
    return [path for key, path in _versions(home / "releases") if key[0] <= as_of.isoformat()]


def latest(home: Path) -> Path | None:
    """Folder of the newest release, None before the first one."""
    found = _versions(home / "releases")
    return found[-1][1] if found else None


def publish_from(con: duckdb.DuckDBPyConnection, home: Path, as_of: date) -> Path | None:
    """As :func:`publish`, from a connection as ``publish.privacy.open_public`` opens it."""
    releases = home / "releases"
    releases.mkdir(parents=True, exist_ok=True)
    _recover(home)
    earlier = [(key, path) for key, path in _versions(releases) if key[0] <= as_of.isoformat()]
    before = earlier[-1] if earlier else None
    same_day = before is not None and before[0][0] == as_of.isoformat()
    version = f"{as_of.isoformat()}.{before[0][1] + 1}" if before and same_day else as_of.isoformat()
    building = releases / f".building-{version}"
    building.mkdir()
    tables = exporters.prepare(con)
    digest = _write(con, building, tables, version, as_of)
    if before and _read_index(before[1])["content_sha256"] == digest:
        shutil.rmtree(building)
        return None
    _verify(con, building, tables)
    _sync(building)
    release = releases / version
    building.rename(release)
    _sync_folder(releases)
    _point_latest(home)
    return release


def _write(con: duckdb.DuckDBPyConnection, folder: Path, tables: tuple[Table, ...], version: str, as_of: date) -> str:
    """Write every file of the release into ``folder``; returns the digest of its content."""
    counts = {}
    for exporter in exporters.ALL:
        (folder / exporter.NAME).mkdir()
        for table in tables:
            path = exporter.export(con, table, folder / exporter.NAME)
            counts[path.relative_to(folder).as_posix()] = rows.row_count(con, table)
    lists = codelists.used(tables)
    (folder / "codes").mkdir()
    for name in lists:
        path = codelists.export(name, folder / "codes")
        counts[path.relative_to(folder).as_posix()] = len(rulebook.codes(name))
    _write_text(folder / "michishirube.sql", duckdb_views.build(tables, lists))
    _write_text(folder / "ASSUMPTIONS.md", assumptions.assumptions(_mappings(con)))
    undated = index.files(folder, counts)
    contents = index.build(con, tables, version, as_of.isoformat())
    package = datapackage.build(con, tables, lists, version)
    report = quality.build(con, tables, version, as_of)
    digest = _digest([undated, contents, package, report, *map(pages.template, ("quality", "resolution"))])
    _write_json(folder / "datapackage.json", package)
    _write_json(folder / "quality.json", report)
    _write_text(folder / "quality.html", quality.render(report))
    _write_text(folder / "resolution.html", resolution.render(report["resolution"]))
    _write_json(folder / index.NAME, contents | {"content_sha256": digest, "files": index.files(folder, counts)})
    return digest


def _mappings(con: duckdb.DuckDBPyConnection) -> list[dict[str, str]]:
    query = "SELECT source AS id, title, contact, basis FROM warehouse.source_runs ORDER BY source"
    return [dict(zip(("id", "title", "contact", "basis"), row, strict=True)) for row in con.execute(query).fetchall()]


def _verify(con: duckdb.DuckDBPyConnection, folder: Path, tables: tuple[Table, ...]) -> None:
    """Read everything back from the disk: hashes, the list of files, row counts, and each CSV against its schema."""
    listed = _read_index(folder)["files"]
    counts = {file["path"]: file["rows"] for file in listed if "rows" in file}
    if index.files(folder, counts) != listed:
        raise ReleaseError("公開ファイルが目次（index.json）と一致しません / files differ from the index")
    for exporter in exporters.ALL:
        for table in tables:
            (path,) = (folder / exporter.NAME).glob(f"{table.name}.*")
            name = path.relative_to(folder).as_posix()
            found = exporter.count(con, path)
            if found != counts[name]:
                raise ReleaseError(f"{name}: {counts[name]}行のはずが{found}行です / row count differs")
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    declared = {resource["path"]: resource["schema"] for resource in package["resources"]}
    for table in tables:
        name = f"csv/{table.name}.csv"
        findings = engine.check_csv(folder / name, table, declared[name])
        if findings:
            first = findings[0]
            where = f"csv/{table.name}.csv {first.row}行目 {first.field}"
            raise ReleaseError(f"{where}: {first.code}（ほか{len(findings) - 1}件）/ does not fit its schema")


def _recover(home: Path) -> None:
    """Clear away what a killed night left, and finish its switch."""
    for stale in sorted((home / "releases").glob(".building-*")):
        shutil.rmtree(stale)
    _point_latest(home)


def _versions(releases: Path) -> list[tuple[tuple[str, int], Path]]:
    """Every release as ((date, number), folder), oldest first."""
    found = []
    for path in releases.glob("*/" + index.NAME):
        match = VERSION.fullmatch(path.parent.name)
        if match:
            found.append(((match[1], int(match[2] or 1)), path.parent))
    return sorted(found)


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
    _sync_folder(home)


def _digest(content: list[Any]) -> str:
    return hashlib.sha256(json.dumps(_timeless(content), ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _timeless(value: Any) -> Any:
    """``value`` without what the date alone changes."""
    if isinstance(value, dict):
        return {key: _timeless(item) for key, item in value.items() if key not in DATED}
    return [_timeless(item) for item in value] if isinstance(value, list) else value


def _read_index(release: Path) -> dict[str, Any]:
    contents: dict[str, Any] = json.loads((release / index.NAME).read_text(encoding="utf-8"))
    return contents


def _write_json(path: Path, document: dict[str, Any]) -> None:
    _write_text(path, json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _sync(folder: Path) -> None:
    """Have the disk hold every file and folder, so that a rename cannot come before its contents."""
    for path in index.paths(folder):
        with path.open("rb") as file:
            os.fsync(file.fileno())
    for path in [folder, *(path for path in folder.rglob("*") if path.is_dir())]:
        _sync_folder(path)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
