"""What everyone is told about values and ids: nothing of what no other table tells, and nothing that leads nowhere."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest

from publish import privacy
from schemas import rulebook
from tests.warehouse.accepted import AS_OF, Row, build_from, corporate_number, ids, row
from warehouse import judgements
from warehouse.golden import ENTITIES

SHELTER = "シェルター"


def site(no: str, **cells: str) -> Row:
    """A row that tells all that it can of where it is."""
    told = {
        "organization__address": f"函館市{no}町1-1",
        "organization__url": f"https://{no}.example.jp/",
        "organization__postal_code": "040-0001",
        "service__url": f"https://{no}.example.jp/help",
        "service__description": "だれでも話せます",
        "service__area_scope": "municipality",
        "service__area_codes": "012025",
        "place__address": f"函館市{no}町2-{len(no)}",
        "place__access": "駅から徒歩5分",
    }
    return row(no, **told | cells)


HIDDEN = {"service__service_type": SHELTER}
ROWS: Mapping[str, Sequence[Row]] = {
    "town": [
        site("open", organization__corporate_number=corporate_number(1)),
        site("again", organization__corporate_number=corporate_number(1), place__latitude="41.7"),
        site("hidden", organization__corporate_number=corporate_number(2), **HIDDEN),
        site("refuge", organization__corporate_number=corporate_number(2), **HIDDEN),
        site("closed", organization__address_visibility="非公開", place__address_visibility="市町村まで"),
        row("program", program__title="移送の助成", program__url="https://hidden.example.jp/ido"),
    ]
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which, of each kind, two records that became one are two again, some of them hidden."""
    home = tmp_path_factory.mktemp("about") / "home"
    build_from(home, {"town": ROWS["town"][:1]})
    build_from(home, ROWS)
    for verdict in ("SAME", "DIFFERENT"):
        for kind in judgements.KINDS:
            for pair in (("town:open", "town:again"), ("town:hidden", "town:refuge"), ("town:closed", "town:program")):
                judgements.judge(home, verdict, *pair, "係", "電話で確かめた", AS_OF, kind)
        build_from(home, ROWS)
    return home


@pytest.fixture(scope="module")
def con(home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with closing(privacy.open_public(home / "warehouse.duckdb")) as con:
        yield con


def published(con: duckdb.DuckDBPyConnection, kind: str) -> dict[str, dict[str, Any]]:
    """The published entities of a kind by id."""
    rows = con.sql(f"SELECT * FROM public.{kind}").to_arrow_table().to_pylist()
    return {one[ENTITIES[kind]]: one for one in rows}


def sources_of(con: duckdb.DuckDBPyConnection, kind: str) -> list[tuple[str, str]]:
    """Entity and field of everything that is said to come from somewhere."""
    asked = "SELECT entity_id, unnest(string_split(fields, ';')) FROM public.provenance WHERE kind = ? ORDER BY ALL"
    return con.execute(asked, [kind]).fetchall()


@pytest.mark.parametrize("kind", ENTITIES)
def test_only_published_values_have_a_source_and_each_has_one(con: duckdb.DuckDBPyConnection, kind: str) -> None:
    entities, told = published(con, kind), sources_of(con, kind)
    assert len(set(told)) == len(told)
    for entity_id, field in told:
        assert entities[entity_id][field] is not None, (entity_id, field)
    supplied = {field.name for field in rulebook.table(kind).record_fields} - {"address_visibility"}
    values = {
        (entity_id, field)
        for entity_id, one in entities.items()
        if one["sources"] is not None
        for field in supplied & one.keys()
        if one[field] not in (None, "unknown")
    }
    assert values <= set(told)


def test_a_hidden_place_has_no_source(con: duckdb.DuckDBPyConnection, home: Path) -> None:
    places = ids(home / "warehouse.duckdb", "places")
    hidden = {places["town:hidden"], places["town:refuge"]}
    assert not hidden & published(con, "places").keys()
    assert not hidden & {entity_id for entity_id, _ in sources_of(con, "places")}
    assert places["town:open"] in published(con, "places")


def test_a_record_without_area_does_not_tell_it_by_its_source(con: duckdb.DuckDBPyConnection, home: Path) -> None:
    for kind, record in (("services", "town:hidden"), ("organizations", "town:closed")):
        entities = ids(home / "warehouse.duckdb", kind)
        one, other = entities[record], entities["town:open"]
        assert published(con, kind)[one]["sources"] is None
        told = con.execute("SELECT entity_id, source FROM public.provenance WHERE kind = ?", [kind]).fetchall()
        assert (one, "town") not in told and (other, "town") in told


def test_what_is_hidden_names_a_source_of_the_whole_prefecture_as_all_others_do(home: Path, tmp_path: Path) -> None:
    warehouse = tmp_path / "warehouse.duckdb"
    shutil.copyfile(home / "warehouse.duckdb", warehouse)
    with duckdb.connect(str(warehouse)) as con:
        con.execute("UPDATE source_runs SET area_scope = 'prefecture'")
    with closing(privacy.open_public(warehouse)) as con:
        for kind in ENTITIES:
            assert all(one["sources"] for one in published(con, kind).values())
            told = {entity_id for entity_id, _ in sources_of(con, kind)}
            assert told == published(con, kind).keys()


def test_a_site_taken_out_of_an_open_record_has_no_source_there(con: duckdb.DuckDBPyConnection) -> None:
    (program,) = published(con, "programs").values()
    assert program["url"] is None
    assert sources_of(con, "programs") == [(program["program_id"], "title")]


def test_a_redirect_is_told_only_to_what_is_published(con: duckdb.DuckDBPyConnection, home: Path) -> None:
    within = con.execute("SELECT kind, change, old_id, new_id FROM warehouse.redirects ORDER BY ALL").fetchall()
    told = con.execute("SELECT kind, change, old_id, new_id FROM public.redirects ORDER BY ALL").fetchall()
    known = {kind: published(con, kind).keys() for kind in judgements.KINDS}
    assert told == [
        (kind, change, old, new)
        for kind, change, old, new in within
        if new in known[kind] and (change == "merged" or old in known[kind])
    ]
    places = ids(home / "warehouse.duckdb", "places")
    hidden = {places["town:hidden"], places["town:refuge"]}
    assert {kind for kind, *_ in told} == set(judgements.KINDS)
    assert any({old, new} == hidden for _, _, old, new in within)
    assert not any({old, new} & hidden for _, _, old, new in told)
