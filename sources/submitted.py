"""What submissions are asked beyond what every source is: what a form's sender cannot foresee to become public stays
inside, and words that no format can read are kept.

Free text (fields that ``reads: text``) may not hold a phone number or an address that the same form tells: their own
fields have consents, free text has none of its own. What seems to be a person's own in it (``schemas.personal``) is
withheld, and kept beside the records (:data:`WITHHELD`) until a steward clears it. What the consents open is
``warehouse.submissions``'s, what was cleared ``warehouse.clearances``'s.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import duckdb

from schemas import engine, formats, messages, personal, rulebook
from schemas.finding import Finding
from schemas.rulebook import Field
from schemas.sql import make_table
from sources.catalog import RecordSpec
from sources.mapping import CONTACTS

CODE = "contact-in-free-text"

WITHHELD = "withheld_texts"
"""Table and file of the texts that wait for a steward: n (the row, in the table alone), file, row, record_id, table,
field, found (codes of ``schemas.personal``, joined by ``;``), raw (as written) and value (canonical).
"""

SHORT = 3
"""Letters that a person's name has at least, to be looked for; another name has more, to be passed over."""

DAYS, TIMES = ("weekdays", "recurrence"), ("opens", "closes")
"""Fields of a schedule: on which days, and from when to when."""

_REACHED = re.compile(
    r"(?<![0-9])(?:\+\s*81[-() ]*|[(]?0)[0-9](?:[-() .・のノ]{0,2}[0-9]){8,9}(?![0-9])"
    r"|(?:電話|携帯|tel|fax|☎)[^0-9]{0,8}[0-9]{2,4}-?[0-9]{4}(?![0-9])"
)
"""A phone number of Japan (whole, or without its area code after a word that says what it is), in folded text."""
_JOINT = re.compile("(?<=[0-9])(?:丁目|番地?|号)?[-~〜のノ]*(?=[0-9])|(?<=[0-9])(?:丁目|番地?|号)")
_TOWN = re.compile(
    "(?:〒?[0-9]{3}-?[0-9]{4})?(?:北海道|東京都|京都府|大阪府|.{2,3}県)?(?:.{1,5}?郡)?(?:.{1,7}?[市町村])?(?:[^0-9]{1,3}区)?"
)
_SITE = re.compile("(.*?[0-9]+-[0-9]+)|(.*?[0-9]+)(?![0-9]|条|線|区|町|通|東|西|南|北)")
"""Of a street as folded what tells one block: up to the second number, or all if there is one number alone."""

_Records = list[tuple[str, RecordSpec]]


@dataclass(frozen=True)
class Names:
    """What one form calls people, and what it calls organizations, places and services, as published."""

    people: frozenset[str]
    others: frozenset[str]


def prepare(con: duckdb.DuckDBPyConnection, records: _Records) -> Names:
    """Change the records that ``mapping.make_records`` made, before they are validated: ``services.hours_note`` holds
    the words of a schedule that cannot be read in full, and free text that tells a number or a site becomes unreadable
    (:data:`CODE`). Makes the empty table :data:`WITHHELD`; the names are for :func:`withhold`.
    """
    _keep_hours(con, records)
    _refuse_free_text(con, records)
    con.execute(
        f"""CREATE OR REPLACE TABLE {WITHHELD} (n BIGINT, file VARCHAR, "row" BIGINT, record_id VARCHAR,
            "table" VARCHAR, field VARCHAR, found VARCHAR, raw VARCHAR, value VARCHAR)"""
    )
    private = [name for name in _names(records) if name.privacy != "public"]
    public = {name.name for name in _names(records)} - {name.name for name in private}
    return Names(
        frozenset(told for name in private for told in _told(con, records, name.name) if len(told.strip()) >= SHORT),
        frozenset(told.strip() for name in public for told in _told(con, records, name) if len(told.strip()) > SHORT),
    )


def withhold(
    con: duckdb.DuckDBPyConnection, accepted: str, spec: RecordSpec, origin: engine.Origin, names: Names
) -> list[Finding]:
    """Move the free text in which something seems to be a person's own from the accepted records to :data:`WITHHELD`;
    a finding for each kind of such things in each cell. Comes after validation, so that what waits is valid.
    """
    told: list[Finding] = []
    for field in _free_texts_of(spec):
        query = f'SELECT DISTINCT "{field.name}" FROM "{accepted}" WHERE "{field.name}" IS NOT NULL ORDER BY ALL'
        texts = [text for (text,) in con.execute(query).fetchall()]
        found = {text: codes for text in texts if (codes := personal.found(text, names.people, names.others))}
        make_table(con, "telling", {"value": list(found), "found": [";".join(codes) for codes in found.values()]})
        moved = con.execute(
            f"""INSERT INTO {WITHHELD}
                SELECT n, file, "row", record_id, '{spec.table}', '{field.name}', t.found, "{field.name}__raw", t.value
                FROM "{accepted}" a JOIN telling t ON a."{field.name}" = t.value ORDER BY n
                RETURNING file, "row", record_id, found, raw"""
        ).fetchall()
        moved_texts = f'"{field.name}" IN (SELECT value FROM telling)'
        con.execute(f'UPDATE "{accepted}" SET "{field.name}" = NULL WHERE {moved_texts}')
        told += [_finding(code, spec, field, origin, row) for row in moved for code in row[3].split(";")]
    return told


