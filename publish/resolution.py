"""``resolution.html``: which records were taken for one, and which pairs wait for a person, for everyone to read.

A pair is shown only if all of it is public: both entities are published with their whole address and those of their
places, and nobody submitted a record of either. Of every other pair nothing is told. Counts are of published entities
and open data alone, so that hiding one looks here as removing it does. No value that was compared and no record id
belongs here: a steward reads those at home (``michishirube review``).
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import duckdb

from publish import index, pages, waterfall
from schemas import rulebook
from schemas.sql import literal
from warehouse.golden import ENTITIES
from warehouse.resolution import model
from warehouse.resolution.features import Kind
from warehouse.resolution.night import KINDS
from warehouse.submissions import SOURCE

WEIGHED: dict[str, Kind] = {kind: evidence for kind, evidence in KINDS.items() if evidence}
"""The kinds whose evidence is weighed and whose pairs may be shown, each with the name of its model."""

BANDS = {"merged": "一つにした組", "proposed": "確認待ちの組", "apart": "別のままにした組"}
"""What became of a pair; ``apart`` are only those that a key or a person kept apart."""

CHANGES = {"merged": "統合で変わったID", "split": "分割で変わったID"}

_PUBLISHED = " UNION ALL ".join(
    f"SELECT '{kind}' AS kind, {ENTITIES[kind]} AS entity_id FROM release.{kind}" for kind in KINDS
)

# What is NULL is not known to be public. What is compared of an organization may be its places'.
_OPEN = " UNION ALL ".join(
    f"""SELECT '{kind}' AS kind, {ENTITIES[kind]} AS entity_id, r.name, r.municipality_code, r.sources
        FROM release.{kind} r JOIN warehouse.{kind} w USING ({ENTITIES[kind]})
        WHERE w.address_visibility = 'public'
          AND NOT list_contains(str_split(nullif(w.sources, ''), ';'), {literal(SOURCE)})
          AND {ENTITIES[kind]} NOT IN (
            SELECT entity_id FROM warehouse.members WHERE kind = '{kind}' AND source = {literal(SOURCE)})
          AND {ENTITIES[kind]} NOT IN (
            SELECT {ENTITIES[kind]} FROM warehouse.places
            WHERE address_visibility IS DISTINCT FROM 'public' AND {ENTITIES[kind]} IS NOT NULL)"""
    for kind in WEIGHED
)


def build(con: duckdb.DuckDBPyConnection, version: str, as_of: date) -> dict[str, Any]:
    """The report as one document; ``con`` as the quality report has it (schemas ``warehouse`` and ``release``)."""
    queue = _queue(con)
    return {
        "title": "道しるべ 名寄せレポート",
        "version": version,
        "as_of": as_of.isoformat(),
        **index.settings(con),
        "kinds": _figures(con, as_of),
        "weights": [_weights(kind) for kind in WEIGHED],
        "queue": queue,
    }


def render(report: dict[str, Any]) -> str:
    """The report as one self-contained HTML page in Japanese."""
    weights = {told["kind"]: told for told in report["weights"]}
    pictures = [_picture(pair, weights[pair["kind"]]) for pair in report["queue"]]
    return pages.render(
        "resolution", report=report, weights=weights, pictures=pictures, layout=waterfall, bands=BANDS, changes=CHANGES
    )


def _picture(pair: dict[str, Any], weights: dict[str, Any]) -> waterfall.Waterfall | None:
    """The waterfall of a pair, None where a key or a person alone made it a pair."""
    if pair["weight"] is None:
        return None
    parts = [(reason["title"], reason["weight"]) for reason in pair["reasons"] if reason["weight"] is not None]
    return waterfall.draw(weights["start"], parts, {name: weights[name] for name in ("merged", "proposed")})


def _weights(kind: str) -> dict[str, Any]:
    told = model.reviewed(WEIGHED[kind])
    return {
        "kind": kind,
        "title": rulebook.table(kind).title,
        "start": told.start,
        "merged": told.merged,
        "proposed": told.proposed,
    }


def _figures(con: duckdb.DuckDBPyConnection, as_of: date) -> list[dict[str, Any]]:
    """By kind: records, entities, records that are one with another source's, pairs by band, tonight's redirects."""
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE told_members AS
            SELECT kind, record_id, source, entity_id
            FROM warehouse.members SEMI JOIN ({_PUBLISHED}) USING (kind, entity_id)
            WHERE source <> {literal(SOURCE)}"""
    )
    sizes = con.execute(
        """SELECT kind, sum(records)::BIGINT, count(*), coalesce(sum(records) FILTER (sources > 1), 0)::BIGINT FROM (
             SELECT kind, count(*) AS records, count(DISTINCT source) AS sources
             FROM told_members GROUP BY kind, entity_id)
           GROUP BY kind"""
    ).fetchall()
    pairs = con.execute(
        """SELECT p.kind, band, count(*) FROM warehouse.pairs p
           JOIN told_members l ON l.kind = p.kind AND l.record_id = left_id
           JOIN told_members r ON r.kind = p.kind AND r.record_id = right_id GROUP BY ALL"""
    ).fetchall()
    redirects = con.execute(
        "SELECT kind, change, count(*) FROM release.redirects WHERE since = ? GROUP BY ALL", [as_of]
    ).fetchall()
    sized = {kind: counts for kind, *counts in sizes}
    banded = {(kind, band): count for kind, band, count in pairs}
    changed = {(kind, change): count for kind, change, count in redirects}
    return [
        {
            "name": kind,
            "title": rulebook.table(kind).title,
            **dict(zip(("records", "entities", "shared"), sized.get(kind, (0, 0, 0)), strict=True)),
            "pairs": {band: banded.get((kind, band), 0) for band in BANDS},
            "redirects_tonight": {change: changed.get((kind, change), 0) for change in CHANGES},
        }
        for kind in KINDS
    ]


def _queue(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """The pairs of the review queue that may be shown, best evidence first."""
    # Numbered anew by the reader: a gap in the ranks would tell where a pair that is not shown stands.
    rows = con.execute(
        f"""WITH open AS ({_OPEN})
            SELECT q.kind, q.weight, q.reasons, a.entity_id, a.name, a.municipality_code, a.sources,
              b.entity_id, b.name, b.municipality_code, b.sources
            FROM warehouse.review_queue q
            JOIN open a ON a.kind = q.kind AND a.entity_id = q.left_entity
            JOIN open b ON b.kind = q.kind AND b.entity_id = q.right_entity
            ORDER BY q.rank, q.kind, q.left_entity, q.right_entity, q.left_id, q.right_id"""
    ).fetchall()
    titles = {source["id"]: source["title"] for source in index.sources(con)}
    return [
        {
            "kind": kind,
            "title": rulebook.table(kind).title,
            "weight": weight,
            "reasons": [_reason(reason) for reason in json.loads(reasons)],
            "entities": [_entity(titles, *sides[:4]), _entity(titles, *sides[4:])],
        }
        for kind, weight, reasons, *sides in rows
    ]


def _reason(told: dict[str, Any]) -> dict[str, Any]:
    """A reason in words; what decided without being weighed has neither title nor weight."""
    return {"title": told.get("title"), "ja": told["ja"], "weight": told.get("weight")}


def _entity(
    titles: dict[str, str], entity_id: str, name: str, municipality: str | None, sources: list[str] | None
) -> dict[str, Any]:
    known = rulebook.codes("municipalities").get(municipality or "")
    return {
        "id": entity_id,
        "name": name,
        "municipality": known.label_ja if known else None,
        "sources": [titles.get(source, source) for source in sources or ()],
    }
