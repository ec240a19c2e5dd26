"""Hypothesis strategies that draw a Table Schema and a file for it together, so that most cells are valid or nearly so.

The texts stand in ``table_schema_values``; what two engines say of a case is compared in ``verdicts``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from tests.table_schema_values import BROKEN_PATTERNS, ENUMS, KINDS, MISSING, NAMES, PATTERNS, TEXTS, UNSUPPORTED, Kind
from tests.verdicts import Mismatch, file_mismatch, rows_mismatch

Row = list[str]


@dataclass(frozen=True)
class Case:
    """A file's bytes and ending, and the schema that it is held against; ``large``: judged as if it were large."""

    data: bytes
    schema: Mapping[str, Any]
    suffix: str = ".csv"
    large: bool = False

    def mismatch(self, folder: Path) -> Mismatch | None:
        """Where the engines differ on this file, which is written into ``folder``."""
        return file_mismatch(self.data, self.schema, folder / f"table{self.suffix}", large=self.large)


@dataclass(frozen=True)
class RowsCase:
    """Rows of text under their labels, and the schema that they are held against."""

    labels: Row
    rows: list[Row]
    schema: Mapping[str, Any]

    def mismatch(self, folder: Path) -> Mismatch | None:
        """Where the engines differ on these rows; nothing is written."""
        return rows_mismatch(self.labels, self.rows, self.schema)


@cache
def rarely(times: int) -> st.SearchStrategy[bool]:
    """True once in ``times``, and never in the simplest case."""
    return st.integers(0, times - 1).map(lambda drawn: drawn == times - 1)


# ------------------------------------------------------------------------------------------------ schemas


@st.composite
def _constraints(draw: st.DrawFn, kind: Kind) -> dict[str, Any]:
    type_ = kind.declared.get("type", "any")
    drawn: dict[str, Any] = {}
    for name in ("required", "unique"):
        if draw(rarely(5)):
            drawn[name] = True
    for name, arguments in kind.constraints.items():
        if draw(rarely(4)):
            drawn[name] = draw(st.sampled_from(arguments))
    if type_ != "list" and draw(rarely(7)):
        allowed = kind.values + ENUMS.get(type_, ())
        drawn["enum"] = draw(st.lists(st.sampled_from(allowed), min_size=1, max_size=4))
    if type_ == "string" and draw(rarely(3)):
        drawn["pattern"] = draw(st.sampled_from(PATTERNS))
    if draw(rarely(40)):
        drawn |= draw(st.sampled_from(UNSUPPORTED))
    if draw(rarely(100)):
        drawn["pattern"] = draw(st.sampled_from(BROKEN_PATTERNS))
    return drawn


@st.composite
def _field(draw: st.DrawFn, name: str) -> tuple[dict[str, Any], Kind]:
    # Half of all fields are of the three types that most columns have.
    kind = draw(st.sampled_from((KINDS[0], KINDS[6], KINDS[8])) | st.sampled_from(KINDS))
    declared = {"name": name, **kind.declared}
    if constraints := draw(_constraints(kind)):
        declared["constraints"] = constraints
    if draw(rarely(8)):
        declared["missingValues"] = draw(st.sampled_from(MISSING))
    return declared, kind


@st.composite
def _keys(draw: st.DrawFn, names: Sequence[str]) -> dict[str, Any]:
    drawn: dict[str, Any] = {}
    if draw(rarely(4)):
        key = draw(st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True))
        drawn["primaryKey"] = key[0] if len(key) == 1 and draw(st.booleans()) else key
    if draw(rarely(4)):
        pairs = st.tuples(st.sampled_from(names), st.sampled_from(names))
        pair = draw(st.lists(pairs, min_size=1, max_size=2))
        resource = draw(st.sampled_from(("", "", "", "table", "other")))
        reference = {"resource": resource, "fields": [target for _, target in pair]}
        drawn["foreignKeys"] = [{"fields": [source for source, _ in pair], "reference": reference}]
    return drawn


