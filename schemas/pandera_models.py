"""pandera models compiled from the Table Schemas: they guard what our own steps produce.

A failure here is this project's bug, never a provider's. Rules stand in ``tables/``; nothing is added here.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pandera.errors
import pandera.pandas as pa

from schemas import rulebook
from schemas.rulebook import Field, Table

DTYPES = {"integer": "Int64", "number": "float64", "boolean": "boolean", "date": "datetime64[us]"}
"""Table Schema type → the pandas dtype that holds it with NULLs; everything else is ``string``."""


def compile_model(table: Table, fields: Sequence[Field], key: Sequence[str]) -> pa.DataFrameSchema:
    """A strict pandera schema: these columns in this order, these dtypes, constraints and unique ``key``."""
    return pa.DataFrameSchema(
        {
            field.name: pa.Column(DTYPES.get(field.type, "string"), _checks(field), nullable=not field.required)
            for field in fields
        },
        unique=list(key) or None,
        strict=True,
        ordered=True,
        name=table.name,
    )


def breaches(
    con: duckdb.DuckDBPyConnection, name: str, table: Table, fields: Sequence[Field], key: Sequence[str]
) -> str:
    """What in DuckDB table ``name`` breaks the model: columns and checks, without any value; blank if nothing."""
    columns = ", ".join(f'"{field.name}"' for field in fields)
    frame = con.execute(f'SELECT {columns} FROM "{name}"').df()
    if frame.empty:
        return ""
    typed = frame.astype({field.name: DTYPES.get(field.type, "string") for field in fields})
    try:
        compile_model(table, fields, key).validate(typed, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        cases = errors.failure_cases[["column", "check"]].drop_duplicates().astype(str)
        return "、".join(sorted(f"{column}: {check}" for column, check in cases.itertuples(index=False)))
    return ""


def _checks(field: Field) -> list[pa.Check]:
    constraints = field.descriptor.get("constraints", {})
    checks = []
    if field.codes and not field.many:
        checks.append(pa.Check.isin(list(rulebook.codes(field.codes))))
    if "pattern" in constraints:
        checks.append(pa.Check.str_matches(f"^(?:{constraints['pattern']})$"))
    if "maxLength" in constraints:
        checks.append(pa.Check.str_length(max_value=constraints["maxLength"]))
    if "minimum" in constraints:
        checks.append(pa.Check.ge(constraints["minimum"]))
    if "maximum" in constraints:
        checks.append(pa.Check.le(constraints["maximum"]))
    return checks
