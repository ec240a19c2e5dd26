"""What is confidential in the samples stands nowhere that others can look: releases, events, what a night says.

Asked of the bytes as they are, and of everything decoded and folded, so that another spelling is found as well.
"""

from __future__ import annotations

import json
import re
import sqlite3
import unicodedata
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import duckdb
import pytest

from pipelines.checks import MASK
from sources import sheet
from tests.nights import Night
from tests.secrets_of_samples import SECRETS

HYPHENS_AND_SPACES = re.compile("[\\s\\-‐‑‒–—―−─━ｰー﹣－]")
LONG_ENOUGH = 5
"""A shorter folded number may stand anywhere by chance."""


def fold(text: str) -> str:
    """``text`` without differences of width, case, hyphen and space."""
    return HYPHENS_AND_SPACES.sub("", unicodedata.normalize("NFKC", text).casefold())


@cache
def pattern(folded: bool) -> re.Pattern[str]:
    """Any of the secrets. A number is one only where no longer number or hexadecimal digest has it inside."""
    words = sorted({fold(secret) if folded else secret for secret in SECRETS}, key=len, reverse=True)
    numbers = "|".join(
        re.escape(word) for word in words if re.fullmatch(r"[+\d.-]+", word) and len(word) >= LONG_ENOUGH
    )
    others = "|".join(re.escape(word) for word in words if not re.fullmatch(r"[+\d.-]+", word))
    return re.compile(f"{others}|(?<![0-9a-f.])(?:{numbers})")


def secrets_in(text: str) -> set[str]:
    """Secrets that ``text`` holds, as they stand there or folded."""
    return {*pattern(False).findall(text), *pattern(True).findall(fold(text))}


def texts(path: Path) -> Iterator[str]:
    """Everything that a reader can get out of a file."""
    data = path.read_bytes()
    yield data.decode("utf-8", errors="ignore")
    yield re.sub(r"\\u[0-9a-fA-F]{4}", lambda found: chr(int(found[0][2:], 16)), data.decode("latin-1"))
    yield data.decode("cp932", errors="ignore")
    if path.suffix == ".parquet":
        with duckdb.connect() as con:
            yield str(con.execute("SELECT * FROM read_parquet(?)", [str(path)]).fetchall())
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as members:
            for name in members.namelist():
                yield members.read(name).decode("utf-8", errors="ignore")
    elif data.startswith(b"SQLite format 3"):
        yield from _cells(path)


def _cells(path: Path) -> Iterator[str]:
    con = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        for (table,) in con.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in con.execute(f'SELECT * FROM "{table}"'):
                for cell in row:
                    if isinstance(cell, str):
                        yield cell
                        yield from _strings(cell)
    finally:
        con.close()


def _strings(cell: str) -> Iterator[str]:
    try:
        told = json.loads(cell)
    except ValueError:
        return
    if not isinstance(told, str | int | float):
        yield json.dumps(told, ensure_ascii=False)


def found_below(folder: Path) -> dict[str, set[str]]:
    """Secrets by file, of every file below ``folder`` that holds one."""
    found = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        secrets = set().union(*map(secrets_in, texts(path)))
        if secrets:
            found[path.relative_to(folder).as_posix()] = secrets
    return found


@pytest.mark.parametrize("folder", ["releases", "dagster"])
def test_no_secret_stands_below(folder: str, night: Night) -> None:
    assert any((night.home / folder).rglob("*.*"))
    assert found_below(night.home / folder) == {}


def test_no_secret_is_said(night: Night) -> None:
    assert secrets_in(night.stdout) == set()
    assert secrets_in(night.stderr) == set()


def test_what_is_masked_was_there_to_be_shown(night: Night) -> None:
    kept = night.home / f"dagster/history/runs/{night.told['run_id']}.db"
    assert any(MASK in text for text in texts(kept))


def test_this_search_finds_them_where_they_are(night: Night) -> None:
    assert all(secrets_in(f"「{secret}」") for secret in SECRETS)
    landed = set().union(*found_below(night.home / "landing").values())
    assert len(landed) > 100
    assert [name for name in found_below(night.home / "accepted") if name.endswith(".parquet")]


def test_this_search_looks_into_workbooks(tmp_path: Path) -> None:
    sheet.write(tmp_path / "sheet.xlsx", "よもぎ平", [])
    assert found_below(tmp_path) == {"sheet.xlsx": {"よもぎ平"}}


@pytest.mark.parametrize(
    "text",
    [
        "ＴＥＬ：０１５２−００−０１３０",
        "(0152)00 0130".replace("(", "").replace(")", "-"),
        "よ も ぎ 平７丁目",
        '"https://NAISHO10.example.jp/"',
    ],
)
def test_another_spelling_is_found(text: str) -> None:
    assert secrets_in(text)
