"""Level 1: a machine can read the file at all. One function a rule; names and points stand in ``rules.yml``.

Where the rule leaves room, the sample checker of the Digital Agency is followed.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator

from schemas.readability.layout import Layout, Table
from schemas.readability.rules import Fault, Violations, check, shown
from schemas.readability.sheet import Area, Style, letters

_OUTSIDE = {"title": "題名・説明", "total": "合計", "note": "注記・出典", "isolated": "離れたセル"}

_ADDRESS = re.compile(r"住所|所在地|address|addr|勤務地|居所|本籍|送付先", re.IGNORECASE)
_BLANK = re.compile(r"\s")
_MARKER = re.compile(  # a full-width blank after or before a mark that belongs to the text: ア　, ※1　, 第５　, 1．
    r"[ア-ンa-zａ-ｚ①-⑳（(][）)]?\u3000|※\d*\u3000|第[0-9０-９一二三四五六七八九十]+\u3000|\u3000+〃\Z|\u3000+[○●・◯]"
    r"|\[.+?\]\u3000?[0-9０-９]|[Ⅰ-ⅿ][．.]\u3000|[0-9０-９]+[．.]\u3000|\u3000{2,}[0-9０-９]+[．.]"
)

_SEPARATOR = re.compile(r"[\n,、・（]")
_TWO_FIGURES = re.compile(r"\s*\d+（\d+）\s*")
_THOUSANDS = re.compile(r"\d{1,3}(,\d{3})*(\.\d+)?")

_DEPENDENT = re.compile(
    r"[①-⑳㉑-㉟㊱-㊿Ⅰ-ⅿ㈠-㉃㊀-㋿㌀-㏿︰-﹏〜～０-９Ａ-Ｚａ-ｚ](?<![㎡㎥㎢㎠㎝㎞㎜㎏㎎㎍㎅㎄㎃㎖㎗㎘㏄㏊])"
)
_ROMAN_CODE = re.compile(r"[Ⅰ-ⅿ][ー－\-][０-９0-9]+")


@check("L1-01")
def machine_readable_format(table: Table, layout: Layout, found: Violations) -> None:
    """Whatever could be opened as CSV, TSV or XLSX keeps the rule; anything else was refused before."""


@check("L1-02")
def one_table(table: Table, layout: Layout, found: Violations) -> None:
    """A sheet has one table; told at the first. Areas hardly filled do not count as tables."""
    tables = [other for other in layout.tables if other.confidence >= 0.5] or layout.tables
    if len(tables) > 1 and table is tables[0]:
        for number, other in enumerate(tables, 1):
            found.add(str(other.area), f"同じシートに表が {len(tables)} つあります（{number} つ目）。", "warning")


@check("L1-03")
def no_blank_rows_or_columns(table: Table, layout: Layout, found: Violations) -> None:
    """No blank row or column within a table of more than two rows, nor a blank row between tables."""
    sheet, area = table.sheet, table.area
    if area.bottom - area.top >= 2:
        for row in sheet.blank_rows(area):
            found.add(f"{row}:{row}", f"表の中の {row} 行目が空白です。")
        for column in sheet.blank_columns(area):
            name = letters(column)
            found.add(f"{name}:{name}", f"表の中の {name} 列が空白です。")
    if table is layout.tables[0]:
        for above, below in zip(layout.tables, layout.tables[1:], strict=False):
            for row in range(above.area.bottom + 1, below.area.top):
                if not sheet.row_cells(row, 1, sheet.width):
                    found.add(f"{row}:{row}", f"空白の {row} 行目が表を分けています。")


@check("L1-04")
def nothing_outside(table: Table, layout: Layout, found: Violations) -> None:
    """No cell of the sheet lies outside its tables; told at the first."""
    if table is layout.tables[0]:
        for row, column, value, kind in layout.outside:
            name = f"{letters(column)}{row}"
            found.add(name, f"表の外に{_OUTSIDE[kind]}「{shown(value)}」があります。", "warning")


@check("L1-05")
def headings(table: Table, layout: Layout, found: Violations) -> None:
    """Every column with data has a heading, and the headings are not just 1, 2, 3 …"""
    if table.header_rows:
        labels = {column: table.label(column) for column in table.columns}
    else:
        labels = {column: table.sheet.text(table.area.top, column) for column in table.columns}
    for column, label in labels.items():
        if not label and table.kind(column) != "empty":
            found.add(table.heading(column), f"{letters(column)} 列に項目名がありません。")
    figures = [int(label) for label in labels.values() if re.fullmatch(r"\d{1,9}", label)]
    if 2 <= len(figures) == len(labels) and figures == list(range(figures[0], figures[0] + len(figures))):
        for column in table.columns:
            found.add(table.heading(column), f"項目名「{labels[column]}」は連番です。意味の分かる名前にしてください。")


@check("L1-06")
def no_layout_blanks(table: Table, layout: Layout, found: Violations) -> None:
    """No blanks around a value, no full-width or repeated blanks (but in addresses), no line breaks for layout."""
    addresses = {column for column in table.columns if _ADDRESS.search(table.label(column))}

    def verdict(value: str, column: int) -> Fault:
        told = "、".join(_blanks(value, column in addresses))
        return (f"{told}があります：「{shown(value)}」", "warning") if told else None

    found.judge(table, table.columns, verdict, _BLANK, headings=True)


def _blanks(value: str, address: bool) -> Iterator[str]:
    if not _MARKER.match(value):
        line = value.rstrip("\n")
        if line != line.strip():
            yield "前後の空白"
        if not address and "\u3000" in value:
            yield "全角の空白"
        if not address and re.search(r"[ \u3000]{2}", value.strip()):
            yield "続いた空白"
    if re.search(r"[\r\n]", value.rstrip("\r\n")) and sum(map(str.isspace, value)) > 0.1 * len(value):
        yield "体裁の改行"


@check("L1-07")
def one_datum(table: Table, layout: Layout, found: Violations) -> None:
    """No lines, two or more 「、」 or 「・」, comma lists or ``12（3）`` within a cell; ``;`` is not looked at."""

    def verdict(value: str, column: int) -> Fault:
        told = _several(value, table.kind(column) == "numeric")
        return (f"一つのセルに{told}があります：「{shown(value)}」", "warning") if told else None

    found.judge(table, table.columns, verdict, _SEPARATOR, headings=True)


def _several(value: str, numeric: bool) -> str:
    if sum(bool(line.strip()) for line in value.split("\n")) >= 2:
        return "改行で分けた複数のデータ"
    if _TWO_FIGURES.fullmatch(value):
        return "括弧で添えた別の数値"
    if value.count("、") >= 2:
        return "読点で並べた複数のデータ"
    if value.count("・") >= 2:
        return "中黒で並べた複数のデータ"
    if "," not in value or _THOUSANDS.fullmatch(value.strip()):
        return ""
    bare = re.sub(r"（[^）]*）|\s+", "", value)
    if re.search(r"(?<!\d),(?!\d)", value) or (not numeric and "," in bare and not _THOUSANDS.fullmatch(bare)):
        return "カンマで並べた複数のデータ"
    return ""


@check("L1-08")
def no_dependent_characters(table: Table, layout: Layout, found: Violations) -> None:
    """Circled digits, Roman numerals, ligatures, 〜 and ～ are told; only in a cp932 file do they break the rule.

    Full-width letters and digits, and Roman numerals in a code such as Ⅱ－１, are no more than noted; the usual signs
    of units pass.
    """

    def verdict(value: str, column: int) -> Fault:
        signs = list(dict.fromkeys(_DEPENDENT.findall(value)))
        listed = "".join(signs[:5])
        if all(_is_light(sign, value) for sign in signs):
            return f"全角の英数字や分類の記号「{listed}」があります：「{shown(value)}」", "info"
        return f"機種依存文字「{listed}」があります：「{shown(value)}」", "warning"

    found.judge(table, table.columns, verdict, _DEPENDENT, headings=True)
    found.tolerated = table.sheet.encoding != "cp932" or not found.counts["warning"]


def _is_light(sign: str, value: str) -> bool:
    if "Ⅰ" <= sign <= "ⅿ":
        return _ROMAN_CODE.fullmatch(value.strip()) is not None
    return unicodedata.east_asian_width(sign) == "F" and unicodedata.category(sign) in ("Nd", "Lu", "Ll")


@check("L1-10")
def no_drawings(table: Table, layout: Layout, found: Violations) -> None:
    """No picture, shape or chart is anchored within the table."""
    for row, column, kind, name in table.sheet.drawings:
        if table.area.holds(row, column):
            found.add(f"{letters(column)}{row}", f"表に{kind}「{shown(name)}」が重なっています。")


@check("L1-11")
def no_meaning_in_looks(table: Table, layout: Layout, found: Violations) -> None:
    """Within a column no second colour of type, no two colours of cells, no mixture of bold or italic."""
    for column in table.columns:
        looks = _looks(table, column)
        total = looks.total()
        if total < 2:
            continue
        colours = {style.colour for style in looks}
        backgrounds = {style.background for style in looks} - {None}
        bold = sum(n for style, n in looks.items() if style.bold)
        italic = sum(n for style, n in looks.items() if style.italic)
        cells = str(Area(table.body, column, table.area.bottom, column))
        if len(colours) > 1:
            found.add(cells, f"文字の色が {len(colours)} 種類あります。色の意味を列に書いてください。", "warning")
        if len(backgrounds) > 1:
            found.add(cells, f"セルの色が {len(backgrounds)} 種類あります。色の意味を列に書いてください。", "warning")
        if 0 < bold < total:
            found.add(cells, f"{total} 件のうち {bold} 件だけが太字です。", "info")
        if 0 < italic < total:
            found.add(cells, f"{total} 件のうち {italic} 件だけが斜体です。", "info")


def _looks(table: Table, column: int) -> Counter[Style]:
    """The styles of the column's cells that have a value."""
    sheet, here = table.sheet, table.sheet.columns[column - 1]
    rows = range(table.body - 1, table.area.bottom)
    used = Counter(here.styles[row] if row < len(here.styles) else 0 for row in rows if here.codes[row])
    looks: Counter[Style] = Counter()
    for style, n in used.items():
        looks[sheet.styles[style]] += n
    return looks


