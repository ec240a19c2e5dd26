"""The data guide and the notebook hold: every block of code runs against real releases and does what is said of it.

A fenced block after ``<!-- test: … -->`` is run here: in the folder of a release (``release``, ``urgent``, ``ids``), as
the server that stands in for a site (``serve``) or against it (``site``, ``follow``, whose blocks are one program).
"""

from __future__ import annotations

import base64
import csv
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from shutil import copy, copytree
from typing import Any

import duckdb
import nbformat
import pytest
from nbclient import NotebookClient
from openpyxl import load_workbook

from publish import index, privacy
from publish.release import publish_from
from schemas import rulebook
from tests.nights import AS_OF, ROOT, Night

GUIDE = (ROOT / "docs/data-guide.md").read_text(encoding="utf-8")
NOTEBOOK = ROOT / "docs/notebook/michishirube.ipynb"
PLACE = "http://127.0.0.1:8000"
"""Where the guide's site stands."""

LONGEST = 60.0
"""Seconds after which a block has hung."""


def blocks(kind: str) -> list[tuple[str, str]]:
    """Language and text of the blocks so marked."""
    return re.findall(rf"<!-- test: {kind} -->\n```([a-z]+)\n(.*?)```", GUIDE, re.DOTALL)


def block(kind: str) -> str:
    """The program that the blocks so marked make together."""
    return "\n".join(text for _, text in blocks(kind))


def table(heading: str) -> list[str]:
    """What stands as code in the rows of the table with this heading."""
    lines = GUIDE[GUIDE.index(f"| {heading} ") :].split("\n\n", 1)[0].splitlines()
    return re.findall(r"`([^`]+)`", "\n".join(lines[2:]))


def run(text: str, folder: Path, language: str = "python") -> str:
    """What the block prints when it runs in that folder, as a reader would run it."""
    command = [sys.executable, "-c", text] if language == "python" else ["bash", "-euo", "pipefail", "-c", text]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "PYTHONIOENCODING": "utf-8", "no_proxy": "127.0.0.1"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=LONGEST, check=False)
    assert done.returncode == 0 and not done.stderr, done.stderr.decode()
    return done.stdout.decode()


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def bag(rows: list[dict[str, Any]]) -> Counter[str]:
    """The rows without their order."""
    return Counter(json.dumps(row, sort_keys=True) for row in rows)


# --- a release, the one after it, and a site -----------------------------------------------------------------------


@dataclass(frozen=True)
class Later:
    """A second release, in which one service is gone, one was merged into another, one has another phone."""

    home: Path
    gone: str
    merged: str
    into: str
    called: str

    @property
    def latest(self) -> Path:
        return self.home / "latest"


UNBOUND = """SELECT service_id FROM services
    WHERE service_id NOT IN (SELECT service_id FROM jurisdictions)
      AND service_id IN (SELECT owner_id FROM contact_points WHERE kind = 'phone' GROUP BY ALL HAVING count(*) = 1)
    ORDER BY service_id LIMIT 4"""
OWNED = (
    ("services", "service_id"),
    ("service_places", "service_id"),
    ("provenance", "entity_id"),
    ("contact_points", "owner_id"),
    ("schedules", "owner_id"),
)
PHONE = "+81110000199"


@pytest.fixture(scope="module")
def later(night: Night, tmp_path_factory: pytest.TempPathFactory) -> Later:
    home = tmp_path_factory.mktemp("later")
    copytree(night.home / "releases", home / "releases")
    warehouse = copy(night.home / "warehouse.duckdb", home)
    with duckdb.connect(warehouse) as con:
        told = Later(home, *(name for (name,) in con.execute(UNBOUND).fetchall()))
        for name, column in OWNED:
            con.execute(f"DELETE FROM {name} WHERE {column} IN (?, ?)", [told.gone, told.merged])
        since = AS_OF + timedelta(days=1)
        con.execute(
            "INSERT INTO redirects VALUES ('services', 'merged', ?, ?, ?, '一つにしました')",
            [told.merged, told.into, since],
        )
        con.execute("UPDATE contact_points SET value = ? WHERE owner_id = ? AND kind = 'phone'", [PHONE, told.called])
    with closing(privacy.open_public(Path(warehouse))) as con:
        assert publish_from(con, home, since) is not None
    return told


