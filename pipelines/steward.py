"""What the steward's commands share: their options, the home they work in, and a decision that takes effect at once.

What a decision means is ``warehouse``'s; what a command says of it stands with the command.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from pipelines import lock, settings, streams
from pipelines.exits import BUG, MISUSE, STOPPED

By = Annotated[str, typer.Option(help="決めた人")]
Why = Annotated[str, typer.Option(help="理由")]
Home = Annotated[
    Path | None, typer.Option(help="状態を置くフォルダ（既定：MICHISHIRUBE_HOME か var）", file_okay=False)
]

PATIENCE = 900.0
"""Seconds to wait for a night under way to end, before what must go at once goes."""


def home_of(told: Path | None) -> Path:
    """The home that was told or is set; one in which no night has run ends the command."""
    place = (told or settings.home()).resolve()
    if not (place / "accepted").is_dir():
        typer.echo(
            f"{place} には、まだ夜間処理の結果がありません。先に michishirube nightly を実行してください。"
            " (No night has run in this home.)",
            err=True,
        )
        raise typer.Exit(MISUSE)
    return place


def said(text: str, option: str) -> str:
    """What was said with that option, trimmed; nothing at all ends the command."""
    if not text.strip():
        typer.echo(f"{option} に何も書かれていません。 (Empty.)", err=True)
        raise typer.Exit(MISUSE)
    return text.strip()


def plain(line: str) -> str:
    """The text on one line, without what would steer the terminal."""
    return "".join(letter if letter.isprintable() or letter == "　" else "\ufffd" for letter in line)


def take_effect(home: Path) -> None:
    """Publish anew by the decision that stands in the ledger already, so that it is never lost.

    Ends the command with :data:`STOPPED` or :data:`BUG` where that does not succeed.
    """
    from pipelines import nightly

    with _night_of(home), streams.stdout_to_stderr():
        result = nightly.republish(home)
    if result is None:
        typer.echo("まだ一度も公開していません。 (Nothing has been published yet.)")
        return
    serving = result.release.name if result.release else "なし"
    if result.outcome in ("released", "unchanged"):
        typer.echo(f"いま公開している版は {serving} です。")
        for warning in result.warnings:
            typer.echo(warning, err=True)
        return
    stopped = result.outcome == "stopped"
    told = "検査で止まりました" if stopped else "プログラムの誤りで終わりました"
    typer.echo(f"{told}。前の版 {serving} のままです。すぐに道しるべの担当者に知らせてください。", err=True)
    for reason in result.errors:
        typer.echo(reason, err=True)
    raise typer.Exit(STOPPED if stopped else BUG)


@contextmanager
def _night_of(home: Path) -> Iterator[None]:
    """Hold the night's lock, waiting for a night under way: it may publish what it read before the decision."""
    with ExitStack() as held:
        try:
            held.enter_context(lock.hold(home))
        except lock.NightRunningError:
            typer.echo("夜間処理が動いています。終わるのを待って、すぐに公開し直します。止めないでください。", err=True)
            try:
                held.enter_context(lock.hold(home, PATIENCE))
            except lock.NightRunningError:
                typer.echo(
                    "夜間処理が終わらないので、まだ公開し直していません。決めたことは台帳に書いてあります。"
                    "処理が終わったら、すぐに同じコマンドをもう一度実行してください。 (Not yet in effect; repeat it.)",
                    err=True,
                )
                raise typer.Exit(STOPPED) from None
        yield
