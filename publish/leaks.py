"""The search of the privacy gate: whether a value that must not leave stands in the bytes that were written.

A leak names the file and the field, never the value. How values are rewritten is in ``spellings`` and ``spots``, how
files hold text in ``contained``; which values are secret does not belong here: they come from the warehouse's table
``secrets`` without those that are lawfully published.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from itertools import chain
from pathlib import Path
from typing import Any

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

APART = 64_000_000
"""Bytes that are worth the start of processes."""

PACKED = 8
"""So many times its bytes a packed file holds."""

MARKS = "ﾞﾟ\u3099\u309a"
CUTS = '\n,">'

Named = tuple[str, str, str]
"""Kind, value and field of a secret."""

Found = tuple[Path, Counter[str]]
"""A file, and of each field how many of its values stand in it."""


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


class Search:
    """Secrets made ready once, for any number of folders, and for several processes."""

    def __init__(self, secrets: Iterable[Secret]) -> None:
        self._told: dict[bytes, list[Named]] = {}
        positions: list[tuple[tuple[int, int], str]] = []
        for named in dict.fromkeys((secret.kind, secret.value, secret.field) for secret in secrets):
            kind, value, name = named
            if kind == "spot":
                spot = spots.parse(value)
                positions += [(spot, name)] if spot else []
                continue
            for bare in {bare_text.skeleton(spelling.text)[0].tobytes() for spelling in spellings(kind, value)}:
                if len(bare) > 1:
                    self._told.setdefault(bare, []).append(named)
        self._spots, self._spot_fields = spots.Spots(spot for spot, _ in positions), [name for _, name in positions]
        self._make_ready()

    def _make_ready(self) -> None:
        self._patterns = list(self._told)
        self._automaton = ahocorasick_rs.BytesAhoCorasick(self._patterns)
        self._judges: dict[int, list[tuple[Spelling, str]]] = {}

    def __getstate__(self) -> tuple[Any, ...]:
        return self._told, self._spots, self._spot_fields

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self._told, self._spots, self._spot_fields = state
        self._make_ready()

    def find(self, paths: Iterable[Path], root: Path) -> list[Leak]:
        """The leaks in ``paths``, by file and field; many bytes are dealt out to a process for each processor."""
        weights = {path: _weight(path) for path in paths}
        if sum(weights.values()) < APART:
            found = self._in_files(weights)
        else:
            with ThreadPoolExecutor(os.cpu_count()) as waiting:
                found = list(chain(*waiting.map(self._in_process, _dealt(weights, os.cpu_count() or 1))))
        return sorted(Leak(path.relative_to(root).as_posix(), *hit) for path, hits in found for hit in hits.items())

    def _in_process(self, paths: list[Path]) -> list[Found]:
        """As :meth:`_in_files`, by another process; what is secret passes through a pipe, never through a file."""
        # Neither a fork, which shares the locks of DuckDB's threads, nor multiprocessing, which waits for ever where
        # a process dies before it has read as much as this.
        command = [sys.executable, "-c", f"from {__name__} import answer; answer()"]
        asked, path = pickle.dumps((self, paths)), {"PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run(command, input=asked, stdout=subprocess.PIPE, env=os.environ | path, check=True)
        return list(pickle.loads(done.stdout))

    def _in_files(self, paths: Iterable[Path]) -> list[Found]:
        return [(path, self._in_file(path)) for path in paths]

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
            for spelling, name in self._judges_of(pattern):
                if spelling.stands(*parts):
                    yield start, name

    def _judges_of(self, pattern: int) -> list[tuple[Spelling, str]]:
        """The spellings that have this skeleton, each with its field; made again where one is proposed, for they
        cannot be sent to another process.
        """
        if pattern not in self._judges:
            bare = self._patterns[pattern]
            told = ((spelling, name) for kind, value, name in self._told[bare] for spelling in spellings(kind, value))
            self._judges[pattern] = [it for it in told if bare_text.skeleton(it[0].text)[0].tobytes() == bare]
        return self._judges[pattern]


def answer() -> None:
    """In a process of its own: search what standard input asks, a pickled search and its paths; answer likewise."""
    search, paths = pickle.load(sys.stdin.buffer)
    sys.stdout.buffer.write(pickle.dumps(search._in_files(paths)))


def _dealt(weights: Mapping[Path, int], processes: int) -> list[list[Path]]:
    """Every path in one of as many lots, each as heavy as the other: the heaviest first, to the lightest lot."""
    lots = [(0, number, list[Path]()) for number in range(processes)]
    for path in sorted(weights, key=lambda path: (-weights[path], path)):
        weight, number, lot = heappop(lots)
        heappush(lots, (weight + weights[path], number, [*lot, path]))
    return [lot for _, _, lot in lots]


def _weight(path: Path) -> int:
    return path.stat().st_size * (PACKED if path.suffix in contained.MAGIC else 1)


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
