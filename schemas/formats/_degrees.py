"""Degrees of latitude and longitude: what the two formats share."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from schemas.formats import Reading
from schemas.formats._cell import fold, is_nothing


class Span(NamedTuple):
    """The degrees between which Japan lies (bounds of the open data validators of municipalities)."""

    least: int
    most: int

    def holds(self, degrees: Decimal) -> bool:
        """Whether the degrees lie in Japan."""
        return self.least <= degrees <= self.most


LATITUDE = Span(20, 46)
LONGITUDE = Span(122, 154)

_DECIMAL = re.compile(r"(?:北緯|東経)?\s*([+-]?[0-9]{1,9}(?:\.[0-9]{0,30})?)\s*[度°]?")
_SIX_PLACES = Decimal("0.000001")


def read(text: str, span: Span, other: Span) -> Reading:
    """Degrees within ``span``, to six places; a value that fits only the ``other`` axis was swapped."""
    cell = fold(text)
    if is_nothing(cell):
        return Reading(None)
    found = _DECIMAL.fullmatch(cell)
    if not found:
        return Reading(None, "coordinate-form")
    degrees = Decimal(found[1])
    if degrees == 0:
        return Reading(None)
    if span.holds(degrees):
        return Reading(_plain(degrees))
    if other.holds(degrees):
        return Reading(None, "coordinate-swapped", f"{span.least}から{span.most}まで（緯度と経度が逆のようです）")
    turned = degrees + 360
    hint = _plain(turned) if span.holds(turned) else f"{span.least}から{span.most}まで"
    return Reading(None, "coordinate-abroad", hint)


def _plain(degrees: Decimal) -> str:
    return f"{degrees.quantize(_SIX_PLACES, ROUND_HALF_UP):f}".rstrip("0").rstrip(".")
