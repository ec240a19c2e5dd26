"""What a night is told from outside: the home folder, the set of sources, how long releases stay, today's date.

The only file that reads the environment or a clock; everything after it gets values. What a night does with
them does not belong here.
"""

from __future__ import annotations

import os
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

TOKYO = ZoneInfo("Asia/Tokyo")
"""The time zone of every date that a night is given."""


def home() -> Path:
    """The folder of all run-time state: ``MICHISHIRUBE_HOME``, else ``var`` in the current folder."""
    return Path(os.environ.get("MICHISHIRUBE_HOME") or "var").resolve()


def source_set(mirror: Path | None = None) -> str:
    """Which sources a night takes: the mirror if one is given, else ``MICHISHIRUBE_SET`` (``sample`` or ``live``).

    ``ValueError`` when the variable says something else.
    """
    if mirror is not None:
        return "mirror"
    chosen = os.environ.get("MICHISHIRUBE_SET") or "sample"
    if chosen not in ("sample", "live"):
        raise ValueError(f"MICHISHIRUBE_SET は sample か live です (sample or live): {chosen}")
    return chosen


def keep_days() -> int:
    """For how many days every release is kept: ``MICHISHIRUBE_KEEP_DAYS``, else 30. ``ValueError`` for no number."""
    told = os.environ.get("MICHISHIRUBE_KEEP_DAYS") or "30"
    if not told.isdecimal():
        raise ValueError(f"MICHISHIRUBE_KEEP_DAYS は日数です (a number of days): {told}")
    return int(told)


def today() -> date:
    """Today in Tokyo."""
    return datetime.now(TOKYO).date()
