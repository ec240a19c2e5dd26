"""``CHANGES.md``: counts of everything, names of the few that are there, of what is gone nothing but ids."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.publish.small_releases import MAIL, PHONE, SERVICES, Rows, redirect
from tests.publish.test_urgent import told


def page(before: Rows | None, now: Rows, home: Path) -> str:
    return told(before, now, home)[1]


def services(count: int, **values: Any) -> list[dict[str, Any]]:
    return [{"service_id": f"s{n:02}", "name": f"第{n}食堂", **values} for n in range(count)]


def test_what_changed_is_told_by_table(tmp_path: Path) -> None:
    before: Rows = {"services": [*SERVICES, *services(2)], "contact_points": [PHONE]}
    now: Rows = {
        "services": [
            SERVICES[0] | {"capacity": 30, "note": None},
            *services(1, capacity=10),
            {"service_id": "s5", "name": "夜の相談"},
        ],
        "contact_points": [PHONE, MAIL | {"owner_id": "s5"}],
        "redirects": [redirect("merged", "s2", "s1"), redirect("split", "s1", "s5")],
    }
    text = page(before, now, tmp_path)
    section = text.split("### 支援・活動 `services`\n\n")[1].split("\n\n")[0]
    assert section.splitlines() == [
        "- 増えた：1件　夜の相談 `s5`",
        "- 変わった：2件（定員 2、備考 1）",
        "- なくなった：1件　`s01`",
        "- 一つにした：1件　`s2` → `s1`",
        "- 分けた：1件　`s1` → `s5`",
    ]
    assert "| 支援・活動 `services` | 1 | 2 | 1 | 1 | 1 |  |\n" in text
    assert "| 連絡先 `contact_points` |  |  |  |  |  | 1 |\n" in text
    assert "### 団体" not in text
    assert text.index("## 急ぎの変更") < text.index("## 表ごとの件数") < text.index("## 読み方")


def test_only_a_few_are_named(tmp_path: Path) -> None:
    few = page({}, {"services": services(20)}, tmp_path / "few")
    assert "第0食堂 `s00`、" in few and "第19食堂 `s19`\n" in few
    many = page({}, {"services": services(21)}, tmp_path / "many")
    assert "- 増えた：21件\n" in many and "食堂" not in many
    gone = page({"services": services(1021)}, {}, tmp_path / "gone")
    assert "- なくなった：1,021件\n" in gone and "`s00`" not in gone


def test_a_name_does_not_act(tmp_path: Path) -> None:
    """Names are their providers' words: no link, no mark-up, no second line."""
    name = "<b>\n# 食堂 [ここ](https://example.jp) `x` |"
    text = page({}, {"services": [{"service_id": "s1", "name": name}]}, tmp_path)
    assert r"- 増えた：1件　\<b\> \# 食堂 \[ここ\](https://example.jp) \`x\` \| `s1`" in text.splitlines()


def test_same_releases_same_page(tmp_path: Path) -> None:
    rows = services(15, troubles=["care"])
    one = page({"services": rows[:9]}, {"services": rows[3:], "contact_points": [PHONE, MAIL]}, tmp_path / "one")
    other = page(
        {"services": rows[8::-1]}, {"services": rows[:2:-1], "contact_points": [MAIL, PHONE]}, tmp_path / "two"
    )
    assert one == other
