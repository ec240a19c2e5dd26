"""``michishirube template`` as a person runs it."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
import typer
from typer.testing import CliRunner

from pipelines import templates
from sources import forms


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the person is."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def template(*words: str) -> tuple[int, str]:
    app = typer.Typer()
    app.command()(templates.template)
    done = CliRunner().invoke(app, words)
    return done.exit_code, done.output


def test_the_command_knows_every_form() -> None:
    assert get_args(templates.Kind) == forms.kinds()


@pytest.mark.parametrize("kind", forms.kinds())
def test_a_blank_form_is_written(folder: Path, kind: str) -> None:
    code, said = template(kind)
    path = folder / f"{forms.title(kind)}.xlsx"
    assert code == 0 and path.name in said and path.read_bytes() == forms.write(kind)


def test_where_it_is_told_to(folder: Path) -> None:
    assert template("services", "--out", "配布.xlsx")[0] == 0
    assert [path.name for path in folder.iterdir()] == ["配布.xlsx"]


def test_a_file_that_is_there_stays(folder: Path) -> None:
    (folder / "a.xlsx").write_text("記入済み")
    code, said = template("organization", "--out", "a.xlsx")
    assert code == 2 and "すでにあります" in said and (folder / "a.xlsx").read_text() == "記入済み"


def test_misuse_is_told(folder: Path) -> None:
    code, said = template("organization", "--out", "no/such/folder.xlsx")
    assert code == 2 and "書けません" in said
    assert template("poster")[0] == 2 and not list(folder.iterdir())
