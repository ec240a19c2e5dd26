"""Weights are learned from labels that the engine does not see, and the ones in force fit what is compared."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from schemas.sql import make_table
from tests.warehouse.resolution.invented import record
from warehouse.resolution import model, training
from warehouse.resolution.features import COLUMNS, Kind

KINDS: tuple[Kind, ...] = ("organization", "place")


@pytest.mark.parametrize("kind", KINDS)
def test_every_level_that_speaks_has_its_reviewed_weight(kind: Kind) -> None:
    weights = model.reviewed(kind)
    spoken = {one.name: {level.name for level in one.levels if not level.silent} for one in model.comparisons(kind)}
    assert {name: set(levels) for name, levels in weights.levels.items()} == spoken
    assert weights.proposed < weights.merged


@pytest.mark.parametrize("kind", KINDS)
def test_a_fixed_weight_is_the_reviewed_one(kind: Kind) -> None:
    levels = [(one.name, level) for one in model.comparisons(kind) for level in one.levels if level.fixed is not None]
    assert all(model.reviewed(kind).levels[name][level.name] == level.fixed for name, level in levels)


@pytest.mark.parametrize("kind", KINDS)
def test_every_level_has_its_words(kind: Kind) -> None:
    assert all(bool(level.ja) != level.silent for one in model.comparisons(kind) for level in one.levels)


def trained(**cells: str) -> training.Learned:
    """What bodies of two prefectures, which a register and a list of offices name, teach."""
    words = "春夏秋冬東西南北"
    labelled = [
        record(
            f"{area}{n}{kind}{source}",
            f"{kind}{words[n]}みち{words[-n]}" if source == "register" else f"{words[n]}みち{words[-n]}",
            source=source,
            area=f"{area}例市",
            truth=f"{area}{n}{kind}",
            address=f"本町{n}番",
            phone=f"011-2{n:02}-000{len(kind) if source == 'register' else 6}",
            **cells,
        )
        for area in ("北海道", "宮城県")
        for n in range(8)
        for kind in ("株式会社", "社会福祉法人")
        for source in ("register", "offices")
        if source == "register" or kind == "社会福祉法人"
    ]
    with duckdb.connect() as con:
        make_table(con, "labelled_now", {name: [one.get(name) for one in labelled] for name in (*COLUMNS, "truth")})
        return training.train(con, "labelled_now", "organization")


def test_training_tells_bodies_apart_that_it_has_not_seen() -> None:
    learned = trained()
    assert [one.part for one in learned.unseen] == ["北海道", "宮城県"]
    weights = learned.weights.levels
    assert weights["place"]["phone_and_block"] > weights["place"]["block"]
    assert (
        json.loads(training.as_json({}, "organization", learned.weights))["organization"]["merged"]
        in training.THRESHOLDS
    )


def test_what_has_a_fixed_weight_takes_no_lesson_away() -> None:
    assert trained(fax="011-000-0000") == trained()


def test_the_card_tells_what_is_in_force() -> None:
    card = (Path(model.__file__).parent / "model.md").read_text(encoding="utf-8")
    for kind in KINDS:
        assert f"{model.reviewed(kind).merged}" in card
