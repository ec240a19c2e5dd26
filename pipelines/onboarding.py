"""The command ``onboard``: drafts of ``source.yml`` and ``mapping.yml`` for a file that nobody has described yet.

What is proposed, and why, is ``sources.onboarding``'s.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.exits import MisuseError, refusing

if TYPE_CHECKING:
    from sources.onboarding import Proposal


def onboard(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="取り込みたいファイル（CSV・TSV・Excel・JSON・ZIP）")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="下書きを書く新しいフォルダ。名前が出典のIDになる")],
) -> None:
    """新しい出典の source.yml と mapping.yml の下書きを作る。 (Draft both files for a new source.)

    終了コード：0 書いた／2 使い方の誤り、または表として読めないファイル。下書きは人が仕上げます（docs/onboarding.md）。
    """
    with refusing(MisuseError):
        typer.echo(run(file, out))


def run(file: Path, out: Path) -> str:
    """Write the drafts and a copy of the file into the new folder ``out``; a summary in words.

    Raises ``MisuseError``.
    """
    if not re.fullmatch(r"[a-z0-9_]+", out.name):
        raise MisuseError(
            f"フォルダの名前が出典のIDになります。小文字の英数字と _ だけにしてください: {out.name}"
            " (The folder's name is the id: a-z, 0-9 and _ only.)"
        )
    if out.exists():
        raise MisuseError(f"{out} はもうあります。ほかの名前にしてください。 (The folder is there already.)")
    proposal = _proposal(file)
    from sources.onboarding import writing

    try:
        out.mkdir(parents=True)
        shutil.copyfile(file, out / file.name)
        (out / "source.yml").write_text(writing.source_yml(proposal, out.name, file), encoding="utf-8")
        if not proposal.layout:
            (out / "mapping.yml").write_text(writing.mapping_yml(proposal), encoding="utf-8")
    except OSError as error:
        raise MisuseError(f"{out} に書けません。 (Cannot be written: {error.strerror or error}.)") from error
    return _summary(proposal, out)


def _proposal(file: Path) -> Proposal:
    """What is proposed for the file; ``MisuseError`` if it is no table, or a form, which is the inbox's."""
    from sources import onboarding
    from sources.readers import ReadError

    if _is_form(file):
        raise MisuseError(
            f"{file.name} は様式に記入されたものです。公開には承認が要るので、inbox に置いてください（docs/forms.md）。"
            " (A filled form belongs into the inbox.)"
        )
    try:
        return onboarding.propose(file)
    except ReadError as error:
        raise MisuseError(f"{error.message_ja} ({error.message_en})") from error
    except OSError as error:
        raise MisuseError(f"{file} を開けません。 (Cannot be opened: {error.strerror or error}.)") from error


def _is_form(file: Path) -> bool:
    """Whether the file is one of our forms, with its questions of consent; a list with the same headings is none."""
    from sources import catalog, forms
    from sources.readers import ReadError

    for layout in forms.layouts_of(file):
        consents = [record for record in catalog.layout(layout).records if record.table == "consents"]
        asked = {column for record in consents for cell in record.cells.values() for column in cell.columns}
        try:
            if asked & set(forms.read(file.read_bytes(), file.name, layout).header):
                return True
        except ReadError:
            return True
    return False


def _summary(proposal: Proposal, out: Path) -> str:
    lines = [f"{'。'.join(proposal.reasons)}。{proposal.rows.table.num_rows:,} 行、{len(proposal.matches)} 列。", ""]
    if proposal.layout:
        lines.append(f"見出しが sources/layouts/{proposal.layout}.yml とほぼ同じです。mapping.yml は要りません。")
        return "\n".join([*lines, *_next(out, "source.yml")])
    for match in proposal.matches:
        target = str(match.target) if match.target else "（決まらない）"
        lines.append(f"{match.heading} → {target}  {'、'.join(match.reasons)}")
    return "\n".join([*lines, *_next(out, "source.yml と mapping.yml")])


def _next(out: Path, files: str) -> list[str]:
    """What was written and what is left to a person."""
    from sources.onboarding.writing import CHECK

    marks = (out / "source.yml").read_text(encoding="utf-8").count(f": {CHECK}\n")
    return [
        "",
        f"{out} に {files} の下書きを書きました。「要確認」を直してから、フォルダごと sources/ に置いてください。",
        f"source.yml には「要確認」が {marks} か所あり、利用条件（licence_status）は unknown です。"
        "だから set: sample（見本の組）だけで読みます。",
        "全部を直し、利用条件を確かめてから set: live にします（docs/onboarding.md の 4 章）。"
        " (A draft stays in the sample set until its licence is read and no 要確認 is left.)",
    ]
