"""The door: :func:`validate` says of every cell whether it is what the rulebook asks.

The verdict on cells is Frictionless's with the rulebook's Table Schema (``table_schema``); what one cell alone cannot
tell stands in ``checks/<table>/*.sql``. Not here: how published text becomes canonical text (``formats``), words and
severities (``messages``), what becomes of a quarantined row (``sources.ingest``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from schemas import messages, rulebook, table_schema
from schemas.finding import Finding, Severity
from schemas.rulebook import Field, Table
from schemas.sql import make_table
from schemas.table_schema import codes, judging


@dataclass(frozen=True)
class Origin:
    """Where the rows of one call came from: the source and, by field, the column's heading and the format that
    read it. ``subject``: the records stand for their rows.
    """

    source: str
    headings: Mapping[str, str]
    readers: Mapping[str, str]
    subject: bool = True


@dataclass(frozen=True)
class Validation:
    """The answer: ``accepted`` is the name of a DuckDB table of typed records, ``quarantined`` the rows' ``n``."""

    accepted: str
    findings: list[Finding]
    quarantined: frozenset[int]


@dataclass(frozen=True)
class _Fault:
    n: int
    field: str
    code: str
    expected: str | None = None
    usable: bool = False
    breaks: bool = False
    """The value breaks the Table Schema: it cannot be published as it is, whatever the field's severity."""


def descriptor(table: Table, fields: Sequence[Field], *, published: bool = False) -> dict[str, Any]:
    """The Table Schema of these fields as Frictionless reads it, with ``enum`` compiled from the code lists."""
    compiled = []
    for field in fields:
        told = dict(field.descriptor)
        if field.codes and not field.many:
            enum = list(rulebook.codes(field.codes))
            told["constraints"] = {**told.get("constraints", {}), "enum": enum}
        compiled.append(told)
    schema: dict[str, Any] = {"fields": compiled}
    key = table.primary_key if published else ("record_id",) if "_id" in "".join(table.primary_key) else ()
    if key and set(key) <= {field.name for field in fields}:
        schema["primaryKey"] = list(key)
    return schema


def validate(con: duckdb.DuckDBPyConnection, rows: str, table: Table, origin: Origin) -> Validation:
    """Validate the records in DuckDB table ``rows`` against ``table`` and make ``<rows>_accepted`` of the good ones.

    ``rows`` has ``n`` (unique; the order of judging), ``record_id``, ``file``, ``row`` and for each supplied field
    its canonical text ``<field>``, and where they exist ``<field>__raw`` (as published), ``<field>__code`` and
    ``<field>__expected`` (what its format could not read). The accepted table has all ``record_fields``, typed,
    and the raw texts. A value with a withholding fault is NULL there; a record whose required value fails is
    absent, and its ``n`` is in ``quarantined`` if the record stands for its row. Checks across cells see only the
    values that are left.
    """
    columns = [row[0] for row in con.execute(f'DESCRIBE "{rows}"').fetchall()]
    fields = [field for field in table.record_fields if field.name in columns]
    faults = [*_unread(con, rows, fields, columns), *_mangled(con, rows, fields, columns)]
    told = {(fault.n, fault.field) for fault in faults if not fault.usable}
    asked = descriptor(table, fields)
    faults += [f for f in _judged(con, rows, asked, fields) if (f.n, f.field) not in told]
    findings = _findings(con, rows, table, columns, faults, origin)
    _withhold(con, faults, findings)
    kept = ", ".join(_unless_withheld(f.name, f'r."{f.name}"') for f in fields)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE left_over AS SELECT n, {kept} "
        f'FROM "{rows}" r LEFT JOIN withheld_fields w USING (n)'
    )
    crossed = [*_checks(con, "left_over", table, fields)]
    faults, findings = faults + crossed, findings + _findings(con, rows, table, columns, crossed, origin)
    withheld = _withhold(con, faults, findings)
    vital = {field.name for field in fields if field.required or field.essential}
    dropped = {n for n, field in withheld if field in vital}
    quarantined = frozenset(
        fault.n for fault, finding in zip(faults, findings, strict=True) if finding.severity == Severity.QUARANTINE
    )
    _accept(con, rows, table, columns, dropped | quarantined)
    return Validation(f"{rows}_accepted", findings, quarantined)


