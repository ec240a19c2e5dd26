"""With any protection switched off, the gate on the written bytes stops the release, and names file and field alone.

Each protection has an entry in the world below that it alone keeps back. What the gate cannot see by its own rules
is listed with the rule (:data:`UNSEEN`), and with the test that looks at it otherwise.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import duckdb
import pytest
from switched_off import switch_off

from publish import areas, exporters, index, privacy, quality, release, writing
from publish.contents import Contents
from publish.release import LeakError
from publish.versions import Version
from schemas import rulebook
from schemas.rulebook import Table
from sources import inbox
from tests.dropped import AS_OF, drop, take_in
from tests.warehouse.accepted import corporate_number, office_number, query, row
from tests.warehouse.accepted import take_in as take_in_sources
from warehouse import build, submissions

Patch = pytest.MonkeyPatch
Export = Callable[[duckdb.DuckDBPyConnection, Sequence[Table], Path], dict[Path, int]]
Prepare = Callable[[duckdb.DuckDBPyConnection], tuple[Table, ...]]
FEW = ("oshima", "kamikawa", "012025", "012041")

SHELTER = row(
    "shelter",
    organization__name="やどりの会",
    organization__corporate_number=corporate_number(2),
    organization__address="函館市ひみつ町2-3-4",
    organization__address_building="かくれが荘の東どなりの建物",
    organization__postal_code="041-9999",
    organization__url="https://himitsu-dantai.example.jp/",
    organization__representative_name="例野ひみつ",
    organization__address_visibility="非公開",
    service__service_type="シェルター",
    service__description="ひみつ駅の北口を出て、むらさき色の屋根の家です",
    service__office_number=office_number(2),
    service__area_scope="municipality",
    service__area_codes="012025",
    service__url="https://himitsu-yado.example.jp/yado",
    place__name="むらさき屋根の北の離れ家",
    place__address="北海道函館市ひみつ町2-3-5",
    place__address_building="むらさき荘の西どなりの建物",
    place__postal_code="041-9998",
    place__latitude="41.812345",
    place__longitude="140.812345",
    place__access="ひみつ駅の北口から徒歩三分ほど",
    phone__value="0138-00-9991",
    fax__value="0138-00-9992",
    place_phone__value="0138-00-9994",
    place_schedule__opens="7:07",
    place_schedule__closes="17:17",
    jurisdiction__municipality_code="012025",
    jurisdiction__desk_type="女性相談",
)
HOME = row(
    "home",
    organization__representative_name="例野すまいこ",
    service__service_type="共同生活援助",
    place__address="旭川市すまい町5丁目6番7号",
    place__address_building="すまい荘の南どなりの建物",
    place__postal_code="070-9999",
    place__latitude="43.712345",
    place__longitude="142.312345",
)
PERSONAL = row("personal", phone__value="0120-000-091", **{"phone.personal": "true"})
CALLER = row("caller", phone__value="0138-00-9991", organization__address="小樽市よその町1")
LINKER = row(
    "linker", organization__url="https://himitsu-yado.example.jp/", service__url="https://himitsu-yado.example.jp/yado"
)
HOTLINE = row(
    "hotline", hotline__name="よるの電話", hotline__number="0138-00-9991", hotline__charge="無料",
    hotline__verified_on="2026-11-01",
)  # fmt: skip
BLANK = row(
    "blank",
    service__service_type="共同生活援助",
    place__address_building="はなれ荘の南どなりの建物",
    place__latitude="43.612345",
    place__longitude="142.412345",
)
NEIGHBOUR = row(
    "neighbour",
    organization__address="小樽市よその町1（届け先は函館市ひみつ町2-3-5）",
    email__value="tonari@himitsu-yado.example.jp",
)
TOWN = [SHELTER, HOME, BLANK, PERSONAL, CALLER, LINKER, HOTLINE, NEIGHBOUR]
HIDES = {
    "団体の名称": "ひそかの会",
    "支援の名称": "ひそか食堂",
    "概要": "ひそか坂の上の白い家で、ひらいています",
    "代表者名": "例野ひそか",
    "所在地_連結表記（団体）": "北海道旭川市ひそか町8丁目9番10号",
    "所在地_連結表記（拠点）": "北海道旭川市ひそか町8丁目9番10号",
    "連絡先（電話）": "0166-00-0972",
    "連絡先（メール）": "hisoka@mail.example.jp",
    "公開の範囲（所在地）": "非公開",
}
WAITS = HIDES | {
    "団体の名称": "まちびとの会の準備室",
    "支援の名称": "まちびと食堂の準備室",
    "概要": "まだだれにも知らせていない、まちびと食堂の話です",
    "所在地_連結表記（団体）": "北海道旭川市まちびと町1丁目2番3号",
    "所在地_連結表記（拠点）": "北海道旭川市まちびと町1丁目2番3号",
    "連絡先（電話）": "0166-00-0973",
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with its warehouse built: a shelter, a group home, and a submission that hides itself."""
    home = tmp_path_factory.mktemp("world") / "home"
    take_in_sources(home, {"town": TOWN})
    drop(home, "a.csv", HIDES)
    take_in(home)
    (waiting,) = (one.id for one in submissions.listing(home, AS_OF))
    submissions.approve(home, waiting, "係", "電話", AS_OF)
    drop(home, "b.csv", WAITS)
    take_in(home)
    assert build.build(home, ["town", inbox.ID], AS_OF, "01", "live").broken == []
    return home


