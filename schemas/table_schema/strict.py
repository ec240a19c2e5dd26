"""The strict layer: faults of bytes and text that Frictionless lets pass, or trips over without saying where.

It looks before any table is read (:func:`look`), and at cells that Frictionless finds nothing wrong with
(:func:`look_at_cells`). Its findings have one of Frictionless's base types and a code of their own; their severities
stand with their sentences in ``messages``.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import duckdb
from frictionless import Field

from schemas.sql import literal
from schemas.table_schema import conditions, lines, parts
from schemas.table_schema.opened import Fault

CHUNK = 1 << 20
"""Bytes looked at in one go."""

BOMS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}

WIDE = ("utf-16-le", "utf-16-be")
"""Encodings of which only a NUL tells, where there is no BOM."""

SHIFTS = (b"\x1b$B", b"\x1b$@", b"\x1b(J", b"\x1b(I")
"""What begins Japanese letters in ISO-2022-JP."""

LOST = "\ufffd"

KANA = re.compile("[ぁ-んァ-ヶ]")

NAMES = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "iso2022_jp_ext": "ISO-2022-JP",
    "euc_jp": "EUC-JP",
    "cp932": "Shift_JIS",
}
"""Encodings as people call them."""

BLANKS = r"[\s\x{A0}\x{3000}]"
"""RE2 of a blank, wide or not."""

FULLWIDTH = r"[\x{FF10}-\x{FF19}]"

SEEN = rf"[{BLANKS[1:-1]}\x{{0}}\x{{FFFD}}{FULLWIDTH[1:-1]}]"
"""RE2 of what makes a text worth a look."""

DIGITS = ("integer", "number", "year", "yearmonth", "date", "datetime", "time", "geopoint")
"""Types whose values Frictionless reads from full-width digits too."""


def is_html(beginning: bytes) -> bool:
    """Whether bytes that begin so are a web page: what servers send instead of a file that has gone."""
    text = beginning[:1024].removeprefix(codecs.BOM_UTF8).lstrip().lower()
    return text.startswith(b"<") and (b"<!doctype html" in text or b"<html" in text)


def look(path: Path) -> tuple[str | None, Fault | None]:
    """The file's encoding, or the fault for which it cannot be read as a table at all."""
    with path.open("rb") as file:
        beginning = file.read(CHUNK)
    if is_html(beginning):
        return None, Fault("file-error", code="html-page")
    encoding = _encoding(beginning)
    line = _undecodable_line(path, encoding)
    if line is None:
        return encoding, None
    return None, Fault("file-error", code="undecodable", told={"encoding": NAMES[encoding], "row": str(line)})


def _encoding(beginning: bytes) -> str:
    """The encoding that a file which begins so is in: what Japanese programs write."""
    for bom, encoding in BOMS.items():
        if beginning.startswith(bom):
            return encoding
    if b"\0" in beginning and (wide := next(filter(partial(_is_wide, beginning), WIDE), None)):
        return wide
    if beginning.isascii() and any(sign in beginning for sign in SHIFTS):
        return "iso2022_jp_ext"
    # Almost every byte means something in cp932, so that it is the guess only where nothing else makes sense.
    if _makes_sense(_decoded(beginning, "utf-8")):
        return "utf-8"
    euc, shift_jis = _decoded(beginning, "euc_jp"), _decoded(beginning, "cp932")
    # EUC read as cp932 has no kana of full width, and cp932 read as EUC next to none.
    kana = _makes_sense(euc) and 10 * len(KANA.findall(euc)) > sum(letter > "\x7f" for letter in euc)
    return "euc_jp" if kana or euc.count(LOST) < shift_jis.count(LOST) else "cp932"


def _makes_sense(text: str) -> bool:
    lost = text.count(LOST)
    return lost == 0 or sum(letter > "\x7f" for letter in text) > 5 * lost


def _is_wide(beginning: bytes, encoding: str) -> bool:
    """Whether that is UTF-16 without a BOM: only so are there lines of cells, and no NUL, in the text."""
    text = _decoded(beginning, encoding)
    return LOST not in text and "\0" not in text and "\n" in text and re.search("[,\t]", text) is not None


