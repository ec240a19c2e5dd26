"""What a steward says of submissions: commands ``submissions``, ``approve``, ``reject``, ``clear``, ``withdraw`` and
``hide``.

Also the approvals that come with the samples. What a decision means is ``warehouse.submissions``'s; what is printed
here is for the steward on the spot and shows what was submitted.
"""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines import settings
from pipelines.exits import MISUSE
from pipelines.steward import By, Home, Why, home_of, plain, said, take_effect

if TYPE_CHECKING:
    from sources.ingest import Night
    from warehouse.clearances import Waiting
    from warehouse.submissions import Alike, Change, Submission

Id = Annotated[str, typer.Argument(metavar="ID", help="提出の id（michishirube submissions に出る s… の文字）")]
Text = Annotated[str, typer.Argument(metavar="FIELD", help="確認待ちの欄（michishirube submissions に出る言葉）")]
AnyId = Annotated[str, typer.Argument(metavar="ID", help="提出の id、または公開されている団体・支援・拠点の id")]

MARKS = {
    "new": "新しい",
    "changed": "変わる",
    "gone": "この票にない（承認すると公開をやめる）",
    "kept": "この票にない（承認しても公開を続ける。やめるには withdraw）",
}
MANY = 12
"""Names on one line of the listing."""


def submissions(
    all_states: Annotated[bool, typer.Option("--all", help="承認済みや差し戻しも出す（既定：承認待ちだけ）")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON で標準出力に出す")] = False,
    home: Home = None,
) -> None:
    """寄せられた票の一覧を、公開中の版との違いと一緒に示す。 (List submissions, with what changed.)"""
    place = home_of(home)
    from warehouse import submissions as book

    found = [one for one in book.listing(place, settings.today()) if all_states or one.state == "waiting"]
    if as_json:
        sys.stdout.write(json.dumps([_told(place, one) for one in found], ensure_ascii=False, indent=2) + "\n")
        return
    for one in found:
        typer.echo("\n".join(map(plain, _lines(place, one))) + "\n")
    stuck = sum(not _can_be_approved(one) for one in found if one.state == "waiting")
    kept = sum(text.cleared is None for one in found for text in book.withheld(place, one.id))
    told = f"{len(found)} 件" if all_states else f"承認待ち {len(found) - stuck} 件"
    told += f"（ほかに、このままでは承認できないもの {stuck} 件）" if stuck and not all_states else ""
    typer.echo(f"{told}（保留の文 {kept} 件）" if kept else told)
    for line in _shared(place):
        typer.echo(line)
    if _unread(place):
        typer.echo("受付箱に、まだ読んでいないファイルがあります。次の夜間処理で読みます。", err=True)


def _shared(home: Path) -> list[str]:
    """What records of others share with a hidden submission, for the steward to decide."""
    import duckdb

    from warehouse.protection import FOUND

    if not (home / "warehouse.duckdb").exists():
        return []
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as con:
        query = "SELECT message_ja FROM findings WHERE source = ? ORDER BY ALL"
        return [message for (message,) in con.execute(query, [FOUND]).fetchall()]


def approve(
    id: Id, by: By, how: Annotated[str, typer.Option(help="本人とどう確かめたか（電話など）")], home: Home = None
) -> None:
    """提出された票の公開を認める。次の夜間処理で公開する。 (Approve a submission.)"""
    from warehouse import submissions as book

    place = home_of(home)
    with _refusals():
        id = book.full_id(place, id)
    left = [change for change in book.changes(place, id, settings.today()) if change.kind in ("gone", "kept")]
    warned = [_alike(like) for like in book.alike(place, id)]
    with _refusals():
        found = book.approve(place, id, said(by, "--by"), said(how, "--how"), settings.today())
    typer.echo(f"{found.short}（{_called(found)}）を承認しました。次の夜間処理で公開します。")
    for line in [*warned, *map(_change, left)]:
        typer.echo(plain(line))


def reject(id: Id, by: By, why: Why, home: Home = None) -> None:
    """提出された票を差し戻す。何も公開しない。 (Reject a submission.)"""
    from warehouse import submissions as book

    place = home_of(home)
    with _refusals():
        found = book.reject(place, book.full_id(place, id), said(by, "--by"), said(why, "--why"), settings.today())
    typer.echo(f"{found.short}（{_called(found)}）を差し戻しました。")


def clear(id: Id, field: Text, by: By, why: Why, home: Home = None) -> None:
    """個人の連絡先や名前があるようで保留した文を、確かめたうえで公開してよいとする。次の夜間処理で効く。

    (Clear a text that was withheld for what seems to be personal in it.)
    """
    from warehouse import submissions as book

    place = home_of(home)
    with _standing(), _refusals():
        told = (said(by, "--by"), said(why, "--why"), settings.today())
        found = book.clear(place, book.full_id(place, id), said(field, "FIELD"), *told)
        cleared = f"{found.short}（{_called(found)}）の「{field.strip()}」"
        typer.echo(plain(f"{cleared}を確認済みにしました。次の夜間処理で効きます。"))


def withdraw(id: AnyId, by: By, why: Why, home: Home = None) -> None:
    """公開をやめる。すぐに新しい版を出す。 (Withdraw at once.)

    終了コード：0 やめた／3 まだ公開し直せていない／2 使い方の誤り／1 誤り
    """
    from warehouse import submissions as book

    place = home_of(home)
    with _standing(), _refusals():
        rows = book.withdraw(place, book.full_id(place, id), said(by, "--by"), said(why, "--why"), settings.today())
        typer.echo(f"{id} の {rows} 行を取り下げました。")
    take_effect(place)


def hide(id: AnyId, by: By, why: Why, home: Home = None) -> None:
    """場所が分かるものを非公開にする。すぐに新しい版を出す。 (Hide where it is, at once.)

    終了コード：0 隠した／3 まだ公開し直せていない／2 使い方の誤り／1 誤り
    """
    from warehouse import submissions as book

    place = home_of(home)
    with _standing(), _refusals():
        book.hide_id(place, book.full_id(place, id), said(by, "--by"), said(why, "--why"), settings.today())
        typer.echo(f"{id} の場所を非公開にしました。")
    take_effect(place)


def waiting(night: Night) -> int:
    """How many submissions wait for a steward who can approve them."""
    from warehouse import submissions as book

    return sum(one.state == "waiting" and _can_be_approved(one) for one in book.listing(night.home, night.as_of))


def approve_samples(night: Night) -> None:
    """In the sample set, write down the approvals that come with the invented files, each once."""
    if night.source_set != "sample":
        return
    from sources import inbox
    from warehouse import submissions as book

    told = {entry["file"]: entry for entry in inbox.sample_approvals()}
    samples = {file.id for file in inbox.dropped(night) if file.sample and file.name in told}
    for one in book.listing(night.home, night.as_of):
        entry = told.get(one.file)
        if entry and not one.decisions and one.source.startswith(tuple(samples)):
            book.approve(night.home, one.id, entry["by"], entry["how"], entry["decided_on"])


# -- what is said


@contextmanager
def _standing() -> Iterator[None]:
    """A decision that stands already is said to, and takes effect all the same: it may have been kept from it."""
    from warehouse.submissions import StandingError

    try:
        yield
    except StandingError as error:
        typer.echo(str(error), err=True)


@contextmanager
def _refusals() -> Iterator[None]:
    """A decision that cannot be taken ends the command with the reason."""
    from warehouse.submissions import DecisionError, StandingError

    try:
        yield
    except StandingError:
        raise
    except DecisionError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(MISUSE) from None


def _unread(home: Path) -> bool:
    from sources import inbox

    return inbox.contents(home) not in (None, inbox.taken_in(home))


def _told(home: Path, one: Submission) -> dict[str, Any]:
    from warehouse import submissions as book

    return {
        **asdict(one),
        "contents": book.contents(home, one.id),
        "alike": [asdict(like) for like in book.alike(home, one.id)],
        "changes": [asdict(change) for change in _changes(home, one)],
        "withheld": [asdict(text) for text in book.withheld(home, one.id)],
    }


def _changes(home: Path, one: Submission) -> list[Change]:
    from warehouse import submissions as book

    return book.changes(home, one.id, settings.today()) if one.state in ("waiting", "rejected") else []


def _lines(home: Path, one: Submission) -> Iterator[str]:
    from warehouse import submissions as book

    state = (
        "このままでは承認できない" if one.state == "waiting" and not _can_be_approved(one) else book.STATES[one.state]
    )
    yield f"{one.short}  {one.organization or '（団体名なし）'}  ［{state}］"
    yield f"  ファイル：{one.file}（{one.rows} 行、採用 {one.accepted} 行、指摘 {one.findings} 件）"
    if one.there:
        yield f"  訂正票：{home / 'sheets' / one.source}.xlsx"
    if one.state == "waiting" and not _can_be_approved(one):
        yield f"  {_why_not(one)}"
    changes = _changes(home, one)
    if one.state in ("waiting", "rejected"):
        yield from (f"  {_alike(like)}" for like in book.alike(home, one.id))
    if changes and book.replaces(home, one.id, settings.today()):
        yield "  注意　公開中の記録を置き換えます。前の票と同じ団体か、「変わる」ところを本人に確かめてください。"
    for title, names in book.contents(home, one.id).items():
        yield f"  {title}：{_listed(names)}"
    consents: dict[str, list[str]] = {}
    for change in changes:
        if change.table == "公開の同意" and change.before is None:
            consents.setdefault(change.record, []).append(f"{change.heading} {change.after}")
        else:
            yield f"  {_change(change)}"
    for record, answers in consents.items():
        yield f"  公開の同意「{record}」：{'、'.join(answers)}"
    for text in book.withheld(home, one.id):
        yield from (f"  {line}" for line in _withheld(one, text))
    for decision in one.decisions:
        yield f"  {decision.decided_on} {decision.kind}（{decision.by}）：{decision.how or decision.why}"


def _alike(like: Alike) -> str:
    same = "法人番号" if like.number else "名称"
    return (
        f"注意　公開中の団体「{like.name}」（{like.municipality or '所在地の記載なし'}、出典：{like.sources}）と"
        f"同じ{same}です。その団体の本人か確かめてください。"
    )


def _change(change: Change) -> str:
    told = f"{MARKS[change.kind]}　{change.table}「{change.record}」"
    if change.heading is None:
        return f"{told}：{change.after}" if change.after else told
    heading = "" if change.heading == change.table else f"の{change.heading}"
    if change.before is None:
        return f"新しい　{change.table}「{change.record}」{heading}：{change.after}"
    return f"{told}{heading}：{change.before} → {change.after or '（空欄）'}"


def _withheld(one: Submission, text: Waiting) -> Iterator[str]:
    if text.cleared:
        yield f"確認済み　{text.label}：{text.cleared.cleared_on}（{text.cleared.by}）{text.cleared.why}"
        return
    yield f"保留　{text.label}：{text.value}"
    yield f"　　{'、'.join(text.found)}ようです。この欄は公開しません。本人に確かめて、このまま載せてよいときは："
    yield f"　　michishirube clear {one.short} {shlex.quote(text.label)} --by 担当者 --why 確かめたこと"


def _listed(names: list[str]) -> str:
    more = f"、ほか {len(names) - MANY}" if len(names) > MANY else ""
    return "、".join(names[:MANY]) + more


def _why_not(one: Submission) -> str:
    if one.accepted:
        return (
            "「公開の範囲（団体名・活動）」が公開で、同意した日が今日までの行がありません。"
            "公開を望むなら、書き直した票をもらってください。"
        )
    return "採用できた行がありません。訂正票を渡して、直した票をもらってください。"


def _can_be_approved(one: Submission) -> bool:
    return one.approvable and one.accepted > 0


def _called(one: Submission) -> str:
    return plain(one.organization or one.file)
