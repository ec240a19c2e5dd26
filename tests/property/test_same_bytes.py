"""The same rows in any order, in any home, without Dagster: the same ids and the same published bytes."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pipelines import approvals
from publish import release
from sources import catalog, inbox, ingest
from sources.catalog import Source
from tests import nights
from tests.nights import AS_OF, Night
from warehouse import build

SAMPLES = nights.samples()


def whole_night(home: Path, sources: Iterable[Source]) -> None:
    """A night as the assets make it, in this process and without them."""
    tonight = ingest.Night(home, AS_OF, "01", None, "sample")
    told = [*(ingest.ingest(source, tonight) for source in sources), inbox.take_in(tonight)]
    approvals.approve_samples(tonight)
    build.build(home, [run.source for run in told], AS_OF, "01", "sample")
    release.publish(home, AS_OF)


def shuffled(source: Source, into: Path, chance: random.Random) -> Source:
    """A copy of the source whose files come in another order, and those of text hold their rows in another order."""
    folder = into / source.id
    shutil.copytree(source.folder, folder)
    files = list(nights.files_of(source))
    for file in files:
        if nights.is_text(source, file):
            top, rows = records(source, folder / file)
            chance.shuffle(rows)
            (folder / file).write_text("".join(top + rows), source.reader["encoding"], newline="")
    chance.shuffle(files)
    copy = catalog.load(folder)
    return replace(copy, sample=tuple(files)) if copy.sample else replace(copy, fetch={**copy.fetch, "files": files})


def records(source: Source, path: Path) -> tuple[list[str], list[str]]:
    """The records of a CSV as they stand there, those down to the headings and those below: a line that opens a quote
    goes on with the next.
    """
    found, record = [], ""
    for line in path.read_bytes().decode(source.reader["encoding"]).splitlines(keepends=True):
        record += line if line.endswith("\n") else line + "\n"
        if record.count('"') % 2 == 0:
            found.append(record)
            record = ""
    headings = source.reader.get("header_row", 1)
    return found[:headings], found[headings:]


@contextmanager
def folder_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("night")
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@settings(
    max_examples=2, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_order_of_the_rows_changes_nothing_that_is_published(
    seed: int, night: Night, tmp_path_factory: pytest.TempPathFactory
) -> None:
    chance = random.Random(seed)
    with folder_of(tmp_path_factory) as folder:
        sources = [shuffled(source, folder / "sources", chance) for source in SAMPLES]
        whole_night(folder / "home", chance.sample(sources, len(sources)))
        assert nights.published(folder / "home") == nights.published(night.home)
        assert [path.name for path in (folder / "home/releases").glob("2*")] == [AS_OF.isoformat()]


def test_shuffling_keeps_every_record() -> None:
    texts = [(source, file) for source in SAMPLES for file in nights.files_of(source) if nights.is_text(source, file)]
    assert len(texts) > 10
    for source, file in texts:
        top, rows = records(source, source.folder / file)
        assert len(rows) > 1
        told = (source.folder / file).read_bytes().decode(source.reader["encoding"])
        assert "".join(top + rows).rstrip() == told.rstrip()