def _decoded(beginning: bytes, encoding: str) -> str:
    """The text of the beginning of a file, :data:`LOST` where it is none, without a letter that is cut at its end."""
    return codecs.getincrementaldecoder(encoding)("replace").decode(beginning)


def _undecodable_line(path: Path, encoding: str) -> int | None:
    """The first line (1 is the first) with bytes that are not in that encoding; None if all are."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    with path.open("rb") as file:
        while True:
            chunk = file.read(CHUNK)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                return line + error.object[: error.start].decode(encoding, "replace").count("\n")
            if not chunk:
                return None
            line += text.count("\n")


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


def find_header(sample: Sequence[Sequence[str]], labels: Sequence[str], fields: Sequence[str]) -> int | None:
    """The row of the ``sample``, from 0, that names far more of the ``fields`` than ``labels`` do; None without one."""
    wanted = set(fields)
    named = [len(wanted & set(cells)) for cells in sample]
    if len(wanted) < 2 or not named or len(wanted & set(labels)) * 2 > len(wanted):
        return None
    best = max(range(len(named)), key=lambda at: (named[at], -at))
    return best if named[best] * 2 > len(wanted) else None


def look_at_labels(cells: Sequence[str]) -> list[Fault]:
    """Blanks around a label. ``cells`` are those of the header row as written: Frictionless strips its labels."""
    return [
        Fault("header-error", place, label, code="outer-blanks", told={"label": label})
        for place, label in enumerate(cells, 1)
        if label != label.strip()
    ]


def look_at_cells(con: duckdb.DuckDBPyConnection, labels: Sequence[str], fields: Sequence[Field]) -> None:
    """Add to ``faults`` what the text of ``cells`` shows and Frictionless has no fault for."""
    if not fields:
        return
    _find_header_again(con, labels[: len(fields)])
    for cells, places in parts.of(con, "cells", len(fields)):
        seen = ", ".join(f"coalesce(bool_or(regexp_matches(c{place}, '{SEEN}')), FALSE)" for place in places)
        [suspect] = con.execute(f"SELECT {seen} FROM {cells}").fetchall()
        suspects = [place for place, is_suspect in zip(places, suspect, strict=True) if is_suspect]
        if suspects:
            found = " UNION ALL ".join(_texts(place, fields[place - 1], cells) for place in suspects)
            con.execute(
                f"""INSERT INTO faults
                    SELECT 'cell-error', "rowNumber", place, name, cell, NULL, NULL, code FROM ({found})
                    WHERE code IS NOT NULL
                      AND ("rowNumber", place) NOT IN (
                          SELECT ("rowNumber", "fieldNumber") FROM faults
                          WHERE "rowNumber" IS NOT NULL AND "fieldNumber" IS NOT NULL)
                      AND "rowNumber" NOT IN (
                          SELECT "rowNumber" FROM faults WHERE type IN ('blank-row', 'row-error'))"""
            )


def _texts(place: int, field: Field, cells: str) -> str:
    """SQL: rowNumber, place, name, cell and code (or NULL) of the column's cells that are worth a look."""
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
    return f"""SELECT "rowNumber", {place} AS place, {literal(field.name)} AS name, {column} AS cell,
                      CASE {codes} END AS code
               FROM {cells} WHERE regexp_matches({column}, '{SEEN}') AND NOT {conditions.missing(field, column)}"""


def _find_header_again(con: duckdb.DuckDBPyConnection, labels: Sequence[str]) -> None:
    """Rows that repeat the labels, whatever blanks stand around them and in whatever case they are written.

    Of a wide table the first labels are enough, and all its columns at once would fill the memory.
    """
    same = " AND ".join(
        f"lower(trim(c{place}, ' \t\u3000')) = lower({literal(label)})"
        for place, label in enumerate(labels[: parts.WIDTH], 1)
        if label
    )
    if same:
        con.execute(
            f"""INSERT INTO faults SELECT 'row-error', "rowNumber", NULL, NULL, NULL, NULL, NULL, 'header-again'
                FROM cells WHERE {same}"""
        )