def check_csv(path: Path, table: Table, schema: dict[str, Any]) -> list[Finding]:
    """Validate a published CSV of ``table`` against the Table Schema that its data package declares for it.

    Every finding is ours to answer for: the file was written by this project.
    """
    declared = {key: value for key, value in schema.items() if key != "foreignKeys"}
    report = table_schema.validate_file(path, declared, strict=False)
    return [
        Finding(
            code=told["code"],
            severity=told["severity"],
            source="release",
            file=report.file,
            row=told["rowNumber"],
            table=table.name,
            field=told["fieldName"] or "、".join(declared.get("primaryKey", ())) or None,
            value=told["cell"],
            message_ja=told["message_ja"],
            message_en=told["message_en"],
            expected=told["expected"],
        )
        for told in report.findings()
    ]


def _unread(con: duckdb.DuckDBPyConnection, rows: str, fields: list[Field], columns: list[str]) -> Iterator[_Fault]:
    for field in fields:
        if f"{field.name}__code" in columns:
            query = (
                f'SELECT n, "{field.name}__code", "{field.name}__expected", "{field.name}" IS NOT NULL '
                f'FROM "{rows}" WHERE "{field.name}__code" IS NOT NULL ORDER BY n'
            )
            for n, code, expected, usable in con.execute(query).fetchall():
                yield _Fault(n, field.name, code, expected, usable)


def _mangled(con: duckdb.DuckDBPyConnection, rows: str, fields: list[Field], columns: list[str]) -> Iterator[_Fault]:
    """Letters that were lost on the way (U+FFFD): whatever the format made of the rest, it is not what was written."""
    for field in fields:
        if f"{field.name}__raw" in columns:
            lost = f'"{field.name}" IS NOT NULL AND contains("{field.name}__raw", chr(65533))'
            for (n,) in con.execute(f'SELECT n FROM "{rows}" WHERE {lost} ORDER BY n').fetchall():
                yield _Fault(n, field.name, "replacement-character", breaks=True)


def _judged(con: duckdb.DuckDBPyConnection, rows: str, asked: dict[str, Any], fields: list[Field]) -> Iterator[_Fault]:
    """Frictionless's verdict on every cell of ``fields``, by the Table Schema ``asked``: one fault a cell."""
    from frictionless import Schema

    schema = Schema.from_descriptor(asked)
    names = ", ".join(f'"{field.name}" AS c{place}' for place, field in enumerate(fields, 1))
    con.execute(
        f'CREATE OR REPLACE VIEW judged_cells AS SELECT n AS "rowNumber", {names}, NULL::VARCHAR[] AS extra, '
        f'0 AS absent FROM "{rows}"'
    )
    con.execute(f"CREATE OR REPLACE TABLE judged_faults ({judging.FAULTS_DDL})")
    judging.judge(con, schema.fields, primary_key=schema.primary_key, cells="judged_cells", faults="judged_faults")
    order = ["type", *codes.CONSTRAINTS]
    found = con.execute('SELECT "rowNumber", type, "fieldName", "constraint" FROM judged_faults').fetchall()
    con.execute("DROP TABLE judged_faults; DROP VIEW judged_cells")
    seen = set()
    for n, kind, field, constraint in sorted(found, key=lambda at: (at[0], at[2] or "", order.index(at[3] or "type"))):
        if kind == "primary-key":
            yield _Fault(n, schema.primary_key[0], "duplicate-key")
        elif kind == "blank-row":
            # It stands for all that is missing: the required fields are at fault.
            yield from (_Fault(n, told.name, "required") for told in fields if told.required)
        elif (n, field) not in seen:
            seen.add((n, field))
            yield _Fault(n, field, codes.code(kind, constraint), breaks=True)


