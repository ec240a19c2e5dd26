"""Files read as landed, for the tests of the readers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sources.landing import LandedFile
from sources.readers import ReadError, Rows, read

REAL = Path(__file__).parents[2].parent / "shared/data/real"

needs_real = pytest.mark.skipif(not REAL.is_dir(), reason="the real published files lie outside the repository")

Reading = Callable[..., Rows]


def read_all(folder: Path, reader: dict[str, Any], *files: tuple[str, bytes]) -> Rows:
    """The rows of files given by name and content, landed in ``folder``."""
    landed = []
    for name, content in files:
        (folder / name).write_bytes(content)
        landed.append(LandedFile(name, folder / name, "", len(content)))
    return read(landed, reader)


def read_real(reader: dict[str, Any], *names: str) -> Rows:
    """The rows of real files, given by their paths."""
    return read([LandedFile(Path(name).name, REAL / name, "", 0) for name in names], reader)


def cells(rows: Rows) -> list[tuple[str | None, ...]]:
    return [tuple(row[f"c{place}"] for place in range(len(rows.header))) for row in rows.table.to_pylist()]


def numbers(rows: Rows) -> list[int]:
    return [int(number) for number in rows.table.column("row").to_pylist()]


def told(rows: Rows) -> list[tuple[str, int]]:
    """Code and row of every problem."""
    return [(problem.code, problem.row) for problem in rows.problems]


def failure(reading: Reading, reader: dict[str, Any], *files: tuple[str, bytes]) -> ReadError:
    """The error that these files are, which names its file in both languages."""
    with pytest.raises(ReadError) as caught:
        reading(reader, *files)
    assert caught.value.file in caught.value.message_ja and caught.value.message_en
    return caught.value
