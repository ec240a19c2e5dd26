"""The one run-config resource: what a night is told, the same for the command line, the schedule and the Launchpad.

Also the executor of every run. What a night does with it is in the assets.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import dagster as dg
from pydantic import Field, PrivateAttr

from pipelines import lock, settings
from pipelines.nightly import PROCESS_TAG, fail_dead_runs
from schemas import rulebook
from sources.ingest import Night

WAIT_SECONDS = 900.0
"""How long a run that the schedule or a person started waits for another night."""


class NightResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """A night's date, sources and area. While a run uses it, that run holds the night's lock."""

    as_of: str = Field(default="", description="基準日（YYYY-MM-DD）。空欄なら今日（東京）")
    mirror: str = Field(default="", description="取得元の代わりに読むフォルダ。空欄なら使わない")
    prefecture: str = Field(default="01", description="対象の都道府県（01 北海道）または all")
    source_set: str = Field(default="", description="sample または live。空欄なら MICHISHIRUBE_SET")

    _night: Night = PrivateAttr()

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[NightResource]:
        """Take the lock, clear up after dead runs, and fix the date for the whole run."""
        home = settings.home()
        if context.instance is not None and context.run_id is not None:
            context.instance.add_run_tags(context.run_id, {PROCESS_TAG: str(os.getpid())})
        with lock.hold(home, wait=WAIT_SECONDS):
            if context.instance is not None:
                fail_dead_runs(context.instance, keep=context.run_id)
            self._night = self.night()
            yield self

    def night(self) -> Night:
        """The night that this config describes; ``ValueError`` where it describes none."""
        mirror = Path(self.mirror) if self.mirror else None
        if self.prefecture != "all" and self.prefecture not in rulebook.codes("prefectures"):
            raise ValueError(f"prefecture は 01 のような2桁か all です: {self.prefecture}")
        told = self.source_set
        if told and (told not in ("sample", "live", "mirror") or (told == "mirror") != (mirror is not None)):
            raise ValueError("source_set は sample か live、mirror を使うときはそのフォルダも書いてください")
        return Night(
            home=settings.home(),
            as_of=date.fromisoformat(self.as_of) if self.as_of else settings.today(),
            prefecture=self.prefecture,
            mirror=mirror,
            source_set=self.source_set or settings.source_set(mirror),
        )

    @property
    def tonight(self) -> Night:
        """The night of the running run."""
        return self._night


@dg.definitions
def defs() -> dg.Definitions:
    """The resource, and one process for every run: a process for each step costs seconds each."""
    return dg.Definitions(resources={"night": NightResource()}, executor=dg.in_process_executor)
