"""``index.html``: the door of a release, a page that leads a municipal officer to every file.

It shows what ``index.json`` and ``quality.json`` say and finds out nothing itself. For whom a file is and what it is
called stands in ``files.yml``; the words around it in ``templates/index.html.jinja``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from publish import index, pages
from schemas import rulebook

FILES = Path(__file__).parent / "files.yml"
DOOR = "index.html"

OF_AREA = re.compile(r"areas/([^/]+)/([a-z_]+)\.(csv|json)")
"""Path of a table of one municipality or bureau: they stand in a table of their own, by area."""

NEEDED = {
    "organizations": ("municipality_code", "url"),
    "places": ("address", "latitude"),
    "services": ("support_categories", "area_codes", "description", "fee"),
}
"""Fields without which a person in need is not helped far: their fill rates stand on the first page."""

UNITS = ("バイト", "KB", "MB", "GB")


def build(document: Mapping[str, Any], report: Mapping[str, Any]) -> str:
    """The page, from the release's ``index.json`` (its ``files`` with or without the page itself) and
    ``quality.json``.
    """
    bureaus = _bureaus(document["files"])
    held = {name for bureau in bureaus for area in bureau["areas"] for name in area["rows"]}
    return pages.render(
        "index",
        index=document,
        groups=_groups(document),
        bureaus=bureaus,
        area_tables=[table for table in document["tables"] if table["name"] in held],
        unread=[source for source in document["sources"] if source["id"] in index.unread_licences(document["sources"])],
        sources=[source for source in document["sources"] if source.get("contributes", True)],
        counted=[table for table in document["tables"] if table["name"] in NEEDED],
        oldest=_oldest(report),
        rates=_rates(report),
    )


@cache
def catalogue() -> tuple[dict[str, Any], ...]:
    """The groups of readers with their files, as ``files.yml`` has them, in the order of the page."""
    return tuple(yaml.safe_load(FILES.read_text(encoding="utf-8")))


def entry(path: str) -> dict[str, Any]:
    """What ``files.yml`` says of the file at that path of a release; every path fits one entry."""
    return next(told for group in catalogue() for told in group["files"] if fnmatchcase(path, told["path"]))


def _groups(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The groups that have files: each with ``single`` files and ``sections`` (format, description, files)."""
    listed = [{"path": index.NAME}, *(file for file in document["files"] if file["path"] != DOOR)]
    shown = [_shown(file) for file in listed if not OF_AREA.fullmatch(file["path"])]
    described = {one["name"]: one["description"] for one in document["formats"]}
    groups = []
    for group in catalogue():
        held = [(told, [file for file in shown if file["entry"] is told]) for told in group["files"]]
        sections = [
            {"told": told, "description": described.get(told["path"].split("/")[0]), "files": files}
            for told, files in held
            if files and "*" in told["path"]
        ]
        single = [file for told, files in held for file in files if "*" not in told["path"]]
        if single or sections:
            groups.append(group | {"single": single, "sections": sections})
    return groups


def _shown(file: Mapping[str, Any]) -> dict[str, Any]:
    told = entry(file["path"])
    stem = PurePosixPath(file["path"]).stem
    title = told.get("titles", {}).get(stem) or _titles().get(stem, stem) if "*" in told["path"] else told["ja"]
    size = _size(file["bytes"]) if "bytes" in file else None
    return {"rows": None, "sha256": None, **file, "entry": told, "title": title, "size": size}


@cache
def _titles() -> dict[str, str]:
    """Titles of tables, and of code lists by the first field that uses them."""
    fields = [field for table in reversed(rulebook.published_tables()) for field in reversed(table.published_fields)]
    lists = {field.codes: field.title for field in fields if field.codes}
    return lists | {table.name: table.title for table in rulebook.published_tables()}


def _size(count: int) -> str:
    """``count`` bytes as a person reads it: three digits at most, thousands."""
    size, unit = float(count), 0
    while size >= 999.5 and unit < len(UNITS) - 1:
        size, unit = size / 1000, unit + 1
    return f"{size:.1f} {UNITS[unit]}" if unit and size < 9.95 else f"{size:.0f} {UNITS[unit]}"


def _bureaus(files: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """By bureau, in the order of the code lists, the bureau's own files and its municipalities' (code, label, rows of
    each table); none where the release has no files by area.
    """
    rows: dict[str, dict[str, int]] = {}
    for file in files:
        if (found := OF_AREA.fullmatch(file["path"])) and found[3] == "csv":
            rows.setdefault(found[1], {})[found[2]] = file["rows"]
    towns = rulebook.codes("municipalities").values()
    bureaus = [
        (bureau, [bureau, *(town for town in towns if town.extra["bureau"] == bureau.label_ja)])
        for bureau in rulebook.codes("bureaus").values()
    ]
    told = [
        {
            "label": bureau.label_ja,
            "areas": [
                {"code": area.code, "label": area.label_ja, "rows": rows[area.code]}
                for area in areas
                if area.code in rows
            ],
        }
        for bureau, areas in bureaus
    ]
    return [bureau for bureau in told if bureau["areas"]]


def _oldest(report: Mapping[str, Any]) -> dict[str, Any] | None:
    """The source whose data is oldest, of those that have rows in the release and tell a date."""
    held = [source for source in report["sources"] if source.get("contributes", True)]
    dated = [source for source in held if source["age_days"] is not None]
    return max(dated, key=lambda source: (source["age_days"], source["id"]), default=None)


def _rates(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Fill rates of :data:`NEEDED`: the tables with these fields alone."""
    return [
        table | {"fields": [field for field in table["fields"] if field["name"] in NEEDED[table["name"]]]}
        for table in report["tables"]
        if table["name"] in NEEDED
    ]
