"""Real releases of one national registry as successive nights: each release is the one before and its delta.

The registry alone, for Hokkaido: a mirror that grows by a half-yearly release every night.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from publish import release
from schemas import rulebook
from sources import catalog, ingest
from sources.ingest import Night
from tests.publish.applying import from_csv, from_json
from warehouse import build

REAL = Path(__file__).parents[2].parent / "shared/data/real"
RELEASES = {
    "202309": REAL / "wam-sfk-history/202309",
    "202503": REAL / "wam-sfk-202503",
    "202603": REAL / "wam-sfk-202603",
}
"""Of the first four services are at hand, of the second all but a few, of the last four, three of which are new."""

FIRST = date(2026, 11, 20)
SOURCE = "wam_shogai"
TABLES = [table.name for table in rulebook.published_tables()]

pytestmark = pytest.mark.skipif(
    not all(folder.is_dir() for folder in RELEASES.values()),
    reason="the real files (../shared/data/real/wam-sfk-*) are not on this machine",
)


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Our releases, oldest first."""
    base = tmp_path_factory.mktemp("wam")
    home, mirror = base / "home", base / "mirror"
    # A history holds four services of thirty: far fewer rows than the registry must bring in a real night.
    registry = replace(catalog.load_all()[SOURCE], bounds={"minimum_rows": 1, "maximum_rows": 900_000})
    made = []
    for number, (name, folder) in enumerate(RELEASES.items()):
        as_of = FIRST + timedelta(days=number)
        landed = mirror / f"wam-sfk-{name}"
        landed.mkdir(parents=True)
        for file in sorted(folder.glob("*.[cz][si][vp]")):
            (landed / file.name).symlink_to(file)
        taken = ingest.ingest(registry, Night(home, as_of, "01", mirror, "mirror"))
        assert taken.rejected is None and taken.accepted
        assert build.build(home, [SOURCE], as_of, "01", "mirror").broken == []
        published = release.publish(home, as_of)
        assert published is not None
        made.append(published)
    return made


def rows(folder: Path, table: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((folder / f"json/{table}.json").read_text("utf-8"))
    return found


def lines(folder: Path, table: str) -> list[dict[str, str]]:
    with (folder / f"csv/{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def bag(told: Sequence[dict[str, Any]]) -> Counter[str]:
    return Counter(json.dumps({k: v for k, v in row.items() if v not in (None, "")}, sort_keys=True) for row in told)


@pytest.mark.parametrize("table", TABLES)
def test_the_release_before_and_the_delta_are_the_release(table: str, releases: list[Path]) -> None:
    for before, now in pairwise(releases):
        assert bag(from_json(rows(before, table), now / f"delta/{table}.json")) == bag(rows(now, table))
        assert bag(from_csv(lines(before, table), now / f"delta/{table}.csv")) == bag(lines(now, table))


def test_each_counts_from_the_one_before(releases: list[Path]) -> None:
    indexes = [json.loads((folder / "delta/index.json").read_text("utf-8")) for folder in releases]
    assert [index["previous"] for index in indexes] == [None, *(folder.name for folder in releases[:-1])]
    for index in indexes[1:]:
        counts = {table["name"]: table for table in index["tables"]}
        for kind in ("organizations", "services"):
            assert min(counts[kind][change] for change in ("added", "changed", "removed")) > 0
        assert min(counts[name]["replaced"] for name in ("contact_points", "schedules", "provenance")) > 0


def test_an_id_that_was_published_is_in_its_table_or_in_redirects_or_in_removed(releases: list[Path]) -> None:
    ever: set[tuple[str, str]] = set()
    for folder in releases:
        living = {(t.name, row[t.primary_key[0]]) for t in rulebook.entity_tables() for row in rows(folder, t.name)}
        led = {(row["kind"], row["old_id"]) for row in rows(folder, "redirects") if row["change"] == "merged"}
        ever |= living | led
        assert {(row["kind"], row["entity_id"]) for row in rows(folder, "removed")} == ever - living - led


def test_of_what_is_gone_the_delta_tells_ids_alone(releases: list[Path]) -> None:
    """No name that no record bears any more stands in the delta by which it went."""
    for before, now in pairwise(releases):
        written = (now / "CHANGES.md").read_text("utf-8") + (now / "navi/urgent-changes.json").read_text("utf-8")
        written += "".join(path.read_text("utf-8") for path in sorted((now / "delta").iterdir()))
        left = {row["name"] for kind in ("organizations", "services", "places") for row in rows(now, kind)}
        gone = {one["service_id"] for one in json.loads((now / "delta/services.json").read_text("utf-8"))["removed"]}
        names = {row["name"] for row in rows(before, "services") if row["service_id"] in gone}
        told = [name for name in sorted(names) if len(name) > 8 and not any(name in other for other in left)]
        assert told and not [name for name in told if name in written]


def test_whose_phone_changed(releases: list[Path]) -> None:
    """Those, and only those, of both releases whose numbers differ, with the numbers of now."""
    for before, now in pairwise(releases):
        was, are = phones(before), phones(now)
        both = entities(before) & entities(now)
        told = json.loads((now / "navi/urgent-changes.json").read_text("utf-8"))["phone_changed"]
        found = {(one["kind"], one["id"]): {(p["value"], p["extension"]) for p in one["phones"]} for one in told}
        assert found == {one: are.get(one, set()) for one in both if was.get(one) != are.get(one)} and found


def phones(folder: Path) -> dict[tuple[str, str], set[tuple[str, str | None]]]:
    found: dict[tuple[str, str], set[tuple[str, str | None]]] = {}
    for row in rows(folder, "contact_points"):
        if row["kind"] == "phone":
            found.setdefault((row["owner_kind"], row["owner_id"]), set()).add((row["value"], row["extension"]))
    return found


def entities(folder: Path) -> set[tuple[str, str]]:
    return {(t.name, row[t.primary_key[0]]) for t in rulebook.entity_tables() for row in rows(folder, t.name)}
