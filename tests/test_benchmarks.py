"""The benchmark counts every second once and says plainly what was missed. It is not run here: it takes minutes."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.nights import Night

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location("benchmark_of_nights", ROOT / "benchmarks" / "nightly.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_every_step_is_of_one_stage(benchmark: ModuleType, night: Night) -> None:
    steps = night.told["stages"]
    assert all(sum(step.startswith(stage) for stage in benchmark.STAGES) == 1 for step in steps)
    assert all(any(step.startswith(stage) for step in steps) for stage in benchmark.STAGES)
    assert sum(benchmark._seconds(steps, stage) for stage in benchmark.STAGES) == pytest.approx(sum(steps.values()))


def test_the_aims_are_told_plainly(benchmark: ModuleType) -> None:
    slow = benchmark.Measured({"sources": 50.0, "warehouse": 5.0, "gate": 3.0, "release": 2.0}, 70.0, 500.0, 10, 5)
    line = benchmark._line("実データ", "cold", [slow], aimed=True)
    assert "| 70.0 | 50.0 | 5.0 | 3.0 | 2.0 | 10.0 | 500 |" in line
    assert "60 秒未満：**未達 (missed)**" in line and "2,000 MB未満：達成 (met)" in line
