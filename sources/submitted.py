"""What submissions are asked beyond what every source is: what a form's sender cannot foresee to become public stays
inside, and words that no format can read are kept.

Free text (fields that ``reads: text``) may not hold a phone number, an e-mail address, or an address or a person's
name that the same form tells: their own fields have consents, free text has none of its own. What the consents open
is ``warehouse.submissions``'s.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import duckdb

from schemas import formats, rulebook
from schemas.formats import _cell
from schemas.rulebook import Field
from schemas.sql import make_table
from sources.catalog import RecordSpec
from sources.mapping import CONTACTS

CODE = "contact-in-free-text"

DAYS, TIMES = ("weekdays", "recurrence"), ("opens", "closes")
"""Fields of a schedule: on which days, and from when to when."""

_KANJI_DIGITS = str.maketrans("〇一二三四五六七八九", "0123456789")
_KANJI_NUMBER = re.compile("([〇一二三四五六七八九]*)(十?)([〇一二三四五六七八九]*)")
_REACHED = re.compile(
    r"(?<![0-9])(?:\+\s*81[-() ]*|[(]?0)[0-9](?:[-() .・のノ]{0,2}[0-9]){8,9}(?![0-9])"
    r"|(?<![0-9])[789]0-[0-9]{4}-[0-9]{4}(?![0-9])"
    r"|(?:電話|携帯|tel|fax|☎)[^0-9]{0,8}[0-9]{2,4}-?[0-9]{4}(?![0-9])"
    r"|[a-z0-9._%+-]+(?:@|\s*[\[(]at[\])]\s*|\s*アット(?:マーク)?\s*)[a-z0-9-]"
)
"""A phone number of Japan (whole, without its zero if mobile, or without its area code after a word that says what it
is) or an e-mail address, in folded text.
"""
_JOINT = re.compile("(?<=[0-9])(?:丁目|番地?|号)?[-~〜のノ]*(?=[0-9])|(?<=[0-9])(?:丁目|番地?|号)")
_TOWN = re.compile(
    "(?:〒?[0-9]{3}-?[0-9]{4})?(?:北海道|東京都|京都府|大阪府|.{2,3}県)?(?:.{1,5}?郡)?(?:.{1,7}?[市町村])?(?:[^0-9]{1,3}区)?"
)
_SITE = re.compile("(.*?[0-9]+-[0-9]+)|(.*?[0-9]+)(?![0-9]|条|線|区|町|通|東|西|南|北)")
"""Of a street as folded what tells one block: up to the second number, or all if there is one number alone."""

_Records = list[tuple[str, RecordSpec]]


def prepare(con: duckdb.DuckDBPyConnection, records: _Records) -> None:
    """Change the records that ``mapping.make_records`` made, before they are validated: ``services.hours_note`` holds
    the words of a schedule that cannot be read in full, and free text that tells too much becomes unreadable
    (:data:`CODE`).
    """
    _keep_hours(con, records)
    _withhold_free_text(con, records)


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


def _withhold_free_text(con: duckdb.DuckDBPyConnection, records: _Records) -> None:
    sites = _any(filter(None, map(_site, _told(con, records, "address"))))
    people = _any(name for told in _told(con, records, "representative_name") if len(name := _folded(told)) >= 3)
    for table, field in _free_texts(records):
        query = f'SELECT DISTINCT "{field.name}" FROM "{table}" WHERE "{field.name}" IS NOT NULL'
        private = [people] if field.privacy == "place" else [people, sites]
        telling = [text for (text,) in con.execute(query).fetchall() if _tells(text, private)]
        make_table(con, "telling", {"text": telling})
        con.execute(
            f"""UPDATE "{table}" SET "{field.name}" = NULL, "{field.name}__code" = '{CODE}',
                "{field.name}__expected" = NULL WHERE "{field.name}" IN (SELECT text FROM telling)"""
        )


def _free_texts(records: _Records) -> Iterator[tuple[str, Field]]:
    """Table and field of every published free text; what is there to say how somebody is reached is none."""
    for table, spec in records:
        of = rulebook.table(spec.table)
        texts = (name for name, cell in spec.cells.items() if cell.reader == "text" and of.published)
        yield from ((table, of.field(name)) for name in texts if name not in CONTACTS.get(of.name, ()))


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


def _tells(text: str, private: list[re.Pattern[str] | None]) -> bool:
    if _REACHED.search(_numbers(_cell.fold(text).casefold())):
        return True
    folded = _folded(text)
    return any(pattern.search(folded) for pattern in private if pattern)


def _numbers(text: str) -> str:
    """``text`` with numbers in digits."""
    return _KANJI_NUMBER.sub(lambda found: _number(*found.groups()), text)


def _number(tens: str, ten: str, ones: str) -> str:
    tens, ones = tens.translate(_KANJI_DIGITS), ones.translate(_KANJI_DIGITS)
    return f"{tens or '1'}{ones or '0'}" if ten else tens + ones


def _folded(text: str) -> str:
    """``text`` without blanks and differences of width, hyphen, number and unit (丁目, 番, 号)."""
    text = _numbers(_cell.fold(text).casefold())
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
