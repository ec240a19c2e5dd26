"""What a person sees of a night at the terminal: the progress and the table at its end.

Apart from ``cli``, so that commands which show no table do not wait for Rich to load.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

if TYPE_CHECKING:
    from pipelines.nightly import NightResult

STAGES = {"sources": "取り込みと検証", "warehouse": "統合", "gate": "検査", "release": "公開"}

COUNTS = {
    "rows_read": "読んだ\n行",
    "accepted": "採用",
    "quarantined": "隔離",
    "withheld": "不掲載\nの値",
    "out_of_area": "対象地域\nの外",
    "ended": "終了",
}

SEVERITIES = {
    "reject": "指摘\n不採用",
    "quarantine": "指摘\n隔離",
    "withhold": "指摘\n不掲載",
    "note": "お知\nらせ",
}


def progress(quiet: bool) -> Progress:
    """The progress bars, on standard error; none if ``quiet``."""
    return Progress(
        SpinnerColumn(finished_text="✓"),
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=quiet,
    )


def show(result: NightResult, sentence: str, seconds: float) -> None:
    """Print what each source gave, how the night ended, and where the release is."""
    screen = Console()
    console = Console(width=max(screen.width, 120)) if not screen.is_terminal else screen
    table = Table(title=f"今夜の出典（{seconds:.1f} 秒）", title_justify="left")
    table.add_column("出典", no_wrap=True)
    for heading in (*COUNTS.values(), *SEVERITIES.values(), "変化", "秒"):
        table.add_column(heading, justify="right")
    for run in result.sources:
        counts = (getattr(run, name) for name in COUNTS)
        found = (run.findings.get(severity, 0) for severity in SEVERITIES)
        numbers = (f"{number:,}" for number in (*counts, *found))
        table.add_row(run.source, *numbers, "あり" if run.changed else "なし", f"{run.seconds:.1f}")
    console.print(table)
    for run in result.sources:
        if run.rejected:
            console.print(f"[yellow]{run.source}[/]：{escape(run.rejected)}")
    console.print(sentence)
    if result.release:
        console.print(str(result.release), soft_wrap=True)
