"""Homes to begin with: one that nothing has happened in yet, and one that serves a submission."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.warehouse.submissions.approved import approved, copied


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "var"


@pytest.fixture(scope="package")
def serving_once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A home with one submission, approved and built, and its id. It is for copying: building it takes seconds."""
    home = tmp_path_factory.mktemp("serving") / "var"
    return home, approved(home, {})


@pytest.fixture
def serving(serving_once: tuple[Path, str], home: Path) -> tuple[Path, str]:
    """A copy of :func:`serving_once` to go on from, and the id of its submission."""
    return copied(serving_once[0], home), serving_once[1]
