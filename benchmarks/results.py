"""How results are told, and what is measured alike everywhere: rows, aims, the machine, and the memory of a process."""

from __future__ import annotations

import os
import platform
import re
import resource
from importlib.metadata import version
from pathlib import Path


def row(*cells: str) -> str:
    """A row of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def met(is_met: bool) -> str:
    """Whether an aim was met; one that was missed is seen."""
    return "達成 (met)" if is_met else "**未達 (missed)**"


def machine(*libraries: str) -> str:
    """What it was measured on: processor cores, system, and versions of Python and of these libraries."""
    versions = "、".join(f"{name} {version(name)}" for name in libraries)
    return f"CPU: {os.cpu_count()} コア ／ {platform.system()}、Python {platform.python_version()}、{versions}"


def peak() -> float:
    """Peak memory of this process in MB. On Linux that of the program alone: what ``getrusage`` tells also counts the
    memory of the parent that it was forked from.
    """
    status = Path("/proc/self/status")
    if status.exists():
        found = re.search(r"VmHWM:\s*(\d+)", status.read_text())
        return int(found[1]) * 1024 / 1e6 if found else 0.0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
