"""Level 2: a machine can compute with the data. One function a rule; names and points stand in ``rules.yml``.

Where the rule leaves room, the sample checker of the Digital Agency is followed.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from difflib import SequenceMatcher

from schemas.readability.layout import Layout, Table
from schemas.readability.rules import Fault, NotJudged, Violations, check, shown, with_headings
from schemas.readability.sheet import Value, letters

MIN_ROWS = 20
"""Fewer values than these say nothing of a column's choices."""
MAX_CHOICES = 20
"""A column with more distinct values is no choice."""

_STRICT = re.compile(r"[\s\-ー−]*[\d,]+\.?\d*\s*")
_TRIANGLE = re.compile(r"[▲△▼]\s*[\d,]+\.?\d*\s*")
_UNIT = re.compile(
    r"[\d,.]+\s*([十百千万億]*円|[人件万千個台回本枚戸社校棟隻機両組点冊食泊日月年分秒歳才度号]|kg|km|m|g|t|ha|㎡"
    r"|箇所|か所|世帯|時間|丁目)"
)
_PERCENT = re.compile(r"[\s\-ー−▲△▼]*[\d,.]+\s*[%％]\s*")
_NOTED = re.compile(r"[\d,.]+\s*[(（].*[)）]")

_DIGIT = re.compile(r"\d")
_DITTO = re.compile(r"(?<![^\0])\s*(〃|同上|同左|同右|仝|ヽ|々)\s*(?![^\0])")
_ANY = re.compile(r"\S")
_OTHER = re.compile("その他")
_ANNOTATION = re.compile(r"(?<=\S)[\s\u3000]*[※＊＃#（(「【].*\Z")


@check("L2-01")
def pure_numbers(table: Table, layout: Layout, found: Violations) -> None:
    """In a column of numbers every value is one, without units, notes or ▲; text without digits marks a gap.

    A column counts as one of numbers if more than half of its values are numbers or numbers with such additions.
    """
    numeric = [column for column in table.columns if _is_numeric(table, column)]
    percents = {column for column in numeric if _share(table.counts(column), _PERCENT.fullmatch) >= 0.5}

    def verdict(value: str, column: int) -> Fault:
        text = value.strip()
        if _STRICT.fullmatch(text):
            return None
        if _PERCENT.fullmatch(text):
            return None if column in percents else (f"数値に単位が付いています：「{shown(value)}」", "error")
        if _TRIANGLE.fullmatch(text):
            return f"負の数が記号で書かれています：「{shown(value)}」", "error"
        if _UNIT.fullmatch(text):
            return f"数値に単位が付いています：「{shown(value)}」", "error"
        if _NOTED.fullmatch(text):
            return f"数値に注記が付いています：「{shown(value)}」", "warning"
        return f"数値の列に文字があります：「{shown(value)}」", "error"

    found.judge(table, numeric, verdict, _DIGIT)


def _is_numeric(table: Table, column: int) -> bool:
    kind = table.kind(column)
    if kind != "mixed":
        return kind == "numeric"
    forms = (_STRICT, _TRIANGLE, _UNIT, _PERCENT, _NOTED)
    return _share(table.counts(column), lambda text: any(form.fullmatch(text) for form in forms)) > 0.5


def _share(counts: Iterator[tuple[Value, int]], holds: Callable[[str], object]) -> float:
    """The share of a column's values of which ``holds(text)``; numbers of a workbook hold."""
    good = total = 0
    for value, n in counts:
        text = str(value).strip()
        if text:
            total += n
            good += n if isinstance(value, int | float) or holds(text) else 0
    return good / total if total else 0.0


@check("L2-02")
def nothing_omitted(table: Table, layout: Layout, found: Violations) -> None:
    """The columns that name a row (text among the first three) have no 〃 and no gap below their first value."""
    sheet, area = table.sheet, table.area
    columns = [column for column in table.columns[: min(3, len(table.columns) - 1)] if table.kind(column) == "text"]
    if not columns:
        raise NotJudged("行の見出しになる列が見つからないため、判定しません。")

    def verdict(value: str, column: int) -> Fault:
        return f"前の行の値が「{value.strip()}」で省略されています。", "error"

    found.judge(table, columns, verdict, _DITTO)
    for column in columns:
        codes = sheet.columns[column - 1].codes
        blanks = {0} | {code for code, value in enumerate(sheet.values(column)) if not str(value).strip()}
        seen = False
        for row in range(table.body, area.bottom + 1):
            if codes[row - 1] not in blanks:
                seen = True
            elif seen:
                name = f"{letters(column)}{row}"
                found.add(name, f"行を見分ける「{table.label(column) or letters(column)}」が空欄です。", "warning")


