"""How an unknown file is read: its format, encoding, delimiter, sheet and header row, each with its reason.

The bytes decide, not the file's name: a workbook that is called ``.csv`` is a workbook.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from schemas import formats
from sources.landing import LandedFile
from sources.letters import letters
from sources.onboarding.headings import fold
from sources.readers import ReadError, Rows, delimited, read, sniff, text, workbook, zipped
from sources.readers.grid import Range

LOOKED_AT = 30
"""Rows from the top in which a header is looked for."""

DATA = ("integer", "date", "phone", "postal_code", "url", "email", "time", "latitude", "longitude")
"""Formats of cells that stand in data and never in a header."""

NOTES = "^(※|＊|注[:：意記]|[（(]注|出典)"
"""How a remark begins that stands alone in its row."""

Found = tuple[dict[str, Any], list[str]]
"""What ``source.yml`` would say under ``reader``, and why (Japanese)."""


def reader_of(path: Path, known: Collection[str]) -> Found:
    """How the file is read. ``known`` are headings that have stood for a field, folded.

    Raises :class:`ReadError` for a file that is no table, ``OSError``.
    """
    content, name = path.read_bytes(), path.name
    sniff.refuse_html(content, name)
    if not content.strip():
        raise ReadError("empty-file", f"{name} には何も書かれていません。", f"{name} is empty.", name)
    if _is_workbook(content):
        reader, reasons = _of_workbook(content, name, known)
    elif zipped.is_zip(content):
        member, inner = next(zipped.members(content, name))
        reader, reasons = _of_text(inner, member, known)
        reader, reasons = reader | {"format": "zip_csv"}, ["ZIP の中に CSV がある", *reasons]
    else:
        reader, reasons = _of_text(content, name, known)
    if reader["format"] in ("csv", "zip_csv", "xlsx") and _has_notes(rows_of(path, reader)):
        reader["notes"] = NOTES
        reasons.append("一つのセルにだけ書かれた注がある")
    return reader, reasons


def rows_of(path: Path, reader: dict[str, Any]) -> Rows:
    """The rows of the file, read that way. Raises :class:`ReadError`."""
    content = path.read_bytes()
    return read([LandedFile(path.name, path, hashlib.sha256(content).hexdigest(), len(content))], reader)


def _is_workbook(content: bytes) -> bool:
    if not zipped.is_zip(content):
        return content.startswith(workbook.OLE)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return bool({"xl/workbook.xml", "xl/workbook.bin", "content.xml"} & set(archive.namelist()))
    except zipfile.BadZipFile:
        return False


def _of_workbook(content: bytes, name: str, known: Collection[str]) -> Found:
    """A workbook: of its visible sheets the one whose header has the most words that are known."""
    sheets = [
        (
            sheet.name.removeprefix(f"{name}/"),
            [cells for _, cells, _ in islice(sheet.rows, LOOKED_AT)],
            sheet.merged or (),
        )
        for sheet in workbook.grids(content, name, [".*"])
    ]
    best, rows, merged = max(sheets, key=lambda sheet: max((_known(row, known) for row in sheet[1]), default=0))
    reader: dict[str, Any] = {"format": "xlsx"}
    reasons = ["Excel などの表計算のファイルである"]
    if len(sheets) > 1:
        reader["sheets"] = [re.escape(best)]
        reasons.append(f"シート「{best}」に、知っている見出しがいちばん多い（シートは {len(sheets)} 枚）")
    return _with_header(reader, reasons, rows, known, merged)


def _of_text(content: bytes, name: str, known: Collection[str]) -> Found:
    """CSV, TSV or JSON."""
    encoding = _encoding(content)
    told = text.decode(content, name, encoding)
    reasons = [f"{encoding} として全部のバイトを読める"]
    if told.lstrip()[:1] in ("{", "["):
        reader, why = _of_json(told, name)
        return {**reader, "encoding": encoding}, [*reasons, *why]
    reader = {"format": "csv", "encoding": encoding}
    first = told.partition("\n")[0]
    if first.count("\t") > first.count(","):
        reader["delimiter"] = "\t"
        reasons.append("見出しの行がタブで区切られている")
    rows = islice(delimited.records(told, name, reader.get("delimiter", ",")), LOOKED_AT)
    return _with_header(reader, reasons, [cells for _, cells, _ in rows], known)


def _encoding(content: bytes) -> str:
    """The first encoding in which all bytes make sense; ``utf-8`` if none does."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    for encoding in ("utf-8", "cp932"):
        try:
            content.decode(encoding)
            return encoding
        except UnicodeDecodeError:
            continue
    return "utf-8"


def _of_json(told: str, name: str) -> Found:
    """JSON: the longest array of objects in it is the table."""
    try:
        found = json.loads(told)
    except ValueError as error:
        raise ReadError(
            "not-a-table", f"{name} は JSON として読めません（途中で切れていませんか）。", f"{name} is no JSON.", name
        ) from error
    if isinstance(found, dict) and found.get("type") == "FeatureCollection":
        return {"format": "geojson"}, ["FeatureCollection である"]
    arrays = sorted(_arrays(found, ()), key=lambda array: -array[1])
    if not arrays:
        raise ReadError(
            "not-a-table", f"{name} に、オブジェクトの配列がありません。", f"{name} has no array of objects.", name
        )
    where, count = arrays[0]
    reader: dict[str, Any] = {"format": "json"} | ({"records": ".".join(where)} if where else {})
    return reader, [f"{'.'.join(where) or '一番上'} が、オブジェクト {count} 個の配列である"]


