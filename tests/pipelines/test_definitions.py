"""The graph as Dagster loads it: keys, checks, owners, job and schedule."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest
import yaml

from pipelines import keys
from pipelines.definitions import defs
from schemas import rulebook
from sources import catalog

ROOT = Path(__file__).parents[2]
TABLES = {
    "organizations", "places", "services", "service_places", "schedules", "contact_points",
    "programs", "jurisdictions", "hotlines", "provenance", "redirects",
}  # fmt: skip


@pytest.fixture(scope="module")
def graph() -> dg.Definitions:
    return defs()


def test_asset_keys(graph: dg.Definitions) -> None:
    found = {key.to_user_string() for key in graph.resolve_asset_graph().get_all_asset_keys()}
    assert found == {f"sources/{name}" for name in (*catalog.load_all(), "inbox")} | TABLES | {
        "warehouse/review_queue",
        "release",
    }
    assert {table.name for table in rulebook.warehouse_tables()} == TABLES


def test_checks(graph: dg.Definitions) -> None:
    found = {(key.asset_key.to_user_string(), key.name) for key in graph.resolve_asset_graph().asset_check_keys}
    of_sources = {
        (f"sources/{name}", check)
        for name in (*catalog.load_all(), "inbox")
        for check in ("readable", "findings", "fresh", "conserved")
    }
    others = {("warehouse/review_queue", name) for name in ("judgements", "sites")} | {("release", "privacy")}
    assert found == of_sources | others | {(table, check) for table in TABLES for check in ("guard", "gate")}


def test_every_asset_tells_a_steward_what_it_is(graph: dg.Definitions) -> None:
    for spec in graph.resolve_all_asset_specs():
        assert (
            spec.description and spec.owners and spec.kinds and spec.group_name in ("sources", "warehouse", "publish")
        )


def test_only_guard_and_gate_can_block(graph: dg.Definitions) -> None:
    assets = graph.resolve_asset_graph()
    blocking = {key.name for key in assets.asset_check_keys if assets.get_check_spec(key).blocking}
    assert blocking == {"guard", "gate"}


def test_the_schedule_gives_the_tokyo_date_of_its_tick(graph: dg.Definitions) -> None:
    schedule = graph.resolve_schedule_def("nightly_at_two")
    assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 2 * * *", "Asia/Tokyo")
    tick = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
    [request] = schedule.evaluate_tick(dg.build_schedule_context(scheduled_execution_time=tick)).run_requests
    assert request.run_config["resources"]["night"]["config"]["as_of"] == "2026-11-23"
    assert keys.RELEASE in request.asset_selection


def test_the_code_location_has_one_name() -> None:
    [entry] = yaml.safe_load((ROOT / "workspace.yaml").read_text(encoding="utf-8"))["load_from"]
    assert entry["python_module"]["location_name"] == keys.LOCATION
    assert f'code_location_name = "{keys.LOCATION}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
