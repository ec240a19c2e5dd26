"""Build ``warehouse.duckdb`` anew from what the sources had accepted, aside, and rename it into place.

The order of the steps stands here; each step is a module or a SQL file of its own.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from schemas import rulebook
from schemas.finding import FINDING_COLUMNS, FINDING_DDL, Finding
from schemas.rulebook import tree_digest
from schemas.sql import asking, literal, make_table
from warehouse import addresses, checks, golden, identity, judgements, ledger, names, protection, secrets, submissions
from warehouse.resolution import night

ROOT = Path(__file__).parent
RECORD_TABLES = (
    "organizations",
    "places",
    "services",
    "schedules",
    "contact_points",
    "programs",
    "jurisdictions",
    "hotlines",
    "corporations",
)
"""Tables of the accepted records; those that are not published serve the checks alone and are dropped."""
CHECKED = ("organizations", "places", "services", "programs", "jurisdictions")
"""Tables whose checks take no record out of the current list, unlike those of the hotlines."""
FACTS = [
    "source",
    "title",
    "publisher",
    "contact",
    "home_page",
    "kind",
    "set",
    "cadence",
    "authority",
    "area_scope",
    "basis",
    "licence_name",
    "licence_url",
    "licence_status",
    "licence_confirmed",
    "attribution",
    "dated",
    "rejected",
]
_FINDINGS = pa.schema([(name, pa.int64() if name in ("row", "version") else pa.string()) for name in FINDING_COLUMNS])
COUNTS = ["rows_read", "accepted", "quarantined", "withheld", "out_of_area", "ended"]


@dataclass(frozen=True)
class Served:
    """What one source brings tonight: its account (``night.json``) and the folder of its accepted work, if any."""

    source: str
    told: dict[str, Any]
    work: Path | None


@dataclass(frozen=True)
class Built:
    """The outcome of a build: rows by table, and what the guard found broken in the new tables (then the old stay)."""

    rows: dict[str, int]
    broken: list[Finding]


def build(home: Path, source_ids: list[str], as_of: date, prefecture: str, source_set: str) -> Built:
    """Make the warehouse of these sources. Does nothing where nothing changed since it was built.

    Written aside, checkpointed, closed, guarded and renamed: a reader sees the old one or the new one, whole, and
    never one that breaks its schema. Ids are in the ledger before the warehouse that uses them is visible, and the
    same input mints the same ids, so a night that dies in between loses nothing.
    """
    served = [_served(home, source) for source in sorted(source_ids)]
    inputs = _inputs(home, served, as_of, prefecture, source_set)
    path = home / "warehouse.duckdb"
    if path.exists() and (rows := _rows_if_same(path, inputs)):
        return Built(rows, [])
    aside = home / ".warehouse.new.duckdb"
    for stale in (aside, aside.with_name(aside.name + ".wal")):
        stale.unlink(missing_ok=True)
    with duckdb.connect(str(aside)) as con:
        con.execute("SET enable_progress_bar = false")
        protection.prepare(con)
        _load(con, home, served, as_of)
        told = checks.found(con, "hotlines", as_of)
        ended = _ended(con, RECORD_TABLES, as_of)
        lapsed = {(str(finding.source), str(finding.record_id)) for finding in told if finding.record_id not in ended}
        _retire(con, [*ended, *_lapsed(told)])
        addresses.make_table(con)
        names.make_table(con)
        identity.make_desks(con)
        _resolve(con, home)
        with ledger.opened(home) as book:
            identity.assign(con, book, ledger.installation_key(book, source_set), as_of.isoformat())
            submissions.hide(con, book)
            protection.make_tables(con, book, _inbox(served))
            _redirects(con, book)
        told += [finding for kind in CHECKED for finding in checks.found(con, kind, as_of)]
        told += night.findings(con)
        night.withhold(con)
        night.make_queue(con)
        golden.make_tables(con, as_of)
        con.execute((ROOT / "visibility.sql").read_text(encoding="utf-8"))
        told += protection.findings(con)
        _accounts(con, served, Counter(source for source, _ in lapsed))
        _tell(con, told)
        secrets.make(con, _inbox(served))
        con.execute("CREATE TABLE night (as_of DATE, prefecture VARCHAR, source_set VARCHAR, inputs VARCHAR)")
        con.execute("INSERT INTO night VALUES (?, ?, ?, ?)", [as_of, prefecture, source_set, inputs])
        for table in RECORD_TABLES:
            con.execute(f"DROP TABLE accepted_{table}")
        rows = _rows(con)
        con.execute("CHECKPOINT")
    # pandera takes a second to import, and a night in which nothing changed has no new table to guard.
    from warehouse import guard

    if found := guard.broken(aside):
        return Built(rows, found)
    os.replace(aside, path)
    return Built(rows, [])


def _served(home: Path, source: str) -> Served:
    shelf = home / "accepted" / source
    told = json.loads((shelf / "night.json").read_text(encoding="utf-8"))
    key = told["run"]["key"]
    return Served(source, told, shelf / key if key else None)


def _inbox(served: list[Served]) -> Path | None:
    """The folder of the inbox's work, if there is any."""
    return next((one.work for one in served if one.source == submissions.SOURCE), None)


