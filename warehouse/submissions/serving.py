"""Which submission of a record counts: what follows from what was submitted, what was decided, and the day.

The night admits by it, and a steward is shown what a new submission would change in it. It makes temporary tables and
nothing else.
"""

from __future__ import annotations

import sqlite3
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from schemas.codelist import fold
from schemas.sql import make_table
from warehouse import clearances, ledger
from warehouse.submissions import consents
from warehouse.submissions.work import held, rows_of

SQL = Path(__file__).with_suffix(".sql")


def stand(con: duckdb.DuckDBPyConnection, work: Path | None, book: sqlite3.Connection, as_of: date) -> None:
    """Make ``held`` (submission, record_id): what was submitted; ``givers`` (submission, giver, form, whole, number):
    whose each submission is, its name folded, and its corporate number if it tells one; what ``serving.sql`` makes of
    them; and ``cleared`` (``clearances``).
    """
    clearances.stand(con, work, book)
    con.execute(f"CREATE OR REPLACE TEMP TABLE held AS {held(work)}")
    decided = ledger.decisions(book)
    columns = {name: [getattr(one, name) for one in decided] for name in ("turn", "id", "kind", "decided_on")}
    make_table(con, "decided", columns, turn="BIGINT")
    opened = consents.open_on(book, as_of)
    pairs = {name: [told[name] for told in opened] for name in ("subject", "field_group")}
    make_table(con, "open_consents", pairs)
    _make_givers(con, work)
    con.execute(SQL.read_text(encoding="utf-8"))


def _make_givers(con: duckdb.DuckDBPyConnection, work: Path | None) -> None:
    rows: list[tuple[Any, ...]] = []
    if submissions := rows_of(work, "submissions"):
        organizations = rows_of(work, "organizations")
        numbers = "SELECT NULL::VARCHAR AS submission, NULL::VARCHAR AS corporate_number WHERE FALSE"
        if organizations:
            numbers = f"SELECT submission, corporate_number FROM {organizations}"
        rows = con.execute(
            f"""SELECT submission, organization, form, whole, number FROM {submissions} LEFT JOIN (
                  SELECT submission,
                    CASE WHEN count(DISTINCT corporate_number) = 1 THEN min(corporate_number) END AS number
                  FROM ({numbers}) GROUP BY submission) USING (submission)
                WHERE organization <> ''"""
        ).fetchall()
    names = ("submission", "giver", "form", "whole", "number")
    told: dict[str, list[Any]] = {name: [row[place] for row in rows] for place, name in enumerate(names)}
    told["giver"] = [fold(name) for name in told["giver"]]
    make_table(con, "givers", told, whole="BOOLEAN")
