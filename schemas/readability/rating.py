"""A file's rating: every rule asked of every table, the scores of the three levels, in the Digital Agency's JSON form.

How a score comes about (scoring guide of the rules): a level with a fatal violation has 0, else 100 less the points
of each broken rule, never below 0; rules that were not judged do not count; there is no overall score.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from schemas.readability import delimited, level1, level2, level3, workbook  # noqa: F401  levels register their checks
from schemas.readability.layout import Layout, Table, layout
from schemas.readability.rules import CHECKS, LISTED, NotJudged, Rule, Violations, rules
from schemas.readability.sheet import Area, Sheet, UnratableError

LEVELS = (1, 2, 3)


@dataclass(frozen=True)
class Verdict:
    """What one rule says of one table; ``reason`` tells why it was not judged."""

    rule: Rule
    found: Violations = field(default_factory=Violations)
    reason: str = ""


def rate(path: Path) -> dict[str, Any]:
    """The rating of a CSV, TSV or XLSX file, as JSON by the rules' output schema (keys in Japanese).

    Raises :class:`UnratableError` for a file that is none of these or is damaged.
    """
    sheets = _read(path)
    seen = [(sheet, layout(sheet)) for sheet in sheets]
    verdicts = {id(table): judged(table, found) for _, found in seen for table in found.tables}
    every = [verdict for some in verdicts.values() for verdict in some]
    return {
        "inputファイル名": path.name,
        "ファイルサイズ": path.stat().st_size,
        "フォーマット": sheets[0].format,
        "Sheet数": len(sheets),
        "レベル別スコア": {
            str(level): score([verdict for verdict in every if verdict.rule.level == level]) for level in LEVELS
        },
        "sheets": [_sheet_json(sheet, found, verdicts) for sheet, found in seen],
    }


def _read(path: Path) -> list[Sheet]:
    try:
        with path.open("rb") as file:
            head = file.read(8)
    except OSError as error:
        raise UnratableError(f"{path} を開けません。", f"{path} cannot be opened.") from error
    if not head:
        raise UnratableError(f"{path.name} は空です。", f"{path.name} is empty.")
    if head.startswith(b"PK\x03\x04"):
        return workbook.read(path)
    if head.startswith((b"\xd0\xcf\x11\xe0", b"%PDF")):
        raise UnratableError(
            f"{path.name} は古い Excel（.xls）や PDF などで、機械が直接読める形式ではありません（L1-01）。"
            "CSV か .xlsx で保存し直してください。",
            f"{path.name} is an old Excel file (.xls), a PDF or the like, no format that machines read (L1-01); "
            "save it as CSV or .xlsx.",
        )
    return [delimited.read(path)]


def judged(table: Table, found: Layout) -> list[Verdict]:
    """Every rule's verdict on a table."""
    return [_verdict(rule, table, found) for rule in rules().values()]


def _verdict(rule: Rule, table: Table, found: Layout) -> Verdict:
    if rule.id not in CHECKS:
        return Verdict(rule, reason="ファイルだけでは確かめられない規則のため、判定しません。")
    if table.sheet.format not in rule.applies:
        kind = "Excel" if rule.applies == ("xlsx",) else "CSV"
        return Verdict(rule, reason=f"{kind} のファイルだけの規則です。")
    violations = Violations()
    try:
        CHECKS[rule.id](table, found, violations)
    except NotJudged as answer:
        return Verdict(rule, reason=str(answer))
    return Verdict(rule, violations)


def score(verdicts: list[Verdict]) -> dict[str, Any] | None:
    """A level's score from the verdicts of its rules; None if none of them was judged."""
    counted = [verdict for verdict in verdicts if not verdict.reason]
    if not counted:
        return None
    failed = [verdict.rule for verdict in counted if not verdict.found.passed]
    fatal = [rule for rule in failed if rule.severity == "fatal"]
    return {
        "スコア": 0 if fatal else max(0, 100 - sum(rule.points for rule in failed)),
        "合格": len(counted) - len(failed),
        "合計": len(counted),
        "強制0点": bool(fatal),
        "強制0点ルール": [{"ルールID": rule.id, "重大度": rule.severity} for rule in fatal],
        "失敗ルール": [{"ルールID": rule.id, "重大度": rule.severity} for rule in failed],
    }


def _sheet_json(sheet: Sheet, found: Layout, verdicts: dict[int, list[Verdict]]) -> dict[str, Any]:
    return {
        "シート名": sheet.name,
        "使用範囲": str(Area(1, 1, sheet.height, sheet.width)) if sheet.width and sheet.height else "",
        "非表示": sheet.hidden,
        "評価対象エリア": [_table_json(table, verdicts[id(table)]) for table in found.tables],
        "sheetProperty": {
            "sheetName": sheet.name,
            "maxRow": sheet.height,
            "maxCol": sheet.width,
            "hidden": sheet.hidden,
        },
        "others": [
            {"row": row, "col": column, "value": str(value), "regionType": kind}
            for row, column, value, kind in found.outside[:LISTED]
        ],
    }


def _table_json(table: Table, verdicts: list[Verdict]) -> dict[str, Any]:
    headers = table.header_rows
    area = table.area
    return {
        "範囲": str(area),
        "信頼度": table.confidence,
        "ヘッダー行": list(headers),
        "ヘッダー範囲": str(Area(headers[0], area.left, headers[-1], area.right)) if headers else None,
        "列数": len(table.columns),
        "評価内容": [_verdict_json(table.sheet.name, verdict) for verdict in verdicts],
        "columnHeaders": [
            {
                "colIndex": column,
                "headerRows": list(headers),
                "label": table.label(column),
                "isMerged": any(merge.holds(row, column) for row in headers for merge in table.sheet.merges),
            }
            for column in table.columns
        ],
        "columns": [
            {"colIndex": column, "inferredType": table.kind(column), "hasHeader": bool(table.label(column))}
            for column in table.columns
        ],
    }


def _verdict_json(sheet: str, verdict: Verdict) -> dict[str, Any]:
    rule, found = verdict.rule, verdict.found
    total = found.counts.total()
    if verdict.reason:
        message = verdict.reason
    elif total:
        message = f"{rule.ja}：{total} 件" + ("（減点しません）" if found.passed else "")
    else:
        message = "問題は見つかりませんでした。"
    told: dict[str, Any] = {
        "ルールID": rule.id,
        "合否": found.passed,
        "判定対象外": bool(verdict.reason),
        "重大度": rule.severity,
        "信頼度": 0.0 if verdict.reason else rule.confidence,
        "違反": [
            {"シート": sheet, "セル範囲": cells, "説明": text, "違反重大度": severity}
            for cells, text, severity in found.listed
        ],
    }
    if total > len(found.listed):
        told["違反グループ"] = {"合計件数": total, "グループ": _groups(sheet, found)}
    return told | {"メッセージ": message}


def _groups(sheet: str, found: Violations) -> list[dict[str, Any]]:
    """The violations by severity, most frequent first, each with three places."""
    places = defaultdict(list)
    for cells, _, severity in found.listed:
        places[severity].append(cells)
    return [
        {"シート": sheet, "重大度": severity, "件数": n, "代表セル範囲": places[severity][:3]}
        for severity, n in sorted(found.counts.items(), key=lambda item: (-item[1], item[0]))
        if n
    ]