def _inputs(home: Path, served: list[Served], as_of: date, prefecture: str, source_set: str) -> str:
    """sha256 over everything that the warehouse depends on. ``as_of`` counts only by what has ended by then."""
    parts = [prefecture, source_set, rulebook.digest(), tree_digest(ROOT)]
    with ledger.opened(home) as book:
        parts += [submissions.digest(book, as_of), judgements.digest(book)]
    for one in served:
        run = one.told["run"]
        parts += [one.source, str(run["key"]), str(run["rejected"]), str(run["dated"]), str(run["ended"])]
        parts.append(json.dumps(one.told["facts"], sort_keys=True))
        if one.work:
            parts += _not_of_the_day(one, as_of)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _not_of_the_day(one: Served, as_of: date) -> list[str]:
    """Which of the source's records are not current on that day, or were confirmed after it."""
    held = {name: path for name in RECORD_TABLES if one.work and (path := one.work / f"{name}.parquet").exists()}
    with asking() as con:
        for name, path in held.items():
            con.execute(
                f"CREATE TEMP VIEW accepted_{name} AS "
                f"SELECT {literal(one.source)} AS source, * FROM read_parquet({literal(str(path))})"
            )
        gone = _lapsed(checks.found(con, "hotlines", as_of)) if "hotlines" in held else []
        early = [
            f"{name} {record_id}"
            for name in CHECKED
            if name in held
            for (record_id,) in con.execute(
                f"SELECT record_id FROM accepted_{name} WHERE {golden.confirmed(name)} > ? ORDER BY ALL", [as_of]
            ).fetchall()
        ]
        return [*sorted({*gone, *_ended(con, held, as_of)}), *early]


def _rows_if_same(path: Path, inputs: str) -> dict[str, int] | None:
    try:
        with duckdb.connect(str(path), read_only=True) as con:
            same = con.execute("SELECT count(*) FROM night WHERE inputs = ?", [inputs]).fetchone() == (1,)
            return _rows(con) if same else None
    except duckdb.Error:
        return None


def _rows(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    published = [table.name for table in rulebook.warehouse_tables()]
    return {name: con.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0] for name in published}


def _load(con: duckdb.DuckDBPyConnection, home: Path, served: list[Served], as_of: date) -> None:
    """``accepted_<table>`` of all sources: source, file, row and the record fields; of submissions what is admitted."""
    with ledger.opened(home) as book:
        submissions.admit(con, _inbox(served), book, as_of)
    golden.make_sources(
        con,
        [(one.source, one.told["facts"].get("authority", "government"), one.told["run"]["dated"]) for one in served],
    )
    for name in RECORD_TABLES:
        fields = rulebook.table(name).record_fields
        ddl = ", ".join(f'"{field.name}" {field.duckdb_type}' for field in fields)
        con.execute(f'CREATE TABLE accepted_{name} (source VARCHAR, file VARCHAR, "row" BIGINT, {ddl})')
        columns = ", ".join(f'"{field.name}"' for field in fields)
        con.execute(
            f"INSERT INTO accepted_{name} SELECT {literal(submissions.SOURCE)}, "
            f'file, "row", {columns} FROM admitted_{name}'
        )
        for one in served:
            # No submission publishes itself (house rule 6): it is checked and told, and waits for its approval.
            open_data = one.told["facts"]["kind"] == "open-data"
            if open_data and one.work and (path := one.work / f"{name}.parquet").exists():
                con.execute(
                    f'INSERT INTO accepted_{name} SELECT {literal(one.source)}, file, "row", {columns} '
                    f"FROM read_parquet({literal(str(path))})"
                )


