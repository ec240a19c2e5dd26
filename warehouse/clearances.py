"""Which texts of submissions wait for a steward, and which one has been cleared.

A text in which something seems to be a person's own (``schemas.personal``) lies beside the records of the inbox's work
(``sources.submitted.WITHHELD``), so that whoever reads the records cannot find it. A clearance holds for that very text
in that field of that record, in whichever file it comes again; a changed text is another. What of the records may be
loaded is ``submissions``'s.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from schemas import messages, rulebook
from schemas.sql import asking, literal, make_table
from warehouse import ledger

FILE = "withheld_texts.parquet"
"""The texts in the inbox's work: submission, record_id, file, row, table, field, found, raw and value."""


class UnknownFieldError(Exception):
    """No text of that submission waits under that name; the text says which do."""


@dataclass(frozen=True)
class Waiting:
    """A text that waits, or waited, for a steward. ``label`` is what tells it from the others of its submission:
    the title of its field, with the record where several have such a text. ``found`` says in words what seems to be in
    it, ``cleared`` who cleared it, and why; None: nobody did.
    """

    label: str
    table: str
    field: str
    records: tuple[str, ...]
    value: str
    found: tuple[str, ...]
    cleared: ledger.Clearance | None


def digest(text: str) -> str:
    """What the ledger keeps instead of the text."""
    return hashlib.sha256(text.encode()).hexdigest()


def stand(con: duckdb.DuckDBPyConnection, work: Path | None, book: sqlite3.Connection) -> None:
    """``cleared`` (submission, record_id, table, field, raw, value): the texts of the work that stewards cleared."""
    told = ledger.clearances(book)
    names = ("record_id", "table", "field", "text")
    make_table(con, "clearances", {name: [getattr(one, name) for one in told] for name in names})
    con.execute(
        """CREATE OR REPLACE TEMP TABLE cleared (submission VARCHAR, record_id VARCHAR, "table" VARCHAR, field VARCHAR,
             raw VARCHAR, value VARCHAR)"""
    )
    if texts := _read(work):
        con.execute(
            f"""INSERT INTO cleared SELECT DISTINCT submission, record_id, "table", field, raw, value FROM {texts} w
                WHERE (record_id, "table", field, sha256(value)) IN (FROM clearances)"""
        )


def rows(con: duckdb.DuckDBPyConnection, table: str, path: Path) -> str:
    """SQL for the records of a table in the inbox's work at ``path``, with the texts that were cleared (:func:`stand`)
    in their places.
    """
    source = f"read_parquet({literal(str(path))})"
    query = """SELECT DISTINCT field FROM cleared WHERE "table" = ? ORDER BY field"""
    fields = [field for (field,) in con.execute(query, [table]).fetchall()]
    if not fields:
        return source
    texts = ", ".join(
        f"""coalesce(r."{name}", (SELECT min(c.value) FROM cleared c WHERE c.submission = r.submission
            AND c.record_id = r.record_id AND c."table" = '{table}' AND c.field = '{name}'
            AND c.raw = r."{name}__raw")) AS "{name}" """
        for name in fields
    )
    return f"(SELECT r.* REPLACE ({texts}) FROM {source} r)"


def waiting(work: Path | None, book: sqlite3.Connection, submission: str) -> list[Waiting]:
    """The texts of that submission that waited, by label; also those that were cleared."""
    if not _read(work):
        return []
    query = f"""SELECT "table", field, value, list(DISTINCT record_id ORDER BY record_id), max(found)
        FROM {_read(work)} WHERE submission = ? GROUP BY ALL ORDER BY ALL"""
    with asking() as con:
        texts = con.execute(query, [submission]).fetchall()
    clearances = {(one.record_id, one.table, one.field, one.text): one for one in ledger.clearances(book)}
    titles = Counter(rulebook.table(table).field(field).title for table, field, *_ in texts)
    found = []
    for table, field, value, records, codes in texts:
        title = rulebook.table(table).field(field).title
        label = title if titles[title] == 1 else f"{title}/{_called(records[0])}"
        given = [clearances.get((record, table, field, digest(value))) for record in records]
        words = tuple(messages.describe(code)[0] for code in codes.split(";"))
        found.append(Waiting(label, table, field, tuple(records), value, words, given[-1] if all(given) else None))
    return sorted(found, key=lambda one: (one.label, one.table, one.value))


def clear(
    work: Path | None, book: sqlite3.Connection, submission: str, label: str, by: str, why: str, today: date
) -> bool:
    """Let the texts of that label be published as far as their consents go; False if they are cleared already.

    A title alone will do for its only text. Raises :class:`UnknownFieldError`.
    """
    there = waiting(work, book, submission)
    chosen = [one for one in there if one.label == label]
    if not chosen:
        raise UnknownFieldError(_choices(label, there))
    texts = [one for one in chosen if one.cleared is None]
    told = ((submission, record, one.table, one.field, digest(one.value)) for one in texts for record in one.records)
    ledger.clear(book, told, by, why, today.isoformat())
    return bool(texts)


def _choices(label: str, there: Iterable[Waiting]) -> str:
    labels = list(dict.fromkeys(one.label for one in there))
    if not labels:
        return "この提出に、確認を待っている文はありません。 (No text of it is withheld.)"
    named = "、".join(labels)
    return f"「{label}」という、確認を待っている欄はありません。{named} のどれかを書いてください。 (No such field.)"


def _called(record_id: str) -> str:
    return record_id.partition(":")[2].replace("~1", "／").replace("~0", "~")


def _read(work: Path | None) -> str | None:
    path = work / FILE if work else None
    return f"read_parquet({literal(str(path))})" if path and path.exists() else None
