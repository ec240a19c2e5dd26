"""The shelf of one source, ``accepted/<source>/``: finished work by key, which of it serves, tonight's account.

A piece of work is a folder that appeared by one rename and never changes. What stands in it is ``judging``'s
business, when it is made ``ingest``'s.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import duckdb

from schemas.finding import Finding
from schemas.sql import asking


class Shelf:
    """Finished work of one source in one home."""

    def __init__(self, home: Path, source_id: str) -> None:
        self.path = home / "accepted" / source_id
        self.path.mkdir(parents=True, exist_ok=True)

    def work(self, key: str) -> Path:
        """The folder of that work, there or not."""
        return self.path / key

    def holds(self, key: str) -> bool:
        """Whether that work is there and whole; a damaged one is taken for absent, and removed."""
        try:
            self.summary(key)
            self.findings(key)
            return True
        except FileNotFoundError:
            return False
        except (OSError, ValueError, duckdb.Error):
            shutil.rmtree(self.work(key), ignore_errors=True)
            return False

    def summary(self, key: str) -> dict[str, Any]:
        """Counts, date and snapshot of that work, and why it was rejected if it was."""
        told: dict[str, Any] = json.loads((self.work(key) / "summary.json").read_text(encoding="utf-8"))
        return told

    def findings(self, key: str) -> list[Finding]:
        """The findings of that work."""
        path = self.work(key) / "findings.parquet"
        if not path.exists():
            raise FileNotFoundError(path.name)
        with asking() as con:
            return [Finding(*row) for row in con.execute("SELECT * FROM read_parquet(?)", [str(path)]).fetchall()]

    def building(self) -> Path:
        """An empty folder to build a piece of work in; what a killed night left there is gone."""
        folder = self.path / ".building"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder

    def put(self, building: Path, key: str) -> None:
        """Make the built folder the work of that key, whole or not at all."""
        for path in building.iterdir():
            with path.open("rb") as file:
                os.fsync(file.fileno())
        shutil.rmtree(self.work(key), ignore_errors=True)
        os.rename(building, self.work(key))

    @property
    def current(self) -> str | None:
        """The key of the work that serves, None before the first."""
        path = self.path / "current"
        return path.read_text(encoding="utf-8") if path.exists() else None

    def serve(self, key: str) -> None:
        """From now on the work of that key serves."""
        self._write("current", key)

    @property
    def night(self) -> dict[str, Any]:
        """Tonight's account: facts of the source, the run, and what could not be taken in."""
        told: dict[str, Any] = json.loads((self.path / "night.json").read_text(encoding="utf-8"))
        return told

    def tell(self, told: dict[str, Any]) -> None:
        """Write tonight's account."""
        self._write("night.json", json.dumps(told, ensure_ascii=False))

    def _write(self, name: str, text: str) -> None:
        aside = self.path / f".{name}.new"
        aside.write_text(text, encoding="utf-8")
        os.replace(aside, self.path / name)