@check("L1-12")
def no_merged_cells(table: Table, layout: Layout, found: Violations) -> None:
    """No merged cells among the data; those of headings are noted here and judged by L2-03."""
    for merge in table.sheet.merges:
        if merge.meets(table.area):
            in_headings = set(range(merge.top, merge.bottom + 1)) <= set(table.header_rows)
            where, severity = ("項目名", "info") if in_headings else ("データ", "error")
            found.add(str(merge), f"{where}のセルが結合されています。", severity)
    found.tolerated = not found.counts["error"]


@check("L1-13")
def nothing_hidden(table: Table, layout: Layout, found: Violations) -> None:
    """No hidden row or column in the used range of the sheet; told at the first table."""
    if table is layout.tables[0]:
        sheet = table.sheet
        for first, last in _runs(sheet.hidden_rows, sheet.height):
            found.add(f"{first}:{last}", f"{last - first + 1} 行が非表示です。")
        for first, last in _runs(sheet.hidden_columns, sheet.width):
            found.add(f"{letters(first)}:{letters(last)}", f"{last - first + 1} 列が非表示です。")


def _runs(numbers: set[int], last: int) -> list[tuple[int, int]]:
    """Consecutive numbers up to ``last`` as pairs of the first and the last."""
    runs: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if number <= last and runs and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number)
        elif number <= last:
            runs.append((number, number))
    return runs


