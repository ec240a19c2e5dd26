"""XLSX: one workbook for people who work in a spreadsheet, with a sheet for each table, in Japanese.

XlsxWriter makes the workbook with everything but the rows: sheets, headings, styles, filters, widths. The rows DuckDB
renders as the same elements that XlsxWriter writes (inline strings), a batch at a time, because Python at each cell
takes over a minute for the whole of Japan, and DuckDB with it a quarter of that.

Codes stand as their labels (``rows.words``). Every cell has its type: dates, counts and coordinates are numbers, all
else is text, whatever it looks like; there is no formula and no link. What begins as a formula has the property that
Excel gives to a cell typed with an apostrophe (``quotePrefix``), so that it stays text when somebody edits it; its
value has nothing to take off. Four things differ, as a workbook cannot hold them: a newline is a space; a text of more
than :data:`LONGEST` letters ends there; days before March 1900 are text; a table of more than :data:`MOST` rows goes
on in a further sheet.

Left out are the tables that tell of others by id (``provenance``, ``redirects``, ``removed``): they serve programs.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import duckdb
import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook
from xlsxwriter.utility import xl_col_to_name

from publish import codelists, dictionary, spreadsheet
from publish.exporters import rows
from schemas import rulebook
from schemas.rulebook import Field, Table
from schemas.sql import identifier, literal

NAME = "xlsx"
DESCRIPTION = (
    "すべての表を1つにまとめたExcelブック。表ごとに1シート。見出しは日本語で、先頭行の固定とフィルターを付けてある。"
    "コードの代わりに日本語の名称が入っている（コードとの対応はコード表のシート）。"
    "番号や電話は文字、日付と数は値なので、開いても変わらない。数式とリンクはない。"
    "IDの関係だけを示す表（出典・IDの引き継ぎ・なくなったID）は、ほかの形式にある"
)

FIRST, CODES, DICTIONARY = "はじめに", "コード表", "項目の説明"
"""The sheets that hold no table."""

MOST = 1_048_575
"""Rows of a sheet below its headings."""
LONGEST = 16_383
"""Letters of a cell: Excel holds 32,767 halves of letters, and a letter may need two."""
CREATED = datetime(2026, 1, 1)
"""What the file says of its making, whenever it was."""

BATCH = 5_000
NARROWEST, WIDEST = 10, 40
"""Bounds of a column's width, in half-width letters."""

TEXT = 49
"""Excel's own number of the format "text" (@)."""
FONT = {"font_name": "游ゴシック", "font_size": 11}
TEXT_WIDTH, LINE = 100, 19
"""Letters of a line of the first sheet's text, and the height of one, in points."""
FORMATS: dict[str, dict[str, Any]] = {
    "text": {"num_format": TEXT},
    "formula": {"num_format": TEXT, "quote_prefix": True},
    "date": {"num_format": "yyyy-mm-dd"},
    "degrees": {"num_format": "0.000000"},
    "count": {"num_format": "0"},
}
CONTROLS = [*range(0x00, 0x09), *range(0x0E, 0x20), 0xFFFE, 0xFFFF]
"""Characters that XML cannot hold; a workbook writes them as ``_xHHHH_``."""
ODD = r"[\x{00}-\x{08}\x{0e}-\x{1f}\x{fffe}\x{ffff}]|_x[0-9A-Fa-f]{4}"
CAREFUL = rf'[&<>]|{ODD}|(^|")([ \t]|{spreadsheet.FORMULA})|[ \t]("|$)'
"""Is found in a row's texts, with a quotation mark between them, if one of them is not written as it stands (RE2).

Of a hundred thousand rows such are a few dozen.
"""
LEVEL = 3
"""Of deflating: half the time of the usual 6, for a tenth more bytes."""


@dataclass(frozen=True)
class Sheet:
    """The rows ``first`` to ``last`` of ``table`` (from 1, in its total order) under ``name``."""

    name: str
    table: Table
    first: int
    last: int


