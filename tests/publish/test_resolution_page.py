"""The page on entity resolution shows what is public, in the order of the evidence, and its pictures add up."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import duckdb
import pytest
from sample_release import RESOLVED, fill, open_release

from publish import exporters, resolution, waterfall
from schemas import rulebook
from warehouse.resolution import model

AS_OF = date(2026, 7, 1)
KEYS = {"organizations": "organization_id", "places": "place_id", "services": "service_id"}


def entity(
    kind: str, id: str, name: str, visibility: str | None = "public", sources: str | None = "registry", **told: str
) -> dict[str, Any]:
    """An entity as the test speaks of it; ``published`` unset keeps it out of the release."""
    told_of = {"name": name, "municipality_code": "012041", "published": "yes"} | told
    return {"kind": kind, "id": id, "visibility": visibility, "sources": sources, **told_of}


def reasons(kind: str, *answers: str, decided: str = "") -> list[dict[str, Any]]:
    """Reasons as the engine words them, of ``comparison/level``."""
    words: list[dict[str, Any]] = [{"ja": decided}] if decided else []
    told = {one.name: one for one in model.comparisons(resolution.WEIGHED[kind])}
    for answer in answers:
        comparison, name = answer.split("/")
        (level,) = (level for level in told[comparison].levels if level.name == name)
        weight = model.reviewed(resolution.WEIGHED[kind]).levels[comparison][name]
        words.append(
            {
                "comparison": comparison,
                "title": told[comparison].title,
                "level": name,
                "ja": level.ja,
                "weight": weight,
            }
        )
    return words


def proposal(rank: int, kind: str, left: str, right: str, why: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A row of the review queue, with the weight that its reasons add up to."""
    start = model.reviewed(resolution.WEIGHED.get(kind, "place")).start
    return {
        "rank": rank,
        "kind": kind,
        "left_entity": left,
        "right_entity": right,
        "left_id": f"registry:naisho-{left}",
        "right_id": f"town:naisho-{right}",
        "weight": round(start + sum(one.get("weight", 0) for one in why), 3),
        "reasons": json.dumps(why, ensure_ascii=False),
    }


FIRST, SECOND = "a00000000000000{}".format, "b00000000000000{}".format
ENTITIES = [
    entity("organizations", FIRST(1), "特定非営利活動法人みちしるべ広場", sources="registry;town"),
    entity("organizations", FIRST(2), "ＮＰＯ法人 みちしるべ広場", sources="town"),
    entity("organizations", FIRST(3), "<b>山</b>の会 & 友", municipality_code=""),
    entity("organizations", FIRST(4), "山の会"),
    entity("places", SECOND(1), "グループホームゆき"),
    entity("places", SECOND(2), "ゆき", sources="town"),
]
SURE = reasons("organizations", "name/same", "place/stem", "namesakes/crowded", "site/unknown")
FAINT = reasons("organizations", "name/within", "place/phone_and_block", decided="似ているが、仲間どうしは食い違う")
OF_PLACES = reasons("places", "name/within", "unit/one_side", "place/number", "source/other")
QUEUE = [
    proposal(3, "organizations", FIRST(3), FIRST(4), FAINT),
    proposal(1, "organizations", FIRST(1), FIRST(2), SURE),
    proposal(2, "places", SECOND(1), SECOND(2), OF_PLACES),
]


