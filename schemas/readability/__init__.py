"""How well machines can read a file: the Digital Agency's 行政データにおける機械可読性に関するルール (2026-03-31).

:func:`rate` gives the rating of any CSV, TSV or XLSX in the rules' own JSON form, :func:`summary` the same as text.
The rules stand in ``rules.yml``. What our own rulebook asks of a table's values is not looked at here.
"""

from __future__ import annotations

from schemas.readability.rating import rate
from schemas.readability.sheet import UnratableError
from schemas.readability.summary import summary

__all__ = ["UnratableError", "rate", "summary"]
