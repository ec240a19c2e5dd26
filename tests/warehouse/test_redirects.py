"""Where an id leads that became another: with a ledger that remembers, in whole builds and from clusters alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from schemas.sql import make_table
from tests.warehouse.accepted import AS_OF, corporate_number, ids, query, row, take_in
from warehouse import build, identity, judgements, ledger
from warehouse.judgements import Verdict

KIND = "organizations"
MERGED, SPLIT = "同じものの記録と分かったため一つにしました", "別のものと分かったため分けました"
REDIRECTS = f"SELECT change, old_id, new_id, since, why FROM redirects WHERE kind = '{KIND}'"

Told = tuple[str, str, str, date, str]
"""Change, old id, new id, since when, and why."""


# -- from what is one with what


class Clusters:
    """A home whose nights are told which records are one."""

    def __init__(self, home: Path) -> None:
        home.mkdir()
        self.home = home
        self.day = AS_OF
        self.redirects: list[Told] = []

    def night(self, *clusters: str) -> list[str]:
        """The next night; each cluster is its records, a letter each. The entities, in that order."""
        self.day += timedelta(days=1)
        rows = [(record, cluster) for cluster in clusters for record in cluster]
        with duckdb.connect() as con, ledger.opened(self.home) as book:
            make_table(con, "told", {"record_id": [row[0] for row in rows], "cluster": [row[1] for row in rows]})
            con.execute(
                f"""CREATE TABLE resolved AS
                    SELECT '{KIND}' AS kind, record_id, 'x' AS source, cluster, record_id AS anchor FROM told"""
            )
            identity.assign(con, book, ledger.SAMPLE_KEY, self.day.isoformat())
            build._redirects(con, book)
            self.redirects = con.execute(REDIRECTS).fetchall()
            borne = dict(con.execute("SELECT record_id, entity_id FROM members").fetchall())
        entities = [{borne[record] for record in cluster} for cluster in clusters]
        assert all(len(one) == 1 for one in entities)
        return [next(iter(one)) for one in entities]


@pytest.fixture
def home(tmp_path: Path) -> Clusters:
    return Clusters(tmp_path / "home")


def test_a_chain_of_merges_leads_to_the_id_that_lives(home: Clusters) -> None:
    (first,) = home.night("a")
    _, second = home.night("a", "b")
    _, _, third = home.night("a", "b", "c")
    home.night("a", "bc")
    assert home.redirects == [("merged", third, second, home.day, MERGED)]
    assert home.night("abc") == [first]
    yesterday = home.day - timedelta(days=1)
    assert sorted(home.redirects) == sorted(
        [("merged", second, first, home.day, MERGED), ("merged", third, first, yesterday, MERGED)]
    )


def test_every_id_of_a_long_chain_leads_to_its_end(home: Clusters) -> None:
    """Each merge keeps the older id, so that the chain grows at its end."""
    letters = "gfedcba"
    ids = [home.night(*letters[: n + 1])[n] for n in range(len(letters))]
    for left in range(len(letters) - 2, -1, -1):
        home.night(*letters[:left], letters[left:])
    assert {(old, new) for _, old, new, *_ in home.redirects} == {(old, ids[0]) for old in ids[1:]}


def test_what_was_one_from_the_first_is_parted_under_a_new_id(home: Clusters) -> None:
    (old,) = home.night("ab")
    kept, new = home.night("a", "b")
    assert kept == old != new
    assert home.redirects == [("split", old, new, home.day, SPLIT)]


def test_parted_and_joined_again_and_again_is_told_once(home: Clusters) -> None:
    (old,) = home.night("ab")
    _, new = home.night("a", "b")
    for _ in range(3):
        assert home.night("ab") == [old]
        assert home.redirects == [("merged", new, old, home.day, MERGED)]
        assert home.night("a", "b") == [old, new]
        assert home.redirects == [("split", old, new, home.day, SPLIT)]


def test_a_split_into_many_tells_each_part(home: Clusters) -> None:
    (old,) = home.night("abcd")
    kept, *parts = home.night("a", "bc", "d")
    assert kept == old
    assert sorted(home.redirects) == sorted(("split", old, part, home.day, SPLIT) for part in parts)


def test_a_record_that_goes_over_to_another_body_is_a_split_and_no_merge(home: Clusters) -> None:
    one, other = home.night("ab", "c")
    assert home.night("a", "bc") == [one, other]
    assert home.redirects == [("split", one, other, home.day, SPLIT)]


def test_ids_whose_records_are_all_gone_lead_nowhere_until_they_return(home: Clusters) -> None:
    home.night("a")
    one, other = home.night("a", "b")
    home.night("ab")
    told = home.redirects
    assert told == [("merged", other, one, home.day, MERGED)]
    home.night("c")
    assert home.redirects == []
    assert home.night("ab", "c")[0] == one
    assert home.redirects == told


def test_no_two_redirects_have_one_key_and_each_leads_to_a_living_id(home: Clusters) -> None:
    nights = ("ab", "c"), ("a", "b", "c"), ("abc",), ("ac", "b"), ("a", "bc"), ("a", "b", "c"), ("c", "ab"), ("abc",)
    for clusters in nights:
        living = set(home.night(*clusters))
        keys = [told[:3] for told in home.redirects]
        assert len(set(keys)) == len(keys)
        for change, old, new in keys:
            assert new in living and (old in living) == (change == "split")
        assert len({old for change, old, _ in keys if change == "merged"}) == len(
            [old for change, old, _ in keys if change == "merged"]
        )


# -- in whole builds


ROWS = {
    "x": [row("a", place__name="", organization__name="みちしるべ会")],
    "y": [
        row("b", place__name="", organization__name="まったくべつの会"),
        row("c", place__name="", organization__name="ことなる団", organization__corporate_number=corporate_number(3)),
    ],
}


class Installation:
    """A home that has taken :data:`ROWS` in, and its builds, a day apart."""

    def __init__(self, home: Path) -> None:
        take_in(home, ROWS)
        self.home = home
        self.day = AS_OF

    def night(self, *sources: str) -> dict[str, str]:
        """The build of the next night, of these sources; the organization of each record."""
        self.day += timedelta(days=1)
        assert build.build(self.home, list(sources), self.day, "01", "sample").broken == []
        return ids(self.home / "warehouse.duckdb", KIND)

    def judge(self, verdict: Verdict, one: str, two: str) -> None:
        judgements.judge(self.home, verdict, one, two, "係", "電話で確かめた", self.day, "organizations")

    def redirects(self) -> Sequence[tuple[object, ...]]:
        return query(self.home / "warehouse.duckdb", REDIRECTS)


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return Installation(tmp_path / "home")


def test_a_merge_that_a_person_undoes_gives_each_its_own_id_back(installation: Installation) -> None:
    installation.night("x")
    before = installation.night("x", "y")
    old, other = before["x:a"], before["y:b"]
    installation.judge("SAME", "x:a", "y:b")
    assert installation.night("x", "y") == {**before, "y:b": old}
    assert installation.redirects() == [("merged", other, old, installation.day, MERGED)]
    installation.judge("DIFFERENT", "x:a", "y:b")
    assert installation.night("x", "y") == before
    assert installation.redirects() == [("split", old, other, installation.day, SPLIT)]
    installation.judge("SAME", old, other)
    assert installation.night("x", "y") == {**before, "y:b": old}
    assert installation.redirects() == [("merged", other, old, installation.day, MERGED)]


def test_a_source_taken_away_and_brought_back_leaves_no_trace(installation: Installation) -> None:
    before = installation.night("x", "y")
    everything = query(installation.home / "warehouse.duckdb", "FROM members ORDER BY ALL")
    assert installation.night("x") == {"x:a": before["x:a"]}
    assert installation.redirects() == []
    installation.night("x", "y")
    assert query(installation.home / "warehouse.duckdb", "FROM members ORDER BY ALL") == everything
    assert query(installation.home / "warehouse.duckdb", "FROM redirects") == []
