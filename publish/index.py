"""``index.json``: what a release holds, where it comes from, under which terms, with size and sha256 of each file.

Builds the document and reads what the warehouse says of the sources; writing it is the release's work.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from publish.exporters import ALL, rows
from schemas.rulebook import Table

NAME = "index.json"
TITLE = "道しるべ 支援情報オープンデータ"
LICENCE = {
    "name": "CC BY 4.0",
    "url": "https://creativecommons.org/licenses/by/4.0/deed.ja",
    "notice": (
        "このデータは、sources にあるデータを道しるべが加工（検査・統合・公開範囲の調整）して作成したものです。"
        "出典の機関が作成したものではありません。利用するときは attribution の出典も示してください。"
    ),
}
"""Terms of the release as a whole, with the notice that the sources' licences ask of edited data."""

PUBLISHABLE = ("read", "third_party")
"""``licence_status`` of sources whose licence allows publication."""


UNCHECKED = {
    "name": "利用条件の確認が済んでいない出典を含むため、公開できません",
    "url": None,
    "notice": LICENCE["notice"],
}
"""In place of :data:`LICENCE` while a source's own licence does not allow publication, or is unknown."""


def licence(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Terms of this release: those of the project only where every source may be published."""
    return LICENCE if all(source["publishable"] for source in sources(con)) else UNCHECKED


def settings(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """``prefecture`` and ``source_set`` of the night that built the warehouse."""
    ((prefecture, source_set),) = con.execute("SELECT prefecture, source_set FROM warehouse.night").fetchall()
    return {"prefecture": prefecture, "source_set": source_set}


def sources(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Every source of the night, by id: title, publisher, dated (ISO or None), licence, attribution, publishable."""
    query = (
        "SELECT source, title, publisher, home_page, dated::VARCHAR, licence_name, licence_url, licence_status, "
        "attribution FROM warehouse.source_runs ORDER BY source"
    )
    return [
        {
            "id": source,
            "title": title,
            "publisher": publisher,
            "home_page": home_page,
            "dated": dated,
            "licence": {"name": licence, "url": url, "status": status},
            "attribution": attribution,
            "publishable": status in PUBLISHABLE,
        }
        for source, title, publisher, home_page, dated, licence, url, status, attribution in con.execute(
            query
        ).fetchall()
    ]


def build(con: duckdb.DuckDBPyConnection, tables: Sequence[Table], version: str, as_of: str) -> dict[str, Any]:
    """The index without its files: the release fills ``content_sha256`` and ``files`` in when they are known."""
    origin = sources(con)
    return {
        "title": TITLE,
        "version": version,
        "as_of": as_of,
        **settings(con),
        "licence": licence(con),
        "publishable": all(source["publishable"] for source in origin),
        "formats": [{"name": exporter.NAME, "description": exporter.DESCRIPTION} for exporter in ALL],
        "tables": [{"name": t.name, "title": t.title, "rows": rows.row_count(con, t)} for t in tables],
        "sources": origin,
    }


def files(folder: Path, row_counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """Path, bytes, sha256 (and rows, where ``row_counts`` knows the path) of every file of a release but its index."""
    listed = []
    for path in paths(folder):
        name = path.relative_to(folder).as_posix()
        if name == NAME:
            continue
        data = path.read_bytes()
        entry: dict[str, Any] = {"path": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        listed.append(entry | ({"rows": row_counts[name]} if name in row_counts else {}))
    return listed


def paths(folder: Path) -> list[Path]:
    """Every file below ``folder``, in the order of their paths."""
    return sorted((path for path in folder.rglob("*") if path.is_file()), key=lambda path: path.as_posix())
