"""The dictionary of a release: every field of every published table, by both its names, compiled from the rulebook.

For readers; how a source's field is read, judged or protected is no part of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from publish import spreadsheet
from schemas import formats, rulebook
from schemas.formats import phone
from schemas.rulebook import Field, Table

NAME = "dictionary.csv"

HEADINGS = (
    "表",
    "表の名称",
    "項目",
    "見出し",
    "型",
    "書き方・単位",
    "必須",
    "説明",
    "例",
    "コード表",
    "標準オープンデータセット",
    "GIF",
    "HSDS",
)
STANDARDS = ("ods", "gif", "hsds")
"""The standards whose names for a field end each row, as in :data:`HEADINGS`."""

TYPES = {"string": "文字列", "integer": "整数", "number": "数値", "date": "日付", "boolean": "真偽"}
PUBLISHED_AS = {
    "phone": "市外局番からの番号。ハイフンで区切る（例: 0166-00-0000）",
    "latitude": "度。小数6桁（世界測地系）",
    "longitude": "度。小数6桁（世界測地系）",
    "capacity": "人",
    "age_min": "歳（満年齢）",
    "age_max": "歳（満年齢）",
    "date": "YYYY-MM-DD",
    "recurrence": "24Sa（第2・第4土曜）のような書き方",
}
"""Format → how its values stand in a release, where that is not what a source may write."""
UNTOLD = ("text", "name", "yes_no", "legal_form", "holiday")
"""Formats that say nothing more of a published value than its type and its code list do."""


def rows(tables: Iterable[Table]) -> list[tuple[str, ...]]:
    """A row for each published field, in the order of tables and fields; the columns are :data:`HEADINGS`."""
    return [
        (
            table.name,
            table.title,
            field.name,
            field.title,
            TYPES[field.type],
            _written(field),
            "必須" if field.required or field.name in table.primary_key else "",
            field.description,
            f"{example(field)}（{words(field)}）" if field.labels else example(field),
            field.labels or "",
            *(field.standards.get(standard, "") for standard in STANDARDS),
        )
        for table in tables
        for field in table.published_fields
    ]


def example(field: Field) -> str:
    """A field's example in published form."""
    return phone.national(field.example) if field.reads == "phone" else field.example


def words(field: Field) -> str:
    """A field's example as a spreadsheet shows it."""
    if field.labels is None:
        return example(field)
    return ";".join(rulebook.codes(field.labels)[code].label_ja for code in field.example.split(";"))


def export(tables: Sequence[Table], folder: Path) -> dict[Path, int]:
    """Write ``dictionary.csv`` for Excel into ``folder``; returns its rows."""
    told = rows(tables)
    path = folder / NAME
    path.write_bytes(spreadsheet.document([HEADINGS, *told]))
    return {path: len(told)}


def _written(field: Field) -> str:
    reads = "date" if field.type == "date" else field.reads
    told = []
    if field.labels:
        told.append(f"コード（codes/{field.labels}.csv）。Excel用のファイルでは、その名称（label_ja）")
    elif reads and reads not in UNTOLD:
        told.append(PUBLISHED_AS.get(reads) or formats.module(reads).EXPECTED_JA)
    if field.many:
        told.append("複数あるときは ; で区切る（JSONとParquetでは配列）")
    return "。".join(told)
