"""The gate and the release: may this candidate be published, and where it then is.

A failing gate blocks, so that yesterday's release stays. What is judged and how files are written is ``publish``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg

from pipelines import checks, settings
from pipelines.defs.resources import NightResource
from pipelines.keys import RELEASE, table_keys
from pipelines.nightly import DECISION_TAG
from pipelines.sealed import sealed

GATE = "前の版と比べて、次の公開としてもっともらしいか。下限を下回れば公開を停止し、前の版を残す"

PRIVACY = "書き出したファイルと夜の記録に、公開してはいけない値がないか。あれば公開を停止し、前の版を残す"


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
    check_specs=[dg.AssetCheckSpec("privacy", asset=RELEASE, description=PRIVACY)],
    group_name="publish",
    description="公開データ\n\n検査を通った表、コード表、品質報告。latest が最新の版を指す",
    owners=["team:stewards"],
    kinds={"csv", "json", "parquet", "excel"},
    freshness_policy=dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=36)),
)
def release(night: NightResource) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """The release of this night, or the one that still serves when nothing changed or something must not leave."""
    from publish.release import LeakError, publish
    from publish.versions import latest

    home = night.tonight.home
    published, found = None, []
    with sealed():
        try:
            published = publish(home, night.tonight.as_of, settings.keep_days())
        except LeakError as error:
            found = error.findings
        serving = latest(home)
    metadata: dict[str, Any] = {"今夜公開": published is not None}
    if serving is not None:
        metadata |= _serving(serving)
    return dg.MaterializeResult(metadata=metadata, check_results=[checks.result("privacy", RELEASE, found)])


def _serving(release: Path) -> dict[str, Any]:
    tables = json.loads((release / "index.json").read_text(encoding="utf-8"))["tables"]
    pages = {"入口": "index.html", "変わったこと": "CHANGES.md", "品質報告": "quality.html"}
    return {
        "版": release.name,
        "場所": dg.MetadataValue.path(release),
        **{title: dg.MetadataValue.path(release / name) for title, name in pages.items()},
        **{f"行：{table['title']}": table["rows"] for table in tables},
    }
