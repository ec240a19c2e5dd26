"""From rows as published to records in canonical text (stage *map*).

Rows are DuckDB's work; Python reads each *distinct* published value once. What a column means stands in the
source's ``mapping.yml``, how a value is read in ``schemas.formats`` and the code lists; whether the outcome is
valid is ``schemas.engine``'s to say.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import duckdb

from schemas import codelist, formats, messages, rulebook
from schemas.finding import Finding
from schemas.formats import Reading
from schemas.sql import literal, make_table
from sources.catalog import Cell, RecordSpec, Source

TOWN = ("municipality", False, "")
"""How the municipality is read from an address, as :func:`_key` says it of a cell."""


@dataclass(frozen=True)
class Columns:
    """Where each heading stands in the rows: the DuckDB column (``c0`` …) by heading."""

    by_heading: dict[str, str]

    def expression(self, headings: Iterable[str]) -> str:
        """SQL for the cell as published; several columns joined. NULL where nothing but blanks stands."""
        cells = [f'r."{self.by_heading[h]}"' for h in headings if h in self.by_heading]
        if not cells:
            return "NULL::VARCHAR"
        joined = cells[0] if len(cells) == 1 else f"concat_ws('', {', '.join(cells)})"
        return f"CASE WHEN trim({joined}, ' 　\t\r\n') = '' THEN NULL ELSE {joined} END"


def check_columns(source: Source, header: tuple[str, ...]) -> tuple[Columns, list[Finding], list[str]]:
    """Match the header with the mapping: columns, findings for the unmapped and missing ones, and those whose
    absence makes the file useless (the natural key, the area, what is required, every way of contact at once).
    """
    columns = Columns({label: f"c{position}" for position, label in enumerate(header)})
    mapping = source.mapping
    used = dict.fromkeys([*source.natural_key, *mapping.columns])
    findings = [
        messages.file_finding("unmapped-column", source=source.id, column=label)
        for label in header
        if label not in used and label not in mapping.ignore
    ]
    vital = {*source.natural_key, *mapping.area}
    contacts: set[str] = set()
    for record in mapping.records:
        for name, cell in record.cells.items():
            if record.table == "contact_points" or name == "url":
                contacts.update(cell.columns)
            elif rulebook.table(record.table).field(name).required:
                vital.update(cell.columns)
    if not contacts & set(columns.by_heading):
        vital |= contacts
    missing = [label for label in used if label not in columns.by_heading]
    findings += [
        messages.file_finding("missing-column", source=source.id, column=label)
        for label in missing
        if label not in vital
    ]
    return columns, findings, [label for label in missing if label in vital]


def key_rows(con: duckdb.DuckDBPyConnection, source: Source, columns: Columns, prefecture: str) -> None:
    """Make table ``rows`` of those ``source_rows`` that are in area: ``n``, ``record_id`` and ``fate`` (NULL: to be
    judged). A row whose area cannot be read is in area; one without a key has no ``record_id``.

    ``n`` numbers the rows by key and content, so that it does not depend on their order in the file.
    """
    area = columns.expression(source.mapping.area)
    _read_distinct(con, "area_readings", f"SELECT {area} AS raw FROM source_rows r", _reader("prefecture", False))
    outside = "FALSE" if prefecture == "all" else f"coalesce(a.value <> {literal(prefecture)}, FALSE)"
    parts = [f"trim({columns.expression([label])}, ' 　\t\r\n')" for label in source.natural_key]
    missing = " OR ".join(f"{part} IS NULL" for part in parts)
    if len(parts) > 1:
        # A slash within a part is written as in a JSON Pointer, so that A/B + C and A + B/C stay two keys.
        parts = [f"replace(replace({part}, '~', '~0'), '/', '~1')" for part in parts]
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE keyed AS SELECT
              CASE WHEN {missing} THEN NULL ELSE '{source.id}:' || concat_ws('/', {", ".join(parts)}) END AS record_id,
              NULL::VARCHAR AS fate, r.*
            FROM source_rows r LEFT JOIN area_readings a ON a.raw = {area} WHERE NOT {outside}"""
    )
    cells = ", ".join(f'"{column}"' for column in columns.by_heading.values())
    con.execute(
        f"""CREATE OR REPLACE TABLE rows AS SELECT
              row_number() OVER (ORDER BY record_id, md5(concat_ws(chr(31), {cells})), file, "row") AS n, *
            FROM keyed"""
    )
    con.execute("DROP TABLE keyed")


def make_records(con: duckdb.DuckDBPyConnection, source: Source, columns: Columns) -> list[tuple[str, RecordSpec]]:
    """Make one table per record of the mapping from the rows in area, as :func:`schemas.engine.validate` wants them.

    A hanging record (contact point, schedule) is made only where the source supplied something for it.
    """
    con.execute("CREATE OR REPLACE TABLE area_rows AS SELECT * FROM rows WHERE fate IS NULL AND record_id IS NOT NULL")
    readings = _read_all(con, source, columns)
    tables = []
    for position, spec in enumerate(source.mapping.records):
        table = f"record_{position}_{spec.table}"
        _make_record(con, table, spec, columns, readings)
        tables.append((table, spec))
    return tables


def headings(spec: RecordSpec) -> dict[str, str]:
    """Heading by field, as a person sees it; the municipality is read from the address where it has no column."""
    told = {name: cell.heading for name, cell in spec.cells.items()}
    if "address" in told:
        told.setdefault("municipality_code", told["address"])
    return told


