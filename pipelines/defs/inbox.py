"""The inbox as an asset: all files that people dropped, accounted for together as one source.

The UI has no login and nothing of a submission is public before its approval: of a finding only its kind is shown,
never a value, a sentence, a heading of somebody's own or the name of a file. Those stand in the correction sheets.
"""

from __future__ import annotations

import dagster as dg

from pipelines import approvals, checks
from pipelines.defs.resources import NightResource
from pipelines.keys import source_key
from pipelines.sealed import sealed
from publish.quality import COUNTS
from schemas import messages
from schemas.finding import Finding
from sources import inbox, ingest

KEY = source_key(inbox.ID)
CHECKS = {
    "readable": "受付箱のファイルをどれも採用できたか",
    "findings": "提出した人に直してほしいところ。件数だけ。中身は「訂正票」",
    "fresh": "受付箱に周期はない。いちばん新しいファイルの届いた日",
    "conserved": "読んだ行 ＝ 採用 ＋ 隔離した行 ＋ 対象地域の外 ＋ 終了（消えた行がないか）",
}
DESCRIPTION = f"""{inbox.TITLE}

受付箱（inbox/）に置かれた票。承認（michishirube approve）されるまで、何も公開しない

承認待ちの一覧は michishirube submissions"""


@dg.asset(
    key=KEY,
    group_name="sources",
    description=DESCRIPTION,
    owners=["team:stewards"],
    kinds={"inbox", "form"},
    tags={"set": "live", "kind": "submission"},
    check_specs=[dg.AssetCheckSpec(name, asset=KEY, description=text) for name, text in CHECKS.items()],
)
def inbox_asset(night: NightResource) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Take in all files, and show how many submissions wait for a steward."""
    tonight = night.tonight
    with sealed():
        run = inbox.take_in(tonight)
        approvals.approve_samples(tonight)
        waiting = approvals.waiting(tonight)
    metadata = {
        "dagster/row_count": run.accepted,
        **{title: getattr(run, count) for count, title in COUNTS.items()},
        "承認待ち": waiting,
        "前回から変化": "あり" if run.changed else "なし",
    }
    return dg.MaterializeResult(metadata=metadata, check_results=_checks(run, tonight))


def _checks(run: ingest.SourceRun, night: ingest.Night) -> list[dg.AssetCheckResult]:
    sheet = night.home / "sheets" / f"{inbox.ID}.xlsx"
    told = run.accepted + run.quarantined + run.out_of_area + run.ended
    findings = [_masked(finding) for finding in ingest.findings(inbox.ID, night.home)]
    newest = f"いちばん新しいファイルの届いた日 {run.dated}" if run.dated else "ファイルはありません"
    counted = f"読んだ行 {run.rows_read:,} ＝ 行き先のある行 {told:,}"
    return [
        checks.verdict("readable", KEY, run.rejected is None, run.rejected or "採用しました"),
        checks.result("findings", KEY, findings, 訂正票=dg.MetadataValue.path(sheet)),
        checks.verdict("fresh", KEY, True, newest),
        checks.verdict("conserved", KEY, run.rows_read == told, counted),
    ]


def _masked(finding: Finding) -> Finding:
    """The kind of the finding, and nothing of the file."""
    ja, en = messages.describe(finding.code)
    return Finding(
        code=finding.code,
        severity=finding.severity,
        source=inbox.ID,
        column=finding.column if finding.field else None,
        table=finding.table,
        field=finding.field,
        message_ja=ja,
        message_en=en,
    )
