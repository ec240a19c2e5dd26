"""What spreadsheets make of text, and the sign against it.

Excel takes a CSV's cell apart on opening: ``0700036`` loses its zero, a 13-digit number turns into 7.43E+12, ``1-2``
becomes a date, ``=…`` runs. A CSV cannot carry a cell's type, so such a cell needs a sign in its text:

- ``="0700036"`` shows best, but is a formula: every other reader gets the wrong value, and a file full of
  formulas teaches people to allow them;
- a TAB or a no-break space cannot be seen and stays in what people copy out;
- an apostrophe can be seen, is what people type in Excel for "this is text", is what the CSV injection guides
  advise against formulas, and is taken off with one rule.

So a text cell that Excel would turn into a number, a date or a formula begins with one apostrophe, and so does a
cell that had one already: without its first apostrophe every cell is the text that was to be shown. Typed cells
(dates, counts, coordinates) and times have none: Excel reads them rightly.

Which files are for spreadsheets is decided elsewhere. A workbook's cells have a type and need no sign; what begins as
a formula is told there by the cell's format (``publish.exporters.xlsx``).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from schemas.sql import asking, literal

BOM = b"\xef\xbb\xbf"

FORMULA = r"[\s\pZ\x{00}-\x{1f}\x{85}]*[=+\-@＝＋－＠﹦﹢﹣﹫⁼₌⁺₊⩵⩶﬩]|[\t']"
"""Begins as a formula does, also after NFKC and after blanks, or with the sign itself (RE2, where the cell begins)."""
NUMBER = r"[0-9０-９]+([.,][0-9]+)*([eE][+-]?[0-9]+)?%?"
DATE = r"[0-9]{1,4}[-/.][0-9]{1,2}([-/.][0-9]{1,2})?|[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{1,4}"
ALTERED = f"^({FORMULA}|({NUMBER}|{DATE})$)"
"""A text cell that Excel does not keep as text (RE2). A hyphenated phone number is none."""


def begins_as_formula(cell: str) -> str:
    """SQL that is true of a text cell that a spreadsheet could take for a formula."""
    return f"regexp_matches({cell}, {literal(f'^({FORMULA})')})"


def signed(cell: str) -> str:
    """SQL for a text cell with the sign where it needs one."""
    return f"CASE WHEN regexp_matches({cell}, {literal(ALTERED)}) THEN '''' || {cell} ELSE {cell} END"


def line(cells: Iterable[str]) -> str:
    """SQL for a CSV line of these text cells (SQL), CRLF included; NULL is an empty cell.

    Quotes stand where DuckDB sets them when it writes a CSV itself.
    """
    quoted = (
        f"""coalesce(CASE WHEN regexp_matches({cell}, '[",#]') THEN '"' || replace({cell}, '"', '""') || '"' """
        f"ELSE {cell} END, '')"
        for cell in cells
    )
    return f"concat_ws(',', {', '.join(quoted)}) || chr(13) || chr(10)"


def document(rows: Iterable[Sequence[str | int]]) -> bytes:
    """A CSV that a spreadsheet opens (BOM, CRLF), of few rows that Python holds; the first are the headings."""
    held = [list(row) for row in rows]
    words = sorted({cell for row in held for cell in row if isinstance(cell, str)})
    query = f"SELECT cell, {signed('cell')} FROM (SELECT unnest(?::VARCHAR[]) AS cell)"
    shown = dict(asking().execute(query, [words]).fetchall())
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows([shown.get(cell, cell) for cell in row] for row in held)
    return BOM + text.getvalue().encode()
