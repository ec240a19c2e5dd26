"""A release made of the one before and its delta: what a reader's program does, from the JSON files and from the CSVs.

Plain Python on the files of two releases; nothing of this project is used.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any


def from_json(rows: list[dict[str, Any]], delta: Path) -> list[dict[str, Any]]:
    """The rows of a table now, from those before (``json/<table>.json``) and its ``delta/<table>.json``."""
    told = json.loads(delta.read_text(encoding="utf-8"))
    now: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        now.setdefault(tuple(row[name] for name in told["key"]), []).append(row)
    for gone in told.get("removed", []):
        del now[tuple(gone[name] for name in told["key"])]
    for merged in told.get("merged", []):
        now.pop((merged["old_id"],), None)
    for change in told.get("changed", []):
        now[tuple(change[name] for name in told["key"])][0].update(change["after"])
    for row in told.get("added", []):
        now[tuple(row[name] for name in told["key"])] = [row]
    for owner in told.get("replaced", []):
        now[tuple(owner[name] for name in told["key"])] = owner["rows"]
    return [row for rows in now.values() for row in rows]


def from_csv(rows: list[dict[str, str]], delta: Path) -> list[dict[str, str]]:
    """The rows of a table now, from those before (``csv/<table>.csv``) and its ``delta/<table>.csv``."""
    with delta.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
        key = [name for name in lines[0] if name not in ("差分", "行", "項目", "新しい値")] if lines else []
    now: dict[tuple[str, ...], dict[str, dict[str, str]]] = {}
    for place, row in enumerate(rows):
        now.setdefault(tuple(row[name] for name in key), {})[f"前{place}"] = row
    for line in lines:
        if line["差分"] in ("removed", "merged", "replaced"):
            now.pop(tuple(line[name] for name in key), None)
    for line in lines:
        if line["差分"] in ("added", "changed") or line.get("行"):
            there = now.setdefault(tuple(line[name] for name in key), {})
            number = next(iter(there), "") if line["差分"] == "changed" else line.get("行", "")
            row = there.setdefault(number, {name: line[name] for name in key})
            row |= {line["項目"]: line["新しい値"]} if line["項目"] else {}
    return [row for there in now.values() for row in there.values()]
