"""One asset a source, made from its ``source.yml``: what a steward looks for, and who feeds what.

A source is contained: whatever goes wrong inside it, its asset ends as a materialisation that serves the last good
records, and a check says why. Reading and validating a source is ``sources.ingest``.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

import dagster as dg
import isodate

from pipelines import checks
from pipelines.defs.resources import NightResource
from pipelines.keys import source_key
from pipelines.sealed import sealed
from publish.quality import COUNTS
from schemas import rulebook
from sources import catalog, ingest

CHECKS = {
    "readable": "今夜のファイルを採用できたか。できなければ、前に採用したデータを使い続ける",
    "findings": f"提供者に直してほしいところ。種類ごとの例は「{checks.TABLE}」の [Show Markdown] に、全部は「訂正票」",
    "fresh": "更新の周期から見て古くないか",
    "conserved": "読んだ行 ＝ 採用 ＋ 隔離した行 ＋ 対象地域の外 ＋ 終了（消えた行がないか）",
}

LICENCE_STATUS = {"read": "公開元で確認", "third_party": "第三者の記載による", "unknown": "未確認"}
UNITS = {"D": "日", "W": "週間", "M": "か月", "Y": "年"}


def asset_of(source: catalog.Source) -> dg.AssetsDefinition:
    """The asset of one source, with its four checks; it never fails and blocks nothing."""
    key = source_key(source.id)

    @dg.asset(
        key=key,
        group_name="sources",
        description=_description(source),
        owners=[source.owner],
        kinds={str(source.fetch["protocol"]), str(source.reader["format"])},
        tags={"set": source.set, "kind": source.kind},
        metadata={"dagster/column_schema": _columns(source)},
        check_specs=[dg.AssetCheckSpec(name, asset=key, description=text) for name, text in CHECKS.items()],
    )
    def one_source(night: NightResource) -> dg.MaterializeResult:  # type: ignore[type-arg]
        tonight = night.tonight
        if not ingest.in_set(source, tonight):
            return _left_out(key)
        with sealed():
            run = ingest.ingest(source, tonight)
        return dg.MaterializeResult(metadata=_numbers(run), check_results=_checks(source, run, tonight))

    return one_source


def _left_out(key: dg.AssetKey) -> dg.MaterializeResult:  # type: ignore[type-arg]
    skipped = "対象外（今夜の出典の組に入っていない）"
    return dg.MaterializeResult(
        metadata={"状態": skipped}, check_results=[checks.verdict(name, key, True, skipped) for name in CHECKS]
    )


def _numbers(run: ingest.SourceRun) -> dict[str, Any]:
    return {
        "dagster/row_count": run.accepted,
        **{title: getattr(run, count) for count, title in COUNTS.items()},
        "データの日付": run.dated or "不明",
        "前回から変化": "あり" if run.changed else "なし",
    }


def _checks(source: catalog.Source, run: ingest.SourceRun, night: ingest.Night) -> list[dg.AssetCheckResult]:
    key = source_key(source.id)
    sheet = night.home / "sheets" / f"{source.id}.xlsx"
    told = run.accepted + run.quarantined + run.out_of_area + run.ended
    return [
        checks.verdict("readable", key, run.rejected is None, _readable(run)),
        checks.result("findings", key, ingest.findings(source.id, night.home), 訂正票=dg.MetadataValue.path(sheet)),
        _fresh(source, run.dated, night.as_of),
        checks.verdict(
            "conserved", key, run.rows_read == told, f"読んだ行 {run.rows_read:,} ＝ 行き先のある行 {told:,}"
        ),
    ]


def _readable(run: ingest.SourceRun) -> str:
    if run.rejected is None:
        return "採用しました"
    if run.served:
        return f"{run.rejected}\n\n{run.dated} のデータを使い続けています。"
    return f"{run.rejected}\n\n採用したデータがまだ一度もないため、この出典の記録は公開データにありません。"


def _fresh(source: catalog.Source, dated: str | None, as_of: date) -> dg.AssetCheckResult:
    key = source_key(source.id)
    if dated is None:
        return checks.verdict("fresh", key, False, "データの日付が分かりません")
    day = date.fromisoformat(dated)
    due: date = day + isodate.parse_duration(source.cadence)
    text = f"データの日付 {day}、次の更新の目安 {due}"
    if as_of > due:
        text += f"。目安を {(as_of - due).days} 日過ぎています。公開元に新しい版がないか確かめてください"
    return checks.verdict("fresh", key, as_of <= due, text, 経過日数=(as_of - day).days)


def _description(source: catalog.Source) -> str:
    """The first line stands alone in lists, which show Markdown as it is written."""
    licence, cadence = source.licence, source.cadence
    terms = f"[{licence['name']}]({licence['url']})" if "url" in licence else licence["name"]
    return "\n\n".join(
        (
            source.title,
            f"提供：{source.publisher}　問い合わせ先：{source.contact}",
            f"利用条件：{terms}（{LICENCE_STATUS[licence['licence_status']]}）",
            f"更新の周期：{cadence[1:-1]} {UNITS[cadence[-1]]}ごと",
            f"[公開元のページ]({source.home_page})",
        )
    )


def _columns(source: catalog.Source) -> dg.TableSchema:
    """The fields that this source fills, as the rulebook has them, each with the headings it is read from."""
    headings: dict[tuple[str, str], list[str]] = defaultdict(list)
    for record in source.mapping.records:
        for name, cell in record.cells.items():
            headings[record.table, name].append(cell.heading)
    return dg.TableSchema(
        columns=[
            dg.TableColumn(f"{table}.{field.name}", type=field.type, description=f"{field.title} ← {'、'.join(told)}")
            for table in source.tables
            for field in rulebook.table(table).record_fields
            if (told := headings.get((table, field.name)))
        ]
    )


@dg.definitions
def defs() -> dg.Definitions:
    """Every source of the catalogue."""
    return dg.Definitions(assets=[asset_of(source) for source in catalog.load_all().values()])