def _ended(con: duckdb.DuckDBPyConnection, names: Iterable[str], as_of: date) -> list[str]:
    """Ids of the records of these tables that have ended."""
    ended = [f"SELECT record_id FROM accepted_{name} WHERE {rulebook.table(name).ended(as_of)}" for name in names]
    return [record_id for (record_id,) in con.execute(" UNION ".join(ended)).fetchall()] if ended else []


def _lapsed(told: list[Finding]) -> list[str]:
    """Ids of the hotlines that a check takes out of the current list."""
    return [str(finding.record_id) for finding in told]


def _retire(con: duckdb.DuckDBPyConnection, gone: list[str]) -> None:
    """All that these records made goes to schema ``archive``."""
    con.execute("CREATE SCHEMA archive")
    con.execute("CREATE TEMP TABLE retired AS SELECT DISTINCT unnest(?::VARCHAR[]) AS record_id", [gone])
    for name in RECORD_TABLES:
        if rulebook.table(name).published:
            con.execute(
                f'CREATE TABLE archive.{name} AS SELECT * EXCLUDE (file, "row") '
                f"FROM accepted_{name} SEMI JOIN retired USING (record_id) ORDER BY ALL"
            )
            con.execute(f"DELETE FROM accepted_{name} WHERE record_id IN (SELECT record_id FROM retired)")


def _resolve(con: duckdb.DuckDBPyConnection, home: Path) -> None:
    """Which current records are one, by keys, evidence and what stewards judged. Meanwhile stewards may judge on."""
    present = " UNION ALL ".join(f"SELECT '{kind}' AS kind, record_id FROM accepted_{kind}" for kind in identity.KINDS)
    con.execute(f"CREATE OR REPLACE TEMP TABLE present AS {present}")
    with ledger.opened(home) as book:
        judgements.make_table(con, book, "judged_tonight", "present")
    night.resolve(con, "judged_tonight")


def _redirects(con: duckdb.DuckDBPyConnection, book: sqlite3.Connection) -> None:
    """``redirects``: where each id leads that nobody bears any more, and which ids were split off one that is borne."""
    _table(con, "redirected", ("turn", "kind", "change", "old_id", "new_id", "since", "why"), ledger.redirects(book))
    _table(con, "bore", ("turn", "kind", "entity_id", "record_id"), ledger.bore_redirected(book))
    con.execute((ROOT / "redirects.sql").read_text(encoding="utf-8"))


def _table(con: duckdb.DuckDBPyConnection, name: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """A temporary table of these rows."""
    told = {column: [row[i] for row in rows] for i, column in enumerate(columns)}
    types = {column: kind for column, kind in (("turn", "BIGINT"), ("since", "DATE")) if column in columns}
    make_table(con, name, told, **types)


def _accounts(con: duckdb.DuckDBPyConnection, served: list[Served], lapsed: Mapping[str, int]) -> None:
    """``source_runs`` (a row a source) and ``findings`` (all of tonight's). Of the inbox only what was admitted.

    ``lapsed`` rows of a source were accepted, and a check kept them out of the current list: they are quarantined.
    """
    facts = ", ".join(f'"{name}" VARCHAR' for name in FACTS)
    con.execute(f"CREATE TABLE source_runs ({facts}, {', '.join(f'{name} BIGINT' for name in COUNTS)})")
    con.execute(f"CREATE TABLE findings ({FINDING_DDL})")
    for one in served:
        told = one.told["facts"] | one.told["run"]
        if submitted := one.source == submissions.SOURCE:
            if (admitted := submissions.account(con)) is None:
                continue
            told |= admitted
        out = 0 if submitted else lapsed.get(one.source, 0)
        told |= {"accepted": told["accepted"] - out, "quarantined": told["quarantined"] + out}
        marks = ", ".join("?" * (len(FACTS) + len(COUNTS)))
        con.execute(f"INSERT INTO source_runs VALUES ({marks})", [told.get(name) for name in (*FACTS, *COUNTS)])
        if submitted:
            continue
        if one.work:
            con.execute("INSERT INTO findings SELECT * FROM read_parquet(?)", [str(one.work / "findings.parquet")])
        _tell(con, [Finding(**finding) for finding in one.told["trouble"]])


def _tell(con: duckdb.DuckDBPyConnection, told: list[Finding]) -> None:
    if told:
        con.register("told", pa.Table.from_pylist([asdict(finding) for finding in told], schema=_FINDINGS))
        con.execute("INSERT INTO findings SELECT * FROM told")
        con.unregister("told")
