"""One night on the real files of two national registries, for Hokkaido, where those files are at hand."""

from __future__ import annotations

import json
import re
from pathlib import Path

import duckdb
import pytest
from frictionless import Package

from schemas import rulebook
from schemas.finding import Severity
from sources import catalog, ingest
from tests import nights
from tests.nights import Night
from warehouse import addresses

REAL = Path(__file__).parents[2].parent / "shared/data/real"
REGISTRIES = ("kaigo_kouhyou", "wam_shogai")
JAPANESE = re.compile("[ぁ-んァ-ヶ]")

pytestmark = pytest.mark.skipif(
    not REAL.is_dir(), reason="the real files (../shared/data/real) are not on this machine"
)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Night:
    return nights.forked(tmp_path_factory.mktemp("real") / "home", "--mirror", str(REAL))


def table(night: Night, name: str) -> list[dict[str, str]]:
    path = night.home / f"latest/parquet/{name}.parquet"
    with duckdb.connect() as con:
        columns = [field.name for field in rulebook.table(name).published_fields]
        told = con.execute("SELECT * FROM read_parquet(?)", [str(path)]).fetchall()
    return [dict(zip(columns, map(_cell, row), strict=True)) for row in told]


def _cell(value: object) -> str:
    return "" if value is None else ";".join(value) if isinstance(value, list) else str(value)


def asked(night: Night, query: str) -> list[tuple[str, ...]]:
    with duckdb.connect(str(night.home / "warehouse.duckdb"), read_only=True) as con:
        return con.execute(query).fetchall()


def test_it_is_released(real: Night) -> None:
    assert real.code == 0, real.stderr
    assert real.told["outcome"] == "released" and real.told["source_set"] == "mirror"
    assert not [run["rejected"] for run in real.sources.values() if run["source"] in REGISTRIES and run["rejected"]]


def test_organizations_of_both_are_one_by_their_corporate_number(real: Night) -> None:
    organizations = table(real, "organizations")
    both = [one for one in organizations if one["sources"] == ";".join(REGISTRIES)]
    assert len([one for one in both if one["corporate_number"]]) > 50
    numbers = [one["corporate_number"] for one in organizations if one["corporate_number"]]
    assert len(numbers) == len(set(numbers))


@pytest.mark.parametrize("source", REGISTRIES)
def test_no_row_disappears(source: str, real: Night) -> None:
    run = real.sources[source]
    assert run["rows_read"] >= catalog.load_all()[source].bounds["minimum_rows"]
    assert run["rows_read"] == sum(run[fate] for fate in ("accepted", "quarantined", "out_of_area", "ended"))


@pytest.mark.parametrize("source", REGISTRIES)
def test_everything_kept_back_is_explained(source: str, real: Night) -> None:
    run = real.sources[source]
    findings = ingest.findings(source, real.home)
    kept_back = [f for f in findings if f.severity in (Severity.WITHHOLD, Severity.QUARANTINE)]
    for finding in kept_back:
        assert JAPANESE.search(finding.message_ja) and finding.message_en
        assert finding.file and finding.row and finding.row >= 2
        assert finding.column or finding.code == "no-contact"
    assert len([f for f in kept_back if f.severity == Severity.WITHHOLD]) == run["withheld"]
    rows = real.home / "accepted" / source / run["key"] / "rows.parquet"
    with duckdb.connect() as con:
        aside = set(con.execute('SELECT file, "row" FROM read_parquet(?)', [str(rows)]).fetchall())
    assert len(aside) == run["quarantined"]
    assert aside == {(f.file, f.row) for f in kept_back if f.severity == Severity.QUARANTINE}


def test_no_group_home_is_told_at_its_address(real: Night) -> None:
    homes = asked(
        real,
        """SELECT DISTINCT p.address FROM places p JOIN service_places USING (place_id)
           JOIN services s USING (service_id) WHERE s.service_type = 'sfk-33' AND p.address IS NOT NULL""",
    )
    kept_back = asked(
        real, "SELECT DISTINCT address FROM places WHERE address_visibility <> 'public' AND address IS NOT NULL"
    )
    assert len(homes) > 100 and set(homes) <= set(kept_back)
    secret = {addresses.fold(address) for (address,) in kept_back}
    published = [row["address"] for name in ("organizations", "places") for row in table(real, name) if row["address"]]
    assert len(published) > 1000
    assert not secret & set(map(addresses.fold, published))


def test_no_group_home_is_told_by_its_coordinates(real: Night) -> None:
    kept_back = asked(real, "SELECT place_id FROM places WHERE address_visibility <> 'public'")
    places = {place["place_id"]: place for place in table(real, "places")}
    told = [places[place_id] for (place_id,) in kept_back if place_id in places]
    assert told
    assert not [one for one in told if one["address"] or one["postal_code"] or one["latitude"] or one["longitude"]]


def test_the_release_is_what_it_says(real: Night) -> None:
    contents = json.loads((real.home / "latest/index.json").read_text("utf-8"))
    listed = {file["path"]: file["sha256"] for file in contents["files"]}
    assert listed == {path: digest for path, digest in nights.published(real.home).items() if path != "index.json"}
    assert {source["id"] for source in contents["sources"]} >= set(REGISTRIES)
    report = Package(str(real.home / "latest/datapackage.json")).validate()
    assert report.valid, report.flatten(["name", "rowNumber", "fieldName", "type", "note"])[:5]


def test_no_secret_of_the_home_is_in_the_events(real: Night) -> None:
    """No street address that is kept back stands in what Dagster keeps of the run, or in what the command said."""
    kept_back = asked(
        real, "SELECT DISTINCT address FROM places WHERE address_visibility <> 'public' AND length(address) > 12"
    )
    files = [path for path in (real.home / "dagster").rglob("*") if path.is_file()]
    kept = "\n".join(path.read_bytes().decode("utf-8", errors="ignore") for path in files)
    decoded = re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), kept) + real.stdout + real.stderr
    assert not [address for (address,) in kept_back if address in decoded]
