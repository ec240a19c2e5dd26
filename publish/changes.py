"""``CHANGES.md``: what changed since the release before, in plain Japanese for staff.

Counts always, names only of what is there now, and only where they are few; of what is gone nothing but ids. What
changed is ``publish.delta``'s and ``publish.urgent``'s to say; every value stands in ``delta/``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import duckdb

from publish import delta, urgent
from schemas import rulebook
from schemas.rulebook import Table
from schemas.sql import literal

FEW = 20
"""As many are named one by one; of more there is the number alone."""

WORDS = {
    "added": "増えた",
    "changed": "変わった",
    "removed": "なくなった",
    "merged": "一つにした",
    "split": "分けた",
    "replaced": "入れ替えた",
}

HEAD = """\
# 変わったこと {version}

前の版（{before}）から、この版（{version}）までに変わったことです。

*What changed since release {before}.*

"""
FIRST = """\
# 変わったこと {version}

最初の版です。比べる前の版がないので、変わったことはありません。データの全体を使ってください。

*This is the first release: there is nothing to compare it with.*
"""
URGENT = """\
## 急ぎの変更

案内に使っている人は、まずここを直してください。同じ内容が `navi/urgent-changes.json` にあります。

*Urgent: what is gone, what is known by another id now, and what has other telephone numbers.*

"""
SUMMARY = """\
## 表ごとの件数

*Counts by table.*

"""
READING = """\
## 読み方

- 「なくなった」は、この版に載っていないことだけを表します。理由は載せていません。前の値は、前の版にあります。
- 「一つにした」は、同じものと分かって一つのIDにまとめたものです。前のIDは、今のIDに読み替えてください。
- 「分けた」は、別のものと分かって分けたものです。前のIDも残っています。
- 「入れ替えた」は、連絡先のように対象ごとにまとめて入れ替える表で、中身が変わった対象の数です。
- {few}件より多いときは、名前やIDを一つずつ挙げません。すべての変更は `delta/` の表ごとのファイルにあります。

*How to read it: gone means that it is not in this release, and nothing more; what was before stands in the release
before. Every change, with its values, is in `delta/`.*
"""

MARKS = re.compile(r"([\\`*_\[\]<>|#~&])")


def build(con: duckdb.DuckDBPyConnection, tables: Sequence[Table], version: str, before: str | None) -> str:
    """The text of ``CHANGES.md``, from schemas ``delta`` and ``release``; Markdown that ends in a newline."""
    if before is None:
        return FIRST.format(version=version)
    parts = [HEAD.format(version=version, before=before), URGENT, _urgent(urgent.build(con, version, before))]
    parts += [SUMMARY, _summary(con, tables)]
    parts += [_section(con, table) for table in tables if table in rulebook.entity_tables()]
    return "".join([*parts, READING.format(few=FEW)])


def _urgent(told: dict[str, Any]) -> str:
    """The urgent ones by kind."""
    lines = []
    for table in rulebook.entity_tables():
        gone, moved, phones = (
            [one for one in told[name] if one["kind"] == table.name] for name in ("gone", "moved", "phone_changed")
        )
        lines += [
            *_line(f"{table.title}：なくなった", _codes(one["id"] for one in gone)),
            *_line(f"{table.title}：一つにした", _arrows((one["id"], one["new_id"]) for one in moved)),
            *_line(f"{table.title}：電話番号が変わった", [_name(one["name"], one["id"]) for one in phones]),
        ]
    return "".join(lines or ["ありません。 *None.*\n"]) + "\n"


def _summary(con: duckdb.DuckDBPyConnection, tables: Sequence[Table]) -> str:
    """The counts of every table, whatever changed."""
    lines = [["表 Table", *WORDS.values()], ["---", *("---:" for _ in WORDS)]]
    for table in tables:
        counts = delta.counted(con, table)
        lines.append(
            [f"{table.title} `{table.name}`", *(f"{counts[word]:,}" if word in counts else "" for word in WORDS)]
        )
    return "".join(f"| {' | '.join(line)} |\n" for line in lines) + "\n"


def _section(con: duckdb.DuckDBPyConnection, table: Table) -> str:
    """What became of the entities of one table; nothing where nothing did."""
    name = urgent.name_of(table).name
    found: dict[str, list[Any]] = {change: [] for change in delta.kinds(table)}
    query = f"""SELECT change, key, after ->> {literal(name)} FROM delta.changes
                WHERE "table" = {literal(table.name)} AND change <> 'changed' ORDER BY ALL"""
    for change, ids, called in con.execute(query).fetchall():
        found[change].append(_name(called, ids[0]) if change == "added" else ids)
    lines = [
        *_line(WORDS["added"], found["added"]),
        *_changed(con, table),
        *_line(WORDS["removed"], _codes(ids[0] for ids in found["removed"])),
        *_line(WORDS["merged"], _arrows(found["merged"])),
        *_line(WORDS["split"], _arrows(found["split"])),
    ]
    return f"### {table.title} `{table.name}`\n\n{''.join(lines)}\n" if lines else ""


def _changed(con: duckdb.DuckDBPyConnection, table: Table) -> list[str]:
    """How many changed, and in which fields, the most frequent first."""
    query = """SELECT field, count(*) FROM (
                 SELECT unnest(json_keys(after)) AS field FROM delta.changes WHERE "table" = ? AND change = 'changed')
               GROUP BY field"""
    found = dict(con.execute(query, [table.name]).fetchall())
    fields = sorted(
        (-found[field.name], at, field.title) for at, field in enumerate(table.published_fields) if field.name in found
    )
    count = delta.counted(con, table)["changed"]
    told = "、".join(f"{title} {-times:,}" for times, _, title in fields)
    return [f"- {WORDS['changed']}：{count:,}件（{told}）\n"] if count else []


def _line(words: str, items: Iterable[str]) -> list[str]:
    told = list(items)
    named = f"　{'、'.join(told)}" if len(told) <= FEW else ""
    return [f"- {words}：{len(told):,}件{named}\n"] if told else []


def _codes(ids: Iterable[str]) -> list[str]:
    return [f"`{id}`" for id in ids]


def _arrows(pairs: Iterable[Sequence[str]]) -> list[str]:
    return [f"`{old}` → `{new}`" for old, new in pairs]


def _name(name: str | None, id: str) -> str:
    """A name as plain text of one line: it is a provider's, and must not act as Markdown or HTML."""
    plain = MARKS.sub(r"\\\1", " ".join((name or "").split()))
    return f"{plain} `{id}`"
