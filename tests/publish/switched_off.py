"""One protection less: a function of the code without one of its conditions. Whether that is noticed is the tests'."""

from __future__ import annotations
import __future__ as future

import inspect
from types import ModuleType
from typing import Any

import pytest


def switch_off(patch: pytest.MonkeyPatch, module: ModuleType, name: str, *changes: tuple[str, str]) -> None:
    """Replace parts of the source of ``module.name``, each of which must stand there once."""
    source = inspect.getsource(getattr(module, name))
    for old, new in changes:
        assert source.count(old) == 1, f"{name} holds no longer what protects: {old}"
        source = source.replace(old, new)
    made: dict[str, Any] = {}
    flags = future.annotations.compiler_flag
    exec(compile(source, f"<{name} without>", "exec", flags), vars(module), made)
    patch.setattr(module, name, made[name])
