"""From rows as published to records: which cell goes where, which rows are in the area, what a row is called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
import tiny

from schemas import engine, rulebook
from sources import catalog, mapping
from sources.catalog import Source

HOME = "北海道札幌市中央区北1条西1丁目"
Row = Mapping[str, str | None]


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        yield con


def fetch(con: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = con.sql(query).to_arrow_table().to_pylist()
    return found


def key(con: duckdb.DuckDBPyConnection, source: Source, *rows: Row, prefecture: str = "01") -> mapping.Columns:
    """Key rows with the headings that they have."""
    header = tuple(dict.fromkeys(label for row in rows for label in row))
    cells = {f"c{place}": pa.array([row.get(label) for row in rows], pa.string()) for place, label in enumerate(header)}
    numbers = pa.array(range(2, len(rows) + 2), pa.int64())
    con.register("source_rows", pa.table({"file": pa.array(["a.csv"] * len(rows)), "row": numbers, **cells}))
    columns, *_ = mapping.check_columns(source, header)
    mapping.key_rows(con, source, columns, prefecture)
    return columns


def records(
    con: duckdb.DuckDBPyConnection, source: Source, *rows: Row, prefecture: str = "01"
) -> list[list[dict[str, Any]]]:
    """The records of each of the mapping's tables, in the order of the rows."""
    columns = key(con, source, *rows, prefecture=prefecture)
    made = mapping.make_records(con, source.mapping, columns)
    return [fetch(con, f'SELECT * FROM "{table}" ORDER BY "row"') for table, _ in made]


def one(con: duckdb.DuckDBPyConnection, root: Path, fields: Mapping[str, Any], row: Row, **told: Any) -> dict[str, Any]:
    """The one record of ``places`` (or ``table``) that a row makes with these fields."""
    spec = {"table": told.pop("table", "places"), "fields": dict(fields), **told}
    owner = [{"table": spec["owner"], "fields": {"name": "番号"}}] if "owner" in spec else []
    *_, (record,) = records(con, tiny.make(root, *owner, spec, area=None), {"番号": "1"} | dict(row))
    return record


