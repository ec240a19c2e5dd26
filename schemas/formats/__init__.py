"""Formats: how a published cell becomes canonical text (house rule: one file each).

Here live the registry, :class:`Reading` and nothing else; what a telephone number or a date looks like stands in
``formats/<name>.py``. A format sees one cell and nothing around it. Comparing cells, rows or records does not
belong here, nor does the wording of problems (``messages.*.yml``) or how bad they are (the field's ``severity``).

A format is a module with ``TITLE_JA`` (its name for people), ``EXPECTED_JA`` and ``EXPECTED_EN`` (the form, in
general), :func:`read`, and ``GOOD`` and ``BAD``: examples that the tests run and the documentation shows. Canonical
text reads to itself, and no text whatsoever makes ``read`` raise.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from typing import NamedTuple, Protocol, cast


class Reading(NamedTuple):
    """What a format made of one cell.

    ``value`` without ``code``: read. ``value`` with ``code``: read, and the provider should hear of it.
    ``code`` without ``value``: unreadable. Neither: the cell says nothing (blank, なし, - …).
    """

    value: str | None
    """Canonical text; ``None`` when nothing in the cell is usable."""
    code: str | None = None
    """Problem code in kebab-case."""
    expected: str | None = None
    """The form expected for this very value, where more can be said than the format's ``EXPECTED_JA``."""


class Format(Protocol):
    """What every module of this package offers."""

    TITLE_JA: str
    EXPECTED_JA: str
    EXPECTED_EN: str
    GOOD: list[tuple[str, str | None]]
    BAD: list[tuple[str, str]]

    def read(self, text: str) -> Reading:
        """Read one cell; never raises."""
        ...


@cache
def names() -> tuple[str, ...]:
    """Names of all formats, sorted: every module of this package that does not begin with an underscore."""
    return tuple(sorted(found.name for found in pkgutil.iter_modules(__path__) if not found.name.startswith("_")))


@cache
def module(name: str) -> Format:
    """The format of that name, imported when first asked for; ``KeyError`` if there is none."""
    if name not in names():
        raise KeyError(f"形式「{name}」はありません (no such format). {', '.join(names())}")
    return cast(Format, import_module(f"{__name__}.{name}"))


def read(name: str, text: str) -> Reading:
    """Read ``text`` with the format ``name``; ``KeyError`` if there is no such format."""
    return module(name).read(text)
