"""What a submission would change in what serves: records that come, change or go, and answers on what may be published.

A steward decides on it; nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from schemas import rulebook
from schemas.codelist import fold
from schemas.rulebook import Field, Table
from schemas.sql import asking
from warehouse import clearances, ledger
from warehouse.submissions import serving
from warehouse.submissions.reading import ORDER, name_of, shown
from warehouse.submissions.work import SOURCE, path_of, rows_of, work_of

UNTOLD = ("record_id", "owner_kind", "purpose")
"""Fields of which a form says nothing."""

Rows = list[dict[str, str]]
"""What was written of a record, a row each: by field, and not blank."""


@dataclass(frozen=True)
class Change:
    """What is otherwise than in what serves now. ``kind`` is ``new``, ``changed``, ``gone`` (published no more once
    this is approved) or ``kept`` (not in this one, and published on); a changed value has the heading and both values
    (None: blank), a new record in ``after`` all of its headings and values.
    """

    kind: str
    table: str
    record: str
    heading: str | None = None
    before: str | None = None
    after: str | None = None


@dataclass
class _Record:
    """A record in the version that serves and in the submission: its rows, and what becomes of it if it has none."""

    before: Rows
    now: Rows
    kind: str


def changes(home: Path, submission: str, as_of: date) -> list[Change]:
    """What of that submission is otherwise than what serves: records that are new or that only the version that serves
    has, and changed values. Values are shown as people read them.
    """
    work = work_of(home)
    if work is None:
        return []
    with _compared(home, work, submission, as_of) as con:
        found = [change for name in ORDER for change in _of_table(con, work, rulebook.table(name))]
        return found + list(_of_consents(con, work))


def replaces(home: Path, submission: str, as_of: date) -> bool:
    """Whether something of what serves would be told otherwise, or no more, once that submission is approved."""
    work = work_of(home)
    if work is None:
        return False
    with _compared(home, work, submission, as_of) as con:
        query = "SELECT count(*) FROM theirs WHERE kind = 'gone' OR record_id IN (SELECT record_id FROM mine)"
        return bool(con.execute(query).fetchall()[0][0])


@contextmanager
def _compared(home: Path, work: Path, submission: str, as_of: date) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with ``mine`` (submission, record_id): what it holds; ``theirs`` (also ``kind``): what serves of the
    versions that it replaces, and what of them it takes out (``gone``) or leaves where it does not hold the record
    itself (``kept``).
    """
    with ledger.opened(home) as book, asking() as con:
        serving.stand(con, work, book, as_of)
        con.execute("CREATE OR REPLACE TEMP TABLE mine AS SELECT * FROM held WHERE submission = ?", [submission])
        con.execute(
            """CREATE OR REPLACE TEMP TABLE theirs AS
               WITH replaced AS (
                 SELECT submission FROM kin WHERE replaces AND other IN (SELECT submission FROM mine)),
               older AS (
                 SELECT s.submission FROM serving s SEMI JOIN mine USING (record_id) UNION FROM replaced)
               SELECT submission, record_id,
                 CASE WHEN submission IN (FROM replaced) THEN 'gone' ELSE 'kept' END AS kind
               FROM serving WHERE submission IN (FROM older) AND submission NOT IN (SELECT submission FROM mine)"""
        )
        yield con


# -- records


def _of_table(con: duckdb.DuckDBPyConnection, work: Path, table: Table) -> Iterator[Change]:
    """Changes in one table, by record; an organization that stands in many rows is told once."""
    fields = [field for field in table.record_fields if field.name not in UNTOLD]
    for record, found in _versions(con, work, table, fields).items():
        rows = found.now or found.before
        called = rows[0].get("name") or rows[0].get("title") or record.partition(":")[2]
        yield from _of_record(table, fields, called, found) if name_of(table) else _of_lines(table, called, found)


def _of_record(table: Table, fields: list[Field], called: str, found: _Record) -> Iterator[Change]:
    """A record that has a name: it is new, it is in this one no more, or values of it changed."""
    if not found.before:
        summary = "、".join(f"{field.title} {text}" for field in fields if (text := _together(field, found.now)))
        yield Change("new", table.title, called, after=summary)
    elif not found.now:
        yield Change(found.kind, table.title, called)
    else:
        for field in fields:
            was, value = _together(field, found.before), _together(field, found.now)
            if was != value:
                yield Change("changed", table.title, called, field.title, was, value)


