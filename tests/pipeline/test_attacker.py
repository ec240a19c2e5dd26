"""Somebody who looks for a hidden place has every release, and compares them; nothing narrower than 全道 comes out.

The same night is published in worlds that differ by three submissions: one far from everybody, one at the address and
with the telephone of another's public submission, one at those of a public record of open data.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path

import pytest

from pipelines import nightly
from publish import areas, exporters, redaction, release, versions
from sources import inbox
from sources.ingest import Night as Settings
from tests.dropped import drop
from tests.nights import AS_OF, Night
from tests.pipeline.test_submission_to_release import traces
from tests.pipeline.told_files import differences, items
from tests.warehouse.accepted import query
from warehouse import build, submissions

FIRST, SECOND, THIRD = (AS_OF + timedelta(days=days) for days in (1, 2, 3))
NEIGHBOUR = {"団体の名称": "となりの会", "支援の名称": "となり食堂"}
HIDING = {"公開の範囲（所在地）": "非公開", "連絡先（メール）": "hisoka@mail.example.jp", "概要": "だれでも来られる"}
ALONE = HIDING | {
    "団体の名称": "ひそかの会",
    "支援の名称": "ひそか食堂",
    "所在地_連結表記（団体）": "北海道稚内市ひそか町8丁目9番10号",
    "所在地_連結表記（拠点）": "北海道稚内市ひそか町8丁目9番10号",
    "連絡先（電話）": "0162-00-0972",
}
NEAR = HIDING | {"団体の名称": "ひそりの会", "支援の名称": "ひそり食堂"}
AT = HIDING | {"団体の名称": "ひっそりの会", "支援の名称": "ひっそり食堂"}
NAMES = ("ひそかの会", "ひそりの会", "ひっそりの会")
OPEN = {"公開の範囲（所在地）": "公開"}
TRACES = ("ひそか町", "0162-00-0972", "0162000972", "162000972")

ONLY_HERE = {
    "CHANGES.md": r"\| (連絡先|団体|支援・活動|出典) `[a-z_]+` \|.*|- 増えた：.*",
    "coverage.csv": r'\["全道", .*',
    "coverage.json": r"\.areas\[(unknown|wide)\]\..*",
    "delta/index.json": r"\.tables\[[a-z_]+\]\.[a-z]+ \d+",
    "index.html": r"<div><dt>(団体|支援・活動|出典)</dt><dd>\d+</dd></div>|<details><summary>sha256.*|"
    r"<tr><td>(連絡先|団体|支援・活動|出典)</td>.*|<td class=\"number\">[\d,―]*</td>.*",
    "index.json": r"\.tables\[[a-z_]+\]\.rows \d+|\.content_sha256 .*|\.files\[(?!areas/).*",
    "quality.html": r".*\d+.*",
    "quality.json": r"\.sources\[inbox\] .*|\.tables\[[a-z_]+\]\.(rows|fields\[[a-z_]+\]\.(filled|percent)) .*",
    "xlsx/michishirube.xlsx": r"はじめに \[\"(連絡先|団体|支援・活動)\", .*",
}
"""File → what of it may differ though it names no record that is hidden: counts of the whole of Hokkaido."""


WHAT_IS_TOLD = {*(exporter.NAME for exporter in exporters.ALL), "areas", "coverage.csv", "coverage.json", "codes"}
"""The files that tell of today alone, and neither of what changed nor of the night."""


class World:
    """A home that went on from the night on the samples."""

    def __init__(self, base: Path, home: Path) -> None:
        self.home = home
        shutil.copytree(base, home, symlinks=True)

    def submit(self, name: str, *rows: Mapping[str, str]) -> None:
        """A file for each of these submissions, approved."""
        for number, row in enumerate(rows):
            drop(self.home, f"{name}{number}.csv", row)
        self._take_in(FIRST)
        for one in submissions.listing(self.home, FIRST):
            if one.state == "waiting":
                submissions.approve(self.home, one.id, "係", "電話", FIRST)

    def publish(self, as_of: date) -> Path:
        """The release of that night."""
        told = self._take_in(as_of)
        assert build.build(self.home, nightly.sources_of(told), as_of, "01", "sample").broken == []
        published = release.publish(self.home, as_of)
        assert published is not None and not _shown(published)
        return published

    def decide(self, decision: Callable[..., object], names: Iterable[str], on: date) -> None:
        """Hide or withdraw the submissions of these organizations."""
        ids = {one.organization: one.id for one in submissions.listing(self.home, on)}
        for name in names:
            decision(self.home, ids[name], "係", "依頼", on)

    def ids(self, names: Iterable[str] = NAMES) -> set[str]:
        """All that these organizations are or have, by the ids of entities."""
        listed = ", ".join(f"'{name}'" for name in names)
        told = f"(SELECT organization_id FROM organizations WHERE name IN ({listed}))"
        asked = " UNION ".join(
            f"SELECT {kind[:-1]}_id FROM {kind} WHERE organization_id IN {told}"
            for kind in ("organizations", "services", "places")
        )
        return {id for (id,) in query(self.home / "warehouse.duckdb", asked)}

    def ids_of(self, kind: str) -> set[str]:
        """Those of :meth:`ids` that are of one kind."""
        of_kind = query(self.home / "warehouse.duckdb", f"SELECT {kind[:-1]}_id FROM {kind}")
        return self.ids() & {id for (id,) in of_kind}

    def _take_in(self, as_of: date) -> Settings:
        told = Settings(self.home, as_of, "01", None, "sample")
        inbox.take_in(told)
        return told


def _shown(folder: Path) -> list[str]:
    return [path.name for path in folder.glob(".*")]


def at_open_data(home: Path) -> dict[str, str]:
    """Address and telephone of a public record of open data, as the answers of a submission."""
    ((address, phone),) = query(
        home / "warehouse.duckdb",
        """SELECT address, min(value) FROM places JOIN service_places USING (place_id)
           JOIN contact_points ON owner_kind = 'services' AND owner_id = service_id
           WHERE address_visibility = 'public' AND places.sources = 'sample_koukyou' OR places.sources = 'sample_kaigo'
             AND address_visibility = 'public' AND kind = 'phone' AND value LIKE '+81_________'
           GROUP BY address HAVING count(DISTINCT value) = 1 ORDER BY address LIMIT 1""",
    )
    number = "0" + phone.removeprefix("+81")
    return {"所在地_連結表記（団体）": address, "所在地_連結表記（拠点）": address, "連絡先（電話）": number}


@pytest.fixture(scope="module")
def hidden_ones(night: Night) -> list[dict[str, str]]:
    return [ALONE, NEAR, AT | at_open_data(night.home)]


@pytest.fixture(scope="module")
def never(night: Night, tmp_path_factory: pytest.TempPathFactory) -> World:
    """The world in which nobody hides."""
    world = World(night.home, tmp_path_factory.mktemp("never") / "home")
    world.submit("n", NEIGHBOUR)
    world.publish(FIRST)
    return world


@pytest.fixture(scope="module")
def hidden(night: Night, hidden_ones: list[dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> World:
    """The world in which three hide from the beginning."""
    world = World(night.home, tmp_path_factory.mktemp("hidden") / "home")
    world.submit("n", NEIGHBOUR, *hidden_ones)
    world.publish(FIRST)
    return world


@pytest.fixture(scope="module")
def opened(night: Night, hidden_ones: list[dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> World:
    """The world in which the same three are open for a night."""
    world = World(night.home, tmp_path_factory.mktemp("opened") / "home")
    world.submit("n", NEIGHBOUR, *(one | OPEN for one in hidden_ones))
    world.publish(FIRST)
    return world


def compare(one: Path, other: Path, ids: set[str], also: Mapping[str, str] = {}) -> None:
    """Nothing differs but what names one of ``ids``, and counts of the whole of Hokkaido (:data:`ONLY_HERE`)."""
    found = differences(one, other)
    assert [name for name in found if name.startswith("areas/")] == []
    towns = {area.name for area in areas.areas()} | {area.code for area in areas.areas() if area.kind != "bureau"}
    for name, sides in found.items():
        may = "|".join(filter(None, (ONLY_HERE.get(name), also.get(name), also.get(""))))
        for item in (item for side in sides for item in side):
            of_theirs = any(id in item for id in ids)
            assert of_theirs or (may and re.fullmatch(may, item.strip())), (name, item)
            if not re.match(r"\.sources\[|- ", item):
                assert not any(town in item for town in towns), (name, item)


def narrow(folder: Path, ids: set[str]) -> list[tuple[str, str]]:
    """What a release tells of one of ``ids`` together with a municipality or bureau."""
    towns = re.compile("|".join(sorted({told for area in areas.areas() for told in (area.name, area.code)})))
    return [
        (path.name, item)
        for path in sorted(folder.rglob("*.*"))
        if path.is_file() and path.suffix in (".json", ".csv", ".md", ".html", ".xlsx", ".parquet", ".ndjson")
        for item in items(path)
        if any(id in item for id in ids) and towns.search(item)
    ]


def records(folder: Path, without: set[str]) -> dict[str, list[str]]:
    """The rows of every table of a release but those that name one of these ids; ``removed`` tells of no record."""
    return {
        path.stem: [row for row in path.read_text("utf-8").splitlines() if not any(id in row for id in without)]
        for path in sorted((folder / "ndjson").iterdir())
        if path.stem != "removed"
    }


def test_a_hidden_submission_makes_no_difference_below_the_whole_prefecture(never: World, hidden: World) -> None:
    one, other = (versions.latest(world.home) for world in (never, hidden))
    assert one and other
    compare(one, other, hidden.ids())
    assert narrow(other, hidden.ids()) == []
    assert traces(hidden.home / "releases", *TRACES) == set()


def test_hiding_changes_no_record_of_a_neighbour(never: World, hidden: World) -> None:
    """What stands in the tables of both worlds is the same, cell by cell, also at the same address and telephone."""
    one, other = (versions.latest(world.home) for world in (never, hidden))
    assert one and other
    assert records(one, set()) == records(other, hidden.ids())


def test_who_hides_later_leaves_what_who_hid_at_once_does(opened: World, hidden: World, tmp_path: Path) -> None:
    """Of the records of others too, also of those at the same address and telephone."""
    world = World(opened.home, tmp_path / "home")
    before, at_once = versions.latest(world.home), versions.latest(hidden.home)
    assert before and at_once and traces(before, *TRACES) != set()
    ids = world.ids()
    world.decide(submissions.hide_id, NAMES, SECOND)
    after = world.publish(SECOND)
    assert traces(after, *TRACES) == set()
    assert records(after, ids | world.ids()) == records(at_once, hidden.ids())
    gone = {row["entity_id"] for row in json.loads((after / "json/removed.json").read_bytes())}
    assert gone < ids
    assert narrow(after, ids) == []
    for id in sorted(world.ids_of("organizations")):
        redaction.redact(world.home, id, "係", "依頼", THIRD)
    assert traces(world.home / "releases", *TRACES) == set()
    told = versions.folders(world.home, THIRD)
    assert [folder.name for folder in told] == [str(AS_OF), f"{FIRST}+r3", str(SECOND)]


def test_a_withdrawn_record_leaves_its_id_and_a_redacted_release_not_even_that(
    never: World, opened: World, tmp_path: Path
) -> None:
    world = World(opened.home, tmp_path / "home")
    ids, organizations = world.ids(), world.ids_of("organizations")
    world.decide(submissions.withdraw, NAMES, SECOND)
    one, after = versions.latest(never.home), world.publish(SECOND)
    assert one and traces(after, *TRACES) == set()
    removed = json.loads((after / "json/removed.json").read_bytes())
    assert {tuple(row) for row in removed} == {("kind", "entity_id", "since")}
    assert {row["entity_id"] for row in removed} == ids
    for name, sides in differences(one, after).items():
        if name.partition("/")[0] in WHAT_IS_TOLD:
            assert all(any(id in item for id in ids) or "行" in item for side in sides for item in side), name
            assert name.startswith("xlsx/") or "/removed." in name
    assert narrow(after, ids) == []
    for id in sorted(id for id in ids if id in organizations):
        redaction.redact(world.home, id, "係", "依頼", THIRD)
    anew = world.home / "releases" / f"{FIRST}+r3"
    compare(one, anew, set(), {"": rf".*{FIRST}.*"})
