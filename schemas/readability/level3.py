"""Level 3: data of many publishers can be joined. One function a rule; names and points stand in ``rules.yml``.

Where the rule leaves room, the sample checker of the Digital Agency is followed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import datetime
from functools import cache

from schemas import rulebook
from schemas.readability.layout import Layout, Table
from schemas.readability.rules import Fault, NotJudged, Violations, check, shown, with_headings
from schemas.readability.sheet import Area, Value

_UNITS = (
    "人|件|[千百十]?万?[億]?円|%|％|[ckm]?m|k?g|t|ha|㎡|㎢|個|台|回|本|枚|[箇か]所|世帯|戸|社|校|棟|隻|機|両|組|点|冊|食|泊"
    "|日|月|年|時間|分|秒|歳|才|度|[kMG]W|kWh|[md]?L"
)
_UNIT = re.compile(rf"[（(](百万円|{_UNITS})[）)]")
_UNIT_IMPLIED = re.compile(
    "金額|価格|費用|コスト|売上|収入|支出|人口|人数|面積|距離|長さ|高さ|幅|重量|重さ|質量|割合|率|構成比|年齢|年数|温度|気温"
    r"|数\Z"
)
_UNITLESS = re.compile(r"コード|番号|No|ID|指数|指標|順位|ランク|フラグ|区分|\A\d+\Z")
_UNITLESS_WORD = re.compile(
    r"(\A|[_-])(id|code|key|name|type|flag|status|index|sort|rank|order|level|class|year|month|date|number|count|cnt|num"
    r"|no|row|col|seq|version|is|has)(\Z|[_-])",
    re.IGNORECASE,
)

_TIME = re.compile(r"年|月|日|時期|期間|時点|date|year|month|period", re.IGNORECASE)
_ANY = re.compile(r"\S")
_DIGIT = re.compile(r"\d")
_ERA = re.compile(r"(明治|大正|昭和|平成|令和|[MTSHR])\s*\d{1,2}\s*[年./-]")
_FORMS = (  # the first that fits names the form; the era and the ambiguous forms break the rule
    ("jis-era", re.compile(r"[MTSHR]\d{1,2}\.\d{1,2}\.\d{1,2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?\Z")),
    ("iso-date", re.compile(r"\d{4}-\d{2}-\d{2}\Z")),
    ("iso-time", re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?\Z")),
    ("era", re.compile(rf".*?{_ERA.pattern}")),
    ("ambiguous", re.compile(r"\d{2}/\d{1,2}/\d{1,2}\Z|(明治|大正|昭和|平成|令和)\d{1,2}\Z")),
    ("fiscal-year", re.compile(r"(19|20)\d{2}\s*年度")),
    ("kanji", re.compile(r"(19|20)\d{2}年\d{1,2}月(\d{1,2}日)?\Z")),
    ("slash", re.compile(r"(19|20)\d{2}/\d{1,2}(/\d{1,2})?\Z")),
    ("hyphen", re.compile(r"(19|20)\d{2}-\d{1,2}(-\d{1,2})?\Z")),
    ("other", re.compile(r"(19|20)\d{2}\s*[年/.-]")),
)

_REGION = re.compile(
    "都道府県|地域|地区|自治体|所在地|住所|県|府|市|町|村|団体コード|region|prefecture|city|address", re.IGNORECASE
)

MIN_WIDE = 3
"""So many years, months or periods as headings make a wide table."""
MAX_COLUMNS = 100
_WIDE = {
    "年": re.compile(r"(19|20)\d{2}\s*(年|年度)?"),
    "月": re.compile(r"\d{1,2}\s*月"),
    "期": re.compile(r"第?\d+[期回]|[上下前後]半期?|[1-4]Q|Q[1-4]|[上下]期"),
    "年（和暦）": re.compile(r"(昭和|平成|令和)(\d{1,2}|元)\s*(年|年度)?|[RHS]\d{1,2}"),
}
_NUMBERED = re.compile(r"(.*?\D)[\s_\-]?\d+")


@check("L3-01")
def headings_first(table: Table, layout: Layout, found: Violations) -> None:
    """The headings stand on row 1, in less than three rows, and the data begin right below."""
    top, body = table.area.top, table.body
    if top > 1:
        found.add(f"1:{top - 1}", f"表が {top} 行目から始まっています。1 行目を項目名にしてください。")
    if table.header_rows and not table.sheet.row_cells(body, table.area.left, table.area.right):
        found.add(f"{body}:{body}", "項目名のすぐ下が空白の行です。")
    if len(table.header_rows) >= 3:
        cells = f"{table.header_rows[0]}:{table.header_rows[-1]}"
        found.add(cells, f"項目名が {len(table.header_rows)} 行にわたっています。", "info")


@check("L3-04")
def units(table: Table, layout: Layout, found: Violations) -> None:
    """The heading of a column of numbers states the unit in brackets, implies one, or needs none (codes, ranks)."""
    for column in with_headings(table):
        label = table.sheet.text(table.header_rows[-1], column)
        if label and table.kind(column) == "numeric" and not _has_unit(label):
            found.add(table.heading(column), f"数値の列「{shown(label)}」に単位が書かれていません。", "warning")


def _has_unit(label: str) -> bool:
    return any(form.search(label) for form in (_UNIT, _UNIT_IMPLIED, _UNITLESS, _UNITLESS_WORD))


@check("L3-05")
def standard_dates(table: Table, layout: Layout, found: Violations) -> None:
    """Dates are ISO 8601, e-Stat's forms, ``YYYY年度`` or JIS X 0301's ``R8.05.13``, one form in a column."""

    def verdict(value: str, column: int) -> Fault:
        form = _form(value)
        if form == "era":
            return f"和暦の「{shown(value)}」は西暦で書いてください。", "error"
        return (f"「{shown(value)}」は年が分かりません。", "warning") if form == "ambiguous" else None

    columns = with_headings(table)
    for column in columns:
        label = table.label(column)
        if _form(label) != "jis-era" and _ERA.match(label):
            found.add(table.heading(column), f"項目名「{shown(label)}」が和暦です。", "warning")
    dated = [column for column in columns if _TIME.search(table.label(column))]
    found.judge(table, dated, verdict, _DIGIT)
    for column in dated:
        forms = {_form(value) for value, _ in table.counts(column)} - {None, "era", "ambiguous"}
        if len(forms) > 1:
            label = shown(table.label(column))
            found.add(table.heading(column), f"「{label}」の日付の書き方が {len(forms)} 通りあります。", "warning")


def _form(value: Value) -> str | None:
    if isinstance(value, datetime):
        return "date"
    if not _DIGIT.search(str(value)):
        return None
    text = str(value).strip()
    return next((name for name, form in _FORMS if form.match(text)), None)


@cache
def _regions() -> tuple[frozenset[str], frozenset[str]]:
    """Official names of prefectures and of the rulebook's municipalities, and the short forms that are no name."""
    names = {code.label_ja for name in ("prefectures", "municipalities") for code in rulebook.codes(name).values()}
    short = {name[:-1] for name in names if len(name) > 2 and name[-1] in "都府県市区町村"}
    return frozenset(names), frozenset(short - names)


