"""The tables by area: ``areas/<code>/<table>.csv`` and ``.json`` for each municipality and bureau of Hokkaido.

The addresses are stable: every file is there every night, also without rows. The CSV is for staff, as
:mod:`publish.exporters.csv_excel` writes it, the JSON for programs, as :mod:`publish.exporters.json` does; their rows
are those of the whole tables, in the same order. The city of Sapporo holds its wards, a bureau its municipalities.

What is in an area (:data:`TOLD_OF`):

- organizations and places: those whose address is there, by ``municipality_code``.
- services: those that serve it (``area_codes``), that can be had at a place there, or that are the competent desk for
  it (``jurisdictions``). An organization's seat does not put its services into an area: it does not say where they are.
- programs and hotlines: those that serve it (``area_codes``).
- schedules and contact points: those of what is in the area; ``service_places`` of the places there; ``jurisdictions``
  of the municipality.

What serves the whole prefecture or the country is in the whole tables alone, unless it has a place in the area. A
service whose area and places are not told is in no area: withheld and not supplied look the same here too.

Everything is taken from schema ``release``, so that nothing can be here that is not in the other formats.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from publish import spreadsheet
from publish.exporters import csv_excel, rows
from schemas import rulebook
from schemas.rulebook import Table
from schemas.sql import identifier, literal, make_table

KINDS = {"bureau": "振興局", "municipality": "市町村", "ward": "区"}

BETWEEN = ",\n\t"
"""Between two objects of an array, as DuckDB writes one."""

WHOLE = ("national", "prefecture")
"""``area_scope`` of what is repeated in no area."""

SERVED = f"FROM release.{{}} WHERE coalesce(area_scope, 'unknown') NOT IN {WHOLE}"
TOLD_OF = (
    ("organizations", "SELECT organization_id, municipality_code FROM release.organizations"),
    ("places", "SELECT place_id, municipality_code FROM release.places"),
    ("services", f"SELECT service_id, unnest(area_codes) {SERVED.format('services')}"),
    (
        "services",
        "SELECT service_id, municipality_code FROM release.service_places JOIN release.places USING (place_id)",
    ),
    ("services", "SELECT service_id, municipality_code FROM release.jurisdictions"),
    ("programs", f"SELECT program_id, unnest(area_codes) {SERVED.format('programs')}"),
    ("hotlines", f"SELECT hotline_id, unnest(area_codes) {SERVED.format('hotlines')}"),
)
"""A kind, and a query for the ids of such and the municipality of which each is."""

HANGS_ON = {
    "service_places": ("'places'", "source.place_id"),
    "schedules": ("source.owner_kind", "source.owner_id"),
    "contact_points": ("source.owner_kind", "source.owner_id"),
}
"""Table → SQL for the kind and id of that by whose areas its rows go; other tables are told of by their own ids."""

NOTICE = (
    "北海道の市町村・区・振興局ごとの表です。団体と拠点は所在地の市区町村、支援はその市区町村を対象とするもの・"
    "そこにある拠点で受けられるもの・そこを管轄する窓口、支援制度と相談電話はその市区町村を対象とするものが入ります。"
    "連絡先と利用日時は、入っている団体・拠点・支援のものです。札幌市には各区、振興局には管内の市町村が"
    "含まれます（市全体を対象とするものは、区の表ではなく市の表にあります）。全道・全国を対象とするものと、"
    "対象地域も拠点も分からないものはここにはなく、全体の表（excel、csv、json など）にあります。"
)
README = f"""\
# 市町村・振興局ごとの表

{NOTICE}

