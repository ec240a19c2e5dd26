"""The gate and the release: may this candidate be published, and where it then is.

A failing gate blocks, so that yesterday's release stays. What is judged and how files are written is ``publish``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import dagster as dg

from pipelines import checks
from pipelines.defs.resources import NightResource
from pipelines.keys import RELEASE, table_keys
from pipelines.nightly import DECISION_TAG
from pipelines.sealed import sealed

GATE = "前の版と比べて、次の公開としてもっともらしいか。下限を下回れば公開を停止し、前の版を残す"


@dg.multi_asset_check(
    name="gate",
    specs=[dg.AssetCheckSpec("gate", asset=key, blocking=True, description=GATE) for key in table_keys()],
)
def gate(night: NightResource) -> Iterator[dg.AssetCheckResult]:
    """One judgement, shown on every table; what concerns no table stands on each of them.

    In a run that publishes a decision (``DECISION_TAG``) it warns of what is implausible and lets it pass.
    """
    from publish.gate import judge

    decided = DECISION_TAG in dg.AssetCheckExecutionContext.get().run.tags
    with sealed():
        found = judge(night.tonight.home, night.tonight.as_of, decided)
    names = {key.to_user_string() for key in table_keys()}
    for key in table_keys():
        mine = [finding for finding in found if finding.table == key.to_user_string() or finding.table not in names]
        yield checks.result("gate", key, mine)


@dg.asset(
    key=RELEASE,
    deps=list(table_keys()),
    group_name="publish",
    description="公開データ\n\n検査を通った表、コード表、品質報告。latest が最新の版を指す",
    owners=["team:stewards"],
    kinds={"csv", "json", "parquet"},
    freshness_policy=dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=36)),
)
def release(night: NightResource) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """The release of this night, or the one that still serves when nothing changed."""
    from publish.release import latest, publish

    home = night.tonight.home
    with sealed():
        published = publish(home, night.tonight.as_of)
        serving = latest(home)
    metadata: dict[str, Any] = {"今夜公開": published is not None}
    if serving is not None:
        tables = json.loads((serving / "index.json").read_text(encoding="utf-8"))["tables"]
        metadata |= {"版": serving.name, "場所": dg.MetadataValue.path(serving)}
        metadata |= {"品質報告": dg.MetadataValue.path(serving / "quality.html")}
        metadata |= {f"行：{table['title']}": table["rows"] for table in tables}
    return dg.MaterializeResult(metadata=metadata)
