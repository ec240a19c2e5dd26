"""JSON for programs: ``{"valid", "rows", "findings"}``, a finding a line."""

from __future__ import annotations

import json
from typing import BinaryIO

from schemas.report import Report

KEYS = ("type", "rowNumber", "fieldNumber", "fieldName", "cell", "code", "severity", "message", "expected")
"""Keys of a finding, in this order."""


def write(report: Report, file: BinaryIO, lang: str, limit: int | None) -> None:
    """Write the report as one JSON object. ``limit`` shortens ``findings`` and changes nothing else."""
    file.write(f'{{"valid": {json.dumps(report.count == 0)}, "rows": {report.rows}, "findings": ['.encode())
    for place, finding in enumerate(report.findings(limit)):
        told = finding | {"message": finding[f"message_{lang}"]}
        line = json.dumps({key: told[key] for key in KEYS}, ensure_ascii=False)
        file.write((",\n" if place else "\n").encode() + line.encode())
    file.write(b"\n]}\n")
