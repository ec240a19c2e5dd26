"""The rulebook, loaded: Table Schemas and code lists as typed objects (house rule 1).

Everything that needs a field rule asks here; nothing else reads ``tables/`` or ``codes/``. What to do with a
rule (validate, compile, publish) does not belong here.
"""

from __future__ import annotations

import csv
import hashlib
import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent

PRIVACY_CLASSES = ("public", "consent", "place", "internal")
"""The four privacy classes of a field (data model, Privacy)."""


@dataclass(frozen=True)
class Field:
    """One field of a table.

    ``reads`` names the format (``schemas/formats``) that turns a published cell into canonical text, ``codes``
    the code list whose codes are the allowed values (``many`` of them, joined by ``;``), ``labels`` the list whose
    words stand for its codes where people read: that of ``codes``, or one of a field that has other values too.
    ``privacy`` is one of :data:`PRIVACY_CLASSES`, ``severity`` the consequence of a bad value. ``stage`` is
    ``record`` or ``entity`` for a field that exists only before or only after resolution. ``place_level`` says of a
    ``place`` field the narrowest visibility at which it is still published: ``public`` or ``municipality``. Without a
    good value of an ``essential`` field that was supplied, the whole record would mislead and is left out.
    ``consent_group`` is the group of fields (code list ``field_groups``) whose consent opens this field of a
    submission.
    """

    name: str
    type: str
    title: str
    description: str
    example: str
    privacy: str
    reads: str | None
    codes: str | None
    labels: str | None
    many: bool
    required: bool
    severity: str
    stage: str | None
    place_level: str
    essential: bool
    consent_group: str | None
    standards: dict[str, str]
    descriptor: dict[str, Any]

    @property
    def duckdb_type(self) -> str:
        """The DuckDB type that holds this field's typed values."""
        return {"integer": "BIGINT", "number": "DOUBLE", "date": "DATE", "boolean": "BOOLEAN"}.get(self.type, "VARCHAR")


@dataclass(frozen=True)
class Table:
    """One table of the canonical model; ``primary_key`` is that of the published table.

    A table that is not ``published`` serves this project alone: nothing of it leaves the house. ``ends`` names the
    date fields whose day is a record's last. ``owner`` names the fields that say to whom a row belongs, of a table
    whose rows are told by owner when they change: a row of its own has no key, or one that tells more than ids.
    A ``release_table`` tells of releases: it is made with one, and no warehouse holds it.
    """

    name: str
    title: str
    description: str
    published: bool
    ends: tuple[str, ...]
    primary_key: tuple[str, ...]
    owner: tuple[str, ...]
    release_table: bool
    fields: tuple[Field, ...]

    def field(self, name: str) -> Field:
        """The field of that name; ``KeyError`` if there is none."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(f"{self.name}.{name}")

    @property
    def told_by(self) -> tuple[str, ...]:
        """The fields by which a release tells that a row changed: the owner's, or the key; never a value."""
        return self.owner or self.primary_key

    @property
    def record_fields(self) -> tuple[Field, ...]:
        """The fields of a record: as a source supplies them."""
        return tuple(field for field in self.fields if field.stage != "entity")

    @property
    def entity_fields(self) -> tuple[Field, ...]:
        """The fields of an entity: as the warehouse holds them."""
        return tuple(field for field in self.fields if field.stage != "record")

    @property
    def published_fields(self) -> tuple[Field, ...]:
        """The fields that may stand in a release at all: no ``internal`` and, without consents, no ``consent``."""
        if not self.published:
            return ()
        return tuple(field for field in self.entity_fields if field.privacy in ("public", "place"))

    def ended(self, as_of: date) -> str:
        """SQL that is true of a record that has ended by ``as_of``, and else false or NULL."""
        last_days = [f"\"{name}\" < DATE '{as_of}'" for name in self.ends]
        states = [f"\"{field.name}\" = 'ended'" for field in self.fields if field.codes == "statuses"]
        return " OR ".join([*last_days, *states]) or "FALSE"


@dataclass(frozen=True)
class Code:
    """One row of a code list; ``extra`` holds the columns that only this list has."""

    code: str
    label_ja: str
    label_en: str
    description: str
    synonyms: tuple[str, ...]
    basis: str
    status: str
    extra: dict[str, str]


