"""Without its strict layer the validator's verdict is Frictionless's: same faults, same rows, same columns, same cells.

``FOUND`` keeps every table on which the engines once differed. To draw for an hour: ``benchmarks/parity.py``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.table_schema_cases import Case, RowsCase, broken_files, cases, rows_cases
from tests.verdicts import frictionless_on_file, ours_as_if_large, ours_on_file

pytestmark = pytest.mark.filterwarnings("ignore::Warning")

DRAW = settings(
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=[*HealthCheck],
)
"""The same tables in every run."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("parity")


@settings(DRAW, max_examples=500)
@given(case=cases())
def test_drawn_tables(folder: Path, case: Case) -> None:
    assert case.mismatch(folder) is None


@settings(DRAW, max_examples=300)
@given(case=broken_files())
def test_broken_files(folder: Path, case: Case) -> None:
    assert case.mismatch(folder) is None


@settings(DRAW, max_examples=100)
@given(case=rows_cases())
def test_drawn_rows(folder: Path, case: RowsCase) -> None:
    assert case.mismatch(folder) is None


def _schema(*fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"fields": [*fields], **more}


def _field(name: str = "a", type_: str = "string", **constraints: Any) -> dict[str, Any]:
    return {"name": name, "type": type_, "constraints": constraints}


AB = (_field("a"), _field("b"))


# ------------------------------------------------------------------------ what was found once


def _crossed(*names: str) -> list[dict[str, Any]]:
    return [{"fields": [*names], "reference": {"resource": "", "fields": [*names]}}]


FOUND: dict[str, Case | RowsCase] = {
    "a format whose library is absent": Case(b"a\n1\n", {"fields": [{"name": "a", "format": "wkt"}]}),
    "the same, of a field without a column": Case(
        b"x\n", {"fields": [{"name": "a", "type": "list"}, {"name": "b", "format": "wkt"}]}
    ),
    "a broken pattern of a field without a column": Case(
        b"a\n1\n", {"fields": [{"name": "a"}, {"name": "b", "constraints": {"pattern": "("}}]}
    ),
    "a field twice in a foreign key": RowsCase(
        ["a", "b"],
        [["1", "1"]],
        {"fields": [{"name": "a", "type": "integer"}, {"name": "b"}], "foreignKeys": _crossed("a", "a")},
    ),
    "a signalling NaN in a key": Case(b"a,b\nx,sNaN\n", _schema(_field("a"), _field("b", "number", unique=True))),
    "a list with a wrong item in a key": Case(
        b'a,b\nx,"[""y""]"\n',
        _schema(_field("a"), _field("b", "array", unique=True) | {"arrayItem": {"type": "integer"}}),
    ),
    "a key without its own column, to one of arrays": RowsCase(
        ["名称", "", "id", "ID"],
        [["[]", "あおぞら会", "true", "0"]],
        {
            "fields": [
                {"name": "名称", "type": "array"},
                {"name": "電話番号", "type": "string"},
                {"name": "id", "type": "boolean"},
                {"name": "ID", "type": "integer"},
            ],
            "foreignKeys": [{"fields": ["電話番号"], "reference": {"resource": "", "fields": ["名称"]}}],
            "fieldsMatch": "equal",
        },
    ),
    "NaN and a bound that nobody can read": RowsCase(
        ["名称", "電話番号", "id", "ID"],
        [["NaN", "true", "あおぞら会", "あおぞら会"]],
        _schema(_field("名称", "number", enum=["NaN"], minimum="x"), *map(_field, ("電話番号", "id", "ID"))),
    ),
    "lengths with a decimal point": Case(
        "a\nあ\nああ\nあああ\n".encode(), _schema(_field(minLength=2.0, maxLength=2.0))
    ),
    "half a letter in a schema": Case(
        "a\\ud83d,b\n\n道,x\n".encode(),
        _schema(_field("a", enum=["\ud83d", "道"]), _field("b\ud83d"), missingValues=["\udc00"]),
    ),
    "a lone CR at the end": Case(b"a,b\n1,2\r", _schema(*AB)),
}
"""Every kind of table on which the engines once differed."""


@pytest.mark.parametrize("name", FOUND)
def test_what_was_found_once(folder: Path, name: str) -> None:
    assert FOUND[name].mismatch(folder) is None


# ------------------------------------------------------------------------ where Frictionless itself fails

SELF = {"fields": ["a"], "reference": {"resource": "", "fields": ["a"]}}

FAILING: dict[str, tuple[Case, str]] = {
    "unique over lists": (Case(b'a\n"x,y"\n', _schema(_field(type_="list", unique=True))), "field-error"),
    "primary key over objects": (Case(b"a\n{}\n", _schema(_field(type_="object"), primaryKey="a")), "field-error"),
    "foreign key over arrays": (Case(b"a\n[1]\n", _schema(_field(type_="array"), foreignKeys=[SELF])), "field-error"),
    "no regular expression": (Case(b"a\nx\n", _schema(_field(pattern="("))), "field-error"),
    "a pattern with a flag": (Case(b"a\nx\n", _schema(_field(pattern="(?i)x"))), "field-error"),
    "a bound that nobody can read": (
        Case(b"a\n2024-01-06\n", _schema(_field(type_="date", minimum="2020/01/01"))),
        "field-error",
    ),
    "sNaN and a bound": (Case(b"a\n1\nsNaN\n", _schema(_field(type_="number", minimum=0))), "cell-error"),
    "sNaN and a list": (Case(b"a\n1\nsNaN\n", _schema(_field(type_="number", enum=[1]))), "cell-error"),
    "sNaN in a key": (Case(b"a\n1\nsNaN\n", _schema(_field(type_="number"), primaryKey="a")), "cell-error"),
    "a time zone and a bound without": (
        Case(b"a\n2024-01-06T09:00:00Z\n", _schema(_field(type_="datetime", minimum="2024-01-06T09:00:00"))),
        "cell-error",
    ),
    "NaN as a bound": (Case(b"a\n1\n", _schema(_field(type_="number", minimum="NaN"))), "cell-error"),
}
"""Frictionless ends with an exception → the type of what we report instead, as ``docs/validator.md`` lists it."""