@pytest.fixture
def home(world: Path, tmp_path: Path) -> Path:
    shutil.copy(world / "warehouse.duckdb", tmp_path)
    return tmp_path


@pytest.fixture(autouse=True)
def few_areas(monkeypatch: Patch) -> None:
    """Not every municipality's files are written each time."""
    few = [area for area in areas.areas() if area.code in FEW]
    monkeypatch.setattr(areas, "areas", lambda: few)


def leaks(home: Path) -> set[tuple[str, str]]:
    """(file, field) of each leak that stops the release; none of the messages tells a value."""
    with pytest.raises(LeakError) as stopped:
        release.publish(home, AS_OF)
    assert not (home / "latest").exists() and not list((home / "releases").glob("2*"))
    told = {(str(finding.file), f"{finding.table}.{finding.field}") for finding in stopped.value.findings}
    said = str(stopped.value) + str(
        [vars(finding) if hasattr(finding, "__dict__") else finding for finding in stopped.value.findings]
    )
    values = [value for (value,) in query(home / "warehouse.duckdb", "SELECT value FROM secrets")]
    assert [value for value in values if value in said] == []
    return told


def test_with_every_protection_on_nothing_stops_it(home: Path) -> None:
    assert release.publish(home, AS_OF) is not None


NUMBERS = ("AND t.value NOT IN (SELECT value FROM hidden_values)", "")
"""The numbers of what open data hides are kept back twice: as its own, and as values that nobody tells."""


def _query(*changes: tuple[str, str]) -> Callable[[Patch], None]:
    return lambda patch: switch_off(patch, privacy, "_query", *changes)


def _told(*changes: tuple[str, str]) -> Callable[[Patch], None]:
    return lambda patch: switch_off(patch, privacy, "_told", *changes)


def _clear(*changes: tuple[str, str]) -> Callable[[Patch], None]:
    return lambda patch: switch_off(patch, privacy, "_clear_traces", *changes)


def _public(kind: str) -> Callable[[Patch], None]:
    """Every record of that kind is taken for public."""
    key = rulebook.table(kind).primary_key[0]
    query = f"SELECT {key} AS id, 'public' AS visibility, 'public' AS openly FROM warehouse.{kind}"
    return lambda patch: patch.setitem(privacy.OWNERS, kind, query)


def _personal(patch: Patch) -> None:
    """They are kept back twice: as rows, and as values that others may not tell."""
    _query((" AND t.personal IS NOT TRUE", ""))(patch)
    switch_off(
        patch,
        privacy,
        "_collect_hidden",
        ("UNION SELECT value FROM warehouse.contact_points WHERE personal", ""),
        ("WHERE personal OR NOT leads_nowhere(kind, value)", "WHERE NOT leads_nowhere(kind, value)"),
    )


def _landlines(patch: Patch) -> None:
    """Without their values the rows alone would not fit their schema, which stops a release too."""
    _query((" AND {seen} <> 'hidden'", ""), NUMBERS)(patch)
    _told(('if field.privacy == "place":', "if False:"))(patch)


def _record_ids(patch: Patch) -> None:
    """Provenance tells the records that an entity was made of."""
    told = "SELECT p.* REPLACE (record_id AS source) FROM warehouse.provenance p"
    members = f"{told} JOIN warehouse.members USING (kind, entity_id)"
    named = "list_contains(string_split(sources, ';'), source)"
    changes = (("FROM warehouse.provenance JOIN", f"FROM ({members}) JOIN"), (named, "TRUE"))
    switch_off(patch, privacy, "_tell_about", *changes)


