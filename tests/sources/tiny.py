"""What the tests of catalogue, mapping and ingest share: a small source as a folder, made as people make one."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from sources import catalog
from sources.catalog import Source
from sources.ingest import Night

SOURCE: dict[str, Any] = {
    "id": "machi",
    "title": "見本の町 相談先一覧",
    "publisher": "見本の町",
    "contact": "見本の町 総務課",
    "home_page": "https://www.example.jp/",
    "licence": {"name": "CC BY 4.0", "licence_status": "read", "attribution": "出典：見本の町"},
    "cadence": "P1M",
    "kind": "open-data",
    "set": "sample",
    "fetch": {"protocol": "file", "files": ["machi.csv"]},
    "reader": {"format": "csv", "encoding": "utf-8"},
    "bounds": {"minimum_rows": 1, "maximum_rows": 100},
    "owner": "team:stewards",
}
MAPPING: dict[str, Any] = {
    "basis": "assumed",
    "natural_key": ["番号"],
    "area": {"column": "住所"},
    "records": [
        {"table": "organizations", "fields": {"name": "団体"}},
        {"table": "services", "fields": {"name": "名称", "fee": "料金", "status": "状態", "valid_to": "終了日"}},
        {"table": "places", "fields": {"name": "名称", "address": "住所", "address_visibility": "公開"}},
        {
            "table": "contact_points",
            "owner": "services",
            "set": {"kind": "phone", "purpose": "user"},
            "fields": {"value": "電話"},
        },
    ],
}
ROW = {
    "番号": "1", "団体": "見本の会", "名称": "見本の相談", "料金": "無料", "状態": "", "終了日": "",
    "住所": "北海道札幌市中央区北1条西1丁目", "公開": "公開", "電話": "0166-00-0000",
}  # fmt: skip
HEADER = list(ROW)


def write_folder(root: Path, source: Mapping[str, Any], mapping: Mapping[str, Any]) -> Path:
    """A source folder named by its id."""
    folder = root / source["id"]
    folder.mkdir(parents=True, exist_ok=True)
    for name, told in (("source.yml", source), ("mapping.yml", mapping)):
        (folder / name).write_text(yaml.safe_dump(dict(told), allow_unicode=True, sort_keys=False), encoding="utf-8")
    return folder


def make(root: Path, *records: Mapping[str, Any], **changes: Any) -> Source:
    """The source with those records in its mapping (else :data:`MAPPING`'s), and with changes to its ``source.yml``;
    ``area``, ``natural_key``, ``aliases`` and ``ignore`` are changes to its ``mapping.yml``.
    """
    told = {name: changes.pop(name) for name in ("area", "natural_key", "aliases", "ignore") if name in changes}
    mapping = MAPPING | ({"records": list(records)} if records else {}) | told
    mapping = {name: value for name, value in mapping.items() if value is not None}
    return catalog.load(write_folder(root, SOURCE | changes, mapping))


def csv_bytes(rows: Iterable[Mapping[str, str]], header: Sequence[str] = HEADER, encoding: str = "utf-8") -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, header, lineterminator="\r\n", restval="", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def publish(source: Source, *rows: Mapping[str, str], header: Sequence[str] = HEADER) -> None:
    """Put a file of these rows, each with changes to :data:`ROW`, where the source fetches it."""
    (source.folder / source.fetch["files"][0]).write_bytes(csv_bytes((ROW | row for row in rows), header))


def night(home: Path, as_of: date = date(2026, 4, 1), prefecture: str = "01") -> Night:
    return Night(home=home, as_of=as_of, prefecture=prefecture, mirror=None, source_set="sample")
