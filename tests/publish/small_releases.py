"""Small releases of invented records: in schema ``release`` of a connection, and on the disk for the next one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from publish import delta
from publish.exporters import rows
from schemas import rulebook
from schemas.rulebook import Table
from schemas.sql import identifier, literal

AS_OF = date(2026, 11, 23)
TABLES = rulebook.published_tables()
Rows = dict[str, list[dict[str, Any]]]

ORGANIZATION: dict[str, Any] = {"organization_id": "a1", "name": "ゆきあかり", "sources": ["town"]}
SERVICES: list[dict[str, Any]] = [
    {"service_id": "s1", "name": "水曜の食堂", "capacity": 20, "troubles": ["illness"], "note": "予約は不要"},
    {"service_id": "s2", "name": "相談"},
]
PHONE: dict[str, Any] = {"owner_kind": "services", "owner_id": "s1", "kind": "phone", "value": "011-598-1185"}
FAX: dict[str, Any] = {"owner_kind": "services", "owner_id": "s1", "kind": "fax", "value": "011-598-1186"}
MAIL: dict[str, Any] = {"owner_kind": "services", "owner_id": "s2", "kind": "email", "value": "soudan@npo.example.jp"}


def ddl(table: Table) -> str:
    """The columns of a release's table."""
    return ", ".join(f"{identifier(f.name)} {f.duckdb_type}{'[]' if f.many else ''}" for f in table.published_fields)


@contextmanager
def opened(told: Rows) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with these rows in schema ``release``."""
    with closing(duckdb.connect(config={"threads": 1})) as con:
        con.execute("CREATE SCHEMA release")
        for table in TABLES:
            con.execute(f"CREATE TABLE release.{table.name} ({ddl(table)})")
            types = {f.name: ["VARCHAR"] if f.many else f.duckdb_type for f in table.published_fields}
            if table.name in told:
                con.execute(
                    f"INSERT INTO release.{table.name} SELECT unnest(from_json(?::JSON, ?), max_depth := 2)",
                    [json.dumps(told[table.name]), json.dumps([types])],
                )
        yield con


def keep(con: duckdb.DuckDBPyConnection, folder: Path) -> Path:
    """The release on the disk, as far as the next one's delta asks for it; without the tables that hold nothing."""
    (folder / "parquet").mkdir(parents=True)
    for table in TABLES:
        if rows.row_count(con, table) == 0:
            continue
        path = folder / "parquet" / f"{table.name}.parquet"
        con.execute(f"COPY release.{table.name} TO {literal(str(path))} (FORMAT parquet)")
    return folder


def made(before: Rows | None, now: Rows, home: Path) -> dict[str, Any]:
    """Every file of the delta between two releases, by its path below ``delta/``: JSON parsed, CSV as text."""
    folder = None
    if before is not None:
        with opened(before) as con:
            folder = keep(con, home / "2026-11-22")
    with opened(now) as con:
        delta.removed(con, folder, AS_OF)
        delta.make(con, folder, TABLES)
        delta.write(con, TABLES, home)
    files = sorted((home / "delta").iterdir())
    told = {path.name: path.read_text("utf-8") for path in files}
    return {name: json.loads(text) if name.endswith(".json") else text for name, text in told.items()}


def redirect(change: str, old: str, new: str, kind: str = "services") -> dict[str, Any]:
    """An id that leads to another one."""
    return {"kind": kind, "change": change, "old_id": old, "new_id": new, "since": "2026-11-23", "why": "同じもの"}
