"""How many columns ``michishirube onboard`` gets right, on the real files, each with its own mapping held out.

    python benchmarks/onboard.py [--mirror DIR] [--write] [--missed]

For every source whose files lie in the mirror its smallest file is proposed for, without its own mapping and without
any other of the same layout. Counted are the columns that its own mapping uses for a field of a table that is proposed
for at all: right is a column whose proposed field is one that the mapping fills from it. ``--write`` writes
``results-onboard.md`` beside this file, ``--missed`` also prints what was missed.
"""

from __future__ import annotations

import argparse
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks import results
from sources import catalog, onboarding
from sources.catalog import Source
from sources.fetchers import mirror
from sources.onboarding import knowledge, reading

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).with_name("results-onboard.md")
MIRROR = ROOT.parent / "shared" / "data" / "real"
AIM = 0.8
"""Share of the columns that must be right, over all sources."""


@dataclass(frozen=True)
class Score:
    """How one source fared. ``missed`` has, for each column that is wrong, what it is and what was proposed."""

    source: Source
    file: str
    columns: int
    missed: tuple[tuple[str, str, str], ...]

    @property
    def right(self) -> int:
        return self.columns - len(self.missed)


def main() -> None:
    """Measure, and print or write the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--mirror", type=Path, default=MIRROR, help="folder that holds the real files")
    parser.add_argument("--write", action="store_true", help=f"write {RESULTS.name}")
    parser.add_argument("--missed", action="store_true", help="print the columns that are wrong")
    options = parser.parse_args()
    scores = list(measured(options.mirror))
    if not scores:
        parser.error(f"{options.mirror} holds no file of any source")
    if options.write:
        RESULTS.write_text(document(scores), encoding="utf-8")
    print(document(scores))
    for score in scores if options.missed else ():
        for column, own, proposed in score.missed:
            print(f"{score.source.id}: {column} は {own}、提案は {proposed}")


def measured(folder: Path) -> Iterator[Score]:
    """The score of every source whose files lie in ``folder``, in the order of the ids."""
    for source in catalog.load_all().values():
        files = [folder / found.path for found in mirror.select(source.fetch.get("mirror", []), folder)]
        tables = [path for path in files if re.fullmatch(source.reader.get("files", ".*"), path.name)]
        if tables:
            yield score(source, min(tables, key=lambda path: (path.stat().st_size, path)))


def score(source: Source, path: Path) -> Score:
    """Compare what is proposed for the file with the source's own mapping. Columns stand for themselves by place."""
    own = defaultdict(set)
    for heading, target in knowledge.targets(source.mapping):
        own[heading].add(target)
    alone = {key: value for key, value in source.reader.items() if key not in ("join", "files")}
    header = reading.rows_of(path, alone).header
    matches = onboarding.propose(path, without=[source.id]).matches
    by_heading = {match.heading: match for match in matches}
    if len(matches) == len(header):
        by_heading = dict(zip(header, matches, strict=True))
    missed = []
    for heading in filter(own.__contains__, header):
        target = by_heading[heading].target if heading in by_heading else None
        if target not in own[heading]:
            missed.append((heading, "・".join(sorted(map(str, own[heading]))), str(target) if target else "なし"))
    return Score(source, path.name, sum(heading in own for heading in header), tuple(missed))


def document(scores: list[Score]) -> str:
    """The table, in Markdown."""
    lines = [
        "# 下書きの当たり (How much of a mapping `onboard` proposes right)",
        "",
        "`python benchmarks/onboard.py --write` が書いたもの。出典ごとに、自分の `mapping.yml` と同じ形のほかの出典を",
        "見せずに下書きを作り、`mapping.yml` が項目に使っている列のうち、同じ項目を提案できた列を数えた。",
        "",
        "*Columns whose proposed field is the one of the source's own mapping, which was held out with all its twins.*",
        "",
        "| 出典 | ファイル | 当たった列 | 使う列 | 割合 |",
        "|---|---|--:|--:|--:|",
    ]
    for one in scores:
        lines.append(f"| {one.source.id} | {one.file} | {one.right} | {one.columns} | {one.right / one.columns:.0%} |")
    share, right, columns = total(scores)
    verdict = results.met(share >= AIM)
    lines += [f"| 合計 (total) | | {right} | {columns} | {share:.1%} |", "", f"目標 {AIM:.0%} 以上：{verdict}", ""]
    return "\n".join(lines)


def total(scores: list[Score]) -> tuple[float, int, int]:
    """Share of the columns of all sources that are right, how many these are, and of how many."""
    right, columns = sum(one.right for one in scores), sum(one.columns for one in scores)
    return right / columns, right, columns


if __name__ == "__main__":
    main()
