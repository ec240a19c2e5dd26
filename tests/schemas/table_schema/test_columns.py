"""A value's key is a text that says exactly what a dictionary of Python's would say."""

from __future__ import annotations

from typing import Any

import pytest
from frictionless import Field
from hypothesis import given
from hypothesis import strategies as st

from schemas.table_schema.columns import _key

ZONES = st.sampled_from(["", "Z", "+09:00", "-00:30"])
MOMENTS = st.builds("{}{}".format, st.sampled_from(["2024-01-06T09:00:00", "2024-01-06T00:00:00.5"]), ZONES)
CLOCKS = st.builds("{}{}".format, st.sampled_from(["09:00:00", "00:00:00", "23:30:00", "00:30:00"]), ZONES)
WRITTEN = {
    "number": st.sampled_from(["0.5", ".50", "5e-1", "1e15", "1000000000000000", "1e400", "1E+401", "-0", "0.0", "INF"])
    | st.decimals(allow_nan=False).map(str),
    "integer": st.integers(10**15 - 2, 10**15 + 2).map(str) | st.integers(-1, 1).map(str),
    "datetime": MOMENTS,
    "time": CLOCKS,
    "duration": st.sampled_from(["P1Y", "P12M", "P365D", "PT24H", "P1D", "P1Y1D", "P1.5Y", "P1Y12M"]),
    "yearmonth": st.sampled_from(["2024-01", "2024-1", "2024-02"]),
    "geopoint": st.sampled_from(["1,2", "1.0,2", "1, 2.00", "2,1"]),
    "year": st.sampled_from(["2024", "1000"]),
    "boolean": st.sampled_from(["true", "0", "1"]),
    "date": st.sampled_from(["2024-01-06", "2024-01-07"]),
}
VALUES = st.sampled_from([*WRITTEN]).flatmap(lambda kind: st.tuples(st.just(kind), WRITTEN[kind]))


def read(written: tuple[str, str]) -> Any:
    kind, text = written
    return Field.from_descriptor({"name": "f", "type": kind}).read_cell(text)[0]


@given(VALUES, VALUES)
def test_a_key_is_shared_exactly_by_values_that_are_the_same_key(one: tuple[str, str], other: tuple[str, str]) -> None:
    values = read(one), read(other)
    if None not in values:
        assert (_key(values[0]) == _key(values[1])) is (values[1] in {values[0]: True})


@pytest.mark.parametrize("value", [[], {}, [1]])
def test_what_is_no_key_in_python_is_none_here(value: Any) -> None:
    with pytest.raises(TypeError):
        _key(value)
