"""Positions: found cut, rounded and whole, in either order; not found where the numbers are somebody else's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish import spots

HOME = (43_123_456, 141_987_654)

FOUND = [
    "43.123456,141.987654",
    "[141.987654, 43.123456]",
    '{"latitude": 43.12346, "name": "x", "longitude": 141.98765}',
    "43.123|141.987",
    "43.123|141.988",
    "43.1235 141.9877",
    "43.1234,141.9876",
    "43.12345600000001,141.98765400000002",
    "43.1234559999,141.9876539999",
    "43.1230,141.98700",
    "４３．１２３４５６，１４１．９８７６５４",
    '<c r="H2"><v>43.123456</v></c><c r="I2"><v>12.5</v></c><c r="J2"><v>141.987654</v></c>',
    "https://example.jp/?q=43.1235,141.9877&z=17",
]
NOT_FOUND = [
    "43.123456",
    "43.123456" + " " * 200 + "141.987654",
    "43.12,141.98",
    "43.123457,141.987654",
    "43.1236,141.9877",
    "143.123456,141.987654",
    "43.123456,1141.987654",
    "1.43.x 43.124,141.989",
]


@pytest.mark.parametrize("text", FOUND)
def test_a_position_is_found_in_what_files_make_of_it(text: str) -> None:
    assert [number for number, _ in spots.Spots([HOME]).find(f"x{text}\n")] == [0]


@pytest.mark.parametrize("text", NOT_FOUND)
def test_other_numbers_are_no_position(text: str) -> None:
    assert spots.Spots([HOME]).find(text) == []


@given(
    st.integers(41_400_000, 45_500_000), st.integers(139_400_000, 145_800_000), st.sampled_from([3, 4, 5, 6]),
    st.booleans(), st.booleans(), st.sampled_from([",", ", ", "\t", '","', '", "longitude": "']),
)  # fmt: skip
def test_every_position_is_found(lat: int, lon: int, decimals: int, cut: bool, swapped: bool, between: str) -> None:
    unit = 10 ** (6 - decimals)
    values = [(value // unit * unit if cut else (value + unit // 2) // unit * unit) / 1e6 for value in (lat, lon)]
    written = between.join(f"{value:.{decimals}f}" for value in (reversed(values) if swapped else values))
    known = spots.parse(f"{lat / 1e6:.6f},{lon / 1e6:.6f}")
    assert known is None or spots.Spots([(43_500_000, 142_500_001), known]).find(f'"{written}"')[0][0] == 1


def test_a_point_that_stands_for_a_town_is_no_position() -> None:
    assert spots.parse("43.06,141.35") is None
    assert spots.parse("43.0621") is None
    assert spots.parse("43.062089, 141.354389") == (43_062_089, 141_354_389)


def test_nothing_is_found_where_nothing_is_secret() -> None:
    assert spots.Spots([]).find("43.123456,141.987654") == []
