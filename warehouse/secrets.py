"""``secrets``: every value that must not leave, for the gate to search the release for. Never published.

Collected from records by the privacy classes of the rulebook, and not from what ``publish.privacy`` makes of them: it
is what that module is checked against. Values that a visible record lawfully tells are no secrets. How a value may be
rewritten, and which are too short to search for, is the gate's.

- ``kind``: address, postal_code, phone (E.164), email, url (or the host alone), person, spot (``lat,lon`` with 6
  decimals), text, number (of an office or a corporation), id (of records and submissions).
- ``value``; ``field``: table and field that hold it, for the message; ``hidden``: whether it is a hidden place's,
  organization's or service's; ``submitted``: whether submissions alone hold it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import ahocorasick_rs
import duckdb

from schemas import engine, rulebook
from schemas.rulebook import Field, Table
from schemas.sql import literal, make_table
from warehouse import addresses, clearances
from warehouse.submissions import SOURCE

ROOT = Path(__file__).parent

KINDS = {
    "address": "address",
    "postal_code": "postal_code",
    "phone": "phone",
    "url": "url",
    "latitude": "spot",
    "office_number": "number",
    "corporate_number": "number",
    "name": "text",
    "kana": "text",
    "text": "text",
}
"""How a field is read → the kind of its values. Codes, dates, counts and times tell nobody's site: there are few of
them, and every release is full of each.
"""

ID = "'id'"
"""SQL for the kind of ids; a table that holds nothing else hangs on records that tell them."""

OWNED = ("schedules", "contact_points")
"""Tables whose rows hang on a record of the kind that ``owner_kind`` names."""

BOUND = ("address", "spot", "phone", "url")
"""Kinds that nobody may tell where open data keeps them back. A postal code, a number or a phrase is not one site's."""

TOLD = ("text", "person")
"""Kinds that are no secret where a text of open data holds them as a part, unless they are something hidden's."""


def make(con: duckdb.DuckDBPyConnection, work: Path | None) -> None:
    """Make ``secrets`` (see the module) while ``accepted_<table>`` and the schemas ``archive`` and ``protected`` stand,
    after ``visibility.sql``. ``work`` is the inbox's: whatever was submitted is a secret until a visible record tells
    it.
    """
    engine.register_code_list(con, "service_types")
    con.execute((ROOT / "seen.sql").read_text(encoding="utf-8"))
    tables = [table for table in rulebook.record_tables() if {*map(kind_of, table.record_fields)} - {None, ID}]
    held = [part for table in tables for part in _held(table, work)] + _submitted(work)
    con.execute(f"CREATE OR REPLACE TEMP TABLE held_back AS {' UNION ALL '.join(held)}")
    told = [part for table in tables if table.published for part in _told(table)]
    con.execute(f"CREATE OR REPLACE TEMP TABLE lawful AS SELECT DISTINCT * FROM ({' UNION ALL '.join(told)})")
    _fold_addresses(con)
    _make_overheard(con)
    con.execute("SET VARIABLE bound = ?::VARCHAR[]", [list(BOUND)])
    con.execute((ROOT / "secrets.sql").read_text(encoding="utf-8"))


def kind_of(field: Field) -> str | None:
    """SQL for the kind of that field's values; None where it holds nothing to search for."""
    if field.name == "record_id":
        return ID
    if field.codes or field.type not in ("string", "number") or "enum" in field.descriptor.get("constraints", {}):
        return None
    if field.name == "value":
        return "CASE WHEN t.kind IN ('phone', 'fax', 'email') THEN replace(t.kind, 'fax', 'phone') ELSE 'url' END"
    if field.reads == "name" and field.privacy == "consent":
        return "'person'"
    kind = KINDS.get(field.reads or "")
    return kind and literal(kind)


def value_of(field: Field) -> str:
    """SQL for that field's value as text, of a row by ``t``; a position is told by its latitude's field."""
    if field.reads == "latitude":
        return "printf('%.6f,%.6f', t.latitude, t.longitude)"
    return f't."{field.name}"::VARCHAR'


def _owner(table: Table) -> str:
    """SQL for the kind of record whose visibility a row of ``table`` follows."""
    return "t.owner_kind" if table.name in OWNED else literal(table.name)


def _rows(table: Table, source: str) -> str:
    """SQL of the rows of one source that have a text to search for, by ``t``, with ``v`` of how they are seen."""
    return f"{source} t LEFT JOIN seen v ON v.kind = {_owner(table)} AND v.record_id = t.record_id"


