"""緯度: decimal degrees, at most six places (GIF 444). Whether a point fits its municipality is checked elsewhere."""

from __future__ import annotations

from schemas.formats import Reading, _degrees

TITLE_JA = "緯度"
EXPECTED_JA = "20〜46の小数（例: 43.062089）"
EXPECTED_EN = "Decimal degrees between 20 and 46"

GOOD: list[tuple[str, str | None]] = [
    ("43.062089", "43.062089"),
    ("43.063622800000000", "43.063623"),
    ("４３．０６", "43.06"),
    ("43.0", "43"),
    ("北緯43.06度", "43.06"),
    ("0", None),
    ("0.0000", None),
    ("", None),
]
BAD: list[tuple[str, str]] = [
    ("141.354389", "coordinate-swapped"),
    ("-43.06", "coordinate-abroad"),
    ("51.5", "coordinate-abroad"),
    ("43度3分44秒", "coordinate-form"),
    ("43.06,141.35", "coordinate-form"),
    ("札幌", "coordinate-form"),
]


def read(text: str) -> Reading:
    """Degrees north within Japan, without trailing zeros; 0 says nothing."""
    return _degrees.read(text, _degrees.LATITUDE, _degrees.LONGITUDE)
