"""Exporters: one module a file format; each writes one table of the release as one file.

Every exporter reads what :func:`publish.exporters.rows.prepare` made, in one order, so that all formats say the
same. What may be published is decided before (``publish.privacy``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import duckdb

from publish.exporters import csv, csv_excel, json, parquet
from publish.exporters.rows import prepare
from schemas.rulebook import Table


class Exporter(Protocol):
    """What a module of this package offers."""

    NAME: str
    """Name of the format and of its folder in a release."""
    DESCRIPTION: str
    """Whom the format is for and what it does to values, in Japanese, for readers of the release."""

    def export(self, con: duckdb.DuckDBPyConnection, table: Table, folder: Path) -> Path:
        """Write the prepared ``table`` into the existing ``folder``; same rows, same bytes. Returns the file."""

    def count(self, con: duckdb.DuckDBPyConnection, path: Path) -> int:
        """How many rows a reader finds in the written file; ``duckdb.Error`` if it cannot be read."""


ALL: tuple[Exporter, ...] = (csv, csv_excel, json, parquet)
"""Every format of a release, in the order of the index."""

__all__ = ["ALL", "Exporter", "prepare"]
