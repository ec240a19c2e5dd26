"""The catalogue: every folder of the project loads, and a broken one is told by its name."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import tiny
import yaml

from sources import catalog
from sources.catalog import CatalogError

FOLDERS = sorted(path.parent for path in catalog.ROOT.glob("*/source.yml"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_source_of_the_project_loads(folder: Path) -> None:
    source = catalog.load(folder)
    assert source.id == folder.name
    assert ("service_places" in source.tables) == ({"services", "places"} <= set(source.tables))
    assert source.mapping.subject in source.tables
    assert source.bounds["minimum_rows"] < source.bounds["maximum_rows"]
    assert not set(source.mapping.ignore) & set(source.mapping.columns)
    assert set(source.mapping.natural_key) <= set(source.mapping.columns)


def test_all_are_loaded_in_order() -> None:
    assert list(catalog.load_all()) == [folder.name for folder in FOLDERS]
    assert {"wam_shogai", "kaigo_kouhyou"} <= set(catalog.load_all())


def test_what_a_mapping_says_becomes_typed(tmp_path: Path) -> None:
    source = tiny.make(
        tmp_path,
        {
            "table": "services",
            "set": {"beneficiary": "person"},
            "fields": {
                "name": ["名", "称"],
                "fee": {"column": "料金", "values": {"なし": "free"}},
                "modes": "方法",
                "capacity": "定員",
                "summary": {"column": "要約", "reads": "name"},
                "office_number": {"column": "番号", "match": "/(.*)"},
                "status": {"column": "状態", "codes": "statuses"},
            },
        },
    )
    (record,) = source.mapping.records
    assert record.constants == {"beneficiary": "person"} and record.owner is None
    readers = {name: cell.reader for name, cell in record.cells.items()}
    assert readers == {
        "name": "name", "fee": "values", "modes": "codes:modes", "capacity": "capacity", "summary": "name",
        "office_number": "office_number", "status": "codes:statuses",
    }  # fmt: skip
    assert record.cells["name"].columns == ("名", "称") and record.cells["name"].heading == "名＋称"
    assert record.cells["modes"].many and not record.cells["fee"].many
    assert record.cells["office_number"].match == "/(.*)"
    assert list(source.mapping.columns) == ["番号", "住所", "名", "称", "料金", "方法", "定員", "要約", "番号", "状態"]


def test_a_layout_that_sources_share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "layouts").mkdir()
    (tmp_path / "layouts" / "list.yml").write_text(yaml.safe_dump(tiny.MAPPING, allow_unicode=True), encoding="utf-8")
    (tmp_path / "machi").mkdir()
    told = {name: tiny.SOURCE[name] for name in ("id", "title", "publisher", "contact", "home_page", "licence")}
    told |= {"cadence": "P1M", "fetch": tiny.SOURCE["fetch"], "layout": "list"}
    (tmp_path / "machi" / "source.yml").write_text(yaml.safe_dump(told, allow_unicode=True), encoding="utf-8")
    monkeypatch.setattr(catalog, "ROOT", tmp_path)
    (tmp_path / "source.schema.json").symlink_to(Path(catalog.__file__).with_name("source.schema.json"))
    (tmp_path / "mapping.schema.json").symlink_to(Path(catalog.__file__).with_name("mapping.schema.json"))
    source = catalog.load(tmp_path / "machi")
    assert source.mapping == catalog.layout("list")
    assert (source.kind, source.set, source.owner) == ("open-data", "live", "team:stewards")
    assert source.reader == {"format": "csv", "encoding": "utf-8"} and source.bounds["minimum_rows"] == 1
    assert {path.name for path in source.files} == {"source.yml", "list.yml"}
    with pytest.raises(CatalogError, match=r"layouts/none\.yml"):
        catalog.layout("none")


@pytest.mark.parametrize(
    ("tables", "subject"),
    [
        (["organizations", "places", "services"], "services"),
        (["organizations", "places"], "places"),
        (["organizations"], "organizations"),
    ],
)
def test_the_subject_of_a_row(tmp_path: Path, tables: list[str], subject: str) -> None:
    records = [{"table": table, "fields": {"name": "名称"}} for table in tables]
    assert tiny.make(tmp_path, *records).mapping.subject == subject


def broken(root: Path, file: str, *path: str | int, to: Any = None) -> str:
    """What the catalogue says of a folder with one thing changed (``to=None``: removed)."""
    told = copy.deepcopy({"source.yml": tiny.SOURCE, "mapping.yml": tiny.MAPPING})
    place: Any = told[file]
    for step in path[:-1]:
        place = place[step]
    if to is None:
        del place[path[-1]]
    else:
        place[path[-1]] = to
    folder = tiny.write_folder(root, tiny.SOURCE, tiny.MAPPING)
    (folder / file).write_text(yaml.safe_dump(told[file], allow_unicode=True), encoding="utf-8")
    with pytest.raises(CatalogError) as error:
        catalog.load(folder)
    return str(error.value)


@pytest.mark.parametrize(
    ("file", "path", "to", "told"),
    [
        ("source.yml", ["id"], "mura", "フォルダ名"),
        ("source.yml", ["title"], None, "title"),
        ("source.yml", ["colour"], "red", "colour"),
        ("source.yml", ["cadence"], "monthly", "monthly"),
        ("source.yml", ["licence", "licence_status"], "perhaps", "perhaps"),
        ("source.yml", ["reader", "encoding"], "latin-1", "latin-1"),
        ("source.yml", ["fetch", "protocol"], "ftp", "fetch"),
        ("mapping.yml", ["natural_key"], [], "natural_key"),
        ("mapping.yml", ["natural_key"], None, "natural_key"),
        ("mapping.yml", ["area"], {"code": "48"}, "area"),
        ("mapping.yml", ["area"], {"column": "住所", "code": "01"}, "area"),
        ("mapping.yml", ["aliases"], {"住所": []}, "住所"),
        ("source.yml", ["bounds", "minimum_rows"], 0, "minimum_rows"),
        ("mapping.yml", ["basis"], "guessed", "guessed"),
        ("mapping.yml", ["records"], [], "records"),
        ("mapping.yml", ["records", 1, "table"], "service_places", "service_places"),
        ("mapping.yml", ["records", 1, "fields", "colour"], "色", "colour"),
        ("mapping.yml", ["records", 1, "fields", "service_id"], "番号", "service_id"),
        ("mapping.yml", ["records", 1, "set"], {"colour": "red"}, "colour"),
        ("mapping.yml", ["records", 1, "set"], {"status": "sleeping"}, "sleeping"),
        ("mapping.yml", ["records", 1, "set"], {"modes": "phone;pigeon"}, "pigeon"),
        ("mapping.yml", ["records", 1, "fields", "fee"], {"column": "料金", "values": {"安": "cheap"}}, "cheap"),
        ("mapping.yml", ["records", 1, "fields", "fee"], {"column": "料金", "reads": "colour"}, "colour"),
        ("mapping.yml", ["records", 1, "fields", "fee"], {"column": "料金", "codes": "colours"}, "colours"),
        ("mapping.yml", ["records", 1, "fields", "fee"], {"column": "料金", "match": "-"}, "fields.fee"),
        ("mapping.yml", ["records", 1, "fields", "fee"], {"reads": "text"}, "fields.fee"),
        ("mapping.yml", ["records", 1, "owner"], "places", "owner"),
        ("mapping.yml", ["records", 3, "owner"], None, "owner"),
        ("mapping.yml", ["records", 3, "owner"], "people", "people"),
        ("mapping.yml", ["records", 1], None, "services"),
        ("mapping.yml", ["records"], tiny.MAPPING["records"][3:], "services"),
        ("mapping.yml", ["ignore"], {"備考": ""}, "備考"),
    ],
)
def test_a_broken_folder_is_told_with_file_and_place(
    tmp_path: Path, file: str, path: list[str | int], to: Any, told: str
) -> None:
    message = broken(tmp_path, file, *path, to=to)
    assert f"machi/{file}" in message and told in message


@pytest.mark.parametrize("file", ["source.yml", "mapping.yml"])
@pytest.mark.parametrize(
    "content",
    [b"id: [", b"\tid: x", b"", b"- a\n- b\n", "id: 町".encode("cp932"), b"a: &x [*x]\nb: !!python/name:os.x"],
)
def test_yaml_that_is_none(tmp_path: Path, file: str, content: bytes) -> None:
    folder = tiny.write_folder(tmp_path, tiny.SOURCE, tiny.MAPPING)
    (folder / file).write_bytes(content)
    with pytest.raises(CatalogError, match=f"machi/{file}"):
        catalog.load(folder)


@pytest.mark.parametrize("file", ["source.yml", "mapping.yml"])
def test_a_file_that_is_not_there(tmp_path: Path, file: str) -> None:
    folder = tiny.write_folder(tmp_path, tiny.SOURCE, tiny.MAPPING)
    (folder / file).unlink()
    with pytest.raises(CatalogError, match=f"machi/{file}"):
        catalog.load(folder)


def test_a_draft_is_not_for_the_public(tmp_path: Path) -> None:
    assert tiny.make(tmp_path, publisher="要確認").publisher == "要確認"
    with pytest.raises(CatalogError, match="要確認"):
        tiny.make(tmp_path, publisher="要確認", set="live")
