"""The door: what validate() accepts, withholds, leaves out and quarantines, and that it agrees with Frictionless."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from frictionless import Schema
from frictionless.resources import TableResource
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import engine, rulebook
from schemas.engine import Origin, Validation
from schemas.finding import Finding
from schemas.rulebook import Table

ORIGIN = Origin("machi", {"name": "名前"}, {})
HANGING = Origin("machi", {}, {}, subject=False)
KEYS = ("n", "record_id", "file", "row")

Record = dict[str, Any]


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        yield con


def validate(
    con: duckdb.DuckDBPyConnection, table: str, *records: Record, origin: Origin = ORIGIN
) -> tuple[Validation, list[Record]]:
    """Validate records (n, record_id, file and row are filled in); the answer and the accepted rows."""
    names = dict.fromkeys(name for record in records for name in record)
    rows = [
        {"n": n, "record_id": f"machi:{n}", "file": "a.csv", "row": n + 1} | dict.fromkeys(names) | record
        for n, record in enumerate(records, start=1)
    ]
    kinds = {name: pa.int64() if name in ("n", "row") else pa.string() for name in (*KEYS, *names)}
    con.register("given", pa.Table.from_pylist(rows, schema=pa.schema(list(kinds.items()))))
    con.execute("CREATE OR REPLACE TABLE r AS SELECT * FROM given")
    answer = engine.validate(con, "r", rulebook.table(table), origin)
    return answer, con.sql(f'SELECT * FROM "{answer.accepted}" ORDER BY n').to_arrow_table().to_pylist()


def told(answer: Validation) -> list[tuple[int | None, str | None, str, str]]:
    return [(finding.row, finding.field, finding.code, finding.severity) for finding in answer.findings]


def test_what_is_good_is_accepted_typed(con: duckdb.DuckDBPyConnection) -> None:
    answer, accepted = validate(
        con, "services",
        {"name": "会", "capacity": "20", "valid_from": "2026-04-01", "fee": "free", "capacity__raw": "２０名"},
    )  # fmt: skip
    assert answer.findings == [] and answer.quarantined == frozenset()
    (row,) = accepted
    assert (row["name"], row["capacity"], row["valid_from"], row["fee"]) == ("会", 20, date(2026, 4, 1), "free")
    assert row["capacity__raw"] == "２０名"
    assert row["summary"] is None and row["summary__raw"] is None
    types = {name: kind for name, kind, *_ in con.execute(f'DESCRIBE "{answer.accepted}"').fetchall()}
    for field in rulebook.table("services").record_fields:
        assert types[field.name] == field.duckdb_type
        assert types[f"{field.name}__raw"] == "VARCHAR"


def test_numbers_and_booleans_are_typed(con: duckdb.DuckDBPyConnection) -> None:
    _, (place,) = validate(con, "places", {"name": "家", "latitude": "43.06", "longitude": "141.35"})
    assert (place["latitude"], place["longitude"]) == (43.06, 141.35)
    _, (contact,) = validate(con, "contact_points", {"value": "+81166000000", "personal": "true"})
    assert contact["personal"] is True


def test_a_bad_optional_value_is_withheld_and_kept_raw(con: duckdb.DuckDBPyConnection) -> None:
    answer, (row,) = validate(
        con, "services",
        {"name": "会", "fee": "cheap", "fee__raw": "安い", "age_max": "121", "valid_from": "2026-02-30"},
    )  # fmt: skip
    assert told(answer) == [
        (2, "age_max", "out-of-range", "withhold"),
        (2, "fee", "not-in-list", "withhold"),
        (2, "valid_from", "type", "withhold"),
    ]
    assert (row["name"], row["fee"], row["fee__raw"], row["age_max"], row["valid_from"]) == (
        "会", None, "安い", None, None,
    )  # fmt: skip
    assert answer.findings[1].value == "安い" and "安い" in answer.findings[1].message_ja


def unread(field: str, raw: str, code: str) -> Record:
    return {field: None, f"{field}__raw": raw, f"{field}__code": code, f"{field}__expected": None}


def test_what_a_format_could_not_read_is_withheld_with_its_own_code(con: duckdb.DuckDBPyConnection) -> None:
    origin = Origin("machi", {"capacity": "定員"}, {"capacity": "integer"})
    answer, (row,) = validate(
        con, "services", {"name": "会"} | unread("capacity", "多数", "integer-form"), origin=origin
    )
    (finding,) = answer.findings
    assert (finding.code, finding.severity, finding.value) == ("integer-form", "withhold", "多数")
    assert (finding.source, finding.file, finding.row, finding.column) == ("machi", "a.csv", 2, "定員")
    assert (finding.table, finding.field, finding.record_id) == ("services", "capacity", "machi:1")
    assert row["capacity"] is None and row["capacity__raw"] == "多数"


def test_without_an_essential_value_that_was_supplied_the_record_is_left_out(con: duckdb.DuckDBPyConnection) -> None:
    evening = {"weekdays": "月"} | unread("opens", "夕方", "time-form")
    blank = {"weekdays": "火"} | dict.fromkeys(evening.keys() - {"weekdays"})
    answer, accepted = validate(con, "schedules", evening, blank, origin=HANGING)
    assert told(answer) == [(2, "opens", "time-form", "withhold")]
    assert [row["weekdays"] for row in accepted] == ["火"] and not answer.quarantined


def test_a_readable_value_with_a_note_is_published(con: duckdb.DuckDBPyConnection) -> None:
    note = {"value": "+81166000000", "value__raw": "166000000", "value__code": "lost-zero", "value__expected": "0166…"}
    answer, (row,) = validate(con, "contact_points", note)
    assert told(answer) == [(2, "value", "lost-zero", "note")]
    assert answer.findings[0].expected == "0166…"
    assert row["value"] == "+81166000000"


def test_a_value_with_lost_letters_is_withheld(con: duckdb.DuckDBPyConnection) -> None:
    record = {"name": "会", "summary": "相談�口", "summary__raw": "相談�口"}
    answer, (row,) = validate(con, "services", record)
    assert told(answer) == [(2, "summary", "replacement-character", "withhold")]
    assert row["summary"] is None and row["summary__raw"] == "相談�口"
    answer, accepted = validate(con, "services", {"name": "�の会", "name__raw": "�の会"})
    assert told(answer) == [(2, "name", "replacement-character", "quarantine")]
    assert accepted == [] and answer.quarantined == {1}


def test_an_unread_required_value_is_one_finding_not_two(con: duckdb.DuckDBPyConnection) -> None:
    answer, accepted = validate(con, "services", {"name": None, "name__code": "no-name", "name__expected": None})
    assert told(answer) == [(2, "name", "no-name", "quarantine")]
    assert accepted == [] and answer.quarantined == {1}


def test_a_readable_value_against_the_schema_is_judged_again(con: duckdb.DuckDBPyConnection) -> None:
    answer, (row,) = validate(
        con, "services", {"name": "会", "fee": "cheap", "fee__code": "unknown-code", "fee__expected": None}
    )
    assert told(answer) == [(2, "fee", "unknown-code", "note"), (2, "fee", "not-in-list", "withhold")]
    assert row["fee"] is None


def test_required_in_the_subject_quarantines_the_row(con: duckdb.DuckDBPyConnection) -> None:
    answer, accepted = validate(con, "services", {"name": "会"}, {"name": None})
    assert told(answer) == [(3, "name", "required", "quarantine")]
    assert answer.quarantined == {2}
    assert [row["name"] for row in accepted] == ["会"]


def test_required_in_another_record_leaves_that_record_out(con: duckdb.DuckDBPyConnection) -> None:
    answer, accepted = validate(con, "organizations", {"name": "団体"}, {"name": None}, origin=HANGING)
    assert told(answer) == [(3, "name", "required", "withhold")]
    assert answer.quarantined == frozenset()
    assert [row["n"] for row in accepted] == [1]


def test_an_unclear_visibility_quarantines_in_any_record(con: duckdb.DuckDBPyConnection) -> None:
    for visibility in (None, "perhaps"):
        record = {"name": "家", "address_visibility": visibility}
        answer, accepted = validate(con, "places", record, origin=HANGING)
        assert answer.quarantined == {1} and accepted == []
    answer, accepted = validate(con, "places", {"name": "家"}, origin=HANGING)
    assert not answer.quarantined and len(accepted) == 1  # a source without the column leaves it to the rulebook


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 1, 2), (2, 3, 1)])
def test_of_a_double_key_the_first_n_stays_whatever_the_order(
    con: duckdb.DuckDBPyConnection, order: tuple[int, ...]
) -> None:
    records = {n: {"n": n, "row": 10 - n, "record_id": "machi:same", "name": f"会{n}"} for n in (1, 2)}
    records[3] = {"n": 3, "row": 9, "record_id": "machi:other", "name": "別"}
    answer, accepted = validate(con, "services", *(records[n] for n in order))
    assert [row["name"] for row in accepted] == ["会1", "別"]
    assert told(answer) == [(8, "record_id", "duplicate-key", "quarantine")]
    assert answer.quarantined == {2}


def test_records_that_hang_may_share_their_row(con: duckdb.DuckDBPyConnection) -> None:
    same = {"record_id": "machi:1", "value": "+81166000000"}
    answer, accepted = validate(con, "contact_points", same, same, origin=HANGING)
    assert not answer.findings and len(accepted) == 2


def test_an_empty_table_is_an_empty_answer(con: duckdb.DuckDBPyConnection) -> None:
    validate(con, "services", {"name": "会"})
    con.execute("DELETE FROM r")
    answer = engine.validate(con, "r", rulebook.table("services"), ORIGIN)
    assert (answer.findings, answer.quarantined) == ([], frozenset())
    assert con.execute(f'SELECT count(*) FROM "{answer.accepted}"').fetchall() == [(0,)]


# One positive, one negative and one not-applicable row for each check: the fields at fault by row.
SAPPORO = {"name": "家", "municipality_code": "011011"}
CHECKS: dict[str, list[tuple[Record, set[str]]]] = {
    "organizations/municipality-not-found": [
        ({"name": "団体", "address": "大通り1", "municipality_code": None}, {"address"}),
        ({"name": "団体", "address": "札幌市大通り1", "municipality_code": "011002"}, set()),
        ({"name": "団体", "address": "東京都千代田区", "municipality_code": None}, set()),
        ({"name": "団体", "address": None, "municipality_code": None}, set()),
    ],
    "places/municipality-not-found": [
        ({"name": "家", "address": "大通り1", "municipality_code": None}, {"address"}),
        ({"name": "家", "address": "札幌市大通り1", "municipality_code": "011002"}, set()),
        ({"name": "家", "address": "神奈川県横浜市", "municipality_code": None}, set()),
        ({"name": "家", "address": None, "municipality_code": None}, set()),
    ],
    "places/coordinates-outside-prefecture": [
        (SAPPORO | {"latitude": "35.68", "longitude": "139.76"}, {"latitude", "longitude"}),
        (SAPPORO | {"latitude": "43.06", "longitude": "153.9"}, {"latitude", "longitude"}),
        (SAPPORO | {"latitude": "43.06", "longitude": "141.35"}, set()),
        (SAPPORO | {"latitude": None, "longitude": None}, set()),
        (SAPPORO | {"latitude": "35.68", "longitude": "139.76", "municipality_code": "131016"}, set()),
        (SAPPORO | {"latitude": "35.68", "longitude": "139.76", "municipality_code": None}, set()),
    ],
    "places/half-coordinates": [
        ({"name": "家", "latitude": "43.06", "longitude": None}, {"latitude"}),
        ({"name": "家", "latitude": None, "longitude": "141.35"}, {"longitude"}),
        ({"name": "家", "latitude": "43.06", "longitude": "141.35"}, set()),
        ({"name": "家", "latitude": None, "longitude": None}, set()),
    ],
    "schedules/no-time-between": [
        ({"opens": "00:00", "closes": "00:00"}, {"opens", "closes"}),
        ({"opens": "00:00", "closes": "24:00"}, set()),
        ({"opens": "09:00", "closes": None}, set()),
    ],
    "services/ends-before-start": [
        ({"name": "会", "valid_from": "2026-04-02", "valid_to": "2026-04-01"}, {"valid_from"}),
        ({"name": "会", "valid_from": "2026-04-01", "valid_to": "2026-04-01"}, set()),
        ({"name": "会", "valid_from": "2026-04-01", "valid_to": None}, set()),
        ({"name": "会", "valid_from": None, "valid_to": "2026-04-01"}, set()),
    ],
    "programs/ends-before-start": [
        ({"reception_start": "2026-04-02", "reception_end": "2026-04-01"}, {"reception_start"}),
        ({"reception_start": None, "reception_end": "2026-04-01"}, set()),
    ],
    "hotlines/ends-before-start": [
        ({"period_from": "2026-04-02", "period_to": "2026-04-01"}, {"period_from"}),
        ({"period_from": "2026-04-01", "period_to": None}, set()),
    ],
    "services/youngest-above-oldest": [
        ({"name": "会", "age_min": "18", "age_max": "6"}, {"age_min", "age_max"}),
        ({"name": "会", "age_min": "6", "age_max": "6"}, set()),
        ({"name": "会", "age_min": "6", "age_max": None}, set()),
    ],
}


def test_every_check_has_its_rows() -> None:
    files = rulebook.ROOT.glob("checks/*/*.sql")
    assert sorted(CHECKS) == sorted(f"{path.parent.name}/{path.stem}" for path in files)


@pytest.mark.parametrize("check", CHECKS)
def test_a_check_finds_what_it_should_and_no_more(con: duckdb.DuckDBPyConnection, check: str) -> None:
    table, _, code = check.partition("/")
    records, expected = zip(*CHECKS[check], strict=True)
    answer, accepted = validate(con, table, *records)
    found = {(finding.row, finding.field) for finding in answer.findings if finding.code == code}
    assert found == {(n, field) for n, fields in enumerate(expected, start=2) for field in fields}
    assert {finding.code for finding in answer.findings} == {code}
    withheld = code != "municipality-not-found"
    for row in accepted:
        assert all((row[field] is None) == withheld for field in expected[row["n"] - 1])
    essential = {field.name for field in rulebook.table(table).record_fields if field.essential}
    left_out = {n for n, fields in enumerate(expected, start=1) if fields & essential}
    assert {row["n"] for row in accepted} == set(range(1, len(expected) + 1)) - left_out


@pytest.mark.parametrize("check", CHECKS)
def test_a_check_without_its_fields_is_not_made(con: duckdb.DuckDBPyConnection, check: str) -> None:
    table, _, code = check.partition("/")
    for record, fields in CHECKS[check]:
        for missing in set(record) - {"name"}:
            partly = {key: value for key, value in record.items() if key != missing}
            answer, _ = validate(con, table, partly)
            assert not fields or code not in {finding.code for finding in answer.findings}


# -- parity with Frictionless

CELLS = {
    "services": ["会", "free", "paid", "0", "20", "121", "-1", "2026-04-01", "2026-02-30", "あ" * 201],
    "places": ["家", "43.06", "141.35", "47", "nan", "office", "0600001", "060", "011002", "x" * 301],
    "schedules": ["月水", "水月", "09:00", "9:00", "24:59", "25:00", "open", "closed"],
    "contact_points": ["phone", "pigeon", "true", "maybe", "services", "user", "1" * 21],
}


def frictionless_report(table: Table, names: list[str], rows: list[tuple[str | None, ...]]) -> set[tuple[int, str]]:
    """Row number and field of every fault in Frictionless's own report; a key told twice is its first field's."""
    fields = [table.field(name) for name in names]
    schema = Schema.from_descriptor(engine.descriptor(table, fields))
    report = TableResource(data=[names, *map(list, rows)], schema=schema).validate()
    faults = set()
    for number, kind, field in report.flatten(["rowNumber", "type", "fieldName"]):
        faults.add((number, "record_id" if kind == "primary-key" else field))
    return faults


@pytest.mark.parametrize("name", CELLS)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_the_faulty_cells_are_those_that_frictionless_reports(
    con: duckdb.DuckDBPyConnection, name: str, data: st.DataObject
) -> None:
    table = rulebook.table(name)
    optional = [field.name for field in table.record_fields if field.name != "record_id"]
    chosen = data.draw(st.lists(st.sampled_from(optional), min_size=1, max_size=5, unique=True))
    names = ["record_id", *(field for field in optional if field in chosen)]
    ids = st.sampled_from(["machi:1", "machi:2", "machi:3"])
    cells = st.none() | st.sampled_from(CELLS[name])
    rows = data.draw(st.lists(st.tuples(ids, *[cells] * len(chosen)), min_size=1, max_size=8))
    answer, _ = validate(con, name, *(dict(zip(names, row, strict=True)) for row in rows))
    checks = {path.stem for path in rulebook.ROOT.glob(f"checks/{name}/*.sql")}
    ours = {(finding.row, finding.field) for finding in answer.findings if finding.code not in checks}
    assert ours == frictionless_report(table, names, rows)


SUPPLIED = st.none() | st.sampled_from(["5", "free", "1999-12-31", "1e3"]) | st.text("0123-/e.", min_size=1)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(SUPPLIED, SUPPLIED, SUPPLIED), min_size=1, max_size=8))
def test_a_value_is_accepted_or_has_a_finding(
    con: duckdb.DuckDBPyConnection, rows: list[tuple[str | None, ...]]
) -> None:
    names = ("capacity", "valid_to", "fee")
    records = [{"name": "会"} | dict(zip(names, row, strict=True)) for row in rows]
    answer, accepted = validate(con, "services", *records)
    lost = {
        (row["row"], name)
        for record, row in zip(records, accepted, strict=True)
        for name in names
        if record[name] is not None and row[name] is None
    }
    assert lost == {(finding.row, finding.field) for finding in answer.findings}


# -- a file that was written by this project


def write(path: Path, table: Table, *records: Record) -> Path:
    names = [field.name for field in table.published_fields]
    examples = {field.name: field.example for field in table.published_fields}
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(examples | record for record in records)
    return path


def check(path: Path, table: Table) -> list[Finding]:
    return engine.check_csv(path, table, engine.descriptor(table, table.published_fields, published=True))


def test_a_published_file_of_examples_has_no_finding(tmp_path: Path) -> None:
    for table in rulebook.published_tables():
        assert check(write(tmp_path / f"{table.name}.csv", table, {}), table) == []


def test_a_published_file_with_faults_has_a_finding_for_each(tmp_path: Path) -> None:
    table = rulebook.table("services")
    path = write(
        tmp_path / "services.csv", table,
        {"service_id": "a", "fee": "cheap"}, {"service_id": "b"}, {"service_id": "b", "name": "", "capacity": "many"},
    )  # fmt: skip
    findings = check(path, table)
    assert {(finding.row, finding.field, finding.code) for finding in findings} == {
        (2, "fee", "not-in-list"),
        (4, "name", "required"),
        (4, "capacity", "type"),
        (4, "service_id", "duplicate-key"),
    }
    assert {finding.source for finding in findings} == {"release"}
    assert {finding.file for finding in findings} == {"services.csv"}


def test_a_blank_row_in_a_published_file_has_a_finding(tmp_path: Path) -> None:
    for table in rulebook.published_tables():
        blank = {field.name: "" for field in table.published_fields}
        path = write(tmp_path / f"{table.name}.csv", table, {}, blank)
        assert check(path, table), table.name
