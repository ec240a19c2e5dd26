"""The command ``template``: one blank form in one file. What a form asks, and how it looks, is ``sources.forms``'s."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

Kind = Literal["organization", "services", "municipality"]
"""The forms of ``sources.forms``, named here because the command line starts without loading them."""


def template(
    kind: Annotated[
        Kind,
        typer.Argument(help="organization 団体用の登録票／municipality 市町村用の一覧／services 活動の一覧表"),
    ],
    out: Annotated[Path | None, typer.Option(help="書くファイル（既定：様式の題名.xlsx）")] = None,
) -> None:
    """配る様式（Excel）を作る。 (Write a blank form to hand out.)

    終了コード：0 書いた／2 使い方の誤り。すでにあるファイルには書きません（記入済みかもしれないため）。
    """
    from sources import forms

    path = out or Path(f"{forms.title(kind)}.xlsx")
    try:
        with path.open("xb") as file:
            file.write(forms.write(kind))
    except FileExistsError:
        raise typer.BadParameter(
            f"{path} はすでにあります。記入済みかもしれないので、別の名前を --out に書いてください。"
            " (The file is there already; name another one.)"
        ) from None
    except OSError as error:
        raise typer.BadParameter(f"{path} に書けません。 (Cannot be written: {error.strerror or error}.)") from None
    typer.echo(f"{path} を作りました。配る前に「提出先」を記入してください。 (Written; fill in whom to send it to.)")
