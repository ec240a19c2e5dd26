"""From rows as published to records in canonical text (stage *map*).

Rows are DuckDB's work; Python reads each *distinct* published value once. What a column means stands in the
source's ``mapping.yml``, how a value is read in ``schemas.formats`` and the code lists; whether the outcome is
valid is ``schemas.engine``'s to say.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import duckdb

from schemas import codelist, formats, messages, rulebook
from schemas.finding import Finding
from schemas.formats import Reading
from schemas.sql import literal, make_table
from sources.catalog import SUBJECTS, Cell, RecordSpec, Source, SourceMapping

TOWN = ("municipality", False, "")
"""How the municipality is read from an address, as :func:`_key` says it of a cell."""


CONTACTS = {
    "contact_points": ("value",),
    "organizations": ("url",),
    "services": ("url",),
    "programs": ("url", "apply_url", "contact"),
    "hotlines": ("number",),
}
"""The fields by which a reader reaches somebody, by table."""


MARKED = ("○", "◯", "〇", "●", "◎", "✓", "✔", "レ", "1", "true", "yes", "有", "あり", "はい", "該当", "対応")
"""Cells that set the code of their column, in lower case."""

NOT_MARKED = ("", "×", "✕", "✗", "-", "－", "ー", "0", "false", "no", "無", "なし", "いいえ", "非該当")
"""Cells that do not."""


@dataclass(frozen=True)
class Columns:
    """Where each heading of the mapping stands in the rows: the DuckDB column (``c0`` …) by heading.

    ``written`` are those headings that the file writes differently (the mapping's ``aliases``).
    """

    by_heading: dict[str, str]
    written: Mapping[str, str] = field(default_factory=dict)

    def heading(self, cell: Cell) -> str:
        """The column heading as the provider sees it."""
        return "＋".join(self.written.get(heading, heading) for heading in cell.columns)

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
    mapping = source.mapping
    columns = _columns(mapping, header)
    used = dict.fromkeys(mapping.columns)
    findings = [
        messages.file_finding("renamed-column", source=source.id, column=label, expected=heading)
        for heading, label in columns.written.items()
    ]
    findings += [
        messages.file_finding("unmapped-column", source=source.id, column=label)
        for label in columns.by_heading
        if label not in used and label not in mapping.ignore
    ]
    vital = {*mapping.natural_key, *(mapping.area.columns if mapping.area else ())}
    contacts: set[str] = set()
    for record in mapping.records:
        for name, cell in record.cells.items():
            if name in CONTACTS.get(record.table, ()):
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


def _columns(mapping: SourceMapping, header: tuple[str, ...]) -> Columns:
    """The columns by the mapping's own headings: of a heading that is not there, the first alias that is."""
    written = {}
    for heading, others in mapping.aliases.items():
        other = next((label for label in others if label in header), None)
        if heading not in header and other is not None:
            written[heading] = other
    known = {label: heading for heading, label in written.items()}
    return Columns({known.get(label, label): f"c{place}" for place, label in enumerate(header)}, written)


def key_rows(con: duckdb.DuckDBPyConnection, source: Source, columns: Columns, prefecture: str) -> None:
    """Make table ``rows`` of those ``source_rows`` that are in area: ``n``, ``record_id`` and ``fate`` (NULL: to be
    judged). A row whose area cannot be read is in area; one without a key has no ``record_id``.

    ``n`` numbers the rows by key and content, so that it does not depend on their order in the file.
    """
    area = _part(columns, source.mapping.area) if source.mapping.area else "NULL::VARCHAR"
    _read_distinct(con, "area_readings", f"SELECT {area} AS raw FROM source_rows r", _read_prefectures)
    told = f"coalesce(a.value, {literal(source.mapping.prefecture or prefecture)})"
    outside = "FALSE" if prefecture == "all" else f"NOT list_contains(string_split({told}, ';'), {literal(prefecture)})"
    parts = [f"trim({columns.expression([label])}, ' 　\t\r\n')" for label in source.mapping.natural_key]
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


def _read_prefectures(text: str) -> Reading:
    """The prefectures of a row, joined by ``;``; no value unless all of them can be read."""
    read = [formats.read("prefecture", part).value for part in text.split(";")]
    return Reading(None if None in read else ";".join(value for value in read if value))


def make_records(
    con: duckdb.DuckDBPyConnection, mapping: SourceMapping, columns: Columns
) -> list[tuple[str, RecordSpec]]:
    """Make one table per record of the mapping from the rows in area, as :func:`schemas.engine.validate` wants them.

    A hanging record (contact point, schedule, jurisdiction, consent) is made only where the source supplied something
    for it; a place beside the row's subject only where it supplied something that the subject does not say as well: a
    name alone, which both have, is no place.
    """
    con.execute("CREATE OR REPLACE TABLE area_rows AS SELECT * FROM rows WHERE fate IS NULL AND record_id IS NOT NULL")
    readings = _read_all(con, mapping, columns)
    tables = []
    for position, spec in enumerate(mapping.records):
        table = f"record_{position}_{spec.table}"
        _make_record(con, table, spec, columns, readings, _evidence(mapping, spec))
        tables.append((table, spec))
    return tables


def _evidence(mapping: SourceMapping, spec: RecordSpec) -> set[str]:
    """The fields of which at least one must be supplied for the record to be made; none: every row makes it."""
    if spec.table not in SUBJECTS:
        return set(spec.cells)
    if spec.table != "places" or mapping.subject == "places":
        return set()
    of_subject = (other.cells.values() for other in mapping.records if other.table == mapping.subject)
    said = {heading for cells in of_subject for cell in cells for heading in cell.columns}
    return {name for name, cell in spec.cells.items() if not said.issuperset(cell.columns)}


def headings(spec: RecordSpec, columns: Columns) -> dict[str, str]:
    """Heading by field, as a person sees it; the municipality is read from the address where it has no column."""
    told = {name: columns.heading(cell) for name, cell in spec.cells.items()}
    if "address" in told:
        told.setdefault("municipality_code", told["address"])
    return told


def _make_record(
    con: duckdb.DuckDBPyConnection,
    table: str,
    spec: RecordSpec,
    columns: Columns,
    readings: dict[tuple[str, bool, str], str],
    evidence: set[str],
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
        if name in evidence:
            supplied.append(f"{alias}.value IS NOT NULL OR {alias}.code IS NOT NULL")
        if name == "municipality_code" and "address" in spec.cells:
            continue
        selected += [
            f'{alias}.value AS "{name}"',
            f'{columns.expression(cell.columns)} AS "{name}__raw"',
            f'{alias}.code AS "{name}__code"',
            f'{alias}.expected AS "{name}__expected"',
        ]
    if "address" in spec.cells and "municipality_code" not in spec.constants:
        address = spec.cells["address"]
        joins.append(f'LEFT JOIN "{readings[TOWN]}" town ON town.raw = {_part(columns, address)}')
        selected += _municipality(spec, columns)
    where = f"WHERE {' OR '.join(supplied)}" if supplied else ""
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
    """SQL for the text of a cell that is read: all of it, or what its ``json`` and ``match`` take out."""
    if cell.flags:
        return _flagged(columns, cell)
    text = columns.expression(cell.columns)
    if cell.json is not None:
        values = f"json_extract_string({text}, {literal(cell.json)})"
        values = f"array_to_string({values}, ';')" if "*" in cell.json else values
        # What is no JSON stays as it is, so that the format says so.
        text = f"CASE WHEN json_valid({text}) THEN nullif({values}, '') ELSE {text} END"
    if cell.match is not None:
        text = f"nullif(trim(regexp_extract({text}, {literal(cell.match)}, 1), ' 　\t\r\n'), '')"
    return text


def _flagged(columns: Columns, cell: Cell) -> str:
    """SQL for the codes whose columns are marked; what is neither a mark nor a denial is told as it stands."""
    parts = []
    for heading, code in cell.flags.items():
        mark = f"lower(trim({columns.expression([heading])}, ' 　\t\r\n'))"
        parts.append(
            f"CASE WHEN {mark} IN {NOT_MARKED} THEN NULL WHEN {mark} IN {MARKED} THEN {literal(code)} "
            f"ELSE {literal(heading)} || '=' || {mark} END"
        )
    return f"nullif(concat_ws(';', {', '.join(parts)}), '')"


def _key(cell: Cell) -> tuple[str, bool, str]:
    return cell.reader, cell.many, json.dumps(cell.values, sort_keys=True, ensure_ascii=False) if cell.values else ""


def _read_all(
    con: duckdb.DuckDBPyConnection, mapping: SourceMapping, columns: Columns
) -> dict[tuple[str, bool, str], str]:
    """Read every distinct published text once per way of reading: the table of readings by :func:`_key`."""
    texts: dict[tuple[str, bool, str], list[str]] = {}
    words: dict[tuple[str, bool, str], Cell] = {}
    for spec in mapping.records:
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
