"""One night at a time: a second process is refused, and a killed one leaves nothing behind."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipelines import lock

HOLDER = """
import sys, time
from pathlib import Path
from pipelines import lock
with lock.hold(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@contextmanager
def another_night(home: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock of this home."""
    command = [sys.executable, "-c", HOLDER, str(home)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as process:
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_a_second_night_is_refused(tmp_path: Path) -> None:
    with another_night(tmp_path), pytest.raises(lock.NightRunningError), lock.hold(tmp_path):
        pass


def test_the_lock_dies_with_its_process(tmp_path: Path) -> None:
    with another_night(tmp_path) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
        with lock.hold(tmp_path):
            pass


def test_the_holder_may_ask_again(tmp_path: Path) -> None:
    with lock.hold(tmp_path), lock.hold(tmp_path):
        pass
    with lock.hold(tmp_path):
        pass
