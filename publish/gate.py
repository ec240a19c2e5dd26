"""The release gate: does this candidate look like a plausible next release?

SQL computes a small table of metrics with the bounds each must keep, Great Expectations judges that table; no record
goes into pandas. Below a minimum the release stops, above a maximum it goes out with a note. What is valid in a
single record is the rulebook's, what our steps promised the guard's.
"""

from __future__ import annotations

import json
import os
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from publish import privacy, versions
from schemas import messages, rulebook
from schemas.finding import Finding
from schemas.rulebook import Table

if TYPE_CHECKING:
    import pandas as pd

SHRINK, GROW = 0.7, 1.5
"""Rows against the previous release of the same set and area: fewer than 70 % stop it, more than 150 % are noted."""

FILL_DROP = 20.0
"""A field may lose at most this many percentage points of its fill rate among as many rows as there were before: rows
that came with a blank take nothing away from the others, so a rate may fall by as much as they explain.
"""

REACHABLE = 95.0
"""Percent of services that must have a way of contact of their own or of their organization."""

RANK = {"sample": 0, "mirror": 1, "live": 2}
"""Sets of sources; a release of one is never replaced by a lesser one: nobody calls an invented number."""

IN_LISTS = 80.0
"""Percent of the accepted rows in which every word was found in its code list."""

CLASSIFIED = 50.0
"""Percent of services that must have a service type or support category of the code lists."""

SERVED = 50.0
"""Percent of the sources that must bring records, however old."""

COUNTED = ("organizations", "places", "services", "contact_points")
"""Tables without which there is no release."""


def judge(home: Path, as_of: date, decided: bool = False) -> list[Finding]:
    """Findings (stop or note) of the candidate in ``home/warehouse.duckdb``; none where it is published already.

    Where a steward ``decided`` that something must go at once, what is implausible is noted and stops nothing; a
    lesser set of sources still does.
    """
    if versions.up_to_date(home):
        return []
    with closing(privacy.open_public(home / "warehouse.duckdb")) as con:
        lesser = _lesser_set(con, home)
        table = metrics(con, _previous(con, home, as_of))
    below = "gate-passed-for-decision" if decided else "gate-below-minimum"
    return [
        *lesser,
        *(_finding(below, row, row["minimum"]) for row in _failing(table, "value", "minimum")),
        *(_finding("gate-above-maximum", row, row["maximum"]) for row in _failing(table, "maximum", "value")),
    ]


def _lesser_set(con: duckdb.DuckDBPyConnection, home: Path) -> list[Finding]:
    newest = versions.latest(home)
    if newest is None:
        return []
    ((tonight,),) = con.execute("SELECT source_set FROM warehouse.night").fetchall()
    before = json.loads((newest / "index.json").read_text(encoding="utf-8"))["source_set"]
    if RANK[tonight] >= RANK[before]:
        return []
    return [messages.file_finding("gate-lesser-set", source="release", value=tonight, expected=before)]


def metrics(con: duckdb.DuckDBPyConnection, previous: dict[str, float]) -> pd.DataFrame:
    """The metrics of the candidate: metric, table, value, previous, ratio, minimum, maximum (NaN: no such bound)."""
    con.execute("CREATE OR REPLACE TEMP TABLE previous (metric VARCHAR, previous DOUBLE)")
    if previous:
        con.executemany("INSERT INTO previous VALUES (?, ?)", sorted(previous.items()))
    measured = " UNION ALL ".join([*_row_counts(), *_fill_rates(), *_shares()])
    return con.execute(
        f"""WITH measured AS ({measured}),
            kept AS (
              SELECT "table", least(1, previous / nullif(value, 0)) AS share
              FROM measured JOIN previous USING (metric) WHERE kind = 'rows')
            SELECT metric, "table", value, previous, round(value / nullif(previous, 0), 4) AS ratio,
              CASE kind WHEN 'rows' THEN greatest(coalesce(previous * {SHRINK}, 0), floor)
                        WHEN 'fill' THEN greatest(coalesce((previous - {FILL_DROP}) * coalesce(share, 1), 0), floor)
                        ELSE floor END AS minimum,
              CASE WHEN kind = 'rows' THEN previous * {GROW} END AS maximum
            FROM measured LEFT JOIN previous USING (metric) LEFT JOIN kept USING ("table") ORDER BY metric"""
    ).df()


def _judged_tables() -> list[Table]:
    """The tables that sources fill; what is about them (provenance, redirects) may be anything."""
    return [table for table in rulebook.record_tables() if table.published]


