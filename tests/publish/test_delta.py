"""The delta: with the release before it makes the release, and it repeats nothing that is gone."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publish import delta
from publish.exporters import rows
from schemas import rulebook
from schemas.rulebook import Field, Table
from tests.publish.applying import from_csv, from_json
from tests.publish.small_releases import (
    AS_OF,
    FAX,
    MAIL,
    ORGANIZATION,
    PHONE,
    SERVICES,
    TABLES,
    Rows,
    keep,
    made,
    opened,
    redirect,
)


def as_json(con: duckdb.DuckDBPyConnection, table: Table) -> list[dict[str, Any]]:
    """The rows as ``json`` has them."""
    return [
        json.loads(row) for (row,) in con.execute(f"SELECT to_json(t)::VARCHAR FROM release.{table.name} t").fetchall()
    ]


def as_csv(con: duckdb.DuckDBPyConnection, table: Table) -> list[dict[str, str]]:
    """The rows as ``csv`` has them."""
    cells = ", ".join(f"coalesce(CAST({rows.text(field)} AS VARCHAR), '')" for field in table.published_fields)
    found = con.execute(f"SELECT {cells} FROM release.{table.name} source").fetchall()
    return [dict(zip((f.title for f in table.published_fields), row, strict=True)) for row in found]


def bag(told: Sequence[dict[str, Any]]) -> Counter[str]:
    """The rows without their order; a cell that is not there is empty."""
    return Counter(json.dumps({k: v for k, v in row.items() if v not in (None, "")}, sort_keys=True) for row in told)


def lists(document: dict[str, Any]) -> dict[str, list[Any]]:
    """The lists of a table's document that hold something."""
    return {name: told for name, told in document.items() if isinstance(told, list) and told and name != "key"}


# --- the property: release(n-1) + delta = release(n) ---------------------------------------------------------------

IDS = st.sampled_from(["a1", "b2", "c3", "d4"])
TEXTS = st.sampled_from(
    ["", "あ", "が", "が", "=1+1", "a;b", "一\r\n二", "\u2028", '"はい", と', "{}", "null", "'", "\\"]
)
VALUES = {
    "VARCHAR": TEXTS,
    "BIGINT": st.sampled_from([0, -1, 2**53]),
    "DOUBLE": st.sampled_from([43.770833, 142.365, 0.0, 43.0]),
    "DATE": st.sampled_from(["2026-11-23", "0001-01-01"]),
    "BOOLEAN": st.booleans(),
}
KINDS = ("organizations", "places", "services", "programs", "hotlines")


def cell(table: Table, field: Field) -> st.SearchStrategy[Any]:
    if field.name in table.told_by:
        enum = field.descriptor.get("constraints", {}).get("enum", ("services", "places"))
        return IDS if field.name.endswith("_id") else st.sampled_from(enum)
    if field.many:
        return st.none() | st.lists(st.sampled_from(["x", "あ い", "-"]), max_size=2)
    if field.name in table.primary_key:
        return IDS
    return st.none() | VALUES[field.duckdb_type]


def table_rows(table: Table) -> st.SearchStrategy[list[dict[str, Any]]]:
    row = st.fixed_dictionaries({field.name: cell(table, field) for field in table.published_fields})
    if not table.primary_key:
        return st.lists(row, max_size=4)
    return st.lists(row, max_size=3, unique_by=lambda one: tuple(one[name] for name in table.primary_key))


@st.composite
def two_releases(draw: st.DrawFn) -> tuple[Table, Rows, Rows]:
    """Any table in two nights, with what may have been merged and split in it."""
    table = draw(st.sampled_from(TABLES))
    names = {table.name, "redirects"} - {"removed"}
    before, now = ({name: draw(table_rows(rulebook.table(name))) for name in sorted(names)} for _ in range(2))
    return table, before, now


NIGHTS = st.fixed_dictionaries({name: table_rows(rulebook.table(name)) for name in ("hotlines", "places", "redirects")})


