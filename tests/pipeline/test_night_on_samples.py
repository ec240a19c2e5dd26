"""A whole night on the bundled samples, through the real command, against what it promises to whom."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import shutil
from datetime import timedelta
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from frictionless import Package
from python_calamine import CalamineWorkbook

from pipelines import checks, keys
from schemas import formats, rulebook
from schemas.finding import Severity
from sources import catalog, inbox, ingest, readers
from sources.landing import LandedFile
from tests import nights
from tests.nights import AS_OF, Night
from warehouse import ledger

FAULTY = {"sample_html": "html-page", "sample_tenth": "too-few-rows"}
SAMPLES = sorted(name for name, source in catalog.load_all().items() if source.set == "sample" or source.sample)
SOUND = [name for name in SAMPLES if name not in FAULTY]
FAULTY_CELLS = {
    "hokkaido_npo_support",
    "sample_ibasho",
    "sample_kaigo",
    "sample_shogai",
    "sample_shokuryo",
    "sample_sodan",
}
"""Samples in which some cells cannot be read."""
JAPANESE = re.compile("[ぁ-んァ-ヶ]")


@pytest.fixture(scope="module")
def later(night: Night, tmp_path_factory: pytest.TempPathFactory) -> tuple[Night, Night]:
    """The same night once more, and the night after it, in a copy of the home."""
    home = tmp_path_factory.mktemp("later") / "home"
    shutil.copytree(night.home, home, symlinks=True)
    return nights.forked(home), nights.forked(home, as_of=AS_OF + timedelta(days=1))


@pytest.fixture(scope="module")
def evaluations(night: Night) -> dict[tuple[str, str], dg.AssetCheckEvaluation]:
    """What Dagster keeps of the night's checks, by asset and check."""
    with dg.DagsterInstance.from_config(str(night.home / "dagster")) as instance:
        kept = instance.all_logs(night.told["run_id"], of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    events = [entry.dagster_event for entry in kept]
    told = [event.asset_check_evaluation_data for event in events if event is not None]
    return {(check.asset_key.to_user_string(), check.check_name): check for check in told}


def cells(name: str) -> list[tuple[str, int, dict[str, str]]]:
    """File, row as Excel counts, and cells by heading of every row of a sample, read without our readers where it is
    plain CSV with a header.
    """
    source = catalog.load_all()[name]
    if source.reader.keys() - {"format", "encoding", "header_row"} or source.reader["format"] not in ("csv", "zip_csv"):
        landed = [LandedFile(file, source.folder / file, "", 0) for file in source.sample or source.fetch["files"]]
        read = readers.read(landed, source.reader)
        return [
            (row["file"], row["row"], {label: row[f"c{place}"] or "" for place, label in enumerate(read.header)})
            for row in read.table.to_pylist()
        ]
    found = []
    for file in source.sample or source.fetch["files"]:
        text = (source.folder / file).read_bytes().decode(source.reader["encoding"]).removeprefix("\ufeff")
        lines = csv.reader(io.StringIO(text, newline=""))
        header = next(lines)
        found += [(file, row, dict(zip(header, line, strict=False))) for row, line in enumerate(lines, 2)]
    return found


def test_the_result_is_one_json_object(night: Night) -> None:
    assert night.code == 0, night.stderr
    assert night.told["outcome"] == "released"
    assert night.told["errors"] == []
    assert night.told["release"] == str(night.home / "releases" / AS_OF.isoformat())
    assert sorted(night.sources) == sorted([*SAMPLES, inbox.ID])


def test_a_second_night_at_the_same_time_is_refused(two_nights: tuple[Night, Night]) -> None:
    _, second = two_nights
    assert (second.code, second.stdout) == (2, "")
    assert "別の夜間処理が動いています" in second.stderr


def test_the_run_is_in_the_home_for_the_ui(night: Night) -> None:
    with dg.DagsterInstance.from_config(str(night.home / "dagster")) as instance:
        [run] = instance.get_runs(dg.RunsFilter(job_name=keys.JOB))
        materialised = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION)
    assert run.run_id == night.told["run_id"]
    assert run.status == dg.DagsterRunStatus.SUCCESS
    assert keys.REPOSITORY_TAG.items() <= run.tags.items()
    made = {entry.dagster_event.asset_key for entry in materialised if entry.dagster_event}
    assert made == {*map(keys.source_key, [*SAMPLES, inbox.ID]), *keys.table_keys(), keys.REVIEW, keys.RELEASE}


