from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest
from fetch_support import HASTY, answer, http_source, make_source, serving, unless_asked_since

from sources import catalog, readers
from sources.landing import FetchError, Snapshot, land, latest

ROOT = Path(__file__).parents[2]
REAL = ROOT.parent / "shared/data/real"
MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)


class Folder:
    """A source of protocol ``file`` whose files a test changes, and a home."""

    def __init__(self, tmp_path: Path) -> None:
        self.home = tmp_path / "home"
        self.folder = tmp_path / "source"
        self.folder.mkdir()
        self.source = make_source(self.folder, {"protocol": "file", "files": ["a.csv", "b.csv"]})
        self.shelf = self.home / "landing" / self.source.id
        self.put("a.csv", b"id\n1\n")
        self.put("b.csv", b"id\n2\n")

    def put(self, name: str, content: bytes) -> None:
        (self.folder / name).write_bytes(content)

    def land(self, as_of: date = MONDAY) -> Snapshot:
        return land(self.source, self.home, None, as_of)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_snapshot_is_named_by_its_ordered_names_and_bytes(folder: Folder) -> None:
    snapshot = folder.land()
    hashes = [(name, hashlib.sha256((folder.folder / name).read_bytes()).hexdigest()) for name in ("a.csv", "b.csv")]
    assert [(file.name, file.sha256) for file in snapshot.files] == hashes
    assert snapshot.sha256 == hashlib.sha256("".join(f"{n}\0{h}\n" for n, h in hashes).encode()).hexdigest()
    assert snapshot.folder == folder.shelf / snapshot.sha256
    assert [file.path.read_bytes() for file in snapshot.files] == [b"id\n1\n", b"id\n2\n"]
    assert sorted(path.name for path in folder.shelf.iterdir()) == sorted([snapshot.sha256, "fetched.json"])


def test_same_bytes_on_another_day_are_the_same_snapshot_with_its_manifest(folder: Folder) -> None:
    first = folder.land(MONDAY)
    manifest = (first.folder / "manifest.json").read_bytes()
    assert folder.land(TUESDAY) == first
    assert (first.folder / "manifest.json").read_bytes() == manifest
    assert json.loads(manifest)["first_landed"] == first.dated == "2026-11-23"


def test_other_bytes_are_another_snapshot_and_the_old_one_stays(folder: Folder) -> None:
    first = folder.land()
    folder.put("b.csv", b"id\n3\n")
    second = folder.land(TUESDAY)
    assert second.sha256 != first.sha256
    assert first.files[1].path.read_bytes() == b"id\n2\n"
    folder.put("b.csv", b"id\n2\n")
    assert folder.land(TUESDAY) == first == latest(folder.source.id, folder.home)


def test_all_or_nothing(folder: Folder) -> None:
    first = folder.land()
    folder.put("a.csv", b"id\n9\n")
    (folder.folder / "b.csv").unlink()
    with pytest.raises(FetchError) as caught:
        folder.land(TUESDAY)
    assert (caught.value.code, caught.value.file) == ("not-found", "b.csv")
    assert sorted(path.name for path in folder.shelf.iterdir()) == sorted([first.sha256, "fetched.json"])
    assert latest(folder.source.id, folder.home) == first


def test_nothing_landed_yet(tmp_path: Path) -> None:
    assert latest("sample_machi", tmp_path) is None


@pytest.mark.parametrize("damage", ["file", "size", "manifest", "half-manifest"])
def test_damaged_snapshot_is_made_whole_again(folder: Folder, damage: str) -> None:
    first = folder.land()
    match damage:
        case "file":
            first.files[0].path.unlink()
        case "size":
            first.files[0].path.write_bytes(b"id")
        case "manifest":
            (first.folder / "manifest.json").unlink()
        case "half-manifest":
            (first.folder / "manifest.json").write_text('{"source":')
    assert latest(folder.source.id, folder.home) is None
    assert folder.land() == first == latest(folder.source.id, folder.home)
    assert first.files[0].path.read_bytes() == b"id\n1\n"


def test_what_a_killed_night_left_is_cleared(folder: Folder) -> None:
    stale = folder.shelf / ".incoming"
    stale.mkdir(parents=True)
    (stale / "a.csv").write_bytes(b"half")
    (stale / "left-over.csv").write_bytes(b"half")
    snapshot = folder.land()
    assert not stale.exists()
    assert sorted(path.name for path in snapshot.folder.iterdir()) == ["a.csv", "b.csv", "manifest.json"]


