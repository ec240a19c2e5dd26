"""What a night resolves: the accepted records of all sources, by keys, people's judgements and evidence.

Reads ``accepted_<table>``, the rules in ``warehouse/keys/`` and ``warehouse/compared.sql``; what a pair weighs is the
engine's, ids are ``warehouse.identity``'s.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa

from schemas import engine as rules
from schemas import messages
from schemas.finding import Finding
from schemas.sql import literal, make_table
from warehouse.resolution import deciding, engine, normal
from warehouse.resolution.features import Kind

WAREHOUSE = Path(__file__).parents[1]

KINDS: dict[str, Kind | None] = {
    "organizations": "organization",
    "places": "place",
    "services": None,
}
"""Kind of entity → the kind of evidence that is weighed for it. A later kind may look at what an earlier one is."""

ALONE = ("programs", "hotlines")
"""Kinds of which each record is an entity: the same title is given by many towns on their own terms, and one number
serves several lines.
"""

MADE = {
    "TEMP TABLE resolved": "kind VARCHAR, record_id VARCHAR, source VARCHAR, cluster VARCHAR, anchor VARCHAR",
    "TEMP TABLE contradictions": "code VARCHAR, kind VARCHAR, left_id VARCHAR, right_id VARCHAR, value VARCHAR",
    "TABLE pairs": "kind VARCHAR, left_id VARCHAR, right_id VARCHAR, weight DOUBLE, band VARCHAR, reasons VARCHAR",
}

READABLE = 50
"""Pairs that a person can read in a day."""

JUDGED = "judgements"
"""What stands as the source of findings about people's judgements."""


def resolve(con: duckdb.DuckDBPyConnection, judged: str | None = None) -> None:
    """Find out which current records are one.

    Needs ``folded_addresses``, ``folded_names`` and ``desks``. ``judged`` names a table of judgements on records:
    kind, verdict, left_id, right_id. Makes

    - ``resolved`` (kind, record_id, source, cluster, anchor), temporary: records of one ``cluster`` are one entity,
      ``anchor`` is what its id is minted from;
    - ``contradictions`` (code, kind, left_id, right_id, value), temporary: what names, numbers and people say against
      each other;
    - ``compared``: what was compared; ``pairs`` (kind, left_id, right_id, weight, band, reasons): what was decided.
    """
    for name in ("prefectures", "municipalities"):
        rules.register_code_list(con, name)
    con.execute((WAREHOUSE / "compared.sql").read_text(encoding="utf-8"))
    _suspect(con)
    for made, columns in MADE.items():
        con.execute(f"CREATE OR REPLACE {made} ({columns})")
    with duckdb.connect() as apart:
        apart.execute("SET enable_progress_bar = false")
        ((spill,),) = con.execute("SELECT current_setting('temp_directory')").fetchall()
        apart.execute(f"SET temp_directory = {literal(spill)}")
        for kind in KINDS:
            _resolve(con, apart, kind, judged)
    for kind in ALONE:
        con.execute(
            f"INSERT INTO resolved SELECT '{kind}', record_id, source, record_id, record_id FROM accepted_{kind}"
        )


