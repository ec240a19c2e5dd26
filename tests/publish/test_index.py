"""A release may leave the house only where a person has read the terms of every source that has rows in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from sample_release import ROWS, SOURCE_RUN, SOURCE_RUNS, fill, open_release

from publish import index


def origin(tmp_path: Path, **changes: Any) -> list[dict[str, Any]]:
    """The sources of a night whose source ``town`` differs in this from the usual one, whose terms are unknown."""
    warehouse = tmp_path / "warehouse.duckdb"
    open_release(warehouse, ROWS).close()
    with duckdb.connect(str(warehouse)) as con:
        con.execute("DELETE FROM source_runs")
        fill(con, "source_runs", [SOURCE_RUN, SOURCE_RUNS[1] | changes])
    with open_release(warehouse, ROWS) as con:
        return index.sources(con)


@pytest.mark.parametrize("status", ["unknown", "third_party"])
def test_terms_that_none_of_us_has_read_hold_the_release_back(tmp_path: Path, status: str) -> None:
    told = origin(tmp_path, licence_status=status)
    assert index.unread_licences(told) == ["town"]
    assert index.terms(told) == index.UNCHECKED


@pytest.mark.parametrize(
    "changes",
    [
        {"licence_status": "read"},
        {"licence_status": "third_party", "licence_confirmed": "2026-06-30"},
        {"licence_status": "unknown", "licence_confirmed": "2026-06-30"},
        {"accepted": 0},
    ],
)
def test_read_confirmed_or_without_rows_a_source_does_not(tmp_path: Path, changes: dict[str, Any]) -> None:
    told = origin(tmp_path, **changes)
    assert index.unread_licences(told) == []
    assert index.terms(told) == index.LICENCE
    assert told[1]["licence"]["confirmed"] == changes.get("licence_confirmed")


def written(folder: Path, **told: Any) -> Path:
    """A release folder whose index says that."""
    document = {"version": "2026-07-01", **told}
    (folder / index.NAME).write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return folder


def test_a_release_with_unread_terms_passes_to_no_target_and_says_what_to_do(tmp_path: Path) -> None:
    folder = written(tmp_path, publishable=False, unread_licences=["machi", "town"])
    with pytest.raises(index.NotPublishable) as refused:
        index.require_publishable(folder)
    told = str(refused.value)
    assert "machi・town" in told and "source.yml" in told and "confirmed: {by:" in told and "2026-07-01" in told


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"publishable": True},
        {"publishable": False, "unread_licences": []},
        {"publishable": True, "unread_licences": ["town"]},
        {"publishable": "true", "unread_licences": []},
    ],
)
def test_an_index_that_does_not_say_yes_says_no(tmp_path: Path, told: dict[str, Any]) -> None:
    with pytest.raises(index.NotPublishable):
        index.require_publishable(written(tmp_path, **told))


def test_a_release_whose_terms_are_read_passes(tmp_path: Path) -> None:
    index.require_publishable(written(tmp_path, publishable=True, unread_licences=[]))
