"""Whatever stands in the cells of a file: no row disappears, nothing is kept back without a word, nothing crashes."""

from __future__ import annotations

import csv
import io
import re
import shutil
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from schemas.finding import Severity
from sources import catalog, ingest
from sources.catalog import Source
from tests import nights
from tests.nights import AS_OF

SAMPLES = [
    source
    for source in nights.samples()
    if source.id != "sample_tenth" and all(nights.is_text(source, file) for file in nights.files_of(source))
]
JAPANESE = re.compile("[ぁ-んァ-ヶ]")
ODD = """なし|-|０１２|令和99年13月40日|=1+1|"|#REF!|1e308|北海道|東京都港区|２４：００～２５：００|https://|@|NaN|月～金|139.7"""
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
"""NUL stands in no text file: it refuses the whole file."""

CELLS = st.one_of(st.sampled_from([*ODD.split("|"), "", "　", "a|b\nc", "\u2028", "090" * 30]), TEXT)
SPOTS = st.tuples(st.integers(0, 999), st.integers(0, 99))
"""A row and a column, each counted round."""


@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    source=st.sampled_from(SAMPLES),
    changed=st.lists(st.tuples(SPOTS, CELLS), min_size=5, max_size=30),
    doubled=st.lists(st.integers(0, 999), max_size=3),
    cut=st.lists(SPOTS, max_size=3),
)
def test_rows_are_conserved(
    source: Source,
    changed: list[tuple[tuple[int, int], str]],
    doubled: list[int],
    cut: list[tuple[int, int]],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("faulty")
    shutil.copytree(source.folder, folder / source.id)
    count = 0
    headings = source.reader.get("header_row", 1)
    for file in nights.files_of(source):
        lines = records((source.folder / file).read_bytes(), source)
        top, rows = lines[:headings], lines[headings:]
        for (row, column), cell in changed:
            spoiled = rows[row % len(rows)]
            spoiled[column % len(spoiled)] = cell
        rows += [list(rows[row % len(rows)]) for row in doubled]
        for row, column in cut:
            # The first line tells how wide a file is; without headings that is a row.
            spoiled = rows[max(row % len(rows), 1 - headings)]
            del spoiled[1 + column % len(spoiled) :]
        out = io.StringIO(newline="")
        csv.writer(out, quoting=csv.QUOTE_ALL, delimiter=delimiter(source)).writerows([*top, *rows])
        data = out.getvalue().encode(source.reader["encoding"], errors="replace")
        (folder / source.id / file).write_bytes(data)
        count += len(rows)
    home = folder / "home"
    run = ingest.ingest(catalog.load(folder / source.id), ingest.Night(home, AS_OF, "01", None, "sample"))
    assert run.rejected is None
    assert run.rows_read == count
    assert run.rows_read == run.accepted + run.quarantined + run.out_of_area + run.ended
    findings = ingest.findings(source.id, home)
    assert all(JAPANESE.search(finding.message_ja) and finding.message_en for finding in findings)
    assert run.withheld == sum(finding.severity == Severity.WITHHOLD for finding in findings)
    assert aside(home, run) == {(f.file, f.row) for f in findings if f.severity == Severity.QUARANTINE}
    shutil.rmtree(folder)


def records(data: bytes, source: Source) -> list[list[str]]:
    text = data.decode(source.reader["encoding"]).removeprefix("\ufeff")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter(source)))


def delimiter(source: Source) -> str:
    return str(source.reader.get("delimiter", ","))


def aside(home: Path, run: ingest.SourceRun) -> set[tuple[str, int]]:
    """File and row of what was put aside."""
    kept = home / "accepted" / run.source / str(run.key) / "rows.parquet"
    with duckdb.connect() as con:
        return set(con.execute('SELECT file, "row" FROM read_parquet(?)', [str(kept)]).fetchall())
