"""A release is complete or absent, the same bytes for the same content, and ``latest`` is valid at every moment."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb
import pytest
from sample_release import ROWS, fill, open_release

from publish import release, writing
from publish.contents import Contents
from publish.exporters import csv
from publish.release import publish_from
from publish.versions import latest, up_to_date
from publish.writing import ReleaseError
from schemas import rulebook

pytestmark = pytest.mark.usefixtures("few_areas")

FIRST, SECOND, THIRD = date(2026, 7, 1), date(2026, 7, 2), date(2026, 7, 3)


@contextmanager
def night(home: Path, purpose: str = "居場所") -> Iterator[duckdb.DuckDBPyConnection]:
    """The public database of a night in which the content is ``purpose``."""
    home.mkdir(exist_ok=True)
    changed = [row | {"purpose": purpose} for row in ROWS["organizations"]]
    with open_release(home / "warehouse.duckdb", ROWS | {"organizations": changed}) as con:
        yield con


def publish(home: Path, as_of: date, purpose: str = "居場所") -> str | None:
    """Publish a night; the new version's name."""
    with night(home, purpose) as con:
        published = publish_from(con, home, as_of)
    return published.name if published else None


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one release, to read."""
    home = tmp_path_factory.mktemp("published") / "home"
    publish(home, FIRST)
    return home


@pytest.fixture(scope="module")
def old_and_new(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two releases, to copy."""
    home = tmp_path_factory.mktemp("old_and_new") / "home"
    publish(home, FIRST, "old")
    publish(home, SECOND, "new")
    return home


