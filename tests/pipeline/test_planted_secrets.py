"""Two hundred secrets planted in every private field and every kind of source: none stands in any published byte.

A real night over invented sources; searched by a search of the tests' own, in bytes, cells and decoded text, not by
the gate's.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from sources import inbox
from tests import nights
from tests.dropped import AS_OF, drop, drop_form, take_in
from tests.nights import Night
from tests.pipeline import planted
from tests.pipeline.planted import SECRETS, found_in, plant
from tests.pipeline.test_privacy_of_the_night import texts
from warehouse import submissions


def answers(word: str, number: int, **more: str) -> dict[str, str]:
    """A submission all of whose values are marked with ``word``; what it hides is planted by :func:`plant_answers`."""
    return {
        "団体の名称": f"{word}の会の人びと",
        "支援の名称": f"{word}の会の食堂",
        "概要": f"{word}の概要はひみつの話です",
        "代表者名": f"例野　{word}だいひょう",
        "所在地_連結表記（団体）": f"北海道旭川市{word}の丘町８丁目{number}番１０号",
        "所在地_連結表記（拠点）": f"北海道旭川市{word}の丘町８丁目{number}番１０号",
        "連絡先（電話）": planted.wide(f"0166-00-95{number}"),
        "連絡先（メール）": f"mail{number}hisoka@mail.example.jp",
    } | more


def plant_answers(word: str, number: int, *parts: str) -> None:
    """What of :func:`answers` must not be told."""
    told = {
        "person": f"例野{word}だいひょう",
        "address": f"{word}の丘町",
        "phone": f"01660095{number}",
        "mail": f"mail{number}hisoka",
        "organization": f"{word}の会",
        "text": f"{word}の概要",
    }
    for part in parts:
        plant(f"{word} {part}", told[part])


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Night:
    """The night: four submissions wait, are hidden, are withdrawn, and tell a person's number in their text."""
    folder = tmp_path_factory.mktemp("planted")
    project, home = planted.project(folder / "project"), folder / "home"
    mobile = "お急ぎの方は０９０ー００００ー９６９６（例野たんとう）まで"
    drop(home, "a.csv", answers("けやき", 31, 概要="だれでも来られる食堂", **{"公開の範囲（所在地）": "非公開"}))
    drop(home, "b.csv", answers("こぶし", 32))
    drop(home, "c.csv", answers("さわら", 33, **{"概要": mobile}))
    drop_form(home, "d.xlsx", ["しなのきの会の集い"], answers("しなのき", 34) | {"公開の範囲（所在地）": "非公開"})
    take_in(home)
    for one in submissions.listing(home, AS_OF):
        submissions.approve(home, one.id, "係", "電話", AS_OF)
        if one.organization.startswith("こぶし"):
            submissions.withdraw(home, one.id, "係", "依頼", AS_OF)
    drop(home, "すずらん/e.csv", answers("すずらん", 35))
    drop_form(home, "せんのき.xlsx", ["せんのきの会の集い"], answers("せんのき", 36))
    plant_answers("けやき", 31, "person", "address", "phone")
    plant_answers("さわら", 33, "person")
    plant("mobile in a text", "09000009696")
    plant_answers("しなのき", 34, "person", "address", "phone")
    for word, number in {"こぶし": 32, "すずらん": 35, "せんのき": 36}.items():
        plant_answers(word, number, "person", "address", "phone", "mail", "organization", "text")
    night = nights.run(home, project=project)
    assert night.code == 0, night.stdout + night.stderr
    return night


def found_below(folder: Path) -> dict[str, set[str]]:
    found, seen = {}, cache(found_in)
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        secrets = set().union(*map(seen, texts(path)), seen(path.name))
        if secrets:
            found[path.relative_to(folder).as_posix()] = secrets
    return found


def test_there_are_two_hundred_of_them_in_every_kind_of_source(told: Night) -> None:
    assert len(SECRETS) >= 200
    runs = told.sources
    assert len(runs) == len(planted.WAYS) + 1
    assert all(run["accepted"] == 4 for name, run in runs.items() if name != inbox.ID), runs
    landed = set().union(*(set(found) for found in found_below(told.home / "landing").values()))
    assert len(landed) > 150


@pytest.mark.parametrize("folder", ["releases", "dagster"])
def test_none_stands_below(folder: str, told: Night) -> None:
    below = told.home / folder
    assert any(below.rglob("*.*")) and (told.home / "latest").resolve().parent == (told.home / "releases").resolve()
    assert found_below(below) == {}


def test_none_is_said(told: Night) -> None:
    assert found_in(told.stdout) | found_in(told.stderr) == set()


def test_what_is_public_of_the_same_records_is_told(told: Night) -> None:
    """The search would find it: every source came through."""
    text = (told.home / "latest/ndjson/services.ndjson").read_text("utf-8")
    names = (told.home / "latest/ndjson/organizations.ndjson").read_text("utf-8")
    for number, word in enumerate(planted.WAYS, 11):
        assert f"支援{word}a" in text and f"https://koukai{number}hisoka.example.jp/" in text
    assert all(f"{word}の会の人びと" in names for word in ("けやき", "さわら", "しなのき"))


@pytest.mark.parametrize("word", planted.WAYS)
@pytest.mark.parametrize(
    "written",
    [
        "{}ノヤド町",
        "《{}の　やど町》",
        "(+81)138-00-91{:02}",
        "０１３８００９１{:02}",
        "41.8{:02}1",
        "Yado{:02}Hisoka.example.jp",
        "〒041 91{:02}",
    ],
)
def test_this_search_finds_another_way_of_writing(written: str, word: str, told: Night) -> None:
    number = list(planted.WAYS).index(word) + 11
    assert found_in(written.format(number if ":02" in written else word))


def test_this_search_takes_no_time_of_day_for_a_place(told: Night) -> None:
    assert found_in('"lat":41.8111') == found_in("緯度 41.8112") == {"41.811"}
    assert found_in("2026-11-24T03:12:41.811") == set()
