"""The import direction of the rooms (house.md), read from the syntax tree of every module."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

MAY_IMPORT = {
    "schemas": set(),
    "sources": {"schemas"},
    "warehouse": {"schemas"},
    "publish": {"schemas", "warehouse"},
    "pipelines": {"schemas", "sources", "warehouse", "publish"},
}


def imported(path: Path) -> Iterator[str]:
    """Dotted names of all modules that a file imports, wherever the import stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_only_the_rooms_before_it(room: str) -> None:
    forbidden = MAY_IMPORT.keys() - MAY_IMPORT[room] - {room}
    modules = sorted((ROOT / room).rglob("*.py"))
    assert modules
    broken = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules
        for name in imported(path)
        if name.split(".")[0] in forbidden
    ]
    assert broken == []


@pytest.mark.parametrize("room", [room for room in MAY_IMPORT if room != "pipelines"])
def test_domain_code_knows_nothing_of_dagster(room: str) -> None:
    assert [
        path for path in (ROOT / room).rglob("*.py") if "dagster" in {n.split(".")[0] for n in imported(path)}
    ] == []


def test_the_command_line_starts_without_the_heavy_libraries() -> None:
    path = ROOT / "pipelines" / "cli.py"
    top = [
        node
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    names = {alias.name for node in top if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in top if isinstance(node, ast.ImportFrom)}
    assert not {name.split(".")[0] for name in names} & {
        "dagster",
        "duckdb",
        "pandas",
        "pyarrow",
        "sources",
        "warehouse",
    }