@settings(max_examples=40, deadline=None)
@given(told=two_releases())
def test_the_release_before_and_the_delta_are_the_release(told: tuple[Table, Rows, Rows]) -> None:
    table, before, now = told
    with TemporaryDirectory() as name, opened(before) as earlier, opened(now) as con:
        home = Path(name)
        folder = keep(earlier, home / "2026-11-22")
        delta.removed(con, folder, AS_OF)
        delta.make(con, folder, [table])
        counts = delta.write(con, [table], home)
        path = home / "delta" / f"{table.name}.json"
        assert bag(from_json(as_json(earlier, table), path)) == bag(as_json(con, table))
        assert counts[path] == sum(len(listed) for listed in lists(json.loads(path.read_text("utf-8"))).values())
        path = path.with_suffix(".csv")
        assert bag(from_csv(as_csv(earlier, table), path)) == bag(as_csv(con, table))
        with path.open(encoding="utf-8", newline="") as file:
            assert counts[path] == len(list(csv.reader(file))) - 1
        delta.read(con, home)
        again = home / "again"
        again.mkdir()
        assert list(delta.write(con, [table], again).values()) == list(counts.values())
        for written in (home / "delta").iterdir():
            assert (again / "delta" / written.name).read_bytes() == written.read_bytes()


@settings(max_examples=20, deadline=None)
@given(told=two_releases())
def test_nothing_changed_is_an_empty_delta(told: tuple[Table, Rows, Rows]) -> None:
    table, _, now = told
    with TemporaryDirectory() as home, opened(now) as con:
        delta.removed(con, None, AS_OF)
        delta.make(con, keep(con, Path(home) / "2026-11-22"), [table])
        assert con.execute("FROM delta.changes").fetchall() == con.execute("FROM delta.phones").fetchall() == []


# --- examples ------------------------------------------------------------------------------------------------------


def test_the_first_release_says_that_there_is_nothing_before(tmp_path: Path) -> None:
    told = made(None, {"services": SERVICES, "contact_points": [PHONE]}, tmp_path)
    assert told["index.json"]["previous"] is None
    assert {count for table in told["index.json"]["tables"] for count in table.values() if isinstance(count, int)} == {
        0
    }
    assert [name for name, one in told.items() if name.endswith(".json") and lists(one) and name != "index.json"] == []
    assert told["services.csv"] == "差分,支援ID,項目,新しい値\n"


def test_what_was_added_stands_whole_and_of_what_changed_only_what_differs(tmp_path: Path) -> None:
    before = {"services": [SERVICES[0]]}
    now = {"services": [SERVICES[0] | {"capacity": 25, "note": None, "troubles": ["illness", "care"]}, SERVICES[1]]}
    told = made(before, now, tmp_path)
    (added,) = told["services.json"]["added"]
    assert list(added) == [field.name for field in rulebook.table("services").published_fields]
    assert added["service_id"] == "s2" and added["name"] == "相談" and added["capacity"] is None
    assert told["services.json"]["changed"] == [
        {"service_id": "s1", "after": {"troubles": ["illness", "care"], "capacity": 25, "note": None}}
    ]
    assert told["services.csv"].splitlines() == [
        "差分,支援ID,項目,新しい値",
        "added,s2,支援の名称,相談",
        "changed,s1,困りごと,illness;care",
        "changed,s1,定員,25",
        "changed,s1,備考,",
    ]
    index = {table["name"]: table for table in told["index.json"]["tables"]}
    assert told["index.json"]["previous"] == "2026-11-22"
    assert index["services"]["added"] == index["services"]["changed"] == 1 and index["services"]["removed"] == 0


def test_what_is_gone_is_told_by_its_id_alone(tmp_path: Path) -> None:
    desk: dict[str, Any] = {"municipality_code": "012041", "desk_type": "x-desk", "service_id": "s1"}
    before = {"services": SERVICES, "contact_points": [PHONE, FAX, MAIL], "jurisdictions": [desk]}
    now = {"services": [SERVICES[1]], "contact_points": [MAIL]}
    told = made(before, now, tmp_path)
    assert lists(told["services.json"]) == {"removed": [{"service_id": "s1"}]}
    assert lists(told["contact_points.json"]) == {
        "replaced": [{"owner_kind": "services", "owner_id": "s1", "rows": []}]
    }
    assert lists(told["jurisdictions.json"]) == {"replaced": [{"service_id": "s1", "rows": []}]}
    assert told["services.csv"].splitlines()[1:] == ["removed,s1,,"]
    assert told["contact_points.csv"].splitlines()[1:] == ["replaced,services,s1,,,"]
    assert told["removed.csv"].splitlines()[1:] == ["added,services,s1,なくなった日,2026-11-23"]
    for trace in ("598", "食堂", "012041", "x-desk", "予約"):
        assert trace not in repr(told)


