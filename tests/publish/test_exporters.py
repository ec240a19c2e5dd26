"""Every format says the same rows; CSV survives any text, and Excel is not handed a formula or an eatable number."""

from __future__ import annotations

import csv as reader
import json as jsonlib
import re
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sample_release import CONTACT_POINTS, ORGANIZATIONS, ROWS, fill

from publish import exporters
from publish.exporters import csv, csv_excel, json, parquet, rows
from schemas import rulebook

SETTINGS = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
NEWLINE = re.compile("[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(reader.DictReader(file))


def texts(con: duckdb.DuckDBPyConnection, values: list[str]) -> None:
    """Let the organizations be one for each of ``values``, as its ``purpose``."""
    con.execute("DELETE FROM public.organizations")
    filling = [{"organization_id": f"{n:016d}", "name": "名", "purpose": value} for n, value in enumerate(values)]
    fill(con, "public.organizations", filling)
    exporters.prepare(con)


def test_a_table_without_rows_is_exported_too(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    tables = {table.name: table for table in exporters.prepare(con)}
    assert set(ROWS) < set(tables) == {table.name for table in rulebook.published_tables()}
    for exporter in exporters.ALL:
        assert exporter.count(con, exporter.export(con, tables["redirects"], tmp_path)) == 0


def test_every_format_has_its_own_name() -> None:
    assert len({exporter.NAME for exporter in exporters.ALL}) == len(exporters.ALL)


@pytest.mark.parametrize("exporter", exporters.ALL, ids=lambda exporter: exporter.NAME)
def test_every_format_holds_every_row_and_the_same_bytes_for_any_order_and_threads(
    con: duckdb.DuckDBPyConnection, exporter: exporters.Exporter, tmp_path: Path
) -> None:
    con.execute("DELETE FROM public.organizations")
    con.execute(
        "INSERT INTO public.organizations (organization_id, name, purpose) "
        "SELECT md5(range::VARCHAR), '名', range * 7919 % 3000 FROM range(3000)"
    )
    written = set()
    for threads, order in ((1, "purpose"), (2, "organization_id DESC"), (4, "hash(purpose)")):
        con.execute(f"SET threads = {threads}")
        con.execute(f"CREATE OR REPLACE TABLE public.organizations AS FROM public.organizations ORDER BY {order}")
        exporters.prepare(con)
        path = exporter.export(con, rulebook.table("organizations"), tmp_path)
        assert exporter.count(con, path) == 3000
        written.add(path.read_bytes())
    assert len(written) == 1


def test_parquet_is_the_same_across_row_groups_and_threads(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    con.execute(
        "INSERT INTO public.service_places SELECT md5(range::VARCHAR), md5((range * 7)::VARCHAR) FROM range(200000)"
    )
    exporters.prepare(con)
    written = set()
    for threads in (1, 4, 2):
        con.execute(f"SET threads = {threads}")
        written.add(parquet.export(con, rulebook.table("service_places"), tmp_path).read_bytes())
    assert len(written) == 1


def test_phones_are_national_and_all_else_stays(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    exporters.prepare(con)
    table = rulebook.table("contact_points")
    values = ["011-598-1185", "soudan@npo.example.jp", "189"]
    assert [row["value"] for row in read(csv.export(con, table, tmp_path))] == values
    assert [row["value"] for row in jsonlib.loads(json.export(con, table, tmp_path).read_text("utf-8"))] == values
    assert len(CONTACT_POINTS) == len(values)


def test_csv_is_one_line_a_row_with_bare_cells(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    exporters.prepare(con)
    data = csv.export(con, rulebook.table("organizations"), tmp_path).read_bytes()
    head, *lines = data.decode("utf-8").split("\n")
    assert head == ",".join(field.name for field in rulebook.table("organizations").published_fields)
    assert len(lines) == len(ORGANIZATIONS) + 1 and lines[-1] == ""
    assert "居場所づくり と食事" in lines[0] and ",0700036," in lines[0]
    assert b"\r" not in data and b'"' not in data


def test_coordinates_have_six_decimals(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    exporters.prepare(con)
    (row,) = read(csv.export(con, rulebook.table("places"), tmp_path))
    assert (row["latitude"], row["longitude"]) == ("43.770833", "142.365000")
    (record,) = jsonlib.loads(json.export(con, rulebook.table("places"), tmp_path).read_text("utf-8"))
    assert (record["latitude"], record["longitude"]) == (43.770833, 142.365)


@SETTINGS
@given(st.lists(st.text(), min_size=1, max_size=8))
def test_any_text_reads_back_from_csv(con: duckdb.DuckDBPyConnection, tmp_path: Path, values: list[str]) -> None:
    texts(con, values)
    path = csv.export(con, rulebook.table("organizations"), tmp_path)
    assert [row["purpose"] for row in read(path)] == [NEWLINE.sub(" ", value) for value in values]
    assert csv.count(con, path) == len(values)


@SETTINGS
@given(st.lists(st.text(), min_size=1, max_size=8))
def test_any_text_reads_back_from_json_and_parquet(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, values: list[str]
) -> None:
    texts(con, values)
    table = rulebook.table("organizations")
    records = jsonlib.loads(json.export(con, table, tmp_path).read_text("utf-8"))
    assert [record["purpose"] for record in records] == values
    stored = con.execute("SELECT purpose FROM read_parquet(?)", [str(parquet.export(con, table, tmp_path))]).fetchall()
    assert [value for (value,) in stored] == values


@SETTINGS
@given(st.lists(st.text(st.sampled_from("=+-@＝＋－＠\t\r\n' 0123あ,\"e./")), min_size=1, max_size=8))
def test_no_cell_is_a_formula_in_excel_and_none_is_lost(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, values: list[str]
) -> None:
    texts(con, values)
    cells = [row["目的"] for row in read(csv_excel.export(con, rulebook.table("organizations"), tmp_path))]
    for cell, value in zip(cells, values, strict=True):
        assert not re.match(r"\s*[=+\-@＝＋－＠]|\t", cell)
        assert cell.removeprefix("'") == NEWLINE.sub(" ", value)


@pytest.mark.parametrize(
    "value", ["0700036", "7430005000019", "01E0210231", "12345678e1234567", "1-2", "3/4", "2026-03-31", "1.50", "=1"]
)
def test_excel_is_told_what_is_text(con: duckdb.DuckDBPyConnection, tmp_path: Path, value: str) -> None:
    texts(con, [value])
    (row,) = read(csv_excel.export(con, rulebook.table("organizations"), tmp_path))
    assert row["目的"] == "'" + value


@pytest.mark.parametrize(
    "value", ["011-598-1185", "0120-00-0000", "#9999", "012041;012025", "9:00", "居場所", "1階", "b3a1f0c2d4e5f607"]
)
def test_what_excel_keeps_has_no_sign(con: duckdb.DuckDBPyConnection, tmp_path: Path, value: str) -> None:
    texts(con, [value])
    (row,) = read(csv_excel.export(con, rulebook.table("organizations"), tmp_path))
    assert row["目的"] == value


def test_excel_has_bom_crlf_and_distinct_japanese_headings(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    for table in exporters.prepare(con):
        data = csv_excel.export(con, table, tmp_path).read_bytes()
        titles = [field.title for field in table.published_fields]
        assert data.startswith(b"\xef\xbb\xbf" + ",".join(titles).encode() + b"\r\n")
        assert data.count(b"\n") == data.count(b"\r\n") == rows.row_count(con, table) + 1
        assert len(set(titles)) == len(titles)


def test_json_is_typed_in_the_rulebooks_order(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    exporters.prepare(con)
    table = rulebook.table("services")
    text = json.export(con, table, tmp_path).read_text("utf-8")
    record: dict[str, Any] = jsonlib.loads(text)[0]
    assert list(record) == [field.name for field in table.published_fields]
    assert record["troubles"] == ["developmental-disability", "illness-injury"]
    assert record["capacity"] == 20 and record["summary"] is None and record["audiences"] is None
    assert "水曜の食堂" in text


def test_parquet_is_typed(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    exporters.prepare(con)
    for table in exporters.prepare(con):
        path = parquet.export(con, table, tmp_path)
        described = con.execute("DESCRIBE FROM read_parquet(?)", [str(path)]).fetchall()
        expected = [(f.name, "VARCHAR[]" if f.many else f.duckdb_type) for f in table.published_fields]
        assert [(name, kind) for name, kind, *_ in described] == expected
    stored = con.execute("SELECT founded_on FROM read_parquet(?) ORDER BY 1", [str(tmp_path / "organizations.parquet")])
    assert stored.fetchall() == [(date(2004, 5, 20),), (None,)]
    codecs = con.execute("SELECT DISTINCT compression FROM parquet_metadata(?)", [str(tmp_path / "places.parquet")])
    assert codecs.fetchall() == [("ZSTD",)]
