"""A record that had to go is in no kept release, whole or not at all, and what is left still agrees with itself."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from sample_release import ROWS, open_release

from publish import contents, redaction, release, versions
from publish.redaction import RedactionError, redact
from schemas import rulebook
from tests.warehouse.accepted import build_from, ids, row
from warehouse import ledger

pytestmark = pytest.mark.usefixtures("few_areas")

FIRST = date(2026, 7, 1)
GONE = ("a000000000000001", "c000000000000001", "d000000000000001")
"""The organization that is taken out, its place and its service."""

VALUES = ("水曜の食堂", "7430005000019", "011-598-1185")
"""What only their records say, and no example of the dictionary."""


def publish(home: Path, night: int, rows: dict[str, list[dict[str, Any]]]) -> Path:
    """The release of that night, of these rows."""
    home.mkdir(exist_ok=True)
    with closing(open_release(home / "warehouse.duckdb", rows)) as con:
        published = release.publish_from(con, home, FIRST + timedelta(days=night))
    assert published is not None
    return published


@pytest.fixture(scope="module")
def three_nights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The record comes, something else changes, the record goes."""
    tmp_path = tmp_path_factory.mktemp("nights")
    others = {
        "organizations": ROWS["organizations"][:1],
        "services": ROWS["services"][1:],
        "contact_points": ROWS["contact_points"][1:],
    }
    publish(tmp_path, 0, ROWS)
    changed = [row | {"summary": "毎週"} for row in ROWS["services"]]
    publish(tmp_path, 1, ROWS | {"services": changed})
    publish(tmp_path, 2, others)
    return tmp_path


@pytest.fixture
def home(three_nights: Path, tmp_path: Path) -> Path:
    """A home of those nights; releases never change, so that links to their files do."""
    shutil.copytree(three_nights / "releases", tmp_path / "releases", copy_function=os.link)
    shutil.copy(three_nights / "warehouse.duckdb", tmp_path)
    release.recover(tmp_path)
    return tmp_path


def texts(folder: Path) -> str:
    """All that stands in the text files below a folder, and in its Parquet files."""
    told = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        if path.suffix == ".parquet":
            told.append(str(duckdb.sql(f"SELECT * FROM read_parquet('{path}')").fetchall()))
        else:
            told.append(path.read_bytes().decode("utf-8", "ignore"))
    return "\n".join(told)


def agree(home: Path) -> None:
    """Each index tells the truth of what stands below it, and ``latest`` leads to the newest."""
    told = json.loads((home / "releases/index.json").read_text("utf-8"))
    names = [str(version) for version, _ in versions.releases(home)]
    assert [one["version"] for one in told["releases"]] == names
    assert told["latest"] == names[-1] == (home / "latest").resolve().name
    assert sorted(path.name for path in (home / "releases").iterdir()) == sorted([*names, "index.json"])
    for one in told["releases"]:
        folder = home / "releases" / one["version"]
        assert one["sha256"] == hashlib.sha256((folder / "index.json").read_bytes()).hexdigest()
        index = json.loads((folder / "index.json").read_text("utf-8"))
        assert index["version"] == one["version"]
        for file in index["files"]:
            assert file["sha256"] == hashlib.sha256((folder / file["path"]).read_bytes()).hexdigest()


def test_whatever_names_an_entity_is_called_so() -> None:
    keys = {table.name: table.primary_key[0] for table in rulebook.entity_tables()}
    ids = {row[key] for name, key in keys.items() for row in ROWS.get(name, [])}
    naming = {name for rows in ROWS.values() for row in rows for name, value in row.items() if value in ids}
    assert naming > {keys[name] for name in keys if name in ROWS}
    assert [name for name in (*keys.values(), *naming) if not name.endswith(redaction.NAMES_ENTITY)] == []


def test_no_kept_release_holds_it_any_more(home: Path) -> None:
    assert all(value in texts(home / "releases") for value in VALUES)
    assert redact(home, GONE[0], "管理者", "本人の希望", date(2026, 7, 9)).made == {
        "2026-07-01": "2026-07-01+r1",
        "2026-07-02": "2026-07-02+r1",
    }
    assert [str(version) for version, _ in versions.releases(home)] == ["2026-07-01+r1", "2026-07-02+r1", "2026-07-03"]
    agree(home)
    left = texts(home / "releases")
    assert [value for value in VALUES if value in left] == []
    for version in ("2026-07-01+r1", "2026-07-02+r1"):
        assert [id for id in GONE if id in texts(home / "releases" / version)] == []
    # What came after tells that it is gone, and nothing else.
    assert GONE[0] in (home / "releases/2026-07-03/json/removed.json").read_text("utf-8")


