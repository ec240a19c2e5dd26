"""Do both engines say the same? As many drawn tables and broken files as fit into the time, or a folder of tables.

    python benchmarks/parity.py [--minutes N] [--seed S] [--tables DIR]

Draws what ``tests/property/test_parity.py`` draws, with another seed in each round, and prints how many agreed and
every mismatch, made as small as can be, as an example to paste into that test. With ``--tables``, every CSV and TSV
below the folder is held against the schema that Frictionless infers from it, and against stricter ones made from
that. Exit 1 if there was a mismatch. What agreement means does not belong here (``tests/verdicts.py``).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from frictionless import FrictionlessException, Resource
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.table_schema_cases import Case, RowsCase, broken_files, cases, rows_cases
from tests.verdicts import Mismatch

ROUND = 250
"""Cases of one kind in one round."""

DRAWN: dict[str, st.SearchStrategy[Case | RowsCase]] = {
    "tables": cases(),
    "broken files": broken_files(),
    "rows": rows_cases(),
}
"""What is drawn in each round."""

Shape = frozenset[tuple[str, str, str]]


def main() -> int:
    """Compare, print, and return the exit code."""
    options = _options()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        if options.tables:
            return _compare_tables(options.tables, Path(folder))
        return _compare_drawn(options.minutes * 60, options.seed, Path(folder))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60, help="how long tables are drawn (default 60)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the first round (default 0)")
    parser.add_argument("--tables", type=Path, help="compare on the CSV and TSV files below this folder instead")
    return parser.parse_args()


def _compare_drawn(seconds: float, first: int, folder: Path) -> int:
    until, number = time.monotonic() + seconds, first
    compared: Counter[str] = Counter()
    known: set[Shape] = set()
    while time.monotonic() < until:
        for kind in DRAWN:
            _round(kind, number, folder, compared, known)
        number += 1
    told = ", ".join(f"{count:,} {kind}" for kind, count in compared.items())
    print(f"{told} (rounds {first} to {number - 1}); {len(known)} kinds of mismatch")
    return 1 if known else 0


def _round(kind: str, number: int, folder: Path, compared: Counter[str], known: set[Shape]) -> None:
    """Compare on one round of cases. A mismatch is made small, printed, and not told again in the same shape."""
    smallest: list[tuple[Case | RowsCase, Mismatch]] = []

    @seed(number)
    @settings(
        max_examples=ROUND,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=[*HealthCheck],
    )
    @given(DRAWN[kind])
    def agree(case: Case | RowsCase) -> None:
        compared[kind] += not smallest
        mismatch = case.mismatch(folder)
        if mismatch and mismatch.shape(case.schema) not in known:
            smallest[:] = [(case, mismatch)]
            raise AssertionError

    try:
        agree()
    except AssertionError:
        case, mismatch = smallest[0]
        known.add(mismatch.shape(case.schema))
        print(f"# round {number}, {kind}: {mismatch}\n{case}\n", flush=True)


def _compare_tables(tables: Path, folder: Path) -> int:
    compared = differing = 0
    for path in sorted(tables.rglob("*.[ct]sv")):
        for title, schema in _schemas_for(path):
            for large in (False, True):
                compared += 1
                if mismatch := Case(path.read_bytes(), schema, path.suffix, large).mismatch(folder):
                    differing += 1
                    print(f"# {path.relative_to(tables)}, {title}: {mismatch}\n{schema}\n", flush=True)
    print(f"{compared:,} comparisons, {differing} mismatches")
    return 1 if differing else 0


def _schemas_for(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The schema that Frictionless infers from a table, a stricter one, and those that lie beside it."""
    try:
        inferred = Resource(path=path.name, basepath=str(path.parent))
        inferred.infer()
        schema = inferred.schema.to_descriptor()
    except FrictionlessException:
        schema = {"fields": [{"name": "id", "type": "integer"}, {"name": "name", "type": "string"}]}
    yield "inferred", schema
    if schema["fields"]:
        yield "strict", _stricter(schema)
    for beside in sorted(path.parent.glob("*schema*.json")):
        yield beside.name, json.loads(beside.read_text(encoding="utf-8"))


def _stricter(schema: dict[str, Any]) -> dict[str, Any]:
    """Every value required, the first field a key, every other field of another type than it has."""
    fields = []
    for number, field in enumerate(schema["fields"]):
        type_ = field["type"] if number % 2 == 0 else "integer"
        fields.append({"name": field["name"], "type": type_, "constraints": {"required": True}})
    fields[0]["constraints"]["unique"] = fields[0]["type"] in ("string", "integer", "number", "date")
    return {"fields": fields, "primaryKey": [fields[-1]["name"]]}


if __name__ == "__main__":
    sys.exit(main())
