"""Is a table what its Table Schema says? Frictionless's verdict exactly, at DuckDB's speed, and what it lets pass.

``strict`` looks at bytes and text; ``opened`` asks Frictionless what is decided once a file; ``reading`` brings the
cells into DuckDB, on the fast path where ``regular`` allows it; ``judging`` finds the faults, helped by ``conditions``
and ``patterns``. The words for them, and what becomes of a faulty row, do not belong here.
"""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
from frictionless import Dialect

from schemas import suggest, words
from schemas.report import Report
from schemas.sql import make_table, texts, whole
from schemas.table_schema import opened as opening
from schemas.table_schema import reading
from schemas.table_schema import strict as strict_layer
from schemas.table_schema.codes import code
from schemas.table_schema.conditions import missing_values
from schemas.table_schema.judging import FAULTS_DDL, judge
from schemas.table_schema.opened import Fault, Opened

MEMORY = "1GB"
"""What DuckDB may hold; the rest is on disk while it is needed."""

_numbers = itertools.count()


def validate_file(path: Path, schema: Mapping[str, Any], *, strict: bool = True) -> Report:
    """Validate the CSV or TSV at ``path`` against Table Schema ``schema``.

    With ``strict=False`` the findings are those of Frictionless, no more and no less. What cannot be read gives a
    report of its findings without ``cells``. Raises ``OSError`` if there is no such file.
    """
    con, told = connect(), opening.dialect(path)
    if strict:
        encoding, fault = strict_layer.look(path)
        if fault is not None:
            return _report(con, path.name, Opened(faults=[fault]))
        told["encoding"] = str(encoding)
    found = opening.open_table(schema, **told)
    at = _header(found, found.resource.sample) if strict and found.resource is not None else None
    if at is not None:
        above = found.resource.sample[:at]
        found.resource.close()
        # Nobody misses a blank line, as in a workbook; Frictionless takes it for the header.
        blank = not any(cell.strip() for cells in above for cell in cells)
        again = Dialect(header_rows=[at + 1])
        found = opening.open_table(schema, **told, dialect=again) if blank else _rows_above(found, at + 1)
    if found.resource is None:
        return _report(con, path.name, found)
    with found.resource:
        if not reading.read_fast(con, found, path):
            lines = reading.look_at_lines(found, path) if strict else []
            if any(fault.code == "unterminated-quote" for fault in lines):
                return _report(con, path.name, Opened(labels=found.labels, faults=lines))
            found.faults += lines
            found.broken = reading.read_stream(con, found)
    return _report(con, path.name, found, strict=strict)


def validate_rows(
    con: duckdb.DuckDBPyConnection,
    labels: Sequence[str],
    schema: Mapping[str, Any],
    *,
    file: str,
    strict: bool = True,
    header_row: int = 1,
) -> Report:
    """Validate rows that somebody else has read: ``con`` holds ``cells`` as ``reading.fill`` makes it."""
    labels = [whole(label) for label in labels]
    found = opening.open_table(schema, data=[labels])
    at = _header(found, [labels, *reading.sample(con, len(labels))]) if strict else None
    if at is not None:
        found = _rows_above(found, header_row + at)
    return _report(con, file, found, strict=strict, header_row=header_row)


def connect() -> duckdb.DuckDBPyConnection:
    """A database in memory whose overflow goes to disk, and goes away with it."""
    overflow = Path(tempfile.gettempdir()) / f"michishirube-{os.getpid()}-{next(_numbers)}"
    con = duckdb.connect(config={"memory_limit": MEMORY, "temp_directory": str(overflow)})
    con.execute("SET enable_progress_bar = false")
    return con


def _header(found: Opened, sample: Sequence[Sequence[str]]) -> int | None:
    """Where in the sample the header stands (from 0), if not where it was found."""
    return strict_layer.find_header(sample, found.labels, found.schema.field_names if found.schema else [])


def _rows_above(found: Opened, row: int) -> Opened:
    """What is left of a table whose header stands in that row, below others."""
    fault = Fault("header-error", code="rows-above-header", told={"row": str(row)})
    return Opened(labels=found.labels, faults=[fault])


