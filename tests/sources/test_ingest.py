"""One source through a night: nothing is lost, nothing unchanged is done again, and what fails is contained."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
import python_calamine
import tiny
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import ROW, csv_bytes, make, night, publish

from schemas import rulebook
from schemas.finding import Finding
from sources import ingest
from sources.catalog import Source
from sources.ingest import SourceRun

Change = Mapping[str, str]


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return make(tmp_path / "sources")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "var"


def numbered(*changes: Change) -> list[Change]:
    """Rows with numbers of their own."""
    return [{"番号": str(number)} | change for number, change in enumerate(changes, start=1)]


def accepted(home: Path, run: SourceRun, table: str) -> list[dict[str, Any]]:
    assert run.key
    path = home / "accepted" / run.source / run.key / f"{table}.parquet"
    with duckdb.connect() as con:
        rows: list[dict[str, Any]] = con.sql(f"SELECT * FROM '{path}'").to_arrow_table().to_pylist()
    return rows


def codes(source: Source, home: Path) -> list[tuple[str, int | None]]:
    return sorted(((finding.code, finding.row) for finding in ingest.findings(source.id, home)), key=str)


def test_a_good_file_is_accepted_whole(source: Source, home: Path) -> None:
    publish(source, *numbered({}, {}))
    run = ingest.ingest(source, night(home))
    assert (run.served, run.changed, run.rejected, run.dated) == (True, True, None, "2026-04-01")
    assert (run.rows_read, run.accepted, run.quarantined, run.withheld, run.out_of_area, run.ended) == (
        2,
        2,
        0,
        0,
        0,
        0,
    )
    assert run.findings == dict.fromkeys(("stop", "reject", "quarantine", "withhold", "note"), 0)
    assert ingest.last_run(source.id, home) == run
    told: dict[str, dict[str, str]] = {
        "organizations": {"name": "見本の会"},
        "services": {"name": "見本の相談", "fee": "free"},
        "places": {"municipality_code": "011011", "address_visibility": "public"},
        "contact_points": {"kind": "phone", "value": "+81166000000", "owner_kind": "services"},
    }
    for table, fields in told.items():
        rows = accepted(home, run, table)
        assert [row["record_id"] for row in rows] == ["machi:1", "machi:2"]
        assert all(row[field] == value for row in rows for field, value in fields.items())


# -- conservation

FEES = ("無料", "", "要相談だ")
CELLS = st.fixed_dictionaries(
    {
        "番号": st.sampled_from(["1", "2", "3", "4", ""]),
        "団体": st.sampled_from(["見本の会", "", "-"]),
        "名称": st.sampled_from(["茶話会", "食堂", "", "---"]),
        "料金": st.sampled_from(FEES),
        "状態": st.sampled_from(["", "終了", "実施中"]),
        "終了日": st.sampled_from(["", "2026-03-31", "2026-04-01", "昨日"]),
        "住所": st.sampled_from([ROW["住所"], "東京都千代田区", "どこか", ""]),
        "公開": st.sampled_from(["公開", "非公開", "", "たぶん"]),
        "電話": st.sampled_from([ROW["電話"], "", "変", "189"]),
    }
)


@settings(max_examples=3, deadline=None)
@given(rows=st.lists(CELLS, min_size=1, max_size=30), shuffled=st.randoms(use_true_random=False))
def test_every_row_has_one_fate_and_order_changes_none(
    rows: list[dict[str, str]], shuffled: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("night")
    source = make(folder / "sources")
    outcomes = []
    for order in (rows, shuffled.sample(rows, len(rows))):
        publish(source, *order)
        run = ingest.ingest(source, night(folder / "var"))
        assert run.served and run.rejected is None
        assert run.rows_read == len(rows) == run.accepted + run.quarantined + run.out_of_area + run.ended
        counts = (run.accepted, run.quarantined, run.out_of_area, run.ended, run.withheld, run.findings)
        tables = {}
        for table in ("organizations", "services", "places", "contact_points"):
            found = accepted(folder / "var", run, table)
            tables[table] = sorted(
                str({name: value for name, value in row.items() if name not in ("file", "row")}) for row in found
            )
        outcomes.append((counts, tables))
        services = accepted(folder / "var", run, "services")
        assert len(services) == run.accepted + run.ended
        assert len({row["record_id"] for row in services}) == len(services)
        kept = accepted(folder / "var", run, "rows")
        assert len(kept) == run.quarantined and all(json.loads(row["published"]) for row in kept)
        told = {
            finding.row for finding in ingest.findings(source.id, folder / "var") if finding.severity == "quarantine"
        }
        assert told == {row["row"] for row in kept}
    assert outcomes[0] == outcomes[1]


def test_what_has_ended_depends_on_the_night_alone(source: Source, home: Path) -> None:
    publish(source, *numbered({"終了日": "2026-04-01"}, {"状態": "終了"}, {}))
    first = ingest.ingest(source, night(home, date(2026, 4, 1)))
    second = ingest.ingest(source, night(home, date(2026, 4, 2)))
    assert (first.accepted, first.ended) == (2, 1)
    assert (second.accepted, second.ended, second.changed) == (1, 2, False)


# -- a file that cannot be used

HTML = b"<!DOCTYPE html><html><body>404</body></html>"


GOOD = numbered({}, {}, {"料金": "高い"})


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> tuple[Source, Path, SourceRun]:
    """A source whose first night was good."""
    folder = tmp_path_factory.mktemp("served")
    source = make(folder / "sources", bounds={"minimum_rows": 3, "maximum_rows": 100})
    publish(source, *GOOD)
    return source, folder / "var", ingest.ingest(source, night(folder / "var"))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (HTML, "html-page"),
        (b"", "empty-file"),
        (csv_bytes([]), "empty-file"),
        (csv_bytes([ROW], [label for label in ROW if label != "番号"]), "wrong-columns"),
        (csv_bytes([ROW] * 2), "too-few-rows"),
        (csv_bytes([ROW] * 3, encoding="cp932"), "encoding"),
        (b"PK\x03\x04" + b"x" * 100, "not-a-table"),
        (csv_bytes([ROW] * 3) + b'4,"\r\n5,', "unterminated-quote"),
        (None, "not-found"),
    ],
    ids=["html", "nothing", "only headings", "no key", "too few", "cp932", "zip", "open quote", "gone"],
)
def test_a_file_that_cannot_be_used_leaves_the_last_good_one_in_service(
    served: tuple[Source, Path, SourceRun], content: bytes | None, code: str
) -> None:
    source, home, good = served
    file = source.folder / "machi.csv"
    file.unlink(missing_ok=True)
    if content is not None:
        file.write_bytes(content)
    bad = ingest.ingest(source, night(home, date(2026, 4, 2)))
    assert (bad.served, bad.changed, bad.key) == (True, False, good.key)
    assert (bad.rows_read, bad.accepted, bad.withheld, bad.dated) == (3, 3, 1, good.dated)
    assert bad.rejected and "{" not in bad.rejected
    rejections = [finding for finding in ingest.findings(source.id, home) if finding.severity == "reject"]
    assert [(finding.code, finding.message_ja) for finding in rejections] == [(code, bad.rejected)]
    assert bad.findings["reject"] == 1 and bad.findings["withhold"] == 1
    assert len(accepted(home, bad, "services")) == 3


def test_after_a_bad_file_a_good_one_serves_again(served: tuple[Source, Path, SourceRun]) -> None:
    source, home, good = served
    (source.folder / "machi.csv").write_bytes(HTML)
    ingest.ingest(source, night(home))
    publish(source, *GOOD)
    again = ingest.ingest(source, night(home, date(2026, 4, 3)))
    assert (again.rejected, again.key, again.changed) == (None, good.key, False)


def test_a_first_file_that_cannot_be_used_serves_nothing(source: Source, home: Path) -> None:
    (source.folder / "machi.csv").write_bytes(HTML)
    run = ingest.ingest(source, night(home))
    assert (run.served, run.changed, run.key, run.dated, run.rows_read, run.accepted) == (
        False,
        False,
        None,
        None,
        0,
        0,
    )
    assert run.rejected and codes(source, home) == [("html-page", None)]


def test_more_rows_than_usual_and_odd_rows_are_notes(tmp_path: Path, home: Path) -> None:
    source = make(tmp_path / "sources", bounds={"minimum_rows": 1, "maximum_rows": 2})
    publish(source, *numbered({}, {}, {}))
    file = source.folder / "machi.csv"
    lines = file.read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join([*lines[:2], "", lines[2] + ",余分", lines[3]]), encoding="utf-8")
    run = ingest.ingest(source, night(home))
    assert (run.accepted, run.findings["note"]) == (3, 3)
    assert codes(source, home) == [("blank-row", 3), ("ragged-row", 4), ("too-many-rows", None)]


def test_unmapped_and_missing_columns_are_told_once(source: Source, home: Path) -> None:
    publish(source, *numbered({}, {}), header=[*(label for label in ROW if label != "料金"), "余り"])
    run = ingest.ingest(source, night(home))
    assert run.accepted == 2
    assert codes(source, home) == [("missing-column", None), ("unmapped-column", None)]


# -- rows that cannot be used


UNUSABLE = [
    ({"名称": ""}, "required", "名称"),
    ({"公開": ""}, "required", "公開"),
    ({"公開": "たぶん"}, "unknown-code", "公開"),
    ({"番号": ""}, "missing-key", "番号"),
    ({"電話": ""}, "no-contact", None),
]


def test_a_row_that_cannot_be_used_is_kept_aside_with_its_reason(source: Source, home: Path) -> None:
    publish(source, *numbered(*(change for change, *_ in UNUSABLE), {}))
    run = ingest.ingest(source, night(home))
    assert (run.accepted, run.quarantined) == (1, 5)
    findings = sorted(ingest.findings(source.id, home), key=lambda finding: finding.row or 0)
    assert [(finding.row, finding.code, finding.column) for finding in findings] == [
        (row, code, column) for row, (_, code, column) in enumerate(UNUSABLE, start=2)
    ]
    assert {(finding.severity, finding.file) for finding in findings} == {("quarantine", "machi.csv")}
    kept = accepted(home, run, "rows")
    assert sorted(row["row"] for row in kept) == [2, 3, 4, 5, 6]
    assert any("たぶん" in row["published"] for row in kept)
    for table in ("organizations", "services", "places", "contact_points"):
        assert [row["record_id"] for row in accepted(home, run, table)] == ["machi:6"]


def test_of_two_rows_with_one_key_one_is_kept_aside(source: Source, home: Path) -> None:
    publish(source, *numbered({}, {"番号": "1", "名称": "別の相談"}))
    run = ingest.ingest(source, night(home))
    assert (run.accepted, run.quarantined) == (1, 1)
    (finding,) = ingest.findings(source.id, home)
    (kept,) = accepted(home, run, "rows")
    assert (finding.code, finding.row, finding.record_id) == ("duplicate-key", kept["row"], "machi:1")


def test_an_unreadable_phone_alone_is_no_contact(source: Source, home: Path) -> None:
    publish(source, *numbered({"電話": "変"}))
    run = ingest.ingest(source, night(home))
    assert (run.accepted, run.quarantined, run.withheld) == (0, 1, 1)
    assert codes(source, home) == [("no-contact", 2), ("phone-length", 2)]


def test_a_web_page_is_a_way_of_contact(tmp_path: Path, home: Path) -> None:
    records = [*tiny.MAPPING["records"]]
    records[1] = {"table": "services", "fields": {"name": "名称", "url": "料金"}}
    source = make(tmp_path / "sources", *records)
    publish(source, *numbered({"電話": "", "料金": "https://www.example.jp/"}, {"電話": "", "料金": "www"}))
    run = ingest.ingest(source, night(home))
    assert (run.accepted, run.quarantined) == (1, 1)


def test_a_bad_organization_does_not_cost_the_row(source: Source, home: Path) -> None:
    publish(source, *numbered({"団体": ""}, {"料金": "高い"}))
    run = ingest.ingest(source, night(home))
    assert (run.accepted, run.quarantined, run.withheld) == (2, 0, 2)
    assert [row["record_id"] for row in accepted(home, run, "organizations")] == ["machi:2"]
    fees = [(row["fee"], row["fee__raw"]) for row in accepted(home, run, "services")]
    assert fees == [("free", "無料"), (None, "高い")]


def test_a_cell_that_feeds_two_fields_has_one_finding(source: Source, home: Path) -> None:
    publish(source, *numbered({"名称": ""}, {}))
    ingest.ingest(source, night(home))
    (finding,) = ingest.findings(source.id, home)
    assert (finding.table, finding.code, finding.severity) == ("services", "required", "quarantine")


def test_other_prefectures_rows_are_counted_and_not_judged(source: Source, home: Path) -> None:
    publish(source, *numbered({"住所": "東京都千代田区", "名称": ""}, {"住所": "東京都千代田区", "番号": ""}, {}))
    run = ingest.ingest(source, night(home))
    assert (run.accepted, run.out_of_area, run.quarantined) == (1, 2, 0)
    assert ingest.findings(source.id, home) == []
    everywhere = ingest.ingest(source, night(home, prefecture="all"))
    assert (everywhere.changed, everywhere.out_of_area, everywhere.quarantined) == (True, 0, 2)


# -- nothing unchanged is done again


def stamps(home: Path) -> dict[str, int]:
    """When each file of the accepted works was written."""
    works = (home / "accepted" / "machi").glob("*/*")
    return {path.relative_to(home).as_posix(): path.stat().st_mtime_ns for path in works}


def test_a_second_night_does_no_work(source: Source, home: Path) -> None:
    publish(source, *numbered({}, {"料金": "高い"}))
    first = ingest.ingest(source, night(home))
    before = stamps(home)
    second = ingest.ingest(source, night(home, date(2026, 4, 2)))
    assert stamps(home) == before
    assert (second.changed, second.key, second.findings) == (False, first.key, first.findings)


def test_a_change_in_the_folder_is_worked_again(tmp_path: Path, source: Source, home: Path) -> None:
    publish(source, *numbered({}))
    first = ingest.ingest(source, night(home))
    words = [*tiny.MAPPING["records"]]
    words[1] = {
        "table": "services",
        "fields": {"name": "名称", "fee": {"column": "料金", "values": {"無料": "partly"}}},
    }
    changed = make(tmp_path / "sources", *words)
    second = ingest.ingest(changed, night(home))
    assert second.changed and second.key != first.key
    assert [row["fee"] for row in accepted(home, second, "services")] == ["partly"]
    publish(changed, *numbered({}, {}))
    third = ingest.ingest(changed, night(home))
    assert third.changed and third.accepted == 2


@pytest.fixture
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the rulebook, of which the digest is taken."""
    copy = tmp_path / "rules"
    shutil.copytree(rulebook.ROOT, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(rulebook, "ROOT", copy)
    yield copy
    monkeypatch.undo()
    rulebook.digest.cache_clear()


def test_a_change_in_the_rulebook_is_worked_again(source: Source, home: Path, rules: Path) -> None:
    publish(source, *numbered({}))
    first = ingest.ingest(source, night(home))
    with (rules / "codes" / "fee.csv").open("a", encoding="utf-8") as file:
        file.write("season,時期による,By season,,,standard,active\n")
    rulebook.digest.cache_clear()
    second = ingest.ingest(source, night(home))
    assert second.changed and second.key != first.key and second.accepted == 1


def test_a_work_that_was_cut_short_is_done_again(source: Source, home: Path) -> None:
    publish(source, *numbered({}))
    first = ingest.ingest(source, night(home))
    assert first.key
    shelf = home / "accepted" / "machi"
    (shelf / first.key / "summary.json").unlink()
    (shelf / ".building").mkdir()
    (shelf / ".building" / "half.parquet").write_bytes(b"half")
    second = ingest.ingest(source, night(home))
    assert (second.key, second.accepted, second.rejected) == (first.key, 1, None)
    assert not (shelf / ".building").exists()


# -- contained


def test_a_crash_inside_is_contained_and_tells_no_value(tmp_path: Path, home: Path) -> None:
    records = [*tiny.MAPPING["records"]]
    records[1] = {"table": "services", "fields": {"name": {"column": "名称", "match": "((名"}}}
    broken = make(tmp_path / "sources", *records)
    publish(broken, *numbered({"名称": "秘密の家"}))
    run = ingest.ingest(broken, night(home))
    (finding,) = ingest.findings("machi", home)
    assert (finding.code, finding.severity, finding.message_ja) == ("source-crashed", "reject", run.rejected)
    assert finding.value and "mapping.py" in finding.value and "(" not in finding.value
    told = (home / "accepted" / "machi" / "night.json").read_text(encoding="utf-8")
    assert "秘密の家" not in told and str(tmp_path) not in told
    mended = ingest.ingest(make(tmp_path / "sources"), night(home))
    assert (mended.served, mended.rejected, mended.accepted) == (True, None, 1)


def test_a_file_of_which_little_is_accepted_is_refused(source: Source, home: Path) -> None:
    publish(source, *numbered({}, {}, {}, {}))
    good = ingest.ingest(source, night(home))
    publish(source, *numbered({}, {"電話": ""}, {"電話": ""}, {"電話": ""}))
    bad = ingest.ingest(source, night(home))
    assert (bad.key, bad.changed, bad.accepted) == (good.key, False, 4) and bad.rejected
    assert codes(source, home) == [("few-accepted", None)]
    publish(source, *numbered({}, {}, {"電話": ""}, {"電話": ""}))
    half = ingest.ingest(source, night(home))
    assert (half.changed, half.accepted, half.rejected) == (True, 2, None)


def test_while_a_file_is_refused_new_rules_judge_the_last_good_one(tmp_path: Path, source: Source, home: Path) -> None:
    publish(source, *numbered({}, {}))
    ingest.ingest(source, night(home))
    (source.folder / "machi.csv").write_bytes(HTML)
    words = [*tiny.MAPPING["records"]]
    words[1] = {
        "table": "services",
        "fields": {"name": "名称", "fee": {"column": "料金", "values": {"無料": "partly"}}},
    }
    run = ingest.ingest(make(tmp_path / "sources", *words), night(home))
    assert (run.served, run.changed, run.accepted) == (True, True, 2) and run.rejected
    assert {row["fee"] for row in accepted(home, run, "services")} == {"partly"}


def test_quotes_and_odd_characters_in_cells_do_no_harm(source: Source, home: Path) -> None:
    odd = '\'; DROP TABLE rows; -- "{value}" \x1f=1+1'
    publish(source, *numbered({"名称": odd, "料金": odd, "番号": odd}, {"団体": "é" * 40_000}))
    run = ingest.ingest(source, night(home))
    assert run.rejected is None and run.rows_read == 2 == run.accepted + run.quarantined


# -- the sheet of the night


def sheet_cells(home: Path) -> Sequence[Sequence[Any]]:
    book = python_calamine.CalamineWorkbook.from_path(str(home / "sheets" / "machi.xlsx"))
    return book.get_sheet_by_index(0).to_python()


def test_the_correction_sheet_tells_every_finding(source: Source, home: Path) -> None:
    publish(source, *numbered({"料金": "高い"}, {"電話": ""}))
    ingest.ingest(source, night(home))
    _, *rows = sheet_cells(home)
    found: list[Finding] = ingest.findings("machi", home)
    assert {(row[3], row[5], row[9]) for row in rows} == {
        (finding.row, finding.value or "", finding.code) for finding in found
    }
    assert [row[0] for row in rows] == ["行を隔離", "値を不掲載"]


def test_only_the_samples_run_in_a_night_of_samples(source: Source, home: Path) -> None:
    live = ingest.Night(home, date(2026, 4, 1), "01", None, "live")
    assert ingest.in_set(source, night(home)) and not ingest.in_set(source, live)