SPOILERS: tuple[Callable[[dict[str, Any]], object], ...] = (
    lambda schema: schema["fields"].append(dict(schema["fields"][0])),
    lambda schema: schema["fields"].clear(),
    lambda schema: schema["fields"][0].pop("name"),
    lambda schema: schema["fields"][0].update(type="phone"),
    lambda schema: schema["fields"][0].update(type=None),
    lambda schema: schema["fields"][0].update(format="unknown"),
    lambda schema: schema["fields"][0].update(required=True),
    lambda schema: schema["fields"][0].update(example="例"),
    lambda schema: schema["fields"][0].update(constraints=[]),
    lambda schema: schema["fields"][0].update(trueValues="yes"),
    lambda schema: schema["fields"].append("名称"),
    lambda schema: schema.pop("fields"),
    lambda schema: schema.update(fields={"名称": "string"}),
    lambda schema: schema.update(primaryKey=["ない"]),
    lambda schema: schema.update(foreignKeys=[{"fields": "ない", "reference": {"fields": "名称"}}]),
    lambda schema: schema.update(foreignKeys=["名称"]),
    lambda schema: schema.update(fieldsMatch=["subset"]),
    lambda schema: schema.update(missingValues="-"),
    lambda schema: schema.update(missingValues=[{"value": "-", "label": "なし"}]),
    lambda schema: schema.update({"$schema": "https://datapackage.org/profiles/2.0/tableschema.json"}),
    lambda schema: schema.update(title="題", uniqueKeys=[["名称"]], x=1),
)
"""Ways to break a schema, or to say what Frictionless does not read."""


@st.composite
def _schemas(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Kind]]:
    names = draw(st.lists(st.sampled_from(NAMES), min_size=draw(st.sampled_from((2, 1))), max_size=4, unique=True))
    fields = [draw(_field(name)) for name in names]
    schema: dict[str, Any] = {"fields": [declared for declared, _ in fields], **draw(_keys(names))}
    if draw(rarely(4)):
        schema["missingValues"] = draw(st.sampled_from(MISSING))
    if draw(rarely(3)):
        schema["fieldsMatch"] = draw(st.sampled_from(("exact", "equal", "subset", "superset", "partial")))
    return schema, {name: kind for name, (_, kind) in zip(names, fields, strict=True)}


# -------------------------------------------------------------------------------------------------- cells

FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}

SLIPS: tuple[Callable[[str], str], ...] = (
    lambda text: text + " ",
    lambda text: " " + text,
    lambda text: "　" + text,
    lambda text: text + "\n",
    lambda text: text.translate(FULL_WIDTH),
    lambda text: text[:-1],
    lambda text: text[:20] * 2,
    lambda text: text.upper(),
    lambda text: "0" + text,
    lambda text: text + "\u00a0",
    lambda text: "\ufeff" + text,
    lambda text: text.replace("-", "−"),
)
"""What goes wrong between a value and its cell."""


@cache
def _near(pattern: str) -> st.SearchStrategy[str]:
    return st.from_regex(re.compile(f"^{pattern}$")).filter(lambda text: len(text) < 50)


def _cells(declared: Mapping[str, Any], kind: Kind) -> st.SearchStrategy[str]:
    """Texts for a column: of its kind, of its constraints, spoiled by a slip, empty or anything."""
    near: list[st.SearchStrategy[str]] = [st.sampled_from(kind.values)]
    constraints = declared.get("constraints", {})
    if constraints.get("pattern") in PATTERNS:
        near.append(_near(constraints["pattern"]))
    if enum := [str(value) for value in constraints.get("enum", ()) if value is not None]:
        near.append(st.sampled_from(enum))
    right = st.one_of(near)
    slipped = st.tuples(st.sampled_from(SLIPS), right).map(lambda drawn: drawn[0](drawn[1]))
    wild = st.sampled_from(("", "", "-", "0", "NaN", *TEXTS)) | st.text(max_size=5)
    return st.one_of(right, right, right, right, slipped, wild)


@st.composite
def _rows(draw: st.DrawFn, columns: Sequence[st.SearchStrategy[str]], neat: bool) -> list[Row]:
    """Rows from a small pool of values for each column, so that values come twice; unless ``neat``, some are ragged
    or blank.
    """
    pools = [draw(st.lists(column, min_size=1, max_size=5)) for column in columns]
    rows: list[Row] = []
    for _ in range(draw(st.integers(0, 7))):
        row = [draw(st.sampled_from(pool)) for pool in pools]
        match 0 if neat else draw(st.integers(0, 11)):
            case 9:
                row = row[: draw(st.integers(0, len(row)))]
            case 10:
                row += draw(st.lists(st.sampled_from(("", "x", "あ")), min_size=1, max_size=2))
            case 11:
                row = [draw(st.sampled_from(("", "-", " "))) for _ in row]
        rows.append(row)
    return rows