def make_queue(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``review_queue``: of the proposed pairs those that a person can read in a day, best evidence first.

    Each with the ids of the two entities (``members``) and of the two records whose likeness says most.
    """
    con.execute(
        f"""CREATE OR REPLACE TABLE review_queue AS
            SELECT row_number() OVER strongest AS rank, kind, a.entity_id AS left_entity, b.entity_id AS right_entity,
              left_id, right_id, weight, reasons
            FROM pairs JOIN members a USING (kind) JOIN members b USING (kind)
            WHERE band = 'proposed' AND a.record_id = left_id AND b.record_id = right_id
            WINDOW strongest AS (ORDER BY weight DESC NULLS LAST, kind, left_id, right_id)
            QUALIFY rank <= {READABLE} ORDER BY rank"""
    )


def withhold(con: duckdb.DuckDBPyConnection) -> None:
    """Take the suspect numbers, which have been told, out of the accepted records: they may be another body's."""
    con.execute(
        f"""UPDATE accepted_organizations SET corporate_number = NULL WHERE (record_id, corporate_number) IN (
              SELECT (left_id, value) FROM contradictions WHERE code = '{deciding.SUSPECT}')"""
    )


def findings(con: duckdb.DuckDBPyConnection) -> list[Finding]:
    """What people's judgements say against one another or against a key, by the ids of the entities (``members``)."""
    told = con.execute(
        f"""SELECT code, c.kind, a.entity_id, b.entity_id
            FROM contradictions c JOIN members a ON a.kind = c.kind AND a.record_id = left_id
            JOIN members b ON b.kind = c.kind AND b.record_id = right_id
            WHERE code <> '{deciding.SUSPECT}' ORDER BY ALL"""
    ).fetchall()
    return [
        messages.file_finding(code, source=JUDGED, table=kind, value=f"{left} {right}")
        for code, kind, left, right in told
    ]


def _resolve(con: duckdb.DuckDBPyConnection, apart: duckdb.DuckDBPyConnection, kind: str, judged: str | None) -> None:
    """Resolve one kind. The engine works ``apart``, for it makes tables of its own, Splink even in the main schema."""
    nothing = "(SELECT '' AS kind, '' AS verdict, '' AS left_id, '' AS right_id)"
    said = f"FROM {judged or nothing} WHERE kind = {literal(kind)}"
    con.execute(f"CREATE OR REPLACE TEMP TABLE keyed AS {(WAREHOUSE / 'keys' / f'{kind}.sql').read_text('utf-8')}")
    _represent(con, kind, said)
    handed = {
        "records": "SELECT * EXCLUDE (keys) FROM resolving ORDER BY record_id",
        "keys": """SELECT record_id, unnest(keys) AS key FROM resolving
            UNION SELECT first, '同じ行 ' || twin FROM stands_for ORDER BY ALL""",
        "judged": f"SELECT verdict, left_id, right_id {said} ORDER BY ALL",
    }
    for name, query in handed.items():
        apart.register(name, con.sql(query).to_arrow_table())
    if (evidence := KINDS[kind]) is None:
        engine.join(apart, "records", "judged", "keys")
    else:
        engine.resolve(apart, "records", evidence, "judged", keys="keys")
    answers = {
        name: apart.sql(f"SELECT * FROM {name} ORDER BY ALL").to_arrow_table()
        for name in ("clusters", "pairs", "contradictions")
    }
    _take(con, kind, answers)


def _take(con: duckdb.DuckDBPyConnection, kind: str, answers: dict[str, pa.Table]) -> None:
    """Put the engine's answers on one kind to those of the others."""
    for name, answer in answers.items():
        con.register(f"{name}_now", answer)
    told = literal(kind)
    con.execute(
        f"""INSERT INTO resolved SELECT {told}, record_id, source, entity, anchor
            FROM keyed JOIN stands_for USING (record_id) JOIN clusters_now c ON c.record_id = first ORDER BY ALL"""
    )
    con.execute(
        f"INSERT INTO pairs SELECT {told}, left_id, right_id, weight, band, reasons FROM pairs_now ORDER BY ALL"
    )
    con.execute(
        f"""INSERT INTO contradictions SELECT code, {told}, record_id, right_id, value
            FROM contradictions_now JOIN stands_for ON first = left_id ORDER BY ALL"""
    )
    for name in answers:
        con.unregister(f"{name}_now")


def _suspect(con: duckdb.DuckDBPyConnection) -> None:
    """``suspects`` (name, corporate_number): numbers whose class digits contradict the name that they stand with."""
    told = con.execute(
        """SELECT DISTINCT name, corporate_number FROM accepted_organizations
           WHERE name IS NOT NULL AND corporate_number IS NOT NULL ORDER BY ALL"""
    ).fetchall()
    suspect = [
        (name, number) for name, number in told if deciding.contradicts(number, normal.organization_name(name).form)
    ]
    make_table(
        con, "suspects", {name: [row[i] for row in suspect] for i, name in enumerate(("name", "corporate_number"))}
    )


def _represent(con: duckdb.DuckDBPyConnection, kind: str, said: str) -> None:
    """``stands_for`` (record_id, first, twin) and ``resolving``: rows of one source that tell the same name at the same
    address, and nothing else that differs, need no comparing. One of them stands for all; one that a person spoke of
    stands for itself and shares a key with its twins. Every place stands for itself.

    A submission that does not open its address is joined by keys and people alone: no likeness leads to where it is.
    """
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE told AS
            SELECT k.*, c.* EXCLUDE (record_id, source, corporate_number)
            FROM keyed k LEFT JOIN (FROM compared WHERE kind = {literal(kind)}) c USING (record_id)"""
    )
    twins = "source, name, name_kana, area, address, phone, fax, url, corporate_number, keys, alone"
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE stands_for AS
            SELECT record_id, min(record_id) OVER (PARTITION BY {twins}, spoken_of) AS first,
              min(record_id) OVER (PARTITION BY {twins}) AS twin
            FROM (
              SELECT *, CASE WHEN kind IS DISTINCT FROM 'organizations' OR address IS NULL THEN record_id END AS alone,
                CASE WHEN record_id IN (SELECT left_id {said} UNION SELECT right_id {said})
                  THEN record_id END AS spoken_of
              FROM told)"""
    )
    con.execute(
        """CREATE OR REPLACE TEMP TABLE resolving AS
           SELECT * EXCLUDE (kind, opened, anchor) REPLACE (CASE WHEN opened THEN name END AS name)
           FROM told WHERE record_id IN (SELECT first FROM stands_for)"""
    )
    con.execute("DROP TABLE told")