@pytest.mark.parametrize("name", FAULTY)
def test_a_file_faulty_as_a_whole_is_one_clear_finding(
    name: str, night: Night, evaluations: dict[tuple[str, str], dg.AssetCheckEvaluation]
) -> None:
    run = night.sources[name]
    [finding] = ingest.findings(name, night.home)
    assert (finding.code, finding.severity) == (FAULTY[name], Severity.REJECT)
    assert JAPANESE.search(finding.message_ja) and finding.message_en
    assert run["rejected"] == finding.message_ja
    assert not run["served"] and run["rows_read"] == 0
    readable = evaluations[f"sources/{name}", "readable"]
    assert not readable.passed and finding.message_ja in (readable.description or "")


@pytest.mark.parametrize("name", SOUND)
def test_no_row_disappears(
    name: str, night: Night, evaluations: dict[tuple[str, str], dg.AssetCheckEvaluation]
) -> None:
    run = night.sources[name]
    assert run["rejected"] is None
    assert run["rows_read"] == len(cells(name)) > 0
    assert run["rows_read"] == sum(run[fate] for fate in ("accepted", "quarantined", "out_of_area", "ended"))
    assert evaluations[f"sources/{name}", "conserved"].passed


@pytest.mark.parametrize("name", SOUND)
def test_everything_kept_back_is_explained(name: str, night: Night) -> None:
    run = night.sources[name]
    findings = ingest.findings(name, night.home)
    assert len([one for one in findings if one.severity == Severity.WITHHOLD]) == run["withheld"]
    assert len({(f.file, f.row) for f in findings if f.severity == Severity.QUARANTINE}) == run["quarantined"]
    for finding in findings:
        assert JAPANESE.search(finding.message_ja) and finding.message_en
        if finding.severity in (Severity.WITHHOLD, Severity.QUARANTINE):
            assert finding.file and finding.row and finding.row >= 2


@pytest.mark.parametrize("name", SOUND)
def test_every_cell_that_cannot_be_read_is_a_finding(name: str, night: Night) -> None:
    """Asked of each cell, with nothing between the published file and its format."""
    mapping = catalog.load_all()[name].mapping
    findings = ingest.findings(name, night.home)
    told = {(finding.file, finding.row, finding.column) for finding in findings}
    unknown = {(finding.file, finding.row) for finding in findings if finding.code == "missing-key"}
    readers = {
        (cell.columns[0], cell.reader)
        for record in mapping.records
        for cell in record.cells.values()
        if len(cell.columns) == 1 and not (cell.match or cell.json or cell.many) and cell.reader in formats.names()
    }
    unreadable = set()
    for file, row, line in cells(name):
        columns = mapping.area.columns if mapping.area else ()
        area = formats.read("prefecture", "".join(line.get(column, "") for column in columns)).value
        if area in (None, "01") and (file, row) not in unknown:
            readings = {column: formats.read(reader, line.get(column, "")) for column, reader in readers}
            unreadable |= {(file, row, column) for column, (value, code, _) in readings.items() if code and not value}
    assert not unreadable - told
    assert unreadable or name not in FAULTY_CELLS


def test_every_published_file_is_listed_as_it_is(night: Night) -> None:
    release = night.home / "latest"
    contents = json.loads((release / "index.json").read_text("utf-8"))
    listed = {file["path"]: (file["bytes"], file["sha256"]) for file in contents["files"]}
    there = {path.relative_to(release).as_posix(): path.read_bytes() for path in release.rglob("*") if path.is_file()}
    del there["index.json"]
    assert listed == {path: (len(data), hashlib.sha256(data).hexdigest()) for path, data in there.items()}
    assert {table["name"] for table in contents["tables"]} == {table.name for table in rulebook.published_tables()}
    forms = {form["name"] for form in contents["formats"]}
    one_file = {"xlsx/michishirube.xlsx", "geojson/places.geojson"}
    assert one_file <= set(there)
    for table in contents["tables"]:
        of_table = {path.split("/")[0] for path in there if path.count("/") == 1 and Path(path).stem == table["name"]}
        assert of_table - {"geojson", "delta"} == forms - {"geojson", "xlsx"}


def test_latest_points_to_the_release(night: Night) -> None:
    link = night.home / "latest"
    assert link.is_symlink() and not link.readlink().is_absolute()
    assert link.resolve() == (night.home / "releases" / AS_OF.isoformat()).resolve()
    there = sorted(path.name for path in (night.home / "releases").iterdir())
    assert there == [AS_OF.isoformat(), "index.json"]


def test_frictionless_finds_the_data_package_valid(night: Night) -> None:
    report = Package(str(night.home / "latest/datapackage.json")).validate()
    assert report.valid, report.flatten(["name", "rowNumber", "fieldName", "type", "note"])[:5]
    assert report.stats["tasks"] == len(list((night.home / "latest/codes").iterdir())) + len(
        rulebook.published_tables()
    )


