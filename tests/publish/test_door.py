"""The door leads to every file once, says what may not be done, and stands alone."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

import pytest
from told_release import PATHS, PUBLISHABLE, SOURCES, index, report

from publish import door

BY_AREA = {path for path in PATHS if path.count("/") == 2}


class Outline(HTMLParser):
    """Links, ids, headings and tags of a page, and whether its tables have captions and scopes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: Counter[str] = Counter()
        self.tags: Counter[str] = Counter()
        self.ids: Counter[str] = Counter()
        self.headings: list[int] = []
        self.loaded: list[str] = []
        self.bare_heads = 0
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.tags[tag] += 1
        self.bare_heads += tag == "th" and "scope" not in told
        self.loaded += [told[name] or "" for name in ("src", "srcset", "data", "background") if name in told]
        if "id" in told:
            self.ids[told["id"] or ""] += 1
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "a":
            self.links[told["href"] or ""] += 1

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def page() -> Outline:
    return Outline(door.build(index(), report()))


def test_every_file_is_linked_once_and_those_of_an_area_from_its_table(page: Outline) -> None:
    files = {href: count for href, count in page.links.items() if not re.match("https?:|#", href)}
    twice = {"quality.html", "resolution.html"}  # the text leads to them too
    wanted = {*PATHS, "index.json"} - {path for path in BY_AREA if path.endswith(".json")}
    assert files == {path: 2 if path in twice else 1 for path in wanted}


def test_every_file_of_a_release_has_its_place(page: Outline) -> None:
    others = [path for path in PATHS if path not in BY_AREA and door.entry(path)["path"] == "*"]
    assert others == [] and "そのほか" not in page.text


def test_a_file_that_nobody_described_is_listed_too() -> None:
    document = index()
    document["files"].append({"path": "new/thing.bin", "bytes": 1, "sha256": "0" * 64})
    told = Outline(door.build(document, report()))
    assert told.links["new/thing.bin"] == 1 and "そのほか" in told.text


def test_size_rows_and_the_whole_sha256_stand_with_a_file(page: Outline) -> None:
    file = next(file for file in index()["files"] if file["path"] == "excel/services.csv")
    around = page.text.split("excel/services.csv")[1][:200]
    assert file["sha256"] in around and "1,234" in around and "12 KB" in around


@pytest.mark.parametrize(
    ("size", "told"),
    [
        *((0, "0 バイト"), (999, "999 バイト"), (1000, "1.0 KB"), (9_949, "9.9 KB"), (9_951, "10 KB")),
        *((999_400, "999 KB"), (999_600, "1.0 MB"), (55_000_000, "55 MB"), (5_000_000_000_000, "5000 GB")),
    ],
)
def test_sizes_are_readable(size: int, told: str) -> None:
    assert door._size(size) == told


def test_a_release_with_unread_terms_says_so_first_and_which(page: Outline) -> None:
    warning = page.text.split("この版は、まだ外に出せません")[1].split("Not for publication")[0]
    assert "町の一覧" in warning and "行のない一覧" not in warning and "名簿" not in warning
    assert page.text.index("まだ外に出せません") < page.text.index("職員の方へ")
    assert "引用のしかた" not in page.text


def test_a_release_whose_terms_are_read_says_how_to_cite() -> None:
    told = Outline(door.build(index(**PUBLISHABLE), report()))
    assert "まだ外に出せません" not in told.text and "引用のしかた" in told.text
    assert "だれでも、複製・加工・再配布ができます" in told.text


def test_attributions_are_those_of_the_sources_with_rows(page: Outline) -> None:
    for source in SOURCES:
        assert (source["attribution"] in page.text) == source["contributes"]


def test_figures_are_those_of_the_report(page: Outline) -> None:
    assert "料金の別" in page.text and "25.0%" in page.text and "冬の注意" not in page.text
    assert "いちばん古い出典は、町の一覧（2026-06-10、基準日の 20 日前）" in page.text
    assert "架空" in page.text


def test_without_areas_dates_or_a_release_before_the_page_stands() -> None:
    document = index(previous=None, source_set="live")
    document["files"] = [file for file in document["files"] if file["path"] not in BY_AREA]
    told = Outline(door.build(document, report(sources=[SOURCES[3]], tables=[])))
    assert told.ids["areas"] == 0 and "前の版" not in told.text.split("困りごと")[0]
    assert "いちばん古い" not in told.text and "架空" not in told.text


def test_the_page_stands_alone(page: Outline) -> None:
    assert not page.loaded
    assert not {"script", "link", "img", "iframe", "object", "form", "base"} & set(page.tags)
    assert not re.search(r"@import|url\(", door.build(index(), report()))
    assert "国の<名簿>" in page.text


def test_headings_landmarks_and_tables_serve_a_reader_who_does_not_see(page: Outline) -> None:
    assert page.headings[0] == 1 and page.headings.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(page.headings, page.headings[1:], strict=False))
    assert page.tags["main"] == page.tags["nav"] == page.tags["header"] == 1
    assert page.tags["caption"] == page.tags["table"] and page.bare_heads == 0
    assert max(page.ids.values()) == 1
    assert {href[1:] for href in page.links if href.startswith("#")} <= set(page.ids)


def test_the_same_documents_make_the_same_page() -> None:
    assert door.build(index(), report()) == door.build(index(), report())
