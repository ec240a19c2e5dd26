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

from publish import release
from sources import catalog, ingest
from sources.catalog import Source
from tests import nights
from tests.nights import AS_OF, Night
from warehouse import build

SAMPLES = [source for source in catalog.load_all().values() if source.set == "sample"]


def whole_night(home: Path, sources: Iterable[Source]) -> None:
    """A night as the assets make it, in this process and without them."""
    tonight = ingest.Night(home, AS_OF, "01", None, "sample")
    told = [ingest.ingest(source, tonight) for source in sources]
    build.build(home, [run.source for run in told], AS_OF, "01", "sample")
    release.publish(home, AS_OF)


def shuffled(source: Source, into: Path, chance: random.Random) -> Source:
    """A copy of the source whose files hold their rows in another order, and come in another order themselves."""
    folder = into / source.id
    shutil.copytree(source.folder, folder)
    files = list(source.fetch["files"])
    for file in files:
        data = (folder / file).read_bytes()
        if not data.lstrip().startswith(b"<"):
            header, *rows = records(data)
            chance.shuffle(rows)
            (folder / file).write_bytes(header + b"".join(rows))
    chance.shuffle(files)
    return replace(catalog.load(folder), fetch={**source.fetch, "files": files})


def records(data: bytes) -> Iterator[bytes]:
    """The records of a CSV as they stand there: a line that opens a quote goes on with the next."""
    record = b""
    for line in data.splitlines(keepends=True):
        record += line if line.endswith(b"\n") else line + b"\n"
        if record.count(b'"') % 2 == 0:
            yield record
            record = b""


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
        assert [path.name for path in (folder / "home/releases").iterdir()] == [AS_OF.isoformat()]


def test_shuffling_keeps_every_record() -> None:
    for source in SAMPLES:
        for file in source.fetch["files"]:
            data = (source.folder / file).read_bytes()
            assert b"".join(records(data)).rstrip() == data.rstrip()