@check("L3-06")
def official_regions(table: Table, layout: Layout, found: Violations) -> None:
    """Columns of regions hold official names, not 札幌 for 札幌市, and stand beside a column of codes."""
    columns = with_headings(table)
    names, short = _regions()
    regions = [column for column in columns if _REGION.search(table.label(column))] or [
        column for column in columns if _holds_regions(table, column, names | short)
    ]
    coded = any(re.search("コード|code", table.label(column), re.IGNORECASE) for column in regions)

    def verdict(value: str, _: int) -> Fault:
        text = value.strip()
        return (f"地域名「{text}」は略されています。正式な名前で書いてください。", "warning") if text in short else None

    found.judge(table, regions, verdict, _ANY)
    if not coded:
        named = (c for c in regions if any(str(value).strip() in names for value, _ in table.counts(c)))
        if (column := next(named, None)) is not None:
            found.add(table.heading(column), "地域名の列はありますが、地域コードの列がありません。", "info")


def _holds_regions(table: Table, column: int, names: frozenset[str]) -> bool:
    total = sum(n for _, n in table.counts(column))
    return total > 0 and sum(n for value, n in table.counts(column) if str(value).strip() in names) >= 0.5 * total


@check("L3-07")
def same_layout_every_year(table: Table, layout: Layout, found: Violations) -> None:
    """Files of several years are compared: one file alone cannot show it."""
    raise NotJudged("年ごとの複数のファイルを比べる規則のため、一つのファイルでは判定しません。")


@check("L3-09")
def long_form(table: Table, layout: Layout, found: Violations) -> None:
    """Years, months and periods are values, not headings; no more than 100 columns, no numbered ones."""
    columns = with_headings(table)
    if len(columns) < 4:
        return
    row = table.header_rows[-1]
    labels = {column: table.sheet.text(row, column) for column in columns}
    if len(columns) > MAX_COLUMNS:
        cells = str(Area(row, columns[0], row, columns[-1]))
        found.add(cells, f"列が {len(columns)} あります（{MAX_COLUMNS} まで）。縦持ちの形にしてください。")
    for kind, form in _WIDE.items():
        wide = [column for column, label in labels.items() if form.fullmatch(label)]
        if len(wide) >= MIN_WIDE:
            cells = str(Area(row, wide[0], row, wide[-1]))
            found.add(cells, f"{kind}が {len(wide)} 列の項目名になっています。縦持ちの形にしてください。", "warning")
            return
    numbered: defaultdict[str, list[int]] = defaultdict(list)
    for column, label in labels.items():
        if match := _NUMBERED.fullmatch(label):
            numbered[match[1].rstrip(" _-")].append(column)
    for base, group in numbered.items():
        if len(group) >= 4 and len(columns) >= 5:
            cells = str(Area(row, group[0], row, group[-1]))
            found.add(cells, f"「{shown(base)}」に番号を付けた列が {len(group)} あります。", "info")
