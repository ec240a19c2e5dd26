"""The guard: do the golden tables keep what the rulebook promises?  A breach is this project's bug.

pandera models compiled from the Table Schemas do the judging. Plausibility of a release is ``publish.gate``'s.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from schemas import messages, rulebook
from schemas.finding import Finding
from schemas.pandera_models import breaches


def broken(warehouse: Path) -> list[Finding]:
    """A finding for each table of that file that is not what its schema says, without any value of it."""
    findings = []
    with duckdb.connect(str(warehouse), read_only=True) as con:
        for table in rulebook.warehouse_tables():
            if told := breaches(con, table.name, table, table.entity_fields, table.primary_key):
                findings.append(messages.file_finding("guard-broken", source="warehouse", table=table.name, value=told))
    return findings
