"""Keys that decide alone: a valid corporate number joins organizations, and two different ones never join.

A number whose class digits contradict the corporation word of the name is suspect: it decides nothing and is told.
People's judgements stand beside the keys; what likeness weighs stands in ``model``.
"""

from __future__ import annotations

import duckdb
import pyarrow as pa

from schemas import rulebook
from schemas.formats import corporate_number
from schemas.sql import identifier, texts
from warehouse.resolution.features import Kind

SUSPECT = "corporate-number-class"
JUDGED_BOTH_WAYS = "judgements-contradict"
JUDGED_AGAINST_KEY = "judgement-against-key"

_CLASS = slice(5, 7)
"""Where the digits stand that tell the class of a corporation: after the check digit and the registry's four."""


def make_numbers(con: duckdb.DuckDBPyConnection, kind: Kind) -> None:
    """Make the tables ``numbers`` (seq, corporate_number) of the numbers that decide, and ``contradictions`` (code,
    left_id, right_id, value) with those that are suspect. Reads ``features``.

    A body has many places, so its number decides nothing of them.
    """
    told = con.execute(
        """SELECT DISTINCT corporate_number, form FROM features
           WHERE corporate_number IS NOT NULL AND $kind = 'organization' ORDER BY ALL""",
        {"kind": kind},
    ).fetchall()
    read = [(raw, form, corporate_number.read(raw).value) for raw, form in told]
    columns = {
        "raw": texts(raw for raw, _, _ in read),
        "form": texts(form for _, form, _ in read),
        "number": texts(number for _, _, number in read),
    }
    table = {name: pa.array(cells, pa.string()) for name, cells in columns.items()}
    table["suspect"] = pa.array([contradicts(number, form) for _, form, number in read], pa.bool_())
    con.register("read_now", pa.table(table))
    con.execute(
        """CREATE OR REPLACE TEMP TABLE claimed AS
           SELECT f.seq, f.record_id, n.number AS corporate_number, n.suspect
           FROM features f JOIN read_now n ON n.raw = f.corporate_number AND n.form IS NOT DISTINCT FROM f.form
           WHERE n.number IS NOT NULL"""
    )
    con.unregister("read_now")
    con.execute("CREATE OR REPLACE TEMP TABLE numbers AS SELECT seq, corporate_number FROM claimed WHERE NOT suspect")
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE contradictions AS
            SELECT '{SUSPECT}' AS code, record_id AS left_id, NULL::VARCHAR AS right_id, corporate_number AS value
            FROM claimed WHERE suspect ORDER BY record_id"""
    )


def make_no_numbers(con: duckdb.DuckDBPyConnection) -> None:
    """The tables of :func:`make_numbers` where no number decides anything."""
    con.execute("CREATE OR REPLACE TEMP TABLE numbers (seq INT, corporate_number VARCHAR)")
    con.execute(
        "CREATE OR REPLACE TEMP TABLE contradictions (code VARCHAR, left_id VARCHAR, right_id VARCHAR, value VARCHAR)"
    )


def make_keys(con: duckdb.DuckDBPyConnection, keys: str | None) -> None:
    """Make the table ``keyed_alike`` (seq, key) of the table ``keys`` (record_id, key): records that share a key are
    one.
    """
    given = identifier(keys) if keys else "(SELECT '' AS record_id, '' AS key)"
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE keyed_alike AS
            SELECT DISTINCT seq, key FROM {given} JOIN features USING (record_id) WHERE key IS NOT NULL ORDER BY ALL"""
    )


def contradicts(number: str | None, form: str | None) -> bool:
    """Whether the class digits of a valid number are none that corporations of this form have."""
    known = rulebook.codes("legal_forms").get((form or "").removesuffix("-zaidan"))
    classes = known.extra.get("house_class", "") if known else ""
    return bool(number and classes) and (number or "")[_CLASS] not in classes.split(";")


def make_judgements(con: duckdb.DuckDBPyConnection, judgements: str | None) -> None:
    """Make the tables ``judged_same``, ``judged_different`` and ``judged_unsure`` (l, r) of the table ``judgements``
    (verdict, left_id, right_id). Judgements on records that are not there today wait.
    """
    for verdict in ("SAME", "DIFFERENT", "UNSURE"):
        given = identifier(judgements) if judgements else "(SELECT '' AS verdict, '' AS left_id, '' AS right_id)"
        con.execute(
            f"""CREATE OR REPLACE TEMP TABLE judged_{verdict.lower()} AS
                SELECT DISTINCT least(a.seq, b.seq) AS l, greatest(a.seq, b.seq) AS r FROM {given} j
                JOIN features a ON a.record_id = j.left_id JOIN features b ON b.record_id = j.right_id
                WHERE a.seq <> b.seq AND j.verdict = '{verdict}' ORDER BY ALL"""
        )