@cache
def _check_sql(table: str) -> tuple[tuple[str, str], ...]:
    folder = rulebook.ROOT / "checks" / table
    return tuple((path.stem, path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.sql")))


def _checks(con: duckdb.DuckDBPyConnection, rows: str, table: Table, fields: list[Field]) -> Iterator[_Fault]:
    names = {field.name for field in fields}
    for code, sql in _check_sql(table.name):
        needs = {line.removeprefix("-- needs:").strip() for line in sql.splitlines() if line.startswith("-- needs:")}
        if {need for line in needs for need in line.split()} <= names:
            register_code_list(con, "prefectures")
            for n, field, expected in con.execute(sql.replace("{rows}", rows)).fetchall():
                yield _Fault(n, field, code, expected)


def register_code_list(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Make code list ``name`` a table ``codes_<name>`` of that connection: code, label_ja and its own columns."""
    rows = [{"code": code.code, "label_ja": code.label_ja, **code.extra} for code in rulebook.codes(name).values()]
    make_table(con, f"codes_{name}", {column: [row[column] for row in rows] for column in rows[0]})


def _findings(
    con: duckdb.DuckDBPyConnection, rows: str, table: Table, columns: list[str], faults: list[_Fault], origin: Origin
) -> list[Finding]:
    """One finding for each fault, in the same order."""
    make_table(con, "fault_keys", {"n": sorted({fault.n for fault in faults})}, n="BIGINT")
    cells = [f'"{c}"' for c in columns if c not in ("n", "record_id", "file", "row") and not c.endswith("__expected")]
    query = f'SELECT n, record_id, file, "row", {", ".join(cells)} FROM "{rows}" SEMI JOIN fault_keys USING (n)'
    cursor = con.execute(query)
    names = [column[0] for column in cursor.description]
    by_n = {row[0]: dict(zip(names, row, strict=True)) for row in cursor.fetchall()}
    findings = []
    for fault in faults:
        row, field = by_n[fault.n], table.field(fault.field)
        value = row.get(f"{fault.field}__raw", row.get(fault.field))
        findings.append(
            messages.cell_finding(
                fault.code,
                table,
                field,
                source=origin.source,
                file=row["file"],
                row=row["row"],
                column=origin.headings.get(fault.field),
                value=value,
                expected=fault.expected,
                record_id=row["record_id"],
                usable=fault.usable,
                breaks=fault.breaks,
                subject=origin.subject,
                reads=origin.readers.get(fault.field),
            )
        )
    return findings


def _withhold(con: duckdb.DuckDBPyConnection, faults: list[_Fault], findings: list[Finding]) -> list[tuple[int, str]]:
    """The cells (n, field) that some finding withholds, also as temporary table ``withheld_fields`` (n, fields)."""
    withheld = sorted(
        {
            (fault.n, fault.field)
            for fault, finding in zip(faults, findings, strict=True)
            if finding.severity in (Severity.WITHHOLD, Severity.QUARANTINE)
        }
    )
    make_table(con, "withheld", {"n": [n for n, _ in withheld], "field": [f for _, f in withheld]}, n="BIGINT")
    con.execute(
        "CREATE OR REPLACE TEMP TABLE withheld_fields AS SELECT n, list(field) AS fields FROM withheld GROUP BY n"
    )
    return withheld


def _unless_withheld(field: str, value: str) -> str:
    return f"CASE WHEN list_contains(w.fields, '{field}') THEN NULL ELSE {value} END AS \"{field}\""


def _accept(
    con: duckdb.DuckDBPyConnection, rows: str, table: Table, columns: list[str], dropped: set[int] | frozenset[int]
) -> None:
    """Create ``<rows>_accepted``: typed, withheld values NULL, dropped records absent."""
    selected = ["r.n", "r.file", 'r."row"']
    for field in table.record_fields:
        if field.name in columns:
            selected.append(_unless_withheld(field.name, f'TRY_CAST(r."{field.name}" AS {field.duckdb_type})'))
        else:
            selected.append(f'NULL::{field.duckdb_type} AS "{field.name}"')
        raw = f"{field.name}__raw"
        selected.append(f'r."{raw}"' if raw in columns else f'NULL::VARCHAR AS "{raw}"')
    make_table(con, "dropped", {"n": sorted(dropped)}, n="BIGINT")
    con.execute(
        f'CREATE OR REPLACE TABLE "{rows}_accepted" AS SELECT {", ".join(selected)} FROM "{rows}" r '
        "LEFT JOIN withheld_fields w USING (n) WHERE r.n NOT IN (SELECT n FROM dropped) ORDER BY r.n"
    )
