"""The warehouse's tables: one step that builds them all from what the sources had accepted.

Its guard asks whether our own step made the tables that it promised; a failure is our bug and blocks the release.
How entities are made is ``warehouse``.
"""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg

from pipelines import checks
from pipelines.defs.resources import NightResource
from pipelines.keys import source_key, table_keys
from pipelines.nightly import sources_of
from pipelines.sealed import sealed
from schemas import rulebook
from sources import catalog, inbox

GUARD = "統合の処理が、約束した形の表を作ったか。違えばこちらの誤りなので、公開を停止する"


def _spec(key: dg.AssetKey) -> dg.AssetSpec:
    table = rulebook.table(key.to_user_string())
    columns = [dg.TableColumn(f.name, type=f.type, description=f.title) for f in table.entity_fields]
    return dg.AssetSpec(
        key,
        deps=[source_key(source_id) for source_id in (*catalog.load_all(), inbox.ID)],
        description=f"{table.title}\n\n{table.description}",
        group_name="warehouse",
        owners=["team:stewards"],
        kinds={"duckdb"},
        metadata={"dagster/column_schema": dg.TableSchema(columns=columns)},
    )


@dg.multi_asset(
    specs=[_spec(key) for key in table_keys()],
    check_specs=[dg.AssetCheckSpec("guard", asset=key, blocking=True, description=GUARD) for key in table_keys()],
)
def warehouse(night: NightResource) -> Iterator[dg.MaterializeResult]:  # type: ignore[type-arg]
    """Build ``warehouse.duckdb`` and guard each of its tables."""
    from warehouse import build

    tonight = night.tonight
    with sealed():
        # Where nothing was fetched, a source that is new since the last night has brought nothing yet.
        brought = [name for name in sources_of(tonight) if (tonight.home / "accepted" / name / "night.json").exists()]
        built = build.build(tonight.home, brought, tonight.as_of, tonight.prefecture, tonight.source_set)
    for key in table_keys():
        name = key.to_user_string()
        yield dg.MaterializeResult(
            asset_key=key,
            metadata={"dagster/row_count": built.rows[name], "行": built.rows[name]},
            check_results=[checks.result("guard", key, [finding for finding in built.broken if finding.table == name])],
        )
