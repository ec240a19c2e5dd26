"""Taking a record out of the releases that are still kept: each that held it is made anew without it.

A release that held it becomes ``<version>+rN`` and its old bytes go. A release that only tells that the id is gone
(``removed``, ``redirects``) stays: no value of it stands there. Done wholly or not at all: everything is written
aside, then a note says what is to be moved (``redaction.json``), and whoever comes next finishes what the note says.
Whether a record may be published tonight is not decided here.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from publish import contents, delta, index, leaks, privacy, quality, versions, writing
from publish.contents import Contents
from publish.leaks import Leak
from publish.release import recover
from publish.versions import BUILDING, Version
from schemas import rulebook
from schemas.rulebook import Table
from schemas.sql import identifier, literal, make_table
from warehouse import secrets

HANGS_ON = {"places": "organization_id", "services": "organization_id"}
"""Tables of entities that go with another one, and the field that says with which."""

TELL_IDS = ("redirects", "removed")
"""Tables that hold no value of a record, and say where its id leads or that it leads nowhere."""

NOWHERE = "を載せた版はありません。idを確かめてください。 (No kept release holds it: check the id.)"
STILL_PUBLIC = (
    "は、いまも公開してよいことになっています。先に withdraw か hide で公開をやめ、次の夜間処理のあとで、"
    "もう一度どうぞ。"
    " (It may still be published: withdraw or hide it first, and redact after the next night.)"
)
NAMES_ENTITY = "_id"
"""What a field that names an entity ends in, be it a key, an owner's or a reference (the rulebook's own naming)."""


class RedactionError(Exception):
    """Nothing was taken out; the text says why, for the steward."""


@dataclass(frozen=True)
class Redacted:
    """What came of it: the releases made anew (old version, new version), and where other records still tell a value
    of what was taken out, in another way of writing; theirs is for a steward to decide.
    """

    made: dict[str, str]
    left: list[Leak]


def redact(home: Path, id: str, by: str, why: str, on: date) -> Redacted:
    """Take entity ``id`` out of every kept release.

    With an organization go its places and services, with a service the places that are no other's, and whatever hangs
    on any of them; also under the ids that it bore before it was merged. The newest release stays as it is while it
    is what may be told today (``hide`` leaves a name, say). Raises :class:`RedactionError` where no release holds it.
    """
    recover(home)
    spared = versions.latest(home) if versions.up_to_date(home) and _told_today(home, id) else None
    ids = [id, *_former(versions.latest(home), id)]
    made: dict[str, str] = {}
    left: list[Leak] = []
    for version, folder in versions.releases(home):
        anew = home / "releases" / f"{BUILDING}{version.redacted}"
        if folder == spared or (told := _make_without(folder, anew, version.redacted, ids)) is None:
            continue
        made[str(version)] = str(version.redacted)
        left += [replace(leak, file=f"{version.redacted}/{leak.file}") for leak in told]
    if not made:
        raise RedactionError(f"{id} {STILL_PUBLIC if spared else NOWHERE}")
    versions.begin_redaction(home, {"id": id, "by": by, "why": why, "on": on.isoformat(), "made": made})
    recover(home)
    return Redacted(made, left)


def _told_today(home: Path, id: str) -> bool:
    """Whether what the warehouse holds, as it may be published, tells of that entity."""
    with closing(privacy.open_public(home / "warehouse.duckdb")) as con:
        query = " UNION ALL ".join(
            f"SELECT 1 FROM public.{table.name} WHERE {table.primary_key[0]} = $id"
            for table in rulebook.entity_tables()
        )
        return bool(con.execute(query, {"id": id}).fetchall())


def _former(newest: Path | None, id: str) -> list[str]:
    """The ids that were merged into that one."""
    if newest is None:
        return []
    with closing(duckdb.connect()) as con:
        redirects = contents.published(con, rulebook.table("redirects"), newest)
        query = f"SELECT DISTINCT old_id FROM ({redirects}) WHERE change = 'merged' AND new_id = ? ORDER BY old_id"
        return [old for (old,) in con.execute(query, [id]).fetchall()]


def _make_without(folder: Path, anew: Path, version: Version, ids: list[str]) -> list[Leak] | None:
    """Write the release in ``folder`` into the new folder ``anew``, without these; None, and nothing, if it has none.

    Returns where other records still tell a value of theirs, in another way of writing.
    """
    with closing(duckdb.connect()) as con:
        told = contents.of_release(con, folder)
        delta.read(con, folder)
        _name_what_goes(con, ids)
        _keep_values(con, told.tables)
        told, found = _cut(con, told, version)
        if not found:
            return None
        anew.mkdir()
        writing.write(con, told, version, anew)
        writing.verify(con, told, anew)
        return leaks.find(leaks.held(con, "gone_values"), index.paths(anew), anew)


def _name_what_goes(con: duckdb.DuckDBPyConnection, ids: list[str]) -> None:
    """``going`` (id): these entities, and those that are nobody else's."""
    make_table(con, "going", {"id": ids})
    for kind, owner in HANGS_ON.items():
        key = rulebook.table(kind).primary_key[0]
        con.execute(f"INSERT INTO going SELECT {key} FROM release.{kind} WHERE {owner} IN (FROM going)")
    con.execute(
        """INSERT INTO going SELECT place_id FROM release.service_places GROUP BY place_id
           HAVING bool_and(service_id IN (FROM going))"""
    )


