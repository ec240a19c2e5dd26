"""The strict layer: faults of bytes and text that Frictionless lets pass, or trips over without saying where.

It looks before any table is read (:func:`look`), and at cells that Frictionless finds nothing wrong with
(:func:`look_at_cells`). Its findings have one of Frictionless's base types and a code of their own; their severities
stand with their sentences in ``messages``.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Sequence
from pathlib import Path

import duckdb
from frictionless import Field

from schemas.sql import literal
from schemas.table_schema import conditions, lines
from schemas.table_schema.opened import Fault

CHUNK = 1 << 20
"""Bytes looked at in one go."""

BOMS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}

BLANKS = r"[\s\x{A0}\x{3000}]"
"""RE2 of a blank, wide or not."""

FULLWIDTH = r"[\x{FF10}-\x{FF19}]"

DIGITS = ("integer", "number", "year", "yearmonth", "date", "datetime", "time", "geopoint")
"""Types whose values Frictionless reads from full-width digits too."""


def is_html(beginning: bytes) -> bool:
    """Whether bytes that begin so are a web page: what servers send instead of a file that has gone."""
    text = beginning[:1024].removeprefix(codecs.BOM_UTF8).lstrip().lower()
    return text.startswith(b"<") and (b"<!doctype html" in text or b"<html" in text)


def look(path: Path) -> tuple[str | None, Fault | None]:
    """The file's encoding, or the fault for which it cannot be read as a table at all."""
    with path.open("rb") as file:
        beginning = file.read(1024)
    if is_html(beginning):
        return None, Fault("file-error", code="html-page")
    named = next((name for bom, name in BOMS.items() if beginning.startswith(bom)), None)
    encoding = named or ("utf-8" if _is_mostly_utf8(path) else "cp932")
    line = _undecodable_line(path, encoding)
    if line is None:
        return encoding, None
    return None, Fault("file-error", code="undecodable", told={"row": str(line), "encoding": encoding})


def _is_mostly_utf8(path: Path) -> bool:
    """Whether the beginning of the file is UTF-8, perhaps with broken places: almost every byte means something in
    cp932, so that it is the other guess only where UTF-8 makes no sense.
    """
    with path.open("rb") as file:
        beginning = file.read(CHUNK)
    text = codecs.getincrementaldecoder("utf-8")("replace").decode(beginning)
    lost = text.count("\ufffd")
    return lost == 0 or sum(letter > "\x7f" for letter in text) > 5 * lost


def _undecodable_line(path: Path, encoding: str) -> int | None:
    """The first line (1 is the first) with bytes that are not in that encoding; None if all are."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    with path.open("rb") as file:
        while True:
            chunk = file.read(CHUNK)
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                return line + error.object.count(b"\n", 0, error.start)
            if not chunk:
                return None
            line += chunk.count(b"\n")


def look_at_lines(path: Path, encoding: str, dialect: type[csv.Dialect]) -> list[Fault]:
    """The faults that only the text shows: a quote that is never closed, line ends of several kinds."""
    ends: dict[str, int] = {}
    try:
        with path.open(encoding=encoding, newline="") as text:
            for number, _, end in lines.records(text, dialect):
                ends.setdefault(end, number)
    except lines.UnterminatedQuoteError as error:
        return [Fault("file-error", code="unterminated-quote", told={"row": str(error.row)})]
    # The last line may do without.
    ends.pop("", None)
    if len(ends) < 2:
        return []
    return [Fault("file-error", code="mixed-line-ends", told={"row": str(sorted(ends.values())[1])})]


def look_at_header(sample: Sequence[Sequence[str]], labels: Sequence[str], fields: Sequence[str]) -> Fault | None:
    """The header stands further down than where it was found: another row of the ``sample`` names far more fields."""
    wanted = set(fields)
    if not sample:
        return None
    named = [len(wanted & set(cells)) for cells in sample]
    best = max(range(len(named)), key=lambda at: (named[at], -at))
    if len(wanted) < 2 or named[best] * 2 <= len(wanted) or len(wanted & set(labels)) * 2 > len(wanted):
        return None
    return Fault("header-error", code="rows-above-header", told={"row": str(best + 1)})


def look_at_labels(cells: Sequence[str]) -> list[Fault]:
    """Blanks around a label. ``cells`` are those of the header row as written: Frictionless strips its labels."""
    return [
        Fault("header-error", place, label, code="outer-blanks", told={"label": label})
        for place, label in enumerate(cells, 1)
        if label != label.strip()
    ]


def look_at_cells(con: duckdb.DuckDBPyConnection, labels: Sequence[str], fields: Sequence[Field]) -> None:
    """Add to ``faults`` what the text of ``cells`` shows and Frictionless has no fault for."""
    _find_header_again(con, labels, fields)
    for place, field in enumerate(fields, 1):
        column = f"c{place}"
        blank = f"regexp_full_match({column}, {literal(BLANKS + '+')})"
        tests = {
            "nul": f"contains({column}, chr(0))",
            "replacement-character": f"contains({column}, chr(65533))",
            "blank-in-required": blank if field.constraints.get("required") else "FALSE",
            "fullwidth-digits": f"regexp_matches({column}, '{FULLWIDTH}')" if field.type in DIGITS else "FALSE",
            "outer-blanks": f"regexp_matches({column}, '^{BLANKS}|{BLANKS}$') AND NOT {blank}",
        }
        codes = " ".join(f"WHEN {test} THEN '{code}'" for code, test in tests.items())
        con.execute(
            f"""INSERT INTO faults
                SELECT 'cell-error', "rowNumber", {place}, {literal(field.name)}, {column}, NULL, NULL, code
                FROM (SELECT "rowNumber", {column}, CASE {codes} END AS code FROM cells
                      WHERE regexp_matches({column}, '[{BLANKS[1:-1]}\\x{{0}}\\x{{FFFD}}\\x{{FF10}}-\\x{{FF19}}]')
                        AND NOT {conditions.missing(field, column)})
                WHERE code IS NOT NULL AND "rowNumber" NOT IN (
                    SELECT "rowNumber" FROM faults WHERE "rowNumber" IS NOT NULL
                      AND ("fieldNumber" = {place} OR type IN ('blank-row', 'row-error')))"""
        )


def _find_header_again(con: duckdb.DuckDBPyConnection, labels: Sequence[str], fields: Sequence[Field]) -> None:
    """A row that repeats the labels, or a first row of words where nearly every column wants numbers or dates."""
    same = " AND ".join(f"c{place} = {literal(label)}" for place, label in enumerate(labels, 1) if label)
    if same:
        con.execute(
            f"""INSERT INTO faults SELECT 'row-error', "rowNumber", NULL, NULL, NULL, NULL, NULL, 'header-again'
                FROM cells WHERE {same}"""
        )
    typed = [place for place, field in enumerate(fields, 1) if field.type not in ("string", "any")]
    if len(typed) > 1:
        wrong = 'SELECT count(*) FROM faults WHERE type = \'type-error\' AND "rowNumber" = first."rowNumber"'
        words = " AND ".join(f"NOT regexp_matches(coalesce(c{place}, ''), '[0-9]')" for place in typed)
        con.execute(
            f"""INSERT INTO faults SELECT 'row-error', "rowNumber", NULL, NULL, NULL, NULL, NULL, 'header-again'
                FROM (SELECT * FROM cells ORDER BY "rowNumber" LIMIT 1) first
                WHERE {words} AND ({wrong}) >= {max(2, (len(typed) + 1) // 2)}
                  AND "rowNumber" NOT IN (SELECT "rowNumber" FROM faults WHERE code = 'header-again')"""
        )
