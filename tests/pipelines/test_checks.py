"""What a check's page shows, and what it must not."""

from __future__ import annotations

import dagster as dg
import pytest

from pipelines import checks
from pipelines.sealed import sealed
from schemas import rulebook
from schemas.finding import Finding, Severity

KEY = dg.AssetKey(["sources", "a"])
CLOSED = [(t.name, f.name) for t in rulebook.tables().values() for f in t.fields if f.privacy != "public"]


def finding(severity: str, table: str, field: str) -> Finding:
    """A finding whose value, message and suggestion all tell the same secret."""
    return Finding(
        "pattern",
        severity,
        "a",
        "a.csv",
        5,
        "列",
        table,
        field,
        "ひみつ",
        "「ひみつ」は違います",
        "",
        "ひみつ？",
        "a:1",
    )


@pytest.mark.parametrize(("table", "field"), CLOSED)
def test_what_is_not_public_is_masked(table: str, field: str) -> None:
    shown = checks.result("findings", KEY, [finding("withhold", table, field)])
    assert "ひみつ" not in repr(shown)
    assert checks.MASK in repr(shown)


def test_what_is_public_is_shown() -> None:
    shown = checks.result("findings", KEY, [finding("withhold", "organizations", "name")])
    assert "「ひみつ」は違います" in shown.metadata[checks.TABLE].value


def test_a_table_cell_cannot_break_the_table() -> None:
    broken = Finding("pattern", "note", "a", "a.csv", message_ja="一|二\n三")
    assert "一｜二 三" in checks.result("findings", KEY, [broken]).metadata[checks.TABLE].value


def test_findings_that_say_the_same_take_one_line_with_their_number() -> None:
    rows = [Finding("no-contact", "quarantine", "a", "a.csv", row, message_ja="連絡先がない") for row in (9, 7, 8)]
    shown = checks.result("findings", KEY, rows)
    assert "| 3 |  | a.csv 7 行目 |" in shown.metadata[checks.TABLE].value
    assert shown.description == "行を隔離 3 件：連絡先がない"


def test_a_blank_is_not_masked() -> None:
    blank = Finding("required", "withhold", "a", "a.csv", 5, "列", "organizations", "representative_name")
    assert checks.MASK not in checks.result("findings", KEY, [blank]).metadata[checks.TABLE].value


@pytest.mark.parametrize("severity", list(Severity))
def test_only_a_stop_is_an_error_and_only_a_note_passes(severity: Severity) -> None:
    result = checks.result("gate", KEY, [finding(severity, "organizations", "name")])
    assert (result.severity == dg.AssetCheckSeverity.ERROR) == (severity == Severity.STOP)
    assert result.passed == (severity == Severity.NOTE)


def test_a_bug_is_told_without_its_message() -> None:
    with pytest.raises(dg.Failure) as caught, sealed():
        raise ValueError("ひみつ")
    assert caught.value.description is not None and caught.value.description.startswith("ValueError")
    assert "ひみつ" not in caught.value.description
    assert caught.value.__suppress_context__