@pytest.mark.parametrize("folder", ["csv", "excel"])
def test_no_cell_of_a_csv_holds_a_newline(folder: str, night: Night) -> None:
    for path in sorted((night.home / "latest" / folder).iterdir()):
        text = path.read_bytes().decode("utf-8")
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        assert len(rows) == text.count("\n") >= 1
        assert not [cell for row in rows for cell in row if re.search(r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]", cell)]


def test_the_report_counts_as_the_command_does(night: Night) -> None:
    report = json.loads((night.home / "latest/quality.json").read_text("utf-8"))
    lapsed = _lapsed(night)
    assert lapsed
    for source in report["sources"]:
        run = night.sources[source["id"]]
        # A hotline that lapsed is found out when the records of all sources stand side by side.
        out = lapsed.get(source["id"], 0)
        expected = run | {"accepted": run["accepted"] - out, "quarantined": run["quarantined"] + out}
        for count in ("rows_read", "accepted", "quarantined", "withheld", "out_of_area", "ended"):
            assert source[count] == expected[count] or source["id"] == inbox.ID, (source["id"], count)
        # What the records of several sources say of one another is found later in the night.
        assert all(source["findings"][severity] >= run["findings"][severity] for severity in run["findings"])


def _lapsed(night: Night) -> dict[str, int]:
    """How many hotlines of each source left the current list, although they had not ended."""
    ended = rulebook.table("hotlines").ended(AS_OF)
    with duckdb.connect(str(night.home / "warehouse.duckdb"), read_only=True) as con:
        told = con.execute(
            f"SELECT source, count(*) FROM archive.hotlines WHERE ({ended}) IS NOT TRUE GROUP BY source"
        ).fetchall()
    return {str(source): int(count) for source, count in told}


@pytest.mark.parametrize("name", SAMPLES)
def test_each_source_has_its_checks_in_japanese(
    name: str, night: Night, evaluations: dict[tuple[str, str], dg.AssetCheckEvaluation]
) -> None:
    mine = {check: told for (asset, check), told in evaluations.items() if asset == f"sources/{name}"}
    assert set(mine) == {"readable", "findings", "fresh", "conserved"}
    assert not [check for check, told in mine.items() if told.severity == dg.AssetCheckSeverity.ERROR]
    shown = [
        value.md_str for value in mine["findings"].metadata.values() if isinstance(value, dg.MarkdownMetadataValue)
    ]
    table = "\n".join(text or "" for text in shown)
    assert ("|---" in table and JAPANESE.search(table)) or not ingest.findings(name, night.home)
    public = {(t.name, f.name) for t in rulebook.tables().values() for f in t.fields if f.privacy == "public"}
    masked = {
        f.value for f in ingest.findings(name, night.home) if f.value and f.row and (f.table, f.field) not in public
    }
    assert not [value for value in masked if len(value) > 5 and value in table]
    assert masked or checks.MASK not in table


@pytest.mark.parametrize("name", SAMPLES)
def test_each_source_has_its_correction_sheet(name: str, night: Night) -> None:
    page = CalamineWorkbook.from_path(night.home / f"sheets/{name}.xlsx").get_sheet_by_index(0).to_python()
    findings = ingest.findings(name, night.home)
    shown = [str(cell) for row in page for cell in row]
    assert {"ファイル", "行", "列の見出し", "いまの値", "どう直すか"} <= set(shown)
    assert sorted(text for text in shown if text in {f.message_ja for f in findings}) == sorted(
        finding.message_ja for finding in findings
    )


def test_the_same_night_again_changes_nothing(night: Night, later: tuple[Night, Night]) -> None:
    again, _ = later
    assert again.code == 0 and again.told["outcome"] == "unchanged"
    assert not [run for run in again.told["sources"] if run["changed"]]
    counts = ("key", "rows_read", "accepted", "quarantined", "withheld", "out_of_area", "ended", "findings", "rejected")
    for name, run in again.sources.items():
        assert [run[count] for count in counts] == [night.sources[name][count] for count in counts]


def test_the_next_night_makes_no_new_version(night: Night, later: tuple[Night, Night]) -> None:
    _, tomorrow = later
    assert tomorrow.code == 0 and tomorrow.told["outcome"] == "unchanged"
    assert tomorrow.told["release"] == str(tomorrow.home / "releases" / AS_OF.isoformat())
    assert nights.digests(tomorrow.home / "releases") == nights.digests(night.home / "releases")
    assert nights.published(tomorrow.home) == nights.published(night.home)


def test_the_ledger_remembers_every_id_that_is_published(night: Night) -> None:
    with ledger.opened(night.home) as book:
        known = ledger.known_ids(book)
    for table, key in (("organizations", "organization_id"), ("places", "place_id"), ("services", "service_id")):
        records = json.loads((night.home / f"latest/json/{table}.json").read_text("utf-8"))
        assert {record[key] for record in records} <= known
