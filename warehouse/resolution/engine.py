"""One entry: records in; pairs with their reasons, clusters and contradictions out.

The steps are ``features``, ``deciding``, ``model`` and ``clusters``. Ids are minted elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import duckdb
import pyarrow as pa

from warehouse.resolution import clusters, deciding, features, model
from warehouse.resolution.features import Kind
from warehouse.resolution.model import Weights

DECIDED_JA = {
    "number": "法人番号が同じ",
    "two_numbers": "法人番号が違う",
    "same": "人が同じと判断した",
    "different": "人が違うと判断した",
    "unsure": "人が分からないと判断した",
    "weak": "この二件は似ているが、それぞれの仲間どうしは食い違う",
}
"""What decided a pair beside the evidence, as people read it."""


def resolve(
    con: duckdb.DuckDBPyConnection,
    records: str,
    kind: Kind,
    judgements: str | None = None,
    weights: Weights | None = None,
) -> None:
    """Resolve the table ``records`` (columns of :data:`features.COLUMNS`, those that are there; one row a record id).

    ``judgements`` names a table of what people said: verdict (SAME, DIFFERENT, UNSURE), left_id, right_id.
    Makes, for this connection, in no order:

    - ``clusters`` (record_id, entity): the smallest record id of the entity, which is no published id;
    - ``pairs`` (left_id, right_id, weight, band, reasons): ``merged``, ``proposed`` (for two entities only the pair
      that says most) and ``apart`` (what a key or a person kept from being either); reasons are JSON;
    - ``contradictions`` (code, left_id, right_id, value): what names, numbers and people say against each other.
    """
    weights = weights or model.reviewed(kind)
    features.make(con, records, kind)
    deciding.make_numbers(con, kind)
    deciding.make_judgements(con, judgements)
    model.score(con, kind, weights)
    clusters.make(con, weights)
    con.execute(
        """CREATE OR REPLACE TEMP TABLE clusters AS
           SELECT f.record_id, e.record_id AS entity
           FROM joined_up j JOIN features f USING (seq) JOIN features e ON e.seq = j.cluster"""
    )
    _make_pairs(con, kind, weights)


def _make_pairs(con: duckdb.DuckDBPyConnection, kind: Kind, weights: Weights) -> None:
    """The view ``pairs``: few answers in many pairs, so each set of answers is put into words once."""
    _band(con, weights)
    model.tell(con, kind, "banded", "told")
    asked = [one.name for one in model.comparisons(kind)]
    answers = ", ".join(["decided", *asked])
    con.execute(f"CREATE OR REPLACE TEMP TABLE answers AS SELECT DISTINCT {answers} FROM told ORDER BY ALL")
    rows = con.execute(f"SELECT {answers} FROM answers").fetchall()
    columns = dict(zip(["decided", *asked], zip(*rows, strict=True), strict=True)) if rows else {}
    table = {name: pa.array(columns.get(name, ()), pa.string()) for name in ["decided", *asked]}
    table["reasons"] = pa.array([_words(kind, weights, row) for row in rows], pa.string())
    con.register("words_now", pa.table(table))
    con.execute("CREATE OR REPLACE TEMP TABLE words AS SELECT * FROM words_now")
    con.unregister("words_now")
    same = " AND ".join(f"w.{name} IS NOT DISTINCT FROM t.{name}" for name in ["decided", *asked])
    con.execute(
        f"""CREATE OR REPLACE TEMP VIEW pairs AS
            SELECT a.record_id AS left_id, b.record_id AS right_id, t.weight, t.band, w.reasons
            FROM told t JOIN words w ON {same} JOIN features a ON a.seq = t.l JOIN features b ON b.seq = t.r"""
    )


def _band(con: duckdb.DuckDBPyConnection, weights: Weights) -> None:
    """``banded`` (l, r, weight, band, decided). A pair that only a key or a person joined has no weight of its own."""
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE banded AS
            WITH likely AS (
              SELECT l, r, weight FROM scored WHERE weight >= {weights.proposed}
              UNION SELECT e.l, e.r, s.weight FROM edges e LEFT JOIN scored s USING (l, r)
                WHERE e.weight >= {clusters.SURE}
              UNION SELECT d.l, d.r, s.weight FROM judged_different d LEFT JOIN scored s USING (l, r)),
            placed AS (
              SELECT p.*, a.cluster AS one, b.cluster AS two, CASE
                WHEN EXISTS (FROM judged_different d WHERE d.l = p.l AND d.r = p.r) THEN 'different'
                WHEN EXISTS (FROM judged_same d WHERE d.l = p.l AND d.r = p.r) THEN 'same'
                WHEN EXISTS (FROM judged_unsure d WHERE d.l = p.l AND d.r = p.r) THEN 'unsure'
                WHEN n.corporate_number = m.corporate_number THEN 'number'
                WHEN n.corporate_number <> m.corporate_number THEN 'two_numbers'
                WHEN a.cluster <> b.cluster AND weight >= {weights.merged} THEN 'weak' END AS decided
              FROM likely p JOIN joined_up a ON a.seq = p.l JOIN joined_up b ON b.seq = p.r
              LEFT JOIN numbers n ON n.seq = p.l LEFT JOIN numbers m ON m.seq = p.r)
            SELECT l, r, weight, decided, CASE WHEN one = two THEN 'merged'
              WHEN decided IN ('different', 'unsure', 'two_numbers') THEN 'apart' ELSE 'proposed' END AS band
            FROM placed
            QUALIFY band <> 'proposed' OR row_number() OVER (
              PARTITION BY band, least(one, two), greatest(one, two) ORDER BY weight DESC NULLS LAST, l, r) = 1"""
    )


def _words(kind: Kind, weights: Weights, answers: Sequence[str | None]) -> str:
    """The reasons of a set of answers: what decided first, then what was compared, each with what it weighs."""
    decided, *levels = answers
    told: list[dict[str, str | float]] = [{"ja": DECIDED_JA[decided]}] if decided else []
    for one, name in zip(model.comparisons(kind), levels, strict=True):
        level = next(level for level in one.levels if level.name == name)
        if not level.silent:
            told.append(
                {
                    "comparison": one.name,
                    "title": one.title,
                    "level": level.name,
                    "ja": level.ja,
                    "weight": weights.levels[one.name][level.name],
                }
            )
    return json.dumps(told, ensure_ascii=False)
