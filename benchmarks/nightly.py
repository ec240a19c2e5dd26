"""How long a night takes and how much memory: cold and unchanged, on the samples and on a mirror of the real sources.

    python benchmarks/nightly.py [--mirror DIR] [--runs N]

Every night is the command itself in a process of its own. Its stages are told by its ``--json``; wall time and peak
memory are what the kernel says of that process. Writes ``results.md`` beside this file: medians, and the aims.
What a night does, and whether it does it rightly, does not belong here.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks import results

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).with_name("results.md")
MIRROR = ROOT.parent / "shared" / "data" / "real"

NIGHTS = {"cold": ("初回", "2026-10-01"), "unchanged": ("変わりなし", "2026-10-02")}
"""Kind of night → how the table calls it, and its date: an unchanged night is the next day's."""

OUTCOME = {"cold": "released", "unchanged": "unchanged"}
STAGES = ("sources", "warehouse", "gate", "release")


@dataclass(frozen=True)
class Case:
    """What a pair of nights runs on: a mirror (None: the samples), a prefecture, and the aims, in seconds by kind of
    night and in MB.
    """

    title: str
    mirror: Path | None
    prefecture: str
    wall_aim: dict[str, float]
    peak_aim: float


@dataclass(frozen=True)
class Measured:
    """One night: ``stages`` and ``wall`` in seconds, ``peak`` in MB (10^6 bytes), rows read and rows in area."""

    stages: dict[str, float]
    wall: float
    peak: float
    rows_read: int
    in_area: int

    @property
    def rest(self) -> float:
        """Seconds outside every stage: starting Python, libraries and Dagster, and writing its events."""
        return self.wall - sum(self.stages.values())


def main() -> None:
    """Measure, and write the results."""
    options = _options()
    cases = [Case("見本", None, "01", {}, 2000)]
    if options.mirror.is_dir():
        cases.append(Case("実データ（北海道）", options.mirror, "01", {"cold": 60, "unchanged": 15}, 2000))
        cases.append(Case("実データ（全国）", options.mirror, "all", {"cold": 240}, 3000))
    else:
        print(f"{options.mirror} がないので、見本だけを測ります。 (No mirror: samples only.)", file=sys.stderr)
    lines = []
    for case in cases:
        runs = [_pair(case) for _ in range(options.runs)]
        lines += [_line(case, kind, [run[kind] for run in runs]) for kind in NIGHTS]
    RESULTS.write_text(_document(lines, options.runs), encoding="utf-8")
    print(RESULTS.read_text(encoding="utf-8"))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--mirror", type=Path, default=MIRROR, help="folder that serves the real sources")
    parser.add_argument("--runs", type=int, default=3, help="times each pair of nights is run (default 3)")
    return parser.parse_args()


def _pair(case: Case) -> dict[str, Measured]:
    """A cold night in a new home, then the unchanged night of the next day."""
    with tempfile.TemporaryDirectory() as home:
        return {kind: _night(Path(home), case, kind) for kind in NIGHTS}


def _night(home: Path, case: Case, kind: str) -> Measured:
    words = ["nightly", "--json", "--home", str(home), "--as-of", NIGHTS[kind][1], "--prefecture", case.prefecture]
    if case.mirror is not None:
        words += ["--mirror", str(case.mirror)]
    command = [sys.executable, "-c", "from pipelines.cli import main; main()", *words]
    environment = os.environ | {"MICHISHIRUBE_SET": "sample"}
    answer = home / "answer.json"
    with answer.open("wb") as out:
        started = time.monotonic()
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    told = json.loads(answer.read_text(encoding="utf-8")) if answer.stat().st_size else {}
    if told.get("outcome") != OUTCOME[kind]:
        raise SystemExit(f"{kind}: {told.get('outcome')} (exit {process.returncode}) {told.get('errors')}")
    return Measured(
        stages={stage: _seconds(told["stages"], stage) for stage in STAGES},
        wall=wall,
        # The kernel of macOS counts bytes, that of Linux KiB.
        peak=used.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6,
        rows_read=sum(run["rows_read"] for run in told["sources"]),
        in_area=sum(run["rows_read"] - run["out_of_area"] for run in told["sources"]),
    )


def _seconds(steps: dict[str, float], stage: str) -> float:
    return sum(seconds for step, seconds in steps.items() if step.startswith(stage))


def _line(case: Case, kind: str, nights: list[Measured]) -> str:
    wall, peak = median(night.wall for night in nights), median(night.peak for night in nights)
    stages = [median(night.stages[stage] for night in nights) for stage in STAGES]
    seconds = [f"{value:.1f}" for value in (wall, *stages, median(night.rest for night in nights))]
    rows = [f"{nights[0].rows_read:,}", f"{nights[0].in_area:,}"]
    aims = [
        _verdict(wall, case.wall_aim[kind], "秒") if kind in case.wall_aim else "—",
        _verdict(peak, case.peak_aim, "MB"),
    ]
    return f"| {' | '.join([case.title, NIGHTS[kind][0], *rows, *seconds, f'{peak:,.0f}', *aims])} |"


def _verdict(value: float, aim: float, unit: str) -> str:
    return f"{aim:,.0f} {unit}未満：{results.met(value < aim)}"


def _document(lines: list[str], runs: int) -> str:
    return "\n".join(
        (
            "# 一晩の時間とメモリ (Time and memory of a night)",
            "",
            "`python benchmarks/nightly.py` が書いたもの。秒とMBは中央値。「初回」は空のホームでの一晩、",
            "「変わりなし」は次の日。「起動ほか」は段階の外の時間（ライブラリと Dagster の起動と記録）。",
            "",
            "名寄せの正しさと速さは [results-resolve.md](results-resolve.md)、検査の速さは",
            "[results-validator.md](results-validator.md)、公開の段階ごとの時間は",
            "[results-release.md](results-release.md)。",
            "",
            "*Medians. 初回: a cold night in an empty home; 変わりなし: the next day's, with nothing changed;",
            "起動ほか: all seconds outside the stages (starting Python, libraries and Dagster, and its event log).*",
            "",
            f"測った回数 (runs): {runs} ／ {results.machine('duckdb', 'dagster', 'great-expectations', 'pandas')}",
            "",
            "| データ | 夜 | 読んだ行 | 対象地域の行 | 全体（秒） | 取り込みと検証 | 統合 | 検査 | 公開 | 起動ほか "
            "| 最大メモリ（MB） | 時間の目標 | メモリの目標 |",
            "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|---|",
            *lines,
            "",
        )
    )


if __name__ == "__main__":
    main()
