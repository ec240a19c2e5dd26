"""A step's bug, told without a value.

Dagster keeps a failed step's exception in its events, and the message of a database's error can quote a cell.
Inside ``sealed()`` only the kind of the error and where it rose get out; a person at a terminal sees all of it.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

ROOT = Path(__file__).parents[1]


@contextmanager
def sealed() -> Iterator[None]:
    """Turn any exception into a ``dagster.Failure`` that names its type and our own frames, and nothing else."""
    try:
        yield
    except Exception as error:
        if sys.stderr.isatty():
            traceback.print_exc()
        raise dg.Failure(description=f"{type(error).__name__}: {_where(error)}", allow_retries=False) from None


def _where(error: Exception) -> str:
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).is_relative_to(ROOT)]
    return " > ".join(f"{Path(f.filename).relative_to(ROOT).as_posix()}:{f.lineno} {f.name}" for f in frames[1:])
