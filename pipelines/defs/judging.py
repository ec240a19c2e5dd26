"""The job ``judge_pair``: a steward's judgement from the Launchpad, as from the command ``judge``.

Dagster keeps a run's config and shows it to whoever opens the UI; nothing else of a judgement is told to it. What a
judgement means is ``warehouse.judgements``'s.
"""

# No annotations of the future here: Dagster reads an op's config off its type, not off its name.

from enum import Enum

import dagster as dg
from pydantic import Field

from pipelines import settings
from pipelines.sealed import sealed

DESCRIPTION = """二つの記録（または公開されている id）が同じものかどうかの判断を、台帳に書く

次の夜間処理から効き、点数が変わってもずっと残る。一つになっているものをすぐに分けるには、michishirube judge を使う

**ここに書いたことは、この画面を開ける人みなに見え、残ります。why に、人の名前・電話番号・住所など、公開していない
ことを書かないでください。** 提出された票の記録の id（inbox: で始まる）も書かず、公開されている id を書いてください。

Writes a judgement on a pair. Everyone who can open this page sees the run config: no personal data, no addresses."""


class Verdict(Enum):
    """Are the two the same?"""

    SAME = "SAME"
    DIFFERENT = "DIFFERENT"
    UNSURE = "UNSURE"


class Kind(Enum):
    """Of which kind the two are."""

    organizations = "organizations"
    places = "places"
    services = "services"


class PairJudgement(dg.Config):
    """A judgement as it is filled in."""

    verdict: Verdict = Field(description="同じ（SAME）・違う（DIFFERENT）・分からない（UNSURE）")
    left_id: str = Field(description="一つ目の id。公開されている id、または記録の id")
    right_id: str = Field(description="二つ目の id")
    by: str = Field(description="判断した人")
    why: str = Field(description="理由。だれにでも見えるので、人の名前・電話番号・住所を書かない")
    kind: Kind | None = Field(
        default=None,
        description="記録の id のときだけ：団体（organizations）・拠点（places）・支援（services）のどれのことか",
    )


@dg.op(description="判断を台帳に書く")
def write_judgement(config: PairJudgement) -> None:
    """Write it down, or fail with the reason why not, which quotes nothing of what was filled in."""
    from warehouse import judgements

    refused = None
    with sealed():
        try:
            judgements.judge(
                settings.home(),
                config.verdict.value,
                config.left_id,
                config.right_id,
                config.by,
                config.why,
                settings.today(),
                config.kind and config.kind.value,
            )
        except judgements.JudgementError as error:
            refused = str(error)
    if refused:
        raise dg.Failure(description=refused, allow_retries=False)


@dg.job(executor_def=dg.in_process_executor, description=DESCRIPTION)
def judge_pair() -> None:
    """One judgement; it neither needs nor waits for a night."""
    write_judgement()
