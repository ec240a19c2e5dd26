"""Names folded for comparison: the same name written differently gives the same text. Never for output."""

from __future__ import annotations

import duckdb

from schemas.codelist import fold
from schemas.formats import legal_form
from schemas.sql import make_table as make


def bare(name: str) -> str:
    """``name`` folded and without its corporation words (株式会社, NPO法人 …)."""
    return fold(legal_form.without(name))


def make_table(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``folded_names`` (name, folded, bare) for every name among the accepted records that is compared: those of
    services, of organizations at desks with a jurisdiction, of organizations that were submitted, and those that an
    organization and the registry give the same corporate number.
    """
    query = """
        SELECT name FROM accepted_services
        UNION SELECT name FROM accepted_organizations SEMI JOIN accepted_jurisdictions USING (record_id)
        UNION SELECT name FROM accepted_organizations WHERE source = 'inbox'
        UNION SELECT name FROM accepted_organizations SEMI JOIN accepted_corporations USING (corporate_number)
        UNION SELECT name FROM accepted_corporations SEMI JOIN accepted_organizations USING (corporate_number)"""
    known = [
        name for (name,) in con.execute(f"SELECT name FROM ({query}) WHERE name IS NOT NULL ORDER BY 1").fetchall()
    ]
    make(con, "folded_names", {"name": known, "folded": [*map(fold, known)], "bare": [*map(bare, known)]})