@contextmanager
def night(
    folder: Path,
    entities: Sequence[Mapping[str, Any]] = ENTITIES,
    queue: Sequence[dict[str, Any]] = QUEUE,
    redirects: Sequence[dict[str, Any]] = (),
    **tables: list[dict[str, Any]],
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A prepared release of a night with these entities and this review queue."""
    warehouse = folder / "warehouse.duckdb"
    open_release(warehouse, {}).close()
    released: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KEYS} | {"redirects": [*redirects]}
    with duckdb.connect(warehouse) as con:
        for table in RESOLVED:
            con.execute(f"CREATE OR REPLACE TABLE {table}")
        for one in entities:
            kind = one["kind"]
            row = {KEYS[kind]: one["id"], "name": one["name"], "sources": one["sources"]}
            fill(con, kind, [row if kind == "services" else row | {"address_visibility": one["visibility"]}])
            if one["published"]:
                town = {} if kind == "services" else {"municipality_code": one["municipality_code"] or None}
                released[kind].append(row | town)
        for table, rows in {"review_queue": list(queue), **tables}.items():
            fill(con, table, rows)
    with closing(open_release(warehouse, released)) as con:
        exporters.prepare(con)
        yield con


def report_of(folder: Path, *args: Any, **tables: Any) -> dict[str, Any]:
    with night(folder, *args, **tables) as con:
        return resolution.build(con, "2026-07-01", AS_OF)


def pictures(page: str) -> list[ElementTree.Element]:
    return [ElementTree.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", page, re.DOTALL)]


def test_pairs_stand_best_evidence_first_with_published_names(tmp_path: Path) -> None:
    report = report_of(tmp_path)
    assert [[one["id"] for one in pair["entities"]] for pair in report["queue"]] == [
        [FIRST(1), FIRST(2)],
        [SECOND(1), SECOND(2)],
        [FIRST(3), FIRST(4)],
    ]
    first = report["queue"][0]
    assert first["entities"][0] == {
        "id": FIRST(1),
        "name": "特定非営利活動法人みちしるべ広場",
        "municipality": rulebook.codes("municipalities")["012041"].label_ja,
        "sources": ["国の<名簿>", "町の団体一覧"],
    }
    assert [reason["ja"] for reason in first["reasons"]] == [reason["ja"] for reason in SURE]
    assert report["queue"][2]["entities"][0]["municipality"] is None


def test_the_name_shown_is_the_published_one(tmp_path: Path) -> None:
    with night(tmp_path) as con:
        con.execute("UPDATE release.organizations SET name = '公開の名称' WHERE organization_id = ?", [FIRST(1)])
        report = resolution.build(con, "2026-07-01", AS_OF)
    page = resolution.render(report)
    assert "公開の名称" in page and "特定非営利活動法人みちしるべ広場" not in page


KEPT = "ひみつの家"


NOT_PUBLIC: list[dict[str, Any]] = [
    {"visibility": "hidden"},
    {"visibility": "municipality"},
    {"visibility": None},
    {"visibility": "PUBLIC "},
    {"sources": "inbox"},
    {"sources": "inbox;registry"},
    {"sources": "registry;inbox"},
    {"sources": None},
    {"sources": ""},
    {"published": ""},
]


@pytest.mark.parametrize(("kind", "other"), [("organizations", FIRST(1)), ("places", SECOND(1))])
def test_of_a_pair_that_is_not_wholly_public_nothing_is_told(tmp_path: Path, kind: str, other: str) -> None:
    secrets = [entity(kind, f"e00000000000000{number}", KEPT, **kept) for number, kept in enumerate(NOT_PUBLIC)]
    why = reasons(kind, "name/same")
    kept = [proposal(0, kind, one["id"], other, why) for one in secrets]
    kept += [proposal(0, kind, other, one["id"], why) for one in secrets]
    report = report_of(tmp_path, [*ENTITIES, *secrets], [*kept, *QUEUE])
    page = resolution.render(report)
    assert len(report["queue"]) == len(QUEUE)
    assert KEPT not in repr(report) + page and "e0000" not in repr(report) + page
    # What is not shown leaves no gap.
    assert re.findall(r"<h3>(\d+)\.", page) == ["1", "2", "3"]


def test_a_submission_that_hides_itself_and_a_place_that_is_kept_back_keep_the_pair_off_the_page(
    tmp_path: Path,
) -> None:
    shown, owner = (entity("organizations", f"e00000000000000{number}", KEPT) for number in (1, 2))
    home = entity("places", "f000000000000001", KEPT, "municipality")
    why = reasons("organizations", "name/same")
    queue = [proposal(0, "organizations", one["id"], FIRST(1), why) for one in (shown, owner)]
    with night(tmp_path, [*ENTITIES, shown, owner, home], queue) as con:
        assert len(resolution.build(con, "2026-07-01", AS_OF)["queue"]) == 2
        con.execute("DETACH warehouse")
        with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as kept:
            kept.execute("INSERT INTO members VALUES ('organizations', 'inbox:x', 'inbox', ?)", [shown["id"]])
            kept.execute("UPDATE places SET organization_id = ? WHERE place_id = ?", [owner["id"], home["id"]])
        con.execute(f"ATTACH '{tmp_path / 'warehouse.duckdb'}' AS warehouse (READ_ONLY)")
        report = resolution.build(con, "2026-07-01", AS_OF)
    assert report["queue"] == [] and KEPT not in resolution.render(report)


def test_the_same_pair_is_shown_when_it_is_public(tmp_path: Path) -> None:
    shown = entity("organizations", "e000000000000000", KEPT)
    why = reasons("organizations", "name/same")
    report = report_of(tmp_path, [*ENTITIES, shown], [proposal(0, "organizations", shown["id"], FIRST(1), why)])
    assert report["queue"][0]["entities"][0]["name"] == KEPT


@pytest.mark.parametrize("kind", ["services", "programs", "hotlines"])
def test_of_other_kinds_no_pair_is_shown(tmp_path: Path, kind: str) -> None:
    # Even ids that stand in a kind whose pairs are shown do not open another kind's pair.
    report = report_of(tmp_path, ENTITIES, [*QUEUE, proposal(0, kind, FIRST(1), FIRST(2), [{"ja": KEPT}])])
    assert len(report["queue"]) == len(QUEUE)
    assert KEPT not in repr(report)


def test_no_record_id_and_nothing_that_was_compared_is_told(tmp_path: Path) -> None:
    told = [one | {"value": "011-000-0000", "left": KEPT} for one in SURE]
    compared = proposal(1, "organizations", FIRST(1), FIRST(2), told)
    report = report_of(tmp_path, ENTITIES, [compared])
    assert report["queue"]
    for secret in ("naisho", "011-000-0000", KEPT):
        assert secret not in repr(report) + resolution.render(report)


def test_figures_count_published_entities_by_kind(tmp_path: Path) -> None:
    def member(source: str, id: str, entity_id: str, kind: str = "organizations") -> dict[str, str]:
        return {"kind": kind, "record_id": f"{source}:{id}", "source": source, "entity_id": entity_id}

    def pair(left: str, right: str, band: str, kind: str = "organizations") -> dict[str, Any]:
        return {"kind": kind, "left_id": left, "right_id": right, "weight": 1.0, "band": band, "reasons": "[]"}

    def moved(change: str, new: str, since: str) -> dict[str, str]:
        return {"kind": "organizations", "change": change, "old_id": "0", "new_id": new, "since": since, "why": "x"}

    secret = entity("organizations", "e000000000000009", KEPT, published="")
    (kind, *_, services) = report_of(
        tmp_path,
        [*ENTITIES, secret],
        members=[
            member("registry", "1", FIRST(1)),
            member("town", "1", FIRST(1)),
            member("town", "2", FIRST(2)),
            member("town", "3", FIRST(2)),
            member("registry", "9", secret["id"]),
            member("registry", "1", SECOND(1), "places"),
            member("hotlines", "1", FIRST(1), "hotlines"),
        ],
        pairs=[
            pair("registry:1", "town:1", "merged"),
            pair("town:2", "town:3", "merged"),
            pair("registry:1", "town:2", "proposed"),
            pair("registry:9", "town:2", "apart"),
            pair("registry:1", "registry:9", "proposed"),
        ],
        redirects=[
            moved("merged", FIRST(1), "2026-07-01"),
            moved("merged", FIRST(2), "2026-06-30"),
            moved("split", FIRST(2), "2026-07-01"),
        ],
    )["kinds"]
    assert kind == {
        "name": "organizations",
        "title": "団体",
        "records": 4,
        "entities": 2,
        "shared": 2,
        "pairs": {"merged": 2, "proposed": 1, "apart": 0},
        "redirects_tonight": {"merged": 1, "split": 1},
    }
    assert (services["records"], services["pairs"]) == (0, {"merged": 0, "proposed": 0, "apart": 0})


def test_a_waterfall_ends_at_the_weight_of_its_pair(tmp_path: Path) -> None:
    report = report_of(tmp_path)
    for pair in report["queue"]:
        weights = model.reviewed(resolution.WEIGHED[pair["kind"]])
        parts = [(reason["title"], reason["weight"]) for reason in pair["reasons"] if reason["weight"] is not None]
        picture = waterfall.draw(weights.start, parts, {"merged": weights.merged, "proposed": weights.proposed})
        *steps, total = picture.bars
        assert total.title == waterfall.TOTAL and total.value == pair["weight"]
        assert [bar.title for bar in steps] == [waterfall.START, *(title for title, _ in parts)]
        assert sum(bar.value for bar in steps) == pytest.approx(pair["weight"])
        for bar in steps:
            assert bar.direction == ("up" if bar.value >= 0 else "down")
        for before, bar in zip([picture.zero, *(bar.ends for bar in steps)], steps, strict=False):
            assert min(before, bar.ends) == bar.left and bar.left >= waterfall.LABELS
            assert bar.left + bar.width <= waterfall.WIDTH - waterfall.RIGHT + 1
        assert steps[-1].ends == total.ends


def test_thresholds_stand_where_a_total_of_their_weight_ends() -> None:
    for total in (1.5, -1.5):
        picture = waterfall.draw(0.0, [("名称", total)], {"merged": 1.5, "proposed": -1.5})
        name = "merged" if total > 0 else "proposed"
        assert picture.thresholds[name] == (picture.bars[-1].ends, total)


def test_pictures_are_well_formed_and_told_in_words(tmp_path: Path) -> None:
    report = report_of(tmp_path)
    found = pictures(resolution.render(report))
    assert len(found) == len(report["queue"])
    ids = [svg.attrib["aria-labelledby"] for svg in found]
    assert len(set(ids)) == len(ids)
    for svg, pair in zip(found, report["queue"], strict=True):
        title = svg.find("title")
        assert svg.attrib["role"] == "img" and title is not None and title.text is not None
        texts = [text.text for text in svg.iter("text")]
        total = f"{pair['weight']:+.2f}".replace("-", "−")
        assert title.attrib["id"] == svg.attrib["aria-labelledby"]
        assert title.text.endswith(f"合計 {total}") and texts[-2:] == ["合計", total]
        for reason in pair["reasons"]:
            assert reason["weight"] is None or reason["title"] in texts
        numbers = [text for text in texts if text and re.fullmatch(r"[+−]\d+\.\d\d", text)]
        assert len(numbers) == len(svg.findall("g"))


def test_what_decided_without_weight_stands_in_words_and_in_no_bar(tmp_path: Path) -> None:
    report = report_of(tmp_path, ENTITIES, [proposal(1, "organizations", FIRST(1), FIRST(2), FAINT)])
    page = resolution.render(report)
    (svg,) = pictures(page)
    assert "仲間どうしは食い違う" in page and "仲間どうしは食い違う" not in ElementTree.tostring(svg, "unicode")
    assert len(svg.findall("g")) == len(FAINT) - 1 + 2


def test_a_pair_without_weight_has_no_picture(tmp_path: Path) -> None:
    alone = proposal(1, "organizations", FIRST(1), FIRST(2), [{"ja": "人が同じと判断した"}]) | {"weight": None}
    page = resolution.render(report_of(tmp_path, ENTITIES, [alone]))
    assert "人が同じと判断した" in page and "<svg" not in page


def test_the_page_stands_alone_escapes_and_says_how_to_answer(tmp_path: Path) -> None:
    page = resolution.render(report_of(tmp_path))
    assert "&lt;b&gt;山&lt;/b&gt;の会 &amp; 友" in page and "<b>山" not in page
    assert "国の&lt;名簿&gt;" in page and "見本データ" in page
    assert not re.findall(r"<(?:script|link|img|iframe|object)|@import|url\(|src=|https?:|//", page)
    assert re.findall(r'href="([^"]*)"', page) == ["quality.html"]
    command = f"michishirube judge SAME|DIFFERENT|UNSURE {FIRST(1)} {FIRST(2)} --by 名前 --why 理由"
    assert command in page


def test_a_night_without_proposals_says_so(tmp_path: Path) -> None:
    report = report_of(tmp_path, [], [])
    assert report["queue"] == []
    assert "載せられる確認待ちの組はありません" in resolution.render(report)


def test_rows_in_another_order_give_the_same_bytes(tmp_path: Path) -> None:
    pages = []
    for name, step in (("one", 1), ("two", -1)):
        (tmp_path / name).mkdir()
        pages.append(resolution.render(report_of(tmp_path / name, ENTITIES[::step], QUEUE[::step])))
    assert pages[0] == pages[1]


def test_the_report_can_be_written_as_json(tmp_path: Path) -> None:
    report = report_of(tmp_path)
    assert json.loads(json.dumps(report)) == report
    assert resolution.render(json.loads(json.dumps(report))) == resolution.render(report)