@st.composite
def _labels(draw: st.DrawFn, names: Sequence[str]) -> Row:
    """The names as headings: mostly as they are, sometimes fewer, more, twice, blank or in another order."""
    labels = list(names)
    at = draw(st.integers(0, len(labels) - 1))
    match draw(st.integers(0, 19)):
        case 11:
            labels = list(draw(st.permutations(labels)))
        case 12:
            del labels[at]
        case 13:
            labels.insert(at, draw(st.sampled_from((*NAMES, "備考", " "))))
        case 14:
            labels[at] = ""
        case 15:
            labels[at] = labels[0]
        case 16:
            labels[at] += draw(st.sampled_from((" ", "\n", "　")))
        case 17:
            labels[at] = labels[at].lower()
        case 18:
            labels += draw(st.sampled_from((["備考"], ["備考", "備考"], ["", ""], labels)))
        case 19:
            labels = draw(st.sampled_from(([], [""], ["題名"], [""] * len(labels))))
    return labels


@st.composite
def rows_cases(draw: st.DrawFn) -> RowsCase:
    """Labels and rows of text, as they come from XLSX or JSON, and a schema."""
    schema, kinds = draw(_schemas())
    labels = draw(_labels([*kinds])) or ["題名"]
    rows = draw(_rows(_columns(draw, labels, schema, kinds), neat=False))
    return RowsCase(labels, rows, _maybe_spoiled(draw, schema))


def _columns(
    draw: st.DrawFn, labels: Row, schema: Mapping[str, Any], kinds: Mapping[str, Kind]
) -> list[st.SearchStrategy[str]]:
    columns = {field["name"]: _cells(field, kinds[field["name"]]) for field in schema["fields"]}
    # Under a broken heading the values of its field still come, as they do in life.
    spare = list(columns.values())
    return [columns.get(label, spare[index % len(spare)]) for index, label in enumerate(labels)] or spare[:1]


def _maybe_spoiled(draw: st.DrawFn, schema: dict[str, Any]) -> dict[str, Any]:
    if draw(rarely(25)):
        draw(st.sampled_from(SPOILERS))(schema)
    return schema


# -------------------------------------------------------------------------------------------------- files

BLANK_LINES = ("", "", " ", ",", ",,", '""', '"', "x", "#", "\t", "a;b", "　")
"""Lines that are not of the table."""

TITLES = ("一覧", "一覧,,", "令和6年度 支援機関一覧", "", "一覧\n", '"一\n覧"')

ENCODINGS = (
    "utf-8",
    "utf-8",
    "utf-8",
    "utf-8",
    "utf-8-sig",
    "utf-8-sig",
    "cp932",
    "cp932",
    "utf-16",
    "utf-16-le",
    "euc-jp",
)

MEASURES = {100: 110, 100_000: 101_000}
"""Rows and bytes of Frictionless's sample → what is longer."""


def _written(row: Row, delimiter: str, quoting: str) -> str:
    def cell(text: str) -> str:
        if quoting == "none" or (quoting == "needed" and not set(text) & {delimiter, '"', "\n", "\r"}):
            return text
        return '"' + text.replace('"', '""') + '"'

    return delimiter.join(cell(text) for text in row)


@st.composite
def _files(draw: st.DrawFn, table: Sequence[Row], neat: bool) -> tuple[bytes, str]:
    """The bytes of a file with these rows, as some program writes them, and the file's ending. A ``neat`` file is one
    that large files are read fast from: it has one kind of line end, and no line that is not of the table.
    """
    suffix = draw(st.sampled_from((".csv", ".csv", ".csv", ".csv", ".tsv")))
    delimiter = "\t" if suffix == ".tsv" else draw(st.sampled_from((",", ",", ",", ",", ",", "\t", ";", "|")))
    quoting = draw(st.sampled_from(("needed", "all") if neat else ("needed", "needed", "all", "none")))
    end = draw(st.sampled_from(("\n", "\r\n") if neat else ("\n", "\r\n", "\r")))
    if not neat and draw(rarely(8)):
        delimiter += " "
    lines = [_written(row, delimiter, quoting) for row in table]
    ends = [end] * len(lines)
    if not neat:
        _disturb(draw, lines, ends)
    if draw(rarely(4)):
        ends[-1] = ""
    body = [line + end for line, end in zip(lines, ends, strict=True)]
    if len(body) > 1 and draw(rarely(15)):
        body = _lengthened(draw, body)
    text = "".join(body)
    return text.encode(draw(st.sampled_from(ENCODINGS)), errors="ignore"), suffix


