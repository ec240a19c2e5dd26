"""A small public database as ``publish.privacy.open_public`` gives it, and what it is filled with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from schemas import rulebook
from schemas.finding import FINDING_COLUMNS

ORGANIZATIONS: list[dict[str, Any]] = [
    {
        "organization_id": "b000000000000002",
        "name": "一般社団法人ゆきあかり",
        "municipality_code": "012041",
        "sources": "town;registry",
        "founded_on": "2004-05-20",
    },
    {
        "organization_id": "a000000000000001",
        "name": "特定非営利活動法人みちしるべ広場",
        "corporate_number": "7430005000019",
        "postal_code": "0700036",
        "purpose": "居場所づくり\r\nと食事",
        "sources": "registry",
    },
]
PLACES: list[dict[str, Any]] = [
    {
        "place_id": "c000000000000001",
        "organization_id": "a000000000000001",
        "name": "みちしるべ広場",
        "latitude": 43.7708329999999,
        "longitude": 142.365,
        "office_number": "0199905001",
        "sources": "registry",
    }
]
SERVICES: list[dict[str, Any]] = [
    {
        "service_id": "d000000000000001",
        "organization_id": "a000000000000001",
        "name": "水曜の食堂",
        "troubles": "developmental-disability;illness-injury",
        "area_codes": "012041",
        "capacity": 20,
        "fee_note": "=1+1",
        "status": "active",
        "sources": "registry",
    },
    {
        "service_id": "d000000000000002",
        "organization_id": "b000000000000002",
        "name": "相談",
        "summary": '「"はい"」, と言える',
        "status": "active",
        "sources": "town",
    },
]
CONTACT_POINTS: list[dict[str, Any]] = [
    {"owner_id": "d000000000000001", "owner_kind": "services", "kind": "phone", "value": "+81115981185"},
    {"owner_id": "d000000000000002", "owner_kind": "services", "kind": "phone", "value": "189"},
    {"owner_id": "d000000000000002", "owner_kind": "services", "kind": "email", "value": "soudan@npo.example.jp"},
]
ROWS: dict[str, list[dict[str, Any]]] = {
    "organizations": ORGANIZATIONS,
    "places": PLACES,
    "services": SERVICES,
    "service_places": [{"service_id": "d000000000000001", "place_id": "c000000000000001"}],
    "contact_points": CONTACT_POINTS,
}

SOURCE_RUN: dict[str, Any] = {
    "source": "registry",
    "title": "国の<名簿>",
    "publisher": "見本の省",
    "contact": "名簿の窓口",
    "basis": "observed",
    "kind": "open-data",
    "set": "sample",
    "licence_name": "CC BY 4.0",
    "licence_url": "https://creativecommons.org/licenses/by/4.0/deed.ja",
    "licence_status": "read",
    "licence_confirmed": None,
    "attribution": "出典：見本の省「名簿」を加工して作成",
    "home_page": "https://registry.example.jp/",
    "cadence": "P6M",
    "area_scope": "national",
    "dated": "2026-03-31",
    "rows_read": 12000,
    "accepted": 11000,
    "quarantined": 5,
    "withheld": 40,
    "out_of_area": 990,
    "ended": 5,
    "rejected": None,
}
SOURCE_RUNS: list[dict[str, Any]] = [
    SOURCE_RUN,
    SOURCE_RUN
    | {
        "source": "town",
        "title": "町の団体一覧",
        "publisher": "見本町",
        "kind": "submission",
        "licence_status": "unknown",
        "licence_url": None,
        "basis": "assumed",
        "dated": None,
        "rejected": "「秘密の欄」が読めません",
    },
]
FINDINGS: list[dict[str, Any]] = [
    *(
        {"code": "pattern", "severity": "withhold", "source": "registry", "file": "a.csv", "row": row}
        | {"table": "places", "field": "postal_code", "value": "秘密の値", "message_ja": "秘密の値は違います"}
        for row in range(2, 9)
    ),
    {"code": "required", "severity": "quarantine", "source": "registry", "table": "services", "field": "name"},
    {"code": "not-kana", "severity": "withhold", "source": "registry", "table": "corporations", "field": "name_kana"},
    {"code": "required", "severity": "quarantine", "source": "town", "table": "services", "field": "name"},
    {"code": "required", "severity": "quarantine", "source": "town", "table": "places", "field": "name"},
    {"code": "required", "severity": "quarantine", "source": "town", "table": "organizations", "field": "name"},
]


RESOLVED = (
    "members (kind VARCHAR, record_id VARCHAR, source VARCHAR, entity_id VARCHAR)",
    "pairs (kind VARCHAR, left_id VARCHAR, right_id VARCHAR, weight DOUBLE, band VARCHAR, reasons VARCHAR)",
    "review_queue (rank BIGINT, kind VARCHAR, left_entity VARCHAR, right_entity VARCHAR, left_id VARCHAR, "
    "right_id VARCHAR, weight DOUBLE, reasons VARCHAR)",
    "organizations (organization_id VARCHAR, name VARCHAR, address_visibility VARCHAR, sources VARCHAR)",
    "places (place_id VARCHAR, organization_id VARCHAR, name VARCHAR, address_visibility VARCHAR, sources VARCHAR)",
    "services (service_id VARCHAR, name VARCHAR, sources VARCHAR)",
    "secrets (kind VARCHAR, value VARCHAR, field VARCHAR, hidden BOOLEAN, submitted BOOLEAN)",
)
"""Tables of the warehouse that tell what was resolved, and what must not leave."""


def fill(con: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
    """Insert ``rows`` into ``table``; columns that a row does not name stay NULL."""
    for row in rows:
        names = ", ".join(f'"{name}"' for name in row)
        con.execute(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(row))})", list(row.values()))


def open_release(warehouse: Path, rows: Mapping[str, list[dict[str, Any]]]) -> duckdb.DuckDBPyConnection:
    """A connection with schema ``public`` and a warehouse file with the night's tables, attached read-only."""
    if not warehouse.exists():
        with duckdb.connect(warehouse) as con:
            columns = ", ".join(
                f'"{name}" {"BIGINT" if isinstance(value, int) else "VARCHAR"}' for name, value in SOURCE_RUN.items()
            )
            con.execute(f"CREATE TABLE source_runs ({columns})")
            columns = ", ".join(
                f'"{name}" {"BIGINT" if name in ("row", "version") else "VARCHAR"}' for name in FINDING_COLUMNS
            )
            con.execute(f"CREATE TABLE findings ({columns})")
            con.execute("CREATE TABLE night (as_of DATE, prefecture VARCHAR, source_set VARCHAR, inputs VARCHAR)")
            con.execute("INSERT INTO night VALUES ('2026-07-01', '01', 'sample', 'first')")
            for table in RESOLVED:
                con.execute(f"CREATE TABLE {table}")
            fill(con, "source_runs", SOURCE_RUNS)
            fill(con, "findings", FINDINGS)
    con = duckdb.connect()
    con.execute(f"ATTACH '{warehouse}' AS warehouse (READ_ONLY)")
    con.execute("CREATE SCHEMA public")
    for table in rulebook.published_tables():
        columns = ", ".join(f'"{field.name}" {field.duckdb_type}' for field in table.published_fields)
        con.execute(f"CREATE TABLE public.{table.name} ({columns})")
        fill(con, f"public.{table.name}", rows.get(table.name, []))
    return con
