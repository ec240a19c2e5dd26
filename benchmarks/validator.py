"""How fast a table is validated, against Frictionless and against bare DuckDB, in one run on the same files.

    python benchmarks/validator.py [--mirror DIR] [--runs N] [--large]

(a) 200,000 rows of 11 columns, one row in five faulty; (b) the four WAM files of March 2026 with ``wam.schema.json``;
(c) two million rows of (a), ours alone, with peak memory; with ``--large`` also a file of two gigabytes. Both engines
must find the same number of faults. Writes ``results-validator.md`` beside this file: medians, ratios and the aims.
That the verdicts are the same, fault by fault, is ``parity.py``'s to show.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median
from typing import Any

import duckdb
import frictionless

from benchmarks import results
from schemas import table_schema

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).with_name("results-validator.md")
MIRROR = ROOT.parent / "shared" / "data" / "real"
WAM = "wam-sfk-202603"

ROWS, MANY = 200_000, 2_000_000
LARGE_BYTES = 2_000_000_000
CHILD = "validate-once"

SCHEMA: dict[str, Any] = {
    "fields": [
        {"name": "id", "type": "integer", "constraints": {"required": True, "unique": True}},
        {"name": "code", "type": "string", "constraints": {"pattern": "[A-Z]{2}[0-9]{4}"}},
        {"name": "name", "type": "string", "constraints": {"required": True, "maxLength": 30}},
        {"name": "kana", "type": "string"},
        {"name": "capacity", "type": "integer", "constraints": {"minimum": 0, "maximum": 500}},
        {"name": "latitude", "type": "number", "constraints": {"minimum": 20, "maximum": 46}},
        {"name": "opened", "type": "date"},
        {"name": "kind", "type": "string", "constraints": {"enum": ["ibasho", "shokuryo", "soudan"]}},
        {"name": "url", "type": "string", "format": "uri"},
        {"name": "free", "type": "boolean"},
        {"name": "note", "type": "string"},
    ]
}

FAULTY = """
    SELECT CASE WHEN fault = 1 THEN i // 2 ELSE i END AS id,
           CASE WHEN fault = 2 THEN 'ab-' || i % 997
                ELSE chr((65 + i % 26)::INTEGER) || 'X' || lpad((i % 9973)::VARCHAR, 4, '0') END AS code,
           CASE WHEN fault = 3 THEN '' ELSE '団体' || i * 7919 % 1000003 END AS name,
           'ダンタイ' || i AS kana,
           CASE WHEN fault = 4 THEN 501 + i % 4999 ELSE i % 500 END AS capacity,
           round(20.5 + (i * 31 % 250000) / 10000.0, 6) AS latitude,
           CASE WHEN fault = 5 THEN '31/12/2024' ELSE (DATE '2010-01-01' + (i % 5000)::INTEGER)::VARCHAR END AS opened,
           CASE WHEN fault = 6 THEN '居場所' ELSE ['ibasho', 'shokuryo', 'soudan'][1 + i % 3] END AS kind,
           'https://www.example.jp/dantai/' || i AS url,
           CASE WHEN i % 2 = 0 THEN 'true' ELSE 'false' END AS free,
           '備考 ' || i % 1000 AS note
    FROM (SELECT range AS i, CASE WHEN range % 5 = 4 THEN 1 + range // 5 % 6 ELSE 0 END AS fault FROM range({rows}))
    ORDER BY i
"""
"""One row in five has one of six faults: the number twice, the pattern, a blank, the bound, the date, the list."""

BARE = (
    "TRY_CAST(id AS BIGINT) IS NULL",
    "NOT regexp_full_match(code, '[A-Z]{2}[0-9]{4}')",
    "coalesce(name, '') = '' OR length(name) > 30",
    "TRY_CAST(capacity AS BIGINT) IS NULL OR TRY_CAST(capacity AS BIGINT) NOT BETWEEN 0 AND 500",
    "TRY_CAST(latitude AS DOUBLE) IS NULL OR TRY_CAST(latitude AS DOUBLE) NOT BETWEEN 20 AND 46",
    "TRY_CAST(opened AS DATE) IS NULL",
    "kind NOT IN ('ibasho', 'shokuryo', 'soudan')",
    "NOT regexp_full_match(url, 'https?://.+')",
    "free NOT IN ('true', 'false')",
)
"""The same faults, as somebody would write them by hand who trusts the file."""


def main() -> None:
    """Measure, and write the results; as a child process, validate one file and tell how it went."""
    if sys.argv[1:2] == [CHILD]:
        _child(Path(sys.argv[2]))
        return
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        lines = [*_against_both(Path(folder), options.runs), *_against_frictionless(options, Path(folder))]
        lines += _alone(Path(folder), options.runs, options.large)
    RESULTS.write_text(_document(lines, options.runs), encoding="utf-8")
    print(RESULTS.read_text(encoding="utf-8"))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--mirror", type=Path, default=MIRROR, help="folder that holds the real WAM files")
    parser.add_argument("--runs", type=int, default=5, help="times each is measured (default 5)")
    parser.add_argument("--large", action="store_true", help="also a file of two gigabytes (minutes, 5 GB of disk)")
    return parser.parse_args()


def _write(path: Path, rows: int) -> Path:
    with duckdb.connect() as con:
        con.execute(f"COPY ({FAULTY.format(rows=rows)}) TO '{path}' (HEADER, DELIMITER ',')")
    return path


def _ours(path: Path, schema: dict[str, Any], *, strict: bool = False) -> int:
    return table_schema.validate_file(path, schema, strict=strict).count


def _theirs(path: Path, schema: dict[str, Any]) -> int:
    told = frictionless.Schema.from_descriptor(schema)
    report = frictionless.validate(path.name, basepath=str(path.parent), schema=told, limit_errors=10**9)
    return len(report.flatten(["type"]))


def _bare(path: Path) -> int:
    """Read the file and find the same faults, row numbers and values into a table."""
    with duckdb.connect() as con:
        con.execute("SET enable_progress_bar = false")
        columns = ", ".join(f"'{field['name']}': 'VARCHAR'" for field in SCHEMA["fields"])
        read = f"read_csv('{path}', header = true, auto_detect = false, columns = {{{columns}}})"
        con.execute(f"CREATE TABLE rows AS SELECT row_number() OVER () + 1 AS n, * FROM {read}")
        names = ("id", "code", "name", "capacity", "latitude", "opened", "kind", "url", "free")
        faults = [f"SELECT n, {name} AS value FROM rows WHERE {sql}" for name, sql in zip(names, BARE, strict=True)]
        faults.append(
            "SELECT n, id FROM (SELECT *, row_number() OVER (PARTITION BY id ORDER BY n) AS k FROM rows) WHERE k > 1"
        )
        con.execute(f"CREATE TABLE faults AS {' UNION ALL '.join(faults)}")
        ((count,),) = con.execute("SELECT count(*) FROM faults").fetchall()
        return int(count)


def _medians(runs: int, *measured: Callable[[], int]) -> tuple[list[float], list[int]]:
    """Median seconds of each, measured in turns, and what each returned."""
    seconds: list[list[float]] = [[] for _ in measured]
    counts = [0] * len(measured)
    for _ in range(runs):
        for place, run in enumerate(measured):
            started = time.perf_counter()
            counts[place] = run()
            seconds[place].append(time.perf_counter() - started)
    return [median(times) for times in seconds], counts


def _against_both(folder: Path, runs: int) -> Iterable[str]:
    path = _write(folder / "a.csv", ROWS)
    (ours, strict, theirs, bare), counts = _medians(
        runs,
        lambda: _ours(path, SCHEMA),
        lambda: _ours(path, SCHEMA, strict=True),
        lambda: _theirs(path, SCHEMA),
        lambda: _bare(path),
    )
    _must_agree(counts)
    row = [f"(a) 200,000行×11列、誤り {counts[0]:,}", f"{ours:.2f}", f"{theirs:.1f}", f"{bare:.2f}", "—"]
    yield results.row(*row, _at_least(theirs / ours, 30) + "、DuckDBだけの " + _at_most(ours / bare, 2, "倍"))
    yield results.row(
        "(a) 厳密な層も (with the strict layer)", f"{strict:.2f}", f"{theirs:.1f}", f"{bare:.2f}", "—", "—"
    )


def _against_frictionless(options: argparse.Namespace, folder: Path) -> Iterable[str]:
    archives = sorted((options.mirror / WAM).glob("*.zip"))
    if not archives:
        print(
            f"{options.mirror / WAM} がないので、(b) は測りません。 (No WAM files: (b) is left out.)", file=sys.stderr
        )
        return
    for archive in archives:
        with zipfile.ZipFile(archive) as members:
            members.extractall(folder / "wam")
    paths = sorted((folder / "wam").rglob("*.csv"))
    schema = json.loads(Path(__file__).with_name("wam.schema.json").read_text(encoding="utf-8"))
    (ours, theirs), counts = _medians(
        options.runs,
        lambda: sum(_ours(path, schema) for path in paths),
        lambda: sum(_theirs(path, schema) for path in paths),
    )
    _must_agree(counts)
    title = f"(b) WAM {len(paths)}ファイル 66,475行×29列、誤り {counts[0]:,}"
    yield results.row(title, f"{ours:.2f}", f"{theirs:.1f}", "—", "—", _at_least(theirs / ours, 8))


def _must_agree(counts: list[int]) -> None:
    if len(set(counts)) > 1:
        raise SystemExit(f"the engines do not find the same: {counts}")


def _alone(folder: Path, runs: int, large: bool) -> Iterable[str]:
    half, whole = (_measured(_write(folder / f"{rows}.csv", rows), runs) for rows in (MANY // 2, MANY))
    title = f"(c) 2,000,000行 (1,000,000行では {half[0]:.1f} 秒)"
    aims = f"行あたり {whole[0] / half[0] / 2:.2f} 倍（1 なら比例）、メモリ {_at_most(whole[1], 2000, 'MB')}"
    yield results.row(title, f"{whole[0]:.1f}", "—", "—", f"{whole[1]:,.0f}", aims)
    if large:
        path = _write(folder / "large.csv", LARGE_BYTES * MANY // (folder / f"{MANY}.csv").stat().st_size)
        seconds, peak = _measured(path, 1)
        size = path.stat().st_size / 1e9
        yield results.row(
            f"{size:.2f} GB のファイル", f"{seconds:.0f}", "—", "—", f"{peak:,.0f}", _at_most(peak, 3000, "MB")
        )


def _measured(path: Path, runs: int) -> tuple[float, float]:
    """Median seconds of the validation, and the greatest peak of memory (MB), each time in a process of its own."""
    told = []
    for _ in range(runs):
        child = subprocess.run(
            [sys.executable, __file__, CHILD, str(path)], stdout=subprocess.PIPE, cwd=ROOT, check=True
        )
        told.append(json.loads(child.stdout))
    return median(one["seconds"] for one in told), max(one["peak"] for one in told)


def _child(path: Path) -> None:
    started = time.perf_counter()
    count = _ours(path, SCHEMA)
    print(json.dumps({"seconds": time.perf_counter() - started, "count": count, "peak": results.peak()}))


def _at_least(ratio: float, aim: float) -> str:
    return f"Frictionless の {ratio:.1f} 倍速い（目標 {aim:.0f} 倍：{results.met(ratio >= aim)}）"


def _at_most(value: float, aim: float, unit: str) -> str:
    shown = f"{value:,.0f}" if aim > 100 else f"{value:.2f}"
    return f"{shown} {unit}（目標 {aim:,.0f} {unit}以内：{results.met(value <= aim)}）"


def _document(lines: list[str], runs: int) -> str:
    return "\n".join(
        (
            "# 検査の速さとメモリ (Speed and memory of the validator)",
            "",
            "`python benchmarks/validator.py --large` が書いたもの。同じファイルとスキーマを、同じ回に、道しるべ・",
            "Frictionless・DuckDBだけ（手書きの条件、正しさの保証なし）で交互に測った中央値。",
            "",
            "*Medians; ours, Frictionless and bare DuckDB (conditions by hand) in turns, one run, the same files.*",
            "",
            f"測った回数 (runs): {runs} ／ {results.machine('duckdb', 'frictionless')}",
            "",
            "| データ | 道しるべ（秒） | Frictionless（秒） | DuckDBだけ（秒） | 最大メモリ（MB） | 目標 |",
            "|---|--:|--:|--:|--:|---|",
            *lines,
            "",
        )
    )


if __name__ == "__main__":
    main()
