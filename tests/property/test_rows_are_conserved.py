"""Whatever stands in the cells of a file: no row disappears, nothing is kept back without a word, nothing crashes."""

from __future__ import annotations

import csv
import io
import re
import shutil
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.finding import Severity
from sources import catalog, ingest
from sources.catalog import Source
from tests.nights import AS_OF

SAMPLES = [s for s in catalog.load_all().values() if s.set == "sample" and s.id not in ("sample_html", "sample_tenth")]
JAPANESE = re.compile("[ぁ-んァ-ヶ]")
CELLS = st.one_of(
    st.sampled_from(
        [
            "",
            "　",
            "なし",
            "-",
            "０１２",
            "令和99年13月40日",
            "=1+1",
            "a|b\nc",
            '"',
            "#REF!",
            "1e308",
            "北海道",
            "東京都港区",
        ]
        + ["\u2028", "２４：００～２５：００", "https://", "@", "090" * 30, "1" * 13, "139.7", "NaN", "true", "月～金"]
    ),
    st.text(max_size=12),
)


def table_of(source: Source, file: str) -> list[list[str]]:
    text = (source.folder / file).read_bytes().decode(source.reader["encoding"]).removeprefix("\ufeff")
    return list(csv.reader(io.StringIO(text, newline="")))


@st.composite
def faulty(draw: st.DrawFn) -> tuple[Source, dict[str, bytes]]:
    """A sample source, and its files with some cells changed, rows doubled and cells cut off."""
    source = draw(st.sampled_from(SAMPLES))
    files = {}
    for file in source.fetch["files"]:
        header, *rows = table_of(source, file)
        at = st.integers(0, len(rows) - 1)
        for row, column, cell in draw(st.lists(st.tuples(at, st.integers(0, len(header) - 1), CELLS), max_size=40)):
            rows[row][column : column + 1] = [cell]
        rows += [list(rows[row]) for row in draw(st.lists(at, max_size=3))]
        for row in draw(st.lists(at, max_size=3)):
            rows[row] = rows[row][: draw(st.integers(1, len(header) + 1))]
        out = io.StringIO(newline="")
        csv.writer(out, quoting=csv.QUOTE_ALL).writerows([header, *rows])
        files[file] = out.getvalue().encode(source.reader["encoding"], errors="replace")
    return source, files


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(told=faulty())
def test_rows_are_conserved(told: tuple[Source, dict[str, bytes]], tmp_path_factory: pytest.TempPathFactory) -> None:
    source, files = told
    folder = tmp_path_factory.mktemp("faulty")
    shutil.copytree(source.folder, folder / source.id)
    for file, data in files.items():
        (folder / source.id / file).write_bytes(data)
    home = folder / "home"
    run = ingest.ingest(catalog.load(folder / source.id), ingest.Night(home, AS_OF, "01", None, "sample"))
    assert run.rejected is None
    assert run.rows_read == sum(len(records(data, source)) - 1 for data in files.values())
    assert run.rows_read == run.accepted + run.quarantined + run.out_of_area + run.ended
    findings = ingest.findings(source.id, home)
    assert all(JAPANESE.search(finding.message_ja) and finding.message_en for finding in findings)
    assert run.withheld == sum(finding.severity == Severity.WITHHOLD for finding in findings)
    assert aside(home, run) == {(f.file, f.row) for f in findings if f.severity == Severity.QUARANTINE}
    shutil.rmtree(folder)


def records(data: bytes, source: Source) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(source.reader["encoding"]), newline="")))


def aside(home: Path, run: ingest.SourceRun) -> set[tuple[str, int]]:
    """File and row of what was put aside."""
    kept = home / "accepted" / run.source / str(run.key) / "rows.parquet"
    with duckdb.connect() as con:
        return set(con.execute('SELECT file, "row" FROM read_parquet(?)', [str(kept)]).fetchall())