- 場所は変わりません: `areas/<コード>/<表>.csv`（Excelで開くCSV）と `areas/<コード>/<表>.json`（プログラム用）
- 種類や分類は、CSVでは日本語の名称、JSONではコードです（対応は codes/ にあります）
- コードは、市町村と区が全国地方公共団体コード（6桁）、振興局が英字のコードです（一覧は index.csv）
- その地域に1件もなくても、ファイルは毎回あります
- 地域の一覧と件数: `areas/index.csv`（Excel用）、`areas/index.json`
"""


@dataclass(frozen=True)
class Area:
    """A municipality, ward or bureau: ``kind`` one of :data:`KINDS`, ``bureau`` the name of the one that it is in."""

    code: str
    name: str
    kana: str
    kind: str
    bureau: str


def areas() -> tuple[Area, ...]:
    """Every area that has files: the bureaus, then municipalities and wards, in the order of the code lists."""
    bureaus = [Area(b.code, b.label_ja, "", "bureau", b.label_ja) for b in rulebook.codes("bureaus").values()]
    return (
        *bureaus,
        *(
            Area(
                code=town.code,
                name=town.label_ja,
                kana=town.extra["kana"],
                kind="ward" if town.extra["part_of"] else "municipality",
                bureau=town.extra["bureau"],
            )
            for town in rulebook.codes("municipalities").values()
        ),
    )


def export(con: duckdb.DuckDBPyConnection, tables: Sequence[Table], folder: Path) -> dict[Path, int]:
    """Write all files by area into the existing ``folder`` with its index and README; the rows of each file."""
    told = [table for table in tables if table.record_fields]
    place(con)
    for area in areas():
        (folder / area.code).mkdir(exist_ok=True)
    counts: dict[Path, int] = {}
    for table in told:
        heading = ",".join(field.title for field in table.published_fields).encode()
        held = {area: (lines, objects, found) for area, lines, objects, found in _rows(con, table)}
        for area in areas():
            lines, objects, found = held.get(area.code, ("", "", 0))
            sheet, array = (folder / area.code / f"{table.name}.{kind}" for kind in ("csv", "json"))
            sheet.write_bytes(spreadsheet.BOM + heading + b"\r\n" + lines.encode())
            array.write_bytes(b"[\n\t" + objects.encode() + b"\n]\n")
            counts |= {sheet: found, array: found}
    return counts | _index(folder, told, counts)


def place(con: duckdb.DuckDBPyConnection) -> None:
    """Temporary tables ``areas_of_towns(municipality, areas)`` and ``areas_of(kind, id, areas)``."""
    bureaus = {bureau.label_ja: bureau.code for bureau in rulebook.codes("bureaus").values()}
    towns = rulebook.codes("municipalities").values()
    within = [[a for a in (town.code, town.extra["part_of"], bureaus[town.extra["bureau"]]) if a] for town in towns]
    make_table(
        con,
        "areas_of_towns",
        {"municipality": [town.code for town in towns], "areas": within},
        areas="VARCHAR[]",
    )
    told = " UNION ALL ".join(
        f"SELECT '{kind}' AS kind, * FROM ({query}) told(id, municipality)" for kind, query in TOLD_OF
    )
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE areas_of AS
            SELECT kind, id, list_distinct(flatten(list(areas))) AS areas
            FROM ({told}) JOIN areas_of_towns USING (municipality) GROUP BY kind, id"""
    )


def _rows(con: duckdb.DuckDBPyConnection, table: Table) -> Iterator[tuple[str, str, str, int]]:
    """Of each area with rows: its code, the lines of its CSV, the objects of its JSON, and how many."""
    fields = table.published_fields
    members = ", ".join(f"{literal(field.name)}: source.{identifier(field.name)}" for field in fields)
    cells = (f"{csv_excel.cell(field)}::VARCHAR" for field in fields)
    query = f"""
        WITH placed AS (
          SELECT source.*, areas FROM ({rows.numbered(table)}) source {_areas_of(table)}),
        told AS (SELECT nth, areas, to_json({{{members}}}) AS object, {csv_excel.words(table)} FROM placed source),
        written AS (SELECT nth, areas, object, {spreadsheet.line(cells)} AS line FROM told)
        SELECT area, string_agg(line, '' ORDER BY nth), string_agg(object, {literal(BETWEEN)} ORDER BY nth), count(*)
        FROM (SELECT *, unnest(areas) AS area FROM written) GROUP BY area"""
    yield from con.execute(query).fetchall()


def _areas_of(table: Table) -> str:
    if table.name == "jurisdictions":
        return "JOIN areas_of_towns ON municipality = source.municipality_code"
    hangs_on = HANGS_ON.get(table.name)
    kind, key = hangs_on or (literal(table.name), f"source.{identifier(*table.primary_key)}")
    return f"JOIN areas_of ON areas_of.kind = {kind} AND areas_of.id = {key}"


def _index(folder: Path, tables: Sequence[Table], counts: dict[Path, int]) -> dict[Path, int]:
    """``index.json`` and ``index.csv``, which list the areas with the rows of each table, and ``README.md``."""
    told = [(area, {t.name: counts[folder / area.code / f"{t.name}.csv"] for t in tables}) for area in areas()]
    document: dict[str, Any] = {
        "notice": NOTICE,
        "files": "areas/<code>/<table>.csv・.json",
        "areas": [
            {"code": area.code, "name": area.name, "kana": area.kana or None, "kind": area.kind, "bureau": area.bureau}
            | {"rows": found}
            for area, found in told
        ],
    }
    listed, sheet = folder / "index.json", folder / "index.csv"
    listed.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")
    headings = [
        "コード",
        "名称",
        "名称（カナ）",
        "種類",
        "振興局",
        *(f"{table.title}の件数" for table in tables),
    ]
    cells: list[list[str | int]] = [
        [area.code, area.name, area.kana, KINDS[area.kind], area.bureau, *found.values()] for area, found in told
    ]
    sheet.write_bytes(spreadsheet.document([headings, *cells]))
    (folder / "README.md").write_text(README, encoding="utf-8", newline="\n")
    return {listed: len(told), sheet: len(told)}
