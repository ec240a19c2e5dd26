"""Compiled pandera models: they pass what the rulebook allows and refuse what it does not."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pandera.errors
import pytest

from schemas import rulebook
from schemas.pandera_models import DTYPES, compile_model
from schemas.rulebook import Table

TABLES = list(rulebook.tables().values())


def frame(table: Table, **changes: Any) -> pd.DataFrame:
    """One row of the examples of a table's entities, with changes."""
    examples: dict[str, Any] = {}
    for field in table.entity_fields:
        number = {"integer": int, "number": float, "boolean": lambda text: text == "true"}.get(field.type, str)
        examples[field.name] = number(field.example)
    return cast(table, pd.DataFrame([examples | changes]))


def cast(table: Table, rows: pd.DataFrame) -> pd.DataFrame:
    return rows.astype({field.name: DTYPES.get(field.type, "string") for field in table.entity_fields})


def faulty(table: Table, rows: pd.DataFrame) -> set[str]:
    """The columns at fault."""
    try:
        compile_model(table, table.entity_fields, table.primary_key).validate(rows, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        cases = errors.failure_cases
        named = cases["column"].where(cases["schema_context"] != "DataFrameSchema", cases["failure_case"])
        return set(named.dropna().astype(str))
    return set()


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_the_examples_pass_and_so_do_blank_optional_values(table: Table) -> None:
    assert not faulty(table, frame(table))
    blank = {field.name: None for field in table.entity_fields if not field.required}
    assert not faulty(table, frame(table, **blank))


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_blank_required_value_is_refused(table: Table) -> None:
    for field in table.entity_fields:
        if field.required:
            assert faulty(table, frame(table, **{field.name: None})) == {field.name}


@pytest.mark.parametrize(
    ("table", "field", "value"),
    [
        ("organizations", "corporate_number", "123"),
        ("organizations", "corporate_number", "91999901002259"),
        ("places", "place_type", "castle"),
        ("places", "latitude", 47.0),
        ("places", "longitude", 121.0),
        ("places", "name", "あ" * 201),
        ("schedules", "weekdays", "火月"),
        ("schedules", "opens", "9:00"),
        ("services", "capacity", 0),
        ("services", "age_max", 121),
        ("contact_points", "kind", "pigeon"),
    ],
)
def test_a_value_against_its_rule_is_refused(table: str, field: str, value: object) -> None:
    assert faulty(rulebook.table(table), frame(rulebook.table(table), **{field: value})) == {field}


def test_a_key_stands_once() -> None:
    table = rulebook.table("service_places")
    one = frame(table)
    twice = cast(table, pd.concat([one, one], ignore_index=True))
    with pytest.raises(pandera.errors.SchemaErrors, match="DUPLICATE"):
        compile_model(table, table.entity_fields, table.primary_key).validate(twice, lazy=True)
    assert not faulty(table, cast(table, pd.concat([one, one.assign(place_id="other")], ignore_index=True)))


def test_columns_are_these_in_this_order_and_typed() -> None:
    table = rulebook.table("services")
    model = compile_model(table, table.entity_fields, table.primary_key)
    rows = frame(table)
    backwards = rows[rows.columns[::-1]]
    for wrong in (rows.drop(columns="fee"), rows.assign(more="x"), backwards, rows.assign(capacity="20")):
        with pytest.raises(pandera.errors.SchemaErrors):
            model.validate(wrong, lazy=True)
