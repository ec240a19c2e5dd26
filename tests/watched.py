"""Nights that tell each change they make to a file or folder, and that can be killed at a chosen one.

What must be true of such a night is the tests'.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from functools import partial
from pathlib import Path
from typing import Any

from tests import nights
from tests.nights import Night

CHANGED = {"os.mkdir": 0, "os.remove": 0, "os.rmdir": 0, "os.rename": 1, "os.symlink": 1}
"""Audit events of a change → which argument is the path that comes or goes."""

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT

Moment = tuple[str, float]
"""Just before a change, or so many seconds after it began."""


def run(home: Path, moment: Moment | None = None) -> Night:
    """A night; ``code`` is -9 if it was killed at ``moment``."""
    return nights.forked(home, prepare=partial(_watch, home, moment))


def changes(home: Path) -> list[str]:
    """What the last night in that home changed, in order: ``<event> <path>``, relative to the home where below it."""
    return home.with_suffix(".changes").read_text("utf-8").splitlines()


def _watch(home: Path, moment: Moment | None) -> None:
    log = os.open(home.with_suffix(".changes"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)

    def watch(event: str, args: tuple[Any, ...]) -> None:
        path = _changed(event, args)
        if path is not None:
            change = f"{event} {os.path.relpath(path, home) if path.startswith(str(home)) else path}"
            os.write(log, f"{change}\n".encode())
            if moment is not None and change == moment[0]:
                _kill(moment[1])

    sys.addaudithook(watch)


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
