"""The quality report counts rightly, shows no value, and its page stands alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from sample_release import FINDINGS, ROWS, SOURCE_RUNS, fill, open_release

from publish import exporters, quality
from schemas import messages


@pytest.fixture
def report(con: duckdb.DuckDBPyConnection) -> dict[str, object]:
    """The report on the sample rows."""
    return quality.build(con, exporters.prepare(con), "2026-07-01.2", date(2026, 7, 1))


def test_totals_are_the_sum_of_the_sources_without_what_was_submitted(report: dict) -> None:  # type: ignore[type-arg]
    for count in quality.COUNTS:
        assert report["totals"][count] == sum(run[count] for run in SOURCE_RUNS if run["kind"] != quality.SUBMISSION)
    told = [finding for finding in FINDINGS if finding["source"] == "registry"]
    assert sum(report["totals"]["findings"].values()) == len(told)


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
    assert (problem["code"], problem["count"]) == ("required", 3)
    assert problem["table"] is problem["field"] is problem["where"] is None
    assert town["rejected"] == quality.REJECTED_SUBMISSION


@pytest.fixture
def few(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """The submissions of a night in which few rows were sent: one was not usable, one value was wrong."""
    warehouse = tmp_path / "few.duckdb"
    open_release(warehouse, ROWS).close()
    told = {"rows_read": 9, "accepted": 6, "quarantined": 1, "out_of_area": 0, "ended": 2, "withheld": 1}
    with duckdb.connect(str(warehouse)) as con:
        con.execute("DELETE FROM source_runs WHERE source = 'town'")
        fill(con, "source_runs", [SOURCE_RUNS[1] | told])
        wrong = {"code": "pattern", "severity": "withhold", "source": "town", "table": "places", "field": "url"}
        fill(con, "findings", [wrong])
    with open_release(warehouse, ROWS) as con:
        yield quality.build(con, exporters.prepare(con), "2026-07-01", date(2026, 7, 1))


def test_no_small_count_of_submissions_is_told_nor_what_it_follows_from(few: dict[str, Any]) -> None:
    town = few["sources"][1]
    told = {count: town[count] for count in quality.COUNTS}
    # The two small counts of rows are in doubt between themselves; their sum is not, and is no small one.
    assert told == {"rows_read": 9, "accepted": 6, "quarantined": None, "out_of_area": 0, "ended": None} | {
        "withheld": None
    }
    assert [problem["code"] for problem in town["problems"]] == ["required"]
    assert set(town["findings"].values()) == {None}
    assert few["totals"] == {count: SOURCE_RUNS[0][count] for count in quality.COUNTS} | {
        "findings": few["sources"][0]["findings"]
    }


def test_the_page_has_a_symbol_for_what_is_not_told_and_says_why(few: dict[str, Any]) -> None:
    page = quality.render(few)
    town = page.split('<article id="town">')[1].split("</article>")[0]
    assert "<dd>x <small>行</small></dd>" in town and "3 に満たない数" in town
    assert "指摘はありません" not in town
    assert "<dd>x" not in page.split('<article id="registry">')[1].split("</article>")[0]


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
    assert "12,000" in page and "見本データ" in page and "利用条件は未確認" in page
    assert not re.findall(r"<(?:script|link|img|iframe)|@import|url\(|src=", page)
    for run in SOURCE_RUNS:
        assert f'id="{run["source"]}"' in page and f'href="#{run["source"]}"' in page


def test_a_source_with_many_problems_names_the_first_and_counts_the_rest(report: dict) -> None:  # type: ignore[type-arg]
    registry = report["sources"][0]
    registry["problems"] = registry["problems"][:1] * (quality.TOP + 3)
    assert "ほかに 3 種類の指摘があります" in quality.render(report)
