"""Weights learned from labelled records: a logistic regression over the levels of the comparisons.

Levels of one pair hang together (who has the same number mostly has the same address), which weights counted level by
level would add twice; a regression shares them out. The threshold is chosen on parts that did not teach the weights.
The label is taken away before the engine sees a record.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from schemas import rulebook
from schemas.sql import identifier, literal
from warehouse.resolution import clusters, deciding, features, model
from warehouse.resolution.features import Kind
from warehouse.resolution.model import Weights

RIDGE = 1.0
"""How strongly a level that is seldom seen is held to weigh nothing."""

THRESHOLDS = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0)
"""Thresholds of merging that are tried, in log2 of the odds."""

WANTED_PRECISION = 0.995
"""Precision before F1: of the thresholds with this precision over all unseen parts, the one with the best F1."""

QUEUE = 3.0
"""How far below the threshold of merging a pair is still proposed to people: at an eighth of those odds."""

UNTAUGHT = ("fax", "latitude", "longitude")
"""Columns that are kept from training: their weights are fixed, and a pair at a fixed level would teach nothing."""

Floats = NDArray[np.float64]

_PREFECTURE = literal(f"^({'|'.join(row.label_ja for row in rulebook.codes('prefectures').values())})")


@dataclass(frozen=True)
class Figures:
    """How well a part was resolved by weights that it did not teach: pairs rightly told to be one, told, and true."""

    part: str
    threshold: float
    right: int
    told: int
    true: int

    @property
    def precision(self) -> float:
        """How many of the pairs told are true."""
        return self.right / max(self.told, 1)

    @property
    def recall(self) -> float:
        """How many of the true pairs are told."""
        return self.right / max(self.true, 1)

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        return 2 * self.right / max(self.told + self.true, 1)


@dataclass(frozen=True)
class Learned:
    """What training brings: weights for review, and the figures that they are judged by."""

    weights: Weights
    unseen: tuple[Figures, ...]


def train(con: duckdb.DuckDBPyConnection, records: str, kind: Kind) -> Learned:
    """Weights and thresholds from the table ``records``, which has ``truth`` beside the engine's columns.

    Organizations are left out by prefecture, places by a fifth of the towns. What organizations teach is taught twice:
    as they are, and as if all prefectures were one, where more bodies share a name, as they do in a large one.
    """
    parts = _parts(con, records, kind)
    tried: list[Figures] = []
    for part in parts:
        weights = _learn(con, kind, [other for other in parts if other != part])
        _prepare(con, kind, [part])
        tried += [_figures(con, kind, part, replace(weights, merged=at, proposed=at - QUEUE)) for at in THRESHOLDS]
    threshold = _choose(tried)
    learned = replace(_learn(con, kind, parts), merged=threshold, proposed=threshold - QUEUE)
    return Learned(learned, tuple(one for one in tried if one.threshold == threshold))


def as_json(told: Mapping[str, Any], kind: Kind, weights: Weights) -> str:
    """The text of ``model.json``, which told of ``told``, with these weights of ``kind``."""
    return json.dumps({**told, kind: asdict(weights)}, indent=2, sort_keys=True) + "\n"


def _parts(con: duckdb.DuckDBPyConnection, records: str, kind: Kind) -> list[str]:
    """Make ``labelled`` (the records with ``part``) and tell the parts."""
    part = {
        "organization": f"regexp_extract(area, {_PREFECTURE})",
        "place": "(('0x' || left(md5(area), 6))::BIGINT % 5)::VARCHAR",
    }[kind]
    con.execute(f"CREATE OR REPLACE TEMP TABLE labelled AS SELECT *, {part} AS part FROM {identifier(records)}")
    return [name for (name,) in con.execute("SELECT DISTINCT part FROM labelled ORDER BY 1").fetchall()]


def _prepare(con: duckdb.DuckDBPyConnection, kind: Kind, parts: Sequence[str], as_one: bool = False) -> None:
    """Run the engine's first steps over the records of ``parts``, without their label, up to weighing."""
    chosen = f"labelled WHERE part IN ({', '.join(map(literal, parts))})"
    kept = f"COLUMNS(lambda name: name NOT IN ({', '.join(map(literal, ('truth', 'part', *UNTAUGHT)))}))"
    moved = (
        f"regexp_replace(area, {_PREFECTURE}, '東京都') AS area, regexp_replace(address, {_PREFECTURE}, '') AS address"
    )
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE unlabelled AS
            SELECT * REPLACE ({moved if as_one else "area AS area"}) FROM (SELECT {kept} FROM {chosen})"""
    )
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE truth AS
            SELECT record_id, truth, source, {"'all'" if as_one else "part"} AS part FROM {chosen}"""
    )
    features.make(con, "unlabelled", kind)
    deciding.make_numbers(con, kind)
    deciding.make_keys(con, None)
    deciding.make_judgements(con, None)


def _learn(con: duckdb.DuckDBPyConnection, kind: Kind, parts: Sequence[str]) -> Weights:
    con.execute("DROP TABLE IF EXISTS lessons")
    blank = {one.name: {level.name: 0.0 for level in one.levels if not level.silent} for one in model.comparisons(kind)}
    for as_one in (False, True) if kind == "organization" else (False,):
        _prepare(con, kind, parts, as_one)
        model.score(con, kind, Weights(0.0, blank, 0.0, 0.0))
        model.tell(con, kind, "scored", "told")
        asked = ", ".join(one.name for one in model.comparisons(kind))
        taught = f"SELECT {asked}, same FROM ({_labels(kind)})"
        into = "INSERT INTO lessons" if as_one else "CREATE TEMP TABLE lessons AS"
        con.execute(f"{into} {taught}")
    return fit(con, kind, "lessons")


