"""How a command ends: the exit codes, and a refusal that says why."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

RELEASED, BUG, MISUSE, STOPPED = 0, 1, 2, 3
"""Published, or done, also where nothing changed; a bug of ours; the person can do otherwise; not published (anew)."""


class MisuseError(Exception):
    """The command cannot do what it was asked; the text says why, and what to do instead, Japanese and English."""


@contextmanager
def refusing(*errors: type[Exception]) -> Iterator[None]:
    """Such an error ends the command with its text and :data:`MISUSE`."""
    try:
        yield
    except errors as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(MISUSE) from None
