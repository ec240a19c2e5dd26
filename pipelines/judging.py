"""What a steward says of pairs: the commands ``judge`` and ``review``.

What a judgement means is ``warehouse.judgements``'s, what there is to look at ``warehouse.review``'s; what is printed
here is for the steward on the spot and shows what was compared.
"""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pipelines import settings
from pipelines.exits import MISUSE, refusing
from pipelines.steward import By, Home, Why, home_of, plain, said, take_effect

if TYPE_CHECKING:
    from warehouse.ledger import Judgement
    from warehouse.review import Entity, Pair, Reason, Record

# As in warehouse.judgements, which brings DuckDB along; a command that is not used must not wait for it.
Verdict = Literal["SAME", "DIFFERENT", "UNSURE"]
Kind = Literal["organizations", "places", "services"]

VERDICTS = {"SAME": "同じ", "DIFFERENT": "違う", "UNSURE": "分からない"}

FIELDS = {
    "record_id": "記録",
    "source": "出典",
    "name": "名称",
    "name_kana": "名称（カナ）",
    "corporate_number": "法人番号",
    "area": "市区町村",
    "address": "所在地",
    "phone": "電話",
    "fax": "ファックス",
    "url": "ウェブサイト",
}
"""What of a record is shown, in this order."""

OfKind = Annotated[
    Kind | None, typer.Option(help="団体（organizations）・拠点（places）・支援（services）のどれのことか")
]


def judge(
    verdict: Annotated[Verdict, typer.Argument(help="同じ（SAME）・違う（DIFFERENT）・分からない（UNSURE）")],
    one: Annotated[str, typer.Argument(metavar="ID1", help="公開されている id、または記録の id（review に出る）")],
    two: Annotated[str, typer.Argument(metavar="ID2", help="もう一つの id")],
    by: By,
    why: Why,
    kind: OfKind = None,
    home: Home = None,
) -> None:
    """二つが同じものかどうかの判断を書く。点数より優先し、ずっと残る。 (Judge a pair; it outlives every score.)

    一つになっているものの中の二つの記録を DIFFERENT とすると、すぐに新しい版を出す。ほかは次の夜間処理から。

    終了コード：0 書いた／3 まだ公開し直せていない／2 使い方の誤り／1 誤り
    """
    from warehouse import judgements

    place = home_of(home)
    with refusing(judgements.JudgementError):
        found = judgements.judge(place, verdict, one, two, said(by, "--by"), said(why, "--why"), settings.today(), kind)
    for old, now in found.followed.items():
        typer.echo(plain(f"{old} は、いまは {now} です。"))
    if found.standing:
        typer.echo("その判断は、もう書いてあります。 (It stands already.)", err=True)
    at_once = verdict == "DIFFERENT" and judgements.is_one(place, found.judgement)
    told = f"{found.judgement.left_id} と {found.judgement.right_id} を「{VERDICTS[verdict]}」としました。"
    typer.echo(plain(told + ("" if at_once else "次の夜間処理から効きます。")))
    if at_once:
        take_effect(place)


def review(
    id: Annotated[
        str | None, typer.Argument(metavar="ID", help="中を見たいものの id、または記録の id（既定：判断待ちの一覧）")
    ] = None,
    kind: OfKind = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON で標準出力に出す")] = False,
    home: Home = None,
) -> None:
    """人の判断を待つ組を、確からしい順に、理由と一緒に示す。 (List the pairs that a person should judge.)

    ID を書くと、中の記録と、一つにまとめた理由を示す。まとめ違いは、記録の id 二つを judge DIFFERENT に書いて分ける。
    """
    from warehouse import review as desk

    place = home_of(home)
    there = f" --home {shlex.quote(str(home))}" if home else ""
    pairs: list[Pair] = []
    entities: list[Entity] = []
    with refusing(desk.NothingToReviewError):
        if id is None:
            pairs = desk.queue(place, kind)
        else:
            entities = desk.entities(place, id.strip(), kind)
    if id is not None and not entities:
        typer.echo("その id のものは、いまはありません。 (Nothing current has that id.)", err=True)
        raise typer.Exit(MISUSE)
    if as_json:
        found = [*map(asdict, pairs), *map(asdict, entities)]
        sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=2) + "\n")
        return
    told = [_of_pair(pair, f"{number}　", there) for number, pair in enumerate(pairs, 1)]
    for lines in (*told, *(_of_entity(entity, there) for entity in entities)):
        typer.echo("\n".join(map(plain, lines)) + "\n")
    if id is None:
        judged = sum(pair.judged is not None for pair in pairs)
        more = f"（ほかに、もう判断したもの {judged} 組）" if judged else ""
        typer.echo(f"判断待ち {len(pairs) - judged} 組{more}")


# -- what is said


def _of_pair(pair: Pair, number: str, there: str) -> Iterator[str]:
    """Two entities that may be one: the records of both that say most, side by side, and what can be answered."""
    yield f"{number}{_title(pair.kind)}　{_weighed(pair)}"
    yield f"  id　{pair.left.entity_id}　｜　{pair.right.entity_id}"
    for name, title in FIELDS.items():
        left, right = getattr(pair.left, name), getattr(pair.right, name)
        if left or right:
            yield f"  {title}　{left or '（なし）'}　｜　{right or '（なし）'}"
    yield f"  理由：{_reasons(pair)}"
    if pair.judged:
        yield f"  もう書いてある判断：{_judged(pair.judged)}"
    for verdict, title in VERDICTS.items():
        yield f"  {title}：{_command(verdict, pair.left.entity_id, pair.right.entity_id, there)}"


def _of_entity(one: Entity, there: str) -> Iterator[str]:
    """What an entity is made of, why, and what it may be one with besides."""
    yield f"{_title(one.kind)}　{one.entity_id}　記録 {len(one.records)} 件"
    for record in one.records:
        yield f"  {_of_record(record)}"
    if one.merged:
        yield "一つにまとめた理由（弱い順）"
    for pair in one.merged:
        left, right = pair.left.record_id, pair.right.record_id
        yield f"  {left}　｜　{right}　{_weighed(pair)}：{_reasons(pair)}"
        if pair.judged:
            yield f"    もう書いてある判断：{_judged(pair.judged)}"
        yield f"    違うなら：{_command('DIFFERENT', left, right, f' --kind {one.kind}{there}')}"
    if one.proposed:
        yield "同じかもしれないもの"
    for pair in one.proposed:
        yield from (f"  {line}" for line in _of_pair(pair, "", there))


def _of_record(record: Record) -> str:
    told = [(title, getattr(record, name)) for name, title in FIELDS.items() if name != "record_id"]
    return "　".join([record.record_id, *(f"{title} {value}" for title, value in told if value)])


def _weighed(pair: Pair) -> str:
    return "重みなし" if pair.weight is None else f"重み {pair.weight:+.2f}"


def _reasons(pair: Pair) -> str:
    return "、".join(map(_reason, pair.reasons)) or "キーが同じ"


def _reason(reason: Reason) -> str:
    return reason.ja if reason.weight is None else f"{reason.ja}（{reason.weight:+.2f}）"


def _judged(told: Judgement) -> str:
    return f"{VERDICTS[told.verdict]}（{told.by}、{told.judged_on}）{told.why}"


def _command(verdict: str, left: str, right: str, more: str) -> str:
    """Ready to be copied; without a name and a reason filled in it is refused."""
    return f"michishirube judge {verdict} {shlex.quote(left)} {shlex.quote(right)}{more} --by '' --why ''"


def _title(kind: str) -> str:
    from schemas import rulebook

    return rulebook.table(kind).title
