"""Pages of a release: self-contained HTML made of a template and a report, no script, no other host.

What a page tells is its report's (``quality``, ``resolution``); its words around it stand in ``templates/``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2

from publish import small_cells

TEMPLATES = Path(__file__).parent / "templates"


def template(name: str) -> str:
    """The words of that page around its report."""
    return (TEMPLATES / f"{name}.html.jinja").read_text(encoding="utf-8")


def render(name: str, **told: Any) -> str:
    """The page ``name``; what it is told and its template does not name is no error, the reverse is."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"thousands": _thousands, "signed": _signed}
    return environment.get_template(f"{name}.html.jinja").render(**told)


def _thousands(number: int | None) -> str:
    """A count as a person reads it; one that is not told has its symbol."""
    return small_cells.SYMBOL if number is None else f"{number:,}"


def _signed(weight: float) -> str:
    return f"{weight:+.2f}".replace("-", "−")
