"""pandera models compiled from the Table Schemas: they guard what our own steps produce.

A failure here is this project's bug, never a provider's. Rules stand in ``tables/``; nothing is added here.
"""

from __future__ import annotations

from collections.abc import Sequence

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
