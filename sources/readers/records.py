"""JSON and GeoJSON: an array of objects, as rows of strings. What a string means is for the rulebook.

A file may be large, so its records are decoded one by one and become columns in batches.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from sources.readers import rows as shape
from sources.readers import text
from sources.readers.rows import ReadError, Rows, empty
from sources.readers.workbook import Sheet

FIRST_ROW = 2
"""The row number of the first record: records count as the rows of a table do below its header."""

COORDINATES = ("longitude", "latitude", "altitude")
"""The parts of a point, in GeoJSON's order (RFC 7946)."""

_BLANK = re.compile(r"[ \t\r\n]*")


class _Number(str):
    """A number as it is written."""


_DECODER = json.JSONDecoder(parse_int=_Number, parse_float=_Number, parse_constant=_Number)


def read(path: Path) -> Sheet:
    """The objects of the array in ``path``, the first as row 2; labels are their keys in order of appearance.

    Numbers stay as they are written, ``null`` and keys that an object lacks are ``""``, objects and arrays within
    are JSON text. Raises :class:`ReadError` (``not-a-table``, ``empty-file``).
    """
    try:
        told = list(_walk(_Text(path.read_text(encoding="utf-8-sig")), ()))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise _not_json(path.name, error) from error
    except _NoRecordsError as error:
        raise _no_records(path.name, "") from error
    labels = tuple(dict.fromkeys(key for record in told for key in record))
    if not labels:
        raise ReadError("empty-file", f"{path.name} に値がありません。", f"{path.name} holds no values.", path.name)
    rows = (
        (number, [_text(record.get(label)) for label in labels]) for number, record in enumerate(told, start=FIRST_ROW)
    )
    return Sheet(labels, 1, rows)


def rows(contents: Iterable[tuple[str, bytes]], reader: Mapping[str, Any]) -> Rows:
    """The records of the files, given by name and content; labels are their keys in order of appearance.

    ``records`` of ``reader`` is the dotted path of the array (the top, of GeoJSON ``features``); a step may be a
    regular expression, for groups such as ``data_01``, ``data_02``. Where the path leads on through the elements of
    an array, each record also has what its group says. Objects within a record become columns ``group.key``, arrays
    are JSON text. Of GeoJSON's features the properties are columns under their own names, the coordinates of a point
    ``geometry.longitude`` and ``geometry.latitude``, and anything else what it would be in JSON (``feature.id``).

    Files need not have the same keys: JSON leaves out what is not there. Raises :class:`ReadError`.
    """
    seen: dict[str, bool] = {}
    tables: list[tuple[tuple[str, ...], pa.Table]] = []
    for name, content in contents:
        numbered = enumerate(_flat(content, name, reader), FIRST_ROW)
        first = len(tables)
        while batch := list(islice(numbered, shape.CHUNK)):
            for _, record in batch:
                for label, value in record.items():
                    seen[label] = seen.get(label, False) or value is not None
            labels = tuple(seen)
            cells = [[record.get(label) or "" for label in labels] for _, record in batch]
            tables.append((labels, shape.chunk(name, [number for number, _ in batch], cells)))
        if first == len(tables) or not seen:
            raise empty(name)
    # What is null here and an object there is not two columns.
    groups = {label[:place] for label in seen for place, letter in enumerate(label) if letter == "."}
    header = tuple(label for label, filled in seen.items() if filled or label not in groups)
    return Rows(header, pa.concat_tables(_under(header, *told) for told in tables))


def _under(header: tuple[str, ...], labels: tuple[str, ...], table: pa.Table) -> pa.Table:
    """The columns of ``table`` in the places that ``header`` has for their labels, blank where it has no such."""
    blank = pa.repeat("", table.num_rows)
    columns = [table[f"c{labels.index(label)}"] if label in labels else blank for label in header]
    names = ["file", "row", *(f"c{place}" for place in range(len(header)))]
    return pa.table([table["file"], table["row"], *columns], names=names)


def _flat(content: bytes, name: str, reader: Mapping[str, Any]) -> Iterator[dict[str, str | None]]:
    """Every record of a file as label and text, None for a null."""
    told = text.decode(content, name, reader.get("encoding", "utf-8"), "JSON")
    geo = reader["format"] == "geojson"
    path = reader.get("records", "features" if geo else "")
    try:
        for record in _walk(_Text(told), tuple(path.split(".")) if path else ()):
            flat: dict[str, str | None] = {}
            for part in _of_feature(record) if geo else (record,):
                _flatten(part, "", flat)
            yield flat
    except (json.JSONDecodeError, RecursionError) as error:
        raise _not_json(name, error) from error
    except _NoRecordsError as error:
        raise _no_records(name, path) from error
    except _SameLabelError as error:
        raise ReadError(
            "wrong-columns",
            f"{name} で、二つの値が同じ見出し「{error}」になります。項目の名前からピリオド（.）を除いてください。",
            f"Two values of {name} get the same label “{error}”. Take the full stop out of their names.",
            name,
        ) from error