@contextmanager
def site(releases: Path, log: Path) -> Iterator[str]:
    """Where these releases are served, by the guide's own command on a port that is free; ``log`` has the requests."""
    ((_, command),) = blocks("serve")
    words = command.replace(" 8000 ", " 0 ").replace("var/releases", str(releases)).split()
    assert words[0] == "python3" and str(releases) in words
    with (
        log.open("wb") as asked,
        subprocess.Popen([sys.executable, "-u", *words[1:]], stdout=subprocess.PIPE, stderr=asked) as server,
    ):
        try:
            assert server.stdout is not None
            found = re.search(r"http://127\.0\.0\.1:\d+", server.stdout.readline().decode())
            assert found is not None
            yield found[0]
        finally:
            server.kill()


def follow(releases: Path, mine: Path) -> str:
    """Run the program that follows the releases, once; what it asked for."""
    log = mine / "log"
    with site(releases, log) as url:
        run(block("follow").replace(PLACE, url), mine)
    return log.read_text()


# --- the guide -----------------------------------------------------------------------------------------------------


def test_every_block_is_run_by_a_test() -> None:
    kinds = ("release", "serve", "site", "follow", "urgent", "ids")
    assert len(re.findall(r"^```[a-z]+$", GUIDE, re.MULTILINE)) == sum(len(blocks(kind)) for kind in kinds)
    assert all(map(blocks, kinds))


@pytest.mark.parametrize(("language", "text"), blocks("release"))
def test_blocks_run_in_a_release(language: str, text: str, night: Night) -> None:
    assert run(text, night.home / "latest", language).strip()


def test_the_nearest_places_are_near(night: Night) -> None:
    (text,) = [text for _, text in blocks("release") if "places.geojson" in text]
    lines = run(text, night.home / "latest").splitlines()
    assert len(lines) == 5 and all(float(line.split(" km")[0]) < 60 for line in lines)


def test_what_is_fetched_by_curl_is_what_the_index_says(night: Night, tmp_path: Path) -> None:
    ((language, text),) = blocks("site")
    with site(night.home / "releases", tmp_path / "log") as url:
        told = run(text.replace(PLACE, url), tmp_path, language)
    assert told.splitlines() == ["areas/012041/services.csv: OK", "json/hotlines.json: OK"]


def test_the_source_of_a_value_is_found(night: Night) -> None:
    (text,) = [text for _, text in blocks("release") if "said_by" in text]
    check = """
told = json.load(open("json/provenance.json", encoding="utf-8"))
ours = {one["source"] for one in told if one["source"].startswith("codes/")}
for one in [*told[::50], *(one for one in told if one["source"] in ours)][:60]:
    said = said_by(one["kind"], one["entity_id"], one["fields"][0])
    assert said and all(publisher for _, publisher, _ in said)
assert ours and "道しるべ" in {publisher for _, publisher, _ in said}
assert said_by("services", "x", "name") == []
"""
    assert run(text + check, night.home / "latest")


def test_the_function_that_applies_a_delta_is_short() -> None:
    assert len([line for line in blocks("follow")[0][1].splitlines() if line]) <= 15


def test_a_copy_follows_from_one_release_to_the_next_by_the_delta_alone(
    night: Night, later: Later, tmp_path: Path
) -> None:
    mine = tmp_path / "michishirube"
    asked = follow(night.home / "releases", tmp_path)
    assert "/json/services.json" in asked and "/delta/" not in asked
    before = load(mine / "services.json")
    assert bag(before) == bag(load(night.home / "latest/json/services.json"))
    asked = follow(later.home / "releases", tmp_path)
    assert "/delta/services.json" in asked and "/json/" not in asked
    assert bag(load(mine / "services.json")) != bag(before)
    for name in (table.name for table in rulebook.published_tables()):
        assert bag(load(mine / f"{name}.json")) == bag(load(later.latest / f"json/{name}.json")), name
    asked = follow(later.home / "releases", tmp_path)
    assert "/delta/" not in asked and "/json/" not in asked


