"""CSV: comma-separated text with a header, as ministries and municipalities really publish it.

LF, CRLF or both mixed; line breaks inside quoted cells; rows shorter or longer than the header. Nothing is guessed:
the encoding is what ``source.yml`` says, and bytes that do not fit it are an error.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator, Sequence

import pyarrow as pa

from schemas.table_schema import lines
from sources.letters import letters
from sources.readers import sniff
from sources.readers.rows import Problem, ReadError, Rows

CHUNK = 5_000
"""Rows turned into columns at a time."""
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read(content: bytes, name: str, encoding: str, header_row: int = 1) -> Rows:
    """The rows below ``header_row`` (1 is the first row, as Excel counts). Raises :class:`ReadError`.

    Labels lose the blanks around them and must be there and be unique; blank labels at the end are passed over if
    their columns are blank too. Rows without any text are left out, between others with a ``blank-row`` problem.
    """
    text = _decode(content, name, encoding)
    records = _records(text, name)
    cells, end = next(((cells, end) for number, cells, end in records if number == header_row), (None, ""))
    if cells is None or text.isspace():
        raise _empty(name)
    header = _labels(cells, name, header_row)
    tables, problems = _body(records, name, header, len(cells), end)
    if not tables:
        raise _empty(name)
    return Rows(header=header, table=pa.concat_tables(tables), problems=tuple(problems))


def _body(
    records: Iterator[tuple[int, list[str], str]], name: str, header: tuple[str, ...], labelled: int, first_end: str
) -> tuple[list[pa.Table], list[Problem]]:
    """Tables of at most ``CHUNK`` rows. ``labelled`` counts the header's cells, with the blank ones at its end."""
    width = len(header)
    tables: list[pa.Table] = []
    problems: list[Problem] = []
    blanks: list[Problem] = []
    numbers: list[int] = []
    rows: list[Sequence[str | None]] = []
    mixed = False
    for number, cells, end in records:
        # The last line may do without.
        if end not in ("", first_end) and not mixed:
            mixed = True
            problems.append(Problem("mixed-line-ends", name, number, len(cells), width))
        if not "".join(cells).strip():
            blanks.append(Problem("blank-row", name, number, len(cells), width))
            continue
        if blanks:
            # Only now: blank rows after the last row are nothing that a person sees.
            problems += blanks
            blanks = []
        if len(cells) < width or any(cells[width:]):
            _refuse_unlabelled(cells[width:labelled], name, number, width)
            problems.append(Problem("ragged-row", name, number, len(cells), width))
        numbers.append(number)
        rows.append(cells if len(cells) == width else (*cells[:width], *[None] * (width - len(cells))))
        if len(rows) == CHUNK:
            tables.append(_table(name, numbers, rows))
            numbers, rows = [], []
    if rows:
        tables.append(_table(name, numbers, rows))
    return tables, problems


def _table(name: str, numbers: list[int], rows: list[Sequence[str | None]]) -> pa.Table:
    columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
    return pa.table(
        [pa.array([name] * len(rows), pa.string()), pa.array(numbers, pa.int64()), *columns],
        names=["file", "row", *(f"c{place}" for place in range(len(columns)))],
    )


def _records(text: str, name: str) -> Iterator[tuple[int, list[str], str]]:
    """Every row with its number as Excel counts, and its line end."""
    try:
        yield from lines.records(io.StringIO(text, newline=""))
    except lines.UnterminatedQuoteError as error:
        raise ReadError(
            "unterminated-quote",
            f'{name} の {error.row} 行目で始まる引用符（"）が閉じていません。そこから後ろの行を正しく読めないため、'
            "引用符を直して保存し直してください。",
            f"A quote opened in row {error.row} of {name} is never closed.",
            name,
        ) from error


def _labels(cells: list[str], name: str, row: int) -> tuple[str, ...]:
    labels = [label.strip() for label in cells]
    while labels and not labels[-1]:
        labels.pop()
    # Columns by their letters: of a file without a header row the labels are somebody's data.
    repeated = [letters(place) for place, label in enumerate(labels) if label and labels.count(label) > 1]
    blank = [letters(place) for place, label in enumerate(labels) if not label]
    if labels and not repeated and not blank:
        return tuple(labels)
    if repeated:
        fault_ja = f"同じ見出しの列があります（{'、'.join(repeated)} 列）。見出しの行がないファイルかもしれません"
        fault_en = f"has the same label in columns {', '.join(repeated)}; perhaps there is no header row"
    elif blank:
        fault_ja, fault_en = f"見出しが空の列があります（{'、'.join(blank)} 列）", f"is blank in {', '.join(blank)}"
    else:
        fault_ja, fault_en = "列見出しがありません", "is blank"
    raise ReadError(
        "wrong-columns",
        f"{name} の {row} 行目（列見出し）: {fault_ja}。一つの列に、ほかと違う見出しを一つ付けてください。",
        f"The header (row {row}) of {name} {fault_en}. Give every column one label of its own.",
        name,
    )


def _refuse_unlabelled(cells: list[str], name: str, row: int, width: int) -> None:
    """``ReadError`` if a column whose label is blank holds text."""
    place = next((place for place, cell in enumerate(cells, start=width) if cell.strip()), None)
    if place is not None:
        raise ReadError(
            "wrong-columns",
            f"{name} の {letters(place)} 列には見出しがないのに、{row} 行目に値があります。見出しを付けてください。",
            f"Column {letters(place)} of {name} has no label, but a value in row {row}.",
            name,
        )


def _decode(content: bytes, name: str, encoding: str) -> str:
    """The text without BOM; ``ReadError`` for what is not text, or not in that encoding."""
    sniff.refuse_html(content, name)
    if not content.startswith(_UTF16):
        sniff.refuse_binary(content, name)
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _not_in(encoding, name, f"{line} 行目のバイト 0x{content[error.start]:02X} から", content) from error
    # cp932 gives a meaning to almost every byte: text in another encoding passes as nonsense.
    if encoding == "cp932" and _looks_like(content) != "cp932":
        raise _not_in(encoding, name, "全体", content)
    return text.lstrip("\ufeff")


def _looks_like(content: bytes) -> str | None:
    """The encoding that the bytes seem to have, None if none that we know."""
    if content.startswith(_UTF16):
        return "UTF-16"
    for encoding, evidence in (("UTF-8", r"[ぁ-んァ-ヶ一-鿿]"), ("cp932", "")):
        try:
            if re.search(evidence, content.decode(encoding)):
                return encoding
        except UnicodeDecodeError:
            continue
    return None


def _not_in(encoding: str, name: str, where: str, content: bytes) -> ReadError:
    fits = _looks_like(content)
    hint_ja = f"{fits} のようです。source.yml の reader.encoding を直すか、" if fits else "文字が壊れています。"
    hint_en = f" It looks like {fits}." if fits else ""
    return ReadError(
        "encoding",
        f"{name} は文字コード {encoding} として読めません（{where}）。{hint_ja}UTF-8 で保存し直してください。",
        f"{name} is not valid {encoding}.{hint_en} Save it as UTF-8.",
        name,
    )


def _empty(name: str) -> ReadError:
    return ReadError(
        "empty-file",
        f"{name} にデータの行がありません。公開元のファイルが空でないか確認してください。",
        f"{name} has no rows of data.",
        name,
    )
