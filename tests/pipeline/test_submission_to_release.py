"""The way of a submission, in real nights: from the inbox through an approval into a release, and out again at once.

Its twin that nobody approved stands in no byte that others can look at.
"""

from __future__ import annotations

import fcntl
import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests import nights
from tests.dropped import command, drop, listed
from tests.nights import Night
from tests.pipeline.test_privacy_of_the_night import texts

SECRET = "ひみつの輪"
TWIN = {
    "団体の名称": SECRET,
    "支援の名称": f"{SECRET}食堂",
    "概要": f"{SECRET}の概要",
    "代表者名": f"{SECRET}代表",
    "所在地_連結表記（団体）": f"北海道旭川市{SECRET}町9丁目",
    "所在地_連結表記（拠点）": f"北海道旭川市{SECRET}町9丁目",
    "連絡先（電話）": "0166-00-0199",
    "連絡先（メール）": "himitsu-no-wa@himitsu.example.jp",
}
TRACES = (SECRET, "0166-00-0199", "0166000199", "166000199", "himitsu-no-wa")
FAULTY = {"支援の名称": f"{SECRET}相談", "料金の別": f"{SECRET}料金", "連絡先（電話）": f"{SECRET}電話"}


def traces(folder: Path, *wanted: str) -> set[str]:
    """Files below ``folder`` in which one of these texts stands, however it is written there."""
    return {
        path.relative_to(folder).as_posix()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and any(word in text for text in texts(path) for word in wanted)
    }


def names(home: Path, table: str) -> list[str]:
    told = json.loads((home / "latest/json" / f"{table}.json").read_text(encoding="utf-8"))
    return [row["name"] for row in told]


@pytest.fixture(scope="module")
def approved(night: Night, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str, list[Night]]]:
    """A home two nights later: what was dropped waited in the first, and one was approved before the second."""
    home = tmp_path_factory.mktemp("submission") / "home"
    shutil.copytree(night.home, home, symlinks=True)
    drop(home, f"{SECRET}/回答.csv", {}, TWIN, TWIN | FAULTY)
    (home / "inbox" / f"{SECRET}の写真.xlsx").write_bytes(b"no form")
    first = nights.forked(home)
    assert first.code == 0, first.stderr
    waiting = listed(home)
    assert waiting["ためしの会"]["state"] == waiting[SECRET]["state"] == "waiting"
    assert "ためしの会" not in names(home, "organizations")
    submission = waiting["ためしの会"]["id"]
    told = command(home, "approve", submission, "--by", "係", "--how", "電話で確かめた")
    assert told.returncode == 0 and "承認しました" in told.stdout, told.stderr
    yield home, submission, [first, nights.forked(home)]


def test_the_approved_one_is_published_as_far_as_it_consents(approved: tuple[Path, str, list[Night]]) -> None:
    home, _, (_, second) = approved
    assert second.code == 0, second.stderr
    assert "ためしの会" in names(home, "organizations") and "ためし食堂" in names(home, "services")
    assert traces(home / "latest", "例野　ためし", "例野ためし") == set()
    assert traces(home / "latest", "shokudo@tameshi.example.jp") != set()
    sources = {told["id"] for told in json.loads((home / "latest/index.json").read_text(encoding="utf-8"))["sources"]}
    assert "inbox" in sources


def test_the_twin_that_nobody_approved_appears_nowhere(approved: tuple[Path, str, list[Night]]) -> None:
    home, submission, told = approved
    twin = listed(home)[SECRET]
    for folder in ("releases", "dagster"):
        assert traces(home / folder, *TRACES, twin["id"], submission) == set()
    assert not any(trace in night.stdout + night.stderr for night in told for trace in TRACES)
    assert traces(home / "accepted", *TRACES) != set() != traces(home / "sheets", SECRET)


def test_the_night_accounts_for_the_inbox_as_for_a_source(approved: tuple[Path, str, list[Night]]) -> None:
    _, _, (first, second) = approved
    run = first.sources["inbox"]
    assert run["rows_read"] == run["accepted"] + run["quarantined"] > 3
    assert "ファイルを採用できませんでした" in run["rejected"]
    assert second.sources["inbox"]["changed"] is False and second.sources["inbox"]["seconds"] < 5


@pytest.fixture
def home(approved: tuple[Path, str, list[Night]], tmp_path: Path) -> Path:
    shutil.copytree(approved[0], tmp_path / "home", symlinks=True)
    return tmp_path / "home"


def test_hide_takes_effect_at_once(approved: tuple[Path, str, list[Night]], home: Path) -> None:
    assert traces(home / "latest", "旭川市ためし町1丁目2番3号") != set()
    told = command(home, "hide", approved[1], "--by", "係", "--why", "依頼")
    assert told.returncode == 0, told.stderr
    assert f"いま公開している版は {nights.AS_OF}.3 です" in told.stdout
    assert traces(home / "latest", "ためし町", "0166-00-0971") == set()
    assert "ためし食堂" in names(home, "services")


def test_withdraw_takes_effect_at_once(approved: tuple[Path, str, list[Night]], home: Path) -> None:
    told = command(home, "withdraw", approved[1], "--by", "係", "--why", "依頼")
    assert told.returncode == 0, told.stderr
    assert f"{nights.AS_OF}.3" in told.stdout
    assert traces(home / "latest", "ためしの会", "ためし食堂", "0166-00-0971") == set()
    again = command(home, "withdraw", approved[1], "--by", "係", "--why", "依頼")
    assert again.returncode == 0 and "取り下げるものがありません" in again.stderr
    assert f"いま公開している版は {nights.AS_OF}.3 です" in again.stdout


def test_a_decision_during_a_night_waits_for_it_and_takes_effect(
    approved: tuple[Path, str, list[Night]], home: Path
) -> None:
    with (home / "night.lock").open("a") as running, ThreadPoolExecutor() as beside:
        fcntl.flock(running, fcntl.LOCK_EX)
        deciding = beside.submit(command, home, "withdraw", approved[1], "--by", "係", "--why", "依頼")
        with pytest.raises(TimeoutError):
            deciding.result(timeout=6)
        assert "ためしの会" in names(home, "organizations")
        fcntl.flock(running, fcntl.LOCK_UN)
        told = deciding.result()
    assert told.returncode == 0 and "終わるのを待って" in told.stderr
    assert traces(home / "latest", "ためしの会", "ためし食堂") == set()
