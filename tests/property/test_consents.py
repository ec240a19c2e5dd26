"""Whatever a form says: nothing to which it does not consent, and nothing that nobody approved, is in a release."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publish import release
from sources import inbox
from tests.dropped import AS_OF, drop, take_in
from tests.pipeline.test_privacy_of_the_night import fold, texts
from tests.warehouse.accepted import row
from tests.warehouse.accepted import take_in as take_in_sources
from warehouse import build, submissions

SCOPES = st.sampled_from(["公開", "窓口を通して", "支援者の間だけ", "内部だけ"])
QUESTIONS = {
    "公開の範囲（団体名・活動）": ("existence", SCOPES),
    "公開の範囲（所在地）": ("address", st.sampled_from(["公開", "市町村まで", "非公開"])),
    "公開の範囲（電話・メール）": ("phone", SCOPES),
    "公開の範囲（代表者名）": ("person", SCOPES),
    "公開の範囲（説明文）": ("description", SCOPES),
}
TOLD = {
    "existence": {"団体の名称": "しるし{n}の会", "支援の名称": "しるし{n}食堂"},
    "address": {
        "所在地_連結表記（団体）": "北海道旭川市しるし{n}町1丁目",
        "所在地_連結表記（拠点）": "北海道旭川市しるし{n}町2丁目",
    },
    "phone": {"連絡先（電話）": "0166-00-098{n}", "連絡先（メール）": "shirushi{n}@shirushi{n}.example.jp"},
    "person": {"代表者名": "例野　しるし{n}"},
    "description": {"概要": "しるし{n}の概要です"},
}
"""What each field group says, in words that stand nowhere else."""

pytestmark = pytest.mark.usefixtures("few_areas")

FORMS = st.fixed_dictionaries({question: scopes for question, (_, scopes) in QUESTIONS.items()})


def answers(n: int, said: dict[str, str]) -> dict[str, str]:
    return said | {heading: text.format(n=n) for group in TOLD.values() for heading, text in group.items()}


def closed(n: int, said: dict[str, str], approved: bool) -> set[str]:
    """What must stand nowhere of that form, folded."""
    scopes = {group: said[question] for question, (group, _) in QUESTIONS.items()}
    groups = set(TOLD) if not approved or scopes["existence"] != "公開" else {g for g in TOLD if scopes[g] != "公開"}
    return {fold(text.format(n=n)) for group in groups for text in TOLD[group].values()}


@settings(max_examples=6, deadline=None)
@given(forms=st.lists(FORMS, min_size=3, max_size=3), approved=st.lists(st.booleans(), min_size=3, max_size=3))
def test_what_is_closed_is_in_no_byte_of_a_release(
    forms: list[dict[str, str]], approved: list[bool], tmp_path_factory: pytest.TempPathFactory
) -> None:
    home: Path = tmp_path_factory.mktemp("consents") / "home"
    take_in_sources(home, {"town": [row("1")]})
    drop(home, "回答.csv", *(answers(n, said) for n, said in enumerate(forms)))
    take_in(home)
    for one in submissions.listing(home, AS_OF):
        n = int(one.organization.removeprefix("しるし").removesuffix("の会"))
        try:
            if approved[n]:
                submissions.approve(home, one.id, "係", "電話", AS_OF)
        except submissions.DecisionError:
            assert forms[n]["公開の範囲（団体名・活動）"] != "公開"
    assert build.build(home, ["town", inbox.ID], AS_OF, "01", "live").broken == []
    published = release.publish(home, AS_OF)
    assert published is not None
    bytes_of = {path: fold("".join(texts(path))) for path in published.rglob("*") if path.is_file()}
    for n, (said, yes) in enumerate(zip(forms, approved, strict=True)):
        wanted = closed(n, said, yes)
        assert not [(path.name, word) for path, text in bytes_of.items() for word in wanted if word in text]
        if yes and said["公開の範囲（団体名・活動）"] == "公開":
            assert any(fold(f"しるし{n}食堂") in text for text in bytes_of.values())