def _held(table: Table, work: Path | None) -> list[str]:
    """Queries of all that must not leave: kind, value, field, record_id, submitted, hidden, bound."""
    parts = []
    for field in table.record_fields:
        if (kind := kind_of(field)) is None:
            continue
        select = f"SELECT {kind} AS kind, {value_of(field)} AS value, '{table.name}.{field.name}' AS field, t.record_id"
        # A name is what others may call it by.
        strict = table.published and field.reads not in ("name", "kana")
        hidden = "coalesce(v.visibility = 'hidden', FALSE)" if strict else "FALSE"
        if table.published:
            kept = _kept(table, field)
            for source in (f"(FROM accepted_{table.name} WHERE source <> '{SOURCE}')", f"archive.{table.name}"):
                bound = "v.openly <> 'public'" if field.name != "value" else "v.openly = 'hidden' OR t.personal"
                parts.append(
                    f"{select}, FALSE AS submitted, {hidden} AS hidden, coalesce({bound}, FALSE) AS bound "
                    f"FROM {_rows(table, source)} WHERE {kept} AND t.source <> '{SOURCE}'"
                )
        path = work / f"{table.name}.parquet" if work else None
        if path and path.exists():
            rows = _rows(table, f"read_parquet({literal(str(path))})")
            parts.append(f"{select}, TRUE AS submitted, {hidden} AS hidden, FALSE AS bound FROM {rows}")
    return parts


def _submitted(work: Path | None) -> list[str]:
    """Queries like those of :func:`_held` for the ids of submissions, and the texts that wait for a clearance."""
    parts = ["SELECT 'id', submission, 'submissions.submission', record_id, TRUE, FALSE, FALSE FROM held"]
    path = work / clearances.FILE if work else None
    if path and path.exists():
        parts += [
            f"""SELECT 'text', {text}, "table" || '.' || field, record_id, TRUE, FALSE, FALSE
                FROM read_parquet({literal(str(path))})"""
            for text in ("value", "raw")
        ]
    return parts


def _kept(table: Table, field: Field) -> str:
    """SQL: open data's value of that field must not leave, by the class of the field and how the record is seen."""
    if field.privacy in ("internal", "consent"):
        return "TRUE"
    closed = (
        "('hidden')"
        if field.privacy != "place" or field.place_level == "municipality"
        else "('hidden', 'municipality')"
    )
    kept = f"v.visibility IN {closed}"
    # Of a hidden place not even the name is told, nor anything that hangs on it.
    of_place = table.name == "places" or table.name in OWNED
    whole = f"({_owner(table)} = 'places' AND v.visibility = 'hidden')" if of_place else "FALSE"
    if field.name == "value":
        return f"(t.personal OR {whole} OR ({kept} AND NOT leads_nowhere(t.kind, t.value)))"
    return kept if field.privacy == "place" or field.reads == "text" else whole


def _told(table: Table) -> list[str]:
    """Queries of all that visible records tell: kind, value, submitted."""
    parts = []
    for field in table.record_fields:
        kind = kind_of(field)
        if kind is None or field.privacy in ("internal", "consent"):
            continue
        told = f"NOT coalesce({_kept(table, field)}, FALSE)"
        parts.append(
            f"SELECT {kind} AS kind, {value_of(field)} AS value, t.source = '{SOURCE}' AS submitted "
            f"FROM {_rows(table, f'accepted_{table.name}')} WHERE {told}"
        )
    return parts


def _fold_addresses(con: duckdb.DuckDBPyConnection) -> None:
    """``same_way`` (value, folded): every address in question."""
    query = "SELECT value FROM held_back WHERE kind = 'address' UNION SELECT value FROM lawful WHERE kind = 'address'"
    told = [text for (text,) in con.execute(f"SELECT * FROM ({query}) ORDER BY 1").fetchall() if text]
    make_table(con, "same_way", {"value": told, "folded": [addresses.fold(text) for text in told]})


def _make_overheard(con: duckdb.DuckDBPyConnection) -> None:
    """``overheard`` (value): what submissions say and a text of open data holds too, be it as a part; of a field that
    is public by itself also what a text of a visible submission holds, as where a newer one says it at more length.
    """
    tables = rulebook.record_tables()
    public = [f"{table.name}.{field.name}" for table in tables for field in table.fields if field.privacy == "public"]
    make_table(con, "public_fields", {"field": public})
    found: set[str] = set()
    for submitted, fields in ((False, "TRUE"), (True, "field IN (FROM public_fields)")):
        kinds = ", ".join(map(literal, TOLD))
        query = f"""SELECT DISTINCT value FROM held_back
            WHERE (submitted OR NOT hidden) AND kind IN ({kinds}) AND value <> '' AND {fields} ORDER BY 1"""
        said = [text for (text,) in con.execute(query).fetchall()]
        texts = "SELECT DISTINCT value FROM lawful WHERE kind = 'text' AND submitted = ? AND value IS NOT NULL"
        found |= _parts(said, [text for (text,) in con.execute(texts, [submitted]).fetchall()])
    make_table(con, "overheard", {"value": sorted(found)})


def _parts(said: Sequence[str], texts: Iterable[str]) -> set[str]:
    """What of ``said`` is part of one of the texts."""
    search = ahocorasick_rs.AhoCorasick(said)
    return {said[place] for text in texts for place, *_ in search.find_matches_as_indexes(text, overlapping=True)}
