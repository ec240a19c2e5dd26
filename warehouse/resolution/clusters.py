"""Pairs become entities, under constraints: precision first, a missed duplicate rather than a false merge.

DuckDB finds what hangs together; only where something within speaks against it (two numbers, two kinds of body, a
judgement, a pair that is clearly apart) Python joins step by step, strongest first. What a pair weighs does not belong
here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import duckdb
import pyarrow as pa

from warehouse.resolution.deciding import JUDGED_AGAINST_KEY, JUDGED_BOTH_WAYS
from warehouse.resolution.model import Weights

SURE = 100.0
"""The weight of a pair that a key or a person joined."""


def make(con: duckdb.DuckDBPyConnection, weights: Weights) -> None:
    """Make the temporary table ``joined_up`` (seq, cluster): the smallest ``seq`` of the entity.

    Reads ``features``, ``scored``, ``numbers``, ``keyed_alike`` and the judged pairs; adds to ``contradictions``.
    """
    _edges(con, weights)
    _components(con)
    _doubtful(con, weights)
    moved = _settle(con, weights)
    con.register("moved_now", moved)
    con.execute(
        """CREATE OR REPLACE TEMP TABLE joined_up AS
           SELECT seq, coalesce(m.cluster, c.cluster) AS cluster
           FROM components c LEFT JOIN moved_now m USING (seq) ORDER BY seq"""
    )
    con.unregister("moved_now")


def _edges(con: duckdb.DuckDBPyConnection, weights: Weights) -> None:
    """``edges`` (l, r, weight): what joins. A key or a judgement for it weighs more than any score; those against it
    are seen when clusters are settled, for they forbid more than one edge.
    """
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE edges AS
            SELECT l, r, max(weight) AS weight FROM (
              SELECT l, r, {SURE + 1} AS weight FROM judged_same
              UNION ALL SELECT other, seq, {SURE} FROM (
                SELECT seq, unnest([min(seq) OVER same, lag(seq) OVER same]) AS other FROM (
                  SELECT seq, key FROM keyed_alike UNION ALL SELECT seq, '法人番号 ' || corporate_number FROM numbers)
                WINDOW same AS (PARTITION BY key ORDER BY seq)) WHERE other <> seq
              UNION ALL SELECT l, r, weight FROM scored ANTI JOIN judged_unsure USING (l, r)
                WHERE weight >= {weights.merged})
            GROUP BY ALL"""
    )


def _components(con: duckdb.DuckDBPyConnection) -> None:
    """``components`` (seq, cluster): what hangs together at all. Each takes the least number that a neighbour has, and
    then its number's number, until nothing moves.
    """
    con.execute(
        "CREATE OR REPLACE TEMP TABLE two_ways AS SELECT l AS a, r AS b FROM edges UNION ALL SELECT r, l FROM edges"
    )
    con.execute("CREATE OR REPLACE TEMP TABLE components AS SELECT seq, seq AS cluster FROM features")
    while True:
        con.execute(
            """CREATE OR REPLACE TEMP TABLE nearer AS
               SELECT c.seq, least(c.cluster, n.cluster) AS cluster FROM components c LEFT JOIN (
                 SELECT a AS seq, min(cluster) AS cluster FROM two_ways JOIN components ON seq = b GROUP BY a) n
               USING (seq)"""
        )
        con.execute(
            """CREATE OR REPLACE TEMP TABLE nearest AS
               SELECT n.seq, least(n.cluster, o.cluster) AS cluster FROM nearer n JOIN nearer o ON o.seq = n.cluster"""
        )
        moved = con.execute("SELECT count(*) FROM nearest n JOIN components c USING (seq) WHERE n.cluster <> c.cluster")
        done = moved.fetchone() == (0,)
        con.execute("CREATE OR REPLACE TEMP TABLE components AS SELECT * FROM nearest")
        if done:
            return


