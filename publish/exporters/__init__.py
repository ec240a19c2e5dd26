"""Exporters: one module a file format; each writes the tables of a release into its own folder.

Every exporter reads schema ``release`` as :func:`publish.exporters.rows.prepare` makes it, in one order, so that all
formats say the same. What may be published is decided before (``publish.privacy``).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import duckdb

from publish.exporters import csv, csv_excel, geojson, json, ndjson, parquet, xlsx
from publish.exporters.rows import prepare
from schemas.rulebook import Table


class Exporter(Protocol):
    """What a module of this package offers."""

    NAME: str
    """Name of the format and of its folder in a release."""
    DESCRIPTION: str
    """Whom the format is for and what it does to values, in Japanese, for readers of the release."""

    def export(self, con: duckdb.DuckDBPyConnection, tables: Sequence[Table], folder: Path) -> dict[Path, int]:
        """Write all files of the format into the existing ``folder``; same rows, same bytes. Returns each file's rows,
        those without rows too: a reader's program finds every file every night.
        """

    def count(self, con: duckdb.DuckDBPyConnection, path: Path) -> int:
        """How many rows a reader finds in the written file; ``duckdb.Error`` or ``ValueError`` if it cannot be read."""


ALL: tuple[Exporter, ...] = (csv_excel, xlsx, csv, json, ndjson, geojson, parquet)
"""Every format of a release, in the order of the index: for staff, for programs, for maps, for analysis."""

__all__ = ["ALL", "Exporter", "prepare"]
