"""Accepted rows have the values that Frictionless reads, in DuckDB's types, and nothing is lost."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from schemas import table_schema
from schemas.table_schema.typed import accepted


def rows(tmp_path: Path, fields: list[dict[str, Any]], *lines: str) -> tuple[list[tuple[Any, ...]], list[str]]:
    path = tmp_path / "a.csv"
    path.write_text("\n".join([",".join(field["name"] for field in fields), *lines, ""]), encoding="utf-8")
    relation = accepted(table_schema.validate_file(path, {"fields": fields}))
    return relation.fetchall(), [str(kind) for kind in relation.types]


def test_values_are_typed_as_frictionless_reads_them(tmp_path: Path) -> None:
    fields = [
        {"name": "n", "type": "integer"},
        {"name": "x", "type": "number", "groupChar": "_"},
        {"name": "d", "type": "date", "format": "%Y/%m/%d"},
        {"name": "b", "type": "boolean", "trueValues": ["有"], "falseValues": ["無"]},
        {"name": "t", "type": "time"},
        {"name": "s", "type": "string"},
    ]
    found, types = rows(tmp_path, fields, "１２,1_000.5,2024/1/2,有,09:30:00,文", "-0,,,無,,")
    assert found == [(2, 12, 1000.5, date(2024, 1, 2), True, time(9, 30), "文"), (3, 0, None, None, False, None, None)]
    assert types == ["BIGINT", "BIGINT", "DOUBLE", "DATE", "BOOLEAN", "TIME", "VARCHAR"]


def test_datetimes_with_an_offset_are_utc(tmp_path: Path) -> None:
    found, _ = rows(tmp_path, [{"name": "t", "type": "datetime"}], "2024-01-01T09:00:00+09:00", "2024-01-01T00:00:00Z")
    assert [value for _, value in found] == [datetime(2024, 1, 1)] * 2


def test_a_field_may_have_any_name(tmp_path: Path) -> None:
    fields = [{"name": name, "type": "integer"} for name in ('a"b', "id", "ID", "rowNumber", "'")]
    path = tmp_path / "a.csv"
    path.write_text('"a""b",id,ID,rowNumber,\'\n1,2,3,4,5\n', encoding="utf-8")
    relation = accepted(table_schema.validate_file(path, {"fields": fields}))
    assert relation.columns[1] == 'a"b'
    assert relation.fetchall() == [(2, 1, 2, 3, 4, 5)]


def test_a_number_too_large_for_its_type_is_not_lost(tmp_path: Path) -> None:
    found, types = rows(tmp_path, [{"name": "n", "type": "integer"}], "1", "99999999999999999999")
    assert found == [(2, "1"), (3, "99999999999999999999")] and types[1] == "VARCHAR"


def test_rows_with_findings_are_left_out_notes_stay(tmp_path: Path) -> None:
    fields = [{"name": "n", "type": "integer"}, {"name": "s", "type": "string", "constraints": {"required": True}}]
    found, _ = rows(tmp_path, fields, "x,a", "1,", "2,b ", "3,c", "4,d,e", "")
    assert found == [(4, 2, "b "), (5, 3, "c")]
