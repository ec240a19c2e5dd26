"""The command line, for people and for cron. Only what every command needs is imported at the top."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from pipelines import lock, settings

if TYPE_CHECKING:
    from pipelines.nightly import NightResult
    from sources.ingest import Night

RELEASED, BUG, MISUSE, STOPPED = 0, 1, 2, 3
"""Exit codes. Zero also when nothing changed."""

OUTCOMES = {
    "released": (RELEASED, "公開しました (released)"),
    "unchanged": (RELEASED, "変わりがないので、前の版のままです (nothing changed)"),
    "stopped": (STOPPED, "検査で止まりました。前の版のままです (stopped by the gate; the last release stays)"),
    "failed": (BUG, "プログラムの誤りで終わりました。前の版のままです (a bug; the last release stays)"),
}

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

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)


@app.callback()
def michishirube() -> None:
    """道しるべ：支援情報を毎晩ひとつのオープンデータにする。 (Support information becomes one open data release.)"""


@app.command()
def nightly(
    home: Annotated[
        Path | None, typer.Option(help="状態を置くフォルダ（既定：MICHISHIRUBE_HOME か var）", file_okay=False)
    ] = None,
    mirror: Annotated[
        Path | None, typer.Option(help="取得元の代わりに読むフォルダ", exists=True, file_okay=False, resolve_path=True)
    ] = None,
    as_of: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="基準日（既定：東京の今日）")] = None,
    prefecture: Annotated[Literal["01", "all"], typer.Option(help="01 は北海道、all は全国")] = "01",
    as_json: Annotated[bool, typer.Option("--json", help="結果を JSON 一つで標準出力に出す")] = False,
) -> None:
    """一晩の処理をして、公開データの場所を示す。 (Run one night and show where the release is.)

    終了コード：0 公開した、または変わりなし／3 検査で止まった／2 使い方の誤り、または別の夜間処理が動いている／1 誤り
    """
    started = time.monotonic()
    try:
        chosen = settings.source_set(mirror)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    from sources.ingest import Night

    night = Night(
        home=(home or settings.home()).resolve(),
        as_of=as_of.date() if as_of else settings.today(),
        prefecture=prefecture,
        mirror=mirror,
        source_set=chosen,
    )
    try:
        result = _run(night, quiet=as_json)
    except lock.NightRunningError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(MISUSE) from None
    seconds = time.monotonic() - started
    code, sentence = OUTCOMES[result.outcome]
    if as_json:
        sys.stdout.write(json.dumps(_told(night, result, seconds), ensure_ascii=False, indent=2, default=str) + "\n")
    else:
        _show(result, sentence, seconds)
    for reason in result.errors:
        typer.echo(reason, err=True)
    raise typer.Exit(code)


def main() -> None:
    """Entry point of the console script."""
    app()


def _run(night: Night, quiet: bool) -> NightResult:
    from pipelines import nightly

    with lock.hold(night.home), _stdout_to_stderr(), _progress(quiet) as bars:
        tasks = {stage: bars.add_task(title, total=1, start=False) for stage, title in STAGES.items()}
        bars.update(tasks["sources"], total=len(nightly.sources_of(night)))

        def pass_on(step: str, ended: bool) -> None:
            stage = next((stage for stage in STAGES if step.startswith(stage)), None)
            if stage is not None:
                bars.start_task(tasks[stage])
                bars.advance(tasks[stage], 1 if ended else 0)

        return nightly.run(night, pass_on)


def _progress(quiet: bool) -> Progress:
    return Progress(
        SpinnerColumn(finished_text="✓"),
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=quiet,
    )


@contextmanager
def _stdout_to_stderr() -> Iterator[None]:
    """Whatever a library prints, at whatever level, goes to standard error: standard output is for the result."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


def _told(night: Night, result: NightResult, seconds: float) -> dict[str, object]:
    return {
        "as_of": night.as_of.isoformat(),
        "prefecture": night.prefecture,
        "source_set": night.source_set,
        "outcome": result.outcome,
        "release": result.release and str(result.release),
        "seconds": round(seconds, 2),
        "stages": result.seconds,
        "run_id": result.run_id,
        "errors": list(result.errors),
        "sources": [asdict(run) for run in result.sources],
    }


def _show(result: NightResult, sentence: str, seconds: float) -> None:
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
