"""A steward judges pairs: from the command line, from the Launchpad, and with all that is needed laid out."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any, get_args

import dagster as dg
import duckdb
import pytest
from typer.testing import CliRunner, Result

from pipelines import cli, judging, nightly
from pipelines.definitions import defs
from pipelines.defs.judging import Kind, Verdict
from schemas.sql import make_table
from warehouse import judgements, ledger
from warehouse.resolution import model

MEMBERS = [
    ("organizations", "hoken:1", "hoken", "oa"),
    ("organizations", "machi:1", "machi", "oa"),
    ("organizations", "machi:2", "machi", "ob"),
    ("organizations", "inbox:ためしの会 旭川", "inbox", "oc"),
    ("places", "hoken:1", "hoken", "pa"),
    ("places", "machi:1", "machi", "pb"),
    ("services", "hoken:1", "hoken", "sa"),
]
COMPARED = [
    ("organizations", "hoken:1", "hoken", "ためしの会", "タメシノカイ", "旭川市", "ためし町1-2", "0166-00-0001", "https://a.example.jp"),
    ("organizations", "machi:1", "machi", "NPO法人ためしの会", None, "旭川市", None, "0166-00-0001", None),
    ("organizations", "machi:2", "machi", "ためし\x1b[31mの会", None, "旭川市", None, None, None),
    ("organizations", "inbox:ためしの会 旭川", "inbox", "ためしの会", None, None, None, None, None),
    ("places", "hoken:1", "hoken", "ためしの家", None, "旭川市", "ためし町1-2", None, None),
    ("places", "machi:1", "machi", "ためしの家", None, "旭川市", "ためし町1-2", None, None),
    ("services", "hoken:1", "hoken", "ためし食堂", None, None, None, None, None),
]  # fmt: skip
NAME = {"comparison": "name", "title": "名称", "level": "same", "ja": "名称が同じ", "weight": 5.25}
PHONE = {"comparison": "place", "title": "連絡先", "level": "phone", "ja": "電話番号が同じ", "weight": 6.5}
PAIRS = [
    ("organizations", "hoken:1", "machi:1", 9.5, "merged", [NAME, PHONE]),
    ("organizations", "hoken:1", "machi:2", 2.0, "proposed", [NAME]),
    ("organizations", "inbox:ためしの会 旭川", "machi:2", None, "apart", [{"ja": "法人番号が違う"}]),
    ("places", "hoken:1", "machi:1", 4.5, "proposed", [NAME]),
]
QUEUE = [(1, PAIRS[3], "pa", "pb"), (2, PAIRS[1], "oa", "ob")]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "accepted").mkdir()
    with ledger.opened(tmp_path) as book:
        for kind, record, _, entity in MEMBERS:
            if entity not in ledger.known_ids(book):
                ledger.mint(book, kind, [entity], "2026-11-01")
            ledger.remember(book, kind, [(record, entity)], "2026-11-01")
        ledger.mint(book, "organizations", ["old"], "2026-11-01")
        ledger.redirect(book, "organizations", "merged", [("old", "oa")], "2026-11-02", "理由")
    build(tmp_path / "warehouse.duckdb")
    return tmp_path


def build(path: Path) -> None:
    """A warehouse of those records, as a night leaves it."""
    pairs = [(*pair[:5], json.dumps(pair[5], ensure_ascii=False)) for pair in PAIRS]
    queue = [(rank, p[0], left, right, p[1], p[2], p[3], json.dumps(p[5])) for rank, p, left, right in QUEUE]
    told: dict[str, tuple[str, list[tuple[Any, ...]]]] = {
        "members": ("kind record_id source entity_id", list(MEMBERS)),
        "compared": ("kind record_id source name name_kana area address phone url", list(COMPARED)),
        "pairs": ("kind left_id right_id weight band reasons", list(pairs)),
        "review_queue": ("rank kind left_entity right_entity left_id right_id weight reasons", list(queue)),
        "source_runs": ("source title", [("hoken", "保健の名簿"), ("machi", "町の一覧")]),
    }
    with duckdb.connect(str(path)) as con:
        for name, (columns, rows) in told.items():
            cells = dict(zip(columns.split(), zip(*rows, strict=True), strict=True))
            make_table(con, "given", cells, **({"weight": "DOUBLE", "rank": "BIGINT"} if "weight" in cells else {}))
            con.execute(f"CREATE TABLE {name} AS FROM given")
        for name in ("fax", "corporate_number"):
            con.execute(f"ALTER TABLE compared ADD COLUMN {name} VARCHAR")


def say(home: Path, *words: str) -> Result:
    return CliRunner().invoke(cli.app, [*words, "--home", str(home)])


def words(home: Path) -> list[tuple[str, ...]]:
    with ledger.opened(home) as book:
        return [(one.kind, one.verdict, one.left_id, one.right_id, one.by, one.why) for one in ledger.judgements(book)]


# -- judge


def test_a_judgement_is_written_and_waits_for_the_night(home: Path) -> None:
    told = say(home, "judge", "SAME", "ob", "oa", "--by", "係", "--why", "電話で確認")
    assert (told.exit_code, told.stdout) == (0, "oa と ob を「同じ」としました。次の夜間処理から効きます。\n")
    assert words(home) == [("organizations", "SAME", "oa", "ob", "係", "電話で確認")]
    again = say(home, "judge", "SAME", "oa", "ob", "--by", "係", "--why", "電話で確認")
    assert again.exit_code == 0 and "もう書いてあります" in again.stderr and len(words(home)) == 1


def test_an_old_id_is_followed_and_told(home: Path) -> None:
    told = say(home, "judge", "UNSURE", "old", "ob", "--by", "係", "--why", "不明")
    assert "old は、いまは oa です。" in told.stdout and words(home)[0][2:4] == ("oa", "ob")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (("SAME", "oa", "nobody", "--by", "係", "--why", "理由"), "二つ目の id は"),
        (("SAME", "hoken:1", "machi:1", "--by", "係", "--why", "理由"), "kind：organizations、places"),
        (("SAME", "oa", "pa", "--by", "係", "--why", "理由"), "Two different kinds"),
        (("SAME", "oa", "ob", "--by", " ", "--why", "理由"), "--by に何も"),
        (("SAME", "oa", "ob", "--by", "係", "--why", ""), "--why に何も"),
        (("MAYBE", "oa", "ob", "--by", "係", "--why", "理由"), "MAYBE"),
    ],
)
def test_what_cannot_be_judged_is_said(home: Path, said: tuple[str, ...], why: str) -> None:
    told = say(home, "judge", *said)
    assert told.exit_code == 2 and why in told.stderr and words(home) == []


def test_a_home_without_a_night_is_told(tmp_path: Path) -> None:
    for said in (("judge", "SAME", "oa", "ob", "--by", "係", "--why", "理由"), ("review",)):
        told = say(tmp_path, *said)
        assert told.exit_code == 2 and "michishirube nightly" in told.stderr


@pytest.mark.parametrize(("outcome", "code"), [("released", 0), ("stopped", 3), ("failed", 1)])
def test_parting_what_is_one_takes_effect_at_once(
    home: Path, monkeypatch: pytest.MonkeyPatch, outcome: str, code: int
) -> None:
    served = []

    def republish(at: Path) -> nightly.NightResult:
        served.append((at, words(at)))
        return nightly.NightResult(outcome, at / "releases/2026-11-23.2", (), {}, "", ())

    # How a decision is published anew is tested with the real night (tests/pipeline); here, that it is asked for.
    monkeypatch.setattr(nightly, "republish", republish)
    said = ("hoken:1", "machi:1", "--kind", "organizations", "--by", "係", "--why", "別の団体")
    assert say(home, "judge", "SAME", *said).exit_code == 0 and served == []
    told = say(home, "judge", "DIFFERENT", *said)
    assert told.exit_code == code and "次の夜間処理" not in told.stdout
    assert served == [(home, words(home))] and "2026-11-23.2" in told.output
    say(home, "judge", "DIFFERENT", "oa", "ob", "--by", "係", "--why", "別の団体")
    assert len(served) == 1


# -- review


def test_the_queue_lays_both_side_by_side_with_reasons_and_the_command(home: Path) -> None:
    told = say(home, "review")
    assert told.exit_code == 0
    first, second, end = told.stdout.split("\n\n")
    assert first.splitlines()[:6] == [
        "1　拠点　重み +4.50",
        "  id　pa　｜　pb",
        "  記録　hoken:1　｜　machi:1",
        "  出典　保健の名簿　｜　町の一覧",
        "  名称　ためしの家　｜　ためしの家",
        "  市区町村　旭川市　｜　旭川市",
    ]
    start = model.reviewed("organization").start
    assert f"理由：名称が同じ（+5.25）、どの組も持つ、はじめの重み（{start:+.2f}）" in second
    assert "電話　0166-00-0001　｜　（なし）" in second and "ファックス" not in second
    assert end == "判断待ち 2 組\n"


def test_the_command_that_is_shown_can_be_copied_once_it_is_filled_in(home: Path) -> None:
    shown = re.findall(r"michishirube (judge .*)", say(home, "review").stdout)
    assert len(shown) == 6
    unfilled = CliRunner().invoke(cli.app, shlex.split(shown[0]))
    assert unfilled.exit_code == 2 and "--by に何も" in unfilled.stderr
    filled = shown[1].replace("--by ''", "--by 係").replace("--why ''", "--why 別")
    assert CliRunner().invoke(cli.app, shlex.split(filled)).exit_code == 0
    assert words(home) == [("places", "DIFFERENT", "pa", "pb", "係", "別")]


def test_what_was_judged_since_the_night_is_marked(home: Path) -> None:
    for said in (("UNSURE", "oa", "ob"), ("DIFFERENT", "hoken:1", "machi:2")):
        assert say(home, "judge", *said, "--kind", "organizations", "--by", "係", "--why", "電話で確認").exit_code == 0
    told = say(home, "review").stdout
    _, second, end = told.split("\n\n")
    assert "もう書いてある判断：違う（係、" in second and "）電話で確認" in second and told.count("書いてある判断") == 1
    assert end == "判断待ち 1 組（ほかに、もう判断したもの 1 組）\n"
    assert json.loads(say(home, "review", "--json").stdout)[1]["judged"]["verdict"] == "DIFFERENT"


def test_a_kind_of_the_queue(home: Path) -> None:
    told = say(home, "review", "--kind", "organizations").stdout
    assert told.startswith("1　団体") and told.endswith("判断待ち 1 組\n")
    assert say(home, "review", "--kind", "services").stdout == "判断待ち 0 組\n"


@pytest.mark.parametrize("id", ["oa", "old", "machi:1"])
def test_what_an_entity_is_made_of_and_why(home: Path, id: str) -> None:
    told = say(home, "review", id, "--kind", "organizations").stdout
    assert told.startswith(
        "団体　oa　記録 2 件\n  hoken:1　出典 保健の名簿　名称 ためしの会　名称（カナ） タメシノカイ"
    )
    assert "  machi:1　出典 町の一覧　名称 NPO法人ためしの会" in told
    assert "hoken:1　｜　machi:1　重み +9.50：名称が同じ（+5.25）、電話番号が同じ（+6.50）" in told
    assert "違うなら：michishirube judge DIFFERENT hoken:1 machi:1 --kind organizations --home" in told
    assert "同じかもしれないもの\n  団体　重み +2.00\n    id　oa　｜　ob" in told
    assert "法人番号が違う" not in told


def test_a_row_that_tells_of_several_kinds_shows_all_of_them(home: Path) -> None:
    told = say(home, "review", "hoken:1").stdout
    assert [line for line in told.splitlines() if "　記録 " in line and line[0] != " "] == [
        "団体　oa　記録 2 件", "拠点　pa　記録 1 件", "支援・活動　sa　記録 1 件",
    ]  # fmt: skip
    assert "名称 ためし食堂" in told


def test_a_name_cannot_steer_the_terminal(home: Path) -> None:
    for said in (("review",), ("review", "ob")):
        told = say(home, *said).stdout
        assert "\x1b" not in told and "ためし\ufffd[31mの会" in told


def test_an_id_that_nothing_bears_is_told(home: Path) -> None:
    told = say(home, "review", "nobody")
    assert told.exit_code == 2 and "いまはありません" in told.stderr


def test_a_warehouse_of_an_earlier_version_is_told(home: Path) -> None:
    with duckdb.connect(str(home / "warehouse.duckdb")) as con:
        con.execute("DROP TABLE review_queue")
    told = say(home, "review")
    assert told.exit_code == 2 and "michishirube nightly" in told.stderr


def test_all_of_it_as_json(home: Path) -> None:
    pairs = json.loads(say(home, "review", "--json").stdout)
    assert [(pair["kind"], pair["left"]["entity_id"], pair["weight"]) for pair in pairs] == [
        ("places", "pa", 4.5), ("organizations", "oa", 2.0),
    ]  # fmt: skip
    assert pairs[0]["reasons"][0] == {"ja": "名称が同じ", "weight": 5.25}
    [entity] = json.loads(say(home, "review", "oa", "--json").stdout)
    assert [record["record_id"] for record in entity["records"]] == ["hoken:1", "machi:1"]
    assert [pair["band"] for pair in (*entity["merged"], *entity["proposed"])] == ["merged", "proposed"]


# -- the Launchpad


def leaked(events: str, *told: str) -> list[str]:
    """What of it stands in the events, as it is or as JSON writes it."""
    return [text for text in told if text in events or json.dumps(text)[1:-1] in events]


def run(home: Path, monkeypatch: pytest.MonkeyPatch, **filled: str) -> tuple[dg.ExecuteInProcessResult, str]:
    """The real job on what was filled in; what came of it, and all that Dagster wrote of it but the config."""
    monkeypatch.setenv("MICHISHIRUBE_HOME", str(home))
    with dg.DagsterInstance.ephemeral() as instance:
        done = (
            defs()
            .resolve_job_def("judge_pair")
            .execute_in_process(
                run_config={"ops": {"write_judgement": {"config": filled}}}, instance=instance, raise_on_error=False
            )
        )
        events = "\n".join(dg.serialize_value(entry) for entry in instance.all_logs(done.run_id))
    return done, events


def test_the_launchpad_writes_what_the_command_writes(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled = {"left_id": "machi:1", "right_id": "hoken:1", "by": "係の人", "why": "電話で確認"}
    done, events = run(home, monkeypatch, verdict="SAME", kind="places", **filled)
    assert done.success
    assert words(home) == [("places", "SAME", "hoken:1", "machi:1", "係の人", "電話で確認")]
    assert leaked(events, *filled.values()) == [] and "write_judgement" in events


def test_what_the_launchpad_refuses_is_said_without_what_was_filled_in(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled = {"left_id": "oa", "right_id": "nobody:77", "by": "係の人", "why": "電話で確認"}
    done, events = run(home, monkeypatch, verdict="DIFFERENT", **filled)
    failure = done.get_step_failure_events()[0].step_failure_data.user_failure_data
    assert not done.success and failure is not None and (failure.description or "").startswith("二つ目の id は")
    assert leaked(events, "nobody:77", "係の人", "電話で確認") == []
    assert words(home) == []


def test_an_error_of_ours_tells_no_value(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "warehouse.duckdb").write_text("電話で確認", encoding="utf-8")
    done, events = run(home, monkeypatch, verdict="SAME", left_id="oa", right_id="ob", by="係の人", why="電話で確認")
    assert not done.success and "IOException" in events
    assert leaked(events, "係の人", "電話で確認") == []


def test_the_launchpad_needs_no_night_and_warns_of_what_is_seen() -> None:
    job = defs().resolve_job_def("judge_pair")
    assert "night" not in job.required_resource_keys
    assert "見え" in (job.description or "") and "住所" in (job.description or "")
    [op] = [node.definition for node in job.nodes]
    fields: dict[str, Any] = op.config_schema.config_type.fields  # type: ignore[union-attr]
    assert set(fields) == {"verdict", "left_id", "right_id", "by", "why", "kind"}
    assert all(field.description for field in fields.values())
    assert not fields["kind"].is_required and fields["why"].is_required


def test_all_ask_for_the_same_words() -> None:
    assert get_args(judging.Verdict) == judgements.VERDICTS == tuple(one.value for one in Verdict)
    assert get_args(judging.Kind) == judgements.KINDS == tuple(one.value for one in Kind)