def _has_notes(rows: Rows) -> bool:
    """Whether one of the last rows is a remark: a text of that kind in one cell alone."""
    cells = rows.table.slice(max(rows.table.num_rows - LOOKED_AT, 0)).select(
        [f"c{place}" for place in range(len(rows.header))]
    )
    filled = ([cell for cell in row.values() if cell and cell.strip()] for row in cells.to_pylist())
    return len(rows.header) > 1 and any(len(row) == 1 and re.match(NOTES, row[0].strip()) for row in filled)


def _arrays(told: Any, where: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], int]]:
    """Path and length of every array of objects that is reached through objects alone."""
    if isinstance(told, list) and told and all(isinstance(one, dict) for one in told):
        yield where, len(told)
    elif isinstance(told, dict):
        for key, value in told.items():
            yield from _arrays(value, (*where, key))


def _with_header(
    reader: dict[str, Any],
    reasons: list[str],
    rows: Sequence[Sequence[str]],
    known: Collection[str],
    merged: Sequence[Range] = (),
) -> Found:
    """``reader`` with the header's rows and the first row of data, where they are not 1 and the next."""
    texts = [[cell.strip() for cell in row] for row in rows]
    most = max((sum(map(bool, row)) for row in texts), default=0)
    header = next((at for at, row in enumerate(texts) if _is_header(row, most)), None)
    if header is None:
        if not texts or _known(texts[0], known) or sum(map(_is_data, texts[0])) < 2:
            return reader, reasons
        by_letter = [f"{letters(place)}列" for place in range(max(map(len, texts)))]
        return reader | {"header_row": 0, "labels": by_letter}, [*reasons, "一行目からデータで、見出しがない"]
    data = header + 1
    while data < len(texts) and data <= header + 3 and _speaks_of_columns(texts[data], texts[data + 1 :]):
        data += 1
    # Of several rows that name the columns, the one whose words are known best.
    header = max(range(header, data), key=lambda at: (_known_share(texts[at], known), -at))
    last = header
    while last + 1 < len(texts) and _continues(texts[last], texts[last + 1]):
        last += 1
    last = max([last, *(bottom for (top, _), (bottom, _) in merged if top == header < bottom < header + 3)])
    while header and _stands_above(texts[header - 1], header - 1, merged):
        header -= 1
    data = max(data, last + 1)
    told = dict(reader)
    if last > header:
        told["header_row"] = list(range(header + 1, last + 2))
        reasons.append(f"{header + 1}〜{last + 1} 行目が、結合した見出しに見える")
    elif header:
        told["header_row"] = header + 1
        reasons.append(f"{header + 1} 行目が、見出しらしい言葉でそろっている")
    if data > last + 1:
        told["data_row"] = data + 1
        reasons.append(f"{data + 1} 行目から、値の形が変わる")
    labels = _labels(texts[header]) if header == last and texts else None
    if labels:
        told["labels"] = labels
        reasons.append("見出しに空欄か同じ言葉があるので、番号を付けて分けた")
    return told, reasons


def _known(row: Sequence[str], known: Collection[str]) -> int:
    return sum(fold(cell) in known for cell in row if cell.strip())


def _known_share(row: Sequence[str], known: Collection[str]) -> float:
    return _known(row, known) / max(sum(map(bool, row)), 1)


def _labels(row: Sequence[str]) -> list[str] | None:
    """A label for every column, if the header has blank ones between others or one twice."""
    width = max((place for place, cell in enumerate(row, 1) if cell), default=0)
    cells = [cell or "見出しなし" for cell in row[:width]]
    if len(set(cells)) == len(cells) and all(row[:width]):
        return None
    counted = [cells[: place + 1].count(cell) for place, cell in enumerate(cells)]
    return [cell if count == 1 else f"{cell}_{count}" for cell, count in zip(cells, counted, strict=True)]


def _is_header(row: Sequence[str], most: int) -> bool:
    """Whether the row could be a header: most columns have text, none of it twice, none of it like data."""
    filled = [cell for cell in row if cell]
    return (
        len(filled) >= max(2, 0.6 * most) and len(set(filled)) >= 0.6 * len(filled) and not any(map(_is_data, filled))
    )


def _is_data(cell: str) -> bool:
    return any(unicodedata.category(letter) == "Nd" for letter in cell[:1]) and any(
        formats.read(name, cell).value is not None for name in DATA
    )


def _continues(row: Sequence[str], below: Sequence[str]) -> bool:
    """Whether the row below names parts of what this one names: it has text exactly where this one has gaps."""
    gaps = [place for place, cell in enumerate(below) if cell and not (row[place] if place < len(row) else "")]
    filled = [place for place, cell in enumerate(below) if cell]
    return (
        bool(gaps)
        and len(filled) < 0.8 * sum(map(bool, row)) + len(gaps)
        and not any(_is_data(below[p]) for p in filled)
    )


def _stands_above(row: Sequence[str], at: int, merged: Sequence[Range]) -> bool:
    """Whether the row names groups of the columns below it: one of its cells is merged over some of them or with the
    row below. A title stands alone.
    """
    begun = [(bottom, right - left) for (top, left), (bottom, right) in merged if top == at]
    return sum(map(bool, row)) > 1 and any(bottom > at or wide for bottom, wide in begun)


def _speaks_of_columns(row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether the row below a header is another one: words for the types, or words shorter than the cells below."""
    filled = [cell for cell in row if cell]
    if not filled or any(map(_is_data, filled)):
        return False
    if all(re.fullmatch(r"[A-Za-z]+:\S+|string|number|integer|date|text|文字列|数値|日付", cell) for cell in filled):
        return True
    longer = sorted(_mean_length(cells) for cells in below[:10] if any(cells))
    return bool(longer) and _mean_length(filled) * 3 < longer[len(longer) // 2]


def _mean_length(cells: Sequence[str]) -> float:
    filled = [cell for cell in cells if cell]
    return sum(map(len, filled)) / len(filled) if filled else 0.0
