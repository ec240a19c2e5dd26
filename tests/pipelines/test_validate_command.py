"""``michishirube validate`` as a person or a script runs it."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from schemas import table_schema
from tests import commands

ROOT = Path(__file__).parents[2]
CONSOLE = "from pipelines.cli import main; main()"
SCHEMA = {"fields": [{"name": "番号", "type": "integer"}, {"name": "名称", "constraints": {"required": True}}]}
GOOD, BAD = "番号,名称\n1,見本\n", "番号,名称\n1,\n二,見本\nx,見本\n"
HEAVY = ("dagster", "pandas", "great_expectations", "splink", "pandera", "warehouse", "publish")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a good file, a bad one and their schema, where the person is."""
    (tmp_path / "schema.json").write_text(json.dumps(SCHEMA), encoding="utf-8")
    (tmp_path / "good.csv").write_text(GOOD, encoding="utf-8")
    (tmp_path / "bad.csv").write_text(BAD, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def validate(*words: str, prepare: Callable[[], None] = commands.as_it_is) -> subprocess.CompletedProcess[bytes]:
    return commands.michishirube_in_bytes("validate", *words, prepare=prepare)


def start(*words: str, program: str = CONSOLE) -> subprocess.CompletedProcess[bytes]:
    """The same in a process that has loaded nothing."""
    command = [sys.executable, "-c", program, "validate", *words]
    return subprocess.run(
        command, capture_output=True, check=False, timeout=100, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )


@pytest.mark.parametrize("run", [start, validate])
def test_a_good_file(run: Callable[..., subprocess.CompletedProcess[bytes]]) -> None:
    done = run("good.csv", "--schema", "schema.json")
    assert (done.returncode, done.stderr.decode()) == (0, "")
    assert done.stdout.decode() == "good.csv\n1 行を調べました。直すところはありません。\n"


def test_findings_end_with_one_and_json_tells_them() -> None:
    done = validate("bad.csv", "--schema", "schema.json", "--format", "json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["valid"], told["rows"]) == (1, False, 3)
    places = [(f["code"], f["rowNumber"], f["fieldNumber"]) for f in told["findings"]]
    assert places == [("required", 2, 2), ("type", 3, 1), ("type", 4, 1)]


def test_what_is_no_table_or_no_schema_is_told_and_ends_with_two(folder: Path) -> None:
    (folder / "page.csv").write_text("<!DOCTYPE html><html></html>", encoding="utf-8")
    (folder / "broken.xlsx").write_bytes(b"PK\x03\x04")
    (folder / "wrong.json").write_text('{"fields": [{"name": "n", "type": "nothing"}]}', encoding="utf-8")
    (folder / "empty.csv").write_bytes(b"")
    for words, code in (
        (("empty.csv", "--schema", "schema.json"), "empty-file"),
        (("page.csv", "--schema", "schema.json"), "html-page"),
        (("broken.xlsx", "--schema", "schema.json"), "unreadable-file"),
        (("good.csv", "--schema", "wrong.json"), "schema-fault"),
    ):
        done = validate(*words, "--format", "json")
        told = json.loads(done.stdout)
        assert (done.returncode, told["valid"], told["rows"]) == (2, False, 0)
        assert told["findings"][0]["code"] == code


def test_a_limit_shortens_the_list_and_changes_no_verdict() -> None:
    done = validate("bad.csv", "--schema", "schema.json", "--format", "json", "--limit", "0")
    assert (done.returncode, json.loads(done.stdout)) == (1, {"valid": False, "rows": 3, "findings": []})


def test_a_table_of_ours() -> None:
    Path("a.csv").write_text("支援の名称,料金の別\n見本,無料\n見本,むりょう\n", encoding="utf-8")
    done = validate("a.csv", "--table", "services", "--format", "json", "--lang", "en")
    [finding] = json.loads(done.stdout)["findings"]
    assert (done.returncode, finding["code"], finding["rowNumber"]) == (1, "unknown-code", 3)
    assert finding["message"].isascii() is False and "choices" in finding["message"]


def test_the_strict_layer_can_be_left_out() -> None:
    Path("a.csv").write_text("番号,名称\n1, 見本\n", encoding="utf-8")
    assert validate("a.csv", "--schema", "schema.json").returncode == 1
    assert validate("a.csv", "--schema", "schema.json", "--no-strict").returncode == 0


@pytest.mark.parametrize("form", ["text", "json", "xlsx", "html", "frictionless"])
def test_every_answer_goes_to_a_file_or_to_standard_output(form: str) -> None:
    words = ("bad.csv", "--schema", "schema.json", "--format", form)
    done = validate(*words, "--out", "答え")
    assert (done.returncode, done.stdout) == (1, b"")
    assert "答え に書きました" in done.stderr.decode()
    written = Path("答え").read_bytes()
    piped = validate(*words)
    assert (piped.returncode, piped.stderr) == (1, b"")
    if form == "xlsx":
        assert all(
            openpyxl.load_workbook(io.BytesIO(told))["データ"]["A3"].value == "二" for told in (written, piped.stdout)
        )
    else:
        assert written == piped.stdout
    assert sorted(path.name for path in Path().iterdir()) == ["bad.csv", "good.csv", "schema.json", "答え"]


@pytest.mark.parametrize("out", ["link", "nowhere"])
def test_a_link_stays_a_link(folder: Path, out: str) -> None:
    (folder / "kept").write_bytes(b"old")
    (folder / "link").symlink_to("kept")
    (folder / "nowhere").symlink_to("new")
    done = validate("good.csv", "--schema", "schema.json", "--out", out)
    assert (done.returncode, (folder / out).is_symlink()) == (0, True)
    assert (folder / out).read_text(encoding="utf-8").startswith("good.csv\n")


def test_a_pipe_stays_a_pipe(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    with subprocess.Popen(["cat", "pipe"], stdout=subprocess.PIPE) as reader:
        done = validate("good.csv", "--schema", "schema.json", "--out", "pipe")
        told, _ = reader.communicate(timeout=100)
    assert (done.returncode, (folder / "pipe").is_fifo()) == (0, True)
    assert told.decode().startswith("good.csv\n")


@pytest.mark.parametrize("form", ["text", "json", "xlsx", "html", "frictionless"])
@pytest.mark.parametrize("words", [("--schema", "schema.json"), ("--table", "services")])
@pytest.mark.parametrize("kind", [b"csv", b"json"])
def test_a_file_name_that_is_no_text_harms_no_answer(form: str, words: tuple[str, ...], kind: bytes) -> None:
    name = os.fsdecode(b"\x96\xbc\x95\xeb." + kind)
    Path(name).write_text(BAD if kind == b"csv" else '[{"番号": "x"}]', encoding="utf-8")
    done = validate(name, *words, "--format", form)
    assert (done.returncode, done.stderr.decode()) == (1, "")
    assert done.stdout


def _have_little_memory() -> None:
    table_schema.MEMORY = "1MB"


def test_a_table_too_large_is_one_sentence(folder: Path) -> None:
    names = [f"f{place}" for place in range(600)]
    (folder / "wide.csv").write_text(",".join(names) + "\n" + ",".join(names) + "\n", encoding="utf-8")
    (folder / "wide.json").write_text(json.dumps({"fields": [{"name": name} for name in names]}), encoding="utf-8")
    done = validate("wide.csv", "--schema", "wide.json", prepare=_have_little_memory)
    assert (done.returncode, done.stdout) == (2, b"")
    [sentence] = done.stderr.decode().splitlines()
    assert "大きすぎて" in sentence


def test_the_correction_sheet_round_trip_by_the_command_alone() -> None:
    validate("bad.csv", "--schema", "schema.json", "--format", "xlsx", "--out", "訂正.xlsx")
    assert validate("訂正.xlsx", "--schema", "schema.json").returncode == 1
    book = openpyxl.load_workbook("訂正.xlsx")
    book["データ"]["B2"], book["データ"]["A3"], book["データ"]["A4"] = "見本", 2, 3
    book.save("訂正.xlsx")
    done = validate("訂正.xlsx", "--schema", "schema.json")
    assert (done.returncode, done.stdout.decode().splitlines()[1]) == (0, "3 行を調べました。直すところはありません。")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("bad.csv",), "--schema"),
        (("bad.csv", "--schema", "schema.json", "--table", "services"), "--schema"),
        (("none.csv", "--schema", "schema.json"), "none.csv がありません"),
        ((".", "--schema", "schema.json"), "フォルダ"),
        (("bad.csv", "--schema", "none.json"), "none.json がありません"),
        (("bad.csv", "--schema", "bad.csv"), "JSON"),
        (("bad.csv", "--schema", "list.json"), "Table Schema"),
        (("bad.csv", "--table", "unknown"), "services"),
        (("bad.csv", "--schema", "schema.json", "--out", "bad.csv"), "bad.csv"),
        (("bad.csv", "--schema", "schema.json", "--out", "schema.json"), "スキーマ"),
        (("/dev/null", "--schema", "schema.json"), "ふつうのファイル"),
        (("bad.csv", "--schema", "schema.json", "--out", "no/such/folder"), "書けません"),
        (("bad.csv", "--schema", "schema.json", "--out", "."), "フォルダ"),
    ],
)
def test_misuse_is_one_sentence_and_leaves_nothing(words: tuple[str, ...], said: str) -> None:
    Path("list.json").write_text("[]", encoding="utf-8")
    before = {path.name: path.read_bytes() for path in Path().iterdir()}
    done = validate(*words)
    assert (done.returncode, done.stdout) == (2, b"")
    [sentence] = done.stderr.decode().splitlines()
    assert said in sentence
    assert {path.name: path.read_bytes() for path in Path().iterdir()} == before


