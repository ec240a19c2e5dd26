"""The catalogue: every source folder, loaded and checked.

A folder below ``sources/`` is a source if it holds a ``source.yml``. What is said in ``source.yml`` and
``mapping.yml`` becomes typed here once; nothing else parses those files. Running a source is ``ingest``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from schemas import rulebook

ROOT = Path(__file__).parent


class CatalogError(Exception):
    """A ``source.yml`` or ``mapping.yml`` is not what its JSON Schema says; the text names file and place."""


@dataclass(frozen=True)
class Cell:
    """How one canonical field is filled: from ``columns`` (joined), read by ``reader``, or only a part of the cell.

    ``reader`` is ``<format>``, ``codes:<list>``, or ``values`` with this source's own words in ``values``.
    """

    columns: tuple[str, ...]
    reader: str
    many: bool
    values: Mapping[str, str]
    split: str | None
    part: int | None

    @property
    def heading(self) -> str:
        """The column heading as a person sees it."""
        return "＋".join(self.columns)


@dataclass(frozen=True)
class RecordSpec:
    """One canonical record that every row makes: its table, owner, constants and cells."""

    table: str
    owner: str | None
    constants: Mapping[str, str]
    cells: Mapping[str, Cell]


@dataclass(frozen=True)
class SourceMapping:
    """A ``mapping.yml``: the records a row makes, the column its area is read from, the columns ignored."""

    basis: str
    area: tuple[str, ...]
    records: tuple[RecordSpec, ...]
    ignore: Mapping[str, str]

    @property
    def columns(self) -> Iterator[str]:
        """Every source column that is used."""
        yield from self.area
        for record in self.records:
            for cell in record.cells.values():
                yield from cell.columns

    @property
    def subject(self) -> str:
        """The table that stands for the row: a bad required value there quarantines the row."""
        made = {record.table for record in self.records}
        return next(table for table in ("services", "places", "organizations") if table in made)


@dataclass(frozen=True)
class Source:
    """One publisher's data set: all its files together (house rule 2)."""

    id: str
    title: str
    publisher: str
    contact: str
    home_page: str
    licence: Mapping[str, str]
    cadence: str
    kind: str
    set: str
    fetch: Mapping[str, Any]
    reader: Mapping[str, Any]
    tables: tuple[str, ...]
    natural_key: tuple[str, ...]
    bounds: Mapping[str, int]
    owner: str
    folder: Path
    mapping: SourceMapping


def load(folder: Path) -> Source:
    """The source in that folder; :class:`CatalogError` if its YAML breaks its schema or names unknown fields."""
    told = _checked(folder / "source.yml", "source.schema.json")
    if told["id"] != folder.name:
        raise CatalogError(f"{folder.name}/source.yml: id ({told['id']}) がフォルダ名と違います")
    mapping = _mapping(folder / "mapping.yml")
    told["tables"] = tuple(told["tables"])
    told["natural_key"] = tuple(told["natural_key"])
    return Source(**told, folder=folder, mapping=mapping)


@cache
def load_all() -> dict[str, Source]:
    """Every source by id, sorted."""
    return {path.parent.name: load(path.parent) for path in sorted(ROOT.glob("*/source.yml"))}


def _checked(path: Path, schema: str) -> dict[str, Any]:
    told: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(json.loads((ROOT / schema).read_text(encoding="utf-8")))
    faults = sorted(validator.iter_errors(told), key=lambda fault: fault.json_path)
    if faults:
        raise CatalogError("; ".join(f"{path.parent.name}/{path.name} {f.json_path}: {f.message}" for f in faults))
    return told


def _mapping(path: Path) -> SourceMapping:
    told = _checked(path, "mapping.schema.json")
    return SourceMapping(
        basis=told["basis"],
        area=_columns(told["area"]["column"]) if "area" in told else (),
        records=tuple(_record(record, path) for record in told["records"]),
        ignore=told.get("ignore", {}),
    )


def _record(told: dict[str, Any], path: Path) -> RecordSpec:
    table = rulebook.table(told["table"])
    known = {field.name: field for field in table.record_fields}
    unknown = [name for name in (*told["fields"], *told.get("set", {})) if name not in known]
    if unknown:
        raise CatalogError(f"{path.parent.name}/{path.name}: {table.name} に {', '.join(unknown)} はありません")
    if ("owner_kind" in known) != ("owner" in told):
        raise CatalogError(f"{path.parent.name}/{path.name}: {table.name} の owner の書き方を確かめてください")
    return RecordSpec(
        table=table.name,
        owner=told.get("owner"),
        constants=told.get("set", {}),
        cells={name: _cell(cell, known[name]) for name, cell in told["fields"].items()},
    )


def _cell(told: str | list[str] | dict[str, Any], field: rulebook.Field) -> Cell:
    if not isinstance(told, dict):
        told = {"column": told}
    if "values" in told:
        reader = "values"
    elif "codes" in told:
        reader = f"codes:{told['codes']}"
    elif told.get("reads") or field.reads:
        reader = told.get("reads") or str(field.reads)
    else:
        reader = f"codes:{field.codes}" if field.codes else "text"
    return Cell(
        columns=_columns(told["column"]),
        reader=reader,
        many=field.many,
        values=told.get("values", {}),
        split=told.get("split"),
        part=told.get("part"),
    )


def _columns(told: str | list[str]) -> tuple[str, ...]:
    return (told,) if isinstance(told, str) else tuple(told)
