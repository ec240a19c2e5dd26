"""The code location: everything under ``defs/``, found by Dagster itself. Nothing is defined here."""

from __future__ import annotations

from pathlib import Path

import dagster as dg


@dg.definitions
def defs() -> dg.Definitions:
    """All definitions of this project."""
    return dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