@pytest.mark.parametrize("words", [("--format", "pdf"), ("--lang", "fr"), ("--limit", "-1"), ("--unknown",)])
def test_unknown_words_are_misuse(words: tuple[str, ...]) -> None:
    done = validate("bad.csv", "--schema", "schema.json", *words)
    assert (done.returncode, done.stdout) == (2, b"")


def test_a_workbook_is_not_written_onto_a_terminal() -> None:
    main, terminal = pty.openpty()
    try:
        command = [sys.executable, "-c", CONSOLE, "validate", "bad.csv", "--schema", "schema.json", "--format", "xlsx"]
        told = os.environ | {"PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, stdout=terminal, stderr=subprocess.PIPE, check=False, timeout=100, env=told)
    finally:
        os.close(terminal)
        os.close(main)
    assert done.returncode == 2
    assert "--out bad.訂正.xlsx" in done.stderr.decode()


@pytest.mark.parametrize(
    "words", [("--schema", "schema.json"), ("--table", "services"), ("--schema", "schema.json", "--format", "xlsx")]
)
def test_nothing_heavy_is_imported(words: tuple[str, ...]) -> None:
    """The command answers at once: what only the nightly needs stays on the disk."""
    look = (
        f"import atexit, sys; atexit.register(lambda: print([n for n in {HEAVY} if n in sys.modules], file=sys.stderr))"
    )
    done = start("bad.csv", *words, program=f"{look}; {CONSOLE}")
    assert done.returncode == 1
    assert done.stderr.decode().strip() == "[]"


def test_text_and_json_need_neither_arrow_nor_the_sources() -> None:
    light = ("pyarrow", "jinja2", "xlsxwriter", "python_calamine", "requests", "sources.catalog")
    look = (
        f"import atexit, sys; atexit.register(lambda: print([n for n in {light} if n in sys.modules], file=sys.stderr))"
    )
    done = start("bad.csv", "--schema", "schema.json", program=f"{look}; {CONSOLE}")
    assert done.stderr.decode().strip() == "[]"
