"""Names, order, index and keeping of releases: what stands in the folder is the truth, and the rest follows from it."""

from __future__ import annotations

import hashlib
import json
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publish import versions
from publish.versions import Version, latest, parse, releases, settle

DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))


def release(home: Path, name: str) -> Path:
    """A folder that passes for a whole release."""
    folder = home / "releases" / name
    folder.mkdir(parents=True)
    told = {"version": name, "as_of": name[:10], "tables": [], "files": [{"path": "a.csv", "bytes": 2, "sha256": "x"}]}
    (folder / "index.json").write_text(json.dumps(told), encoding="utf-8")
    (folder / "a.csv").write_text("a\n", encoding="utf-8")
    return folder


def names(home: Path) -> list[str]:
    return [str(version) for version, _ in releases(home)]


@pytest.mark.parametrize("name", ["2026-07-01", "2026-07-01.2", "2026-07-01.10", "2026-07-01+r1", "2026-07-01.2+r12"])
def test_a_name_is_read_as_it_is_written(name: str) -> None:
    version = parse(name)
    assert version is not None and str(version) == name


@pytest.mark.parametrize("name", ["latest", ".building-2026-07-01", "2026-07-01.0", "2026-07-01+r0", "2026-07-01.2.3"])
def test_other_names_are_no_versions(name: str) -> None:
    assert parse(name) is None


def test_the_order_is_that_of_days_and_numbers(tmp_path: Path) -> None:
    told = ["2026-07-01", "2026-07-01.2+r1", "2026-07-01.10", "2026-07-02"]
    for name in reversed(told):
        release(tmp_path, name)
    assert names(tmp_path) == told
    assert str(versions.following(tmp_path, date(2026, 7, 1))) == "2026-07-01.11"
    assert str(versions.following(tmp_path, date(2026, 7, 3))) == "2026-07-03"
    assert Version("2026-07-01", 2, 1).redacted == Version("2026-07-01", 2, 2)


def test_the_index_tells_of_each_release_what_its_own_index_says(tmp_path: Path) -> None:
    for name in ("2026-07-01", "2026-07-02"):
        release(tmp_path, name)
    settle(tmp_path)
    told = json.loads((tmp_path / "releases/index.json").read_text("utf-8"))
    assert told["latest"] == "2026-07-02" == (tmp_path / "latest").resolve().name
    assert [one["version"] for one in told["releases"]] == names(tmp_path)
    for one in told["releases"]:
        data = (tmp_path / "releases" / one["path"]).read_bytes()
        assert one["sha256"] == hashlib.sha256(data).hexdigest()
        assert (one["files"], one["bytes"]) == (1, 2)


@pytest.mark.parametrize("left", [".building-2026-07-03", ".leaving-2026-06-30"])
def test_what_a_killed_process_left_is_cleared_away(tmp_path: Path, left: str) -> None:
    release(tmp_path, "2026-07-01")
    release(tmp_path, left)
    settle(tmp_path)
    assert sorted(path.name for path in (tmp_path / "releases").iterdir()) == ["2026-07-01", "index.json"]


def test_an_index_that_lags_behind_is_mended(tmp_path: Path) -> None:
    release(tmp_path, "2026-07-01")
    settle(tmp_path)
    release(tmp_path, "2026-07-02")
    shutil.rmtree(tmp_path / "releases/2026-07-01")
    settle(tmp_path)
    told = json.loads((tmp_path / "releases/index.json").read_text("utf-8"))
    assert [one["version"] for one in told["releases"]] == ["2026-07-02"] and told["latest"] == "2026-07-02"


@given(st.sets(DAYS, min_size=1, max_size=12), st.integers(0, 60))
@settings(max_examples=60, deadline=None)
def test_the_last_days_and_the_last_of_each_month_stay(
    tmp_path_factory: pytest.TempPathFactory, days: set[date], keep: int
) -> None:
    home = tmp_path_factory.mktemp("home")
    for day in days:
        release(home, day.isoformat())
    settle(home, keep)
    newest = max(days)
    last_of_month = {max(day for day in days if (day.year, day.month) == (one.year, one.month)) for one in days}
    stays = {day for day in days if day >= newest - timedelta(days=keep)} | last_of_month
    assert names(home) == sorted(day.isoformat() for day in stays)
    assert latest(home) == home / "releases" / newest.isoformat()
    told = json.loads((home / "releases/index.json").read_text("utf-8"))
    assert [one["version"] for one in told["releases"]] == names(home)
    before = sorted(path.name for path in (home / "releases").iterdir())
    settle(home, keep)
    assert sorted(path.name for path in (home / "releases").iterdir()) == before
