"""The benchmark counts every second once and says plainly what was missed. It is not run here: it takes minutes."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from schemas.sql import make_table
from tests.nights import Night

ROOT = Path(__file__).parents[1]


def loaded(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"benchmark_{name}", ROOT / "benchmarks" / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    return loaded("nightly")


@pytest.fixture(scope="module")
def validator() -> ModuleType:
    return loaded("validator")


@pytest.fixture(scope="module")
def resolving() -> ModuleType:
    return loaded("resolve")


@pytest.fixture(scope="module")
def labels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three bodies of five records in two prefectures; two of them have one name."""
    path = tmp_path_factory.mktemp("labels") / "labels.csv"
    path.write_text(
        "record_id,source,name,name_kana,area,address,phone,url,truth\n"
        "a1,register,株式会社みちしるべ,かぶしきがいしゃみちしるべ,宮城県仙台市青葉区,架空町1丁目2番3号,022-000-0001,https://www.michi.example.jp,1\n"
        "a2,offices,㈱ みちしるべ,,宮城県仙台市青葉区,宮城県仙台市青葉区架空町１－２－３,022-000-0001,http://michi.example.jp/a,1\n"
        "b1,register,株式会社みちしるべ,かぶしきがいしゃみちしるべ,宮城県石巻市,架空町9番地,0225-00-0002,,2\n"
        "c1,register,社会福祉法人みほん福祉会,しゃかいふくしほうじんみほんふくしかい,広島県呉市,架空町4番地,0823-00-0003,,3\n"
        "c2,offices,社会福祉法人みほん福祉会,,広島県呉市,広島県呉市架空町4,0823-00-0004,,3\n",
        encoding="utf-8",
    )
    return path


def test_every_step_is_of_one_stage(benchmark: ModuleType, night: Night) -> None:
    steps = night.told["stages"]
    assert all(sum(step.startswith(stage) for stage in benchmark.STAGES) == 1 for step in steps)
    assert all(any(step.startswith(stage) for step in steps) for stage in benchmark.STAGES)
    assert sum(benchmark._seconds(steps, stage) for stage in benchmark.STAGES) == pytest.approx(sum(steps.values()))


def test_the_aims_are_told_plainly(benchmark: ModuleType) -> None:
    slow = benchmark.Measured({"sources": 50.0, "warehouse": 5.0, "gate": 3.0, "release": 2.0}, 70.0, 500.0, 10, 5)
    case = benchmark.Case("実データ", None, "01", {"cold": 60.0}, 2000.0)
    line = benchmark._line(case, "cold", [slow])
    assert "| 70.0 | 50.0 | 5.0 | 3.0 | 2.0 | 10.0 | 500 |" in line
    assert "60 秒未満：**未達 (missed)**" in line and "2,000 MB未満：達成 (met)" in line


def test_all_three_find_the_same_faults(validator: ModuleType, tmp_path: Path) -> None:
    path = validator._write(tmp_path / "a.csv", 600)
    assert validator._ours(path, validator.SCHEMA) == validator._theirs(path, validator.SCHEMA) == 120
    assert validator._bare(path) == 120
    with pytest.raises(SystemExit):
        validator._must_agree([120, 119])


def test_the_aims_of_the_validator_are_told_plainly(validator: ModuleType) -> None:
    assert "達成 (met)" in validator._at_least(30.1, 30) and "**未達 (missed)**" in validator._at_least(29.9, 30)
    assert "2.01 倍" in validator._at_most(2.01, 2, "倍") and "**未達 (missed)**" in validator._at_most(2.01, 2, "倍")


def test_pairs_of_records_are_counted_as_they_are_meant_and_told(resolving: ModuleType, labels: Path) -> None:
    with resolving._labelled(labels) as con:
        assert "truth" not in [row[0] for row in con.execute("DESCRIBE records").fetchall()]
        # One of three pairs told is meant; what is told across prefectures does not count.
        answer = {"record_id": ["a1", "a2", "b1", "c1", "c2"], "entity": ["x", "x", "x", "x", "y"]}
        make_table(con, "answer", answer)
        figures = resolving.scored(con, "organization")
        assert (figures.right, figures.told, figures.true) == (1, 3, 2)
        # Of places those across the sources, of what stands once in each.
        figures = resolving.scored(con, "place")
        assert (figures.right, figures.told, figures.true) == (1, 2, 2)


@pytest.mark.parametrize(("way", "pairs"), [("_ours", (2, 2, 2)), ("_by_name", (1, 2, 2)), ("_by_keys", (0, 0, 2))])
def test_each_way_of_resolving_answers_for_every_record(
    resolving: ModuleType, labels: Path, way: str, pairs: tuple[int, int, int]
) -> None:
    figures, _, _ = resolving._measured(labels, getattr(resolving, way))
    assert (figures.right, figures.told, figures.true) == pairs


def test_new_bodies_have_as_many_records_and_no_number_or_host_of_another(resolving: ModuleType, labels: Path) -> None:
    told = []
    for _ in range(2):
        with resolving._labelled(labels) as con:
            resolving.draw(con, 900)
            told.append(con.execute("SELECT * FROM labels ORDER BY record_id").fetchall())
            bodies = con.execute("SELECT truth, count(*), count(DISTINCT area) FROM labels GROUP BY 1").fetchall()
            shared = con.execute(
                """SELECT count(*) FROM labels a JOIN labels b ON a.truth <> b.truth
                   AND (a.phone = b.phone OR a.url = b.url AND a.url IS NOT NULL AND a.url <> '')"""
            ).fetchall()
            assert con.execute("SELECT count(*) FROM records").fetchall() == [(900,)]
    assert told[0] == told[1]
    assert {records for _, records, _ in bodies} == {1, 2} and 900 / len(bodies) == pytest.approx(5 / 3, rel=0.05)
    assert {areas for _, _, areas in bodies} == {1}
    assert shared == [(0,)]


def test_what_a_body_s_records_share_they_share_in_the_new_one(resolving: ModuleType, labels: Path) -> None:
    with resolving._labelled(labels) as con:
        resolving.draw(con, 300)
        names = con.execute(
            """SELECT DISTINCT replace(replace(a.name, '株式会社', ''), '(株)', '') = replace(replace(b.name,
                 '株式会社', ''), '(株)', '') FROM labels a JOIN labels b USING (truth)"""
        ).fetchall()
    assert names == [(True,)]


def test_the_aims_of_resolution_are_told_plainly(resolving: ModuleType) -> None:
    assert "達成 (met)" in resolving._aim(resolving.Figures("all", 0.0, 99, 99, 100), 0.99, 0.98)
    assert "**未達 (missed)**" in resolving._aim(resolving.Figures("all", 0.0, 90, 99, 100), 0.99, 0.98)
    assert resolving._aims(700, 500, 2).count("**未達 (missed)**") == 2
    assert resolving._cells(resolving.Figures("all", 0.0, 0, 0, 5)) == ("—", "0.0000", "0.0000")
