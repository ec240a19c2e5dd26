"""The guard: do the golden tables keep what the rulebook promises?  A breach is this project's bug.

pandera models compiled from the Table Schemas do the judging. Plausibility of a release is ``publish.gate``'s.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd
import pandera.errors

from schemas import messages, rulebook
from schemas.finding import Finding
from schemas.pandera_models import DTYPES, compile_model
from schemas.rulebook import Table


def broken(warehouse: Path) -> list[Finding]:
    """A finding for each table of that file that is not what its schema says, without any value of it."""
    findings = []
    with duckdb.connect(str(warehouse), read_only=True) as con:
        for table in rulebook.tables().values():
            model = compile_model(table, table.entity_fields, table.primary_key)
            try:
                model.validate(_frame(con, table), lazy=True)
            except pandera.errors.SchemaErrors as errors:
                cases = errors.failure_cases[["column", "check"]].drop_duplicates().astype(str)
                told = "、".join(sorted(f"{column}: {check}" for column, check in cases.itertuples(index=False)))
                findings.append(messages.file_finding("guard-broken", source="warehouse", table=table.name, value=told))
    return findings


def _frame(con: duckdb.DuckDBPyConnection, table: Table) -> pd.DataFrame:
    frame = con.execute(f"SELECT * FROM {table.name}").df()
    return frame.astype({field.name: DTYPES.get(field.type, "string") for field in table.entity_fields})
