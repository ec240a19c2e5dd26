"""What must not be told any longer, and the page for staff: from a delta of invented records."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from publish import changes, delta, urgent
from tests.publish.small_releases import (
    AS_OF,
    FAX,
    MAIL,
    ORGANIZATION,
    PHONE,
    SERVICES,
    TABLES,
    Rows,
    keep,
    opened,
    redirect,
)

HOTLINE: dict[str, Any] = {"hotline_id": "h1", "name": "よる相談", "number": "011-598-1199"}
BEFORE: Rows = {
    "services": SERVICES,
    "organizations": [ORGANIZATION],
    "hotlines": [HOTLINE],
    "contact_points": [PHONE, FAX, MAIL],
}


def told(before: Rows | None, now: Rows, home: Path) -> tuple[dict[str, Any], str]:
    """``urgent-changes.json`` and ``CHANGES.md`` between these two."""
    folder = None
    if before is not None:
        with opened(before) as con:
            folder = keep(con, home / "2026-11-22")
    name = folder.name if folder else None
    with opened(now) as con:
        delta.removed(con, folder, AS_OF)
        delta.make(con, folder, TABLES)
        return urgent.build(con, "2026-11-23", name), changes.build(con, TABLES, "2026-11-23", name)


def urgent_only(document: dict[str, Any]) -> dict[str, Any]:
    return {name: listed for name, listed in document.items() if isinstance(listed, list) and listed}


def test_the_first_release_tells_to_take_the_whole(tmp_path: Path) -> None:
    document, page = told(None, BEFORE, tmp_path)
    assert document == {"version": "2026-11-23", "previous": None, "gone": [], "moved": [], "phone_changed": []}
    assert page.startswith("# 変わったこと 2026-11-23\n") and "最初の版です" in page and page.endswith("\n")


def test_nothing_urgent(tmp_path: Path) -> None:
    now = BEFORE | {"contact_points": [MAIL, PHONE], "services": [SERVICES[0] | {"note": "月曜"}, SERVICES[1]]}
    document, page = told(BEFORE, now, tmp_path)
    assert urgent_only(document) == {} and document["previous"] == "2026-11-22"
    assert page.split("## ")[1].endswith("ありません。 *None.*\n\n")


def test_what_is_gone_is_told_by_its_id(tmp_path: Path) -> None:
    document, page = told(BEFORE, {"services": SERVICES[1:], "contact_points": [MAIL]}, tmp_path)
    assert urgent_only(document) == {
        "gone": [
            {"kind": "hotlines", "id": "h1"},
            {"kind": "organizations", "id": "a1"},
            {"kind": "services", "id": "s1"},
        ]
    }
    assert "- 相談電話：なくなった：1件　`h1`\n" in page
    for value in ("食堂", "ゆきあかり", "よる相談", "598"):
        assert value not in page + repr(document)


def test_what_was_merged_is_known_by_another_id(tmp_path: Path) -> None:
    now = BEFORE | {"services": SERVICES[1:], "contact_points": [MAIL], "redirects": [redirect("merged", "s1", "s2")]}
    document, page = told(BEFORE, now, tmp_path)
    assert urgent_only(document) == {"moved": [{"kind": "services", "id": "s1", "new_id": "s2"}]}
    assert "- 支援・活動：一つにした：1件　`s1` → `s2`\n" in page


@pytest.mark.parametrize(
    ("contacts", "phones"),
    [
        ([PHONE | {"value": "011-598-1190"}], [("011-598-1190", None)]),
        ([PHONE, PHONE | {"value": "011-598-1100"}], [("011-598-1100", None), ("011-598-1185", None)]),
        ([PHONE | {"extension": "12"}], [("011-598-1185", "12")]),
        ([], []),
    ],
)
def test_other_numbers_are_told_as_they_are_now(
    contacts: list[dict[str, Any]], phones: list[tuple[str, str | None]], tmp_path: Path
) -> None:
    document, page = told(BEFORE, BEFORE | {"contact_points": [*contacts, FAX, MAIL]}, tmp_path)
    ((changed,),) = urgent_only(document).values()
    assert {name: changed[name] for name in ("kind", "id", "name")} == {
        "kind": "services",
        "id": "s1",
        "name": "水曜の食堂",
    }
    assert [(phone["value"], phone["extension"]) for phone in changed["phones"]] == phones
    assert "- 支援・活動：電話番号が変わった：1件　水曜の食堂 `s1`\n" in page


def test_a_hotline_with_another_number(tmp_path: Path) -> None:
    now = BEFORE | {"hotlines": [HOTLINE | {"number": "0120-000-092"}]}
    document, _ = told(BEFORE, now, tmp_path)
    assert urgent_only(document) == {
        "phone_changed": [
            {
                "kind": "hotlines",
                "id": "h1",
                "name": "よる相談",
                "phones": [{"value": "0120-000-092", "extension": None, "purpose": None}],
            }
        ]
    }


def test_what_is_new_or_not_an_answer_is_not_urgent(tmp_path: Path) -> None:
    new = {"service_id": "s3", "name": "送迎"}
    now = BEFORE | {
        "services": [*SERVICES, new],
        "contact_points": [PHONE, FAX, MAIL, PHONE | {"owner_id": "s3"}],
        "service_places": [{"service_id": "s1", "place_id": "p1"}],
    }
    assert urgent_only(told(BEFORE, now, tmp_path)[0]) == {}
    assert urgent_only(told(now, now | {"service_places": []}, tmp_path / "again")[0]) == {}


def test_a_redaction_keeps_what_it_does_not_take_out(tmp_path: Path) -> None:
    now = BEFORE | {"contact_points": [MAIL], "hotlines": [HOTLINE | {"number": "0120-000-092"}]}
    document, _ = told(BEFORE, now, tmp_path)
    (tmp_path / "navi").mkdir()
    with opened(now) as con:
        delta.removed(con, tmp_path / "2026-11-22", AS_OF)
        delta.make(con, tmp_path / "2026-11-22", TABLES)
        delta.write(con, TABLES, tmp_path)
        (tmp_path / delta.URGENT).write_text(json.dumps(document), encoding="utf-8")
        delta.read(con, tmp_path)
        assert urgent.build(con, "2026-11-23", "2026-11-22") == document
        con.execute("DELETE FROM delta.phones WHERE id = 's1'")
        assert [one["id"] for one in urgent.build(con, "2026-11-23", "2026-11-22")["phone_changed"]] == ["h1"]
