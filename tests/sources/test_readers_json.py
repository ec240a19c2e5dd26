"""JSON and GeoJSON as rows: what is told is kept, as it is written."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reader_support import Reading, cells, failure, numbers, read_all

from sources.readers import ReadError, records, rows

JSON = {"format": "json"}
GEO = {"format": "geojson"}


@pytest.fixture
def reading(tmp_path: Path) -> Reading:
    return partial(read_all, tmp_path)


def file(told: Any, name: str = "a.json") -> tuple[str, bytes]:
    return name, (told if isinstance(told, str) else json.dumps(told, ensure_ascii=False)).encode()


def features(*told: dict[str, Any]) -> tuple[str, bytes]:
    return file({"type": "FeatureCollection", "features": [{"type": "Feature"} | one for one in told]})


class TestJson:
    def test_records_are_rows_and_values_stay_as_written(self, reading: Reading) -> None:
        told = '\ufeff[{"番号": 0123e-1, "電話": "0166-00-0120", "開": true}, {"名": null, "番号": 1.50}]'
        read = reading(JSON, file(told.replace("0123e-1", "123e-1")))
        assert read.header == ("番号", "電話", "開", "名")
        assert cells(read) == [("123e-1", "0166-00-0120", "true", ""), ("1.50", "", "", "")]
        assert (numbers(read), read.problems) == ([2, 3], ())

    def test_objects_within_become_columns_and_arrays_stay_json(self, reading: Reading) -> None:
        told = [{"名": "甲", "所在": {"町": "あ町", "点": {"緯度": 43.10}}, "語": ["ja", 1.0, None, {"a": True}]}]
        read = reading(JSON, file(json.dumps(told, ensure_ascii=False).replace("43.1", "43.10")))
        assert read.header == ("名", "所在.町", "所在.点.緯度", "語")
        assert cells(read) == [("甲", "あ町", "43.10", '["ja", 1.0, null, {"a": true}]')]

    def test_null_in_place_of_an_object_is_no_column(self, reading: Reading) -> None:
        read = reading(JSON, file([{"a": None, "b": None}, {"a": {"x": "1"}}]))
        assert (read.header, cells(read)) == (("b", "a.x"), [("", ""), ("", "1")])

    def test_the_array_may_lie_deeper(self, reading: Reading) -> None:
        told = {"source": {"by": [1, 2]}, "result": {"total": 1, "data": [{"id": 1}]}, "more": [{"id": 9}]}
        assert cells(reading({**JSON, "records": "result.data"}, file(told))) == [("1",)]

    def test_groups_by_name(self, reading: Reading) -> None:
        told = {"header": {"id": "番号"}, "data_01": [{"id": 1}, {"id": 2}], "data_02": [{"id": 3}]}
        read = reading({**JSON, "records": "data_[0-9]+"}, file(told))
        assert (cells(read), numbers(read)) == ([("1",), ("2",), ("3",)], [2, 3, 4])

    def test_groups_in_an_array_tell_their_records_what_they_say(self, reading: Reading) -> None:
        told = {"groups": [{"area": "東", "items": [{"n": 1}, {"n": 2}]}, {"area": "西", "items": []}, {"area": "北"}]}
        read = reading({**JSON, "records": "groups.items"}, file(told))
        assert (read.header, cells(read)) == (("area", "items.n"), [("東", "1"), ("東", "2")])

    def test_files_have_the_keys_of_all(self, reading: Reading) -> None:
        read = reading(JSON, file([{"a": 1, "b": 2}], "1.json"), file([{"b": 3, "c": 4}], "2.json"))
        assert (read.header, cells(read)) == (("a", "b", "c"), [("1", "2", ""), ("", "3", "4")])
        assert read.table.column("file").to_pylist() == ["1.json", "2.json"]
        assert numbers(read) == [2, 2]

    def test_more_records_than_a_batch(self, reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(rows, "CHUNK", 3)
        read = reading(JSON, file([{"n": n} | ({"late": "x"} if n > 4 else {}) for n in range(8)]))
        assert cells(read) == [(str(n), "x" if n > 4 else "") for n in range(8)]

    @pytest.mark.parametrize("encoding", ["cp932", "utf-16"])
    def test_other_encodings(self, reading: Reading, encoding: str) -> None:
        read = reading({**JSON, "encoding": encoding}, ("a.json", '[{"名": "見本"}]'.encode(encoding)))
        assert cells(read) == [("見本",)]

    @pytest.mark.parametrize("told", ["[]", "[{}]", '{"data": []}'])
    def test_no_records(self, reading: Reading, told: str) -> None:
        assert (
            failure(reading, {**JSON, "records": "data"} if "data" in told else JSON, file(told)).code == "empty-file"
        )

    @pytest.mark.parametrize(
        "told",
        [
            "", "{", "[", '[{"a": 1}', '[{"a": 1},]', '[{"a": 1}] x', '[{"a" 1}]', "[{1: 2}]", '[{"a": 1} {"a": 2}]',
            "[1]", "[[]]", "1", "null", '{"a": 1}', "[" * 9999, '[{"a": nope}]',
        ],
    )  # fmt: skip
    def test_no_array_of_objects(self, reading: Reading, told: str) -> None:
        assert failure(reading, JSON, file(told)).code == "not-a-table"

    @pytest.mark.parametrize("told", ['{"items": []}', '{"data": {"x": 1}}', '{"data": 1}', '{"data": [1]}', "{}"])
    def test_nothing_at_the_path(self, reading: Reading, told: str) -> None:
        error = failure(reading, {**JSON, "records": "data"}, file(told))
        assert error.code == "not-a-table" and "「data」" in error.message_ja

    def test_two_values_of_one_label(self, reading: Reading) -> None:
        error = failure(reading, JSON, file([{"a.b": 1, "a": {"b": 2}}]))
        assert error.code == "wrong-columns" and "a.b" in error.message_ja

    def test_a_page_of_html_and_a_workbook(self, reading: Reading) -> None:
        assert failure(reading, JSON, file("<!doctype html><p>")).code == "html-page"
        error = failure(reading, JSON, ("a.json", b"PK\x03\x04\x14\x00"))
        assert error.code == "not-a-table" and "JSON ではなく" in error.message_ja


class TestGeoJson:
    def test_properties_and_point(self, reading: Reading) -> None:
        point = {"type": "Point", "coordinates": [141.35, 43.06]}
        read = reading(GEO, features({"properties": {"名称": "甲", "定員": None}, "geometry": point}))
        assert read.header == ("名称", "定員", "geometry.longitude", "geometry.latitude")
        assert cells(read) == [("甲", "", "141.35", "43.06")]

    def test_whatever_else_a_feature_says_is_a_column(self, reading: Reading) -> None:
        line = {"type": "LineString", "coordinates": [[1.0, 2], [3, 4]]}
        read = reading(GEO, features({"id": 7, "properties": {"id": "a"}, "geometry": line}))
        assert read.header == ("id", "feature.id", "geometry.type", "geometry.coordinates")
        assert cells(read) == [("a", "7", "LineString", "[[1.0, 2], [3, 4]]")]

    def test_without_geometry_or_properties(self, reading: Reading) -> None:
        point = {"type": "Point", "coordinates": [1, 2, 3]}
        read = reading(
            GEO,
            features(
                {"properties": {"a": 1}, "geometry": None},
                {"properties": None, "geometry": point},
                {"properties": {"a": 2}, "geometry": {"type": "Point", "coordinates": None}},
            ),
        )
        assert read.header == ("a", "geometry.longitude", "geometry.latitude", "geometry.altitude")
        assert cells(read) == [("1", "", "", ""), ("", "1", "2", "3"), ("2", "", "", "")]

    def test_no_features(self, reading: Reading) -> None:
        assert failure(reading, GEO, file({"type": "FeatureCollection"})).code == "not-a-table"


TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)


@given(st.lists(st.dictionaries(TEXTS, VALUES, min_size=1, max_size=4), min_size=1, max_size=6), st.none() | st.just(2))
def test_what_json_writes_reads_back(told: list[dict[str, Any]], indent: int | None) -> None:
    read = records.rows([file(json.dumps(told, ensure_ascii=False, indent=indent))], JSON)
    assert set(read.header) == {key for record in told for key in record}
    assert numbers(read) == list(range(2, len(told) + 2))
    for record, row in zip(told, cells(read), strict=True):
        for label, cell in zip(read.header, row, strict=True):
            value = record.get(label)
            assert cell is not None
            assert (
                cell == ("" if value is None else value) if isinstance(value, str | None) else json.loads(cell) == value
            )


@given(st.text(st.sampled_from('[]{}":,1 a\\'), max_size=30))
def test_any_text_is_rows_or_a_read_error(told: str) -> None:
    try:
        read = records.rows([file(told)], JSON)
    except ReadError as error:
        assert "a.json" in error.message_ja
    else:
        assert read.table.num_rows == len(json.loads(told))
