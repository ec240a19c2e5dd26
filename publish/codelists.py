"""Code lists for readers: one CSV a list, as ``codes/<list>.csv`` in a release.

A list's synonyms stay at home: they are words for reading sources, not values that a reader meets.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from schemas import rulebook
from schemas.rulebook import Table

COMMON = {
    "code": "コード",
    "label_ja": "名称",
    "label_en": "名称（英語）",
    "description": "説明",
    "basis": "根拠（report 報告書・standard 標準・observed 実データ・assumed 仮定）",
    "status": "状態（active 使用中・それ以外は使わない）",
}
"""Columns that every published code list has, with their Japanese titles."""


def used(tables: Iterable[Table]) -> tuple[str, ...]:
    """Names of the code lists whose codes stand in published fields of ``tables``, sorted."""
    return tuple(sorted({field.labels for table in tables for field in table.published_fields if field.labels}))


def columns(name: str) -> tuple[str, ...]:
    """Columns of the published list: :data:`COMMON`, then the list's own."""
    first = next(iter(rulebook.codes(name).values()))
    return (*COMMON, *first.extra)


def export(name: str, folder: Path) -> Path:
    """Write code list ``name`` as ``<name>.csv`` into the existing ``folder``: UTF-8, LF, in the list's order."""
    path = folder / f"{name}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns(name))
        for code in rulebook.codes(name).values():
            common = (code.code, code.label_ja, code.label_en, code.description, code.basis, code.status)
            writer.writerow((*common, *code.extra.values()))
    return path