def _report(
    con: duckdb.DuckDBPyConnection, file: str, found: Opened, *, strict: bool = False, header_row: int = 0
) -> Report:
    """The report of an opened table whose rows are in ``cells``, or, without a resource, of its faults alone."""
    told = found.faults + found.broken
    readable = found.resource is not None and found.schema is not None
    if found.broken and found.foreign_keys:
        # Frictionless follows foreign keys before it looks at anything else, and gets no further.
        told, readable = found.broken, False
    fields = [field.to_descriptor() | {"missingValues": missing_values(field)} for field in found.fields]
    con.execute(f"CREATE TABLE faults ({FAULTS_DDL})")
    rows = 0
    if readable and found.schema is not None:
        judge(
            con,
            found.fields,
            primary_key=found.schema.primary_key,
            foreign_keys=found.foreign_keys,
            partners=_partners(fields),
        )
        ((rows,),) = con.execute("SELECT count(*) FROM cells").fetchall()
        if strict:
            told = told + strict_layer.look_at_labels(found.written_labels)
            strict_layer.look_at_cells(con, found.labels, found.fields)
    else:
        con.execute("DROP TABLE IF EXISTS cells")
    _tell(con, told)
    _code(con, fields)
    return Report(
        con=con,
        file=whole(file),
        labels=found.labels,
        header_row=(header_row or found.header_row) if readable else 0,
        rows=rows,
        readable=readable,
        fields=fields,
        choices=_choices(fields),
    )


def _tell(con: duckdb.DuckDBPyConnection, faults: Sequence[Fault]) -> None:
    """Add the faults that were not found by SQL."""
    unnested = "unnest(?::VARCHAR[]), NULL, unnest(?::BIGINT[]), unnest(?::VARCHAR[]), NULL, NULL"
    con.execute(
        f"INSERT INTO faults SELECT {unnested}, unnest(?::MAP(VARCHAR, VARCHAR)[]), unnest(?::VARCHAR[])",
        [
            [fault.type for fault in faults],
            [fault.field_number for fault in faults],
            texts(fault.field_name for fault in faults),
            [{whole(name): whole(text) for name, text in fault.told.items()} for fault in faults],
            [fault.code for fault in faults],
        ],
    )


def _code(con: duckdb.DuckDBPyConnection, fields: Sequence[Mapping[str, Any]]) -> None:
    """Make ``findings``, a view: ``faults`` with their codes and severities."""
    told = 'type, "constraint", "fieldNumber", code'
    kinds = con.execute(f"SELECT DISTINCT {told} FROM faults").fetchall()
    said = []
    for kind, constraint, number, own in kinds:
        field = fields[number - 1] if number is not None and number <= len(fields) else None
        said.append(words.word(kind, code=own or code(kind, constraint), constraint=constraint, field=field))
    names = ("type", '"constraint"', '"fieldNumber"', "own")
    columns = {name: [kind[place] for kind in kinds] for place, name in enumerate(names)}
    columns |= {"code": [one.code for one in said], "severity": [one.severity for one in said]}
    make_table(con, "told_kinds", columns, **{'"fieldNumber"': "BIGINT"})
    # No temporary table: a cursor of its own does not see those.
    con.execute("CREATE TABLE kinds AS FROM told_kinds")
    con.execute(
        """CREATE VIEW findings AS
           SELECT f.type, f."rowNumber", f."fieldNumber", f."fieldName", f.cell, k.code, k.severity,
                  NULL::VARCHAR AS message_ja, NULL::VARCHAR AS message_en, NULL::VARCHAR AS expected,
                  f."constraint", f.told
           FROM faults f JOIN kinds k ON f.type = k.type AND f."constraint" IS NOT DISTINCT FROM k."constraint"
                AND f."fieldNumber" IS NOT DISTINCT FROM k."fieldNumber" AND f.code IS NOT DISTINCT FROM k.own"""
    )


def _partners(fields: Sequence[Mapping[str, Any]]) -> dict[int, int]:
    """Latitude and longitude, each with the other, if the table has one of each: they are easily swapped."""
    kinds = [suggest.kind(field) for field in fields]
    if kinds.count("latitude") != 1 or kinds.count("longitude") != 1:
        return {}
    latitude, longitude = kinds.index("latitude") + 1, kinds.index("longitude") + 1
    return {latitude: longitude, longitude: latitude}


def _choices(fields: Sequence[Mapping[str, Any]]) -> dict[int, tuple[str, ...]]:
    enums = ((place, field.get("constraints", {}).get("enum")) for place, field in enumerate(fields, 1))
    return {place: tuple(map(str, enum)) for place, enum in enums if enum}
