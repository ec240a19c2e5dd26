"""The catalogue: every source folder, loaded and checked.

A folder below ``sources/`` is a source if it holds a ``source.yml``. What is said in ``source.yml`` and
``mapping.yml`` becomes typed here once; nothing else parses those files. Running a source is ``ingest``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from schemas import formats, rulebook

ROOT = Path(__file__).parent

SUBJECTS = ("services", "programs", "hotlines", "places", "organizations", "corporations")
"""Tables that can stand for a row, the first that it feeds; the others hang on one of these."""

UNCHECKED = "要確認"
"""What a draft says where only a person knows."""

DEFAULTS: Mapping[str, Any] = {
    "kind": "open-data",
    "set": "live",
    "owner": "team:stewards",
    "reader": {"format": "csv", "encoding": "utf-8"},
    "bounds": {"minimum_rows": 1, "maximum_rows": 1_000_000},
}
"""What a ``source.yml`` says where it does not say otherwise."""


class _Loader(yaml.SafeLoader):
    """YAML in which a day stays the text that it is."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class CatalogError(Exception):
    """A ``source.yml`` or ``mapping.yml`` is not what its JSON Schema says; the text names file and place."""


@dataclass(frozen=True)
class Cell:
    """How one canonical field is filled: from ``columns`` (joined), read by ``reader``.

    ``reader`` is ``<format>``, ``codes:<list>``, or ``values`` with this source's own words in ``values`` (None: the
    word says nothing). ``json`` is the path of the values within JSON that stands in the cell, ``match`` a regular
    expression (RE2) whose group is the part of the text that counts. ``flags``: each column stands for a code, which
    a mark in its cell (○, TRUE, 有 …) sets.
    """

    columns: tuple[str, ...]
    reader: str
    many: bool = False
    values: Mapping[str, str | None] = field(default_factory=dict)
    json: str | None = None
    match: str | None = None
    flags: Mapping[str, str] = field(default_factory=dict)

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
    """A ``mapping.yml``: the records that a row makes, what tells the rows apart, the columns ignored.

    A row's prefecture is read from ``area``, or is ``prefecture`` for all rows; with neither, every row is in every
    area. ``aliases`` are the other headings that a heading has had.
    """

    basis: str
    natural_key: tuple[str, ...]
    records: tuple[RecordSpec, ...]
    area: Cell | None = None
    prefecture: str | None = None
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ignore: Mapping[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> Iterator[str]:
        """Every source column that is used."""
        yield from self.natural_key
        if self.area:
            yield from self.area.columns
        for record in self.records:
            for cell in record.cells.values():
                yield from cell.columns

    @property
    def subject(self) -> str:
        """The table that stands for the row: a bad required value there quarantines the row."""
        made = {record.table for record in self.records}
        return next(table for table in SUBJECTS if table in made)


@dataclass(frozen=True)
class Source:
    """One publisher's data set: all its files together (house rule 2)."""

    id: str
    title: str
    publisher: str
    contact: str
    home_page: str
    licence: Mapping[str, Any]
    cadence: str
    kind: str
    set: str
    fetch: Mapping[str, Any]
    reader: Mapping[str, Any]
    bounds: Mapping[str, float]
    owner: str
    folder: Path
    mapping: SourceMapping
    sample: tuple[str, ...] = ()
    """Invented files in its folder that stand for it in the sample set."""
    authority: str = "government"
    """Whose word it is: one of the authorities of ``schemas/survivorship.yml``."""
    area_scope: str | None = None
    """The whole that it tells of, ``national`` or ``prefecture``; None where that is less."""
    files: tuple[Path, ...] = ()
    """Every file that says something of the source: its work is done anew when one changes."""

    @property
    def licence_confirmed(self) -> str | None:
        """The day (ISO) on which a person of ours confirmed the terms that ``source.yml`` names."""
        told = self.licence.get("confirmed")
        return told["date"] if told else None

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables that it feeds, in the order of its records."""
        made = dict.fromkeys(record.table for record in self.mapping.records)
        linked = ("service_places",) if {"services", "places"} <= set(made) else ()
        return (*made, *linked)


def load(folder: Path) -> Source:
    """The source in that folder; :class:`CatalogError` if its YAML cannot be read, breaks its schema or
    names fields, formats or codes that the rulebook does not know.
    """
    told = DEFAULTS | checked(folder / "source.yml", "source.schema.json")
    if told["id"] != folder.name:
        raise CatalogError(f"{folder.name}/source.yml: id ({told['id']}) がフォルダ名と違います")
    if told["set"] == "live" and UNCHECKED in (*told.values(), *told["licence"].values()):
        raise CatalogError(f"{folder.name}/source.yml: 「{UNCHECKED}」を直してから set: live にしてください")
    if told.get("authority") not in (None, *(known := rulebook.survivorship().authorities)):
        raise CatalogError(f"{folder.name}/source.yml: authority は {'・'.join(known)} のどれかです")
    shared = told.pop("layout", None)
    told["bounds"] = DEFAULTS["bounds"] | told["bounds"]
    told["sample"] = tuple(told.get("sample", ()))
    path = _layout_path(shared) if shared else folder / "mapping.yml"
    files = (folder / "source.yml", path, *folder.glob("corrections.yml"))
    return Source(**told, folder=folder, mapping=_mapping(path), files=files)


@cache
def layout(name: str) -> SourceMapping:
    """The mapping of a layout that many sources share, ``layouts/<name>.yml``. Raises as :func:`load`."""
    return _mapping(_layout_path(name))


def _layout_path(name: str) -> Path:
    return ROOT / "layouts" / f"{name}.yml"


@cache
def load_all() -> dict[str, Source]:
    """Every source by id, sorted."""
    return {path.parent.name: load(path.parent) for path in sorted(ROOT.glob("*/source.yml"))}


def checked(path: Path, schema: str) -> Any:
    """What that YAML file says; :class:`CatalogError` if it cannot be read or breaks the JSON Schema of that name."""
    try:
        told = yaml.load(path.read_text(encoding="utf-8"), _Loader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CatalogError(f"{path.parent.name}/{path.name} が読めません: {error}") from error
    rules = json.loads((ROOT / schema).read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(rules, format_checker=jsonschema.FormatChecker(["date"]))
    faults = sorted(validator.iter_errors(told), key=lambda fault: fault.json_path)
    if faults:
        raise CatalogError("; ".join(f"{path.parent.name}/{path.name} {f.json_path}: {f.message}" for f in faults))
    return told


def _mapping(path: Path) -> SourceMapping:
    told = checked(path, "mapping.schema.json")
    records = tuple(_record(record, path) for record in told["records"])
    ownerless = {record.owner for record in records if record.owner} - {record.table for record in records}
    if ownerless:
        raise CatalogError(
            f"{path.parent.name}/{path.name}: owner の {', '.join(sorted(ownerless))} が records にありません"
        )
    if not {record.table for record in records} & set(SUBJECTS):
        raise CatalogError(f"{path.parent.name}/{path.name}: records に {', '.join(SUBJECTS)} のどれもありません")
    area = told.get("area", {})
    return SourceMapping(
        basis=told["basis"],
        natural_key=tuple(told["natural_key"]),
        records=records,
        area=_taken(area, "prefecture", many="json" in area) if "column" in area else None,
        prefecture=area.get("code"),
        aliases={heading: tuple(others) for heading, others in told.get("aliases", {}).items()},
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
    said = [*constants.items()]
    for name, cell in cells.items():
        said += ((name, value) for value in (*cell.values.values(), *cell.flags.values()) if value is not None)
    for name, value in said:
        field = known[name]
        if field.codes:
            parts = value.split(";") if field.many else [value]
            yield from (f"{name}: {part}" for part in parts if part not in rulebook.codes(field.codes))


def _cell(told: str | list[str] | dict[str, Any], field: rulebook.Field) -> Cell:
    if not isinstance(told, dict):
        told = {"column": told}
    if "flags" in told:
        return Cell(tuple(told["flags"]), f"codes:{field.codes}", field.many, flags=told["flags"])
    if "values" in told:
        reader = "values"
    elif "codes" in told:
        reader = f"codes:{told['codes']}"
    elif told.get("reads") or field.reads:
        reader = told.get("reads") or str(field.reads)
    else:
        reader = f"codes:{field.codes}" if field.codes else "text"
    return _taken(told, reader, field.many)


def _taken(told: Mapping[str, Any], reader: str, many: bool) -> Cell:
    column = told["column"]
    columns = (column,) if isinstance(column, str) else tuple(column)
    return Cell(columns, reader, many, told.get("values", {}), told.get("json"), told.get("match"))
