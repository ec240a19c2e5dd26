"""What a steward does with releases that are published: the command ``release redact``.

What a release is and how one is made anew is ``publish``'s.
"""

from __future__ import annotations

from typing import Annotated

import typer

from pipelines import lock, settings
from pipelines.exits import refusing
from pipelines.steward import PATIENCE, Home, Why, home_of, said

app = typer.Typer(no_args_is_help=True, help="公開した版のこと。 (Published releases.)")


@app.callback()
def releases() -> None:
    """公開した版のこと。 (Published releases.)"""


@app.command()
def redact(
    id: Annotated[str, typer.Argument(metavar="ID", help="公開されていた団体・拠点・支援などの id")],
    why: Why,
    by: Annotated[str, typer.Option(help="決めた人")] = "",
    home: Home = None,
) -> None:
    """残っている過去の版からも取り除く。その版は作り直し、もとのファイルは消す。 (Take it out of kept releases.)

    今夜からの公開をやめるのは withdraw と hide。いま公開してよいと決まっている形で最新の版に載っているものは残す。

    終了コード：0 取り除いた／2 使い方の誤り、または夜間処理が動いている／1 誤り
    """
    place = home_of(home)
    reason = said(why, "--why")
    from publish import redaction

    with refusing(redaction.RedactionError, lock.NightRunningError), lock.hold(place, PATIENCE):
        found = redaction.redact(place, id, by.strip(), reason, settings.today())
    typer.echo(f"{id} を、残っている {len(found.made)} 個の版から取り除きました。もとの版のファイルは消しました。")
    for old, new in found.made.items():
        typer.echo(f"  {old} → {new}")
    for leak in found.left:
        typer.echo(f"ほかの記録にも、書き方を変えて同じ値が残っています：{leak.file}（{leak.field}）", err=True)