def test_what_was_another_s_is_as_it_was(home: Path) -> None:
    with closing(duckdb.connect()) as con:
        contents.of_release(con, home / "releases/2026-07-01")
        before = {
            table.name: con.execute(f"FROM release.{table.name}").fetchall() for table in rulebook.published_tables()
        }
    redact(home, GONE[0], "", "本人の希望", date(2026, 7, 9))
    with closing(duckdb.connect()) as con:
        contents.of_release(con, home / "releases/2026-07-01+r1")
        for table in rulebook.published_tables():
            after = con.execute(f"FROM release.{table.name}").fetchall()
            assert after == [row for row in before[table.name] if not {str(cell) for cell in row} & set(GONE)]


def test_the_ledger_remembers_by_whom_and_why(home: Path) -> None:
    redact(home, GONE[0], "管理者", "本人の希望", date(2026, 7, 9))
    with ledger.opened(home) as book:
        assert ledger.redactions(book) == [
            (f"2026-07-0{day}+r1", f"2026-07-0{day}", GONE[0], "管理者", "本人の希望", "2026-07-09") for day in (1, 2)
        ]


def test_what_may_still_be_published_is_refused_and_says_what_comes_first(tmp_path: Path) -> None:
    build_from(tmp_path, {"town": [row("open")]})
    published = release.publish(tmp_path, FIRST)
    assert published is not None
    with pytest.raises(RedactionError, match="先に withdraw か hide"):
        redact(tmp_path, ids(tmp_path / "warehouse.duckdb", "organizations")["town:open"], "", "依頼", FIRST)
    assert published.is_dir()


def test_a_place_alone_leaves_its_service(home: Path) -> None:
    redact(home, GONE[1], "", "住む人がいる", date(2026, 7, 9))
    services = json.loads((home / "releases/2026-07-01+r1/json/services.json").read_text("utf-8"))
    assert len(services) == 2
    assert GONE[1] not in texts(home / "releases/2026-07-01+r1")


def test_another_redaction_of_the_same_release_counts_on(home: Path) -> None:
    redact(home, GONE[1], "", "一つ目", date(2026, 7, 9))
    told = redact(home, GONE[0], "", "二つ目", date(2026, 7, 9))
    assert list(told.made.values()) == ["2026-07-01+r2", "2026-07-02+r2"]
    agree(home)


def test_what_no_release_holds_is_refused_and_changes_nothing(home: Path) -> None:
    before = texts(home / "releases")
    with pytest.raises(RedactionError, match="ありません"):
        redact(home, "e000000000000009", "", "まちがい", date(2026, 7, 9))
    assert texts(home / "releases") == before
    agree(home)


class Killed(BaseException):
    """The process dies here."""


@pytest.mark.parametrize("step", ["verify", "begin_redaction", "finish_redaction", "_point_latest", "leave"])
def test_killed_at_any_step_it_completes_or_has_not_begun(
    home: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = texts(home / "releases")
    calls = 0

    def die(*_: object, **__: object) -> None:
        nonlocal calls
        calls += 1
        # The second call is the redaction's own: it looks first whether an earlier one is to be finished.
        if calls > 1 or step == "begin_redaction":
            raise Killed
        original(*_, **__)

    place = redaction.writing if step == "verify" else versions
    original = getattr(place, step)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(place, step, die)
        redact(home, GONE[0], "", "本人の希望", date(2026, 7, 9))
    release.recover(home)
    agree(home)
    left = texts(home / "releases")
    if step in ("verify", "begin_redaction"):
        assert left == before
    else:
        assert [value for value in VALUES if value in left] == []
        with ledger.opened(home) as book:
            assert len(ledger.redactions(book)) == 2


def test_the_next_night_goes_on_from_there(home: Path) -> None:
    redact(home, GONE[0], "", "本人の希望", date(2026, 7, 9))
    published = publish(home, 9, ROWS | {"services": ROWS["services"][1:]})
    assert json.loads((published / "index.json").read_text("utf-8"))["previous"] == "2026-07-03"
    agree(home)
