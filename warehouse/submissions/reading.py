"""How a steward reads a submission: the names of what is in it, and values in the words of people."""

from __future__ import annotations

from pathlib import Path

from schemas import rulebook
from schemas.rulebook import Field, Table
from schemas.sql import asking
from warehouse.submissions.work import rows_of, work_of

ORDER = ("organizations", "services", "places", "contact_points", "schedules", "jurisdictions", "programs", "hotlines")
"""Tables in the order in which a steward reads them; the consents come last."""


def contents(home: Path, submission: str) -> dict[str, list[str]]:
    """What is in it: the names of its records by the title of their table."""
    work = work_of(home)
    told: dict[str, list[str]] = {}
    with asking() as con:
        for table in map(rulebook.table, ORDER):
            source, called = rows_of(work, table.name), name_of(table)
            if source is None or called is None:
                continue
            query = f"""SELECT DISTINCT "{called}" FROM {source}
                WHERE submission = ? AND "{called}" IS NOT NULL ORDER BY ALL"""
            if rows := con.execute(query, [submission]).fetchall():
                told[table.title] = [text for (text,) in rows]
    return told


def name_of(table: Table) -> str | None:
    """The field that a record of that table is called by, None where it has no name of its own."""
    return next((field.name for field in table.fields if field.name in ("name", "title")), None)


def shown(field: Field, text: str | None) -> str | None:
    """A value as people read it: of codes their labels, a phone number as it is dialled."""
    if text is None:
        return None
    codes = field.codes or ("municipalities" if field.reads == "municipality_code" else None)
    if codes is not None:
        known = rulebook.codes(codes)
        parts = text.split(";") if field.many else [text]
        return "、".join(known[part].label_ja if part in known else part for part in parts)
    if field.name == "extension":
        return f"内線{text}"
    return _dialled(text) if field.reads == "phone" and text.startswith("+81") else text


def _dialled(number: str) -> str:
    import phonenumbers

    try:
        return phonenumbers.format_number(phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.NATIONAL)
    except phonenumbers.NumberParseException:
        return number
