"""How long a release takes and how large it is: by exporter, and the search for what must not leave, per 100 MB.

    python benchmarks/release.py [--mirror DIR] [--hokkaido HOME] [--all HOME]

Runs one night each over a mirror of the real sources (Hokkaido, all of Japan) where no home of such a night is named,
publishes its warehouse anew as the night does, and writes the same release once more step by step. The measure is
DuckDB itself: COPY of the same tables to Parquet and CSV. Writes ``results-release.md`` beside this file. Whether a
release is right does not belong here.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path

import duckdb

from benchmarks.results import machine, met, row
from publish import areas, contents, coverage, delta, exporters, index, leaks, privacy, release, writing
from publish.exporters import rows
from publish.versions import Version
from schemas.rulebook import Table
from schemas.sql import literal

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).with_name("results-release.md")
MIRROR = ROOT.parent / "shared" / "data" / "real"
AS_OF = date(2026, 10, 1)
WHOLE_STEP = "**版一つ publish**"
WHOLE, TIMES = 60.0, 3.0
"""Aims: seconds of the whole release of all of Japan, and of exporting it as multiples of DuckDB's COPY."""


class Steps:
    """Seconds and bytes of each step, in the order in which they came."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, float, int]] = []

    @contextmanager
    def step(self, title: str, folder: Path | None = None) -> Iterator[None]:
        """Time the block as one step; the bytes are those of ``folder`` after it."""
        started = time.monotonic()
        yield
        self.lines.append((title, time.monotonic() - started, size(folder) if folder else 0))

    def seconds(self, *beginnings: str) -> float:
        """Seconds of the steps whose title begins like one of these."""
        return sum(seconds for title, seconds, _ in self.lines if title.startswith(beginnings))


def main() -> None:
    """Measure, and write the results."""
    options = _options()
    parts = []
    for title, prefecture, home in (("北海道", "01", options.hokkaido), ("全国", "all", options.all)):
        with tempfile.TemporaryDirectory() as made:
            place = home or _night(Path(made), options.mirror, prefecture)
            parts.append(_section(title, *measure(place)))
    RESULTS.write_text(_document(parts), encoding="utf-8")
    print(RESULTS.read_text(encoding="utf-8"))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--mirror", type=Path, default=MIRROR, help="folder that serves the real sources")
    parser.add_argument("--hokkaido", type=Path, help="home of a night over Hokkaido")
    parser.add_argument("--all", type=Path, help="home of a night over all of Japan")
    return parser.parse_args()


def _night(home: Path, mirror: Path, prefecture: str) -> Path:
    words = ["nightly", "--json", "--home", str(home), "--as-of", AS_OF.isoformat(), "--prefecture", prefecture]
    command = [sys.executable, "-c", "from pipelines.cli import main; main()", *words, "--mirror", str(mirror)]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return home


def measure(home: Path) -> tuple[Steps, Steps]:
    """The steps of a release of that home's warehouse, and DuckDB's own COPY of the same tables."""
    done, copied = Steps(), Steps()
    with tempfile.TemporaryDirectory() as anew:
        os.symlink(home / "warehouse.duckdb", Path(anew) / "warehouse.duckdb")
        with done.step(WHOLE_STEP, Path(anew) / "releases"):
            release.publish(Path(anew), AS_OF)
    with done.step("公開範囲 open_public"):
        con = privacy.open_public(home / "warehouse.duckdb")
    with tempfile.TemporaryDirectory() as made, closing(con):
        folder = Path(made) / "release"
        folder.mkdir()
        with done.step("表を整える prepare"):
            tables = exporters.prepare(con)
            delta.removed(con, None, AS_OF)
            delta.make(con, None, tables)
        for exporter in exporters.ALL:
            _timed(done, exporter.NAME, Path(made) / exporter.NAME, _exporting(exporter, con, tables))
        _timed(done, "areas", Path(made) / "areas", lambda place: areas.export(con, tables, place))
        _timed(done, "coverage", Path(made) / "coverage", lambda place: coverage.export(con, place))
        told = contents.of_night(con, tables, AS_OF.isoformat(), AS_OF, None)
        with done.step("すべてのファイル write", folder):
            writing.write(con, told, Version(AS_OF.isoformat()), folder)
        with done.step("確かめる verify"):
            writing.verify(con, told, folder)
        with done.step("私的な値を探す search", folder):
            leaks.find(privacy.searched(con), index.paths(folder), folder)
        _copy(con, tables, Path(made) / "copy", copied)
    return done, copied


def _exporting(
    exporter: exporters.Exporter, con: duckdb.DuckDBPyConnection, tables: tuple[Table, ...]
) -> Callable[[Path], object]:
    return lambda place: exporter.export(con, tables, place)


def _timed(done: Steps, title: str, place: Path, export: Callable[[Path], object]) -> None:
    place.mkdir()
    with done.step(title, place):
        export(place)


def _copy(con: duckdb.DuckDBPyConnection, tables: tuple[Table, ...], folder: Path, copied: Steps) -> None:
    folder.mkdir()
    for form in ("parquet", "csv"):
        with copied.step(form, folder):
            for table in tables:
                path = literal(str(folder / f"{table.name}.{form}"))
                con.execute(f"COPY ({rows.select(table)}) TO {path} (FORMAT {form})")


def size(folder: Path) -> int:
    """Bytes of all files below ``folder``."""
    return sum(path.stat().st_size for path in index.paths(folder))


def _section(title: str, done: Steps, copied: Steps) -> list[str]:
    formats = tuple(exporter.NAME for exporter in exporters.ALL)
    copy, exported = copied.seconds("parquet", "csv"), done.seconds(*formats)
    without = exported - done.seconds("xlsx")
    whole = done.seconds(WHOLE_STEP)
    searched = next(bytes for name, _, bytes in done.lines if name.startswith("私的"))
    return [
        f"## {title}",
        "",
        row("段階 Step", "秒 s", "MB"),
        row("---", "--:", "--:"),
        *(row(name, f"{seconds:.2f}", f"{bytes / 1e6:,.1f}" if bytes else "") for name, seconds, bytes in done.lines),
        "",
        f"- 版一つの全体 (the whole release): **{whole:.1f} 秒**"
        + (f"（目標 {WHOLE:g} 秒以下：{met(whole <= WHOLE)}）" if title == "全国" else ""),
        f"- 書き出し (exporting, {len(formats)} formats): {exported:.1f} 秒。"
        f"DuckDB が同じ表を Parquet と CSV に COPY すると {copy:.1f} 秒で、"
        f"その **{exported / copy:.1f} 倍**（目標 {TIMES:g} 倍以下：{met(exported <= TIMES * copy)}）。"
        f"XLSX を除くと {without / copy:.1f} 倍",
        f"- 私的な値を探す速さ (search): 100 MB あたり **{done.seconds('私的') / searched * 1e8:.1f} 秒**",
        "",
    ]


def _document(parts: list[list[str]]) -> str:
    return "\n".join(
        (
            "# 版を書き出す時間と大きさ (Time and size of a release)",
            "",
            "`python benchmarks/release.py` が書いたもの。一回ずつ測った値。「版一つ」は夜の処理と同じ一回の公開で、",
            "確かめることと探すことを同時に行う。その下は、同じものを段階ごとに順に測った値。「すべてのファイル」には",
            "その上の形式がすべて入る。",
            "",
            "*One run each. publish is what a night does, reading back while searching; the lines below are the same",
            "step by step, one after the other; write holds all the formats above it once more.*",
            "",
            machine("duckdb", "ahocorasick_rs"),
            "",
            *(line for part in parts for line in part),
        )
    )


if __name__ == "__main__":
    main()
