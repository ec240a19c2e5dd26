"""The command ``resolve`` without its command line: a CSV in, a CSV out, and what a person may do wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines import resolving
from pipelines.resolving import MisuseError

HEADING = "record_id,source,name,area,address,phone"
ROWS = (
    "b,offices,（株）みちしるべ,北海道旭川市,北海道旭川市6条通9丁目1-2,0166-00-0001",
    "a,register,株式会社みちしるべ,北海道旭川市,六条通九丁目１番２号,0166000001",
    "c,register,社会福祉法人べつの会,北海道函館市,若松町１番,0138-00-0001",
)


def written(folder: Path, *lines: str) -> Path:
    path = folder / "records.csv"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8-sig")
    return path


def test_every_record_has_its_entity(tmp_path: Path) -> None:
    out = tmp_path / "clusters.csv"
    told = resolving.run(written(tmp_path, HEADING, *ROWS), out, "organization")
    assert told == resolving.Resolved(records=3, entities=2, proposed=0)
    assert out.read_text(encoding="utf-8").splitlines() == ["record_id,entity_id", "a,a", "b,a", "c,c"]
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["clusters.csv", "records.csv"]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (("record_id,area", "a,北海道"), "name"),
        (("record_id,name", "a,みち", "a,しるべ"), "record_id「a」"),
        (("record_id,name", ",みち"), "record_id「」"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(tmp_path: Path, lines: tuple[str, ...], told: str) -> None:
    with pytest.raises(MisuseError, match=told):
        resolving.run(written(tmp_path, *lines), tmp_path / "out.csv", "organization")
    assert not (tmp_path / "out.csv").exists()


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(MisuseError, match="records"):
        resolving.run(tmp_path / "records.csv", tmp_path / "out.csv", "place")


def test_training_needs_the_truth(tmp_path: Path) -> None:
    with pytest.raises(MisuseError, match="truth"):
        resolving.train(written(tmp_path, HEADING, *ROWS), "organization", tmp_path / "model.json")
