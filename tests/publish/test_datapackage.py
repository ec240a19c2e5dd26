"""The data package is valid for Frictionless, its code lists are for readers, and the SQL opens the release."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import duckdb
import pytest
from frictionless import Package
from sample_release import ROWS, SOURCE_RUNS, open_release

from publish import codelists, datapackage, duckdb_views, exporters, index
from publish.exporters import csv as csv_exporter
from publish.exporters import parquet
from schemas import engine, rulebook


def written(con: duckdb.DuckDBPyConnection, folder: Path) -> Path:
    """What a release has of the tables as CSV and Parquet, its code lists, and what describes them."""
    tables = exporters.prepare(con)
    lists = codelists.used(tables)
    for name in ("csv", "parquet", "codes"):
        (folder / name).mkdir(parents=True)
    csv_exporter.export(con, tables, folder / "csv")
    parquet.export(con, tables, folder / "parquet")
    for name in lists:
        codelists.export(name, folder / "codes")
    package = datapackage.build(con, tables, lists, "2026-07-01", index.sources(con))
    (folder / "datapackage.json").write_text(json.dumps(package, ensure_ascii=False), "utf-8")
    (folder / "michishirube.sql").write_text(duckdb_views.build(tables, lists), "utf-8")
    return folder


@pytest.fixture
def release(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> Path:
    """The sample rows as a release has them."""
    return written(con, tmp_path / "release")


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
    assert "licenses" not in told  # nobody has read the terms of one of the sources


def test_it_gives_its_licence_where_every_source_may_be_published(tmp_path: Path) -> None:
    warehouse = tmp_path / "warehouse.duckdb"
    open_release(warehouse, ROWS).close()
    with duckdb.connect(warehouse) as con:
        con.execute("UPDATE source_runs SET licence_status = 'read'")
    with open_release(warehouse, ROWS) as con:
        told = descriptor(written(con, tmp_path / "release"))
    assert told["licenses"][0]["name"] == "CC-BY-4.0"  # type: ignore[index]


def test_fields_are_named_as_in_the_file_and_keyed_as_elsewhere(release: Path) -> None:
    package = Package.from_descriptor(descriptor(release), basepath=str(release))
    for table in rulebook.published_tables():
        with (release / "csv" / f"{table.name}.csv").open(encoding="utf-8", newline="") as file:
            headings = next(csv.reader(file))
        schema = package.get_resource(table.name).schema
        assert headings == schema.field_names == [field.title for field in table.published_fields]
        assert [field.custom["key"] for field in schema.fields] == [field.name for field in table.published_fields]
    services = package.get_resource("services").schema
    assert services.primary_key == ["支援ID"]
    assert services.foreign_keys == [
        {"fields": ["団体ID"], "reference": {"resource": "organizations", "fields": ["団体ID"]}}
    ]


def test_the_engine_reads_a_published_csv_by_its_declared_schema(release: Path) -> None:
    declared = {one["path"]: one["schema"] for one in descriptor(release)["resources"]}  # type: ignore[attr-defined]
    for table in rulebook.published_tables():
        assert engine.check_csv(release / "csv" / f"{table.name}.csv", table, declared[f"csv/{table.name}.csv"]) == []
    services = release / "csv" / "services.csv"
    services.write_text(services.read_text("utf-8").replace(",active,", ",x-gone,", 1), "utf-8", newline="")
    (finding,) = engine.check_csv(services, rulebook.table("services"), declared["csv/services.csv"])
    assert (finding.code, finding.row, finding.field) == ("not-in-list", 2, "状態")


def test_fields_say_what_a_reader_needs_and_not_how_this_house_works(release: Path) -> None:
    text = (release / "datapackage.json").read_text("utf-8")
    for word in ('"privacy"', '"severity"', '"reads"', '"place_level"', "+81", "address_visibility"):
        assert word not in text
    package = Package.from_descriptor(descriptor(release), basepath=str(release))
    field = package.get_resource("services").schema.get_field("状態")
    assert field.constraints["enum"] == list(rulebook.codes("statuses"))


def test_a_foreign_key_that_does_not_hold_is_not_declared(tmp_path: Path) -> None:
    orphaned = ROWS | {"organizations": ROWS["organizations"][:1]}
    with open_release(tmp_path / "warehouse.duckdb", orphaned) as con:
        release = written(con, tmp_path / "release")
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
