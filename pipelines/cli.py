"""The command line, for people and for cron. Only what every command needs is imported at the top."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pipelines import approvals, judging, lock, onboarding, releases, resolving, settings, streams, templates
from pipelines.exits import BUG, MISUSE, RELEASED, STOPPED, MisuseError, refusing

if TYPE_CHECKING:
    from pipelines.nightly import NightResult
    from sources.ingest import Night

VALIDATED = {"valid": 0, "findings": 1, "unreadable": MISUSE}
"""Exit codes of ``validate`` by what came of it."""

OUTCOMES = {
    "released": (RELEASED, "公開しました (released)"),
    "unchanged": (RELEASED, "変わりがないので、前の版のままです (nothing changed)"),
    "stopped": (STOPPED, "検査で止まりました。前の版のままです (stopped by the gate; the last release stays)"),
    "failed": (BUG, "プログラムの誤りで終わりました。前の版のままです (a bug; the last release stays)"),
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
        settings.keep_days()
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    from pipelines import screen
    from sources.ingest import Night

    night = Night(
        home=(home or settings.home()).resolve(),
        as_of=as_of.date() if as_of else settings.today(),
        prefecture=prefecture,
        mirror=mirror,
        source_set=chosen,
    )
    with refusing(lock.NightRunningError):
        result = _run(night, quiet=as_json)
    seconds = time.monotonic() - started
    code, sentence = OUTCOMES[result.outcome]
    if as_json:
        sys.stdout.write(json.dumps(_told(night, result, seconds), ensure_ascii=False, indent=2, default=str) + "\n")
    else:
        screen.show(result, sentence, seconds)
    for reason in result.errors:
        typer.echo(reason, err=True)
    raise typer.Exit(code)


@app.command()
def validate(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="調べる表（CSV・TSV・Excel・JSON）")],
    schema: Annotated[
        Path | None, typer.Option(metavar="SCHEMA.json", help="決まりの書かれた Table Schema の JSON")
    ] = None,
    table: Annotated[str | None, typer.Option(help="道しるべの表の名前（services、places など）で調べる")] = None,
    strict: Annotated[bool, typer.Option("--strict/--no-strict", help="バイトと文字の乱れも調べる")] = True,
    form: Annotated[
        Literal["text", "json", "xlsx", "html", "frictionless"], typer.Option("--format", help="答えの形")
    ] = "text",
    lang: Annotated[Literal["ja", "en"], typer.Option(help="指摘の言葉")] = "ja",
    limit: Annotated[int | None, typer.Option(min=0, help="一覧にする指摘の数の上限")] = None,
    out: Annotated[Path | None, typer.Option(help="答えを書くファイル（既定：標準出力）")] = None,
) -> None:
    """自分の表を調べて、直すところを示す。 (Check a file of your own and show what to correct.)

    終了コード：0 直すところなし／1 指摘あり／2 使い方の誤り、または表として読めないファイル
    """
    from pipelines import validation

    with refusing(MisuseError):
        outcome = validation.run(file, schema, table, strict=strict, form=form, lang=lang, limit=limit, out=out)
    raise typer.Exit(VALIDATED[outcome])


@app.command()
def rate(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="調べる表（CSV・TSV・Excel）", exists=True, dir_okay=False)
    ],
    form: Annotated[Literal["text", "json"], typer.Option("--format", help="答えの形")] = "text",
    lang: Annotated[Literal["ja", "en"], typer.Option(help="答えの言葉")] = "ja",
) -> None:
    """表の機械可読性を、デジタル庁のルールで採点する。 (Rate a file by the Digital Agency's machine-readability rules.)

    終了コード：0 採点した／2 使い方の誤り、または採点できないファイル
    """
    from schemas import readability

    with refusing(readability.UnratableError, OSError):
        rating = readability.rate(file)
    told = json.dumps(rating, ensure_ascii=False, indent=2) if form == "json" else readability.summary(rating, lang)
    sys.stdout.write(told.rstrip("\n") + "\n")


for command in (
    onboarding.onboard,
    templates.template,
    approvals.submissions,
    approvals.approve,
    approvals.reject,
    approvals.clear,
    approvals.withdraw,
    approvals.hide,
    judging.judge,
    judging.review,
    resolving.resolve,
):
    app.command()(command)
app.command("train")(resolving.train_weights)
app.add_typer(releases.app, name="release")


def main() -> None:
    """Entry point of the console script."""
    app()


def _run(night: Night, quiet: bool) -> NightResult:
    from pipelines import nightly, screen

    with lock.hold(night.home), streams.stdout_to_stderr(), screen.progress(quiet) as bars:
        tasks = {stage: bars.add_task(title, total=1, start=False) for stage, title in screen.STAGES.items()}
        bars.update(tasks["sources"], total=len(nightly.sources_of(night)))
        bars.update(tasks["warehouse"], total=2)

        def pass_on(step: str, ended: bool) -> None:
            stage = next((stage for stage in screen.STAGES if step.startswith(stage)), None)
            if stage is not None:
                bars.start_task(tasks[stage])
                bars.advance(tasks[stage], 1 if ended else 0)

        return nightly.run(night, pass_on)


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
