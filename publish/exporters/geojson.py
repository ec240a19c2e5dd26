"""GeoJSON (RFC 7946) for maps: the places whose position is published, one feature a line, in one FeatureCollection.

Longitude comes before latitude. Properties are the place's fields as in :mod:`publish.exporters.json`, but for the
position itself, and ``service_names``: what can be had there, so that a map can say it without a join. A place without
a published position is in the other formats alone.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import duckdb

from schemas import rulebook
from schemas.rulebook import Table
from schemas.sql import identifier, literal

NAME = "geojson"
DESCRIPTION = (
    "地図ソフトで開くGeoJSON。位置（緯度・経度）を公開している拠点だけ。"
    "属性の名前と値は JSON と同じで、その拠点で受けられる支援の名称 service_names が加わる"
)

POSITION = ("longitude", "latitude")
POSITIONED = "source.longitude IS NOT NULL AND source.latitude IS NOT NULL"

SERVICES = """(SELECT place_id, list(DISTINCT name ORDER BY name) AS names
    FROM release.service_places JOIN release.services USING (service_id) GROUP BY place_id)"""


def export(con: duckdb.DuckDBPyConnection, tables: Sequence[Table], folder: Path) -> dict[Path, int]:
    """Write ``places.geojson``."""
    path = folder / "places.geojson"
    query = _features(rulebook.table("places"))
    con.execute(f"COPY ({query}) TO {literal(str(path))} (FORMAT json, ARRAY true)")
    path.write_bytes(b'{"type":"FeatureCollection","features":' + path.read_bytes().rstrip() + b"}\n")
    (found,) = con.execute(f"SELECT count(*) FROM release.places source WHERE {POSITIONED}").fetchall()[0]
    return {path: int(found)}


def count(con: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Features of a written file."""
    return len(json.loads(path.read_bytes())["features"])


def _features(table: Table) -> str:
    told = [field.name for field in table.published_fields if field.name not in POSITION]
    properties = ", ".join(f"{literal(name)}: source.{identifier(name)}" for name in told)
    longitude, latitude = (f"source.{identifier(name)}" for name in POSITION)
    return (
        f"SELECT 'Feature' AS type, source.place_id AS id, "
        f"{{'type': 'Point', 'coordinates': [{longitude}, {latitude}]}} AS geometry, "
        f"{{{properties}, 'service_names': coalesce(names, [])}} AS properties "
        f"FROM release.places source LEFT JOIN {SERVICES} USING (place_id) "
        f"WHERE {POSITIONED} ORDER BY source.rowid"
    )