def _consent(patch: Patch) -> None:
    """A column of class ``consent`` is published, under the name of one that is public."""
    column = "column = f't.\"{field.name}\"'"
    instead = f"{column} if field.name != 'alternate_names' else 't.representative_name'"
    switch_off(patch, privacy, "_told", (column, instead))


def _values_in_problems(patch: Patch) -> None:
    """The quality report tells the values of cells with its problems."""
    value = "(SELECT min(value) FROM warehouse.secrets WHERE kind = 'address')"
    told = f'ja, en = con.sql("SELECT {value}").fetchall()[0][0], ""'
    switch_off(patch, quality, "_by_rule", ("ja, en = messages.describe(code)", told))


PROTECTIONS: dict[str, tuple[Callable[[Patch], None], str, str]] = {
    "fields that follow a hidden place": (
        _told(('if field.privacy == "place":', "if False:")), "csv/services.csv", "services.office_number"),
    "fields that follow a home": (
        _told(('if field.place_level == "municipality" else "(\'public\')"', 'if True else ""')),
        "geojson/places.geojson", "places.latitude"),
    "free text of what is hidden": (
        _told(('if field.reads == "text":', "if False:")), "csv/services.csv", "services.description"),
    "organizations at a hidden place": (
        _public("organizations"), "csv/organizations.csv", "organizations.corporate_number"),
    "hidden and municipal places": (_public("places"), "csv/places.csv", "places.latitude"),
    "hidden services": (_public("services"), "csv/services.csv", "services.office_number"),
    "a person's own number": (_personal, "csv/contact_points.csv", "contact_points.value"),
    "landlines of what is hidden": (
        _landlines, "csv/contact_points.csv", "contact_points.value"),
    "what leads to no district": (
        _query(("CASE WHEN leads_nowhere(t.kind, t.value) THEN", "CASE WHEN TRUE THEN"), NUMBERS),
        "csv/contact_points.csv", "contact_points.value"),
    "hidden numbers at others": (
        _query(NUMBERS),
        "csv/contact_points.csv", "contact_points.value"),
    "hidden numbers as hotlines": (
        _query(('told = "t.number NOT IN (SELECT value FROM hidden_values)"', "pass")),
        "csv/hotlines.csv", "contact_points.value"),
    "hidden pages at others": (
        lambda patch: _clear(("OR host({field}) IN (SELECT host FROM hidden_hosts)", ""),
                             ("{field} IN (SELECT value FROM hidden_values)", "FALSE"))(patch),
        "csv/services.csv", "services.url"),
    "hidden hosts at others": (
        _clear(("OR host({field}) IN (SELECT host FROM hidden_hosts)", "")), "csv/organizations.csv", "services.url"),
    "hidden addresses at others": (
        lambda patch: patch.setattr(privacy, "_clear_addresses", lambda con: None),
        "csv/organizations.csv", "places.address"),
    "a column of class consent": (_consent, "csv/organizations.csv", "organizations.representative_name"),
    "record ids": (_record_ids, "csv/provenance.csv", "contact_points.record_id"),
    "values in the quality report": (_values_in_problems, "quality.json", "organizations.address"),
}  # fmt: skip
"""Protection → how it is switched off, and a leak (file, field) that follows of it."""


@pytest.mark.parametrize("name", PROTECTIONS)
def test_the_gate_catches_it(name: str, home: Path, monkeypatch: Patch) -> None:
    off, file, field = PROTECTIONS[name]
    off(monkeypatch)
    assert (file, field) in leaks(home)


TOLD = (
    ("FROM public.{kind}", "FROM warehouse.{kind}"),
    ("[{_names_told(kind)}] AS told", "['name', 'address'] AS told"),
)
"""Provenance of every entity of the warehouse, published or not."""

UNSEEN: dict[str, tuple[Callable[[Patch], None], str, str]] = {
    "areas of hidden services": (
        _clear(("visibility = 'hidden')", "FALSE)")), "services", "codes tell nobody's site (warehouse.secrets.KINDS)"),
    "desks of hidden services": (
        _query(('or table.name == "jurisdictions"', "")), "jurisdictions", "codes tell nobody's site"),
    "opening times of hidden places": (
        _query(("(t.owner_kind <> 'places' OR v.visibility <> 'hidden')", "TRUE")), "schedules", "times tell no site"),
    "hidden hosts in others' mail": (
        _query(("AND host_or_domain(t.value) NOT IN (SELECT host FROM hidden_hosts)", "")),
        "contact_points", "the site's other pages are not found (publish.spellings.urls)"),
    "where hidden records come from": (
        lambda patch: switch_off(patch, privacy, "_tell_about", *TOLD),
        "provenance", "names of fields and published ids are no values"),
}  # fmt: skip
"""Protection → how it is switched off, the table that then tells more, and the rule by which the gate does not see it.

``tests/publish/test_privacy.py`` looks for each of them in the tables.
"""


