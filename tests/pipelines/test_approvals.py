"""The steward's commands and the sensor: what is said to whom, and when a night starts."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import dagster as dg
import pytest
import typer
from typer.testing import CliRunner, Result

from pipelines import approvals
from pipelines.definitions import defs
from sources import inbox
from tests.dropped import drop, drop_form, night, take_in

OTHER = {"団体の名称": "べつの会", "支援の名称": "べつ食堂", "料金の別": "時価"}


@pytest.fixture(scope="module")
def taken_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("taken_in") / "var"
    drop(home, "a.csv", {})
    drop(home, "町/b.csv", OTHER)
    take_in(home)
    return home


@pytest.fixture
def home(taken_in: Path, tmp_path: Path) -> Path:
    """A home in which two submissions wait."""
    return shutil.copytree(taken_in, tmp_path / "var")


def say(home: Path, *words: str) -> Result:
    app = typer.Typer()
    for command in ("submissions", "approve", "reject", "clear", "withdraw", "hide"):
        app.command()(getattr(approvals, command))
    return CliRunner().invoke(app, [*words, "--home", str(home)])


def test_the_listing_says_all_that_a_steward_needs(home: Path) -> None:
    told = say(home, "submissions")
    assert told.exit_code == 0
    for said in (
        "ためしの会",
        "［承認待ち］",
        "a.csv（1 行、採用 1 行、指摘 0 件）",
        "新しい　団体「べつの会」：",
        "公開の同意「すべて」：団体名・活動 公開、所在地 公開、電話・メール 公開、代表者名 内部だけ、説明文 公開",
        "ためし町1丁目",
    ):
        assert said in told.stdout
    assert "町/b.csv（1 行、採用 1 行、指摘 1 件）" in told.stdout and "訂正票" in told.stdout
    assert told.stdout.rstrip().endswith("承認待ち 2 件")


def test_what_cannot_be_approved_waits_for_nobody(home: Path) -> None:
    drop(home, "c.csv", {"団体の名称": "みっつの会", "公開の範囲（団体名・活動）": "内部だけ"})
    drop(home, "d.csv", {"団体の名称": "よっつの会", "支援の名称": ""})
    take_in(home)
    told = say(home, "submissions").stdout
    assert told.count("［このままでは承認できない］") == 2
    assert "今日までの行がありません" in told and "採用できた行がありません" in told
    assert told.rstrip().endswith("承認待ち 2 件（ほかに、このままでは承認できないもの 2 件）")
    assert approvals.waiting(night(home)) == 2


def test_what_a_new_version_lacks_is_said_before_and_at_its_approval(home: Path) -> None:
    def ids() -> list[str]:
        return [line.split()[0] for line in say(home, "submissions").stdout.splitlines() if "［承認待ち］" in line]

    drop_form(home, "票.xlsx", ["食堂一", "食堂二"], {"団体の名称": "たべる会"})
    take_in(home)
    for waiting in ids():
        say(home, "approve", waiting, "--by", "係", "--how", "電話")
    drop_form(home, "票.xlsx", ["食堂一"], {"団体の名称": "たべる会"})
    drop(home, "a.csv", {"概要": "書き直した"}, {"支援の名称": "ためし広場"})
    take_in(home)
    for waiting in ids():
        say(home, "approve", waiting, "--by", "係", "--how", "電話")
    drop(home, "a.csv", {"概要": "また書き直した"})
    drop_form(home, "票.xlsx", ["食堂三"], {"団体の名称": "たべる会"})
    take_in(home)
    listed = say(home, "submissions").stdout
    said = "".join(say(home, "approve", waiting, "--by", "係", "--how", "電話").stdout for waiting in ids())
    for told in (listed, said):
        assert "（承認すると公開をやめる）　支援・活動「食堂一」" in told
        assert "食堂二" not in told
    assert "やめるには withdraw）　支援・活動「ためし広場」" in listed
    assert listed.count("注意　公開中の記録を置き換えます") == 2


def test_a_name_cannot_steer_the_terminal(home: Path) -> None:
    drop(home, "改行\n\x1b[31m.csv", {"団体の名称": "まっかな\x1b[31m会"})
    take_in(home)
    told = say(home, "submissions").stdout
    assert "\x1b" not in told and "改行\ufffd\ufffd[31m.csv（" in told


def test_what_was_decided_leaves_the_short_list(home: Path) -> None:
    lines = say(home, "submissions").stdout.splitlines()
    ids = [line.split()[0] for line in lines if "［承認待ち］" in line]
    assert "次の夜間処理で公開します" in say(home, "approve", ids[0], "--by", "係", "--how", "電話").stdout
    assert "差し戻しました" in say(home, "reject", ids[1], "--by", "係", "--why", "違う").stdout
    assert say(home, "submissions").stdout == "承認待ち 0 件\n"
    everything = say(home, "submissions", "--all").stdout
    assert "approve（係）：電話" in everything and "reject（係）：違う" in everything


def test_a_withheld_text_is_shown_with_the_command_that_clears_it(home: Path) -> None:
    drop(home, "c.csv", {"団体の名称": "みっつの会", "概要": "担当 佐々木 花子（090-0000-0000）"})
    take_in(home)
    listed = say(home, "submissions").stdout
    assert "保留　概要：担当 佐々木 花子（090-0000-0000）" in listed
    assert "携帯電話の番号がある、説明の文の中に人の名前があるようです" in listed
    (line,) = [shlex.split(line) for line in listed.splitlines() if "michishirube clear" in line]
    words = (*line[1:4], "--by", "係", "--why", "本人に確かめた")
    assert words[2] == "概要" and listed.rstrip().endswith("承認待ち 3 件（保留の文 1 件）")
    told = say(home, *words)
    assert told.exit_code == 0 and "「概要」を確認済みにしました。次の夜間処理で効きます。" in told.stdout
    again = say(home, *words)
    assert again.exit_code == 0 and "もう確認済みです" in again.stderr and again.stdout == ""
    listed = say(home, "submissions").stdout
    assert "確認済み　概要：" in listed and "保留" not in listed
    wrong = say(home, words[0], words[1], "備考", *words[3:])
    assert wrong.exit_code == 2 and "概要 のどれか" in wrong.stderr
    empty = say(home, *words[:-1], " ")
    assert empty.exit_code == 2 and "--why に何も" in empty.stderr


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("approve", "s00000000000", "--by", "係", "--how", "電話"), "提出はありません"),
        (("approve", "s00000000000", "--by", " ", "--how", "電話"), "--by に何も"),
        (("approve", "s00000000000", "--by", "係"), "how"),
        (("hide", "0123456789abcdef", "--by", "係", "--why", "依頼"), "提出はありません"),
    ],
)
def test_what_cannot_be_done_is_said(home: Path, words: tuple[str, ...], why: str) -> None:
    told = say(home, *words)
    assert told.exit_code == 2 and why in told.stderr


def test_a_home_without_a_night_is_told(tmp_path: Path) -> None:
    told = say(tmp_path, "submissions")
    assert told.exit_code == 2 and "michishirube nightly" in told.stderr


def test_a_file_that_no_night_has_read_is_told(home: Path) -> None:
    drop(home, "c.csv", {"団体の名称": "みっつの会"})
    assert "まだ読んでいないファイル" in say(home, "submissions").stderr


def test_the_sensor_starts_a_run_once_for_the_same_contents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MICHISHIRUBE_HOME", str(tmp_path))
    monkeypatch.setenv("MICHISHIRUBE_SET", "live")
    sensor = defs().resolve_sensor_def("inbox_filled")
    assert sensor.default_status == dg.DefaultSensorStatus.RUNNING

    def asked() -> list[str | None]:
        return [run.run_key for run in sensor.evaluate_tick(dg.build_sensor_context()).run_requests or []]

    assert asked() == []
    drop(tmp_path, "a.csv", {})
    first = asked()
    assert first == [inbox.contents(tmp_path)] == asked()
    take_in(tmp_path)
    assert asked() == []
    drop(tmp_path, "a.csv", {"概要": "書き直した"})
    assert asked() not in ([], first)
