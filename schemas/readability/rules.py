"""The rules as data, and what the check of one rule on one table gives.

The checks themselves stand in ``level1``, ``level2`` and ``level3``, each registered by the rule's id.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import yaml

from schemas.readability.layout import Layout, Table
from schemas.readability.sheet import Value, letters

LISTED = 100
"""Violations of a rule that are listed; beyond them they are only counted."""


@dataclass(frozen=True)
class Rule:
    """One rule of ``rules.yml``: ``applies`` names the formats it can be asked of; none for an excluded rule."""

    id: str
    level: int
    severity: str
    points: int
    confidence: float
    applies: tuple[str, ...]
    ja: str
    en: str


@cache
def rules() -> dict[str, Rule]:
    """All rules by id, in order."""
    book = yaml.safe_load((Path(__file__).parent / "rules.yml").read_text(encoding="utf-8"))
    return {id: Rule(id, **{**entry, "applies": tuple(entry["applies"])}) for id, entry in book.items()}


class NotJudged(Exception):
    """The rule cannot be asked of this table; its text says why, in Japanese."""


class Violation(NamedTuple):
    """One breach: the cells in A1 notation, a sentence in Japanese, and error, warning or info."""

    cells: str
    text: str
    severity: str


Fault = tuple[str, str] | None
"""What a judge says of a value: a sentence and a severity, or None if it is good."""


@dataclass
class Violations:
    """What a check found. ``tolerated``: the rule is kept all the same, the violations are only told."""

    listed: list[Violation] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    tolerated: bool = False

    @property
    def passed(self) -> bool:
        """Whether the rule is kept."""
        return self.tolerated or not self.counts.total()

    def add(self, cells: str, text: str, severity: str = "error") -> None:
        """One violation more."""
        self.counts[severity] += 1
        if len(self.listed) < LISTED:
            self.listed.append(Violation(cells, text, severity))

    def judge(
        self,
        table: Table,
        columns: Iterable[int],
        verdict: Callable[[str, int], Fault],
        suspect: re.Pattern[str],
        *,
        headings: bool = False,
    ) -> None:
        """Ask ``verdict(text, column)`` once of each distinct text of the data in which ``suspect`` is found.

        With ``headings`` their texts are asked too. Numbers and dates of a workbook are never asked.
        """
        first = table.area.top if headings else table.body
        places: list[tuple[int, int, Violation]] = []
        for column in columns:
            faults: dict[int, tuple[str, str]] = {}
            tally = table.sheet.tally(column, first, table.area.bottom)
            texts = table.sheet.texts(column)
            for code in _suspects(texts, suspect):
                if tally[code] and (fault := verdict(texts[code], column)):
                    faults[code] = fault
                    self.counts[fault[1]] += tally[code]
            if faults:
                places += _places(table, column, faults, first)
        places.sort(key=lambda place: place[:2])
        self.listed += [violation for *_, violation in places[: LISTED - len(self.listed)]]


def _suspects(texts: list[str], suspect: re.Pattern[str]) -> list[int]:
    """The codes of the texts with the pattern. A column is looked at whole first, joined by NUL: most have none."""
    search = suspect.search
    return [code for code, text in enumerate(texts) if search(text)] if search("\0".join(texts)) else []


def _places(
    table: Table, column: int, faults: dict[int, tuple[str, str]], first: int
) -> list[tuple[int, int, Violation]]:
    """The first cells of a column that hold a faulty value; ``faults`` by code."""
    codes = table.sheet.columns[column - 1].codes[first - 1 : table.area.bottom]
    rows = ((row, code) for row, code in enumerate(codes, first) if code in faults)
    name = letters(column)
    return [(row, column, Violation(f"{name}{row}", *faults[code])) for row, code in islice(rows, LISTED)]


Check = Callable[[Table, Layout, Violations], None]
"""A check looks at one table (and the sheet's other tables and cells) and adds what it finds."""

CHECKS: dict[str, Check] = {}
"""The check of each rule that can be judged, by id."""


def check(id: str) -> Callable[[Check], Check]:
    """Register the check of a rule."""

    def register(function: Check) -> Check:
        CHECKS[id] = function
        return function

    return register


def with_headings(table: Table) -> Sequence[int]:
    """The columns of a table whose headings are known; :class:`NotJudged` if no row looks like headings."""
    if not table.header_rows:
        raise NotJudged("項目名の行が見つからないため、判定しません。")
    return table.columns


def shown(value: Value, most: int = 30) -> str:
    """A value as a sentence quotes it."""
    text = str(value).replace("\r\n", "⏎").replace("\n", "⏎").replace("\r", "⏎")
    return text if len(text) <= most else f"{text[:most]}…"
