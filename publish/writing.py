"""Every file of a release, written into a folder and read back; nothing here decides whether or where it is published.

What must not change while the content does not comes first; what only tells of the release before (``delta/``,
``CHANGES.md``, ``navi/``) is not content, and comes after.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import duckdb

from publish import (
    areas,
    changes,
    codelists,
    coverage,
    datapackage,
    delta,
    dictionary,
    door,
    duckdb_views,
    exporters,
    index,
    pages,
    quality,
    resolution,
    urgent,
    versions,
)
from publish.contents import ASSUMPTIONS, Contents
from publish.versions import Version, write_json
from schemas import engine, rulebook

DATED = frozenset({"version", "previous", "redirects_tonight", "as_of", "age_days"})
"""Keys of the documents that change from night to night though nothing happened."""

PAGES = ("index", "quality", "resolution")


class ReleaseError(Exception):
    """The written candidate is not what was meant to be published; the last release stays."""


def write(con: duckdb.DuckDBPyConnection, contents: Contents, version: Version, folder: Path) -> str:
    """Write every file of the release into the empty ``folder``; returns the digest of its content.

    ``con`` holds the tables in schema ``release`` and what changed in schema ``delta``.
    """
    counts = _tables(con, contents, folder)
    undated = index.files(folder, counts)
    told = {"version": str(version), "as_of": version.day, **contents.settings}
    document = index.build(con, contents.tables, told, contents.sources, contents.before)
    package = datapackage.build(con, contents.tables, _lists(contents), str(version), contents.sources)
    report = contents.report
    digest = _digest([undated, document, package, report, *map(pages.template, PAGES)])
    counts |= _named(folder, delta.write(con, contents.tables, folder))
    _write_text(folder / "CHANGES.md", changes.build(con, contents.tables, str(version), contents.before))
    (folder / "navi").mkdir()
    write_json(folder / "navi" / "urgent-changes.json", urgent.build(con, str(version), contents.before))
    write_json(folder / "datapackage.json", package)
    write_json(folder / "quality.json", report)
    _write_text(folder / "quality.html", quality.render(report))
    _write_text(folder / "resolution.html", resolution.render(report["resolution"]))
    listed = index.files(folder, counts, undated)
    document |= {"content_sha256": digest, "files": listed}
    _write_text(folder / door.DOOR, door.build(document, report))
    write_json(folder / index.NAME, document | {"files": index.files(folder, counts, listed)})
    return digest


def _tables(con: duckdb.DuckDBPyConnection, contents: Contents, folder: Path) -> dict[str, int]:
    """The tables in every format, and what explains them; the rows of each file by its path."""
    counts: dict[str, int] = {}
    for exporter in exporters.ALL:
        (folder / exporter.NAME).mkdir()
        counts |= _named(folder, exporter.export(con, contents.tables, folder / exporter.NAME))
    (folder / "areas").mkdir()
    counts |= _named(folder, areas.export(con, contents.tables, folder / "areas"))
    (folder / "codes").mkdir()
    for name in _lists(contents):
        counts |= _named(folder, {codelists.export(name, folder / "codes"): len(rulebook.codes(name))})
    counts |= _named(folder, coverage.export(con, folder))
    counts |= _named(folder, dictionary.export(contents.tables, folder))
    _write_text(folder / "michishirube.sql", duckdb_views.build(contents.tables, _lists(contents)))
    _write_text(folder / ASSUMPTIONS, contents.assumptions)
    return counts


def verify(con: duckdb.DuckDBPyConnection, contents: Contents, folder: Path) -> None:
    """Read everything back from the disk: hashes, the list of files, row counts, and each CSV against its schema.

    Raises :class:`ReleaseError` where something is not as it was written.
    """
    listed = versions.read(folder / index.NAME)["files"]
    counts = {file["path"]: file["rows"] for file in listed if "rows" in file}
    if index.files(folder, counts) != listed:
        raise ReleaseError("公開ファイルが目次（index.json）と一致しません / files differ from the index")
    for exporter in exporters.ALL:
        for path in index.paths(folder / exporter.NAME):
            name = path.relative_to(folder).as_posix()
            found = exporter.count(con, path)
            if found != counts[name]:
                raise ReleaseError(f"{name}: {counts[name]}行のはずが{found}行です / row count differs")
    package = versions.read(folder / "datapackage.json")
    declared = {resource["path"]: resource["schema"] for resource in package["resources"]}
    for table in contents.tables:
        name = f"csv/{table.name}.csv"
        findings = engine.check_csv(folder / name, table, declared[name])
        if findings:
            first = findings[0]
            where = f"{name} {first.row}行目 {first.field}"
            raise ReleaseError(f"{where}: {first.code}（ほか{len(findings) - 1}件）/ does not fit its schema")


def _lists(contents: Contents) -> tuple[str, ...]:
    return codelists.used(contents.tables)


def _named(folder: Path, counts: dict[Path, int]) -> dict[str, int]:
    return {path.relative_to(folder).as_posix(): rows for path, rows in counts.items()}


def _digest(content: list[Any]) -> str:
    return hashlib.sha256(json.dumps(_timeless(content), ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _timeless(value: Any) -> Any:
    """``value`` without what the date alone changes."""
    if isinstance(value, dict):
        return {key: _timeless(item) for key, item in value.items() if key not in DATED}
    return [_timeless(item) for item in value] if isinstance(value, list) else value


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
