"""``coverage.csv`` and ``coverage.json``: how many of the published services serve each municipality, by category.

A municipality's number is that of the services in its files (``areas``): those that serve it, that can be had there, or
that are its competent desk. What serves all of Hokkaido or Japan has a row of its own, and so has a service of which
neither area nor place is told: a hidden one looks like any other of unknown area. A service is counted once in each row
and category that it belongs to, so that a bureau is less than the sum of its municipalities; the wards of Sapporo count
as Sapporo. Hokkaido is told, whatever the prefecture of the night.

Everything here is counted from schema ``release``, and anyone can count it again from the tables. That is why it does
not count submissions: of what is public, the rows themselves name their source, and a hidden small cell
(``small_cells``) could be read off them; of what is hidden or waits, a count by municipality would tell where it is.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb

from publish import areas, spreadsheet
from schemas import rulebook

TITLE = "市町村と支援分類ごとの支援の件数"
NOTES = (
    "公開した支援の件数です。一つの支援を、当てはまるすべての地域と支援分類で一件ずつ数えます。",
    "市町村と振興局の件数は、areas/<コード>/services.csv の行数と同じです。",
    "件数が少ないのは、支援がないためとは限りません。集めた出典に載っていないこともあります。",
)
KINDS = areas.KINDS | {"all": "全道"}
"""What a row stands for."""

WIDE = {"wide": "全道・全国を対象とするもの", "unknown": "対象の地域が分からないもの"}
"""Rows of the services that no municipality alone is told of, after all others."""

HEADINGS = ("区分", "コード", "地域", "振興局", "支援")
"""Of the CSV, before the categories."""

SERVING = f"""
CREATE OR REPLACE TEMP TABLE serving AS
WITH told AS (SELECT id AS service_id, unnest(areas) AS area FROM areas_of WHERE kind = 'services'),
somewhere AS (
  SELECT service_id FROM release.services WHERE len(area_codes) > 0
  UNION SELECT service_id FROM release.service_places JOIN release.places USING (place_id)
  WHERE municipality_code IS NOT NULL
),
of_hokkaido AS (
  SELECT service_id, area_scope FROM release.services LEFT JOIN release.organizations o USING (organization_id)
  WHERE area_scope = 'national' OR o.municipality_code IS NULL
     OR o.municipality_code IN (SELECT municipality FROM areas_of_towns)
)
FROM told
UNION SELECT service_id, 'wide' FROM of_hokkaido WHERE area_scope IN {areas.WHOLE}
UNION SELECT service_id, 'unknown' FROM of_hokkaido
WHERE coalesce(area_scope, 'unknown') NOT IN {areas.WHOLE}
  AND service_id NOT IN (SELECT service_id FROM told) AND service_id NOT IN (SELECT service_id FROM somewhere)
"""
"""Each service with each row that it belongs to; one that is told to be outside Hokkaido has none."""


def build(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """The table as one document: ``categories`` in the order of their list, and of each area (bureaus, each with its
    municipalities, then :data:`WIDE`) how many ``services`` serve it, and how many of each category.
    """
    areas.place(con)
    con.execute(SERVING)
    services = dict(con.execute("SELECT area, count(*) FROM serving GROUP BY area ORDER BY area").fetchall())
    query = """SELECT area, category, count(*)
        FROM (SELECT service_id, unnest(list_distinct(support_categories)) AS category FROM release.services)
        JOIN serving USING (service_id) GROUP BY ALL ORDER BY ALL"""
    found = {(area, category): count for area, category, count in con.execute(query).fetchall()}
    categories = rulebook.codes("support_categories")
    return {
        "title": TITLE,
        "notes": list(NOTES),
        "categories": [{"code": code, "title": category.label_ja} for code, category in categories.items()],
        "areas": [
            area
            | {"services": services.get(area["code"], 0)}
            | {"categories": {code: found.get((area["code"], code), 0) for code in categories}}
            for area in _areas()
        ],
    }


def export(con: duckdb.DuckDBPyConnection, folder: Path) -> dict[Path, int]:
    """Write both files into the existing ``folder``; the rows of each."""
    document = build(con)
    written = {folder / "coverage.csv": _csv(document), folder / "coverage.json": _json(document)}
    for path, content in written.items():
        path.write_bytes(content)
    return dict.fromkeys(written, len(document["areas"]))


def _areas() -> list[dict[str, str | None]]:
    """Every area in the order of the rows."""
    told: list[dict[str, str | None]] = []
    for bureau in rulebook.codes("bureaus").values():
        within = [area for area in areas.areas() if area.bureau == bureau.label_ja and area.kind != "ward"]
        told += ({"kind": one.kind, "code": one.code, "name": one.name, "bureau": one.bureau} for one in within)
    return [*told, *({"kind": "all", "code": code, "name": name, "bureau": None} for code, name in WIDE.items())]


def _csv(document: dict[str, Any]) -> bytes:
    headings = [*HEADINGS, *(category["title"] for category in document["categories"])]
    rows = [
        (KINDS[area["kind"]], area["code"], area["name"], area["bureau"] or "", area["services"])
        for area in document["areas"]
    ]
    counts = (area["categories"].values() for area in document["areas"])
    return spreadsheet.document([headings, *([*row, *told] for row, told in zip(rows, counts, strict=True))])


def _json(document: dict[str, Any]) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()
