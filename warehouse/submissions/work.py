"""The inbox's work: what was submitted, as it was taken in. It is read here and changed nowhere in this room.

One Parquet file a table of records, each row with its ``submission``; ``submissions.parquet`` with a row each
(``sources.inbox``); ``consents.parquet`` with what the forms say may be published.
"""

from __future__ import annotations

from pathlib import Path

from schemas import rulebook
from schemas.sql import literal

SOURCE = "inbox"


def work_of(home: Path) -> Path | None:
    """The folder of the inbox's work, None before the first night."""
    current = home / "accepted" / SOURCE / "current"
    return home / "accepted" / SOURCE / current.read_text(encoding="utf-8") if current.exists() else None


def path_of(work: Path | None, name: str) -> Path | None:
    """The file of that name in the work, None where there is none."""
    path = work / f"{name}.parquet" if work else None
    return path if path and path.exists() else None


def rows_of(work: Path | None, name: str) -> str | None:
    """SQL for the rows of the file of that name, None where there is none."""
    path = path_of(work, name)
    return f"read_parquet({literal(str(path))})" if path else None


def held(work: Path | None) -> str:
    """SQL for every record that was submitted, once a submission: submission, record_id."""
    tables = sorted(path for path in work.glob("*.parquet") if path.stem in rulebook.tables()) if work else []
    parts = [f"SELECT submission, record_id FROM read_parquet({literal(str(path))})" for path in tables]
    return " UNION ".join(["SELECT NULL::VARCHAR AS submission, NULL::VARCHAR AS record_id WHERE FALSE", *parts])
