"""Frictionless's error types and constraints → the codes of our findings. Their sentences stand in ``messages``."""

from __future__ import annotations

CONSTRAINTS = {
    "required": "required",
    "minLength": "too-short",
    "maxLength": "too-long",
    "pattern": "pattern",
    "enum": "not-in-list",
    "minimum": "out-of-range",
    "maximum": "out-of-range",
    "exclusiveMinimum": "out-of-range",
    "exclusiveMaximum": "out-of-range",
}
"""The failing constraint of a constraint-error → code."""

TYPES = {
    "type-error": "type",
    "unique-error": "not-unique",
    "primary-key": "duplicate-key",
    "foreign-key": "unknown-reference",
    "cell-error": "unjudged",
    "source-error": "empty-file",
    "encoding-error": "encoding",
}
"""Error type → code, where it is not the type itself."""

SAME = {
    "blank-row",
    "extra-cell",
    "missing-cell",
    "blank-header",
    "unmatched-header",
    "extra-label",
    "missing-label",
    "blank-label",
    "duplicate-label",
    "incorrect-label",
}
"""Error types that are codes of ours."""

UNREADABLE = {"file-error", "resource-error", "scheme-error", "format-error", "compression-error"}


def code(error_type: str, constraint: str | None) -> str:
    """Our code of an error; what is left over is a fault of the schema."""
    if error_type == "constraint-error":
        return CONSTRAINTS.get(constraint or "", "type")
    if error_type == "primary-key" and constraint == "required":
        return "missing-key-value"
    if error_type in SAME:
        return error_type
    return TYPES.get(error_type, "unreadable-file" if error_type in UNREADABLE else "schema-fault")
