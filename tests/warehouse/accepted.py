"""Small homes for tests of ``warehouse`` and ``publish``: rows of invented sources, taken in by ``sources.ingest``.

A row is a dict of cells by heading (:data:`CELLS`, and ``no``, its natural key); what it leaves out is blank.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import yaml

from schemas import rulebook
from schemas.formats import _check_digits
from sources import catalog, ingest
from sources.ingest import Night
from warehouse import addresses, build, golden, identity, names

AS_OF = date(2026, 11, 23)
Row = Mapping[str, str]

SUBJECTS = {
    "organization": ("organizations", None, {}),
    "service": ("services", None, {}),
    "place": ("places", None, {}),
    "phone": ("contact_points", "services", {"kind": "phone"}),
    "fax": ("contact_points", "services", {"kind": "fax"}),
    "email": ("contact_points", "services", {"kind": "email"}),
    "form": ("contact_points", "services", {"kind": "form"}),
    "organization_phone": ("contact_points", "organizations", {"kind": "phone"}),
    "place_phone": ("contact_points", "places", {"kind": "phone"}),
    "schedule": ("schedules", "services", {"kind": "open"}),
    "place_schedule": ("schedules", "places", {"kind": "open"}),
    "jurisdiction": ("jurisdictions", None, {}),
    "program": ("programs", None, {}),
    "hotline": ("hotlines", None, {}),
    "corporation": ("corporations", None, {}),
}
"""First half of a heading → table, owner and constants of the record it makes."""

CELLS = {
    "organization": "name corporate_number address address_building postal_code url founded_on representative_name "
    "last_confirmed_on address_visibility",
    "service": "name summary description service_type office_number url area_scope area_codes valid_to status fee_note "
    "last_confirmed_on",
    "place": "name office_number address address_building postal_code latitude longitude access municipality_code "
    "last_confirmed_on address_visibility",
    "phone": "value personal extension",
    "fax": "value",
    "email": "value",
    "form": "value",
    "organization_phone": "value",
    "place_phone": "value",
    "schedule": "opens closes",
    "place_schedule": "opens closes",
    "jurisdiction": "municipality_code desk_type valid_from verified_on",
    "program": "title url apply_url reception_end expires_on last_confirmed_on",
    "hotline": "name number charge url period_from period_to verified_on",
    "corporation": "corporate_number name closed_on successor_number",
}
"""First half of a heading → the second halves: a cell's heading is such as ``place.address``."""

HEADINGS = ("no", *(f"{subject}.{field}" for subject, fields in CELLS.items() for field in fields.split()))
READS = {"email": "email", "form": "url"}


def corporate_number(serial: int) -> str:
    """A corporate number with a right check digit."""
    base = f"{serial:012}"
    return _check_digits.corporate(base) + base


def office_number(serial: int) -> str:
    """An office number of Hokkaido with a right check digit."""
    base = f"01{serial:07}"
    return base + _check_digits.office(base)


def row(no: str, **cells: str) -> Row:
    """A row that passes as it is: one organization, service and place, all public, reached by a free number.

    ``place__address`` is the cell ``place.address``.
    """
    told = {heading.replace("__", "."): cell for heading, cell in cells.items()}
    return {
        "no": no,
        "organization.name": f"団体{no}",
        "organization.address_visibility": "公開",
        "service.name": f"支援{no}",
        "place.name": f"拠点{no}",
        "place.address_visibility": "公開",
        "phone.value": PHONE,
    } | told


PHONE = "0120-000-000"
"""A free number: a way of contact for every row, which leads nowhere."""


def take_in(home: Path, sources: Mapping[str, Sequence[Row]], as_of: date = AS_OF) -> None:
    """Have each source bring these rows (in this order) into the home."""
    for source_id, rows in sources.items():
        _ingest(home, source_id, rows, as_of)


def build_from(home: Path, sources: Mapping[str, Sequence[Row]], as_of: date = AS_OF) -> Path:
    """Take the sources in, build the warehouse of exactly these, and return its file."""
    take_in(home, sources, as_of)
    built = build.build(home, list(sources), as_of, "01", "sample")
    assert built.broken == []
    return home / "warehouse.duckdb"