def _make_record(
    con: duckdb.DuckDBPyConnection,
    table: str,
    spec: RecordSpec,
    columns: Columns,
    readings: dict[tuple[str, bool, str], str],
) -> None:
    selected = ["r.n", "r.record_id", "r.file", 'r."row"']
    joins = []
    supplied = []
    if spec.owner:
        selected.append(f"'{spec.owner}' AS owner_kind")
    selected += [f'{literal(value)} AS "{name}"' for name, value in spec.constants.items()]
    for position, (name, cell) in enumerate(spec.cells.items()):
        alias = f"q{position}"
        joins.append(f'LEFT JOIN "{readings[_key(cell)]}" {alias} ON {alias}.raw = {_part(columns, cell)}')
        if name == "municipality_code" and "address" in spec.cells:
            continue
        selected += [
            f'{alias}.value AS "{name}"',
            f'{columns.expression(cell.columns)} AS "{name}__raw"',
            f'{alias}.code AS "{name}__code"',
            f'{alias}.expected AS "{name}__expected"',
        ]
        supplied.append(f"{alias}.value IS NOT NULL OR {alias}.code IS NOT NULL")
    if "address" in spec.cells:
        address = spec.cells["address"]
        joins.append(f'LEFT JOIN "{readings[TOWN]}" town ON town.raw = {_part(columns, address)}')
        selected += _municipality(spec, columns)
    where = f"WHERE {' OR '.join(supplied)}" if spec.owner else ""
    con.execute(
        f'CREATE OR REPLACE TABLE "{table}" AS SELECT {", ".join(selected)} FROM area_rows r {" ".join(joins)} {where}'
    )


def _municipality(spec: RecordSpec, columns: Columns) -> list[str]:
    """The municipality: by its code, or found in the address; both told and different is a note.

    A ward in the address makes Sapporo's own code more precise and is no contradiction.
    """
    if "municipality_code" not in spec.cells:
        return ["town.value AS municipality_code"]
    alias = f"q{list(spec.cells).index('municipality_code')}"
    ward = f"({alias}.value = '011002' AND town.value BETWEEN '011011' AND '011109')"
    same = f"({alias}.value = town.value OR (town.value = '011002' AND {alias}.value BETWEEN '011011' AND '011109'))"
    differs = f"({alias}.value IS NOT NULL AND town.value IS NOT NULL AND NOT {same} AND NOT {ward})"
    return [
        f"CASE WHEN {ward} THEN town.value ELSE coalesce({alias}.value, town.value) END AS municipality_code",
        f"{columns.expression(spec.cells['municipality_code'].columns)} AS municipality_code__raw",
        f"CASE WHEN {differs} THEN 'municipality-mismatch' ELSE {alias}.code END AS municipality_code__code",
        f"CASE WHEN {differs} THEN town.value ELSE {alias}.expected END AS municipality_code__expected",
    ]


def _part(columns: Columns, cell: Cell) -> str:
    whole = columns.expression(cell.columns)
    if cell.split is None:
        return whole
    return f"string_split_regex({whole}, {literal(cell.split)})[{cell.part}]"


def _key(cell: Cell) -> tuple[str, bool, str]:
    return cell.reader, cell.many, json.dumps(cell.values, sort_keys=True, ensure_ascii=False) if cell.values else ""


def _read_all(con: duckdb.DuckDBPyConnection, source: Source, columns: Columns) -> dict[tuple[str, bool, str], str]:
    """Read every distinct published text once per way of reading: the table of readings by :func:`_key`."""
    texts: dict[tuple[str, bool, str], list[str]] = {}
    words: dict[tuple[str, bool, str], Cell] = {}
    for spec in source.mapping.records:
        for name, cell in spec.cells.items():
            texts.setdefault(_key(cell), []).append(_part(columns, cell))
            words[_key(cell)] = cell
            if name == "address":
                texts.setdefault(TOWN, []).append(_part(columns, cell))
    tables = {}
    for position, (key, parts) in enumerate(sorted(texts.items())):
        query = " UNION ALL ".join(f"SELECT {part} AS raw FROM area_rows r" for part in dict.fromkeys(parts))
        tables[key] = f"readings_{position}"
        read = _own_words(words[key]) if key[0] == "values" else _reader(key[0], key[1])
        _read_distinct(con, tables[key], query, read)
    return tables


def _reader(name: str, many: bool) -> Callable[[str], Reading]:
    if name.startswith("codes:"):
        return lambda text: codelist.read(name.removeprefix("codes:"), text, many)
    return lambda text: formats.read(name, text)


def _own_words(cell: Cell) -> Callable[[str], Reading]:
    words = {codelist.fold(word): value for word, value in cell.values.items()}
    return lambda text: codelist.read_words(words, tuple(cell.values), text, cell.many)


def _read_distinct(con: duckdb.DuckDBPyConnection, table: str, query: str, read: Callable[[str], Reading]) -> None:
    """Make ``table`` (raw, value, code, expected) from the distinct texts that ``query`` finds."""
    raws = [
        raw
        for (raw,) in con.execute(f"SELECT DISTINCT raw FROM ({query}) WHERE raw IS NOT NULL ORDER BY raw").fetchall()
    ]
    read_all = [read(raw) for raw in raws]
    answers = {
        "raw": raws,
        "value": [reading.value for reading in read_all],
        "code": [reading.code for reading in read_all],
        "expected": [reading.expected for reading in read_all],
    }
    make_table(con, table, answers)
