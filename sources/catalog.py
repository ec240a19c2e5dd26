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

from schemas import formats, rulebook

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
    """The source in that folder; :class:`CatalogError` if its YAML cannot be read, breaks its schema or
    names fields, formats or codes that the rulebook does not know.
    """
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
    try:
        told: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CatalogError(f"{path.parent.name}/{path.name} が読めません: {error}") from error
    validator = jsonschema.Draft202012Validator(json.loads((ROOT / schema).read_text(encoding="utf-8")))
    faults = sorted(validator.iter_errors(told), key=lambda fault: fault.json_path)
    if faults:
        raise CatalogError("; ".join(f"{path.parent.name}/{path.name} {f.json_path}: {f.message}" for f in faults))
    return told


def _mapping(path: Path) -> SourceMapping:
    told = _checked(path, "mapping.schema.json")
    records = tuple(_record(record, path) for record in told["records"])
    ownerless = {record.owner for record in records if record.owner} - {record.table for record in records}
    if ownerless:
        raise CatalogError(
            f"{path.parent.name}/{path.name}: owner の {', '.join(sorted(ownerless))} が records にありません"
        )
    return SourceMapping(
        basis=told["basis"],
        area=_columns(told["area"]["column"]) if "area" in told else (),
        records=records,
        ignore=told.get("ignore", {}),
    )


def _record(told: dict[str, Any], path: Path) -> RecordSpec:
    table = rulebook.table(told["table"])
    where = f"{path.parent.name}/{path.name}"
    known = {field.name: field for field in table.record_fields}
    unknown = [name for name in (*told["fields"], *told.get("set", {})) if name not in known]
    if unknown:
        raise CatalogError(f"{where}: {table.name} に {', '.join(unknown)} はありません")
    if ("owner_kind" in known) != ("owner" in told):
        raise CatalogError(f"{where}: {table.name} の owner の書き方を確かめてください")
    cells = {name: _cell(cell, known[name]) for name, cell in told["fields"].items()}
    wrong = [*_no_such_readers(cells), *_no_such_codes(known, told.get("set", {}), cells)]
    if wrong:
        raise CatalogError(f"{where}: {table.name} に書かれた {', '.join(wrong)} はありません")
    return RecordSpec(table=table.name, owner=told.get("owner"), constants=told.get("set", {}), cells=cells)


def _no_such_readers(cells: Mapping[str, Cell]) -> Iterator[str]:
    readers = {"values", *formats.names(), *(f"codes:{name}" for name in rulebook.code_lists())}
    return (cell.reader for cell in cells.values() if cell.reader not in readers)


def _no_such_codes(
    known: Mapping[str, rulebook.Field], constants: Mapping[str, str], cells: Mapping[str, Cell]
) -> Iterator[str]:
    """What a mapping itself says must be a code of the field's list: no provider could mend it."""
    said = [*constants.items(), *((name, value) for name, cell in cells.items() for value in cell.values.values())]
    for name, value in said:
        field = known[name]
        if field.codes:
            parts = value.split(";") if field.many else [value]
            yield from (f"{name}: {part}" for part in parts if part not in rulebook.codes(field.codes))


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