@pytest.mark.parametrize("name", UNSEEN)
def test_what_the_gate_cannot_see_is_a_protection_all_the_same(name: str, home: Path, monkeypatch: Patch) -> None:
    off, table, _ = UNSEEN[name]
    before = rows_of(home, table)
    off(monkeypatch)
    assert rows_of(home, table) - before


def rows_of(home: Path, table: str) -> set[tuple[str, ...]]:
    """What schema ``public`` tells in that table, as text."""
    with closing(privacy.open_public(home / "warehouse.duckdb")) as con:
        return {tuple(map(str, cells)) for cells in con.sql(f"FROM public.{table}").fetchall()}


def test_an_exporter_that_reads_more_than_it_may_is_caught(home: Path, monkeypatch: Patch) -> None:
    """Each in its own files: all of them read a home's address and position from the warehouse here."""
    for exporter in exporters.ALL:
        monkeypatch.setattr(exporter, "export", _reading_the_warehouse(exporter.export))
    found = leaks(home)
    assert {file.partition("/")[0] for file, _ in found} == {exporter.NAME for exporter in exporters.ALL}
    for exporter in exporters.ALL:
        fields = {field for file, field in found if file.startswith(f"{exporter.NAME}/")}
        assert fields == {"places.address", "places.latitude"}


def _reading_the_warehouse(export: Export) -> Export:
    def exporting(con: duckdb.DuckDBPyConnection, tables: Sequence[Table], folder: Path) -> dict[Path, int]:
        con.execute("BEGIN")
        con.execute(
            """UPDATE release.places SET address = w.address, latitude = w.latitude, longitude = w.longitude
               FROM warehouse.places w WHERE w.place_id = places.place_id AND w.address_visibility = 'municipality'"""
        )
        written = export(con, tables, folder)
        con.execute("ROLLBACK")
        return written

    return exporting


def test_what_stands_in_the_tables_is_caught_by_area_and_in_the_delta_too(home: Path, monkeypatch: Patch) -> None:
    published = release.publish(home, AS_OF)
    assert published is not None
    monkeypatch.setattr("publish.versions.up_to_date", lambda home: False)
    monkeypatch.setattr(exporters, "prepare", _telling(exporters.prepare))
    with pytest.raises(LeakError) as stopped:
        release.publish(home, AS_OF)
    files = {str(finding.file) for finding in stopped.value.findings}
    assert {"areas/012041/places.csv", "areas/012041/places.json", "areas/kamikawa/places.csv"} <= files
    assert {file for file in files if file.startswith("delta/")} == {"delta/places.json", "delta/places.csv"}


def _telling(prepare: Prepare) -> Prepare:
    def preparing(con: duckdb.DuckDBPyConnection) -> tuple[Table, ...]:
        tables = prepare(con)
        con.execute(
            """UPDATE release.places SET access = '住まいは' || w.address || 'です'
               FROM warehouse.places w WHERE w.place_id = places.place_id AND w.address_visibility = 'municipality'"""
        )
        return tables

    return preparing


def test_no_written_file_of_text_is_left_out(home: Path, monkeypatch: Patch) -> None:
    """Whatever wrote it there: pages, indexes, reports, code lists, the dictionary, the script."""
    marked: set[str] = set()

    def mark(con: duckdb.DuckDBPyConnection, told: Contents, version: Version, folder: Path) -> str:
        digest = write(con, told, version, folder)
        for path in index.paths(folder):
            if path.suffix not in (".parquet", ".xlsx"):
                path.write_bytes(path.read_bytes() + "\n旭川市すまい町五丁目６ー７".encode())
                marked.add(path.relative_to(folder).as_posix())
        return digest

    write = writing.write
    monkeypatch.setattr(writing, "write", mark)
    monkeypatch.setattr(writing, "verify", lambda *_: None)
    assert {file for file, _ in leaks(home)} == marked
    assert {"index.html", "index.json", "CHANGES.md", "resolution.html", "michishirube.sql", "ASSUMPTIONS.md"} <= marked


def test_what_dagster_noted_is_searched_too(home: Path) -> None:
    note = home / "dagster" / "history" / "runs" / "a.log"
    note.parent.mkdir(parents=True)
    note.write_text("could not read 0138(00)9991", encoding="utf-8")
    assert leaks(home) == {("dagster/history/runs/a.log", "contact_points.value")}
