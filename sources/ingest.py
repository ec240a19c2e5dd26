"""One source through one night: land, read, map, validate, keep what is accepted.

A source is contained: whatever goes wrong inside it, :func:`ingest` returns, the last good records serve, and a
finding says why. Work is keyed by everything it depends on (house rule 9), so that nothing unchanged is done
again. What the records of several sources mean together is ``warehouse``'s.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
import traceback
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from schemas import engine, messages, rulebook
from schemas.finding import FINDING_DDL, Finding, Severity
from sources import mapping, sheet
from sources.catalog import ROOT, RecordSpec, Source
from sources.landing import FetchError, Snapshot, land
from sources.readers import ReadError, Rows, read

LIBRARIES = ("duckdb", "frictionless", "phonenumbers", "kanjize")
"""Libraries whose version may change what is read from the same bytes."""


MEMORY_LIMIT = "1500MB"
"""What DuckDB may hold of one source; a faulty file must not take the machine down."""


@dataclass(frozen=True)
class Night:
    """The settings of one night; ``as_of`` is the only clock. ``prefecture`` is its 2-digit code or ``all``.

    ``source_set`` is ``sample``, ``live``, or ``mirror`` (the live sources, served from the folder ``mirror``).
    """

    home: Path
    as_of: date
    prefecture: str
    mirror: Path | None
    source_set: str


@dataclass(frozen=True)
class SourceRun:
    """How one source fared tonight. ``key`` names the accepted work that serves; ``withheld`` counts values."""

    source: str
    title: str
    key: str | None
    served: bool
    changed: bool
    rejected: str | None
    dated: str | None
    rows_read: int
    accepted: int
    quarantined: int
    withheld: int
    out_of_area: int
    ended: int
    findings: dict[str, int]
    seconds: float


def in_set(source: Source, night: Night) -> bool:
    """Whether tonight's set holds this source."""
    return source.set == ("sample" if night.source_set == "sample" else "live")


def ingest(source: Source, night: Night) -> SourceRun:
    """Take the source through the night; never raises for what a source can do wrong."""
    started = time.monotonic()
    shelf = night.home / "accepted" / source.id
    shelf.mkdir(parents=True, exist_ok=True)
    before = _current(shelf)
    trouble: list[Finding] = []
    try:
        snapshot = land(source, night.home, night.mirror, night.as_of)
        key = work_key(source, snapshot, night.prefecture)
        if not (shelf / key / "summary.json").exists():
            _work(source, snapshot, key, shelf, night.prefecture)
        if _summary(shelf, key)["rejected"]:
            trouble = _findings_of(shelf, key)
        else:
            _write(shelf / "current", key)
    except FetchError as error:
        trouble = [
            messages.file_finding(
                error.code, source=source.id, ja=error.message_ja, en=error.message_en, file=error.file
            )
        ]
    except Exception as bug:
        trouble = [messages.file_finding("source-crashed", source=source.id, value=_whereabouts(bug))]
    run = _run(source, shelf, night.as_of, trouble, changed=_current(shelf) != before)
    run = replace(run, seconds=round(time.monotonic() - started, 3))
    told = {"facts": _facts(source), "run": asdict(run), "trouble": [asdict(finding) for finding in trouble]}
    _write(shelf / "night.json", json.dumps(told, ensure_ascii=False))
    sheet.write(night.home / "sheets" / f"{source.id}.xlsx", source.title, findings(source.id, night.home))
    return run


def _whereabouts(bug: Exception) -> str:
    """Kind and place of an unknown error; its text may hold a cell's value and is not told."""
    frame = traceback.extract_tb(bug.__traceback__)[-1]
    return f"{type(bug).__name__} {Path(frame.filename).name}:{frame.lineno}"


def last_run(source_id: str, home: Path) -> SourceRun:
    """What :func:`ingest` returned last; ``FileNotFoundError`` if it never ran."""
    return SourceRun(**_night(source_id, home)["run"])


def findings(source_id: str, home: Path) -> list[Finding]:
    """Every finding about the source tonight: of the records that serve, and of what could not be taken in."""
    shelf = home / "accepted" / source_id
    key = _current(shelf)
    trouble = [Finding(**told) for told in _night(source_id, home)["trouble"]]
    return trouble + (_findings_of(shelf, key) if key else [])


