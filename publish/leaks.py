"""The search of the privacy gate: whether a value that must not leave stands in the bytes that were written.

A leak names the file and the field, never the value. How values are rewritten is in ``spellings`` and ``spots``, how
files hold text in ``contained``; which values are secret does not belong here: they come from the warehouse's table
``secrets`` without those that are lawfully published.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import ahocorasick_rs
import duckdb
import numpy as np

from publish import bare_text, contained, spots
from publish.spellings import CONTEXT, Spelling, even, spellings

OVERLAP = 4096
"""Characters of a block that are searched again with the next: more than any spelling has."""

UNSEARCHABLE = "(cannot be searched)"
"""Stands for the field where a file cannot be read: then nobody knows what it holds."""

BETWEEN = "\n#\n"
"""Between texts that are searched together: no spelling leads across it."""

MARKS = "ﾞﾟ\u3099\u309a"
CUTS = '\n,">'


@dataclass(frozen=True)
class Secret:
    """A row of the warehouse's table ``secrets``; it shows its value to nobody who prints it."""

    kind: str
    value: str = field(repr=False)
    field: str
    hidden: bool = False
    submitted: bool = False


@dataclass(frozen=True, order=True)
class Leak:
    """A file (relative, POSIX), the field (table.field) of which a value stands in it, and how many times."""

    file: str
    field: str
    count: int


def find(secrets: Iterable[Secret], paths: Iterable[Path], root: Path) -> list[Leak]:
    """The leaks in ``paths``, by file and field. ``KeyError``: no such kind of secret."""
    return Search(secrets).find(paths, root)


def searchable(secret: Secret) -> bool:
    """Whether a secret is neither too short nor too common to be searched (the rules stand with each kind)."""
    return bool(key(secret.kind, secret.value))


def key(kind: str, value: str) -> tuple[str, ...]:
    """Equal for two values of a kind of which one would be found where the other is written: what is lawfully
    published is taken from the secrets by it, not by the bytes of a value. Empty: not searchable.
    """
    if kind == "spot":
        return tuple(map(str, spots.parse(value) or ()))
    return tuple(spelling.same for spelling in spellings(kind, value))


class Search:
    """Secrets made ready once, for any number of folders."""

    def __init__(self, secrets: Iterable[Secret]) -> None:
        """``left_out``: by kind, how many of the values have no spelling."""
        self.left_out: Counter[str] = Counter()
        self._spellings: dict[bytes, list[tuple[Spelling, str]]] = {}
        positions: list[tuple[tuple[int, int], str]] = []
        for kind, value, name in sorted({(secret.kind, secret.value, secret.field) for secret in secrets}):
            if kind == "spot":
                spot = spots.parse(value)
                positions += [(spot, name)] if spot else []
                self.left_out[kind] += spot is None
            else:
                self._add(kind, value, name)
        self._spots, self._spot_fields = spots.Spots(spot for spot, _ in positions), [name for _, name in positions]
        self._patterns = list(self._spellings)
        self._automaton = ahocorasick_rs.BytesAhoCorasick(self._patterns)

    def _add(self, kind: str, value: str, name: str) -> None:
        known = spellings(kind, value)
        self.left_out[kind] += not known
        for spelling in known:
            self._spellings.setdefault(bare_text.skeleton(spelling.text)[0].tobytes(), []).append((spelling, name))

    def find(self, paths: Iterable[Path], root: Path) -> list[Leak]:
        """The leaks in ``paths``, by file and field."""
        leaks = []
        for path in sorted(set(paths)):
            leaks += [Leak(path.relative_to(root).as_posix(), *hit) for hit in sorted(self._in_file(path).items())]
        return leaks

    def _in_file(self, path: Path) -> Counter[str]:
        found: Counter[str] = Counter()
        try:
            for stream in contained.streams(path):
                for text, own in _windows(stream):
                    found.update(name for start, name in self._in_text(text) if start in own)
        except contained.UNREADABLE:
            found[UNSEARCHABLE] += 1
        return found

    def _in_text(self, text: str) -> Iterator[tuple[int, str]]:
        """(first character, field) of every secret in plain ``text``."""
        yield from ((start, self._spot_fields[number]) for number, start in self._spots.find(text))
        bare, kept = bare_text.skeleton(text)
        hits = self._automaton.find_matches_as_indexes(bare.tobytes(), overlapping=True)
        if not hits:
            return
        stands = np.flatnonzero(kept)
        for pattern, first, behind in hits:
            start, end = int(stands[first]), int(stands[behind - 1]) + 1
            while text[end : end + 1] and text[end] in MARKS:
                end += 1
            parts = even(text[max(start - CONTEXT, 0) : start]), even(text[start:end]), even(text[end : end + CONTEXT])
            for spelling, name in self._spellings[self._patterns[pattern]]:
                if spelling.stands(*parts):
                    yield start, name


def _windows(stream: Iterator[str]) -> Iterator[tuple[str, range]]:
    """Plain text piece by piece, each with the end of the one before; and the characters where what begins is counted
    here, so that nothing is counted twice and everything is seen with what stands around it.
    """
    before, first = "", 0
    for piece, last in _pieces(stream):
        text = before + piece
        if len(text) <= OVERLAP and not last:
            before = text
            continue
        yield text, range(first, len(text) if last else len(text) - OVERLAP + CONTEXT)
        # A doubled character must not be cut in two.
        cut = text.count(bare_text.TEN, -OVERLAP) % 2
        before, first = text[-OVERLAP:][cut:], CONTEXT - cut


def _pieces(stream: Iterator[str]) -> Iterator[tuple[str, bool]]:
    """Plain text of each block, cut where no escape is cut; and whether it is the last."""
    rest = ""
    for block in stream:
        text = rest + block
        cut = max(map(text.rfind, CUTS)) + 1
        if cut:
            yield bare_text.plain(text[:cut]), False
        rest = text[cut:]
    yield bare_text.plain(rest), True


def held(con: duckdb.DuckDBPyConnection, table: str) -> list[Secret]:
    """The secrets in a table of the warehouse's shape: kind, value, field, hidden, submitted."""
    rows = con.execute(f"SELECT kind, value, field, hidden, submitted FROM {table} ORDER BY ALL").fetchall()
    return [Secret(*row) for row in rows]


def told(secrets: Iterable[Secret], texts: Sequence[str]) -> tuple[set[Secret], set[str]]:
    """Which of the secrets stand in one of the texts, and which of the texts hold one."""
    known = list(secrets)
    search = Search(replace(secret, field=str(place)) for place, secret in enumerate(known))
    plain = [bare_text.plain(text) for text in texts]
    begins = np.cumsum([0, *(len(text) + len(BETWEEN) for text in plain)])
    hits = list(search._in_text(BETWEEN.join(plain)))
    within = np.searchsorted(begins, [start for start, _ in hits], side="right") - 1
    return {known[int(name)] for _, name in hits}, {texts[place] for place in within}
