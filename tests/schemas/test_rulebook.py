"""The rulebook is whole: every table loads, every field is told, and its own example keeps its own rules."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest
from frictionless import Schema

from schemas import engine, formats, rulebook
from schemas.finding import Severity
from schemas.rulebook import Field, Table

TABLES = [
    "consents", "contact_points", "corporations", "hotlines", "jurisdictions", "organizations", "places", "programs",
    "provenance", "redirects", "removed", "schedules", "service_places", "services",
]  # fmt: skip
PUBLISHED = [name for name in TABLES if name not in ("consents", "corporations")]
FIELDS = [
    pytest.param(table, field, id=f"{table.name}.{field.name}")
    for table in rulebook.tables().values()
    for field in table.fields
]
KNOWN_PROPERTIES = {
    "name", "type", "title", "description", "example", "privacy", "reads", "codes", "labels", "many", "severity",
    "stage", "essential", "consent_group", "place_level", "standards", "constraints",
}  # fmt: skip


def test_the_tables_of_the_model() -> None:
    assert list(rulebook.tables()) == TABLES
    assert [table.name for table in rulebook.published_tables()] == PUBLISHED


def test_what_tells_of_releases_is_in_no_warehouse() -> None:
    held = [table.name for table in rulebook.warehouse_tables()]
    assert held == [name for name in PUBLISHED if name != "removed"]
    assert rulebook.table("removed").release_table


def test_entities_have_an_id_of_their_own() -> None:
    entities = {table.name: table.primary_key for table in rulebook.entity_tables()}
    assert entities == {name: (f"{name.removesuffix('s')}_id",) for name in sorted(entities)}
    for told in ("redirects", "removed", "provenance"):
        assert rulebook.table(told).field("kind").descriptor["constraints"]["enum"] == sorted(
            entities, key=["organizations", "places", "services", "programs", "hotlines"].index
        )


def test_a_change_is_told_by_ids_alone() -> None:
    """What is gone is told by nothing else: a key that held a value would tell it of what was withdrawn."""
    for table in rulebook.published_tables():
        assert table.told_by
        for name in table.told_by:
            assert table.field(name).required
            assert name.endswith("_id") or name in ("kind", "owner_kind", "change")


def test_nothing_of_an_unpublished_table_may_leave() -> None:
    for name in set(TABLES) - set(PUBLISHED):
        table = rulebook.table(name)
        assert table.published_fields == ()
        assert {field.privacy for field in table.fields} == {"internal"}


@pytest.mark.parametrize(
    ("name", "record", "ended"),
    [
        ("services", {"valid_to": "2026-11-22"}, True),
        ("services", {"valid_to": "2026-11-23"}, None),
        ("services", {"status": "ended"}, True),
        ("services", {"status": "paused", "valid_to": "2027-03-31"}, False),
        ("programs", {"reception_end": "2026-11-01", "expires_on": "2027-03-31"}, True),
        ("programs", {"expires_on": "2026-11-01"}, True),
        ("hotlines", {"period_to": "2026-11-22"}, True),
        ("organizations", {}, False),
    ],
)
def test_a_record_has_ended_after_its_last_day(name: str, record: dict[str, str], ended: bool | None) -> None:
    table = rulebook.table(name)
    columns = ", ".join(
        f'{repr(record[f.name]) if f.name in record else "NULL"}::{f.duckdb_type} AS "{f.name}"'
        for f in table.record_fields
    )
    predicate = table.ended(date(2026, 11, 23))
    assert duckdb.connect().execute(f"SELECT {predicate} FROM (SELECT {columns})").fetchone() == (ended,)


def test_the_last_days_of_a_table_are_dates() -> None:
    for table in rulebook.tables().values():
        assert {table.field(name).type for name in table.ends} <= {"date"}


@pytest.mark.parametrize(("table", "field"), FIELDS)
def test_a_consent_opens_a_group_of_fields_that_exists(table: Table, field: Field) -> None:
    assert field.consent_group is None or field.consent_group in rulebook.codes("field_groups")
    assert field.privacy != "consent" or field.consent_group


@pytest.mark.parametrize("name", TABLES)
def test_a_table_loads_and_frictionless_accepts_its_schema(name: str) -> None:
    table = rulebook.table(name)
    assert table.title and table.description
    assert len({field.name for field in table.fields}) == len(table.fields)
    for fields, published in ((table.record_fields, False), (table.published_fields, True)):
        schema = Schema.from_descriptor(engine.descriptor(table, fields, published=published))
        assert schema.field_names == [field.name for field in fields]
    assert not table.published or set(table.primary_key) <= {field.name for field in table.published_fields}


def test_a_table_or_field_that_is_not_there_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        rulebook.table("people")
    with pytest.raises(KeyError, match=r"places\.colour"):
        rulebook.table("places").field("colour")
    with pytest.raises(FileNotFoundError):
        rulebook.codes("colours")


@pytest.mark.parametrize(("table", "field"), FIELDS)
def test_a_field_is_told_in_full(table: Table, field: Field) -> None:
    assert field.title and field.description and field.example
    assert field.privacy in rulebook.PRIVACY_CLASSES
    assert field.severity in [*Severity]
    assert field.stage in (None, "record", "entity")
    assert set(field.descriptor) <= KNOWN_PROPERTIES


@pytest.mark.parametrize(("table", "field"), FIELDS)
def test_what_a_field_names_exists(table: Table, field: Field) -> None:
    assert field.reads is None or field.reads in formats.names()
    assert field.codes is None or field.codes in rulebook.code_lists()


@pytest.mark.parametrize(("table", "field"), FIELDS)
def test_only_a_place_field_has_a_place_level(table: Table, field: Field) -> None:
    assert field.place_level in ("public", "municipality")
    assert "place_level" not in field.descriptor or field.privacy == "place"


@pytest.mark.parametrize(("table", "field"), FIELDS)
def test_the_example_of_a_field_is_canonical(table: Table, field: Field) -> None:
    schema = Schema.from_descriptor(engine.descriptor(table, [field]))
    typed, notes = schema.get_field(field.name).create_cell_reader()(field.example)
    assert typed is not None and not notes
    if field.reads:
        assert formats.read(field.reads, field.example) == formats.Reading(field.example)
    if field.codes:
        parts = field.example.split(";") if field.many else [field.example]
        assert not set(parts) - set(rulebook.codes(field.codes))


@pytest.mark.parametrize("name", PUBLISHED)
def test_what_leaves_is_public_or_of_a_place(name: str) -> None:
    table = rulebook.table(name)
    kept_back = {field.name for field in table.fields} - {field.name for field in table.published_fields}
    assert {table.field(told).privacy for told in kept_back} <= {"consent", "internal"}
    # What tells of the others has no records.
    assert ("record_id" in kept_back) == bool(table.record_fields)


def test_the_digest_changes_with_any_file_and_with_nothing_else(tmp_path: Path) -> None:
    copy = tmp_path / "rules"
    shutil.copytree(rulebook.ROOT, copy, ignore=shutil.ignore_patterns("__pycache__"))
    digest = rulebook.tree_digest(copy)
    assert digest == rulebook.tree_digest(rulebook.ROOT)
    (copy / "__pycache__").mkdir()
    (copy / "__pycache__" / "rulebook.pyc").write_bytes(b"cache")
    assert rulebook.tree_digest(copy) == digest
    (copy / "codes" / "fee.csv").rename(copy / "codes" / "fees.csv")
    renamed = rulebook.tree_digest(copy)
    (copy / "messages.cells.yml").write_text("{}", encoding="utf-8")
    assert len({digest, renamed, rulebook.tree_digest(copy)}) == 3


def test_every_check_names_a_field_that_its_table_has() -> None:
    for path in sorted(rulebook.ROOT.glob("checks/*/*.sql")):
        table = rulebook.table(path.parent.name)
        needs = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("-- needs:")]
        assert needs, path.name
        for line in needs:
            assert set(line.removeprefix("-- needs:").split()) <= {field.name for field in table.record_fields}


def test_schema_files_are_named_for_their_tables() -> None:
    for path in sorted((rulebook.ROOT / "tables").iterdir()):
        assert json.loads(path.read_text(encoding="utf-8"))["name"] == path.name.removesuffix(".schema.json")