def _keep_values(con: duckdb.DuckDBPyConnection, tables: Iterable[Table]) -> None:
    """``gone_values``, as the warehouse's ``secrets``: where the entities are, as far as no other row says the same."""
    con.execute(
        "CREATE TEMP TABLE gone_values (kind VARCHAR, value VARCHAR, field VARCHAR, hidden BOOLEAN, submitted BOOLEAN)"
    )
    for table in tables:
        for field in table.published_fields:
            kind = secrets.kind_of(field)
            if kind is None or field.privacy != "place":
                continue
            goes, told = _names(table, "(FROM going)"), f"{table.name}.{field.name}"
            query = f"SELECT {kind}, {secrets.value_of(field)} AS value FROM release.{table.name} t WHERE {{}}"
            con.execute(
                f"INSERT INTO gone_values SELECT *, {literal(told)}, true, false "
                f"FROM ({query.format(goes)} EXCEPT {query.format(f'NOT ({goes})')}) WHERE value <> ''"
            )


def _cut(con: duckdb.DuckDBPyConnection, told: Contents, version: Version) -> tuple[Contents, int]:
    """The contents without what goes, and how much that was."""
    found = 0
    for table in told.tables:
        if table.name not in TELL_IDS and (goes := _names(table, "(FROM going)")) != "false":
            found += con.execute(f"DELETE FROM release.{identifier(table.name)} WHERE {goes}").fetchall()[0][0]
    # What tells of it by id alone may stay: that it went, or that nothing of it is left.
    found += con.execute(
        f"""DELETE FROM delta.changes WHERE after <> '[]' AND "table" NOT IN {TELL_IDS}
            AND (list_has_any(key, (SELECT list(id) FROM going))
              OR EXISTS (SELECT 1 FROM going WHERE contains(after::VARCHAR, '"' || id || '"')))"""
    ).fetchall()[0][0]
    con.execute("DELETE FROM delta.phones WHERE id IN (FROM going)")
    report, pairs = _report(con, told, version)
    return replace(told, report=report), found + pairs


def _report(con: duckdb.DuckDBPyConnection, told: Contents, version: Version) -> tuple[dict[str, Any], int]:
    """The quality report of what is left, and how many pairs were taken from its review queue."""
    going = {id for (id,) in con.execute("FROM going").fetchall()}
    queue = told.report["resolution"]["queue"]
    left = [pair for pair in queue if not going & {entity["id"] for entity in pair["entities"]}]
    resolution = told.report["resolution"] | {"version": str(version), "queue": left}
    rates = quality.fill_rates(con, told.tables)
    return told.report | {"version": str(version), "tables": rates, "resolution": resolution}, len(queue) - len(left)


def _names(table: Table, ids: str) -> str:
    """SQL that is true of a row that names one of these entities."""
    fields = [field.name for field in table.published_fields if field.name.endswith(NAMES_ENTITY)]
    return " OR ".join(f"coalesce({identifier(name)} IN {ids}, false)" for name in fields) or "false"