def _disturb(draw: st.DrawFn, lines: list[str], ends: list[str]) -> None:
    """Put in a title, a line that is not of the table, or another line end."""
    end = ends[0]
    if draw(rarely(6)):
        lines.insert(0, draw(st.sampled_from(TITLES)))
        ends.append(end)
    if draw(rarely(3)):
        lines.insert(draw(st.integers(0, len(lines))), draw(st.sampled_from(BLANK_LINES)))
        ends.append(end)
    if draw(rarely(6)):
        ends[draw(st.integers(0, len(ends) - 1))] = draw(st.sampled_from(("\n", "\r\n", "\r", "\n\n", "")))


def _lengthened(draw: st.DrawFn, body: list[str]) -> list[str]:
    """More than 100 rows, or more than 100 kB: the last rows are beyond what Frictionless looks at first."""
    head, last = body[:-1], body[-1]
    wanted = draw(st.sampled_from([*MEASURES.values()]))
    size = len(body[1].encode()) if wanted > 1000 else 1
    times = min(wanted // max(size, 1), 12_000)
    return [*head, *[body[1]] * times, last]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A schema and a CSV or TSV for it; half of the files are neat."""
    schema, kinds = draw(_schemas())
    neat = draw(st.booleans())
    labels = draw(_labels([*kinds]))
    rows = draw(_rows(_columns(draw, labels, schema, kinds), neat))
    table = rows if rows and draw(rarely(40)) else [labels, *rows]
    data, suffix = draw(_files(table, neat))
    large = neat or draw(rarely(4))
    return Case(b"" if draw(rarely(100)) else data, _maybe_spoiled(draw, schema), suffix, large)


# --------------------------------------------------------------------------------------------------- bytes

SCRAPS = (
    *(b"a", b"1", b",", b'"', b"\n", b"\r\n", b"\r", b"\t", b";", b"|", b" ", b"\x00", b"\xef\xbb\xbf", b"\xff\xfe"),
    *(b"\x81", b"\xe3", b"\xff", b"\\", b'""', b'"\n', b'",', b',"', b"\n\n", b"\x1a", b"\x0b", b"\x0c", b"\x1c"),
    *("あ".encode(), "あ".encode("cp932"), "\x85".encode(), "\u2028".encode(), b"'", b"#", b",,", b"2,x\n", b"NaN"),
)
"""Pieces of which broken files are made."""

PLAIN: tuple[Mapping[str, Any], ...] = (
    {"fields": [{"name": "a", "type": "integer"}, {"name": "b", "constraints": {"required": True}}]},
    {"fields": [{"name": "a"}, {"name": "b"}], "fieldsMatch": "subset"},
    {"fields": [{"name": "a", "constraints": {"unique": True}}], "primaryKey": "a"},
)


@st.composite
def broken_files(draw: st.DrawFn) -> Case:
    """A file of scraps, or a drawn file with scraps put in, put over or cut out."""
    scraps = st.sampled_from(SCRAPS)
    if draw(st.booleans()):
        head = draw(st.sampled_from((b"", b"a,b\n", b"a,b\r\n", b"a\n", b"\xef\xbb\xbfa,b\n", b"a\tb\n")))
        body = b"".join(draw(st.lists(scraps, max_size=12)))
        return Case(
            head + body, draw(st.sampled_from(PLAIN)), draw(st.sampled_from((".csv", ".tsv"))), draw(st.booleans())
        )
    case = draw(cases())
    data = bytearray(case.data)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        until = at + draw(st.sampled_from((0, 0, 0, 1, 2)))
        data[at:until] = draw(scraps)
    return Case(bytes(data), case.schema, case.suffix, case.large)
