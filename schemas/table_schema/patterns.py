"""A Table Schema ``pattern``, as a regular expression of DuckDB (RE2) that accepts nothing which Python refuses.

Frictionless compiles ``^<pattern>$`` with Python's ``re`` and matches from the start: ``a|b`` accepts ``axyz``, ``$``
lets a trailing newline pass, ``\\d`` is any Unicode digit. What RE2 cannot say alike, or says more widely, is not
translated: those values are asked of Frictionless one by one.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable

# Python's own parser: no public module tells what a pattern consists of.
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

REPEATS = 1000
"""RE2 refuses to repeat more often."""

CATEGORIES = {
    _constants.CATEGORY_DIGIT: "0-9",
    _constants.CATEGORY_SPACE: r"\t\n\r\f\v ",
    _constants.CATEGORY_WORD: "0-9A-Za-z_",
}
"""Python's classes reach beyond ASCII, so that these are narrower; their negations would be wider."""

ANCHORS = {_constants.AT_BEGINNING: "^", _constants.AT_END: "$"}


class _Untranslatable(Exception):
    """RE2 has no equal of it, or a wider one."""


def narrower(pattern: str) -> str | None:
    """An RE2 whose full matches are all accepted by Frictionless for ``pattern``; None if there is no good one."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            parsed = _parser.parse(f"^{pattern}$")
        if parsed.state.flags & ~re.UNICODE:
            return None
        return _sequence(parsed)
    except (_Untranslatable, re.error, Warning, RecursionError, OverflowError):
        return None


def _sequence(parsed: Iterable[tuple[Any, Any]]) -> str:
    return "".join(_part(kind, told) for kind, told in parsed)


def _part(kind: Any, told: Any) -> str:
    match kind:
        case _constants.LITERAL:
            return _letter(told)
        case _constants.NOT_LITERAL:
            return f"[^{_letter(told)}]"
        case _constants.ANY:
            return r"[^\n]"
        case _constants.IN:
            return _letters(told)
        case _constants.AT if told in ANCHORS:
            return ANCHORS[told]
        case _constants.BRANCH:
            return f"(?:{'|'.join(_sequence(branch) for branch in told[1])})"
        case _constants.SUBPATTERN if not told[1] and not told[2]:
            return f"(?:{_sequence(told[3])})"
        case _constants.MAX_REPEAT | _constants.MIN_REPEAT:
            least, most, what = told
            return f"(?:{_sequence(what)}){_times(least, most)}"
    raise _Untranslatable


def _times(least: int, most: int) -> str:
    endless = most == _constants.MAXREPEAT
    if endless and least <= 1:
        return "+" if least else "*"
    if least > REPEATS or (most > REPEATS and not endless):
        raise _Untranslatable
    return f"{{{least},{'' if endless else most}}}"


def _letters(told: list[tuple[Any, Any]]) -> str:
    negated = told[0][0] is _constants.NEGATE
    parts = []
    for kind, what in told[negated:]:
        if kind is _constants.LITERAL:
            parts.append(_letter(what))
        elif kind is _constants.RANGE:
            parts.append(f"{_letter(what[0])}-{_letter(what[1])}")
        elif kind is _constants.CATEGORY and what in CATEGORIES and not negated:
            parts.append(CATEGORIES[what])
        else:
            raise _Untranslatable
    return f"[{'^' if negated else ''}{''.join(parts)}]"


def _letter(number: int) -> str:
    return rf"\x{{{number:X}}}"