def work_key(source: Source, snapshot: Snapshot, prefecture: str) -> str:
    """sha256 over all that the accepted records depend on, 16 hexadecimal digits."""
    parts = [snapshot.sha256, prefecture, rulebook.digest(), rulebook.tree_digest(source.folder), _code_digest()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


@cache
def _code_digest() -> str:
    total = hashlib.sha256()
    for path in sorted([*ROOT.glob("*.py"), *ROOT.glob("readers/*.py")]):
        total.update(path.read_bytes())
    total.update(" ".join(version(library) for library in LIBRARIES).encode())
    return total.hexdigest()


def _work(source: Source, snapshot: Snapshot, key: str, shelf: Path, prefecture: str) -> None:
    """Make ``accepted/<source>/<key>``, aside and then by one rename."""
    building = shelf / ".building"
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir()
    try:
        rows = read(snapshot.files, source.reader)
        rejected = _rejection(source, rows)
    except ReadError as error:
        rows, rejected = (
            None,
            messages.file_finding(
                error.code, source=source.id, ja=error.message_ja, en=error.message_en, file=error.file
            ),
        )
    limits = {"memory_limit": MEMORY_LIMIT, "temp_directory": str(building / "spill")}
    with duckdb.connect(config=limits) as con:
        con.execute("SET enable_progress_bar = false")
        con.execute(f"CREATE TABLE findings ({FINDING_DDL})")
        told: dict[str, Any] = {"rejected": None, "rows_read": rows.table.num_rows if rows else 0}
        if rows is None or rejected:
            assert rejected
            told |= {"rejected": rejected.message_ja}
            _tell(con, [rejected])
        else:
            told |= _judge(con, source, rows, prefecture, building)
        con.execute(
            f'COPY (SELECT * FROM findings ORDER BY file, "row", "column", code, "table", field, value) '
            f"TO '{building / 'findings.parquet'}' (FORMAT parquet)"
        )
    shutil.rmtree(building / "spill", ignore_errors=True)
    told |= {"dated": snapshot.dated, "snapshot": snapshot.sha256}
    (building / "summary.json").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    shutil.rmtree(shelf / key, ignore_errors=True)
    os.rename(building, shelf / key)


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


def _judge(
    con: duckdb.DuckDBPyConnection, source: Source, rows: Rows, prefecture: str, building: Path
) -> dict[str, int]:
    """Map and validate; write the accepted tables and ``rows.parquet``; return the counts."""
    con.register("source_rows", rows.table)
    columns, findings, _ = mapping.check_columns(source, rows.header)
    _tell(con, findings + _row_problems(source, rows))
    mapping.key_rows(con, source, columns, prefecture)
    con.execute("CREATE TABLE quarantined (n BIGINT)")
    validated = []
    for table, spec in mapping.make_records(con, source, columns):
        subject = spec.table == source.mapping.subject
        readers = {name: cell.reader for name, cell in spec.cells.items()}
        origin = engine.Origin(source.id, mapping.headings(spec), readers, subject)
        answer = engine.validate(con, table, rulebook.table(spec.table), origin)
        _tell(con, answer.findings)
        con.execute("INSERT INTO quarantined SELECT unnest(?::BIGINT[])", [sorted(answer.quarantined)])
        validated.append((answer.accepted, spec))
    _without_key(con, source)
    _without_contact(con, source, validated)
    _one_finding_a_cell(con)
    _settle_fates(con)
    _write_tables(con, validated, building)
    return _counts(con)


def _row_problems(source: Source, rows: Rows) -> list[Finding]:
    told = [
        messages.file_finding(
            problem.code,
            source=source.id,
            file=problem.file,
            row=problem.row,
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


FINDING_SCHEMA = pa.schema(
    [(name, pa.int64() if name in ("row", "version") else pa.string()) for name in Finding.__dataclass_fields__]
)
"""Arrow schema of a findings table."""


def _without_key(con: duckdb.DuckDBPyConnection, source: Source) -> None:
    """A row in area without its natural key cannot be known again tomorrow: quarantine."""
    lost = con.execute('SELECT n, file, "row" FROM rows WHERE fate IS NULL AND record_id IS NULL ORDER BY n').fetchall()
    column = "＋".join(source.natural_key)
    _tell(
        con, (messages.file_finding("missing-key", source=source.id, file=f, row=r, column=column) for _, f, r in lost)
    )
    con.execute("INSERT INTO quarantined SELECT n FROM rows WHERE fate IS NULL AND record_id IS NULL")


def _without_contact(con: duckdb.DuckDBPyConnection, source: Source, validated: list[tuple[str, RecordSpec]]) -> None:
    """A row that leaves a reader with no way of contact at all is quarantined (house rule 4)."""
    reachable = [
        f'SELECT n FROM "{table}"' + ("" if spec.table == "contact_points" else " WHERE url IS NOT NULL")
        for table, spec in validated
        if spec.table == "contact_points" or "url" in spec.cells
    ]
    query = (
        f'SELECT n, record_id, file, "row" FROM area_rows WHERE n NOT IN (SELECT n FROM quarantined) '
        f"AND n NOT IN ({' UNION ALL '.join(reachable) or 'SELECT -1'}) ORDER BY n"
    )
    for n, record_id, file, row in con.execute(query).fetchall():
        _tell(con, [messages.file_finding("no-contact", source=source.id, file=file, row=row, record_id=record_id)])
        con.execute("INSERT INTO quarantined VALUES (?)", [n])


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


def _write_tables(con: duckdb.DuckDBPyConnection, validated: list[tuple[str, RecordSpec]], building: Path) -> None:
    """One Parquet per table fed, rows in a total order; ``rows.parquet`` keeps the quarantined as published."""
    for name in dict.fromkeys(spec.table for _, spec in validated):
        parts = " UNION ALL BY NAME ".join(
            f'SELECT * FROM "{table}"' for table, spec in validated if spec.table == name
        )
        con.execute(
            f"COPY (SELECT * EXCLUDE (n) FROM ({parts}) "
            "SEMI JOIN (SELECT n FROM rows WHERE fate = 'accepted') USING (n) "
            f"ORDER BY ALL) TO '{building / name}.parquet' (FORMAT parquet)"
        )
    con.execute(
        f'COPY (SELECT n, record_id, file, "row", fate, to_json(r)::VARCHAR AS published FROM rows r '
        f"WHERE fate = 'quarantined' ORDER BY n) TO '{building / 'rows.parquet'}' (FORMAT parquet)"
    )


def _counts(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    counts = dict(con.execute("SELECT fate, count(*) FROM rows GROUP BY fate").fetchall())
    return {fate: counts.get(fate, 0) for fate in ("accepted", "quarantined", "out_of_area")}


def _run(source: Source, shelf: Path, as_of: date, trouble: list[Finding], changed: bool) -> SourceRun:
    """The account of the work that serves tonight; all zero where nothing ever was accepted."""
    key = _current(shelf)
    summary = _summary(shelf, key) if key else {}
    ended = _ended(shelf / key, as_of) if key else 0
    severities = Counter(f.severity for f in [*trouble, *(_findings_of(shelf, key) if key else [])])
    return SourceRun(
        source=source.id,
        title=source.title,
        key=key,
        served=key is not None,
        changed=changed,
        rejected=trouble[0].message_ja if trouble else None,
        dated=summary.get("dated"),
        rows_read=summary.get("rows_read", 0),
        accepted=summary.get("accepted", 0) - ended,
        quarantined=summary.get("quarantined", 0),
        withheld=severities[Severity.WITHHOLD],
        out_of_area=summary.get("out_of_area", 0),
        ended=ended,
        findings={severity.value: severities[severity] for severity in Severity},
        seconds=0.0,
    )


def _facts(source: Source) -> dict[str, str | None]:
    """What a reader of the release is told of the source."""
    return {
        "source": source.id,
        "title": source.title,
        "publisher": source.publisher,
        "contact": source.contact,
        "home_page": source.home_page,
        "kind": source.kind,
        "set": source.set,
        "cadence": source.cadence,
        "basis": source.mapping.basis,
        "licence_name": source.licence["name"],
        "licence_url": source.licence.get("url"),
        "licence_status": source.licence["licence_status"],
        "attribution": source.licence["attribution"],
    }


def _ended(work: Path, as_of: date) -> int:
    services = work / "services.parquet"
    if not services.exists():
        return 0
    query = "SELECT count(*) FROM read_parquet(?) WHERE status = 'ended' OR valid_to < ?"
    with duckdb.connect() as con:
        found = con.execute(query, [str(services), as_of]).fetchone()
    return int(found[0]) if found else 0


def _findings_of(shelf: Path, key: str) -> list[Finding]:
    with duckdb.connect() as con:
        rows = con.execute("SELECT * FROM read_parquet(?)", [str(shelf / key / "findings.parquet")]).fetchall()
    return [Finding(*row) for row in rows]


def _current(shelf: Path) -> str | None:
    path = shelf / "current"
    return path.read_text(encoding="utf-8") if path.exists() else None


def _summary(shelf: Path, key: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((shelf / key / "summary.json").read_text(encoding="utf-8"))
    return told


def _night(source_id: str, home: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((home / "accepted" / source_id / "night.json").read_text(encoding="utf-8"))
    return told


def _write(path: Path, text: str) -> None:
    """Write whole or not at all."""
    aside = path.with_name(f".{path.name}.new")
    aside.write_text(text, encoding="utf-8")
    os.replace(aside, path)