@pytest.mark.parametrize("name", FAILING)
def test_where_frictionless_fails_we_report(folder: Path, name: str) -> None:
    case, expected = FAILING[name]
    path = folder / "table.csv"
    path.write_bytes(case.data)
    assert isinstance(frictionless_on_file(path, case.schema), Exception)
    for verdict in (ours_on_file, ours_as_if_large):
        found = verdict(path, case.schema)
        assert not isinstance(found, Exception)
        assert {kind for kind, *_ in found} == {expected}, verdict.__name__


# ------------------------------------------------------------------------ an example of every type of error


EVERY_TYPE: dict[str, tuple[Case, set[tuple[str, int | None, int | None, str | None]]]] = {
    "valid": (Case("a,b\n名称,1\n".encode(), _schema(*AB)), set()),
    "source-error": (Case(b"", _schema(*AB)), {("source-error", None, None, None)}),
    "encoding-error": (
        Case(b"a\n" + (b"x" * 1_000 + b"\n") * 110 + b"\xff\n", _schema(_field())),
        {("encoding-error", None, None, None)},
    ),
    "resource-error": (
        Case(
            b"a\n1\n",
            _schema(_field(), foreignKeys=[{"fields": ["a"], "reference": {"resource": "other", "fields": ["a"]}}]),
        ),
        {("resource-error", None, None, None)},
    ),
    "schema-error": (Case(b"a\n", _schema(_field(), primaryKey=["ない"])), {("schema-error", None, None, None)}),
    "field-error": (Case(b"a\n", _schema(_field(type_="phone"))), {("field-error", None, None, None)}),
    "blank-header": (Case(b"\na,b\n", _schema(*AB)), set()),
    "unmatched-header": (
        Case(b"x,y\n", _schema(*AB, fieldsMatch="partial")),
        {("unmatched-header", None, None, None)},
    ),
    "extra-label": (Case(b"a,b,x\n", _schema(*AB)), {("extra-label", None, 3, None)}),
    "missing-label": (Case(b"a\n", _schema(*AB)), {("missing-label", None, 2, None)}),
    "blank-label": (Case(b"a,\n1,2\n", _schema(*AB)), {("blank-label", None, 2, None)}),
    "duplicate-label": (Case(b"a,a\n", _schema(*AB)), {("duplicate-label", None, 2, None)}),
    "incorrect-label": (Case(b"a,c\n", _schema(*AB)), {("incorrect-label", None, 2, None)}),
    "blank-row": (Case(b"a,b\n,\n1,2\n", _schema(*AB)), {("blank-row", 2, None, None)}),
    "primary-key": (
        Case(b"a,b\n1,x\n1,y\n,z\n", _schema(*AB, primaryKey=["a"])),
        {("primary-key", 3, None, None), ("primary-key", 4, None, None)},
    ),
    "foreign-key": (
        Case(
            b"a,b\n1,\n2,1\n3,9\n",
            _schema(*AB, foreignKeys=[{"fields": ["b"], "reference": {"resource": "", "fields": ["a"]}}]),
        ),
        {("foreign-key", 4, None, None)},
    ),
    "extra-cell": (Case(b"a,b\n1,2,3\n4,5\n", _schema(*AB)), {("extra-cell", 2, 3, "3")}),
    "missing-cell": (Case(b"a,b\n1\n2,3\n", _schema(*AB)), {("missing-cell", 2, 2, "")}),
    "type-error": (Case(b"a\n1\nx\n", _schema(_field(type_="integer"))), {("type-error", 3, 1, "x")}),
    "constraint-error": (
        Case("a,b\nあ,\n1,2\n".encode(), _schema(_field(pattern="[0-9]"), _field("b", required=True))),
        {("constraint-error", 2, 1, "あ"), ("constraint-error", 2, 2, "")},
    ),
    "unique-error": (
        Case(b"a\n1\n01\n", _schema(_field(type_="integer", unique=True))),
        {("unique-error", 3, 1, "1")},
    ),
}
"""Type of error → a table that has it, and all that is wrong with the table."""


@pytest.mark.parametrize("name", EVERY_TYPE)
def test_every_type_of_error(folder: Path, name: str) -> None:
    case, expected = EVERY_TYPE[name]
    path = folder / "table.csv"
    path.write_bytes(case.data)
    for verdict in (frictionless_on_file, ours_on_file, ours_as_if_large):
        found = verdict(path, case.schema)
        assert not isinstance(found, Exception)
        assert set(found) == expected and found.total() == len(expected), verdict.__name__