def _finding(
    code: str, spec: RecordSpec, field: Field, origin: engine.Origin, row: tuple[str, int, str, str, str]
) -> Finding:
    file, number, record, _, raw = row
    return messages.cell_finding(
        code,
        rulebook.table(spec.table),
        field,
        source=origin.source,
        file=file,
        row=number,
        column=origin.headings.get(field.name),
        value=raw,
        expected=None,
        record_id=record,
        usable=False,
        subject=origin.subject,
        reads="text",
    )


def leave_out(con: duckdb.DuckDBPyConnection, accepted: str, spec: RecordSpec) -> None:
    """Take schedules without a day out of the accepted records: times alone would be read as those of every day."""
    if spec.table == "schedules":
        days = " AND ".join(f"{name} IS NULL" for name in DAYS)
        con.execute(f'DELETE FROM "{accepted}" WHERE {days}')


def _keep_hours(con: duckdb.DuckDBPyConnection, records: _Records) -> None:
    tables = {spec.table: (table, spec) for table, spec in records if spec.owner in (None, "services")}
    if not {"schedules", "services"} <= tables.keys() or "hours_note" not in tables["services"][1].cells:
        return
    (services, _), (schedules, spec) = tables["services"], tables["schedules"]
    days, times = ([name for name in names if name in spec.cells] for names in (DAYS, TIMES))
    raws = [f'''trim("{name}__raw", ' 　\t\r\n')''' for name in (*days, *times)]
    unread = " OR ".join(f'"{name}__code" IS NOT NULL' for name in (*days, *times))
    dayless = " AND ".join(f'"{name}" IS NULL' for name in days)
    rows = con.execute(
        f"""SELECT n, concat_ws(' ', {", ".join(raws)})
            FROM "{schedules}" WHERE {unread} OR ({dayless}) OR (opens IS NULL) <> (closes IS NULL) ORDER BY n"""
    ).fetchall()
    kept = {"n": [n for n, _ in rows], "words": [formats.read("text", words).value for _, words in rows]}
    make_table(con, "kept_hours", kept, n="BIGINT")
    con.execute(
        f"""UPDATE "{services}" s SET hours_note__code = NULL, hours_note__expected = NULL,
            hours_note = (SELECT words FROM kept_hours k WHERE k.n = s.n)"""
    )


def _refuse_free_text(con: duckdb.DuckDBPyConnection, records: _Records) -> None:
    sites = _any(filter(None, map(_site, _told(con, records, "address"))))
    for table, spec in records:
        for field in _free_texts_of(spec):
            query = f'SELECT DISTINCT "{field.name}" FROM "{table}" WHERE "{field.name}" IS NOT NULL'
            site = None if field.privacy == "place" else sites
            telling = [text for (text,) in con.execute(query).fetchall() if _tells(text, site)]
            make_table(con, "telling", {"text": telling})
            con.execute(
                f"""UPDATE "{table}" SET "{field.name}" = NULL, "{field.name}__code" = '{CODE}',
                    "{field.name}__expected" = NULL WHERE "{field.name}" IN (SELECT text FROM telling)"""
            )


def _free_texts_of(spec: RecordSpec) -> Iterator[Field]:
    """The published free texts of a record; what is there to say how somebody is reached is none."""
    of = rulebook.table(spec.table)
    texts = (name for name, cell in spec.cells.items() if cell.reader == "text" and of.published)
    yield from (of.field(name) for name in texts if name not in CONTACTS.get(of.name, ()))


def _names(records: _Records) -> list[Field]:
    """The fields of these records that hold names."""
    fields = (rulebook.table(spec.table).field(name) for _, spec in records for name in spec.cells)
    return [field for field in fields if field.reads == "name"]


def _told(con: duckdb.DuckDBPyConnection, records: _Records, field: str) -> list[str]:
    """What the form says in that field, each once, as published."""
    parts = [f'SELECT "{field}__raw" AS told FROM "{table}"' for table, spec in records if field in spec.cells]
    if not parts:
        return []
    query = f"SELECT DISTINCT told FROM ({' UNION ALL '.join(parts)}) WHERE told IS NOT NULL ORDER BY told"
    return [told for (told,) in con.execute(query).fetchall()]


def _any(words: Iterable[str]) -> re.Pattern[str] | None:
    """A pattern that finds any of the words, and no number that only begins or ends like one."""
    told = sorted(set(words))
    return re.compile(f"(?<![0-9])(?:{'|'.join(map(re.escape, told))})(?![0-9])") if told else None


def _tells(text: str, site: re.Pattern[str] | None) -> bool:
    """Whether there is a phone number that is no mobile one, or the site, in it."""
    others = personal.MOBILE.sub(" ", personal.folded(text))
    return bool(_REACHED.search(others) or (site and site.search(_folded(text))))


def _folded(text: str) -> str:
    """``text`` without blanks and differences of width, hyphen, number and unit (丁目, 番, 号)."""
    text = personal.folded(text)
    text = "".join(re.sub(r"(?<=[0-9])\s+(?=[0-9])", "-", text).split())
    return re.sub("-+(?![0-9])", "", re.sub("-+", "-", _JOINT.sub(_hyphen, text))).replace("条通", "条")


def _hyphen(found: re.Match[str]) -> str:
    """What stands between two numbers of an address as a hyphen; nothing between the digits of one number."""
    return "-" if found[0] else ""


def _site(address: str) -> str | None:
    """The street of an address up to the block, folded; None if that is no more than a number, or there is none."""
    whole = _folded(address)
    for street in (_TOWN.sub("", whole, count=1), whole):
        found = _SITE.match(street)
        site = (found[1] or found[2]) if found else ""
        if re.search("[^0-9-]", site):
            return site
    return None