def _doubtful(con: duckdb.DuckDBPyConnection, weights: Weights) -> None:
    """``doubtful`` (cluster): components in which something speaks against one entity."""
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE doubtful AS
            SELECT cluster FROM components JOIN features USING (seq) LEFT JOIN numbers USING (seq)
            GROUP BY cluster HAVING count(DISTINCT family) > 1 OR count(DISTINCT numbers.corporate_number) > 1
            UNION SELECT c.cluster FROM (
              FROM judged_different UNION ALL FROM judged_unsure
              UNION ALL SELECT l, r FROM scored WHERE weight < {weights.proposed}) p
            JOIN components c ON c.seq = p.l JOIN components d ON d.seq = p.r WHERE c.cluster = d.cluster"""
    )


@dataclass
class _Cluster:
    """What is known of a cluster that is growing. Its ``enemies`` are none of it, of its ``doubts`` a person was not
    sure; ``across`` holds sum and count of the weights to others.
    """

    members: list[int]
    families: set[str]
    numbers: set[str]
    enemies: set[int] = field(default_factory=set)
    doubts: set[int] = field(default_factory=set)
    across: dict[int, tuple[float, int]] = field(default_factory=lambda: defaultdict(lambda: (0.0, 0)))


_INSIDE = """JOIN components c ON c.seq = l JOIN components d ON d.seq = r
             WHERE c.cluster = d.cluster AND c.cluster IN (FROM doubtful)"""
"""Of a table of pairs those within one doubtful component."""


def _settle(con: duckdb.DuckDBPyConnection, weights: Weights) -> pa.Table:
    """Where each record of a doubtful component goes: seq, cluster."""
    clusters = _apart(con)
    family = {seq: next(iter(one.families), None) for seq, one in clusters.items()}
    home = {seq: seq for seq in clusters}
    broken: list[tuple[str, int, int]] = []
    for left, right, weight in con.execute(
        f"SELECT l, r, weight FROM edges {_INSIDE} ORDER BY weight DESC, l, r"
    ).fetchall():
        one, two = clusters[home[left]], clusters[home[right]]
        if one is two:
            continue
        if _forbidden(one, two, home):
            if weight >= SURE:
                by_people = weight > SURE and len(one.numbers | two.numbers) < 2
                broken.append((JUDGED_BOTH_WAYS if by_people else JUDGED_AGAINST_KEY, left, right))
        elif weight >= SURE or _fits(one, two, home, family[left], family[right], weights):
            _merge(one, two, clusters, home)
    _report(con, broken)
    first = [min(clusters[at].members) for at in home.values()]
    return pa.table({"seq": pa.array(home, pa.int32()), "cluster": pa.array(first, pa.int32())})


def _apart(con: duckdb.DuckDBPyConnection) -> dict[int, _Cluster]:
    """Each record of the doubtful components as a cluster of its own."""
    rows = con.execute(
        """SELECT seq, family, numbers.corporate_number FROM components SEMI JOIN doubtful USING (cluster)
           JOIN features USING (seq) LEFT JOIN numbers USING (seq) ORDER BY seq"""
    ).fetchall()
    clusters = {seq: _Cluster([seq], {family} - {None}, {number} - {None}) for seq, family, number in rows}
    for left, right in con.execute(f"SELECT l, r FROM judged_different {_INSIDE}").fetchall():
        clusters[left].enemies.add(right)
        clusters[right].enemies.add(left)
    for left, right in con.execute(f"SELECT l, r FROM judged_unsure {_INSIDE}").fetchall():
        clusters[left].doubts.add(right)
        clusters[right].doubts.add(left)
    # Sums of doubles depend on their order.
    for left, right, weight in con.execute(f"SELECT l, r, weight FROM scored {_INSIDE} ORDER BY l, r").fetchall():
        clusters[left].across[right] = clusters[right].across[left] = (weight, 1)
    return clusters


def _forbidden(one: _Cluster, two: _Cluster, home: dict[int, int]) -> bool:
    """Whether a key or a person says that these are two."""
    if len(one.numbers | two.numbers) > 1:
        return True
    at = home[two.members[0]]
    return any(home[enemy] == at for enemy in one.enemies)


def _fits(
    one: _Cluster, two: _Cluster, home: dict[int, int], left: str | None, right: str | None, weights: Weights
) -> bool:
    """Whether two clusters that a pair would join are one as a whole: not two kinds of body that only a name without
    its kind joins, nor a weak bridge between many pairs that speak against it, nor one of which a person was not sure.
    """
    if any(home[doubt] == home[two.members[0]] for doubt in one.doubts):
        return False
    if one.families and two.families and one.families != two.families and (left is None or right is None):
        return False
    total, count = one.across[home[two.members[0]]]
    return total / count >= (weights.merged if min(len(one.members), len(two.members)) > 1 else weights.proposed)


def _merge(one: _Cluster, two: _Cluster, clusters: dict[int, _Cluster], home: dict[int, int]) -> None:
    """Put the smaller cluster into the larger one."""
    if (len(one.members), -one.members[0]) < (len(two.members), -two.members[0]):
        one, two = two, one
    to, gone = home[one.members[0]], home[two.members[0]]
    one.across.pop(gone, None)
    two.across.pop(to, None)
    for other, (total, count) in two.across.items():
        before, times = one.across[other]
        one.across[other] = (before + total, times + count)
        clusters[other].across.pop(gone, None)
        clusters[other].across[to] = one.across[other]
    for seq in two.members:
        home[seq] = to
    one.members += two.members
    one.families |= two.families
    one.numbers |= two.numbers
    one.enemies |= two.enemies
    one.doubts |= two.doubts
    del clusters[gone]


def _report(con: duckdb.DuckDBPyConnection, broken: Iterable[tuple[str, int, int]]) -> None:
    """Add what keys and people say against each other to ``contradictions``."""
    for code, left, right in broken:
        con.execute(
            """INSERT INTO contradictions SELECT ?, a.record_id, b.record_id, NULL
               FROM features a, features b WHERE a.seq = ? AND b.seq = ?""",
            [code, left, right],
        )
