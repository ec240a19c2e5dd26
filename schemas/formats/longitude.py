"""経度: decimal degrees, at most six places (GIF 444). Whether a point fits its municipality is checked elsewhere."""

from __future__ import annotations

from schemas.formats import Reading, _degrees

TITLE_JA = "経度"
EXPECTED_JA = "122〜154の小数（例: 141.354389）"
EXPECTED_EN = "Decimal degrees between 122 and 154"

GOOD: list[tuple[str, str | None]] = [
    ("141.354389", "141.354389"),
    ("141.332464299999970", "141.332464"),
    ("１４１．３５", "141.35"),
    ("東経141.35度", "141.35"),
    ("0", None),
    ("", None),
]
BAD: list[tuple[str, str]] = [
    ("43.062089", "coordinate-swapped"),
    ("-218.0449", "coordinate-abroad"),
    ("120.65", "coordinate-abroad"),
    ("1413543", "coordinate-abroad"),
    ("E141", "coordinate-form"),
]


def read(text: str) -> Reading:
    """Degrees east within Japan, without trailing zeros; 0 says nothing."""
    return _degrees.read(text, _degrees.LONGITUDE, _degrees.LATITUDE)
