"""A field, as an SQL condition that accepts only values which Frictionless surely accepts: sound, not complete.

A condition saves work and decides nothing alone: what it does not accept is asked of Frictionless. So whatever is
rare, doubtful or differs between the libraries' readers is simply left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from frictionless import Field

from schemas.sql import literal
from schemas.table_schema import patterns

DIGITS = {"integer": "-?[0-9]{1,18}", "number": r"-?[0-9]{1,12}(\.[0-9]{1,9})?", "year": "[0-9]{4}"}
"""Plain numbers, by type."""

DAY = r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}"
CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
DEGREES = r"-?(1[0-7][0-9]|[0-9]{1,2})(\.[0-9]{1,15})?,-?[0-8]?[0-9](\.[0-9]{1,15})?"

FORMS = {
    ("string", "uri"): r"https?://[a-z0-9][a-z0-9.-]*(/[A-Za-z0-9._~/-]*)?(\?[A-Za-z0-9._~=&-]*)?",
    ("string", "email"): r"[A-Za-z0-9]{1,20}([._-][A-Za-z0-9]{1,20}){0,2}@([a-z0-9]{1,20}\.){1,3}[a-z]{2,6}",
    ("string", "uuid"): "[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
    ("time", "default"): CLOCK,
    ("yearmonth", "default"): "[0-9]{4}-(0[1-9]|1[0-2])",
    ("geopoint", "default"): DEGREES,
}
"""Plain cases of (type, format) that a regular expression can tell, by full match."""

KEYS = {"integer": "(0|-?[1-9][0-9]{0,14})", "number": "(0|-?[1-9][0-9]{0,14})", "year": "[1-9][0-9]{3}", "date": DAY}
"""Texts that no other text equals in value, by type: of these the text itself is the key."""

ALWAYS = "TRUE"
"""The condition of a field that accepts every text."""

STRICTLY = {"minimum": ">", "exclusiveMinimum": ">", "maximum": "<", "exclusiveMaximum": "<"}
"""Bounds. As rounding to a double never swaps two numbers, one beyond the rounded bound is beyond the bound itself;
one that is equal to it is asked."""


def missing(field: Field, column: str) -> str:
    """SQL: the cell is null to Frictionless."""
    values = missing_values(field)
    return f"({column} IS NULL OR {_one_of(column, values)})" if values else f"({column} IS NULL)"


def missing_values(field: Field) -> list[str]:
    """The texts that are null in this field."""
    values: list[str] = field.missing_values
    if not field.has_defined("missing_values") and field.schema:
        values = field.schema.missing_values
    return values


def unread_bounds(field: Field) -> str:
    """The bounds that the field cannot read itself, "" if there are none: nothing can be compared with them."""
    read, constraints = field.create_value_reader(), field.constraints
    return ", ".join(
        f"{name}: {constraints[name]}" for name in STRICTLY if name in constraints and read(constraints[name]) is None
    )


def accepts(field: Field, column: str, *, key: bool = False) -> str | None:
    """SQL (true, false or NULL) that is true only where Frictionless surely accepts the cell; None if it would not pay.

    With ``key`` it is true only where, besides, the text alone says which other cells are equal.
    """
    left = {name: told for name, told in field.constraints.items() if name not in ("required", "unique")}
    texts = field.type in ("string", "any")
    if unread_bounds(field):
        return None
    if key and not texts and (field.type not in KEYS or field.has_defined("float_number")):
        return None
    parts = _of_type(field, column, left)
    if parts is None or left:
        return None
    if key and field.type in KEYS:
        # Narrower than the plain forms that stand first.
        parts[0] = _matches(column, KEYS[field.type])
    if not parts and not field.constraints.get("required"):
        return ALWAYS
    blank = "FALSE" if field.constraints.get("required") else "TRUE"
    return f"(CASE WHEN {missing(field, column)} THEN {blank} ELSE {' AND '.join(parts) or ALWAYS} END)"


def _of_type(field: Field, column: str, left: dict[str, Any]) -> list[str] | None:
    """Conditions for type, format and the constraints that they take out of ``left``; None if there are none."""
    kind, form = field.type, field.format or "default"
    if kind in ("string", "any") and (kind == "any" or form == "default"):
        return _text(column, left)
    if kind in DIGITS and not {"bare_number", "group_char", "decimal_char"} & set(field.list_defined()):
        return [_matches(column, DIGITS[kind]), *_bounds(column, left)]
    if (kind, form) == ("boolean", "default"):
        told: Any = field
        return [_one_of(column, [*told.true_values, *told.false_values])]
    if (kind, form) == ("date", "default"):
        return _date(field, column, left)
    if (kind, form) == ("datetime", "default"):
        return [_matches(column, f"{DAY}T{CLOCK}Z?"), f"TRY_CAST({column}[:10] AS DATE) IS NOT NULL"]
    if (kind, form) in FORMS:
        return [_matches(column, FORMS[kind, form])]
    return None


def _text(column: str, left: dict[str, Any]) -> list[str]:
    parts = []
    if "minLength" in left:
        parts.append(f"length({column}) >= {int(left.pop('minLength'))}")
    if "maxLength" in left:
        # Bytes are counted faster than letters, and are never fewer.
        most = int(left.pop("maxLength"))
        parts.append(f"(strlen({column}) <= {most} OR length({column}) <= {most})")
    if "pattern" in left and (expression := patterns.narrower(left["pattern"])) is not None:
        del left["pattern"]
        parts.append(_matches(column, expression))
    if "enum" in left:
        parts.append(_one_of(column, [value for value in left.pop("enum") if isinstance(value, str)]))
    return parts


def _bounds(column: str, left: dict[str, Any]) -> list[str]:
    parts = []
    for name, sign in STRICTLY.items():
        if name in left:
            try:
                bound = float(left[name])
            except (TypeError, ValueError, OverflowError):
                continue
            if bound == bound and abs(bound) < 1e300:
                del left[name]
                parts.append(f"TRY_CAST({column} AS DOUBLE) {sign} {bound!r}::DOUBLE")
    return parts


def _date(field: Field, column: str, left: dict[str, Any]) -> list[str]:
    parts = [_matches(column, DAY), f"TRY_CAST({column} AS DATE) IS NOT NULL"]
    read = field.create_value_reader()
    for name, sign in STRICTLY.items():
        if name in left and (bound := read(left[name])) is not None:
            del left[name]
            parts.append(f"TRY_CAST({column} AS DATE) {sign} DATE {literal(bound.isoformat())}")
    return parts


def _matches(column: str, expression: str) -> str:
    return f"regexp_full_match({column}, {literal(expression)})"


def _one_of(column: str, values: Sequence[str] | Iterable[str]) -> str:
    told = sorted({literal(value) for value in values})
    return f"{column} IN ({', '.join(told)})" if told else "FALSE"
