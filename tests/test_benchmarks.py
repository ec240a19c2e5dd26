"""The benchmark counts every second once and says plainly what was missed. It is not run here: it takes minutes."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

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
