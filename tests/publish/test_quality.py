"""The quality report counts rightly, shows no value, and its page stands alone."""

from __future__ import annotations

import re
from datetime import date

import duckdb
import pytest
from sample_release import FINDINGS, SOURCE_RUNS

from publish import exporters, quality
from schemas import messages


@pytest.fixture
def report(con: duckdb.DuckDBPyConnection) -> dict[str, object]:
    """The report on the sample rows."""
    return quality.build(con, exporters.prepare(con), "2026-07-01.2", date(2026, 7, 1))


def test_totals_are_the_sum_of_the_sources(report: dict) -> None:  # type: ignore[type-arg]
    for count in quality.COUNTS:
        assert report["totals"][count] == sum(run[count] for run in SOURCE_RUNS)
    assert sum(report["totals"]["findings"].values()) == len(FINDINGS)


def test_a_source_tells_age_findings_and_the_commonest_first(report: dict) -> None:  # type: ignore[type-arg]
    registry, town = report["sources"]
    assert registry["age_days"] == 92 and town["age_days"] is None
    assert registry["findings"] == {"stop": 0, "reject": 0, "quarantine": 1, "withhold": 8, "note": 0}
    first, of_the_registry, second = registry["problems"]
    assert (first["code"], first["field"], first["count"]) == ("pattern", "postal_code", 7)
    assert first["where"] == "拠点の「郵便番号」" and first["message_ja"] == messages.describe("pattern")[0]
    assert second["count"] == 1
    assert (of_the_registry["code"], of_the_registry["count"]) == ("not-kana", 1)
    assert of_the_registry["table"] is of_the_registry["where"] is None  # its table is not published


def test_of_a_submission_only_counts_by_rule_are_told(report: dict) -> None:  # type: ignore[type-arg]
    town = report["sources"][1]
    (problem,) = town["problems"]
    assert (problem["code"], problem["count"]) == ("required", 2)
    assert problem["table"] is problem["field"] is problem["where"] is None
    assert town["rejected"] == quality.REJECTED_SUBMISSION


def test_fill_rates_are_of_the_published_fields(report: dict) -> None:  # type: ignore[type-arg]
    organizations = next(table for table in report["tables"] if table["name"] == "organizations")
    rates = {field["name"]: (field["filled"], field["percent"]) for field in organizations["fields"]}
    assert organizations["rows"] == 2
    assert rates["name"] == (2, 100.0) and rates["postal_code"] == (1, 50.0) and rates["url"] == (0, 0.0)
    assert "address_visibility" not in rates


def test_no_value_or_row_of_a_finding_is_shown(report: dict) -> None:  # type: ignore[type-arg]
    assert "秘密" not in repr(report) and "秘密" not in quality.render(report)
    assert "a.csv" not in repr(report)


def test_the_page_stands_alone_and_escapes_what_it_shows(report: dict) -> None:  # type: ignore[type-arg]
    page = quality.render(report)
    assert "国の&lt;名簿&gt;" in page and "<名簿>" not in page
    assert "24,000" in page and "見本データ" in page and "利用条件は未確認" in page
    assert not re.findall(r"<(?:script|link|img|iframe)|@import|url\(|src=", page)
    for run in SOURCE_RUNS:
        assert f'id="{run["source"]}"' in page and f'href="#{run["source"]}"' in page


def test_a_source_with_many_problems_names_the_first_and_counts_the_rest(report: dict) -> None:  # type: ignore[type-arg]
    registry = report["sources"][0]
    registry["problems"] = registry["problems"][:1] * (quality.TOP + 3)
    assert "ほかに 3 種類の指摘があります" in quality.render(report)