def _field(descriptor: dict[str, Any]) -> Field:
    constraints = descriptor.get("constraints", {})
    required = bool(constraints.get("required", False))
    return Field(
        name=descriptor["name"],
        type=descriptor.get("type", "string"),
        title=descriptor["title"],
        description=descriptor.get("description", ""),
        example=str(descriptor.get("example", "")),
        privacy=descriptor["privacy"],
        reads=descriptor.get("reads"),
        codes=descriptor.get("codes"),
        labels=descriptor.get("labels", descriptor.get("codes")),
        many=bool(descriptor.get("many", False)),
        required=required,
        severity=descriptor.get("severity", "quarantine" if required else "withhold"),
        stage=descriptor.get("stage"),
        place_level=descriptor.get("place_level", "public"),
        essential=bool(descriptor.get("essential", False)),
        consent_group=descriptor.get("consent_group"),
        standards=descriptor.get("standards", {}),
        descriptor=descriptor,
    )


@cache
def tables() -> dict[str, Table]:
    """Every table of the rulebook by name, in the order of the names."""
    loaded = {}
    for path in sorted((ROOT / "tables").glob("*.schema.json")):
        descriptor = json.loads(path.read_text(encoding="utf-8"))
        loaded[descriptor["name"]] = Table(
            name=descriptor["name"],
            title=descriptor["title"],
            description=descriptor["description"],
            published=bool(descriptor.get("published", True)),
            ends=tuple(descriptor.get("ends", ())),
            primary_key=tuple(descriptor.get("primaryKey", ())),
            owner=tuple(descriptor.get("owner", ())),
            release_table=bool(descriptor.get("release_table", False)),
            fields=tuple(_field(field) for field in descriptor["fields"]),
        )
    return loaded


def record_tables() -> tuple[Table, ...]:
    """The tables that sources fill, in the order of their names; the others tell of what those hold."""
    return tuple(table for table in tables().values() if table.record_fields)


def published_tables() -> tuple[Table, ...]:
    """The tables of a release, in the order of their names."""
    return tuple(table for table in tables().values() if table.published)


def warehouse_tables() -> tuple[Table, ...]:
    """The published tables that the warehouse holds, in the order of their names."""
    return tuple(table for table in published_tables() if not table.release_table)


def entity_tables() -> tuple[Table, ...]:
    """The published tables whose rows are entities with an id of their own, in the order of their names."""
    return tuple(table for table in published_tables() if len(table.primary_key) == 1)


def table(name: str) -> Table:
    """The table of that name; ``KeyError`` if the rulebook has none."""
    return tables()[name]


@cache
def codes(name: str) -> dict[str, Code]:
    """A code list by code, in file order; ``FileNotFoundError`` if there is none of that name."""
    common = ("code", "label_ja", "label_en", "description", "synonyms", "basis", "status")
    with (ROOT / "codes" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["code"]: Code(
                code=row["code"],
                label_ja=row["label_ja"],
                label_en=row["label_en"],
                description=row["description"],
                synonyms=tuple(word for word in row["synonyms"].split(";") if word),
                basis=row["basis"],
                status=row["status"],
                extra={key: value for key, value in row.items() if key not in common},
            )
            for row in csv.DictReader(file)
        }


@dataclass(frozen=True)
class Survivorship:
    """Which record's value an entity shows: what is asked first, second …, and the ranks of those who say something,
    best first, with what each is called.
    """

    order: tuple[str, ...]
    authorities: dict[str, str]


@cache
def survivorship() -> Survivorship:
    """The order that ``survivorship.yml`` states."""
    told = yaml.safe_load((ROOT / "survivorship.yml").read_text(encoding="utf-8"))
    return Survivorship(tuple(told["order"]), told["authorities"])


def code_lists() -> tuple[str, ...]:
    """Names of all code lists, sorted."""
    return tuple(sorted(path.stem for path in (ROOT / "codes").glob("*.csv")))


@cache
def digest() -> str:
    """sha256 over every file of the rulebook and its code: part of the key of a source's work (house rule 9)."""
    return tree_digest(ROOT)


def tree_digest(root: Path) -> str:
    """sha256 over names and bytes of all source files below ``root`` (caches left out)."""
    total = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            total.update(path.relative_to(root).as_posix().encode())
            total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()
