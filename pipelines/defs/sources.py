"""One asset a source, made from its ``source.yml``: what a steward looks for, and who feeds what.

A source is contained: whatever goes wrong inside it, its asset ends as a materialisation that serves the last good
records, and a check says why. Reading and validating a source is ``sources.ingest``.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import dagster as dg
import isodate

from pipelines import checks
from pipelines.defs.resources import NightResource
from pipelines.keys import source_key
from pipelines.sealed import sealed
from schemas import rulebook
from schemas.finding import SEVERITY_JA
from sources import catalog, ingest

CHECKS = {
    "readable": "今夜のファイルを読めたか（読めなければ前回の良いものを使う）",
    "findings": "提供者に直してほしいところ",
    "fresh": "公表の周期から見て古くないか",
    "conserved": "読んだ行 = 採用 + 隔離 + 対象地域の外 + 終了",
}


def asset_of(source: catalog.Source) -> dg.AssetsDefinition:
    """The asset of one source, with its four checks; it never fails and blocks nothing."""
    key = source_key(source.id)

    @dg.asset(
        key=key,
        group_name="sources",
        description=_description(source),
        owners=[source.owner],
        kinds={str(source.fetch["protocol"]), str(source.reader["format"])},
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
    by_severity = {label: run.findings.get(kind, 0) for kind, label in SEVERITY_JA.items()}
    return {
        "dagster/row_count": run.accepted,
        "読んだ行": run.rows_read,
        "採用": run.accepted,
        "隔離": run.quarantined,
        "不掲載の値": run.withheld,
        "対象地域の外": run.out_of_area,
        "終了": run.ended,
        **{f"指摘：{label}": count for label, count in by_severity.items()},
        "データの日付": run.dated or "不明",
        "前回から変化": run.changed,
    }


def _checks(source: catalog.Source, run: ingest.SourceRun, night: ingest.Night) -> list[dg.AssetCheckResult]:
    key = source_key(source.id)
    sheet = night.home / "sheets" / f"{source.id}.xlsx"
    told = run.accepted + run.quarantined + run.out_of_area + run.ended
    return [
        checks.verdict("readable", key, run.rejected is None, run.rejected or "読めました"),
        checks.result("findings", key, ingest.findings(source.id, night.home), 訂正票=dg.MetadataValue.path(sheet)),
        _fresh(source, run.dated, night.as_of),
        checks.verdict(
            "conserved", key, run.rows_read == told, f"読んだ行 {run.rows_read:,} ＝ 行き先のある行 {told:,}"
        ),
    ]


def _fresh(source: catalog.Source, dated: str | None, as_of: date) -> dg.AssetCheckResult:
    key = source_key(source.id)
    if dated is None:
        return checks.verdict("fresh", key, False, "データの日付が分かりません")
    day = date.fromisoformat(dated)
    due: date = day + isodate.parse_duration(source.cadence)
    text = f"データの日付 {day}、次の更新の目安 {due}"
    return checks.verdict("fresh", key, as_of <= due, text, 経過日数=(as_of - day).days)


def _description(source: catalog.Source) -> str:
    licence = source.licence
    return "\n\n".join(
        (
            f"**{source.title}**",
            f"提供：{source.publisher}（{source.contact}）",
            f"利用条件：{licence['name']}（確認：{licence['licence_status']}）",
            f"更新の周期：{source.cadence}",
            f"[公開元のページ]({source.home_page})",
        )
    )


def _columns(source: catalog.Source) -> dg.TableSchema:
    return dg.TableSchema(
        columns=[
            dg.TableColumn(f"{table}.{field.name}", type=field.type, description=field.title)
            for table in source.tables
            for field in rulebook.table(table).record_fields
        ]
    )


@dg.definitions
def defs() -> dg.Definitions:
    """Every source of the catalogue."""
    return dg.Definitions(assets=[asset_of(source) for source in catalog.load_all().values()])
