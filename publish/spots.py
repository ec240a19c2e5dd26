"""Coordinates that must not leave, searched in plain text: two numbers near each other that are somebody's position.

A position is found whole and cut or rounded to 3, 4 or 5 decimals, latitude or longitude first. Not found: degrees
with minutes, other geodetic systems, cut to 2 decimals or less (a square of 1 km), one number without the other.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

import numpy as np
import numpy.typing as npt

DECIMALS = (3, 4, 5, 6)
MILLIONTHS = 10**6
NEAR = 160
"""Characters between the two points; between the two numbers stands the name of a field and perhaps a height."""
NEIGHBOURS = 3
LATITUDES, LONGITUDES = (20, 46), (122, 154)
"""Japan: no other number is read as a coordinate."""

Numbers = npt.NDArray[np.int64]


def parse(value: str) -> tuple[int, int] | None:
    """Latitude and longitude of ``'lat,lon'`` in millionths; ``None`` where one has less than 3 decimals: a point as
    coarse as that stands for a town.
    """
    parts = [part.strip() for part in value.split(",")]
    if len(parts) != 2 or any(len(part.partition(".")[2].rstrip("0")) < DECIMALS[0] for part in parts):
        return None
    latitude, longitude = (round(float(part) * MILLIONTHS) for part in parts)
    return latitude, longitude


class Spots:
    """The positions to be searched; each is named by its place in ``positions``."""

    def __init__(self, positions: Iterable[tuple[int, int]]) -> None:
        keys = sorted({(key, number) for number, spot in enumerate(positions) for key in _keys(*spot)})
        self._keys = np.array([key for key, _ in keys], np.int64)
        self._numbers = np.array([number for _, number in keys], np.int64)

    def find(self, text: str) -> list[tuple[int, int]]:
        """(position's number, character where it begins) of all that stand in ``text``."""
        if not len(self._keys) or ("." not in text and "．" not in text):
            return []
        points, cut, rounded = _numbers_in(np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32))
        if len(points) < 2:
            return []
        found: set[tuple[int, int]] = set()
        for step, values in product(range(1, NEIGHBOURS + 1), (cut, rounded)):
            one, other = values[:-step], values[step:]
            near = points[step:] - points[:-step] <= NEAR
            for latitude, longitude in ((one, other), (other, one)):
                pairs = np.flatnonzero(near & _within(latitude, LATITUDES) & _within(longitude, LONGITUDES))
                found.update(self._among(_key(latitude[pairs], longitude[pairs]), points[:-step][pairs]))
        return sorted(found)

    def _among(self, keys: Numbers, points: Numbers) -> Iterable[tuple[int, int]]:
        first, behind = np.searchsorted(self._keys, keys, "left"), np.searchsorted(self._keys, keys, "right")
        for hit in np.flatnonzero(first < behind):
            yield from ((int(number), int(points[hit])) for number in self._numbers[first[hit] : behind[hit]])


def _keys(latitude: int, longitude: int) -> set[int]:
    """The pairs of numbers that tell a position, as one number each."""
    keys: set[int] = set()
    for decimals in DECIMALS:
        unit = MILLIONTHS // 10**decimals
        ways = [{value // unit * unit, (value + unit // 2) // unit * unit} for value in (latitude, longitude)]
        keys.update(one << 28 | other for one, other in product(*ways))
    return keys


def _key(latitude: Numbers, longitude: Numbers) -> Numbers:
    return latitude << 28 | longitude


def _within(values: Numbers, bounds: tuple[int, int]) -> npt.NDArray[np.bool_]:
    return (values >= bounds[0] * MILLIONTHS) & (values < bounds[1] * MILLIONTHS)


def _numbers_in(codes: npt.NDArray[np.uint32]) -> tuple[Numbers, Numbers, Numbers]:
    """Where the decimal points of numbers with two or three digits before them stand; the numbers in millionths, cut
    and rounded.
    """
    padded = np.concatenate((np.zeros(4, np.uint32), codes, np.zeros(8, np.uint32)))
    points = np.flatnonzero((padded == ord(".")) | (padded == ord("．")))

    def digit(offset: int) -> Numbers:
        code = padded[points + offset].astype(np.int64)
        value = np.where(code >= ord("０"), code - ord("０"), code - ord("0"))
        return np.where((value >= 0) & (value <= 9), value, -1)

    before = [digit(-place) for place in (1, 2, 3, 4)]
    whole = before[0] + 10 * before[1] + 100 * np.maximum(before[2], 0)
    good = (before[0] >= 0) & (before[1] >= 0) & ((before[2] < 0) | (before[3] < 0)) & (digit(1) >= 0)
    points, cut = points[good], whole[good] * MILLIONTHS
    going = np.ones(len(points), np.bool_)
    for place in range(1, 7):
        value = digit(place)
        going &= value >= 0
        cut += np.where(going, value, 0) * 10 ** (6 - place)
    rounded = cut + (going & (digit(7) >= 5))
    return points - 4, cut, rounded