def test_killed_at_any_moment_no_half_snapshot_stands(folder: Folder) -> None:
    """Other bytes are landed again and again by a process that is killed; what stands is always whole."""
    script = """
import itertools, sys
from datetime import date
from pathlib import Path
from fetch_support import make_source
from sources.landing import land
folder, home = map(Path, sys.argv[1:])
source = make_source(folder, {"protocol": "file", "files": ["a.csv", "b.csv"]})
print("ready", flush=True)
for number in itertools.count():
    (folder / "b.csv").write_text(f"id\\n{number}\\n" * 2000)
    land(source, home, None, date(2026, 11, 23))
"""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(Path(__file__).parent)])}
    for moment in (0.02, 0.05, 0.11):
        process = subprocess.Popen(
            [sys.executable, "-c", script, str(folder.folder), str(folder.home)],
            env=environment,
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None and process.stdout.readline() == b"ready\n"
        time.sleep(moment)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        for snapshot in folder.shelf.glob("[0-9a-f]" * 64):
            for file in json.loads((snapshot / "manifest.json").read_text())["files"]:
                assert hashlib.sha256((snapshot / file["name"]).read_bytes()).hexdigest() == file["sha256"]
    folder.put("b.csv", b"id\n2\n")
    assert folder.land() == latest(folder.source.id, folder.home)
    assert not (folder.shelf / ".incoming").exists()


class TestDated:
    def test_last_day_of_the_newest_release(self, tmp_path: Path) -> None:
        for path in ("w-202602/a1.csv", "w-202503/a2.csv"):
            (tmp_path / "m" / path).parent.mkdir(parents=True)
            (tmp_path / "m" / path).write_bytes(b"id\n1\n")
        source = http_source("http://127.0.0.1/", mirror=[r"w-(?P<release>\d{6})/a(?P<part>\d)\.csv"])
        assert land(source, tmp_path, tmp_path / "m", MONDAY).dated == "2026-02-28"

    def test_newest_last_modified_as_a_day_in_japan(self, tmp_path: Path) -> None:
        with serving() as server:
            server.paths["/a.csv"] = answer(200, b"a", Last_Modified="Sun, 01 Nov 2026 16:00:00 GMT")
            server.paths["/b.csv"] = answer(200, b"b", Last_Modified="Thu, 01 Oct 2026 00:00:00 GMT")
            server.paths["/c.csv"] = answer(200, b"c", Last_Modified="yesterday")
            source = http_source(*(server.url(f"/{name}.csv") for name in "abc"))
            assert land(source, tmp_path, None, MONDAY, patience=HASTY).dated == "2026-11-02"

    def test_what_a_portal_says_before_the_servers_clock(self, tmp_path: Path) -> None:
        with serving() as server:
            listed = [
                {"name": "a", "url": server.url("/a.csv"), "last_modified": "2026-10-31T15:30:00.000000"},
                {"name": "b", "url": server.url("/b.csv"), "last_modified": "9999-12-31T23:59:59"},
            ]
            told = json.dumps({"success": True, "result": {"resources": listed}}).encode()
            server.paths["/api/package_show?id=p"] = answer(200, told)
            for name in "ab":
                server.paths[f"/{name}.csv"] = answer(200, b"x", Last_Modified="Fri, 20 Nov 2026 00:00:00 GMT")
            fetch = {"protocol": "ckan", "portal": server.url("/api"), "package": "p", "resources": ["[ab]"]}
            source = make_source(tmp_path, fetch | {"hosts": ["127.0.0.1"]})
            snapshot = land(source, tmp_path, None, MONDAY, None, HASTY)
            assert snapshot.dated == "2026-11-01"
            assert sorted(path.name for path in snapshot.folder.iterdir()) == ["a.csv", "b.csv", "manifest.json"]

    def test_else_the_night_that_landed_it_first(self, tmp_path: Path) -> None:
        with serving() as server:
            server.paths["/a.csv"] = answer(200, b"a", Last_Modified="yesterday")
            server.paths["/b.csv"] = answer(200, b"b", Last_Modified="Fri, 31 Dec 9999 23:59:59 GMT")
            source = http_source(server.url("/a.csv"), server.url("/b.csv"), release="newest")
            assert land(source, tmp_path, None, MONDAY, patience=HASTY).dated == "2026-11-23"
            assert land(source, tmp_path, None, TUESDAY, patience=HASTY).dated == "2026-11-23"


class TestValidators:
    def test_remembered_from_night_to_night(self, tmp_path: Path) -> None:
        with serving() as server:
            server.paths |= {"/a.csv": answer(200, b"a", ETag='"1"'), "/b.csv": answer(200, b"b")}
            source = http_source(server.url("/a.csv"), server.url("/b.csv"))
            first = land(source, tmp_path, None, MONDAY, patience=HASTY)
            server.paths["/a.csv"] = answer(304)
            assert land(source, tmp_path, None, TUESDAY, first.sha256, HASTY) == first
            assert land(source, tmp_path, None, TUESDAY, first.sha256, HASTY) == first
            asked = [headers.get("If-None-Match") for path, headers in server.seen if path == "/a.csv"]
            assert asked == [None, '"1"', '"1"']
            server.paths["/b.csv"] = answer(200, b"c")
            second = land(source, tmp_path, None, TUESDAY, first.sha256, HASTY)
            assert [file.path.read_bytes() for file in second.files] == [b"a", b"c"]

    def test_not_used_when_the_bytes_they_stand_for_are_damaged(self, tmp_path: Path) -> None:
        with serving() as server:
            server.paths["/a.csv"] = answer(200, b"a", ETag='"1"')
            source = http_source(server.url("/a.csv"))
            first = land(source, tmp_path, None, MONDAY, patience=HASTY)
            first.files[0].path.write_bytes(b"x")
            land(source, tmp_path, None, TUESDAY, first.sha256, HASTY)
            assert "If-None-Match" not in server.seen[-1][1]

    def test_a_page_in_place_of_the_file_does_not_make_the_file_look_unchanged(self, tmp_path: Path) -> None:
        with serving() as server:
            old, young = "Mon, 02 Nov 2026 01:00:00 GMT", "Mon, 23 Nov 2026 17:00:00 GMT"
            source = http_source(server.url("/a.csv"))
            server.paths["/a.csv"] = answer(200, b"a", Last_Modified=old)
            first = land(source, tmp_path, None, MONDAY, None, HASTY)
            server.paths["/a.csv"] = answer(200, b"<html>", Last_Modified=young)
            assert land(source, tmp_path, None, MONDAY, first.sha256, HASTY) != first
            server.paths["/a.csv"] = unless_asked_since(old, b"a")
            assert land(source, tmp_path, None, TUESDAY, first.sha256, HASTY) == first
            assert land(source, tmp_path, None, TUESDAY, first.sha256, HASTY) == first
            asked = [headers.get("If-Modified-Since") for _, headers in server.seen]
            assert asked == [None, old, None, old]

    def test_not_within_the_reach_of_a_mirror(self, tmp_path: Path) -> None:
        with serving() as server:
            server.paths["/a.csv"] = answer(200, b"a", ETag='"1"')
            source = http_source(server.url("/a.csv"), mirror=[r"a\.csv"])
            (tmp_path / "m").mkdir()
            (tmp_path / "m/a.csv").write_bytes(b"mirrored")
            first = land(source, tmp_path, None, MONDAY, patience=HASTY)
            mirrored = land(source, tmp_path, tmp_path / "m", MONDAY)
            assert mirrored.files[0].path.read_bytes() == b"mirrored" and len(server.seen) == 1
            assert land(source, tmp_path, None, MONDAY, first.sha256, HASTY) == first
            assert "If-None-Match" not in server.seen[-1][1]


def test_mirror_leaves_local_sources_alone(folder: Folder, tmp_path: Path) -> None:
    assert land(folder.source, folder.home, tmp_path / "no-mirror", MONDAY).files[0].path.read_bytes() == b"id\n1\n"


@pytest.mark.skipif(not REAL.is_dir(), reason="the real published files lie outside the repository")
@pytest.mark.parametrize("source_id", ["wam_shogai", "kaigo_kouhyou"])
def test_real_mirror_lands_and_reads(tmp_path: Path, source_id: str) -> None:
    source = catalog.load_all()[source_id]
    snapshot = land(source, tmp_path, REAL, MONDAY)
    assert land(source, tmp_path, REAL, TUESDAY) == snapshot
    rows = readers.read(snapshot.files, source.reader)
    expected = {"wam_shogai": (91_541, 29, "2026-03-31"), "kaigo_kouhyou": (56_442, 24, "2026-11-23")}[source_id]
    assert (rows.table.num_rows, len(rows.header), snapshot.dated) == expected
    assert rows.problems == ()
