"""Onboarding: what ``source.yml`` and ``mapping.yml`` of an unknown file could be, each guess with its evidence.

A proposal is a draft for a person, who finishes it; nothing here is used by a night. ``reading`` finds how the file is
read, ``headings`` what a heading says, ``knowledge`` which headings have stood for which field, ``matching`` weighs
headings and contents, and ``writing`` says it in YAML. What a mistake would publish that must not be (personal names,
addresses that somebody wants hidden) is never proposed: it is left to the person, with the reason.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sources.onboarding import knowledge, matching, reading
from sources.onboarding.matching import Match
from sources.readers import ReadError, Rows


@dataclass(frozen=True)
class Proposal:
    """How a file seems to be read and mapped. ``matches`` has one entry a column, in the file's order; ``layout`` is
    the layout of ``sources/layouts`` that the file is in, if one is.
    """

    reader: dict[str, Any]
    reasons: tuple[str, ...]
    matches: tuple[Match, ...]
    rows: Rows
    layout: str | None = None


def propose(path: Path, *, without: Collection[str] = ()) -> Proposal:
    """A proposal for the file at ``path``; the mappings of the sources ``without`` are not consulted.

    Raises :class:`sources.readers.ReadError` for a file that is no table, ``OSError`` if it cannot be opened.
    """
    known = knowledge.gather(without)
    reader, reasons = reading.reader_of(path, known)
    rows = reading.rows_of(path, reader)
    matches = tuple(matching.match(rows, known))
    if not any(match.may_name for match in matches):
        raise ReadError(
            "not-a-table",
            f"{path.name} に、団体や支援の名称にできる列がありません（個人・連絡先・公開についての列だけです）。",
            f"{path.name} has no column that could name an organization or a service.",
            path.name,
        )
    return Proposal(reader, tuple(reasons), matches, rows, knowledge.layout_of(rows.header))
