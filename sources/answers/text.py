"""Plain text for a terminal of 80 columns: what was found, how often, and the first findings with what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from rich.cells import cell_len, chop_cells

from schemas.report import Report
from sources.answers import wording

WIDTH = 78
"""Half-width letters in a line."""

PIECE = re.compile(r"[「『（【“]*(?:[!-~]+|.)[、。，．・：；！？）」』】”…ー!-/:;?]* *", re.DOTALL)
"""What is not broken: a word, or a letter, with the signs that open and close it."""

LIMIT = 100
"""Findings listed if nobody says how many."""


def write(report: Report, file: BinaryIO, lang: str, limit: int | None) -> None:
    """Write the report for people."""
    for line in lines(report, lang, LIMIT if limit is None else limit):
        file.write(f"{line}\n".encode())


def lines(report: Report, lang: str, limit: int) -> Iterator[str]:
    """The lines, without their ends."""
    phrases = wording.PHRASES[lang]
    yield f"{report.file}"
    yield wording.summary(report, lang)
    kinds = wording.kinds(report, lang)
    if kinds:
        yield ""
    severities = wording.SEVERITIES[lang]
    wide = max(map(cell_len, severities.values()))
    for kind in kinds:
        severity = severities[kind.severity]
        count = f"{kind.count:9,}{phrases['findings_unit']}  {severity}{' ' * (wide - cell_len(severity))}  "
        yield from _wrapped(count, kind.title)
    left = sum(kind.count for kind in kinds)
    for finding in report.findings(limit):
        left -= 1
        yield ""
        place = f"{wording.row(finding, lang)} {wording.column(finding, report, lang)}".rstrip()
        yield from _wrapped("", place)
        if finding["cell"] is not None:
            yield from _wrapped(f"  {phrases['value']}{phrases['colon']}", wording.quoted(wording.value(finding), lang))
        yield from _wrapped("  ", wording.visible(wording.message(finding, lang)))
        if finding["expected"] is not None:
            yield from _wrapped(f"  {phrases['expected']}{phrases['colon']}", wording.visible(finding["expected"]))
    if left:
        yield ""
        yield from _wrapped("", phrases["more_how"].format(count=left))


def _wrapped(begin: str, text: str) -> Iterator[str]:
    """``begin`` and ``text``, the later lines below the first letter of ``text``."""
    indent = cell_len(begin)
    for place, line in enumerate(_broken(text, WIDTH - indent)):
        yield (" " * indent if place else begin) + line.rstrip(" ")


def _broken(text: str, width: int) -> Iterator[str]:
    """``text`` in lines of that width. Japanese breaks anywhere but before a closing sign, other words between them."""
    line = ""
    for piece in PIECE.findall(text):
        if line and cell_len(line) + cell_len(piece.rstrip(" ")) > width:
            yield line
            line = ""
        *whole, line = chop_cells(line + piece, width) if cell_len(piece) > width else (line + piece,)
        yield from whole
    yield line