def export(con: duckdb.DuckDBPyConnection, tables: Sequence[Table], folder: Path) -> dict[Path, int]:
    """Write ``michishirube.xlsx``; its rows are those of the tables."""
    path = folder / "michishirube.xlsx"
    sheets = [sheet for table in tables if table.record_fields for sheet in _sheets(table, rows.row_count(con, table))]
    frame, parts, styles = _frame(sheets, tables)
    with ZipFile(frame) as empty, ZipFile(path, "w", ZIP_DEFLATED, compresslevel=LEVEL) as book:
        for name in empty.namelist():
            # By its name alone an entry tells no time.
            with book.open(name, "w", force_zip64=True) as part:
                if name not in parts:
                    part.write(empty.read(name))
                    continue
                head, tail = empty.read(name).split(b"</sheetData>")
                part.write(_sized(head, parts[name]))
                for batch in _rows(con, parts[name], styles):
                    part.write(batch)
                part.write(b"</sheetData>" + tail)
    return {path: sum(sheet.last - sheet.first + 1 for sheet in sheets)}


def count(con: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Rows of the tables in a written workbook, read by another library than wrote it; ``ValueError`` if it cannot."""
    try:
        with CalamineWorkbook.from_path(path) as book:
            names = [name for name in book.sheet_names if name not in (FIRST, CODES, DICTIONARY)]
            return sum(max(book.get_sheet_by_name(name).height - 1, 0) for name in names)
    except CalamineError as error:
        raise ValueError(f"{path.name}: {error}") from error


def _sheets(table: Table, count: int) -> Iterator[Sheet]:
    for number, first in enumerate(range(1, max(count, 1) + 1, MOST), 1):
        name = table.title if number == 1 else f"{table.title} {number}"
        yield Sheet(name, table, first, min(first + MOST - 1, count))


def _frame(sheets: Sequence[Sheet], tables: Sequence[Table]) -> tuple[io.BytesIO, dict[str, Sheet], dict[str, int]]:
    """The workbook without rows, the sheet to which each of its parts belongs, and the number of each style."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "default_format_properties": dict(FONT)})
    book.set_properties({"title": "道しるべ 支援情報オープンデータ", "created": CREATED})
    heading = book.add_format({"bold": True, "bg_color": "#E3EDF7", "bottom": 1, "valign": "vcenter"})
    # The number that a written cell bears; XlsxWriter gives it out in the order of asking.
    styles = {name: book.add_format(dict(told))._get_xf_index() for name, told in FORMATS.items()}
    _introduce(book, sheets)
    parts = {}
    for sheet in sheets:
        fields = sheet.table.published_fields
        page = _page(book, sheet.name, [field.title for field in fields], heading, list(map(_width, fields)))
        page.autofilter(0, 0, max(sheet.last - sheet.first + 1, 1), len(fields) - 1)
        page.ignore_errors({"number_stored_as_text": f"A1:{_corner(sheet)}"})
        _printed(page, fit=False)
        parts[f"xl/worksheets/sheet{len(book.worksheets())}.xml"] = sheet
    _table(book, DICTIONARY, [dictionary.HEADINGS, *dictionary.rows(tables)], heading)
    _table(book, CODES, list(_codes(tables)), heading)
    book.close()
    return target, parts, styles


def _introduce(book: Any, sheets: Iterable[Sheet]) -> None:
    page = book.add_worksheet(FIRST)
    page.hide_gridlines(2)
    page.set_column(0, 0, 24)
    page.set_column(1, 1, TEXT_WIDTH)
    _printed(page, fit=True)
    large, bold = book.add_format({"bold": True, "font_size": 16}), book.add_format({"bold": True, "valign": "top"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    page.set_row(0, 2 * LINE)
    page.write_string(0, 0, "道しるべ 支援情報オープンデータ", large)
    page.write_string(1, 0, "支援団体・拠点・支援などの情報を、出典ごとの形から一つの形にそろえたものです。")
    told = [
        ("各シート", "表が1つずつ入っています。先頭の行は見出しで、▼ で絞り込めます。"),
        ("ID", "表どうしは、同じIDでつながります（たとえば、支援の団体IDは、団体の団体ID）。"),
        (
            "名称とコード",
            f"種類や分類のセルには、ほかの形式にあるコードの代わりに、その名称が入っています。「{CODES}」で、名称からコードに戻せます"
            f"（北海道の外の市区町村は、番号のままです）。項目の意味は「{DICTIONARY}」にあります。",
        ),
        ("複数の値", "1つのセルに複数の値があるときは ; で区切っています。"),
        ("空のセル", "値がないか、公開していないことを表します。どちらであるかは分かりません。"),
        ("文字と数", "電話番号・郵便番号・コードは文字、日付・定員・緯度経度は値です。数式とリンクは1つもありません。"),
        (
            "ここにない表",
            "出典（どの値をどこが述べているか）・IDの引き継ぎ・なくなったIDは、IDの関係だけを示す表です。"
            "CSV（excel/）など、ほかの形式にあります。",
        ),
        (
            "利用条件と出典",
            "同じ公開フォルダーの index.html にあります。利用するときは出典も示してください。",
        ),
    ]
    for row, (word, text) in enumerate(told, 3):
        page.set_row(row, LINE * (1 + _letters(text) // TEXT_WIDTH))
        page.write_string(row, 0, word, bold)
        page.write_string(row, 1, text, wrapped)
    page.write_string(len(told) + 4, 0, "シート", bold)
    for row, sheet in enumerate(sheets, len(told) + 5):
        page.set_row(row, LINE * (1 + (_letters(sheet.table.description) + 12) // TEXT_WIDTH))
        page.write_string(row, 0, sheet.name, wrapped)
        page.write_string(row, 1, f"{sheet.last - sheet.first + 1:,}行　{sheet.table.description}", wrapped)


def _table(book: Any, name: str, table: Sequence[Sequence[str]], heading: Any) -> None:
    """A sheet of few rows that Python holds, the first of them headings."""
    plain = book.add_format(FORMATS["text"] | {"valign": "top"})
    widths = [_between(max(map(_letters, column)) + 2) for column in zip(*table, strict=True)]
    page = _page(book, name, table[0], heading, widths)
    _printed(page, fit=True)
    for row, cells in enumerate(table[1:], 1):
        for column, cell in enumerate(cells):
            page.write_string(row, column, cell, plain)
    page.autofilter(0, 0, len(table) - 1, len(widths) - 1)
    page.ignore_errors({"number_stored_as_text": f"A1:{xl_col_to_name(len(widths) - 1)}{len(table)}"})


def _page(book: Any, name: str, headings: Sequence[str], heading: Any, widths: Sequence[float]) -> Any:
    page = book.add_worksheet(name)
    page.freeze_panes(1, 0)
    page.repeat_rows(0)
    for column, (title, width) in enumerate(zip(headings, widths, strict=True)):
        page.set_column(column, column, width)
        page.write_string(0, column, title, heading)
    return page


def _printed(page: Any, fit: bool) -> None:
    """How a sheet comes out on A4: across, and with ``fit`` shrunk to one page's width."""
    page.set_landscape()
    page.set_paper(9)
    page.set_footer("&C&A　&P / &N")
    if fit:
        page.fit_to_pages(1, 0)


def _codes(tables: Iterable[Table]) -> Iterator[tuple[str, ...]]:
    yield "コード表", "コード", "名称", "名称（英語）", "説明"
    for name in codelists.used(tables):
        for code in rulebook.codes(name).values():
            yield name, code.code, code.label_ja, code.label_en, code.description


def _width(field: Field) -> float:
    """Wide enough for the heading with its filter button, for the example, and for each label."""
    labels = [code.label_ja for code in rulebook.codes(field.labels).values()] if field.labels else []
    return _between(
        max(_letters(field.title) + 4, *(_letters(text) + 2 for text in (dictionary.words(field), *labels)))
    )


def _between(width: float) -> float:
    return min(max(width, NARROWEST), WIDEST)


def _letters(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WFA" else 1 for letter in text)


def _corner(sheet: Sheet) -> str:
    return f"{xl_col_to_name(len(sheet.table.published_fields) - 1)}{sheet.last - sheet.first + 2}"


def _sized(head: bytes, sheet: Sheet) -> bytes:
    """The beginning of a sheet, with the size that it will have."""
    column = xl_col_to_name(len(sheet.table.published_fields) - 1)
    return head.replace(f'<dimension ref="A1:{column}1"/>'.encode(), f'<dimension ref="A1:{_corner(sheet)}"/>'.encode())


def _rows(con: duckdb.DuckDBPyConnection, sheet: Sheet, styles: Mapping[str, int]) -> Iterator[bytes]:
    """The sheet's ``<row>`` elements, :data:`BATCH` at a time."""
    fields = sheet.table.published_fields
    words = ", ".join(f"{rows.words(field)} AS {identifier(field.name)}" for field in fields)
    texts = ", ".join(identifier(field.name) for field in fields if field.duckdb_type == "VARCHAR")
    plain, careful = (
        ", ".join(_cell(field, xl_col_to_name(column), styles, care) for column, field in enumerate(fields))
        for care in (False, True)
    )
    answer = con.execute(
        f"""SELECT concat('<row r="', "row", '">', CASE WHEN care THEN concat({careful}) ELSE concat({plain}) END,
              '</row>') FROM (
              SELECT *, length(texts) > {LONGEST} OR regexp_matches(texts, {literal(CAREFUL)}) AS care FROM (
                SELECT *, concat_ws('"', {texts}) AS texts FROM (
                  SELECT (nth - {sheet.first} + 2)::VARCHAR AS "row", {words} FROM ({rows.numbered(sheet.table)}) source
                  WHERE nth BETWEEN {sheet.first} AND {sheet.last})))"""
    )
    while batch := answer.fetchmany(BATCH):
        yield "".join(row for (row,) in batch).encode()


def _cell(field: Field, column: str, styles: Mapping[str, int], care: bool) -> str:
    """SQL for the element of a cell, NULL where there is none; without ``care`` of texts that need none."""
    value = identifier(field.name)
    if field.duckdb_type == "VARCHAR":
        element = _careful_text(value, column, styles) if care else _text(value, column, styles)
    elif field.duckdb_type == "DATE":
        serial = _element(column, f's="{styles["date"]}"><v>', f"{value} - DATE '1899-12-30'", "</v>")
        # Excel takes 1900 for a leap year.
        element = f"CASE WHEN {value} < DATE '1900-03-01' THEN {_text(value, column, styles)} ELSE {serial} END"
    elif field.duckdb_type == "BOOLEAN":
        element = _element(column, f's="{styles["count"]}" t="b"><v>', f"{value}::INTEGER", "</v>")
    else:
        style = styles["degrees" if field.reads in ("latitude", "longitude") else "count"]
        element = _element(column, f's="{style}"><v>', value, "</v>")
    return f"CASE WHEN {value} IS NOT NULL THEN {element} END"


def _element(column: str, told: str, value: str, end: str) -> str:
    """SQL for an element: ``told`` follows on its place, ``end`` on its ``value`` (SQL)."""
    return f"""concat('<c r="{column}', "row", '" {told}', {value}, '{end}</c>')"""


def _text(value: str, column: str, styles: Mapping[str, int]) -> str:
    return _element(column, f's="{styles["text"]}" t="inlineStr"><is><t>', value, "</t></is>")


def _careful_text(value: str, column: str, styles: Mapping[str, int]) -> str:
    style = f"CASE WHEN {spreadsheet.begins_as_formula(value)} THEN '{styles['formula']}' ELSE '{styles['text']}' END"
    blanks = f"CASE WHEN trim({value}, ' \t') <> {value} THEN ' xml:space=\"preserve\"' ELSE '' END"
    told = f"""s="', {style}, '" t="inlineStr"><is><t', {blanks}, '>"""
    return _element(column, told, _escaped(f"left({value}, {LONGEST})"), "</t></is>")


def _escaped(value: str) -> str:
    """SQL for a text as XML holds it; an underscore that would read as an escape is escaped itself."""
    named = f"replace(replace(replace({value}, '&', '&amp;'), '<', '&lt;'), '>', '&gt;')"
    coded = f"regexp_replace({named}, '_(x[0-9A-Fa-f]{{4}})', '_x005F_\\1', 'g')"
    for control in CONTROLS:
        coded = f"replace({coded}, chr({control}), '_x{control:04X}_')"
    return f"CASE WHEN regexp_matches({value}, {literal(ODD)}) THEN {coded} ELSE {named} END"