@pytest.mark.parametrize("held", ["before", "other"])
def test_a_copy_that_stopped_on_the_way_or_is_of_another_release_is_made_right(
    held: str, night: Night, later: Later, tmp_path: Path
) -> None:
    """``before``: some tables are of the next release already. ``other``: the release that it is of was purged."""
    mine = tmp_path / "michishirube"
    mine.mkdir()
    for number, named in enumerate(rulebook.published_tables()):
        there = night.home if number % 2 else later.home
        copy(there / f"latest/json/{named.name}.json", mine)
    (mine / "version.txt").write_text(f"{AS_OF}" if held == "before" else f"{AS_OF}+r1")
    asked = follow(later.home / "releases", tmp_path)
    assert ("/delta/" in asked, "/json/" in asked) == (held == "before", held == "other")
    for named in rulebook.published_tables():
        assert bag(load(mine / f"{named.name}.json")) == bag(load(later.latest / f"json/{named.name}.json"))


def test_a_file_that_is_not_the_listed_one_is_refused(night: Night, tmp_path: Path) -> None:
    releases, mine = tmp_path / "releases", tmp_path / "mine"
    releases.mkdir()
    mine.mkdir()
    listed = load(night.home / "releases/index.json")
    (releases / listed["latest"]).symlink_to(night.home / "releases" / listed["latest"])
    for release in listed["releases"]:
        release["sha256"] = "0" * 64
    (releases / "index.json").write_text(json.dumps(listed), encoding="utf-8")
    with pytest.raises(AssertionError, match="目次と違います"):
        follow(releases, mine)
    assert not (mine / "michishirube").exists()


def test_answers_are_mended_by_the_urgent_changes(night: Night, later: Later) -> None:
    space: dict[str, Any] = {}
    before = night.home / "latest"
    answers = {
        ("services", row["service_id"]): {"name": row["name"], "phones": ["前の番号"]}
        for row in load(before / "json/services.json")
    }
    assert run(block("urgent"), later.latest).startswith(f"{AS_OF} ")
    exec(block("urgent").split("\nurgent = ")[0], space)
    space["refresh"](answers, load(later.latest / "navi/urgent-changes.json"))
    services = {row["service_id"] for row in load(later.latest / "json/services.json")}
    assert {entity for _, entity in answers} == services
    assert {entity for (_, entity), told in answers.items() if told["phones"] != ["前の番号"]} == {later.called}
    assert answers["services", later.called]["phones"] == ["011-000-0199"]


def test_an_id_that_is_gone_is_found(later: Later) -> None:
    asked = [("services", name) for name in (later.gone, later.merged, later.into)]
    told = run(f"{block('ids')}\nprint([whereabouts(*name) for name in {asked}])", later.latest)
    assert told.strip() == str([None, later.into, later.into])


def test_the_files_named_are_in_a_release(night: Night) -> None:
    release = night.home / "latest"
    found = [path.relative_to(release).as_posix() for path in index.paths(release)]
    named = [name for name in table("したいこと What you want") if not name.startswith(".")]
    for name in (*named, "index.html", "index.json", "areas/index.csv", "ASSUMPTIONS.md", "resolution.html"):
        pattern = re.compile(re.sub("<[^>]+>", "[a-z0-9_]+", name.replace(".", r"\.")))
        assert name in named or f"`{name}`" in GUIDE
        assert any(map(pattern.fullmatch, found)), name


def test_the_tables_and_their_keys_are_those_of_the_release() -> None:
    named = table("表 Table")
    tables = {table.name: table for table in rulebook.published_tables()}
    assert set(tables) <= set(named)
    fields = {field.name for table in tables.values() for field in table.published_fields}
    assert set(named) <= fields | set(tables)


