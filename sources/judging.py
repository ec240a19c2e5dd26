"""Judging a snapshot: its rows mapped and validated, what is accepted written as the source's work.

The steps and their order stand here. How a cell is read stands in ``mapping``, whether it is valid in
``schemas.engine``; which snapshot is judged, and which work serves, is ``ingest``'s.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from schemas import engine, messages, pandera_models, rulebook
from schemas.finding import FINDING_DDL, Finding, Severity
from schemas.sql import literal
from sources import corrections, mapping, submitted
from sources.catalog import RecordSpec, Source
from sources.landing import Snapshot
from sources.readers import ReadError, Rows, read

MEMORY_LIMIT = "1500MB"
"""What DuckDB may hold of one source; a faulty file must not take the machine down."""

FINDING_SCHEMA = pa.schema(
    [(name, pa.int64() if name in ("row", "version") else pa.string()) for name in Finding.__dataclass_fields__]
)
"""Arrow schema of a findings table."""


def judge(source: Source, snapshot: Snapshot, prefecture: str, into: Path) -> None:
    """Write the work of that snapshot into the empty folder ``into``.

    One Parquet per table fed (``<table>.parquet``), ``rows.parquet`` (the quarantined rows as published), of a
    submission ``withheld_texts.parquet`` (``submitted.WITHHELD``), ``findings.parquet`` and ``summary.json`` (rules,
    rows_read, rejected, dated, snapshot, accepted, quarantined, out_of_area). Of a rejected file only the last two
    files, and no counts.
    """
    rows, rejected = _read(source, snapshot)
    told: dict[str, Any] = {
        "rules": rules(prefecture),
        "rows_read": 0,
        "rejected": None,
        "dated": snapshot.dated,
        "snapshot": snapshot.sha256,
    }
    spill = into / "spill"
    with duckdb.connect(config={"memory_limit": MEMORY_LIMIT, "temp_directory": str(spill)}) as con:
        con.execute("SET enable_progress_bar = false")
        con.execute(f"CREATE TABLE findings ({FINDING_DDL})")
        if rows is None or rejected is not None:
            assert rejected is not None
            _tell(con, [rejected])
            told["rejected"] = rejected.message_ja
        else:
            told |= {"rows_read": rows.table.num_rows} | _judge(con, source, rows, prefecture, into)
        order = 'file, "row", "column", code, "table", field, value'
        _write(con, f"SELECT * FROM findings ORDER BY {order}", into / "findings.parquet")
    shutil.rmtree(spill, ignore_errors=True)
    (into / "summary.json").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")


def rules(prefecture: str) -> str:
    """What decides the shape of the work, whatever the source: the rulebook and the area served."""
    return f"{rulebook.digest()} {prefecture}"


def _read(source: Source, snapshot: Snapshot) -> tuple[Rows | None, Finding | None]:
    """The rows, or the one clear finding for which the file is refused."""
    try:
        rows = read(snapshot.files, source.reader)
    except ReadError as error:
        ja, en, file = error.message_ja, error.message_en, error.file
        return None, messages.file_finding(error.code, source=source.id, ja=ja, en=en, file=file)
    return rows, _rejection(source, rows)


def _write(con: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    con.execute(f"COPY ({query}) TO {literal(str(path))} (FORMAT parquet)")


def _rejection(source: Source, rows: Rows) -> Finding | None:
    """The one clear finding for which the whole file is refused, if there is one."""
    *_, vital = mapping.check_columns(source, rows.header)
    if vital:
        return messages.file_finding("wrong-columns", source=source.id, column="、".join(vital))
    minimum = source.bounds["minimum_rows"]
    if rows.table.num_rows < minimum:
        return messages.file_finding(
            "too-few-rows", source=source.id, value=str(rows.table.num_rows), expected=str(minimum)
        )
    return None


def _judge(con: duckdb.DuckDBPyConnection, source: Source, rows: Rows, prefecture: str, into: Path) -> dict[str, int]:
    """Map and validate; write the accepted tables and ``rows.parquet``; return the counts."""
    con.register("source_rows", rows.table)
    columns, findings, _ = mapping.check_columns(source, rows.header)
    _tell(con, findings + _row_problems(source, rows) + corrections.apply(con, source, columns))
    mapping.key_rows(con, source, columns, prefecture)
    con.execute("CREATE TABLE quarantined (n BIGINT)")
    validated = []
    records = mapping.make_records(con, source.mapping, columns)
    names = submitted.prepare(con, records) if source.kind == "submission" else None
    for table, spec in records:
        subject = spec.table == source.mapping.subject
        readers = {name: cell.reader for name, cell in spec.cells.items()}
        origin = engine.Origin(source.id, mapping.headings(spec, columns), readers, subject)
        answer = engine.validate(con, table, rulebook.table(spec.table), origin)
        _tell(con, (_of_key(finding, source, columns) for finding in answer.findings))
        con.execute("INSERT INTO quarantined SELECT unnest(?::BIGINT[])", [sorted(answer.quarantined)])
        if names is not None:
            submitted.leave_out(con, answer.accepted, spec)
            _tell(con, submitted.withhold(con, answer.accepted, spec, origin, names))
        validated.append((answer.accepted, spec))
    _without_key(con, source)
    if source.kind == "submission":
        _answered_twice(con, source, columns)
    _without_contact(con, source, validated)
    _at_their_items(con, rows)
    _one_finding_a_cell(con)
    _settle_fates(con)
    _write_tables(con, validated, into)
    if names is not None:
        fates = "SELECT n FROM rows WHERE fate = 'accepted'"
        kept = f"SELECT * EXCLUDE (n) FROM {submitted.WITHHELD} SEMI JOIN ({fates}) USING (n) ORDER BY ALL"
        _write(con, kept, into / f"{submitted.WITHHELD}.parquet")
    return _counts(con)


def _row_problems(source: Source, rows: Rows) -> list[Finding]:
    told = [
        messages.file_finding(
            problem.code,
            source=source.id,
            file=problem.file,
            row=problem.row,
            column=problem.column,
            value=str(problem.found),
            expected=str(problem.expected),
        )
        for problem in rows.problems
    ]
    if rows.table.num_rows > source.bounds["maximum_rows"]:
        maximum = str(source.bounds["maximum_rows"])
        told.append(
            messages.file_finding("too-many-rows", source=source.id, value=str(rows.table.num_rows), expected=maximum)
        )
    return told


def _tell(con: duckdb.DuckDBPyConnection, findings: Iterable[Finding]) -> None:
    told = [asdict(finding) for finding in findings]
    if told:
        con.register("told", pa.Table.from_pylist(told, schema=FINDING_SCHEMA))
        con.execute("INSERT INTO findings SELECT * FROM told")
        con.unregister("told")


def _of_key(finding: Finding, source: Source, columns: mapping.Columns) -> Finding:
    """A finding about the id of a record, told of the cells that it is made of."""
    if finding.field != "record_id" or finding.record_id is None:
        return finding
    headings = source.mapping.natural_key
    parts = [finding.record_id.partition(":")[2]]
    if len(headings) > 1:
        parts = [part.replace("~1", "/").replace("~0", "~") for part in parts[0].split("/")]
    column = "＋".join(columns.written.get(heading, heading) for heading in headings)
    return replace(finding, column=column, value="＋".join(parts))


def _without_key(con: duckdb.DuckDBPyConnection, source: Source) -> None:
    """A row in area without its natural key cannot be known again tomorrow: quarantine."""
    lost = con.execute('SELECT n, file, "row" FROM rows WHERE fate IS NULL AND record_id IS NULL ORDER BY n').fetchall()
    column = "＋".join(source.mapping.natural_key)
    _tell(
        con, (messages.file_finding("missing-key", source=source.id, file=f, row=r, column=column) for _, f, r in lost)
    )
    con.execute("INSERT INTO quarantined SELECT n FROM rows WHERE fate IS NULL AND record_id IS NULL")


def _answered_twice(con: duckdb.DuckDBPyConnection, source: Source, columns: mapping.Columns) -> None:
    """Of several answers of one file about the same activity nobody can say which one its giver means: none counts."""
    twice = "SELECT record_id FROM area_rows GROUP BY record_id HAVING count(*) > 1"
    firsts = con.execute(
        f"""SELECT record_id, file, "row" FROM area_rows WHERE record_id IN ({twice})
            QUALIFY row_number() OVER (PARTITION BY record_id ORDER BY n) = 1 ORDER BY n"""
    ).fetchall()
    told = (
        messages.file_finding("duplicate-key", source=source.id, record_id=record, file=file, row=row)
        for record, file, row in firsts
    )
    _tell(con, (_of_key(replace(finding, field="record_id"), source, columns) for finding in told))
    con.execute(f"INSERT INTO quarantined SELECT n FROM area_rows WHERE record_id IN ({twice})")


def _without_contact(con: duckdb.DuckDBPyConnection, source: Source, validated: list[tuple[str, RecordSpec]]) -> None:
    """A row that leaves a reader with no way of contact at all is quarantined (house rule 4)."""
    if not rulebook.table(source.mapping.subject).published:
        return
    reachable = [
        f'SELECT n FROM "{table}" WHERE {" OR ".join(f"{name} IS NOT NULL" for name in contacts)}'
        for table, spec in validated
        if (contacts := [name for name in mapping.CONTACTS.get(spec.table, ()) if name in spec.cells])
    ]
    told: dict[str, Any] = {"source": source.id}
    if source.kind == "submission":
        asked = ((spec.cells, name) for _, spec in validated for name in mapping.CONTACTS.get(spec.table, ()))
        told["column"] = "＋".join(dict.fromkeys(cells[name].heading for cells, name in asked if name in cells))
    lost = con.execute(
        'SELECT n, record_id, file, "row" FROM area_rows WHERE n NOT IN (SELECT n FROM quarantined) '
        f"AND n NOT IN ({' UNION ALL '.join(reachable) or 'SELECT -1'}) ORDER BY n"
    ).fetchall()
    _tell(con, (messages.file_finding("no-contact", **told, record_id=i, file=f, row=r) for _, i, f, r in lost))
    con.execute("INSERT INTO quarantined SELECT unnest(?::BIGINT[])", [[n for n, *_ in lost]])


def _at_their_items(con: duckdb.DuckDBPyConnection, rows: Rows) -> None:
    """What is wrong with an item that a form asks once is told where that item stands, and once."""
    for column, row in sorted(rows.item_rows.items()):
        con.execute('UPDATE findings SET "row" = ? WHERE "column" = ?', [row, column])


def _one_finding_a_cell(con: duckdb.DuckDBPyConnection) -> None:
    """The same cell may feed two fields (a name is the service's and the place's): its worst finding stays."""
    worst = "CASE severity " + " ".join(f"WHEN '{s.value}' THEN {rank}" for rank, s in enumerate(Severity)) + " END"
    con.execute(
        f"""CREATE OR REPLACE TABLE findings AS SELECT * FROM findings
            QUALIFY "row" IS NULL OR row_number() OVER (
              PARTITION BY file, "row", "column", code ORDER BY {worst}, "table" DESC, field) = 1"""
    )


def _settle_fates(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("UPDATE rows SET fate = 'quarantined' WHERE fate IS NULL AND n IN (SELECT n FROM quarantined)")
    con.execute("UPDATE rows SET fate = 'accepted' WHERE fate IS NULL")


def _write_tables(con: duckdb.DuckDBPyConnection, validated: list[tuple[str, RecordSpec]], into: Path) -> None:
    """One Parquet per table fed, rows in a total order; ``rows.parquet`` keeps the quarantined as published.

    pandera guards what the engine made: a breach is our bug, and raises.
    """
    for name in dict.fromkeys(spec.table for _, spec in validated):
        parts = " UNION ALL BY NAME ".join(
            f'SELECT * FROM "{table}"' for table, spec in validated if spec.table == name
        )
        con.execute(
            f"CREATE TABLE accepted_{name} AS SELECT * EXCLUDE (n) FROM ({parts}) "
            "SEMI JOIN (SELECT n FROM rows WHERE fate = 'accepted') USING (n)"
        )
        table = rulebook.table(name)
        supplied = {"record_id"}.union(*({*spec.cells, *spec.constants} for _, spec in validated if spec.table == name))
        fields = [field for field in table.record_fields if field.name in supplied]
        if broken := pandera_models.breaches(con, f"accepted_{name}", table, fields, ()):
            raise AssertionError(f"{name}: {broken}")
        _write(con, f"SELECT * FROM accepted_{name} ORDER BY ALL", into / f"{name}.parquet")
    kept = 'SELECT n, record_id, file, "row", fate, to_json(r)::VARCHAR AS published FROM rows r'
    _write(con, f"{kept} WHERE fate = 'quarantined' ORDER BY n", into / "rows.parquet")


def _counts(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    counts = dict(con.execute("SELECT fate, count(*) FROM rows GROUP BY fate").fetchall())
    ((read_rows,),) = con.execute("SELECT count(*) FROM source_rows").fetchall()
    told = {fate: counts.get(fate, 0) for fate in ("accepted", "quarantined")}
    return told | {"out_of_area": read_rows - sum(counts.values())}