def _labels(kind: Kind) -> str:
    """The pairs ``told`` with ``same``. Where a source gives several places one number (dwellings of a group home), the
    number says nothing of which of them another source's is, and among themselves they are different.
    """
    pairs = """SELECT t.*, a.truth = b.truth AS same, a.source = b.source AS within,
                 a.several OR b.several AS several
               FROM told t JOIN features f ON f.seq = t.l JOIN features g ON g.seq = t.r
               JOIN counted a ON a.record_id = f.record_id JOIN counted b ON b.record_id = g.record_id
               WHERE a.part = b.part"""
    counted = "SELECT *, count(*) OVER (PARTITION BY source, truth) > 1 AS several FROM truth"
    with_counts = f"WITH counted AS ({counted}), pairs AS ({pairs})"
    if kind == "organization":
        return f"{with_counts} SELECT * FROM pairs"
    return f"""{with_counts} SELECT * REPLACE (same AND NOT within AS same) FROM pairs
               WHERE NOT same OR (NOT within AND NOT several) OR (within AND unit = 'differs')"""


def fit(con: duckdb.DuckDBPyConnection, kind: Kind, lessons: str) -> Weights:
    """Weights from the table ``lessons``: the level's name by comparison, and ``same``, whether the two are one."""
    every = [(one, level) for one in model.comparisons(kind) for level in one.levels if not level.silent]
    columns = [(one, level) for one, level in every if level.fixed is None]
    shown = ", ".join(f"({one.name} = {literal(level.name)})::DOUBLE" for one, level in columns)
    fixed = " OR ".join(f"{one.name} = {literal(level.name)}" for one, level in every if level.fixed is not None)
    told = con.execute(
        f"""SELECT {shown}, same::DOUBLE, count(*)::DOUBLE FROM {lessons} WHERE NOT ({fixed or "FALSE"})
            GROUP BY ALL ORDER BY ALL"""
    ).fetchall()
    table = np.array(told, dtype=np.float64)
    start, slopes = _regress(table[:, :-2], table[:, -2], table[:, -1])
    levels: dict[str, dict[str, float]] = {}
    for one, level in every:
        levels.setdefault(one.name, {})[level.name] = level.fixed or 0.0
    for (one, level), slope in zip(columns, slopes, strict=True):
        levels[one.name][level.name] = round(float(slope), 3)
    return Weights(round(start, 3), levels, 0.0, -QUEUE)


def _regress(given: Floats, wanted: Floats, times: Floats) -> tuple[float, Floats]:
    """Intercept and slopes in log2, by Newton's method; the ridge holds all but the intercept."""
    design = np.hstack([np.ones((len(given), 1)), given])
    ridge = np.diag([1e-6] + [RIDGE] * given.shape[1])
    beta = np.zeros(design.shape[1])
    for _ in range(100):
        chance = 1 / (1 + np.exp(-design @ beta))
        gradient = design.T @ (times * (wanted - chance)) - ridge @ beta
        curve = design.T @ (design * (times * chance * (1 - chance))[:, None]) + ridge
        step = np.linalg.solve(curve, gradient)
        beta += step
        if np.abs(step).max() < 1e-9:
            break
    beta = beta / np.log(2)
    return float(beta[0]), beta[1:]


def _figures(con: duckdb.DuckDBPyConnection, kind: Kind, part: str, weights: Weights) -> Figures:
    """Precision and recall over pairs: of organizations all, of places those that two sources give once each."""
    model.score(con, kind, weights)
    clusters.make(con, weights)
    con.execute(
        """CREATE OR REPLACE TEMP TABLE judged AS
           SELECT t.*, j.cluster, count(*) OVER (PARTITION BY t.source, truth) = 1 AS once
           FROM truth t JOIN features f USING (record_id) JOIN joined_up j USING (seq)"""
    )
    counted = {
        "organization": "SELECT * FROM judged",
        "place": """SELECT * FROM judged WHERE truth IN (
                      SELECT truth FROM judged GROUP BY truth HAVING bool_and(once) AND count(*) = 2)""",
    }[kind]
    across = {"organization": "a.record_id < b.record_id", "place": "a.source < b.source"}[kind]
    ((right, told, true),) = con.execute(
        f"""WITH counted AS ({counted})
            SELECT count(*) FILTER (a.truth = b.truth AND a.cluster = b.cluster),
              count(*) FILTER (a.cluster = b.cluster), count(*) FILTER (a.truth = b.truth)
            FROM counted a JOIN counted b ON (a.truth = b.truth OR a.cluster = b.cluster) AND {across}"""
    ).fetchall()
    return Figures(part, weights.merged, right, told, true)


def _choose(tried: Sequence[Figures]) -> float:
    """The threshold, by what all parts together come to."""
    whole = [pooled(one for one in tried if one.threshold == at) for at in THRESHOLDS]
    precise = [one for one in whole if one.precision >= WANTED_PRECISION] or whole[-1:]
    return max(precise, key=lambda one: (round(one.f1, 4), one.threshold)).threshold


def pooled(parts: Iterable[Figures]) -> Figures:
    """The figures of several parts as one."""
    every = [*parts]
    sums = [sum(getattr(one, name) for one in every) for name in ("right", "told", "true")]
    return Figures("all", every[0].threshold, *sums)
