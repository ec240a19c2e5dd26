"""Corrections of known faults of a source: each expires by itself when the provider changes the cell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tiny
import yaml

from sources import catalog, ingest
from sources.catalog import Source

CORRECTION: dict[str, Any] = {
    "key": ["2"],
    "column": "電話",
    "expect": "0166-00-000",
    "value": "0166-00-0009",
    "reason": "一桁足りない。電話で確かめた",
    "reported_on": "2026-03-01",
    "status": "reported",
}


def judged(root: Path, *corrections: dict[str, Any], phone: str = "0166-00-000") -> tuple[Source, ingest.SourceRun]:
    source = tiny.make(root)
    told = yaml.safe_dump(list(corrections), allow_unicode=True)
    (source.folder / "corrections.yml").write_text(told, encoding="utf-8")
    tiny.publish(source, {"番号": "1"}, {"番号": "2", "電話": phone})
    source = catalog.load(source.folder)
    return source, ingest.ingest(source, tiny.night(root / "home"))


def told(root: Path) -> list[tuple[str, int | None, str | None, str | None]]:
    return [(one.code, one.row, one.value, one.expected) for one in ingest.findings("machi", root / "home")]


def test_a_known_fault_is_corrected_and_told(tmp_path: Path) -> None:
    _, run = judged(tmp_path, CORRECTION)
    assert (run.accepted, run.quarantined) == (2, 0)
    assert told(tmp_path) == [("value-corrected", 3, "0166-00-000", "0166-00-0009")]


def test_a_value_can_be_taken_out(tmp_path: Path) -> None:
    _, run = judged(tmp_path, CORRECTION | {"value": None})
    assert run.quarantined == 1
    assert {code for code, *_ in told(tmp_path)} == {"value-corrected", "no-contact"}


def test_a_correction_expires_when_the_cell_changes(tmp_path: Path) -> None:
    _, run = judged(tmp_path, CORRECTION, phone="0166-00-0009")
    assert run.accepted == 2
    assert told(tmp_path) == [("correction-expired", None, "0166-00-000", None)]


def test_a_new_correction_makes_the_work_anew(tmp_path: Path) -> None:
    _, before = judged(tmp_path)
    _, after = judged(tmp_path, CORRECTION)
    assert before.key != after.key and (before.quarantined, after.quarantined) == (1, 0)


@pytest.mark.parametrize(
    "change", [{"column": "電子郵便"}, {"key": ["2", "3"]}, {"status": "perhaps"}, {"expect": None}]
)
def test_a_broken_file_leaves_the_last_good_data_in_service(tmp_path: Path, change: dict[str, Any]) -> None:
    judged(tmp_path)
    _, run = judged(tmp_path, CORRECTION | change)
    assert run.served and run.rejected
