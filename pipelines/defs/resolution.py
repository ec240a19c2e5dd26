"""The review queue as an asset: how many pairs wait for a steward, and which of them may be named here.

The UI has no login: a pair is named only as the release names it, and is read from there. The records themselves, with
what was compared, are shown by ``michishirube review``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import dagster as dg
import duckdb

from pipelines import checks
from pipelines.defs.resources import NightResource
from pipelines.keys import RELEASE, REVIEW
from pipelines.sealed import sealed
from schemas.finding import FINDING_COLUMNS, Finding
from schemas.sql import identifier

SHOWN = 20
"""Pairs in the table: the rest stand in the report and in ``michishirube review``."""

DESCRIPTION = """名寄せの確認待ち

同じ団体・拠点かもしれないが、根拠が足りず一つにしなかった組。根拠の強い順

中身を見るには michishirube review、答えるには michishirube judge か、ジョブ judge_pair"""
SHARED = (
    "よその公開記録が、非公開にした提出と所在地や連絡先で重なっていないか。どれかは michishirube submissions に出る"
)
JUDGED = "人の判断どうしや、判断と法人番号が食い違っていないか"


@dg.asset(
    key=REVIEW,
    deps=[RELEASE],
    group_name="warehouse",
    description=DESCRIPTION,
    owners=["team:stewards"],
    kinds={"duckdb"},
    check_specs=[
        dg.AssetCheckSpec("judgements", asset=REVIEW, description=JUDGED),
        dg.AssetCheckSpec("sites", asset=REVIEW, description=SHARED),
    ],
)
def review_queue(night: NightResource) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """What waits for a steward, and what stewards have said against each other."""
    from publish import resolution
    from publish.versions import latest
    from warehouse import protection

    home = night.tonight.home
    with sealed(), duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as con:
        ((waiting,),) = con.execute("SELECT count(*) FROM review_queue").fetchall()
        found = _findings(con)
        ((shared,),) = con.execute("SELECT count(*) FROM findings WHERE source = ?", [protection.FOUND]).fetchall()
    metadata: dict[str, Any] = {"dagster/row_count": waiting}
    if (serving := latest(home)) is not None:
        report = json.loads((serving / "quality.json").read_text(encoding="utf-8"))["resolution"]
        for kind in report["kinds"]:
            metadata |= {f"{kind['title']}：{title}": kind["pairs"][band] for band, title in resolution.BANDS.items()}
        metadata["組"] = dg.MetadataValue.md(_markdown(report["queue"]))
    # How many, and no more: whoever shares a site with what is hidden tells where that is.
    sites = checks.verdict(
        "sites", REVIEW, shared == 0, f"きょう決める記録 {shared} 件。michishirube submissions で見る"
    )
    return dg.MaterializeResult(metadata=metadata, check_results=[checks.result("judgements", REVIEW, found), sites])


def _findings(con: duckdb.DuckDBPyConnection) -> list[Finding]:
    from warehouse.resolution import night as resolving

    columns = ", ".join(map(identifier, FINDING_COLUMNS))
    query = f"SELECT {columns} FROM findings WHERE source = ? ORDER BY ALL"
    return [Finding(*row) for row in con.execute(query, [resolving.JUDGED]).fetchall()]


def _markdown(queue: Sequence[dict[str, Any]]) -> str:
    """The pairs that may be named, best evidence first."""
    lines = ["| 種類 | 名称とID | 名称とID | 重み | 理由 |", "|---|---|---|---:|---|"]
    for pair in queue[:SHOWN]:
        one, two = (f"{entity['name']} {entity['id']}".replace("|", "｜") for entity in pair["entities"])
        weight = "" if pair["weight"] is None else f"{pair['weight']:+.1f}"
        why = "、".join(reason["ja"] for reason in pair["reasons"])
        lines.append(f"| {pair['title']} | {one} | {two} | {weight} | {why} |")
    return "\n".join(lines) if queue else "載せられる組はありません"