def test_an_owner_is_told_with_all_rows_that_are_left(tmp_path: Path) -> None:
    other = PHONE | {"value": "011-598-1190"}
    told = made({"contact_points": [PHONE, FAX, MAIL]}, {"contact_points": [MAIL, other, FAX]}, tmp_path)
    ((owner,),) = lists(told["contact_points.json"]).values()
    assert [row["value"] for row in owner["rows"]] == ["011-598-1186", "011-598-1190"]
    assert told["contact_points.csv"].splitlines() == [
        "差分,対象の種類,対象のID,行,項目,新しい値",
        "replaced,services,s1,1,連絡先の種類,fax",
        "replaced,services,s1,1,連絡先,011-598-1186",
        "replaced,services,s1,2,連絡先の種類,phone",
        "replaced,services,s1,2,連絡先,011-598-1190",
    ]


def test_what_was_merged_is_not_also_removed(tmp_path: Path) -> None:
    now = {"services": [SERVICES[1]], "redirects": [redirect("merged", "s1", "s2")]}
    told = made({"services": SERVICES}, now, tmp_path)
    assert lists(told["services.json"]) == {"merged": [{"old_id": "s1", "new_id": "s2"}]}
    assert told["services.csv"].splitlines()[1:] == ["merged,s1,支援ID,s2"]
    assert lists(told["removed.json"]) == {}


def test_a_merge_is_told_once(tmp_path: Path) -> None:
    now = {"services": [SERVICES[1]], "redirects": [redirect("merged", "s1", "s2")]}
    assert lists(made(now, now, tmp_path)["services.json"]) == {}


def test_what_was_split_is_added_and_told_once(tmp_path: Path) -> None:
    now = {"services": SERVICES, "redirects": [redirect("split", "s1", "s2")]}
    told = made({"services": SERVICES[:1]}, now, tmp_path / "one")
    assert told["services.json"]["split"] == [{"old_id": "s1", "new_id": "s2"}]
    assert [one["service_id"] for one in told["services.json"]["added"]] == ["s2"]
    assert told["services.json"]["removed"] == []
    assert lists(made(now, now, tmp_path / "two")["services.json"]) == {}


def test_a_table_or_field_that_an_older_release_lacks_counts_as_empty(tmp_path: Path) -> None:
    with opened({"services": SERVICES, "places": [{"place_id": "p1", "name": "広場"}]}) as con:
        folder = keep(con, tmp_path / "2026-11-22")
        (folder / "parquet/places.parquet").unlink()
        path = folder / "parquet/services.parquet"
        con.execute(f"COPY (SELECT * EXCLUDE (name, troubles) FROM release.services) TO '{path}' (FORMAT parquet)")
        delta.removed(con, folder, AS_OF)
        delta.make(con, folder, TABLES)
        found = con.execute(
            "SELECT \"table\", change, key, after ->> 'name' FROM delta.changes ORDER BY ALL"
        ).fetchall()
    assert found == [
        ("places", "added", ["p1"], "広場"),
        ("services", "changed", ["s1"], "水曜の食堂"),
        ("services", "changed", ["s2"], "相談"),
    ]


