"""The two documents that the door of a release is made of, invented: every kind of file, two municipalities."""

from __future__ import annotations

import hashlib
from typing import Any

from schemas import rulebook

AREAS = ("011002", "011011", "ishikari", "012041")
TABLES = tuple(table.name for table in rulebook.published_tables())
PATHS = (
    *(f"{folder}/{table}.{ending}" for table in TABLES for folder, ending in (("excel", "csv"), ("csv", "csv"))),
    *(f"{folder}/{table}.{folder}" for table in TABLES for folder in ("json", "ndjson", "parquet")),
    *(f"areas/{area}/services.{ending}" for area in AREAS for ending in ("csv", "json")),
    *("xlsx/michishirube.xlsx", "geojson/places.geojson", "michishirube.sql", "dictionary.csv", "datapackage.json"),
    *("areas/README.md", "areas/index.csv", "areas/index.json"),
    *("navi/urgent-changes.json", "delta/index.json", "delta/services.json", "delta/services.csv"),
    *("codes/support_categories.csv", "codes/municipalities.csv", "codes/yes_no_unknown.csv", "CHANGES.md"),
    *("coverage.csv", "coverage.json", "quality.html", "quality.json", "resolution.html", "ASSUMPTIONS.md"),
)
"""Every file of the release but its index and the door."""


def source(name: str, title: str, status: str, age: int | None, **more: Any) -> dict[str, Any]:
    """A source as both documents tell it."""
    return {
        "id": name,
        "title": title,
        "publisher": "見本の省",
        "home_page": f"https://{name}.example.jp/",
        "dated": None if age is None else f"2026-06-{30 - age:02}",
        "age_days": age,
        "licence": {"name": "CC BY 4.0", "url": "https://licence.example.jp/by", "status": status, "confirmed": None},
        "attribution": f"出典：見本の省「{title}」（https://{name}.example.jp/）を加工して作成",
        "contributes": True,
        "publishable": status == "read",
    } | more


SOURCES = [
    source("registry", "国の<名簿>", "read", 3),
    source("town", "町の一覧", "unknown", 20),
    source("empty", "行のない一覧", "unknown", 29, contributes=False),
    source("undated", "日付のない一覧", "read", None),
]


def index(**more: Any) -> dict[str, Any]:
    """``index.json``; ``town`` holds the release back unless ``more`` says otherwise."""
    return {
        "title": "道しるべ 支援情報オープンデータ",
        "version": "2026-07-01.2",
        "previous": "2026-07-01",
        "as_of": "2026-07-01",
        "prefecture": "01",
        "source_set": "sample",
        "licence": {"name": "確認が済んでいません", "url": None, "notice": "出典の機関が作成したものではありません。"},
        "publishable": False,
        "unread_licences": ["town"],
        "formats": [{"name": "excel", "description": "見出しは日本語。' を1つ除くと元の値になる"}],
        "tables": [
            {"name": table.name, "title": table.title, "rows": 1200 + number}
            for number, table in enumerate(rulebook.published_tables())
        ],
        "sources": SOURCES,
        "files": [
            {"path": path, "bytes": 12_345, "sha256": hashlib.sha256(path.encode()).hexdigest()}
            | ({"rows": 1_234} if path.endswith(("csv", "parquet")) else {})
            for path in sorted(PATHS)
        ],
    } | more


def report(**more: Any) -> dict[str, Any]:
    """What the door reads of ``quality.json``."""
    fields = [
        {"name": "fee", "title": "料金の別", "filled": 300, "percent": 25.0},
        {"name": "winter_note", "title": "冬の注意", "filled": 1, "percent": 0.1},
    ]
    tables = [{"name": "services", "title": "支援・活動", "rows": 1200, "fields": fields}]
    return {"sources": SOURCES, "tables": tables} | more


PUBLISHABLE = {
    "publishable": True,
    "unread_licences": [],
    "licence": {"name": "CC BY 4.0", "url": "https://licence.example.jp/by", "notice": "加工して作成したものです。"},
    "sources": [SOURCES[0]],
}
"""What ``index.json`` says instead where everything was read."""