def query(warehouse: Path, sql: str) -> list[tuple[Any, ...]]:
    """The rows of a query on a warehouse file."""
    with duckdb.connect(str(warehouse), read_only=True) as con:
        return con.execute(sql).fetchall()


def ids(warehouse: Path, kind: str) -> dict[str, str]:
    """The entity id of each record of a kind, by ``<source>:<no>``."""
    return dict(query(warehouse, f"SELECT record_id, entity_id FROM members WHERE kind = '{kind}'"))


def _ingest(home: Path, source_id: str, rows: Sequence[Row], as_of: date) -> None:
    folder = home.parent / f"{home.name}.sources" / source_id
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "data.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEADINGS, restval="")
        writer.writeheader()
        writer.writerows(rows)
    (folder / "source.yml").write_text(yaml.safe_dump(_source(source_id)), encoding="utf-8")
    (folder / "mapping.yml").write_text(yaml.safe_dump(MAPPING), encoding="utf-8")
    run = ingest.ingest(catalog.load(folder), Night(home, as_of, "01", None, "sample"))
    assert run.rejected is None, run
    assert run.quarantined == 0, [finding.message_ja for finding in ingest.findings(source_id, home)]


def _source(source_id: str) -> dict[str, Any]:
    return {
        "id": source_id,
        "title": f"{source_id} の一覧",
        "publisher": "みちしるべ町（架空）",
        "contact": "みちしるべ町 広報課（架空）",
        "home_page": "https://www.town.example.jp/",
        "licence": {"name": "CC BY 4.0", "licence_status": "read", "attribution": "出典：みちしるべ町（架空）"},
        "cadence": "P1M",
        "kind": "open-data",
        "set": "sample",
        "fetch": {"protocol": "file", "files": ["data.csv"]},
        "reader": {"format": "csv", "encoding": "utf-8"},
        "bounds": {"minimum_rows": 1, "maximum_rows": 1000},
        "owner": "team:stewards",
    }


def _record(subject: str) -> dict[str, Any]:
    table, owner, constants = SUBJECTS[subject]
    fields: dict[str, Any] = {field: f"{subject}.{field}" for field in CELLS[subject].split()}
    if subject in READS:
        fields["value"] = {"column": fields["value"], "reads": READS[subject]}
    record: dict[str, Any] = {"table": table, "fields": fields}
    if owner:
        record["owner"] = owner
    if constants:
        record["set"] = constants
    return record


MAPPING = {"basis": "assumed", "natural_key": ["no"], "records": [_record(subject) for subject in SUBJECTS]}


def load_records(con: duckdb.DuckDBPyConnection, records: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Make ``accepted_<table>`` of every table in memory, as a build does from the sources' work; ``source`` is the
    first half of the record id, ``dated`` the same day for all unless told.
    """
    for name in build.RECORD_TABLES:
        fields = [("source", "VARCHAR"), ("dated", "DATE"), ("file", "VARCHAR"), ("row", "BIGINT")]
        fields += [(field.name, field.duckdb_type) for field in rulebook.table(name).record_fields]
        columns = ", ".join(f'"{field}" {kind}' for field, kind in fields)
        con.execute(f"CREATE OR REPLACE TABLE accepted_{name} ({columns})")
        for record in records.get(name, ()):
            told = {"source": record["record_id"].split(":")[0], "dated": "2026-03-31"} | record
            marks = ", ".join("?" * len(told))
            con.execute(
                f"INSERT INTO accepted_{name} ({', '.join(told)}) VALUES ({marks})",
                list(told.values()),
            )
    told = sorted({record["record_id"].split(":")[0] for rows in records.values() for record in rows})
    golden.make_sources(con, [(one, "submission" if one == "inbox" else "government", None) for one in told])
    addresses.make_table(con)
    names.make_table(con)
    identity.make_desks(con)
