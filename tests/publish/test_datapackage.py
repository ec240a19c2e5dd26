"""The data package is valid for Frictionless, its code lists are for readers, and the SQL opens the release."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path

import duckdb
import pytest
from frictionless import Package
from sample_release import ROWS, SOURCE_RUNS, open_release

from publish import codelists, duckdb_views, exporters
from publish.release import publish_from
from schemas import rulebook


@pytest.fixture
def release(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> Path:
    """A real release of the sample rows."""
    published = publish_from(con, tmp_path, date(2026, 7, 1))
    assert published
    return published


def descriptor(release: Path) -> dict[str, object]:
    loaded: dict[str, object] = json.loads((release / "datapackage.json").read_text("utf-8"))
    return loaded


def test_frictionless_finds_descriptor_and_data_valid(release: Path) -> None:
    report = Package.from_descriptor(descriptor(release), basepath=str(release)).validate()
    assert report.valid, report.flatten(["name", "rowNumber", "fieldName", "type", "message"])


def test_frictionless_sees_a_broken_cell_and_a_broken_reference(release: Path) -> None:
    places = release / "csv" / "service_places.csv"
    places.write_text(places.read_text("utf-8").replace("c000", "f000"), "utf-8", newline="")
    services = release / "csv" / "services.csv"
    services.write_text(services.read_text("utf-8").replace(",active,", ",x-gone,"), "utf-8", newline="")
    report = Package.from_descriptor(descriptor(release), basepath=str(release)).validate()
    assert {kind for (kind,) in report.flatten(["type"])} == {"constraint-error", "foreign-key"}


def test_it_lists_every_csv_and_code_list_and_nothing_else(release: Path) -> None:
    package = Package.from_descriptor(descriptor(release), basepath=str(release))
    files = {path.relative_to(release).as_posix() for path in [*release.glob("csv/*"), *release.glob("codes/*")]}
    assert {resource.path for resource in package.resources} == files


def test_it_says_who_where_from_and_on_what_terms(release: Path) -> None:
    told = descriptor(release)
    assert told["version"] == "2026-07-01" and "created" not in told
    assert [source["attribution"] for source in told["sources"]] == [run["attribution"] for run in SOURCE_RUNS]  # type: ignore[attr-defined]
    assert "licenses" not in told  # one of the sources has an unknown licence
    terms = json.loads((release / "index.json").read_text("utf-8"))
    assert (terms["publishable"], terms["licence"]["url"]) == (False, None)


def test_it_gives_its_licence_where_every_source_may_be_published(tmp_path: Path) -> None:
    warehouse = tmp_path / "warehouse.duckdb"
    open_release(warehouse, ROWS).close()
    with duckdb.connect(warehouse) as con:
        con.execute("UPDATE source_runs SET licence_status = 'read'")
    with open_release(warehouse, ROWS) as con:
        published = publish_from(con, tmp_path, date(2026, 7, 1))
    assert published
    assert descriptor(published)["licenses"][0]["name"] == "CC-BY-4.0"  # type: ignore[index]
    assert json.loads((published / "index.json").read_text("utf-8"))["publishable"] is True


def test_fields_say_what_a_reader_needs_and_not_how_this_house_works(release: Path) -> None:
    text = (release / "datapackage.json").read_text("utf-8")
    for word in ('"privacy"', '"severity"', '"reads"', '"place_level"', "+81", "address_visibility"):
        assert word not in text
    package = Package.from_descriptor(descriptor(release), basepath=str(release))
    field = package.get_resource("services").schema.get_field("status")
    assert field.title == "状態" and field.constraints["enum"] == list(rulebook.codes("statuses"))


def test_a_foreign_key_that_does_not_hold_is_not_declared(tmp_path: Path) -> None:
    orphaned = ROWS | {"organizations": ROWS["organizations"][:1]}
    with open_release(tmp_path / "warehouse.duckdb", orphaned) as con:
        release = publish_from(con, tmp_path, date(2026, 7, 1))
    assert release
    package = Package.from_descriptor(descriptor(release), basepath=str(release))
    assert not package.get_resource("services").schema.foreign_keys
    assert len(package.get_resource("service_places").schema.foreign_keys) == 2
    assert package.validate().valid


def test_code_lists_keep_their_order_and_lose_the_words_for_reading(release: Path) -> None:
    for name in codelists.used(rulebook.published_tables()):
        path = codelists.export(name, release / "codes")
        data = path.read_bytes()
        assert b"\r" not in data and not data.startswith(b"\xef\xbb\xbf")
        with path.open(encoding="utf-8", newline="") as file:
            listed = list(csv.DictReader(file))
        assert [row["code"] for row in listed] == list(rulebook.codes(name))
        assert "synonyms" not in listed[0]


def test_the_sql_opens_everything_from_the_release_folder(release: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(release)
    with duckdb.connect() as con:
        for _ in range(2):
            con.execute((release / "michishirube.sql").read_text("utf-8"))
        views = con.execute("SELECT view_name, comment FROM duckdb_views() WHERE NOT internal ORDER BY 1").fetchall()
        comments = dict(views)
        for table, filled in ROWS.items():
            assert con.execute(f"SELECT count(*) FROM {table}").fetchall() == [(len(filled),)]
            assert comments[table].startswith(rulebook.table(table).title)
        example = next(line for line in duckdb_views.HEAD.splitlines() if "SELECT" in line)
        joined = example.removeprefix("--").strip().removesuffix(";")
        assert con.execute(f"{joined} ORDER BY ALL").fetchall() == [("水曜の食堂", "活動中"), ("相談", "活動中")]
        for name in codelists.used([rulebook.table(table) for table in ROWS]):
            assert con.execute(f"SELECT count(*) FROM codes_{name}").fetchall() == [(len(rulebook.codes(name)),)]
        columns = "SELECT comment FROM duckdb_columns() WHERE table_name = 'services' AND column_name = 'troubles'"
        assert con.execute(columns).fetchall()[0][0].startswith("困りごと")


def test_the_sql_names_the_tables_that_were_exported(con: duckdb.DuckDBPyConnection) -> None:
    sql = duckdb_views.build([table for table in exporters.prepare(con) if table.name != "schedules"], ())
    assert "schedules" not in sql and '"services"' in sql
