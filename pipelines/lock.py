"""The night's lock: one night at a time in one home.

The kernel frees it when the process dies, so no stale lock can be left. What a night does while it holds the
lock does not belong here.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_held: set[Path] = set()


class NightRunningError(Exception):
    """Another process holds the lock of this home."""

    def __init__(self) -> None:
        super().__init__("別の夜間処理が動いています。終わってから実行してください。 (Another night is running.)")


@contextmanager
def hold(home: Path, wait: float = 0.0) -> Iterator[None]:
    """Hold ``home/night.lock`` for the length of the block; a process that holds it already just goes on.

    Waits at most ``wait`` seconds for another process, then raises :class:`NightRunningError`.
    """
    key = home.resolve()
    if key in _held:
        yield
        return
    home.mkdir(parents=True, exist_ok=True)
    with (home / "night.lock").open("a") as file:
        _take(file.fileno(), time.monotonic() + wait)
        _held.add(key)
        try:
            yield
        finally:
            _held.discard(key)


def _take(descriptor: int, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise NightRunningError from None
            time.sleep(0.5)
