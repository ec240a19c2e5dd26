"""``ASSUMPTIONS.md``: what in a release is assumed, where it shows, and whom to ask.

Generated from the rulebook (``basis: assumed``) and from the mappings of the sources handed in, so that it cannot
drift from them. What is assumed is decided there, not here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from schemas import rulebook

LINKS: dict[str, tuple[str, ...]] = {
    "service_types": ("support_categories", "troubles", "audiences"),
    "support_categories": ("gif_word",),
    "troubles": ("group",),
}
"""Columns of a code list that this project filled by its own judgement, whatever the codes' own basis is."""

STEWARDS = "このデータの管理者 (the stewards of this data)"
ASK: dict[str, str] = {
    "support_categories": "北海道支援情報ナビを運営する団体 (the operator of the support information navigator)",
    "troubles": "困りごとの調査をした団体 (the organization that made the survey)",
}
"""Who can replace a list's assumptions by the real thing; :data:`STEWARDS` where nobody else is known."""

HEAD = """\
# 仮に置いたもの

元の資料がまだ手に入らず、このデータの作り手が仮に決めたものの一覧です。
元の資料が届いたら、名前や分け方が変わることがあります。符号が `x-` で始まるものは、仮の符号です。

*What is assumed: codes, links and readings that this project chose because the original is not at hand. They may
change when it arrives. Codes that begin with `x-` are assumed.*
"""

LINKS_HEAD = """\
## 仮の対応づけ

次の列は、作り手の判断で埋めました。支援分類をどう分けるかそのものも、仮の決めです。

*Assumed links: these columns were filled by judgement, and so is the division into support categories itself.*
"""

NONE = "ありません。 *None.*\n"


def assumptions(sources: Sequence[Mapping[str, str]]) -> str:
    """The text of ``ASSUMPTIONS.md``: Markdown, Japanese first with an English line beside it, ending in a newline.

    ``sources`` are the sources of the release, each with ``id``, ``title``, ``contact`` and ``basis`` (that of its
    mapping). Only the set of sources counts, not their order: the same rulebook and sources give the same bytes.
    """
    return "\n".join((HEAD, _codes(), _links(), _mappings(sources)))


def _codes() -> str:
    parts = ["## 仮の符号\n\n*Assumed codes.*\n"]
    for name in rulebook.code_lists():
        assumed = [code for code in rulebook.codes(name).values() if code.basis == "assumed"]
        if assumed:
            rows = [(f"`{code.code}`", code.label_ja, code.label_en) for code in assumed]
            places = [
                f"`codes/{name}.csv`",
                *(f"`{table}.{field}`（{title}）" for table, field, title in _fields(name)),
            ]
            parts.append(_entry(name, places) + "\n" + _table(("符号 Code", "表示名 Label", "English"), rows))
    return "\n".join(parts if len(parts) > 1 else [*parts, NONE])


def _links() -> str:
    parts = [LINKS_HEAD]
    for name, columns in sorted(LINKS.items()):
        parts.append(_entry(name, [f"`codes/{name}.csv` {column}" for column in columns]))
    return "\n".join(parts)


def _mappings(sources: Sequence[Mapping[str, str]]) -> str:
    head = "## 仮の読み方をした出典\n\n*Sources whose columns were read by assumption.*\n"
    assumed = sorted((source for source in sources if source["basis"] == "assumed"), key=lambda source: source["id"])
    rows = [
        (f"`{source['id']}`", source["title"], f"`sources` が `{source['id']}` を含む記録", source["contact"])
        for source in assumed
    ]
    headings = ("番号 Id", "出典 Source", "現れる所 Where it shows", "聞く先 Whom to ask")
    return head + "\n" + (_table(headings, rows) if rows else NONE)


def _entry(name: str, places: Sequence[str]) -> str:
    titles = dict.fromkeys(title for _, _, title in _fields(name))
    return (
        f"### {' '.join((*titles, f'`{name}`'))}\n\n"
        f"- 現れる所 Where it shows: {'、'.join(places)}\n"
        f"- 聞く先 Whom to ask: {ASK.get(name, STEWARDS)}\n"
    )


def _fields(name: str) -> list[tuple[str, str, str]]:
    """Table, name and Japanese title of each published field that uses a list."""
    return [
        (table.name, field.name, field.title)
        for table in rulebook.published_tables()
        for field in table.published_fields
        if field.codes == name
    ]


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "".join(f"| {' | '.join(_cell(cell) for cell in line)} |\n" for line in lines)


def _cell(text: str) -> str:
    """``text`` on one line and without a bar that would end the cell."""
    return " ".join(text.split()).replace("|", "\\|")
