"""定員: a whole number; 0 is how systems write that they do not know."""

from __future__ import annotations

from schemas.formats import Reading, integer

TITLE_JA = "定員"
EXPECTED_JA = "人数の整数（例: 20）"
EXPECTED_EN = "A whole number of persons"

GOOD: list[tuple[str, str | None]] = [
    ("20", "20"),
    ("２０名", "20"),
    ("0", None),
    ("０人", None),
    ("", None),
]
BAD: list[tuple[str, str]] = [
    ("10〜15", "integer-form"),
    ("若干名", "integer-form"),
]


def read(text: str) -> Reading:
    """The number of persons; 0 says nothing."""
    reading = integer.read(text)
    return Reading(None) if reading.value == "0" else reading
