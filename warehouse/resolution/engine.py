"""One entry: records in; pairs with their reasons, clusters and contradictions out.

The steps are ``features``, ``deciding``, ``model`` and ``clusters``. Ids are minted elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import duckdb
import pyarrow as pa

from schemas.sql import identifier, literal
from warehouse.resolution import clusters, deciding, features, model
from warehouse.resolution.features import Kind
from warehouse.resolution.model import Weights

DECIDED_JA = {
    "number": "法人番号が同じ",
    "key": "事業所番号などの決め手が同じ",
    "two_numbers": "法人番号が違う",
    "same": "人が同じと判断した",
    "different": "人が違うと判断した",
    "unsure": "人が分からないと判断した",
    "weak": "この二件は似ているが、それぞれの仲間どうしは食い違う",
}
"""What decided a pair beside the evidence, as people read it."""

UNWEIGHED = Weights(0, {}, 0, 0)
"""Of what is never joined by likeness."""


def resolve(
    con: duckdb.DuckDBPyConnection,
    records: str,
    kind: Kind,
    judgements: str | None = None,
    weights: Weights | None = None,
    keys: str | None = None,
) -> None:
    """Resolve the table ``records`` (columns of :data:`features.COLUMNS`, those that are there; one row a record id).

    ``judgements`` names a table of what people said: verdict (SAME, DIFFERENT, UNSURE), left_id, right_id; ``keys``
    one of what joins alone beside corporate numbers: record_id, key (records that share a key are one).
    Makes, for this connection, in no order:

    - ``clusters`` (record_id, entity): the smallest record id of the entity, which is no published id;
    - ``pairs`` (left_id, right_id, weight, band, reasons): ``merged``, ``proposed`` (for two entities only the pair
      that says most) and ``apart`` (what a key or a person kept from being either); reasons are JSON;
    - ``contradictions`` (code, left_id, right_id, value): what names, numbers and people say against each other.
    """
    weights = weights or model.reviewed(kind)
    features.make(con, records, kind)
    deciding.make_numbers(con, kind)
    deciding.make_keys(con, keys)
    deciding.make_judgements(con, judgements)
    model.score(con, kind, weights)
    clusters.make(con, weights)
    _name(con)
    _make_pairs(con, kind, weights)


def join(con: duckdb.DuckDBPyConnection, records: str, judgements: str | None, keys: str | None) -> None:
    """As :func:`resolve` by keys and people alone, for what is never joined by likeness: of ``records`` only record_id
    is read. ``pairs`` are those that a key joined or people spoke of, without a weight.
    """
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE features AS
            SELECT row_number() OVER (ORDER BY record_id)::INT AS seq, record_id, NULL::VARCHAR AS family
            FROM {identifier(records)}"""
    )
    deciding.make_no_numbers(con)
    deciding.make_keys(con, keys)
    deciding.make_judgements(con, judgements)
    con.execute("CREATE OR REPLACE TEMP TABLE scored (l INT, r INT, weight DOUBLE)")
    clusters.make(con, UNWEIGHED)
    _name(con)
    _band(con, UNWEIGHED)
    told = " ".join(f"WHEN {literal(code)} THEN {literal(_as_json([{'ja': ja}]))}" for code, ja in DECIDED_JA.items())
    con.execute(
        f"""CREATE OR REPLACE TEMP VIEW pairs AS
            SELECT a.record_id AS left_id, c.record_id AS right_id, b.weight, b.band,
              CASE decided {told} ELSE '[]' END AS reasons
            FROM banded b JOIN features a ON a.seq = b.l JOIN features c ON c.seq = b.r"""
    )


def _name(con: duckdb.DuckDBPyConnection) -> None:
    """``clusters``: entities by the record ids that they are named by."""
    con.execute(
        """CREATE OR REPLACE TEMP TABLE clusters AS
           SELECT f.record_id, e.record_id AS entity
           FROM joined_up j JOIN features f USING (seq) JOIN features e ON e.seq = j.cluster"""
    )


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
    """``banded`` (l, r, weight, band, decided). A pair that only a key or a person joined has no weight of its own.

    What a person or a number said of two records, it says of the two entities that they stand in.
    """
    con.execute(
        """CREATE OR REPLACE TEMP TABLE said AS
           SELECT least(a.cluster, b.cluster) AS one, greatest(a.cluster, b.cluster) AS two, min(verdict) AS verdict
           FROM (SELECT *, 'different' AS verdict FROM judged_different
                 UNION ALL SELECT *, 'unsure' FROM judged_unsure) j
           JOIN joined_up a ON a.seq = j.l JOIN joined_up b ON b.seq = j.r WHERE a.cluster <> b.cluster GROUP BY ALL"""
    )
    con.execute(
        """CREATE OR REPLACE TEMP TABLE bodies AS
           SELECT cluster, min(corporate_number) AS corporate_number
           FROM joined_up JOIN numbers USING (seq) GROUP BY ALL"""
    )
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE banded AS
            WITH likely AS (
              SELECT l, r, weight FROM scored WHERE weight >= {weights.proposed}
              UNION SELECT e.l, e.r, s.weight FROM edges e LEFT JOIN scored s USING (l, r)
                WHERE e.weight >= {clusters.SURE}
              UNION SELECT d.l, d.r, s.weight FROM judged_different d LEFT JOIN scored s USING (l, r)),
            placed AS (
              SELECT p.*, a.cluster AS one, b.cluster AS two, CASE
                WHEN s.verdict IS NOT NULL THEN s.verdict
                WHEN EXISTS (FROM judged_same d WHERE d.l = p.l AND d.r = p.r) THEN 'same'
                WHEN a.cluster = b.cluster AND n.corporate_number = m.corporate_number THEN 'number'
                WHEN x.corporate_number <> y.corporate_number THEN 'two_numbers'
                WHEN EXISTS (FROM keyed_alike k JOIN keyed_alike o USING (key) WHERE k.seq = p.l AND o.seq = p.r)
                  THEN 'key'
                WHEN a.cluster <> b.cluster AND weight >= {weights.merged} THEN 'weak' END AS decided
              FROM likely p JOIN joined_up a ON a.seq = p.l JOIN joined_up b ON b.seq = p.r
              LEFT JOIN numbers n ON n.seq = p.l LEFT JOIN numbers m ON m.seq = p.r
              LEFT JOIN bodies x ON x.cluster = a.cluster LEFT JOIN bodies y ON y.cluster = b.cluster
              LEFT JOIN said s ON s.one = least(a.cluster, b.cluster) AND s.two = greatest(a.cluster, b.cluster))
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
    return _as_json(told)


def _as_json(told: Sequence[Mapping[str, str | float]]) -> str:
    return json.dumps(told, ensure_ascii=False)
