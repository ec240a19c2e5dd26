"""The files of a release as what they tell, item by item, to compare two releases. What may differ is the tests'."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import openpyxl

SEEN = partial(json.dumps, ensure_ascii=False, sort_keys=True, default=str)


def items(path: Path) -> Counter[str]:
    """Every row, object, leaf or line of a file, each as text with where in the file it stands, and how often."""
    return Counter(_items(path))


def _items(path: Path) -> Iterator[str]:
    if path.suffix == ".parquet":
        with duckdb.connect() as con:
            yield from (SEEN(row) for row in con.execute("SELECT * FROM read_parquet(?)", [str(path)]).fetchall())
    elif path.suffix == ".xlsx":
        book = openpyxl.load_workbook(path, read_only=True)
        for page in book.worksheets:
            yield from (f"{page.title} {SEEN(row)}" for row in page.iter_rows(values_only=True))
        book.close()
    elif path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from map(SEEN, csv.reader(file))
    elif path.suffix in (".json", ".geojson"):
        yield from _leaves(json.loads(path.read_bytes()), "")
    else:
        yield from path.read_text(encoding="utf-8").splitlines()


def _leaves(value: Any, where: str) -> Iterator[str]:
    """A record is one item; of everything else each leaf is, behind the names that lead to it."""
    if isinstance(value, dict) and not _record(value):
        for key, item in value.items():
            yield from _leaves(item, f"{where}.{key}")
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item, f"{where}[{_name(item)}]")
    else:
        yield f"{where} {SEEN(value)}"


def _record(value: dict[str, Any]) -> bool:
    return any(key.endswith("_id") or key == "properties" for key in value) or {"kind", "id"} <= value.keys()


def _name(item: Any) -> str:
    told = (
        [str(item[key]) for key in ("id", "path", "code", "name", "table") if key in item]
        if isinstance(item, dict)
        else []
    )
    return told[0] if told else ""


def differences(one: Path, other: Path) -> dict[str, tuple[Counter[str], Counter[str]]]:
    """By file, what it tells in the one folder alone, and in the other alone; files of the same bytes are left out."""
    names = sorted(
        {
            path.relative_to(folder).as_posix()
            for folder in (one, other)
            for path in folder.rglob("*.*")
            if path.is_file()
        }
    )
    found = {}
    for name in names:
        first, second = (folder / name for folder in (one, other))
        if first.exists() and second.exists() and first.read_bytes() == second.read_bytes():
            continue
        here, there = (items(path) if path.exists() else Counter({"(missing)": 1}) for path in (first, second))
        found[name] = (here - there, there - here)
    return found
