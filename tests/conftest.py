"""One real night on the bundled samples, shared by every test that only reads its home; and smaller releases."""

from __future__ import annotations

import fcntl
import json
import time
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path

import pytest

from tests import nights
from tests.nights import Night

HERE = Path(__file__).parent

FEW = ("ishikari", "kamikawa", "011002", "011011", "012025", "012041")

DEAREST_FIRST = ("pipeline", "browser", "publish", "property", "warehouse", "pipelines", "", "sources", "schemas")
"""Folders of tests by what a file in them costs; ``""`` is for the files beside them."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the long files come first: the workers end together where the last ones are short."""
    ranks = {folder: rank for rank, folder in enumerate(DEAREST_FIRST)}
    items.sort(key=lambda item: ranks.get("".join(item.path.relative_to(HERE).parts[:-1][:1]), 0))


@pytest.fixture(scope="session")
def two_nights(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> tuple[Night, Night]:
    """The night, and a second one that began in the same home while it was under way; one for all workers."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    told = shared / "nights.json"
    with (shared / "nights.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not told.exists():
            made = _nights(shared / "night/home")
            told.write_text(json.dumps([[str(part) for part in astuple(night)] for night in made]), encoding="utf-8")
        first, second = json.loads(told.read_text(encoding="utf-8"))
    return _night(*first), _night(*second)


def _nights(home: Path) -> tuple[Night, Night]:
    home.parent.mkdir()
    with nights.started(home) as process:
        while not (home / "dagster/dagster.yaml").exists() and process.poll() is None:
            time.sleep(0.05)
        second = nights.run(home)
        return nights.ended(process, home), second


def _night(home: str, code: str, stdout: str, stderr: str) -> Night:
    return Night(Path(home), int(code), stdout, stderr)


@pytest.fixture(scope="session")
def night(two_nights: tuple[Night, Night]) -> Night:
    """The night on the samples. Its home is for reading: copy it to go on from there."""
    return two_nights[0]


@pytest.fixture(scope="module")
def few_areas() -> Iterator[None]:
    """Releases made in this process have files by area for one of each kind, where the invented records are, and for
    one where none is: for tests to which it does not matter how many areas there are. Thousands of files cost a
    second for each release; ``tests/publish/test_areas.py`` and every night have them all.
    """
    from publish import areas

    few = tuple(area for area in areas.areas() if area.code in FEW)
    assert len(few) == len(FEW)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(areas, "areas", lambda: few)
        yield
