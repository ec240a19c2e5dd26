"""Answers: a :class:`~schemas.report.Report` as a person or a program wants it, one module a format.

Every format is written in pieces, so that a report of a million findings is never held in memory, and says the same
thing twice in the same bytes: no clock, no folders. What is a fault, and its sentence, is the rulebook's.
"""

from __future__ import annotations

from importlib import import_module
from typing import BinaryIO

from schemas.report import Report

FORMATS = {
    "text": "sources.answers.text",
    "json": "sources.answers.json",
    "xlsx": "sources.answers.workbook",
    "html": "sources.answers.html",
    "frictionless": "sources.answers.frictionless",
}
"""Module by format. Each has ``write(report, file, lang, limit)``; it is imported when it is asked for."""


def write(report: Report, form: str, file: BinaryIO, *, lang: str = "ja", limit: int | None = None) -> None:
    """Write ``report`` to ``file`` in one of :data:`FORMATS`, in ``ja`` or ``en``.

    At most ``limit`` findings are listed; without it as many as the format is good for, and the reader is told of
    the others.
    """
    import_module(FORMATS[form]).write(report, file, lang, limit)
