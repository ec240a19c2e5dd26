"""Our commands in processes of their own, forked from one that has their libraries loaded.

Loading is most of what a short command does. What a command does from its first line on is the same as in a process
that a user starts, which a night of ``tests.nights`` is.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

SETTINGS = ("MICHISHIRUBE_HOME", "MICHISHIRUBE_SET", "DAGSTER_HOME")
"""Variables of the environment that a command of a test does not see."""

LONGEST = 600.0
"""Seconds after which a command has hung."""

LOADED = [
    "pipelines.cli",
    "pipelines.definitions",
    "pipelines.screen",
    "dagster._core.storage.base_storage",
    "splink",
    "pandera.backends.pandas.builtin_checks",
    "publish.release",
    "publish.gate",
    "warehouse.build",
    "warehouse.guard",
    "frictionless",
    "pandera.errors",
    "great_expectations.expectations.core.expect_column_pair_values_a_to_be_greater_than_b",
]


def as_it_is() -> None:
    """Change nothing."""


def michishirube(*words: str, prepare: Callable[[], None] = as_it_is) -> subprocess.CompletedProcess[str]:
    """As :func:`michishirube_in_bytes`, with what was written as text."""
    done = michishirube_in_bytes(*words, prepare=prepare)
    return subprocess.CompletedProcess(words, done.returncode, done.stdout.decode(), done.stderr.decode())


def michishirube_in_bytes(*words: str, prepare: Callable[[], None] = as_it_is) -> subprocess.CompletedProcess[bytes]:
    """``michishirube`` with these words, in the folder where the test is; ``returncode`` is -9 if it was killed.

    ``prepare``, which must be picklable, is called in the new process before the command is.
    """
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(LOADED)
    with tempfile.TemporaryDirectory() as folder:
        out, err = (Path(folder, name) for name in ("out", "err"))
        process = server.Process(target=_run, args=(words, prepare, out, err))
        process.start()
        process.join(LONGEST)
        process.kill()
        process.join()
        stdout, stderr = (path.read_bytes() for path in (out, err))
    return subprocess.CompletedProcess(words, int(process.exitcode or 0), stdout, stderr)


def _run(words: tuple[str, ...], prepare: Callable[[], None], out: Path, err: Path) -> None:
    for name in SETTINGS:
        os.environ.pop(name, None)
    for path, stream in ((out, 1), (err, 2)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), stream)
    sys.argv = ["michishirube", *words]
    tempfile.gettempdir()  # Tries its folder with a file when it is asked first.
    prepare()
    from pipelines.cli import main

    main()
