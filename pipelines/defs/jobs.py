"""The job of every night, and what starts it: the schedule, and a file in the inbox. What it does is in the assets."""

from __future__ import annotations

import dagster as dg

from pipelines import settings
from pipelines.defs.resources import NightResource
from pipelines.keys import JOB
from pipelines.nightly import selection
from sources import inbox

nightly = dg.define_asset_job(
    JOB,
    selection=dg.AssetSelection.all(),
    executor_def=dg.in_process_executor,
    description="毎晩の処理：取り込み、検証、統合、検査、公開",
)


@dg.schedule(
    job=nightly,
    cron_schedule="0 2 * * *",
    execution_timezone=str(settings.TOKYO),
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="毎日午前2時（東京）",
)
def nightly_at_two(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """A night of the tick's date in Tokyo, on the sources of its set."""
    as_of = context.scheduled_execution_time.astimezone(settings.TOKYO).date().isoformat()
    night = NightResource(as_of=as_of)
    return dg.RunRequest(
        run_key=as_of,
        run_config=dg.RunConfig(resources={"night": night}),
        asset_selection=selection(night.night()),
    )


@dg.sensor(
    job=nightly,
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="受付箱（inbox/）にファイルが置かれたら、一度だけ夜間処理をする",
)
def inbox_filled(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """A run of today for what lies in the inbox, once for the same contents."""
    home = settings.home()
    contents = inbox.contents(home)
    if contents is None or contents == inbox.taken_in(home):
        return dg.SkipReason("受付箱に新しいファイルはありません")
    night = NightResource(as_of=settings.today().isoformat())
    return dg.RunRequest(
        run_key=contents,
        run_config=dg.RunConfig(resources={"night": night}),
        asset_selection=selection(night.night()),
    )