def test_what_is_said_of_the_formats(night: Night) -> None:
    release = night.home / "latest"
    sheets = load_workbook(release / "xlsx/michishirube.xlsx", read_only=True).sheetnames
    titles = {table.title for table in rulebook.published_tables()}
    assert titles - set(sheets) == {"出典", "IDの引き継ぎ", "なくなったID"}
    assert {"項目の説明", "コード表"} < set(sheets)
    with (release / "csv/services.csv").open(encoding="utf-8", newline="") as file:
        headings = next(csv.reader(file))
    assert headings == [field.title for field in rulebook.table("services").published_fields]
    assert list(load(release / "json/services.json")[0]) == [
        field.name for field in rulebook.table("services").published_fields
    ]


def test_only_names_of_files_that_are_there() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", GUIDE):
        assert (ROOT / "docs" / target).exists(), target


# --- the notebook --------------------------------------------------------------------------------------------------

DRAWN = """
dots = {a.get_title().split("　")[0]: [len(c.get_offsets()) for c in a.collections] for a in axes.flat if a.collections}
print(json.dumps({"dots": dots, "cells": the_gaps.axes[0].collections[0].get_array().tolist()}))
"""
"""Asked of the figures themselves when all is drawn."""


@pytest.fixture(scope="module")
def drawn(night: Night, tmp_path_factory: pytest.TempPathFactory) -> nbformat.NotebookNode:
    """The notebook when it has run, with one cell more: :data:`DRAWN`."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(DRAWN.replace("axes.flat", "the_map.axes")))
    folder = str(tmp_path_factory.mktemp("notebook"))
    settings = {"MICHISHIRUBE_RELEASE": str(night.home / "latest"), "IPYTHONDIR": folder, "MPLCONFIGDIR": folder}
    client = NotebookClient(notebook, timeout=LONGEST, resources={"metadata": {"path": str(NOTEBOOK.parent)}})
    client.execute(env=os.environ | settings)
    return notebook


def outputs(notebook: nbformat.NotebookNode) -> list[Any]:
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def test_it_is_kept_without_what_it_printed() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert cells and all(not cell.outputs and cell.execution_count is None for cell in cells)


def test_it_draws_two_figures_and_complains_of_nothing(drawn: nbformat.NotebookNode) -> None:
    pictures = [output.data["image/png"] for output in outputs(drawn) if output.output_type == "display_data"]
    assert len(pictures) == 2 and all(len(base64.b64decode(picture)) > 20_000 for picture in pictures)
    assert [output for output in outputs(drawn) if output.get("name") == "stderr"] == []


def test_the_map_has_a_dot_for_every_public_position(drawn: nbformat.NotebookNode, night: Night) -> None:
    release = night.home / "latest"
    dots = json.loads(outputs(drawn)[-1].text)["dots"]
    with (release / "codes/municipalities.csv").open(encoding="utf-8", newline="") as file:
        towns = sum(row["latitude"] != "" for row in csv.DictReader(file))
    features = load(release / "geojson/places.geojson")["features"]
    assert features and towns >= 179
    assert dots.pop("すべての拠点") == [towns, len(features)]
    public = {feature["id"] for feature in features}
    titles = {code: label.label_ja for code, label in rulebook.codes("support_categories").items()}
    served: dict[str, set[str]] = {}
    categories = {row["service_id"]: row["support_categories"] or [] for row in load(release / "json/services.json")}
    for row in load(release / "json/service_places.json"):
        for code in categories[row["service_id"]]:
            served.setdefault(titles[code], set()).update({row["place_id"]} & public)
    assert dots == {title: [towns, len(places)] for title, places in served.items() if places}


def test_the_chart_has_a_cell_for_every_municipality_and_category(drawn: nbformat.NotebookNode, night: Night) -> None:
    cells = json.loads(outputs(drawn)[-1].text)["cells"]
    areas = [area for area in load(night.home / "latest/coverage.json")["areas"] if area["kind"] == "municipality"]
    assert len(areas) == 179
    assert cells == [list(area["categories"].values()) for area in areas]
    assert any(0 in row for row in cells) and any(any(row) for row in cells)
