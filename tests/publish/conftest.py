"""Fixtures of the tests of ``publish``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from sample_release import ROWS, open_release


@pytest.fixture
def con(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """:func:`open_release` on the rows above."""
    with open_release(tmp_path / "warehouse.duckdb", ROWS) as con:
        yield con