def test_a_redaction_can_take_rows_out_and_write_the_delta_again(tmp_path: Path) -> None:
    before: Rows = {"services": [SERVICES[1]], "contact_points": [MAIL]}
    now: Rows = {"services": [SERVICES[0], SERVICES[1] | {"note": "月曜"}], "contact_points": [PHONE]}
    made(before, now, tmp_path)
    with opened({}) as con:
        delta.read(con, tmp_path)
        con.execute("DELETE FROM delta.changes WHERE list_contains(key, 's1')")
        con.execute("UPDATE delta.previous SET version = '2026-11-22+r1'")
        (tmp_path / "anew").mkdir()
        delta.write(con, TABLES, tmp_path / "anew")
    written = {path.name: path.read_text("utf-8") for path in (tmp_path / "anew/delta").iterdir()}
    assert lists(json.loads(written["services.json"])) == {"changed": [{"service_id": "s2", "after": {"note": "月曜"}}]}
    assert written["contact_points.csv"].splitlines()[1:] == ["replaced,services,s2,,,"]
    assert json.loads(written["index.json"])["previous"] == "2026-11-22+r1"
    assert not [name for name, text in written.items() if "s1" in text or "食堂" in text or "598" in text]


# --- removed: what was published once, and is no longer ------------------------------------------------------------


def gone(before: Rows | None, now: Rows, home: Path) -> list[tuple[str, str, str]]:
    folder = None
    if before is not None:
        with opened(before) as con:
            folder = keep(con, home)
    with opened(now) as con:
        delta.removed(con, folder, AS_OF)
        return con.execute("SELECT kind, entity_id, since::VARCHAR FROM release.removed ORDER BY ALL").fetchall()


OLD: dict[str, Any] = {"kind": "places", "entity_id": "p9", "since": "2026-11-01"}


def test_nothing_is_gone_at_first(tmp_path: Path) -> None:
    assert gone(None, {"services": SERVICES, "removed": [OLD]}, tmp_path) == []


def test_what_went_stays_on_the_list_with_its_day(tmp_path: Path) -> None:
    before: Rows = {"services": SERVICES, "organizations": [ORGANIZATION], "removed": [OLD]}
    assert gone(before, {"services": SERVICES[1:], "organizations": [ORGANIZATION]}, tmp_path) == [
        ("places", "p9", "2026-11-01"),
        ("services", "s1", "2026-11-23"),
    ]


def test_what_came_back_leaves_the_list(tmp_path: Path) -> None:
    assert gone({"removed": [OLD]}, {"places": [{"place_id": "p9", "name": "広場"}]}, tmp_path) == []


def test_what_leads_to_another_id_is_not_on_the_list(tmp_path: Path) -> None:
    now = {"services": SERVICES[1:], "redirects": [redirect("merged", "s1", "s2")]}
    assert gone({"services": SERVICES}, now, tmp_path) == []


def test_what_led_to_an_id_that_is_gone_is_gone_as_well(tmp_path: Path) -> None:
    before = {"services": SERVICES[1:], "redirects": [redirect("merged", "s1", "s2")]}
    assert gone(before, {}, tmp_path) == [("services", "s1", "2026-11-23"), ("services", "s2", "2026-11-23")]


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_id_in_another_table_is_another_id(kind: str, tmp_path: Path) -> None:
    other = next(name for name in KINDS if name != kind)
    rows_of = {name: [{rulebook.table(name).primary_key[0]: "a1"}] for name in (kind, other)}
    assert gone(rows_of, {other: rows_of[other]}, tmp_path) == [(kind, "a1", "2026-11-23")]


@settings(max_examples=10, deadline=None)
@given(nights=st.lists(NIGHTS, min_size=3, max_size=3))
def test_every_id_ever_published_is_somewhere(nights: list[Rows]) -> None:
    """In its table, in redirects or in removed; and never in removed and in one of the others."""
    ever: set[tuple[str, str]] = set()
    folder = None
    with TemporaryDirectory() as home:
        for number, night in enumerate(nights):
            with opened(night) as con:
                delta.removed(con, folder, AS_OF)
                living = {
                    (k, row[rulebook.table(k).primary_key[0]]) for k in ("hotlines", "places") for row in night[k]
                }
                led = {(row["kind"], row["old_id"]) for row in night["redirects"] if row["change"] == "merged"}
                told = set(con.execute("SELECT kind, entity_id FROM release.removed").fetchall())
                ever |= living | led
                assert told == ever - living - led
                folder = keep(con, Path(home) / str(number))
