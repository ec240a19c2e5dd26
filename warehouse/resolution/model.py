"""The evidence that is weighed: Splink on DuckDB, with comparisons made for Japanese organizations and places.

What is compared stands in ``comparisons.yml``, what each level weighs in ``model.json`` (learned by ``training``,
reviewed by people, described in ``model.md``). Which pairs become one entity does not belong here.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import yaml

from schemas.sql import literal
from warehouse.resolution.features import Kind

ROOT = Path(__file__).parent

PRIOR = 0.5
"""Weights are learned among candidate pairs, with the prior as one of them: Splink's own adds nothing."""


@dataclass(frozen=True)
class Level:
    """One answer that a comparison may give, in SQL and in words; ``silent``: then nothing is weighed."""

    name: str
    sql: str
    ja: str
    silent: bool
    fixed: float | None


@dataclass(frozen=True)
class Comparison:
    """One thing that is compared; levels from the first tried to the last."""

    name: str
    title: str
    levels: tuple[Level, ...]


@dataclass(frozen=True)
class Weights:
    """What levels weigh (log2 of the Bayes factor), the weight that every pair starts from, and the two thresholds."""

    start: float
    levels: Mapping[str, Mapping[str, float]]
    merged: float
    proposed: float


@cache
def comparisons(kind: Kind) -> tuple[Comparison, ...]:
    """The comparisons of a kind, as ``comparisons.yml`` has them."""
    told: dict[str, Any] = yaml.safe_load((ROOT / "comparisons.yml").read_text(encoding="utf-8"))[kind]
    return tuple(
        Comparison(
            name,
            one["title"],
            tuple(
                Level(row["level"], row["sql"], row["ja"], row.get("silent", False), row.get("fixed"))
                for row in one["levels"]
            ),
        )
        for name, one in told.items()
    )


@cache
def reviewed(kind: Kind) -> Weights:
    """The weights that are in force."""
    told = json.loads((ROOT / "model.json").read_text(encoding="utf-8"))[kind]
    return Weights(told["start"], told["levels"], told["merged"], told["proposed"])


def score(con: duckdb.DuckDBPyConnection, kind: Kind, weights: Weights) -> None:
    """Make the temporary table ``scored`` (l, r, weight) of the table ``features``: a row a candidate pair, l < r.

    Splink promises no order: who reads the table says one.
    """
    block(con, kind)
    if not _candidates(con, kind):
        con.execute("CREATE OR REPLACE TEMP TABLE scored (l INT, r INT, weight DOUBLE)")
        return
    # Splink tells its progress on the log, which nobody reads here, and warns of weights that it has not learned.
    logging.getLogger("splink").setLevel(logging.ERROR)
    from splink import DuckDBAPI, Linker

    api = DuckDBAPI(connection=con)
    linker = Linker(api.register("keyed"), settings(kind, weights), log_level=None, validate_settings=False)
    found = linker.inference.predict(warning_mode="never")
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE scored AS
            SELECT least(seq_l, seq_r) AS l, greatest(seq_l, seq_r) AS r,
              round(match_weight + {weights.start}, 3) AS weight
            FROM {found.physical_name}"""
    )
    found.drop_table_from_database_and_remove_from_cache()


def tell(con: duckdb.DuckDBPyConnection, kind: Kind, pairs: str, table: str) -> None:
    """Make the temporary table ``table``: the pairs (l, r) with the name of the level of each comparison.

    The conditions are the very ones that Splink weighed; its own result would carry the compared values along.
    """
    told = ", ".join(_answer(one) for one in comparisons(kind))
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE {table} AS SELECT p.*, {told} FROM {pairs} p
            JOIN (SELECT COLUMNS('(.*)') AS '\\1_l' FROM features) ON seq_l = p.l
            JOIN (SELECT COLUMNS('(.*)') AS '\\1_r' FROM features) ON seq_r = p.r"""
    )


def block(con: duckdb.DuckDBPyConnection, kind: Kind) -> None:
    """Make the temporary table ``keyed``: ``features`` with the keys of ``blocking.yml``. What has no name but a
    corporation word is compared with nothing.
    """
    # Hashes join faster than texts; should two keys ever collide, that is one more pair to weigh.
    made = ", ".join(
        f"CASE WHEN core <> '' AND ({row['sql']}) IS NOT NULL THEN hash({row['sql']}) END AS key_{row['key']}"
        for row in _keys(kind)
    )
    kept = ", ".join(
        f"CASE WHEN count(*) OVER (PARTITION BY key_{row['key']}) BETWEEN 2 AND {row['cap']} "
        f"THEN key_{row['key']} END AS key_{row['key']}"
        for row in _keys(kind)
    )
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE keyed AS
            SELECT f.*, k.* EXCLUDE (seq) FROM features f
            JOIN (SELECT seq, {kept} FROM (SELECT seq, {made} FROM features)) k USING (seq)"""
    )


def _candidates(con: duckdb.DuckDBPyConnection, kind: Kind) -> bool:
    """Whether any two records share a key."""
    shared = " OR ".join(f"count(key_{row['key']}) > 0" for row in _keys(kind))
    return bool(con.execute(f"SELECT {shared} FROM keyed").fetchall() == [(True,)])


def settings(kind: Kind, weights: Weights) -> dict[str, Any]:
    """Splink's settings of a kind's model."""
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "seq",
        "probability_two_random_records_match": PRIOR,
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": False,
        "additional_columns_to_retain": [],
        "blocking_rules_to_generate_predictions": [
            {"blocking_rule": f"l.key_{row['key']} = r.key_{row['key']}", "sql_dialect": "duckdb"}
            for row in _keys(kind)
        ],
        "comparisons": [_comparison(one, weights.levels[one.name]) for one in comparisons(kind)],
    }


def _answer(one: Comparison) -> str:
    *first, last = one.levels
    answers = " ".join(f"WHEN {level.sql} THEN {literal(level.name)}" for level in first)
    return f"CASE {answers} ELSE {literal(last.name)} END AS {one.name}"


@cache
def _keys(kind: Kind) -> list[dict[str, Any]]:
    told: dict[str, list[dict[str, Any]]] = yaml.safe_load((ROOT / "blocking.yml").read_text(encoding="utf-8"))
    return told[kind]


def _comparison(one: Comparison, weights: Mapping[str, float]) -> dict[str, Any]:
    levels: list[dict[str, Any]] = []
    for level in one.levels:
        told: dict[str, Any] = {"sql_condition": level.sql, "label_for_charts": level.ja or level.name}
        if level.silent:
            told["is_null_level"] = True
        else:
            # Splink asks for m and u; what counts is their ratio, the level's Bayes factor.
            factor = 2.0 ** weights[level.name]
            told |= {"m_probability": factor / (1 + factor), "u_probability": 1 / (1 + factor)}
        levels.append(told)
    return {"output_column_name": one.name, "comparison_levels": levels}
