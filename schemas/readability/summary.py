"""A rating as text for a terminal: the three scores, then the rules that were broken, in Japanese or English.

The sentences on single cells are Japanese only, as the rules' output form is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from schemas.readability.rules import rules

_TOLD = {
    "ja": {
        "level": "レベル{level}：{score}点（{passed}/{total} 規則に合格）",
        "unjudged": "レベル{level}：判定できません（表が見つかりません）",
        "fatal": "{id} {name}　0点にする違反・{count} 件",
        "broken": "{id} {name}　−{points}点・{count} 件",
        "noted": "{id} {name}　減点なし・{count} 件",
        "more": "… ほか {count} 件",
        "aside": "判定しない規則：{ids}",
    },
    "en": {
        "level": "Level {level}: {score} points ({passed} of {total} rules kept)",
        "unjudged": "Level {level}: not judged (no table found)",
        "fatal": "{id} {name}: sets the level to 0, {count} found",
        "broken": "{id} {name}: −{points} points, {count} found",
        "noted": "{id} {name}: no points lost, {count} found",
        "more": "… {count} more",
        "aside": "Not judged: {ids}",
    },
}


def summary(rating: Mapping[str, Any], lang: str = "ja", places: int = 3) -> str:
    """The rating (as :func:`~schemas.readability.rate` gives it) as text, with ``places`` examples a rule."""
    return "\n".join(_lines(rating, _TOLD[lang], lang, places))


def _lines(rating: Mapping[str, Any], told: Mapping[str, str], lang: str, places: int) -> Iterator[str]:
    yield rating["inputファイル名"]
    checks = [
        (sheet["シート名"], verdict)
        for sheet in rating["sheets"]
        for table in sheet["評価対象エリア"]
        for verdict in table["評価内容"]
    ]
    many = len(rating["sheets"]) > 1
    for level in ("1", "2", "3"):
        score = rating["レベル別スコア"][level]
        yield ""
        if score is None:
            yield told["unjudged"].format(level=level)
            continue
        yield told["level"].format(level=level, score=score["スコア"], passed=score["合格"], total=score["合計"])
        for sheet, verdict in checks:
            if verdict["違反"] and verdict["ルールID"].startswith(f"L{level}"):
                yield from _verdict(verdict, told, lang, places, f"{sheet}!" if many else "")
    aside = sorted({v["ルールID"] for _, v in checks if v["判定対象外"]})
    if aside:
        yield ""
        yield told["aside"].format(ids=", ".join(aside))


def _verdict(verdict: Mapping[str, Any], told: Mapping[str, str], lang: str, places: int, sheet: str) -> Iterator[str]:
    rule = rules()[verdict["ルールID"]]
    count = verdict.get("違反グループ", {}).get("合計件数", len(verdict["違反"]))
    kind = "noted" if verdict["合否"] else "fatal" if rule.severity == "fatal" else "broken"
    name = rule.ja if lang == "ja" else rule.en
    yield "  " + told[kind].format(id=rule.id, name=name, points=rule.points, count=count)
    for violation in verdict["違反"][:places]:
        yield f"    {sheet}{violation['セル範囲']}  {violation['説明']}"
    if count > places:
        yield "    " + told["more"].format(count=count - places)
