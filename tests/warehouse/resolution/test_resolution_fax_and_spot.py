"""Fax numbers and coordinates speak where both records give them, and never alone."""

from __future__ import annotations

import json

import duckdb
import pytest

from schemas.sql import make_table
from tests.warehouse.resolution.invented import Resolved, connected, record
from warehouse.resolution import engine, features, model
from warehouse.resolution.features import Kind

HERE = {"latitude": "43.770000", "longitude": "142.365000"}
NEAR = {"latitude": "43.771000", "longitude": "142.365000"}
MIDDLING = {"latitude": "43.780000", "longitude": "142.365000"}
FAR = {"latitude": "43.800000", "longitude": "142.365000"}
ABROAD = {"latitude": "24.500000", "longitude": "121.500000"}


def pair(one: dict[str, str], other: dict[str, str]) -> list[dict[str, str]]:
    """Records of two sources, of one name in one town, that may have more in common."""
    return [record("a", "みちしるべの家", **one), record("b", "みちしるべの家", source="list", **other)]


def said(comparison: str, one: dict[str, str], other: dict[str, str], kind: Kind = "place") -> str:
    """The level of a comparison of a pair."""
    with connected(pair(one, other)) as con:
        features.make(con, "records", kind)
        model.score(con, kind, model.reviewed(kind))
        model.tell(con, kind, "scored", "told")
        ((level,),) = con.execute(f"SELECT {comparison} FROM told").fetchall()
    return str(level)


@pytest.mark.parametrize(
    ("other", "level"),
    [
        (HERE, "here"),
        (NEAR, "near"),
        (MIDDLING, "silent"),
        (FAR, "far"),
        (ABROAD, "silent"),
        ({}, "silent"),
        ({"latitude": "43.8"}, "silent"),
        ({"latitude": "142.365", "longitude": "43.77"}, "silent"),
    ],
)
def test_how_far_two_spots_are_apart(other: dict[str, str], level: str) -> None:
    assert said("spot", HERE, other) == said("spot", other, HERE) == level


def test_spots_of_one_address_say_nothing() -> None:
    address = {"address": "本町1丁目2番3号"}
    assert said("spot", HERE | address, FAR | address) == "silent"


def test_a_wrong_spot_alone_keeps_nothing_apart() -> None:
    line = {"phone": "0166-22-0001"}
    assert Resolved(pair(line | HERE, line | FAR), kind="place").together("a", "b")


@pytest.mark.parametrize("kind", ["organization", "place"])
def test_a_fax_number_is_compared_where_both_give_one(kind: Kind) -> None:
    fax = {"fax": "0166-22-0002"}
    assert said("fax", fax, {"fax": "０１６６（２２）０００２"}, kind) == "same"
    assert said("fax", fax, {"fax": "0166-22-0003"}, kind) == "differs"
    assert said("fax", fax, {"fax": "なし"}, kind) == "silent"
    assert said("fax", fax, {}, kind) == "silent"


def test_a_fax_number_of_many_bodies_says_nothing() -> None:
    with duckdb.connect() as con:
        crowd = [record(name, f"{name}みちの会", fax="0166-22-0002") for name in "春夏秋冬東西南"]
        make_table(con, "records", {name: [one.get(name) for one in crowd] for name in ("record_id", "name", "fax")})
        features.make(con, "records", "organization")
        assert con.execute("SELECT count(*), count(fax) FROM features").fetchall() == [(7, 0)]


@pytest.mark.parametrize("kind", ["organization", "place"])
def test_records_without_fax_and_spot_are_weighed_as_if_neither_were_compared(kind: Kind) -> None:
    with connected(pair({"phone": "0166-22-0001"}, {"phone": "0166-22-0001"})) as con:
        for name in ("fax", "latitude", "longitude"):
            con.execute(f"ALTER TABLE records DROP {name}")
        engine.resolve(con, "records", kind)
        ((weight, reasons),) = con.execute("SELECT weight, reasons FROM pairs").fetchall()
    told = [one for one in json.loads(reasons) if "comparison" in one]
    assert {one["comparison"] for one in told}.isdisjoint({"fax", "spot"})
    assert weight == pytest.approx(model.reviewed(kind).start + sum(one["weight"] for one in told), abs=0.002)
