"""One real night on the bundled samples, shared by every test that only reads its home."""

from __future__ import annotations

import time

import pytest

from tests import nights
from tests.nights import Night


@pytest.fixture(scope="session")
def two_nights(tmp_path_factory: pytest.TempPathFactory) -> tuple[Night, Night]:
    """The night, and a second one that began in the same home while it was under way."""
    home = tmp_path_factory.mktemp("night") / "home"
    with nights.started(home) as process:
        while not (home / "dagster/dagster.yaml").exists() and process.poll() is None:
            time.sleep(0.05)
        second = nights.run(home)
        return nights.ended(process, home), second


@pytest.fixture(scope="session")
def night(two_nights: tuple[Night, Night]) -> Night:
    """The night on the samples. Its home is for reading: copy it to go on from there."""
    return two_nights[0]