def test_a_cell_is_read_by_its_fields_format_and_kept_raw(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    record = one(con, tmp_path, {"postal_code": "〒"}, {"〒": "〒０６０-０００１"})
    assert (record["record_id"], record["file"], record["row"]) == ("machi:1", "a.csv", 2)
    assert (record["postal_code"], record["postal_code__raw"]) == ("0600001", "〒０６０-０００１")
    assert record["postal_code__code"] is None
    record = one(con, tmp_path, {"postal_code": "〒"}, {"〒": "600001"})
    assert (record["postal_code"], record["postal_code__code"], record["postal_code__expected"]) == (
        "0600001", "lost-zero", "0600001",
    )  # fmt: skip


@pytest.mark.parametrize("blank", ["", " ", "　", "\t\n", None])
def test_a_blank_cell_supplies_nothing(con: duckdb.DuckDBPyConnection, tmp_path: Path, blank: str | None) -> None:
    record = one(con, tmp_path, {"name": "名称", "postal_code": "〒"}, {"名称": "家", "〒": blank})
    assert {record[f"postal_code{part}"] for part in ("", "__raw", "__code")} == {None}


def test_several_columns_are_joined(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    fields = {"access": ["一", "二", "三"]}
    assert one(con, tmp_path, fields, {"一": "駅から", "二": None, "三": "5分"})["access"] == "駅から5分"
    assert one(con, tmp_path, fields, {"一": " ", "二": "", "三": None})["access__raw"] is None


def test_a_part_of_a_cell(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    fields = {
        "opens": {"column": "時間", "match": "^([^-〜']*)"},
        "closes": {"column": "時間", "match": "[-〜'](.*)"},
    }
    told = {"table": "schedules", "owner": "services"}
    for text in ("9:00〜17:00", "９時-１７時", "9:00'17:00"):
        record = one(con, tmp_path, fields, {"時間": text}, **told)
        assert (record["opens"], record["closes"]) == ("09:00", "17:00")
        assert record["opens__raw"] == record["closes__raw"] == text
    record = one(con, tmp_path, fields, {"時間": "9:00"}, **told)
    assert (record["opens"], record["closes"], record["closes__code"]) == ("09:00", None, None)


def test_a_sources_own_words(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    fields = {"parking": {"column": "車", "values": {"○": "yes", "✕": "no"}}}
    assert one(con, tmp_path, fields, {"車": " ○ "})["parking"] == "yes"
    record = one(con, tmp_path, fields, {"車": "有"})
    assert (record["parking"], record["parking__code"], record["parking__raw"]) == (None, "unknown-code", "有")


def test_codes_one_and_many(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    modes = list(rulebook.codes("modes").values())
    fields = {"fee": "料金", "modes": "方法"}
    text = f"{modes[1].label_ja}、{modes[0].label_ja}"
    record = one(con, tmp_path, fields, {"料金": "無料", "方法": text}, table="services")
    assert (record["fee"], record["modes"]) == ("free", f"{modes[1].code};{modes[0].code}")
    record = one(con, tmp_path, fields, {"料金": "無料、有料", "方法": f"{modes[1].label_ja}、狼煙"}, table="services")
    assert (record["fee"], record["fee__code"]) == (None, "unknown-code")
    assert (record["modes"], record["modes__code"]) == (modes[1].code, "unknown-code")


def test_constants_are_set_as_they_stand(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    told = {"set": {"kind": "phone", "note": "don't '; DROP TABLE rows; --"}}
    record = one(con, tmp_path, {"value": "電話"}, {"電話": "189"}, table="contact_points", owner="services", **told)
    assert (record["owner_kind"], record["kind"], record["value"]) == ("services", "phone", "189")
    assert record["note"] == "don't '; DROP TABLE rows; --"


def test_a_hanging_record_needs_something_supplied(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    source = tiny.make(tmp_path)
    phones = [tiny.ROW | {"番号": str(n), "電話": text} for n, text in enumerate(["0166-00-0000", "", "なし", "変"])]
    *others, contacts = records(con, source, *phones)
    assert [contact["record_id"] for contact in contacts] == ["machi:0", "machi:3"]
    assert all(len(made) == 4 for made in others)


def test_unmapped_and_missing_columns(tmp_path: Path) -> None:
    source = tiny.make(tmp_path, ignore={"備考": "要らない"})
    header = tuple(label for label in tiny.HEADER if label != "料金")
    columns, findings, vital = mapping.check_columns(source, (*header, "備考", "余り"))
    assert columns.by_heading["番号"] == "c0" and columns.by_heading["余り"] == f"c{len(header) + 1}"
    assert [(finding.code, finding.column, finding.severity) for finding in findings] == [
        ("unmapped-column", "余り", "note"),
        ("missing-column", "料金", "note"),
    ]
    assert vital == []


VITAL = {"番号", "団体", "名称", "住所", "公開", "電話"}
"""The key, the area, what the rulebook requires, and the only way of contact."""


@pytest.mark.parametrize("label", tiny.HEADER)
def test_a_missing_column_is_a_note_or_vital(tmp_path: Path, label: str) -> None:
    header = tuple(other for other in tiny.HEADER if other != label)
    _, findings, vital = mapping.check_columns(tiny.make(tmp_path), header)
    assert vital == ([label] if label in VITAL else [])
    assert [finding.column for finding in findings] == ([] if vital else [label])


def test_of_several_ways_of_contact_one_column_is_enough(tmp_path: Path) -> None:
    subject = {"table": "services", "fields": {"name": "名称", "url": "ページ"}}
    phone = {"table": "contact_points", "owner": "services", "set": {"kind": "phone"}, "fields": {"value": "電話"}}
    source = tiny.make(tmp_path, subject, phone, area=None)
    for there, lost in ((["電話"], []), (["ページ"], []), ([], ["ページ", "電話"])):
        *_, vital = mapping.check_columns(source, ("番号", "名称", *there))
        assert vital == lost


def test_a_missing_column_is_as_blank(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    rows = [{label: text for label, text in tiny.ROW.items() if label != "料金"}]
    ((_,), (service,), _, _) = records(con, tiny.make(tmp_path), *rows)
    assert service["fee"] is None and service["fee__raw"] is None


def test_the_area_decides_which_rows_are_served(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    places = [HOME, "旭川市6条通", "東京都千代田区", "青森県青森市", "どこか", "", None]
    rows = [tiny.ROW | {"番号": str(n), "住所": place} for n, place in enumerate(places)]
    source = tiny.make(tmp_path)
    for prefecture, inside in (("01", [0, 1, 4, 5, 6]), ("13", [2, 4, 5, 6]), ("all", range(7))):
        key(con, source, *rows, prefecture=prefecture)
        served = fetch(con, "SELECT record_id, fate FROM rows ORDER BY record_id")
        assert served == [{"record_id": f"machi:{n}", "fate": None} for n in inside]


def test_a_source_without_an_area_is_never_out_of_it(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    key(con, tiny.make(tmp_path, area=None), tiny.ROW | {"住所": "東京都千代田区"})
    assert len(fetch(con, "SELECT n FROM rows")) == 1


LOCATED = {"address": "住所", "municipality_code": "コード"}


@pytest.mark.parametrize(
    ("code", "address", "municipality", "problem", "expected"),
    [
        ("011011", HOME, "011011", None, None),
        ("012041", "旭川市6条通", "012041", None, None),
        (None, "旭川市6条通", "012041", None, None),
        ("012041", "6条通", "012041", None, None),
        (None, "6条通", None, None, None),
        ("012041", HOME, "012041", "municipality-mismatch", "011011"),
        ("011002", HOME, "011011", None, None),  # the ward makes Sapporo's own code more precise
        ("01100", HOME, "011011", None, None),
        ("011011", "北海道札幌市", "011011", None, None),  # and the address need not name the ward
        ("011029", HOME, "011029", "municipality-mismatch", "011011"),
        ("011002", "旭川市6条通", "011002", "municipality-mismatch", "012041"),
        ("011003", HOME, "011011", "municipality-code-check-digit", "011002（検査数字が違います）"),
    ],
)
def test_the_municipality_by_code_and_in_words(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, code: str | None, address: str, municipality: str | None,
    problem: str | None, expected: str | None,
) -> None:  # fmt: skip
    record = one(con, tmp_path, LOCATED, {"コード": code, "住所": address})
    assert record["municipality_code"] == municipality
    assert (record["municipality_code__code"], record["municipality_code__expected"]) == (problem, expected)
    assert record["municipality_code__raw"] == code


def test_the_municipality_from_words_alone_or_from_its_code_alone(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    assert one(con, tmp_path, {"address": "住所"}, {"住所": HOME})["municipality_code"] == "011011"
    record = one(con, tmp_path, {"municipality_code": "コード"}, {"コード": "01204"})
    assert (record["municipality_code"], record["municipality_code__raw"]) == ("012041", "01204")


def test_the_heading_of_a_municipality_that_has_no_column_is_the_addresses(tmp_path: Path) -> None:
    def told(fields: dict[str, Any]) -> dict[str, str]:
        source = tiny.make(tmp_path, {"table": "places", "fields": fields})
        return mapping.headings(source.mapping.records[0], mapping.Columns({}))

    assert told({"address": ["町", "番地"]}) == {"address": "町＋番地", "municipality_code": "町＋番地"}
    assert told(LOCATED) == {"address": "住所", "municipality_code": "コード"}
    assert told({"name": "名称"}) == {"name": "名称"}


def test_values_within_json(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    fields = {
        "modes": {"column": "方法", "json": "$[*].name"},
        "summary": {"column": "要約", "json": "$.text"},
    }
    row = {"方法": '[{"name": "電話"}, {"name": "訪問"}]', "要約": '{"text": "短い文"}'}
    record = one(con, tmp_path, fields, row, table="services")
    assert (record["modes"], record["summary"]) == ("phone;outreach", "短い文")
    assert record["modes__raw"] == row["方法"]
    record = one(con, tmp_path, fields, {"方法": "[]", "要約": "{}"}, table="services")
    assert (record["modes"], record["modes__code"], record["summary"]) == (None, None, None)
    record = one(con, tmp_path, fields, {"方法": "電話と訪問", "要約": ""}, table="services")
    assert (record["modes"], record["modes__code"]) == (None, "unknown-code")


def test_columns_that_are_marked(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    fields = {"modes": {"flags": {"来所": "visit", "電話": "phone", "訪問": "outreach"}}}
    record = one(con, tmp_path, fields, {"来所": "○", "電話": "TRUE", "訪問": "×"}, table="services")
    assert (record["modes"], record["modes__code"]) == ("visit;phone", None)
    record = one(con, tmp_path, fields, {"来所": "", "電話": " ", "訪問": None}, table="services")
    assert (record["modes"], record["modes__code"]) == (None, None)
    record = one(con, tmp_path, fields, {"来所": "○", "電話": "△", "訪問": ""}, table="services")
    assert (record["modes"], record["modes__code"]) == ("visit", "unknown-code")


def test_a_word_that_says_nothing(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    fields = {"parking": {"column": "車", "values": {"○": "yes", "要確認": None}}}
    record = one(con, tmp_path, fields, {"車": "要確認"})
    assert (record["parking"], record["parking__code"], record["parking__raw"]) == (None, None, "要確認")


def test_a_heading_that_was_renamed(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    source = tiny.make(tmp_path, aliases={"住所": ["所在地", "アドレス"], "備考": ["メモ"]}, ignore={"備考": "雑記"})
    row = {"アドレス" if name == "住所" else name: value for name, value in tiny.ROW.items()} | {"メモ": "x"}
    columns, findings, vital = mapping.check_columns(source, tuple(row))
    told = [(finding.code, finding.column, finding.expected) for finding in findings]
    assert told == [("renamed-column", "アドレス", "住所"), ("renamed-column", "メモ", "備考")]
    assert not vital
    _, services, places, _ = records(con, source, row)
    assert len(services) == 1 and places[0]["address"] == HOME
    assert mapping.headings(source.mapping.records[2], columns)["address"] == "アドレス"


@pytest.mark.parametrize(
    ("area", "column", "text", "inside"),
    [
        ({"code": "37"}, "住所", HOME, False),
        ({"code": "01"}, "住所", "香川県高松市番町1", True),
        ({"column": "県", "json": "$[*]"}, "県", '["青森県", "北海道"]', True),
        ({"column": "県", "json": "$[*]"}, "県", '["青森県", "秋田県"]', False),
        ({"column": "県", "json": "$[*]"}, "県", "[]", True),
        ({"column": "県", "json": "$[*]"}, "県", '["青森県", "どこか"]', True),
        (None, "住所", "香川県高松市番町1", True),
    ],
)  # fmt: skip
def test_the_area_of_a_row(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, area: Any, column: str, text: str, inside: bool
) -> None:
    key(con, tiny.make(tmp_path, area=area), tiny.ROW | {column: text})
    assert len(fetch(con, "FROM rows")) == inside


def keys(con: duckdb.DuckDBPyConnection, source: Source, *rows: Row) -> list[str | None]:
    key(con, source, *rows)
    return [row["record_id"] for row in fetch(con, 'SELECT record_id FROM rows ORDER BY "row"')]


def test_a_row_is_called_by_its_natural_key(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    rows = [tiny.ROW | {"番号": text} for text in ("1", " 1　", "a/b~c", "", "　", None)]
    assert keys(con, tiny.make(tmp_path), *rows) == ["machi:1", "machi:1", "machi:a/b~c", None, None, None]


def test_a_key_of_several_columns_needs_them_all_and_keeps_them_apart(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    source = tiny.make(tmp_path, natural_key=["団体", "名称"])
    pairs = [("会", "茶話"), ("a/b", "c"), ("a", "b/c"), ("a~1b", "c"), ("会", ""), (None, "茶話")]
    found = keys(con, source, *(tiny.ROW | {"団体": one, "名称": two} for one, two in pairs))
    assert found[0] == "machi:会/茶話"
    assert found[4:] == [None, None]
    assert len(set(found[:4])) == 4


def test_rows_without_a_key_make_no_record(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    made = records(con, tiny.make(tmp_path), tiny.ROW, tiny.ROW | {"番号": ""})
    assert [len(table) for table in made] == [1, 1, 1, 1]


def test_rows_are_numbered_by_key_and_content_not_by_their_order(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    source = tiny.make(tmp_path)
    rows = [tiny.ROW | {"番号": number, "名称": name} for number in "213" for name in ("甲", "乙")]
    numbered = []
    for order in (rows, rows[::-1], rows[3:] + rows[:3]):
        columns = key(con, source, *order)
        numbered.append(fetch(con, f"SELECT n, {columns.by_heading['名称']} AS name FROM rows ORDER BY n"))
    assert numbered[0] == numbered[1] == numbered[2]
    assert [row["n"] for row in numbered[0]] == [1, 2, 3, 4, 5, 6]


def plain(source: Source) -> bool:
    """Whether its cells hold one value each, or a span of time: for the others a cell has to be made by hand."""
    cells = [cell for record in source.mapping.records for cell in record.cells.values()]
    by_hand = (
        cell.json or cell.flags or (cell.match and "〜" not in cell.match) or (cell.values and len(cell.columns) > 1)
        for cell in cells
    )  # fmt: skip
    return source.mapping.prefecture in (None, "01") and not any(by_hand)


SOURCES = [one.folder for one in catalog.load_all().values() if one.set == "live" and not one.sample and plain(one)]
SAMPLE_CELLS = {
    "phone": "0166-00-0000", "address": HOME, "municipality_code": "011011", "prefecture": "北海道",
    "name": "見本の会", "url": "https://www.example.jp/", "email": "desk@example.jp",
}  # fmt: skip


@pytest.mark.parametrize("folder", SOURCES, ids=lambda folder: folder.name)
def test_every_mapping_runs_on_a_row_of_its_own_headings(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    source = catalog.load(folder)
    row = dict.fromkeys(source.mapping.area.columns if source.mapping.area else (), HOME)
    for spec in source.mapping.records:
        for name, cell in spec.cells.items():
            field = rulebook.table(spec.table).field(name)
            text = next(iter(cell.values), None) or SAMPLE_CELLS.get(cell.reader, field.example)
            for label in cell.columns:
                row.setdefault(label, f"{text}-17:00" if cell.match else text)
    row = dict.fromkeys(source.mapping.natural_key, "1") | row
    header = (*row, *source.mapping.ignore)
    _, findings, vital = mapping.check_columns(source, header)
    assert not findings and not vital
    columns = key(con, source, row)
    made = mapping.make_records(con, source.mapping, columns)
    assert [spec.table for _, spec in made] == [spec.table for spec in source.mapping.records]
    for table, spec in made:
        readers = {name: cell.reader for name, cell in spec.cells.items()}
        origin = engine.Origin(source.id, mapping.headings(spec, columns), readers)
        answer = engine.validate(con, table, rulebook.table(spec.table), origin)
        assert not {finding.severity for finding in answer.findings} - {"note"}, answer.findings
        assert len(fetch(con, f'SELECT n FROM "{answer.accepted}"')) == 1