def _flatten(record: Mapping[str, Any], prefix: str, flat: dict[str, str | None]) -> None:
    for key, value in record.items():
        label = prefix + key
        if isinstance(value, dict):
            _flatten(value, f"{label}.", flat)
        elif label in flat:
            raise _SameLabelError(label)
        else:
            flat[label] = None if value is None else _text(value)


def _of_feature(feature: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The parts that a feature has as a record."""
    if isinstance(properties := feature.get("properties"), dict):
        yield properties
    rest = {key: value for key, value in feature.items() if key not in ("type", "properties", "geometry")}
    geometry = feature.get("geometry")
    if isinstance(geometry, dict) and geometry.get("type") == "Point":
        point = geometry.get("coordinates")
        geometry = dict(zip(COORDINATES, point, strict=False)) if isinstance(point, list) else None
    yield {"feature": rest, "geometry": geometry}


class _NoRecordsError(Exception):
    """There is no array of objects where it should be."""


class _SameLabelError(Exception):
    """Two values of a record would stand in the same column."""


class _Text:
    """A JSON text, decoded from the front piece by piece. ``arrays`` counts those of records that were met."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0
        self.arrays = 0

    def peek(self) -> str:
        """The next character that is not blank, "" at the end."""
        blank = _BLANK.match(self._text, self._place)
        self._place = blank.end() if blank else self._place
        return self._text[self._place : self._place + 1]

    def take(self, character: str) -> None:
        """Pass over ``character``; ``JSONDecodeError`` if something else stands there."""
        if self.peek() != character:
            raise json.JSONDecodeError(f"Expecting {character!r}", self._text, self._place)
        self._place += 1

    def value(self) -> Any:
        """The next value."""
        self.peek()
        value, self._place = _DECODER.raw_decode(self._text, self._place)
        return value

    def members(self) -> Iterator[str]:
        """The keys of the object that begins here; whoever asks takes the value after each."""
        for _ in self._parts("{", "}"):
            if self.peek() != '"':
                self.take('"')
            key: str = self.value()
            self.take(":")
            yield key

    def elements(self) -> Iterator[Any]:
        """The elements of the array that begins here, each decoded."""
        return (self.value() for _ in self._parts("[", "]"))

    def _parts(self, begin: str, end: str) -> Iterator[None]:
        """A turn for each of the parts between commas; whoever asks takes it."""
        self.take(begin)
        more = self.peek() != end
        while more:
            yield
            more = self.peek() == ","
            if more:
                self.take(",")
        self.take(end)

    def end(self) -> None:
        """``JSONDecodeError`` if anything is left."""
        if self.peek():
            raise json.JSONDecodeError("Extra data", self._text, self._place)


def _walk(told: _Text, path: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """The records at ``path``; the text is read to its end."""
    yield from _down(told, path)
    told.end()
    if not told.arrays:
        raise _NoRecordsError


def _down(told: _Text, path: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    start = told.peek()
    if start == "[":
        told.arrays += 1
        for element in told.elements():
            yield from _exploded(element, path)
    elif start == "{" and path:
        for key in told.members():
            if _is(key, path[0]):
                yield from _down(told, path[1:])
            else:
                told.value()
    else:
        told.value()


def _exploded(group: Any, path: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """The records within an element of an array, each with what its group says."""
    if not isinstance(group, dict):
        raise _NoRecordsError
    if not path:
        yield group
        return
    rest = {key: value for key, value in group.items() if not _is(key, path[0])}
    for key in group.keys() - rest.keys():
        parts = group[key] if isinstance(group[key], list) else [group[key]]
        for part in parts:
            yield from (rest | {key: record} for record in _exploded(part, path[1:]))


def _is(key: str, step: str) -> bool:
    return key == step or re.fullmatch(step, key) is not None


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else _json(value)


def _json(value: Any) -> str:
    """JSON text in which numbers stay as they are written."""
    match value:
        case _Number():
            return value
        case dict():
            return "{" + ", ".join(f"{json.dumps(k, ensure_ascii=False)}: {_json(v)}" for k, v in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_json, value)) + "]"
        case _:
            return json.dumps(value, ensure_ascii=False)


def _not_json(name: str, error: Exception) -> ReadError:
    return _no_table(name, "JSON として読めません", f"cannot be read as JSON ({error})")


def _no_records(name: str, path: str) -> ReadError:
    if path:
        return _no_table(
            name, f"「{path}」にオブジェクトの配列（[{{…}}, {{…}}]）がありません", f"has no array of objects at {path}"
        )
    return _no_table(name, "オブジェクトの配列（[{…}, {…}]）ではありません", "is not an array of objects")


def _no_table(name: str, ja: str, en: str) -> ReadError:
    return ReadError("not-a-table", f"{name} は{ja}。書き出し直してください。", f"{name} {en}.", name)
