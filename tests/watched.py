"""Nights that tell each change they make to a file or folder, and that can be killed at a chosen one.

They run the command in processes forked from one that has its libraries loaded: most of a short night is loading.
What must be true of such a night is the tests'.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import tempfile
import threading
from datetime import date
from pathlib import Path
from typing import Any

from tests.nights import AS_OF, LONGEST, SETTINGS, Night, words

LOADED = [
    "pipelines.cli",
    "pipelines.definitions",
    "publish.release",
    "publish.gate",
    "warehouse.build",
    "warehouse.guard",
    "frictionless",
    "pandera.errors",
    "great_expectations.expectations.core.expect_column_pair_values_a_to_be_greater_than_b",
]
CHANGED = {"os.mkdir": 0, "os.remove": 0, "os.rmdir": 0, "os.rename": 1, "os.symlink": 1}
"""Audit events of a change → which argument is the path that comes or goes."""

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT

Moment = tuple[str, float]
"""Just before a change, or so many seconds after it began."""


def run(home: Path, moment: Moment | None = None, as_of: date = AS_OF) -> Night:
    """A night; ``code`` is -9 if it was killed at ``moment``."""
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(LOADED)
    process = server.Process(target=_night, args=(home, moment, as_of))
    process.start()
    process.join(LONGEST)
    process.kill()
    process.join()
    stdout, stderr = (home.with_suffix(kind).read_text("utf-8") for kind in (".out", ".err"))
    return Night(home, int(process.exitcode or 0), stdout, stderr)


def changes(home: Path) -> list[str]:
    """What the last night in that home changed, in order: ``<event> <path>``, relative to the home where below it."""
    return home.with_suffix(".changes").read_text("utf-8").splitlines()


def _night(home: Path, moment: Moment | None, as_of: date) -> None:
    for name in SETTINGS:
        os.environ.pop(name, None)
    out, err, log = (_new(home.with_suffix(kind)) for kind in (".out", ".err", ".changes"))
    os.dup2(out, 1)
    os.dup2(err, 2)

    def watch(event: str, args: tuple[Any, ...]) -> None:
        path = _changed(event, args)
        if path is not None:
            change = f"{event} {os.path.relpath(path, home) if path.startswith(str(home)) else path}"
            os.write(log, f"{change}\n".encode())
            if moment is not None and change == moment[0]:
                _kill(moment[1])

    tempfile.gettempdir()  # Tries its folder with a file when it is asked first.
    sys.addaudithook(watch)
    from pipelines.cli import main

    sys.argv = ["michishirube", *words(home, as_of)]
    main()


def _new(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)


def _changed(event: str, args: tuple[Any, ...]) -> str | None:
    if event in CHANGED:
        return os.fsdecode(args[CHANGED[event]])
    if event == "open" and not isinstance(args[0], int) and (args[2] or 0) & WRITING:
        return os.fsdecode(args[0])
    return None


def _kill(seconds: float) -> None:
    """``kill -9`` of this very process."""
    if seconds:
        threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGKILL)).start()
    else:
        os.kill(os.getpid(), signal.SIGKILL)
