"""One HTML page: the findings row by row, for a phone as for a desk. It needs no network and no script."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO

import jinja2

from schemas.report import Report
from sources.answers import wording

TEMPLATE = "page.html.jinja"

LIMIT = 1_000
"""Findings shown if nobody says how many: more make a page that a phone cannot scroll."""


def write(report: Report, file: BinaryIO, lang: str, limit: int | None) -> None:
    """Write the page."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["thousands"] = lambda number: f"{number:,}"
    environment.filters["visible"] = wording.visible
    limit = LIMIT if limit is None else limit
    count = report.count
    page = environment.get_template(TEMPLATE).stream(
        report=report,
        count=count,
        left=max(count - limit, 0),
        lang=lang,
        phrases=wording.PHRASES[lang],
        severities=wording.SEVERITIES[lang],
        summary=wording.summary(report, lang),
        kinds=wording.kinds(report, lang),
        rows=groupby((_told(finding, report, lang) for finding in report.findings(limit)), lambda told: told["row"]),
    )
    page.enable_buffering(100)
    page.dump(file, encoding="utf-8")


def _told(finding: dict[str, Any], report: Report, lang: str) -> dict[str, Any]:
    """What the page says of one finding."""
    return {
        "row": wording.row(finding, lang),
        "column": wording.column(finding, report, lang),
        "severity": finding["severity"],
        "message": wording.message(finding, lang),
        "value": None if finding["cell"] is None else wording.clipped(wording.value(finding)),
        "expected": finding["expected"],
    }