@check("L2-03")
def unique_headings(table: Table, layout: Layout, found: Violations) -> None:
    """Every column has a heading of its own, not shared through a merged cell."""
    columns = with_headings(table)
    headings = table.area._replace(top=table.header_rows[0], bottom=table.header_rows[-1])
    merges = [merge for merge in table.sheet.merges if merge.meets(headings)]
    for merge in merges:
        found.add(str(merge), "結合された項目名では、列を一つずつ見分けられません。")
    alone = [column for column in columns if not any(merge.left <= column <= merge.right for merge in merges)]
    times = Counter(table.label(column) for column in alone)
    for column in alone:
        label = table.label(column)
        if not label and table.kind(column) != "empty":
            found.add(table.heading(column), "項目名がありません。")
        elif label and times[label] > 1:
            found.add(table.heading(column), f"項目名「{shown(label)}」が {times[label]} 列にあります。")


def _choices(table: Table) -> Iterator[tuple[int, dict[str, int]]]:
    """The columns of choices with their values; :class:`NotJudged` if there are none."""
    any_found = False
    for column in table.columns:
        if table.kind(column) not in ("text", "mixed"):
            continue
        counts: Counter[str] = Counter()
        for value, n in table.counts(column):
            counts[str(value).strip()] += n
            if len(counts) > MAX_CHOICES + 1:
                break
        del counts[""]
        if len(counts) <= MAX_CHOICES and counts.total() >= MIN_ROWS:
            any_found = True
            yield column, dict(counts)
    if not any_found:
        raise NotJudged(f"選択肢の列（{MIN_ROWS} 件以上、{MAX_CHOICES} 種類以下）が見つからないため、判定しません。")


@check("L2-04")
def uniform_choices(table: Table, layout: Layout, found: Violations) -> None:
    """No rare value (twice at most, 5 % at most) is a variant of a usual one."""
    for column, counts in _choices(table):
        total = sum(counts.values())
        rare = {value for value, n in counts.items() if n <= 2 and n <= 0.05 * total}
        usual = [value for value in counts if value not in rare]
        variants = {value: like for value in rare if (like := next(filter(_alike(value), usual), None))}

        def verdict(value: str, _: int, variants: dict[str, str] = variants) -> Fault:
            like = variants.get(value.strip())
            return (f"「{shown(value)}」は「{shown(like)}」の表記の揺れかもしれません。", "warning") if like else None

        found.judge(table, [column], verdict, _ANY)


def _alike(rare: str) -> Callable[[str], bool]:
    """Tells whether a usual value is what ``rare`` was meant to be."""
    plain = _plain(rare)

    def alike(usual: str) -> bool:
        other = _plain(usual)
        near = min(len(plain), len(other)) >= 2 and SequenceMatcher(None, plain, other).ratio() >= 0.75
        return plain == other or near

    return alike


def _plain(value: str) -> str:
    return _ANNOTATION.sub("", unicodedata.normalize("NFKC", value)).strip()


@check("L2-05")
def other_apart(table: Table, layout: Layout, found: Violations) -> None:
    """A column of choices has one form of 「その他」; rare longer ones hold details."""
    for column, counts in _choices(table):
        others = {value: n for value, n in counts.items() if "その他" in value}
        details = {value for value, n in others.items() if n < 3} if len(others) > 1 else set()

        def verdict(value: str, _: int, details: set[str] = details) -> Fault:
            rare = value.strip() in details
            return (f"「その他」の詳細が同じセルにあります：「{shown(value)}」", "warning") if rare else None

        found.judge(table, [column], verdict, _OTHER)


@check("L2-06")
def no_formulas(table: Table, layout: Layout, found: Violations) -> None:
    """No cell of the table holds a formula."""
    for (row, column), formula in sorted(table.sheet.formulas.items()):
        if table.area.holds(row, column):
            found.add(f"{letters(column)}{row}", f"数式が残っています：「={shown(formula)}」")
