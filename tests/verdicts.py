"""What each engine says of one table: Frictionless and ours, as multisets that can be compared.

Here stands what *agreement* means. The tables that are compared are drawn in ``table_schema_cases``.
"""

from __future__ import annotations

import atexit
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb
import pyarrow as pa
from frictionless import Dialect, FrictionlessException, Resource, Schema
from frictionless.resources import TableResource

from schemas import table_schema
from schemas.report import Report
from schemas.table_schema import columns, reading, regular

Verdict = Counter[tuple[str, int | None, int | None, str | None]]
"""How often (type, rowNumber, fieldNumber, cell) was found."""

OUR_ANSWERS_TO_A_CRASH = {"schema-error", "field-error", "cell-error"}
"""Types of which we report at least one where Frictionless fails with an exception."""

NO_LIMIT = 10**9


def frictionless_on_file(path: Path, schema: Mapping[str, Any]) -> Verdict | Exception:
    """Frictionless's verdict on a CSV or TSV; the exception if it fails with one that is not its own."""
    return _frictionless(schema, lambda told: Resource(path=path.name, basepath=str(path.parent), schema=told))


def frictionless_on_rows(
    labels: Sequence[str], rows: Sequence[Sequence[str]], schema: Mapping[str, Any]
) -> Verdict | Exception:
    """Frictionless's verdict on rows of text under ``labels``, which stand in row 1."""
    data = [list(labels), *map(list, rows)]
    return _frictionless(schema, lambda told: TableResource(data=data, schema=told, dialect=Dialect(header_rows=[1])))


def ours_on_file(path: Path, schema: Mapping[str, Any]) -> Verdict | Exception:
    """Our verdict on a CSV or TSV, without the strict layer; the exception if we fail, which is always a mismatch."""
    with patch.object(table_schema, "connect", _emptied):
        return _ours(lambda: table_schema.validate_file(path, schema, strict=False))


def ours_as_if_large(path: Path, schema: Mapping[str, Any]) -> Verdict | Exception:
    """Our verdict as for a large file: on the fast path where it may be taken, and in many small chunks."""
    chunk = max(16, path.stat().st_size // 40)
    with (
        patch.object(reading, "SMALL", 0),
        patch.object(reading, "BATCH", 3),
        patch.object(columns, "BATCH", 3),
        patch.object(regular, "CHUNK", chunk),
    ):
        return ours_on_file(path, schema)


def ours_on_rows(
    labels: Sequence[str], rows: Sequence[Sequence[str]], schema: Mapping[str, Any]
) -> Verdict | Exception:
    """Our verdict on rows of text under ``labels``, without the strict layer."""
    con, width = _emptied(), len(labels)
    columns: dict[str, Any] = {"rowNumber": pa.array(range(2, len(rows) + 2), pa.int64())}
    for index in range(width):
        cells = [row[index] if index < len(row) else None for row in rows]
        columns[f"c{index + 1}"] = pa.array(cells, pa.string())
    columns["extra"] = pa.array([list(row[width:]) or None for row in rows], pa.list_(pa.string()))
    columns["absent"] = pa.array([max(0, width - len(row)) for row in rows], pa.int64())
    con.register("drawn", pa.table(columns))
    con.execute("CREATE TABLE cells AS SELECT * FROM drawn")
    con.unregister("drawn")
    return _ours(lambda: table_schema.validate_rows(con, labels, schema, file="rows.xlsx", strict=False))


@dataclass(frozen=True)
class Mismatch:
    """What only one of the engines says of a table; where one of them failed, its exception and what the other says."""

    only_theirs: Verdict | Exception
    only_ours: Verdict | Exception

    def shape(self, schema: Mapping[str, Any]) -> frozenset[tuple[str, str, str]]:
        """What two mismatches of one cause have in common: (engine, finding's type, field's type)."""
        fields = schema.get("fields", ())
        types = [field.get("type", "any") if isinstance(field, dict) else "" for field in fields]
        shape = set()
        for engine, only in (("theirs", self.only_theirs), ("ours", self.only_ours)):
            if isinstance(only, Exception):
                return frozenset({(engine, type(only).__name__, str(only)[:40])})
            for kind, _, number, _ in only:
                shape.add((engine, kind, str(types[number - 1]) if number and number <= len(types) else ""))
        return frozenset(shape)


def file_mismatch(data: bytes, schema: Mapping[str, Any], path: Path, *, large: bool) -> Mismatch | None:
    """Hold ``data``, written to ``path``, against ``schema`` with both engines; None if they agree.

    With ``large`` our engine treats the file as a large one.
    """
    path.write_bytes(data)
    told = deepcopy(schema)
    ours = (ours_as_if_large if large else ours_on_file)(path, told)
    assert told == schema, "the schema was changed"
    return _mismatch(frictionless_on_file(path, schema), ours)


def rows_mismatch(labels: Sequence[str], rows: Sequence[Sequence[str]], schema: Mapping[str, Any]) -> Mismatch | None:
    """Hold rows of text against ``schema`` with both engines; None if they agree."""
    return _mismatch(frictionless_on_rows(labels, rows, schema), ours_on_rows(labels, rows, schema))


def _mismatch(theirs: Verdict | Exception, ours: Verdict | Exception) -> Mismatch | None:
    if isinstance(ours, Exception):
        return Mismatch(theirs, ours)
    if isinstance(theirs, Exception):
        answered = OUR_ANSWERS_TO_A_CRASH & {found[0] for found in ours}
        return None if answered else Mismatch(theirs, ours)
    return None if theirs == ours else Mismatch(theirs - ours, ours - theirs)


def _frictionless(schema: Mapping[str, Any], resource: Callable[[Schema], Resource]) -> Verdict | Exception:
    try:
        told = Schema.from_descriptor(deepcopy(dict(schema)))
        report = resource(told).validate(limit_errors=NO_LIMIT)
    except FrictionlessException as exception:
        return Counter((error.type, None, None, None) for error in exception.to_errors())
    except Exception as exception:
        return exception
    errors = [*report.errors, *(error for task in report.tasks for error in task.errors)]
    return Counter(
        (error.type, *(getattr(error, name, None) for name in ("row_number", "field_number", "cell")))
        for error in errors
    )


def _ours(validate: Callable[[], Report]) -> Verdict | Exception:
    try:
        query = 'SELECT type, "rowNumber", "fieldNumber", cell FROM findings'
        return Counter(validate().con.execute(query).fetchall())
    except Exception as exception:
        return exception


def _emptied() -> duckdb.DuckDBPyConnection:
    """One database for all small tables: opening one costs ten times what judging such a table does."""
    con = _database()
    query = "SELECT 'VIEW', view_name FROM duckdb_views() WHERE NOT internal UNION ALL "
    for kind, name in con.execute(query + "SELECT 'TABLE', table_name FROM duckdb_tables()").fetchall():
        con.execute(f'DROP {kind} IF EXISTS "{name}"')
    return con


@cache
def _database() -> duckdb.DuckDBPyConnection:
    # DuckDB complains of connections that outlive the interpreter.
    atexit.register(_database.cache_clear)
    return duckdb.connect(config={"threads": 1})
