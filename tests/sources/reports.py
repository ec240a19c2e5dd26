"""Reports made by hand, for the tests of the answers: what stands in a report is the engine's own tests' concern."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from schemas.report import COLUMNS, Report
from sources.submission import FINDINGS_DDL

LABELS = ("番号", "名称", "電話", "区分")
ROWS = (
    ("1", "見本の会", "0166-00-0000", "相談"),
    ("02", "=1+1", "０１６６－００－０００１", "いばしょ"),
    ("3", "", "0166-00-0002", None),
)
BASE = dict.fromkeys(COLUMNS) | {"code": "type", "severity": "withhold", "type": "type-error"}


def finding(row: int | None, column: int | None, **told: Any) -> dict[str, Any]:
    """A finding with sentences that name its place, unless they are told."""
    place = {"rowNumber": row, "fieldNumber": column, "fieldName": column and f"f{column}"}
    words = {"message_ja": f"{row} 行目を直してください。", "message_en": f"Correct row {row}."}
    return BASE | place | words | told


FINDINGS = (
    finding(None, None, type="file-error", code="html-page", severity="reject", message_ja="<b>ページ</b>です。"),
    finding(None, 2, type="incorrect-label", code="type", severity="note", expected="名前"),
    finding(3, 3, cell="０１６６－００－０００１", code="pattern", type="constraint-error", expected="0166-00-0001"),
    finding(3, 4, cell="いばしょ", code="not-in-list", type="constraint-error", expected="居場所", severity="note"),
    finding(4, None, type="primary-key", code="duplicate-key", severity="quarantine"),
    finding(4, 2, cell="None", code="required", type="constraint-error", severity="quarantine"),
)


def make(
    findings: Sequence[Mapping[str, Any]] = FINDINGS,
    rows: Sequence[Sequence[str | None]] = ROWS,
    labels: tuple[str, ...] = LABELS,
    *,
    file: str = "名簿.csv",
    header_row: int = 1,
    choices: Mapping[int, tuple[str, ...]] | None = None,
) -> Report:
    """A report of that table and those findings; a row longer than the labels has extra cells."""
    con = duckdb.connect()
    width = len(labels)
    typed = "".join(f", c{place} VARCHAR" for place in range(1, width + 1))
    con.execute(f'CREATE TABLE cells ("rowNumber" BIGINT{typed}, extra VARCHAR[], absent BIGINT)')
    for number, cells in enumerate(rows, start=header_row + 1):
        values = [number, *cells[:width], list(cells[width:]) or None, 0]
        con.execute(f"INSERT INTO cells VALUES ({', '.join('?' * len(values))})", values)
    con.execute(f"CREATE TABLE findings ({FINDINGS_DDL})")
    for told in findings:
        con.execute(f"INSERT INTO findings VALUES ({', '.join('?' * len(COLUMNS))})", [told[name] for name in COLUMNS])
    return Report(con, file, labels, header_row, len(rows), choices=choices or {})
