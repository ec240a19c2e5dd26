"""Names that the command line, the assets and the tests share: asset keys, the job, the code location."""

from __future__ import annotations

import dagster as dg

from schemas import rulebook

JOB = "nightly"
LOCATION = "michishirube"
"""As in ``workspace.yaml`` and ``[tool.dg.project]``."""

REPOSITORY_TAG = {".dagster/repository": f"__repository__@{LOCATION}"}
"""Tags a run started outside the daemon, so that the job's page lists it."""

RELEASE = dg.AssetKey("release")
REVIEW = dg.AssetKey(["warehouse", "review_queue"])


def source_key(source_id: str) -> dg.AssetKey:
    """The asset of a source."""
    return dg.AssetKey(["sources", source_id])


def table_keys() -> tuple[dg.AssetKey, ...]:
    """The assets of the warehouse's tables, one for each that is published."""
    return tuple(dg.AssetKey(table.name) for table in rulebook.warehouse_tables())