@check("L1-14")
def one_line(table: Table, layout: Layout, found: Violations) -> None:
    """No record spans lines, and every quote is closed; told at the first table."""
    if table is layout.tables[0]:
        _records(table, found, "multiline", "{row} 件目のデータが {detail} 行にわたっています。", "error")
        _records(table, found, "unclosed", "{row} 件目のデータで引用符が閉じていません。", "error")


@check("L1-15")
def quoted(table: Table, layout: Layout, found: Violations) -> None:
    """Quotes open, close or double, and every record has as many cells as the first; told at the first table."""
    if table is layout.tables[0]:
        _records(table, found, "bare-quote", "{row} 件目のデータに、囲まれていない引用符があります。", "error")
        _records(table, found, "unclosed", "{row} 件目のデータで引用符が閉じていません。", "error")
        text = "{row} 件目のデータの列の数が 1 行目と違います（{detail}）。区切り文字を含む値を引用符で囲んでください。"
        _records(table, found, "ragged", text, "warning")


def _records(table: Table, found: Violations, kind: str, text: str, severity: str) -> None:
    faults = table.sheet.record_faults[kind]
    for fault in faults:
        found.add(f"{fault.row}:{fault.row}", text.format(row=fault.row, detail=fault.detail), severity)
    found.counts[severity] += table.sheet.fault_counts[kind] - len(faults)
