"""Every format says the same rows; CSV survives any text; a spreadsheet gets no formula and no eatable number."""

from __future__ import annotations

import copy
import csv as reader
import json as jsonlib
import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import duckdb
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape
from python_calamine import CalamineWorkbook
from sample_release import CONTACT_POINTS, ORGANIZATIONS, ROWS, fill

from publish import codelists, dictionary, exporters, spreadsheet
from publish.exporters import csv, csv_excel, geojson, json, ndjson, parquet, rows, xlsx
from schemas import rulebook
from schemas.rulebook import Field, Table

SETTINGS = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
NEWLINE = re.compile("[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")


def write(con: duckdb.DuckDBPyConnection, exporter: exporters.Exporter, table: str, folder: Path) -> Path:
    """The exporter's file of one prepared table."""
    folder.mkdir(exist_ok=True)
    (path,) = exporter.export(con, [rulebook.table(table)], folder)
    return path


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(reader.DictReader(file))


def objects(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSON or NDJSON file."""
    text = path.read_text("utf-8")
    return list(jsonlib.loads(text) if path.suffix == ".json" else map(jsonlib.loads, text.split("\n")[:-1]))


def purposes(path: Path) -> list[str]:
    """The cells of ``purpose`` in a workbook, as openpyxl reads them."""
    page = openpyxl.load_workbook(path, read_only=True)["団体"]
    return [unescape(cell or "") for (cell,) in page.iter_rows(min_row=2, min_col=7, max_col=7, values_only=True)]


def sheet(path: Path, name: str) -> list[list[Any]]:
    """Rows of a sheet below its headings, as another library reads them; None for what is empty."""
    cells = CalamineWorkbook.from_path(path).get_sheet_by_name(name).to_python()[1:]
    return [[None if cell == "" else cell for cell in row] for row in cells]


def texts(con: duckdb.DuckDBPyConnection, values: list[str]) -> None:
    """Let the organizations be one for each of ``values``, as its ``purpose``."""
    con.execute("DELETE FROM public.organizations")
    filling = [{"organization_id": f"{n:016d}", "name": "名", "purpose": value} for n, value in enumerate(values)]
    fill(con, "public.organizations", filling)
    exporters.prepare(con)


def test_every_format_writes_every_table_with_rows_and_without(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    tables = exporters.prepare(con)
    assert set(ROWS) < {table.name for table in tables} == {table.name for table in rulebook.published_tables()}
    for exporter in exporters.ALL:
        folder = tmp_path / exporter.NAME
        folder.mkdir()
        told = exporter.export(con, tables, folder)
        assert set(told) == set(folder.iterdir())
        assert {path: exporter.count(con, path) for path in told} == told
        if exporter in (xlsx, geojson):
            continue
        assert {path.stem: found for path, found in told.items()} == {t.name: len(ROWS.get(t.name, ())) for t in tables}


def test_every_format_has_its_own_name() -> None:
    assert len({exporter.NAME for exporter in exporters.ALL}) == len(exporters.ALL)


@pytest.mark.parametrize("exporter", exporters.ALL, ids=lambda exporter: exporter.NAME)
def test_a_file_that_is_none_is_not_counted(
    con: duckdb.DuckDBPyConnection, exporter: exporters.Exporter, tmp_path: Path
) -> None:
    exporters.prepare(con)
    path = write(con, exporter, "places", tmp_path)
    path.write_bytes(path.read_bytes()[:-20] + b'"')
    with pytest.raises((duckdb.Error, ValueError)):
        exporter.count(con, path)


@pytest.mark.parametrize("exporter", exporters.ALL, ids=lambda exporter: exporter.NAME)
def test_every_format_has_the_same_bytes_for_any_order_and_threads(
    con: duckdb.DuckDBPyConnection, exporter: exporters.Exporter, tmp_path: Path
) -> None:
    con.execute("DELETE FROM public.places")
    con.execute("DELETE FROM public.services")
    con.execute("DELETE FROM public.service_places")
    con.execute(
        "INSERT INTO public.places (place_id, name, latitude, longitude) "
        "SELECT md5(range::VARCHAR), range * 7919 % 3000, 43 + range / 7, 142 FROM range(3000)"
    )
    con.execute(
        "INSERT INTO public.services (service_id, name) SELECT md5(range::VARCHAR), '名' || range FROM range(3000)"
    )
    con.execute(
        "INSERT INTO public.service_places "
        "SELECT md5((range % 90)::VARCHAR), md5((range % 70)::VARCHAR) FROM range(600)"
    )
    written = set()
    for threads, order in ((1, "name"), (2, "place_id DESC"), (4, "hash(name)")):
        con.execute(f"SET threads = {threads}")
        con.execute(f"CREATE OR REPLACE TABLE public.places AS FROM public.places ORDER BY {order}")
        con.execute("CREATE OR REPLACE TABLE public.service_places AS FROM public.service_places ORDER BY random()")
        exporters.prepare(con)
        path = write(con, exporter, "places", tmp_path)
        assert exporter.count(con, path) == 3000
        written.add(path.read_bytes())
    assert len(written) == 1


@pytest.mark.parametrize("exporter", [csv_excel, xlsx, csv, ndjson, parquet], ids=lambda exporter: exporter.NAME)
def test_many_rows_stand_in_one_order_for_any_number_of_threads(
    con: duckdb.DuckDBPyConnection, exporter: exporters.Exporter, tmp_path: Path
) -> None:
    con.execute(
        "INSERT INTO public.service_places SELECT md5(range::VARCHAR), md5((range * 7)::VARCHAR) FROM range(200000)"
    )
    written = set()
    for threads in (1, 4, 2):
        con.execute(f"SET threads = {threads}")
        exporters.prepare(con)
        written.add(write(con, exporter, "service_places", tmp_path).read_bytes())
    assert len(written) == 1
    if exporter is csv:
        lines = written.pop().decode().splitlines()[1:]
        assert len(lines) == 200_001 and lines == sorted(lines)


def test_phones_are_national_and_all_else_stays(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    exporters.prepare(con)
    values = ["011-598-1185", "soudan@npo.example.jp", "189"]
    assert [row["連絡先"] for row in read(write(con, csv, "contact_points", tmp_path))] == values
    assert [record["value"] for record in objects(write(con, json, "contact_points", tmp_path))] == values
    assert len(CONTACT_POINTS) == len(values)


def test_csv_is_one_line_a_row_with_bare_cells(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    exporters.prepare(con)
    data = write(con, csv, "organizations", tmp_path).read_bytes()
    head, *lines = data.decode("utf-8").split("\n")
    assert head == ",".join(field.title for field in rulebook.table("organizations").published_fields)
    assert len(lines) == len(ORGANIZATIONS) + 1 and lines[-1] == ""
    assert "居場所づくり と食事" in lines[0] and ",0700036," in lines[0]
    assert b"\r" not in data and b'"' not in data


def test_coordinates_have_six_decimals(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    exporters.prepare(con)
    (row,) = read(write(con, csv, "places", tmp_path))
    assert (row["緯度"], row["経度"]) == ("43.770833", "142.365000")
    (record,) = objects(write(con, json, "places", tmp_path))
    assert (record["latitude"], record["longitude"]) == (43.770833, 142.365)


@SETTINGS
@given(st.lists(st.text(), min_size=1, max_size=24))
def test_any_text_reads_back_from_csv(con: duckdb.DuckDBPyConnection, tmp_path: Path, values: list[str]) -> None:
    texts(con, values)
    path = write(con, csv, "organizations", tmp_path)
    assert [row["目的"] for row in read(path)] == [NEWLINE.sub(" ", value) for value in values]
    assert csv.count(con, path) == len(values)


@SETTINGS
@given(st.lists(st.text(), min_size=1, max_size=24))
def test_any_text_reads_back_from_json_and_parquet(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, values: list[str]
) -> None:
    texts(con, values)
    assert [record["purpose"] for record in objects(write(con, json, "organizations", tmp_path))] == values
    assert [record["purpose"] for record in objects(write(con, ndjson, "organizations", tmp_path))] == values
    path = write(con, parquet, "organizations", tmp_path)
    stored = con.execute("SELECT purpose FROM read_parquet(?)", [str(path)]).fetchall()
    assert [value for (value,) in stored] == values


@SETTINGS
@given(st.lists(st.text(st.sampled_from("=+-@＝＋－＠\t\r\n' 0123あ,\"e./")), min_size=1, max_size=24))
def test_no_cell_is_a_formula_in_excel_and_none_is_lost(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, values: list[str]
) -> None:
    texts(con, values)
    cells = [row["目的"] for row in read(write(con, csv_excel, "organizations", tmp_path))]
    for cell, value in zip(cells, values, strict=True):
        assert not re.match(r"\s*[=+\-@＝＋－＠]|\t", cell)
        assert cell.removeprefix("'") == NEWLINE.sub(" ", value)


@pytest.mark.parametrize(
    "value", ["0700036", "7430005000019", "01E0210231", "12345678e1234567", "1-2", "3/4", "2026-03-31", "1.50", "=1"]
)
def test_excel_is_told_what_is_text(con: duckdb.DuckDBPyConnection, tmp_path: Path, value: str) -> None:
    texts(con, [value])
    (row,) = read(write(con, csv_excel, "organizations", tmp_path))
    assert row["目的"] == "'" + value


@pytest.mark.parametrize(
    "value", ["011-598-1185", "0120-00-0000", "#9999", "012041;012025", "9:00", "居場所", "1階", "b3a1f0c2d4e5f607"]
)
def test_what_excel_keeps_has_no_sign(con: duckdb.DuckDBPyConnection, tmp_path: Path, value: str) -> None:
    texts(con, [value])
    (row,) = read(write(con, csv_excel, "organizations", tmp_path))
    assert row["目的"] == value


def test_what_folds_to_the_beginning_of_a_formula_is_signed(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    folding = [
        letter for letter in map(chr, range(0x110000)) if unicodedata.normalize("NFKC", letter)[:1] in set("=+-@")
    ]
    values = [f"{blank}{letter}1" for letter in folding for blank in ("", " ", "\u3000", "\u00a0", "\t")]
    texts(con, values)
    cells = [row["目的"] for row in read(write(con, csv_excel, "organizations", tmp_path))]
    assert len(folding) > 12 and cells == ["'" + value for value in values]


def test_excel_has_bom_crlf_and_distinct_japanese_headings(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    for table in exporters.prepare(con):
        data = write(con, csv_excel, table.name, tmp_path).read_bytes()
        titles = [field.title for field in table.published_fields]
        assert data.startswith(b"\xef\xbb\xbf" + ",".join(titles).encode() + b"\r\n")
        assert data.count(b"\n") == data.count(b"\r\n") == rows.row_count(con, table) + 1
        assert len(set(titles)) == len(titles)


@SETTINGS
@given(st.lists(st.text() | st.text(st.sampled_from("\"',#=+- \t\r\n0１あ")), min_size=1, max_size=24))
def test_both_ways_to_a_line_of_csv_lead_there(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, values: list[str]
) -> None:
    texts(con, values)
    table = rulebook.table("organizations")
    line = spreadsheet.line(f"{csv_excel.cell(field)}::VARCHAR" for field in table.published_fields)
    query = f"SELECT {line} FROM ({rows.select(table, csv_excel.words(table))})"
    lines = "".join(text for (text,) in con.execute(query).fetchall())
    written = write(con, csv_excel, "organizations", tmp_path).read_bytes()
    assert written.split(b"\r\n", 1)[1] == lines.encode()


def code_cells(field: Field, count: int) -> list[str]:
    """A field's cells in that many rows: each code of its list in turn, or three at once and one that the list has not.

    Such is a town of another prefecture.
    """
    codes = list(rulebook.codes(str(field.labels)))
    told = [codes[row % len(codes)] for row in range(count)]
    return [
        ";".join((told[row - 2], code, "271004", told[row - 1])) if field.many else code
        for row, code in enumerate(told)
    ]


@pytest.mark.parametrize(
    "name",
    [table.name for table in rulebook.published_tables() if any(field.labels for field in table.published_fields)],
)
def test_words_in_files_for_excel_lead_back_to_the_codes(
    con: duckdb.DuckDBPyConnection, name: str, tmp_path: Path
) -> None:
    table = rulebook.table(name)
    fields = [field for field in table.published_fields if field.labels]
    count = max(len(rulebook.codes(str(field.labels))) for field in fields)
    con.execute(f"DELETE FROM public.{name}")
    filling = zip(*(code_cells(field, count) for field in fields), strict=True)
    fill(con, f"public.{name}", [dict(zip((field.name for field in fields), row, strict=True)) for row in filling])
    exporters.prepare(con)
    plain, shown = (read(write(con, exporter, name, tmp_path / exporter.NAME)) for exporter in (csv, csv_excel))
    titles = [field.title for field in table.published_fields]
    cells = [dict(zip(titles, row, strict=True)) for row in sheet(write(con, xlsx, name, tmp_path), table.title)]
    for field in fields:
        codes = {row["label_ja"]: row["code"] for row in read(codelists.export(str(field.labels), tmp_path))}
        words = [row[field.title].removeprefix("'") for row in shown]
        assert words == [row[field.title] for row in cells]
        assert codes.keys() <= {word for cell in words for word in cell.split(";")}
        back = [";".join(codes.get(word, word) for word in cell.split(";")) for cell in words]
        assert back == [row[field.title] for row in plain]


def test_a_town_is_shown_by_its_name_and_its_number_where_the_heading_says_so(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    towns = [{"municipality_code": code, "desk_type": "welfare-office"} for code in ("012041", "271004")]
    fill(con, "public.jurisdictions", towns)
    exporters.prepare(con)
    desks = read(write(con, csv_excel, "jurisdictions", tmp_path))
    assert [(row["管轄する市区町村"], row["窓口の種類"]) for row in desks] == [
        ("旭川市", "福祉事務所（生活保護）"),
        ("'271004", "福祉事務所（生活保護）"),
    ]
    (_, body) = read(write(con, csv_excel, "organizations", tmp_path))
    assert body["全国地方公共団体コード"] == "'012041"


def test_a_document_of_few_rows_is_signed_too() -> None:
    few = spreadsheet.document([["目的", "数"], ["0700036", 7], ['=1,"', 0], ["町", 12]])
    assert few.decode("utf-8-sig") == '目的,数\r\n\'0700036,7\r\n"\'=1,""",0\r\n町,12\r\n'


def test_json_is_typed_in_the_rulebooks_order(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    exporters.prepare(con)
    table = rulebook.table("services")
    text = write(con, json, "services", tmp_path).read_text("utf-8")
    record: dict[str, Any] = jsonlib.loads(text)[0]
    assert list(record) == [field.name for field in table.published_fields]
    assert record["troubles"] == ["developmental-disability", "illness-injury"]
    assert record["capacity"] == 20 and record["summary"] is None and record["audiences"] is None
    assert "水曜の食堂" in text


def test_parquet_is_typed(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    exporters.prepare(con)
    for table in exporters.prepare(con):
        path = write(con, parquet, table.name, tmp_path)
        described = con.execute("DESCRIBE FROM read_parquet(?)", [str(path)]).fetchall()
        expected = [(f.name, "VARCHAR[]" if f.many else f.duckdb_type) for f in table.published_fields]
        assert [(name, kind) for name, kind, *_ in described] == expected
    stored = con.execute("SELECT founded_on FROM read_parquet(?) ORDER BY 1", [str(tmp_path / "organizations.parquet")])
    assert stored.fetchall() == [(date(2004, 5, 20),), (None,)]
    codecs = con.execute("SELECT DISTINCT compression FROM parquet_metadata(?)", [str(tmp_path / "places.parquet")])
    assert codecs.fetchall() == [("ZSTD",)]


def test_ndjson_is_the_objects_of_json(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    for table in exporters.prepare(con):
        lines = write(con, ndjson, table.name, tmp_path)
        assert objects(lines) == objects(write(con, json, table.name, tmp_path))
        assert lines.read_bytes().count(b"\n") == rows.row_count(con, table)


def test_geojson_has_the_places_whose_position_is_published(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    fill(
        con,
        "public.places",
        [{"place_id": "c000000000000002", "name": "位置のない拠点", "municipality_code": "012041"}],
    )
    exporters.prepare(con)
    path = write(con, geojson, "places", tmp_path)
    document = jsonlib.loads(path.read_text("utf-8"))
    assert document["type"] == "FeatureCollection"
    (feature,) = document["features"]
    assert (feature["type"], feature["id"]) == ("Feature", "c000000000000001")
    assert feature["geometry"] == {"type": "Point", "coordinates": [142.365, 43.770833]}
    record = next(r for r in objects(write(con, json, "places", tmp_path)) if r["place_id"] == feature["id"])
    del record["latitude"], record["longitude"]
    assert feature["properties"] == record | {"service_names": ["水曜の食堂"]}
    assert "位置のない拠点" not in path.read_text("utf-8")


def test_geojson_is_a_feature_a_line(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    con.execute(
        "INSERT INTO public.places (place_id, latitude, longitude) SELECT md5(range::VARCHAR), 43, 142 FROM range(30)"
    )
    exporters.prepare(con)
    _, *features, _ = write(con, geojson, "places", tmp_path).read_text("utf-8").splitlines()
    assert len(features) == 31
    assert {jsonlib.loads(line.strip().rstrip(","))["type"] for line in features} == {"Feature"}


@pytest.fixture
def book(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> Callable[[], Path]:
    """Prepares and writes the workbook of all tables."""

    def written() -> Path:
        (path,) = xlsx.export(con, exporters.prepare(con), tmp_path)
        return path

    return written


def test_a_workbook_has_a_sheet_for_each_table_of_records(book: Callable[[], Path]) -> None:
    tables = [table for table in rulebook.published_tables() if table.record_fields]
    opened = openpyxl.load_workbook(book())
    assert opened.sheetnames == [xlsx.FIRST, *(table.title for table in tables), xlsx.DICTIONARY, xlsx.CODES]
    for table in tables:
        page = opened[table.title]
        assert [cell.value for cell in page[1]] == [field.title for field in table.published_fields]
        assert page.freeze_panes == "A2" and page.auto_filter.ref.startswith("A1:")
        assert all(page.column_dimensions[letter].width >= xlsx.NARROWEST for letter in page.column_dimensions)
        assert page.max_row == len(ROWS.get(table.name, ())) + 1
    told = "".join(str(cell.value) for row in opened[xlsx.FIRST] for cell in row if cell.value)
    assert "出典" in told and all(table.description in told for table in tables)
    assert [cell.value for cell in opened[xlsx.DICTIONARY][1]] == list(dictionary.HEADINGS)


def test_cells_have_their_types(con: duckdb.DuckDBPyConnection, book: Callable[[], Path]) -> None:
    opened = openpyxl.load_workbook(book())

    def cell(table: str, row: int, field: str) -> Any:
        names = [told.name for told in rulebook.table(table).published_fields]
        return opened[rulebook.table(table).title].cell(row, names.index(field) + 1)

    postal, founded = cell("organizations", 2, "postal_code"), cell("organizations", 3, "founded_on")
    assert (postal.value, postal.data_type, postal.number_format) == ("0700036", "s", "@")
    assert (founded.value, founded.number_format) == (datetime(2004, 5, 20), "yyyy-mm-dd")
    assert cell("services", 2, "capacity").value == 20 and cell("services", 2, "capacity").data_type == "n"
    assert cell("places", 2, "latitude").value == 43.770833
    assert cell("contact_points", 2, "value").value == "011-598-1185"
    assert cell("services", 2, "troubles").value == "発達障害;病気・怪我"
    assert cell("services", 3, "capacity").value is None


def test_no_cell_of_a_workbook_is_a_formula_or_a_link(con: duckdb.DuckDBPyConnection, book: Callable[[], Path]) -> None:
    values = ["=1+1", "＝1", " +1", "@x", "-1", "\t1", "'a", "https://npo.example.jp/", "<r><t>太字</t></r>", "普通"]
    texts(con, values)
    path = book()
    page = openpyxl.load_workbook(path)["団体"]
    cells = [row[6] for row in page.iter_rows(min_row=2)]
    assert [cell.value for cell in cells] == values
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell.style_array.quotePrefix if hasattr(cell, "style_array") else cell.quotePrefix for cell in cells] == (
        [True] * 7 + [False] * 3
    )
    with ZipFile(path) as parts:
        names = parts.namelist()
        whole = b"".join(parts.read(name) for name in names if name.startswith("xl/worksheets/"))
    assert b"<f>" not in whole and b"<f " not in whole and b"hyperlink" not in whole
    assert not [name for name in names if "rels/sheet" in name]


@SETTINGS
@given(st.lists(st.text() | st.text(st.sampled_from("\"'=+&<>_x0041 \t\r\x01１あ")), min_size=1, max_size=24))
def test_any_text_reads_back_from_a_workbook(con: duckdb.DuckDBPyConnection, tmp_path: Path, values: list[str]) -> None:
    texts(con, values)
    path = write(con, xlsx, "organizations", tmp_path)
    assert xlsx.count(con, path) == len(values)
    assert purposes(path) == [NEWLINE.sub(" ", value) for value in values]


def test_odd_text_reads_back_from_a_workbook(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    values = ["_x0041_", "_x0041_x0042_", "a\x01b", "\uffff", " あ ", '&lt;<>&"', "\U0001f600"]
    texts(con, values)
    assert purposes(write(con, xlsx, "organizations", tmp_path)) == values


def test_what_a_workbook_cannot_hold_is_text_or_ends(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    texts(con, ["長" * 40_000])
    con.execute(
        "UPDATE release.organizations SET founded_on = DATE '1899-12-31', last_confirmed_on = DATE '1900-03-01'"
    )
    (row,) = sheet(write(con, xlsx, "organizations", tmp_path), "団体")
    assert row[6] == "長" * xlsx.LONGEST
    assert row[13:15] == ["1899-12-31", date(1900, 3, 1)]


def test_a_long_table_goes_on_in_further_sheets(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx, "MOST", 4)
    monkeypatch.setattr(xlsx, "BATCH", 3)
    texts(con, [f"{n}番" for n in range(9)])
    path = write(con, xlsx, "organizations", tmp_path)
    assert xlsx.count(con, path) == 9
    told = [[row[6] for row in sheet(path, name)] for name in ("団体", "団体 2", "団体 3")]
    assert told == [["0番", "1番", "2番", "3番"], ["4番", "5番", "6番", "7番"], ["8番"]]
    texts(con, [f"{n}番" for n in range(8)])
    assert "団体 3" not in CalamineWorkbook.from_path(write(con, xlsx, "organizations", tmp_path)).sheet_names


def test_titles_can_name_sheets(con: duckdb.DuckDBPyConnection) -> None:
    titles = [table.title for table in rulebook.published_tables()]
    assert len(set(titles)) == len(titles)
    assert not [title for title in titles if len(title) > 28 or re.search(r"[\[\]:*?/\\]", title)]


def test_tables_without_records_are_in_the_other_formats_alone() -> None:
    def names(wanted: Callable[[Table], object]) -> set[str]:
        return {table.name for table in rulebook.published_tables() if wanted(table)}

    assert names(lambda table: not table.record_fields) == {"provenance", "redirects", "removed"}


def test_making_a_workbook_changes_nothing_for_the_next_one(book: Callable[[], Path]) -> None:
    before = copy.deepcopy((xlsx.FONT, xlsx.FORMATS))
    book()
    assert before == (xlsx.FONT, xlsx.FORMATS)
