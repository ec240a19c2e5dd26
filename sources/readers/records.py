"""JSON: an array of objects, as rows of strings. What a string means is for the rulebook."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sources.readers.rows import ReadError
from sources.readers.workbook import Sheet


def read(path: Path) -> Sheet:
    """The objects of the array in ``path``, the first as row 2; labels are their keys in order of appearance.

    Numbers stay as they are written, ``null`` and keys that an object lacks are ``""``, objects and arrays within
    are JSON text. Raises :class:`ReadError` (``not-a-table``, ``empty-file``).
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        told = json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise _no_table(path.name, "JSON として読めません", f"cannot be read as JSON ({error})") from error
    if not isinstance(told, list) or not all(isinstance(record, dict) for record in told):
        raise _no_table(path.name, "オブジェクトの配列（[{…}, {…}]）ではありません", "is not an array of objects")
    labels = tuple(dict.fromkeys(key for record in told for key in record))
    if not labels:
        raise ReadError("empty-file", f"{path.name} に値がありません。", f"{path.name} holds no values.", path.name)
    rows = ((number, [_text(record.get(label)) for label in labels]) for number, record in enumerate(told, start=2))
    return Sheet(labels, 1, rows)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _no_table(name: str, ja: str, en: str) -> ReadError:
    return ReadError("not-a-table", f"{name} は{ja}。書き出し直してください。", f"{name} {en}.", name)
