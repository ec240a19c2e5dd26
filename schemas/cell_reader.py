"""The Frictionless cell reader of a field descriptor, made once: the judge of suggestions and examples.

Not here: the validation of a table (``table_schema``).
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeVar

Descriptor = Mapping[str, Any]
_T = TypeVar("_T")


class _Same:
    """A descriptor as a key of a cache: the same object is the same field."""

    __slots__ = ("field",)

    def __init__(self, field: Descriptor) -> None:
        self.field = field

    def __hash__(self) -> int:
        return id(self.field)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.field is self.field


def once(function: Callable[[Descriptor], _T]) -> Callable[[Descriptor], _T]:
    """Makes a function of a descriptor work once for each; the descriptor must not be changed afterwards."""
    kept = lru_cache(maxsize=512)(lambda same: function(same.field))
    return lambda field: kept(_Same(field))


@once
def _reader(field: Descriptor) -> Callable[[Any], tuple[Any, Any]] | None:
    from frictionless import Field

    # A wrong example is Frictionless's ground to refuse a descriptor; cells are judged without one.
    told = {key: copy.deepcopy(value) for key, value in field.items() if key != "example"}
    try:
        reader: Callable[[Any], tuple[Any, Any]] = Field.from_descriptor(told).create_cell_reader()
    except Exception:  # Frictionless raises what it likes at a descriptor that it cannot use
        return None
    return reader


def typed(field: Descriptor, text: str) -> tuple[Any, bool]:
    """The typed value of a text, ``None`` if there is none, and whether the field accepts it.

    A descriptor that Frictionless cannot use accepts nothing.
    """
    reader = _reader(field)
    try:
        value, notes = reader(text) if reader else (None, None)
    except Exception:  # sNaN with a bound and the like
        return None, False
    return value, value is not None and not notes


def accepts(field: Descriptor, text: str) -> bool:
    """Whether a text is a value, and no missing one, that the field accepts."""
    return typed(field, text)[1]
