"""ASSUMPTIONS.md names everything that is assumed, and is the same for the same input."""

from __future__ import annotations

from itertools import permutations

from publish.assumptions import LINKS, assumptions
from schemas import rulebook

KNOWN = {"id": "town", "title": "町の一覧", "contact": "町の窓口", "basis": "observed"}
GUESSED = {"id": "guessed", "title": "団体|名簿\n第2版", "contact": "名簿の窓口", "basis": "assumed"}
ALSO = {"id": "also", "title": "別の名簿", "contact": "別の窓口", "basis": "assumed"}


def test_every_assumed_code_is_listed_with_its_label() -> None:
    text = assumptions([])
    for name in rulebook.code_lists():
        for code in rulebook.codes(name).values():
            row = f"| `{code.code}` | {code.label_ja} | {code.label_en} |"
            if code.basis == "assumed":
                assert row in text
            else:
                assert row not in text


def test_where_a_code_shows_are_the_published_fields_of_its_list() -> None:
    shown = (
        "`codes/troubles.csv`、`hotlines.troubles`（困りごと）、`programs.troubles`（困りごと）、`services.troubles`（"
    )
    assert shown in assumptions([])


def test_nothing_is_told_of_lists_that_no_published_table_uses() -> None:
    assert not any(name in assumptions([]) for name in ("corporation_kinds", "consent_scopes", "corporations."))


def test_only_sources_with_an_assumed_mapping_are_listed_each_with_whom_to_ask() -> None:
    text = assumptions([KNOWN, GUESSED])
    assert "| `guessed` | 団体\\|名簿 第2版 | `sources` が `guessed` を含む記録 | 名簿の窓口 |" in text
    assert "町の一覧" not in text


def test_no_assumed_source_is_said_so() -> None:
    assert assumptions([KNOWN]).endswith("ありません。 *None.*\n")


def test_the_order_of_the_sources_does_not_matter() -> None:
    assert len({assumptions(order) for order in permutations([KNOWN, GUESSED, ALSO])}) == 1


def test_the_links_named_are_columns_of_their_lists() -> None:
    for name, columns in LINKS.items():
        for code in rulebook.codes(name).values():
            assert set(columns) <= set(code.extra)
