"""README holds: its commands and snippets run, its tables say what is there.

A fenced block after ``<!-- test -->`` is run here: make looks at its shell lines without carrying them out, the command
is run, Python runs in a real release, the two YAML files become a source. Whether the night itself is right is tested
elsewhere.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from pipelines import cli, nightly
from publish import index
from schemas import rulebook
from sources import answers, catalog, ingest
from tests.nights import Night

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
JAPANESE, ENGLISH = README.split('<a id="english"></a>')
NIGHTLY = [sys.executable, "-c", "from pipelines.cli import main; main()", "nightly"]


def blocks(language: str) -> list[str]:
    """The fenced blocks of that language which README gives to be run."""
    return re.findall(rf"<!-- test -->\n```{language}\n(.*?)```", README, re.DOTALL)


def table(heading: str) -> list[list[str]]:
    """The rows of the table whose first heading is this one, as cells."""
    lines = README[README.index(f"| {heading} ") :].split("\n\n", 1)[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def names(heading: str) -> list[str]:
    """What stands as code in the first column of that table."""
    return [name for row in table(heading) for name in re.findall(r"`([^`]+)`", row[0])]


def test_every_block_is_run_by_a_test() -> None:
    assert len(re.findall(r"^```[a-z]+$", README, re.MULTILINE)) == README.count("<!-- test -->\n```")
    assert {language: len(blocks(language)) for language in ("sh", "python", "yaml")} == {
        "sh": 5,
        "python": 2,
        "yaml": 2,
    }


def planned(*words: str) -> subprocess.CompletedProcess[str]:
    """What make would do, asked as from a shell of its own: these tests may run under make themselves."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(
        ["make", "-n", *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


LINES = [line for block in blocks("sh") for line in block.splitlines()]
COMMANDS = [line for line in LINES if line.startswith("make ")]


@pytest.mark.parametrize("command", COMMANDS)
def test_make_targets(command: str, tmp_path: Path) -> None:
    """Each has a recipe, and what the recipe calls is there once its set-up has run."""
    done = planned(*command.split()[1:], "VENV=no-such-venv", f"MICHISHIRUBE_HOME={tmp_path}")
    assert done.returncode == 0, done.stderr
    assert command.startswith("make ") and "-m venv" in done.stdout
    called = done.stdout.strip().splitlines()[-1].split()[0].removeprefix("no-such-venv/bin/")
    assert called in ("michishirube", "python", "dg")


def test_an_organization_checks_its_own_file_as_shown() -> None:
    line = next(line for line in LINES if line not in COMMANDS)
    program, *words = line.split()
    assert program == ".venv/bin/michishirube" and words[0] == "validate"
    console = [*NIGHTLY[:-1], *words]
    done = subprocess.run([*console, "--format", "json"], cwd=ROOT, capture_output=True, check=False)
    told = json.loads(done.stdout)
    assert (done.returncode, told["valid"], told["rows"]) == (1, False, 3)
    assert {"0166-00-0000", "2023-10-01", "居場所", "43.06", "141.35"} < {f["expected"] for f in told["findings"]}
    assert set(names("`--format`")) == {"text", *answers.FORMATS}
    assert JAPANESE.index("michishirube validate") < JAPANESE.index("## 出てくるもの")


def test_a_form_is_made_and_the_inbox_looked_into_as_shown(night: Night, tmp_path: Path) -> None:
    made, looked, _ = [line.split()[1:] for line in LINES if line not in COMMANDS][1:]
    out = tmp_path / "touroku.xlsx"
    done = subprocess.run([*NIGHTLY[:-1], *made[:-1], str(out)], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0 and out.read_bytes().startswith(b"PK"), done.stderr.decode()
    done = subprocess.run(
        [*NIGHTLY[:-1], *looked, "--home", str(night.home)], cwd=ROOT, capture_output=True, check=False
    )
    assert done.returncode == 0 and "承認待ち 1 件" in done.stdout.decode(), done.stderr.decode()
    assert {words.split()[0] for words in names("コマンド Command")} == {
        "submissions", "approve", "reject", "withdraw", "hide", "clear", "release",
    }  # fmt: skip


def test_the_review_queue_is_read_as_shown(night: Night) -> None:
    words = [line.split()[1:] for line in LINES if line not in COMMANDS][-1]
    command = [*NIGHTLY[:-1], *words, "--home", str(night.home)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0 and "judge" in done.stdout.decode(), done.stderr.decode()
    offered = {command.name or command.callback.__name__ for command in cli.app.registered_commands if command.callback}
    named = {words.split()[0] for words in names("名寄せ Resolution")}
    assert named == {"review", "judge", "resolve", "train"} and named <= offered


def test_the_first_two_commands_are_the_two() -> None:
    assert COMMANDS == ["make nightly", "make test", "make ui"]
    assert all(f"`{command}`" in ENGLISH for command in COMMANDS)


def test_the_ui_is_where_readme_says() -> None:
    assert "--host 127.0.0.1 --port 3000" in planned("ui").stdout
    assert JAPANESE.count("<http://127.0.0.1:3000>") == ENGLISH.count("<http://127.0.0.1:3000>") == 1


@pytest.mark.parametrize("snippet", blocks("python"))
def test_snippets_run_in_a_release(snippet: str, night: Night) -> None:
    release = night.home / "latest"
    environment = os.environ | {"PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, "-c", snippet], cwd=release, env=environment, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    assert len(done.stdout.decode().splitlines()) > 10


def test_release_layout(night: Night) -> None:
    release = night.home / "latest"
    found = {path.relative_to(release).as_posix() for path in index.paths(release)}
    patterns = {name: re.compile(re.sub("<[^>]+>", "[a-z0-9_]+", name)) for name in names("ファイル File")}
    told = {name: {path for path in found if pattern.fullmatch(path)} for name, pattern in patterns.items()}
    assert all(told.values()), [name for name, files in told.items() if not files]
    assert set().union(*told.values()) == found


def test_tables_are_named(night: Night) -> None:
    release = night.home / "latest"
    published = {path.stem for path in (release / "csv").iterdir()}
    assert (
        published
        == {t.name for t in rulebook.published_tables()}
        == {n for n in rulebook.tables() if f"`{n}`" in JAPANESE}
    )


def test_the_home_holds_what_readme_names(night: Night) -> None:
    row = next(row for row in table("場所 Where") if row[0] == "`var/`")
    for name in re.findall(r"`([^`]+)`", row[1]):
        assert (night.home / name).exists(), name
    assert all((night.home / "sheets" / f"{name}.xlsx").exists() for name in night.sources)
    assert {f"{folder}/" for folder in nightly.FOLDERS} <= set(re.findall(r"`([^`]+)`", row[1]))


def test_rooms_exist() -> None:
    assert all((ROOT / name).is_dir() for name in names("場所 Where") if name != "var/")


def test_checks_are_those_of_the_graph() -> None:
    from pipelines.definitions import defs

    graph = defs().resolve_asset_graph()
    assert {key.name for key in graph.asset_check_keys} == set(names("検査 Check"))


def test_samples_are_as_many_as_told(night: Night) -> None:
    assert len(night.sources) == 17
    assert sum(run["rejected"] is not None for run in night.sources.values()) == 2
    assert "16の出典と、受付箱の票3つ。うち2つの出典は" in JAPANESE
    assert "16 invented sources, two of them broken" in ENGLISH


def test_options() -> None:
    environment = os.environ | {"COLUMNS": "200", "NO_COLOR": "1"}
    done = subprocess.run([*NIGHTLY, "--help"], cwd=ROOT, env=environment, capture_output=True, check=True)
    offered = set(re.findall(r"(?<=│ )--[a-z-]+", done.stdout.decode())) - {"--help"}
    assert {option.split()[0] for option in names("オプション Option") if option.startswith("--")} == offered


def test_exit_codes() -> None:
    told = {int(row[0]): row[1] for row in table("終了コード Exit")}
    assert sorted(told) == sorted([cli.RELEASED, cli.BUG, cli.MISUSE, cli.STOPPED])
    assert "変わりなし" in told[cli.OUTCOMES["released"][0]]
    assert cli.OUTCOMES["unchanged"][0] == cli.RELEASED
    assert "gate" in told[cli.OUTCOMES["stopped"][0]]
    assert "誤り" in told[cli.OUTCOMES["failed"][0]]
    assert "使い方" in told[cli.MISUSE]


def test_variables() -> None:
    read = set(re.findall(r"MICHISHIRUBE_[A-Z_]+", (ROOT / "pipelines" / "settings.py").read_text(encoding="utf-8")))
    assert set(names("環境変数 Variable")) == read


def test_a_source_is_onboarded_as_shown(tmp_path: Path) -> None:
    folder = tmp_path / "rei_shi"
    folder.mkdir()
    for block in blocks("yaml"):
        first = block.splitlines()[0]
        assert first.startswith("# sources/rei_shi/")
        (folder / Path(first).name).write_text(block, encoding="utf-8")
    rows = "番号,窓口の名称,料金,電話番号,備考\n1,くらしの相談,無料,0125-00-0250,\n2,しごとの相談,有料,0120-000-000,\n"
    (folder / "madoguchi.csv").write_text(rows, encoding="cp932")
    tonight = ingest.Night(tmp_path / "home", date(2026, 10, 1), "01", None, "live")
    source = catalog.load(folder)
    assert ingest.in_set(source, tonight)
    run = ingest.ingest(source, tonight)
    assert (run.rejected, run.rows_read, run.quarantined) == (None, 2, 0)
    assert [finding for finding in ingest.findings("rei_shi", tonight.home) if finding.code == "unmapped-column"] == []


def test_a_licence_nobody_read_is_marked() -> None:
    told = {source.id: source.licence["licence_status"] for source in catalog.load_all().values()}
    assert (told["wam_shogai"] in index.PUBLISHABLE, told["kaigo_kouhyou"]) == (False, "third_party")


def test_only_names_of_files_that_are_there() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target