def tree(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_index_lists_every_file_but_itself_with_its_bytes(published: Path) -> None:
    contents = json.loads((published / "latest/index.json").read_text("utf-8"))
    listed = {file["path"]: file["sha256"] for file in contents["files"]}
    assert listed == {path: digest for path, digest in tree(published / "latest").items() if path != "index.json"}
    assert contents["prefecture"] == "01" and contents["source_set"] == "sample"
    counts = {table.name: len(ROWS.get(table.name, ())) for table in rulebook.published_tables()}
    assert {table["name"]: table["rows"] for table in contents["tables"]} == counts
    assert [source["publishable"] for source in contents["sources"]] == [True, False]
    assert not contents["publishable"]
    assert {file["path"]: file["rows"] for file in contents["files"] if file["path"].startswith("csv/")} == {
        f"csv/{table}.csv": rows for table, rows in counts.items()
    }


def test_two_homes_publish_the_same_bytes(published: Path, tmp_path: Path) -> None:
    publish(tmp_path / "there", FIRST)
    assert tree(published / "latest") == tree(tmp_path / "there/latest")


def test_the_same_content_makes_no_new_version_even_on_another_day(tmp_path: Path) -> None:
    assert publish(tmp_path, FIRST) == "2026-07-01"
    assert publish(tmp_path, FIRST) is None
    assert publish(tmp_path, SECOND) is None
    assert sorted(path.name for path in (tmp_path / "releases").iterdir()) == ["2026-07-01", "index.json"]


def test_other_content_on_the_same_day_is_numbered(tmp_path: Path) -> None:
    assert [publish(tmp_path, FIRST, purpose) for purpose in "ab"] == ["2026-07-01", "2026-07-01.2"]
    for number in range(3, 11):
        shutil.copytree(tmp_path / "releases/2026-07-01.2", tmp_path / f"releases/2026-07-01.{number}")
    assert publish(tmp_path, FIRST, "c") == "2026-07-01.11"
    assert (tmp_path / "latest").resolve().name == "2026-07-01.11"


def test_an_earlier_date_fills_in_history_and_leaves_latest(tmp_path: Path) -> None:
    publish(tmp_path, SECOND, "new")
    assert publish(tmp_path, FIRST, "old") == "2026-07-01"
    assert publish(tmp_path, FIRST, "old") is None
    assert (tmp_path / "latest").resolve().name == "2026-07-02"
    assert publish(tmp_path, THIRD, "new") is None


def test_an_interrupted_build_is_cleared_away_and_leaves_no_trace(
    old_and_new: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "disturbed"
    publish(home, FIRST, "old")
    before = tree(home / "latest")
    with monkeypatch.context() as patch, pytest.raises(OSError):
        patch.setattr(csv, "count", broken)
        publish(home, SECOND, "new")
    assert tree(home / "latest") == before
    assert publish(home, SECOND, "new") == "2026-07-02"
    assert tree(home / "releases") == tree(old_and_new / "releases")


def broken(*_: object) -> int:
    """The disk goes away."""
    raise OSError


@pytest.mark.parametrize("left", ["behind", "absent", "dangling"])
def test_a_kill_between_rename_and_switch_is_repaired(old_and_new: Path, tmp_path: Path, left: str) -> None:
    home = shutil.copytree(old_and_new, tmp_path / "home", symlinks=True)
    link = home / "latest"
    link.unlink()
    if left != "absent":
        link.symlink_to("releases/2026-07-01" if left == "behind" else "releases/2026-06-01")
    (home / ".latest").symlink_to("releases/2026-07-01")
    assert publish(home, SECOND, "new") is None
    assert link.resolve().name == "2026-07-02" and not (home / ".latest").is_symlink()


def test_latest_is_a_relative_link_so_that_a_home_can_be_moved(published: Path, tmp_path: Path) -> None:
    shutil.copytree(published, tmp_path / "home", symlinks=True)
    shutil.move(tmp_path / "home", tmp_path / "moved")
    assert (tmp_path / "moved/latest/index.json").is_file()
    assert latest(tmp_path / "moved") == tmp_path / "moved/releases/2026-07-01"
    assert latest(tmp_path / "nowhere") is None


def test_a_file_that_changes_before_the_switch_stops_the_release(
    old_and_new: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = shutil.copytree(old_and_new, tmp_path / "home", symlinks=True)
    verify = writing.verify

    def tampered(con: duckdb.DuckDBPyConnection, contents: Contents, folder: Path) -> None:
        path = folder / "csv" / "services.csv"
        path.write_bytes(path.read_bytes()[:-1])
        verify(con, contents, folder)

    monkeypatch.setattr(writing, "verify", tampered)
    with pytest.raises(ReleaseError, match="index"):
        publish(home, THIRD, "newer")
    assert (home / "latest").resolve().name == "2026-07-02"


def test_a_csv_that_breaks_its_schema_is_not_released(tmp_path: Path) -> None:
    wrong = ROWS | {"services": [ROWS["services"][0] | {"status": "nonsense"}]}
    with open_release(tmp_path / "warehouse.duckdb", wrong) as con, pytest.raises(ReleaseError, match="状態"):
        publish_from(con, tmp_path, FIRST)
    assert latest(tmp_path) is None and not (tmp_path / "latest").exists()


def warehouse(home: Path, inputs: str) -> None:
    """A whole warehouse file, in which each set of ``inputs`` has its own content."""
    (home / "warehouse.duckdb").unlink(missing_ok=True)
    with night(home):
        pass
    with duckdb.connect(home / "warehouse.duckdb") as con:
        for table in rulebook.published_tables():
            columns = ", ".join(f'"{field.name}" {field.duckdb_type}' for field in table.entity_fields)
            con.execute(f"CREATE OR REPLACE TABLE {table.name} ({columns})")
            fill(con, table.name, ROWS.get(table.name, []))
        con.execute("CREATE SCHEMA protected")
        con.execute("CREATE TABLE protected.services (service_id VARCHAR, visibility VARCHAR)")
        con.execute("CREATE TABLE protected.openly (place_id VARCHAR, visibility VARCHAR)")
        con.execute("CREATE TABLE protected.contacts (kind VARCHAR, value VARCHAR, personal BOOLEAN)")
        con.execute("UPDATE organizations SET address_visibility = 'public', purpose = ?", [inputs])
        con.execute("UPDATE places SET address_visibility = 'municipality'")
        con.execute("UPDATE night SET inputs = ?", [inputs])


def test_a_warehouse_file_is_published_through_the_privacy_gate(tmp_path: Path) -> None:
    warehouse(tmp_path, "a")
    published = release.publish(tmp_path, FIRST)
    assert published == tmp_path / "releases/2026-07-01"
    (place,) = json.loads((published / "json/places.json").read_text("utf-8"))
    assert place["name"] == "みちしるべ広場" and place["latitude"] is None
    assert release.publish(tmp_path, SECOND) is None


def test_an_unchanged_warehouse_is_not_exported_again_but_latest_is_still_mended(tmp_path: Path) -> None:
    warehouse(tmp_path, "a")
    assert not up_to_date(tmp_path)
    release.publish(tmp_path, FIRST)
    assert up_to_date(tmp_path)
    (tmp_path / "latest").unlink()
    assert release.publish(tmp_path, SECOND) is None
    assert (tmp_path / "latest").resolve().name == "2026-07-01"


def test_filling_in_history_does_not_pass_for_what_the_newest_release_holds(tmp_path: Path) -> None:
    for inputs, as_of, version in (("b", SECOND, "2026-07-02"), ("a", FIRST, "2026-07-01"), ("a", THIRD, "2026-07-03")):
        warehouse(tmp_path, inputs)
        published = release.publish(tmp_path, as_of)
        assert published and published.name == version
    assert (tmp_path / "latest").resolve().name == "2026-07-03"


def test_nothing_released_tells_of_this_machine_or_this_hour(published: Path) -> None:
    files = [path for path in (published / "latest/").rglob("*") if path.is_file()]
    assert files and not [path for path in files if str(published).encode() in path.read_bytes()]