def _row_counts() -> list[str]:
    return [
        f"SELECT '行数 {t.name}' AS metric, '{t.name}' AS \"table\", 'rows' AS kind, count(*)::DOUBLE AS value, "
        f"{1.0 if t.name in COUNTED else 0.0} AS floor FROM public.{t.name}"
        for t in _judged_tables()
    ]


def _fill_rates() -> list[str]:
    parts = []
    for table in _judged_tables():
        for field in table.published_fields:
            floor = 100.0 if field.required else 0.0
            rate = f'coalesce(round(100.0 * count("{field.name}") / nullif(count(*), 0), 1), {floor})'
            metric = f"記入率 {table.name}.{field.name}"
            parts.append(f"SELECT '{metric}', '{table.name}', 'fill', {rate}, {floor} FROM public.{table.name}")
    return parts


def _shares() -> list[str]:
    """Coverage of what a reader cannot do without."""
    reachable = "(SELECT owner_id FROM public.contact_points)"
    share = "coalesce(round(100.0 * count(*) FILTER ({}) / nullif(count(*), 0), 1), 0.0)"
    contact = share.format(f"service_id IN {reachable} OR organization_id IN {reachable} OR url IS NOT NULL")
    known = share.format("service_type IS NOT NULL OR support_categories IS NOT NULL")
    listed = (
        'coalesce(round(100 - 100.0 * (SELECT count(DISTINCT (source, file, "row")) FROM warehouse.findings '
        "WHERE code IN ('unknown-code', 'not-in-list')) / nullif(sum(accepted + ended), 0), 1), 100.0)"
    )
    brings = share.format("accepted + ended > 0")
    return [
        f"SELECT '連絡先のある支援の割合', 'services', 'share', {contact}, {REACHABLE} "
        # What was hidden lost its contacts on purpose: hiding must never be what keeps the old release up.
        "FROM public.services WHERE service_id NOT IN "
        "(SELECT id FROM visibilities WHERE kind = 'services' AND visibility = 'hidden')",
        f"SELECT '種別か分類のある支援の割合', 'services', 'share', {known}, {CLASSIFIED} FROM public.services",
        f"SELECT 'コード表の言葉だけの行の割合', NULL, 'share', {listed}, {IN_LISTS} FROM warehouse.source_runs",
        f"SELECT '記録を出した出典の割合', '', 'share', {brings}, {SERVED} FROM warehouse.source_runs",
    ]


def _previous(con: duckdb.DuckDBPyConnection, home: Path, as_of: date) -> dict[str, float]:
    """Metrics of the newest release up to ``as_of`` with the same prefecture and set of sources; none at first."""
    settings = con.execute("SELECT prefecture, source_set FROM warehouse.night").fetchone()
    for folder in reversed(versions.folders(home, as_of)):
        report: dict[str, Any] = json.loads((folder / "quality.json").read_text(encoding="utf-8"))
        if (report["prefecture"], report["source_set"]) == settings:
            rows = {f"行数 {table['name']}": float(table["rows"]) for table in report["tables"]}
            fills = {
                f"記入率 {table['name']}.{field['name']}": float(field["percent"])
                for table in report["tables"]
                for field in table["fields"]
            }
            return rows | fills
    return {}


def _failing(table: pd.DataFrame, larger: str, smaller: str) -> list[dict[str, Any]]:
    """The rows of ``table`` in which ``larger`` is below ``smaller``, as Great Expectations finds them."""
    # Read when the library is imported: a night tells nobody outside that it ran.
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig
    from great_expectations.expectations.core.expect_column_pair_values_a_to_be_greater_than_b import (
        ExpectColumnPairValuesAToBeGreaterThanB,
    )

    bounded = table.dropna(subset=[larger, smaller]).reset_index(drop=True)
    if bounded.empty:
        return []
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("candidate").add_dataframe_asset("metrics")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": bounded})
    expected = ExpectColumnPairValuesAToBeGreaterThanB(column_A=larger, column_B=smaller, or_equal=True)
    outcome = batch.validate(
        expected, result_format={"result_format": "COMPLETE", "unexpected_index_column_names": ["metric"]}
    )
    failing = {row["metric"] for row in outcome.result.get("unexpected_index_list") or []}
    rows = [{str(name): value for name, value in row.items()} for row in bounded.to_dict("records")]
    return [row for row in rows if row["metric"] in failing]


def _finding(code: str, row: dict[str, Any], bound: float) -> Finding:
    return messages.file_finding(
        code,
        source="release",
        table=row["table"] or None,
        field=row["metric"],
        value=f"{row['value']:g}",
        expected=f"{bound:g}",
    )