def _of_lines(table: Table, called: str, found: _Record) -> Iterator[Change]:
    """Rows that have no name of their own (contact points, opening hours): each is there, or it is not."""
    for line in _lines(table, found.before, found.now):
        yield Change("changed", table.title, called, table.title, before=line)
    for line in _lines(table, found.now, found.before):
        yield Change("changed", table.title, called, table.title, after=line)


def _lines(table: Table, these: Rows, those: Rows) -> list[str]:
    """Each of ``these`` that is none of ``those``, on one line."""
    lines = (
        " ".join(shown(table.field(name), text) or "" for name, text in row.items())
        for row in these
        if row not in those
    )
    return list(dict.fromkeys(lines))


def _together(field: Field, rows: Rows) -> str | None:
    """The values of that field in all rows of a record, as people read them."""
    told = dict.fromkeys(shown(field, row[field.name]) for row in rows if field.name in row)
    return "／".join(text for text in told if text) or None


def _versions(con: duckdb.DuckDBPyConnection, work: Path, table: Table, fields: list[Field]) -> dict[str, _Record]:
    """Each record of the table with what was written of it; by name, of an organization.

    Contact points and hours of a record that the submission does not hold are left out: they go, or stay, with it.
    """
    path = path_of(work, table.name)
    if path is None:
        return {}
    columns = ", ".join(map(_as_written, fields))
    source = f"SELECT record_id, {{kind}}, {columns} FROM {clearances.rows(con, table.name, path)} t"
    now = source.format(kind="NULL") + " JOIN mine USING (submission, record_id)"
    before = source.format(kind="s.kind") + " JOIN theirs s USING (submission, record_id)"
    if name_of(table) is None:
        before += " WHERE record_id IN (SELECT record_id FROM mine)"
    found: dict[str, _Record] = {}
    for version, query in (("now", now), ("before", before)):
        for record, kind, *values in con.execute(f"{query} ORDER BY ALL").fetchall():
            told = {field.name: text for field, text in zip(fields, values, strict=True) if text is not None}
            key = f"{SOURCE}:{fold(told['name'])}" if table.name == "organizations" and "name" in told else record
            both = found.setdefault(key, _Record([], [], "kept"))
            getattr(both, version).append(told)
            both.kind = kind or both.kind
    return dict(sorted(found.items()))


def _as_written(field: Field) -> str:
    """SQL for a field's value as its sender told it, NULL where no cell says it: then it is the layout's own."""
    # The kind of a contact point tells it from the others, whoever wrote it.
    if field.name == "kind":
        return f't."{field.name}"::VARCHAR'
    if field.reads == "recurrence":
        return f't."{field.name}__raw"'
    return f'CASE WHEN t."{field.name}__raw" IS NOT NULL THEN t."{field.name}"::VARCHAR END'


# -- consents


def _of_consents(con: duckdb.DuckDBPyConnection, work: Path) -> Iterator[Change]:
    """Answers on what may be published that are new or otherwise; the same for all records of it are told once."""
    source = rows_of(work, "consents")
    if source is None:
        return
    groups, scopes = rulebook.codes("field_groups"), rulebook.table("consents").field("scope")
    query = f"SELECT record_id, field_group, scope FROM {source} JOIN {{}} USING (submission, record_id) ORDER BY ALL"
    before = {(record, group): scope for record, group, scope in con.execute(query.format("theirs")).fetchall()}
    now = con.execute(query.format("mine")).fetchall()
    records = {record for record, *_ in now}
    said: dict[tuple[str, str | None, str], list[str]] = {}
    for record, group, scope in now:
        if (was := before.get((record, group))) != scope:
            said.setdefault((group, was, scope), []).append(record.partition(":")[2])
    for code, group in groups.items():
        for (of, was, scope), told in said.items():
            if of == code:
                whose = "すべて" if len(told) == len(records) else "、".join(told)
                yield Change("changed", "公開の同意", whose, group.label_ja, shown(scopes, was), shown(scopes, scope))
