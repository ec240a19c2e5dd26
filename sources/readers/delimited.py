"""CSV and TSV: text as ministries and municipalities really publish it.

LF, CRLF or both mixed; line breaks inside quoted cells; rows shorter or longer than the header. Which rows are the
header stands in ``grid``, how bytes become text in ``text``.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

from schemas.table_schema import lines
from sources.readers import grid, text
from sources.readers.rows import ReadError, Rows, empty


def rows(content: bytes, name: str, reader: Mapping[str, Any]) -> Rows:
    """The rows of the text. Of ``reader`` count ``encoding``, ``delimiter`` and the layout of :mod:`grid`.

    Raises :class:`ReadError`.
    """
    told = text.decode(content, name, reader.get("encoding", "utf-8"))
    found = grid.table(grid.Grid(name, records(told, name, reader.get("delimiter", ","))), grid.Layout.of(reader))
    if found is None:
        raise empty(name)
    return found


def records(told: str, name: str, delimiter: str) -> Iterator[grid.Row]:
    """Every row with its number as Excel counts, and its line end."""
    dialect = type("Dialect", (csv.excel,), {"delimiter": delimiter})
    try:
        yield from lines.records(io.StringIO(told, newline=""), dialect)
    except lines.UnterminatedQuoteError as error:
        raise ReadError(
            "unterminated-quote",
            f'{name} の {error.row} 行目で始まる引用符（"）が閉じていません。そこから後ろの行を正しく読めないため、'
            "引用符を直して保存し直してください。",
            f"A quote opened in row {error.row} of {name} is never closed.",
            name,
        ) from error
