"""Nights for tests: the command as a user calls it, and what it published. What must be true of it is the tests'."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sources import catalog, ingest
from sources.catalog import Source
from tests import commands
from tests.commands import LONGEST, SETTINGS

ROOT = Path(__file__).parents[1]
AS_OF = date(2026, 11, 23)


def samples() -> list[Source]:
    """The sources of a night on the samples, the inbox aside."""
    tonight = ingest.Night(ROOT, AS_OF, "01", None, "sample")
    return [source for source in catalog.load_all().values() if ingest.in_set(source, tonight)]


def files_of(source: Source) -> tuple[str, ...]:
    """The invented files of a source."""
    return source.sample or tuple(source.fetch["files"])


def is_text(source: Source, file: str) -> bool:
    """Whether that file is a table of text, as its reader says and by its bytes."""
    is_table = source.reader["format"] in ("csv", "zip_csv")
    return is_table and not (source.folder / file).read_bytes().lstrip().startswith(b"<")


@dataclass(frozen=True)
class Night:
    """A night that has ended: its home, exit code, and all that it wrote on the standard streams."""

    home: Path
    code: int
    stdout: str
    stderr: str

    @property
    def told(self) -> dict[str, Any]:
        """The JSON object on standard output; ``ValueError`` if there is anything else."""
        told: dict[str, Any] = json.loads(self.stdout)
        return told

    @property
    def sources(self) -> dict[str, dict[str, Any]]:
        """The accounts of the sources by id."""
        return {run["source"]: run for run in self.told["sources"]}


def words(home: Path, as_of: date = AS_OF) -> list[str]:
    """What follows ``michishirube`` on the command line."""
    return ["nightly", "--home", str(home), "--as-of", as_of.isoformat(), "--json"]


@contextmanager
def started(home: Path, *more: str, as_of: date = AS_OF, project: Path = ROOT) -> Iterator[subprocess.Popen[str]]:
    """A night under way in a process of its own; ``project`` is the folder that holds the code."""
    command = [sys.executable, "-c", "from pipelines.cli import main; main()", *words(home, as_of), *more]
    environment = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=project, env=environment, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def ended(process: subprocess.Popen[str], home: Path) -> Night:
    """The night when it has ended by itself."""
    stdout, stderr = process.communicate(timeout=LONGEST)
    return Night(home, process.returncode, stdout, stderr)


def run(home: Path, *more: str, as_of: date = AS_OF, project: Path = ROOT) -> Night:
    """A whole night, as a user starts it."""
    with started(home, *more, as_of=as_of, project=project) as process:
        return ended(process, home)


def forked(home: Path, *more: str, as_of: date = AS_OF, prepare: Callable[[], None] = commands.as_it_is) -> Night:
    """A whole night by :func:`tests.commands.michishirube`."""
    told = commands.michishirube(*words(home, as_of), *more, prepare=prepare)
    return Night(home, told.returncode, told.stdout, told.stderr)


def published(home: Path) -> dict[str, str]:
    """sha256 of every file of the release that ``latest`` points to, by path."""
    return digests(home / "latest")


def digests(folder: Path) -> dict[str, str]:
    """sha256 of every file below ``folder``, by path."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
