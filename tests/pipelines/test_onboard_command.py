"""``michishirube onboard`` as a person runs it: its drafts load, and a night runs on them."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from pipelines import onboarding
from sources import catalog, forms, ingest
from sources.ingest import Night, SourceRun

SOURCES = catalog.ROOT


def onboard(*words: str | Path) -> tuple[int, str]:
    app = typer.Typer()
    app.command()(onboarding.onboard)
    done = CliRunner().invoke(app, [str(word) for word in words])
    return done.exit_code, done.output


def night_of(folder: Path, home: Path) -> SourceRun:
    """The draft as it was written, taken through a night."""
    night = Night(home=home, as_of=date(2026, 4, 1), prefecture="01", mirror=None, source_set="sample")
    return ingest.ingest(catalog.load(folder), night)


def shien() -> list[dict[str, str]]:
    with (SOURCES / "hokkaido_npo_support" / "shien.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def tsv(path: Path) -> Path:
    lines = [list(shien()[0]), *([cell.replace("\n", " ") for cell in row.values()] for row in shien())]
    path.write_text("".join("\t".join(line) + "\r\n" for line in lines), encoding="utf-16")
    return path


def nested(path: Path) -> Path:
    told = {"updated": "2026-04-01", "result": {"items": shien()}}
    path.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    return path


def points(path: Path) -> Path:
    features = [
        {"type": "Feature", "properties": row, "geometry": {"type": "Point", "coordinates": [142.3, 43.7]}}
        for row in shien()
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def bundled(*parts: str) -> Callable[[Path], Path]:
    return lambda _: SOURCES.joinpath(*parts)


@pytest.mark.parametrize(
    ("name", "make", "reader", "least"),
    [
        ("csv", bundled("hokkaido_npo_support", "shien.csv"), {"format": "csv", "encoding": "utf-8"}, 0.7),
        ("cp932", bundled("npo_portal", "gyousei_000.csv"), {"format": "csv", "encoding": "cp932"}, 0.0),
        ("zukan", bundled("sample_zukan", "zukan.xlsx"), {"format": "xlsx", "header_row": [4, 5]}, 0.9),
        ("machi", bundled("sample_machi", "ibasho.xlsx"), {"format": "xlsx", "header_row": 2}, 0.9),
        ("koukyou", bundled("sample_koukyou", "012041_public_facility.csv"), {"format": "csv"}, 0.7),
        ("tsv", tsv, {"format": "csv", "encoding": "utf-16", "delimiter": "\t"}, 0.7),
        ("json", nested, {"format": "json", "records": "result.items"}, 0.7),
        ("geojson", points, {"format": "geojson"}, 0.7),
    ],
)
def test_a_draft_loads_and_runs_through_a_night(
    tmp_path: Path, name: str, make: Callable[[Path], Path], reader: dict[str, object], least: float
) -> None:
    out = tmp_path / f"draft_{name}"
    code, said = onboard(make(tmp_path / f"file.{name}"), "--out", out)
    assert code == 0 and "要確認" in said and str(out) in said
    source = catalog.load(out)
    assert source.reader.items() >= reader.items() and source.set == "sample"
    assert source.licence["licence_status"] == "unknown"
    marks = (out / "source.yml").read_text(encoding="utf-8").count(": 要確認")
    assert f"「要確認」が {marks} か所" in said and "set: sample" in said and marks >= 5
    run = night_of(out, tmp_path / "home")
    assert run.rejected is None and run.rows_read >= 14
    assert run.accepted >= least * run.rows_read, run


def test_a_draft_says_why_in_japanese(tmp_path: Path) -> None:
    onboard(SOURCES / "sample_zukan" / "zukan.xlsx", "--out", tmp_path / "zukan")
    told = (tmp_path / "zukan" / "mapping.yml").read_text(encoding="utf-8")
    assert "よくある見出し" in told and "として読める" in told and "決められませんでした" in told
    assert (tmp_path / "zukan" / "zukan.xlsx").exists()


def test_a_standard_file_needs_no_mapping(tmp_path: Path) -> None:
    code, said = onboard(SOURCES / "sample_koukyou" / "012041_public_facility.csv", "--out", tmp_path / "koukyou")
    assert code == 0 and "ods_public_facility" in said
    assert not (tmp_path / "koukyou" / "mapping.yml").exists()
    assert catalog.load(tmp_path / "koukyou").mapping == catalog.layout("ods_public_facility")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<html><body>Not found</body></html>", "HTML"),
        (b"", "何も書かれていません"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "文字ではないデータ"),
    ],
)
def test_what_is_no_table_is_misuse(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "file.csv").write_bytes(content)
    code, told = onboard(tmp_path / "file.csv", "--out", tmp_path / "draft")
    assert code == 2 and said in told and not (tmp_path / "draft").exists()


@pytest.mark.parametrize("kind", forms.kinds())
def test_a_form_belongs_into_the_inbox(tmp_path: Path, kind: str) -> None:
    (tmp_path / "form.xlsx").write_bytes(forms.write(kind))
    code, told = onboard(tmp_path / "form.xlsx", "--out", tmp_path / "draft")
    assert code == 2 and "inbox" in told and not (tmp_path / "draft").exists()


def test_misuse_of_names_is_told(tmp_path: Path) -> None:
    file = SOURCES / "sample_zukan" / "zukan.xlsx"
    code, told = onboard(file, "--out", tmp_path / "しるべ")
    assert code == 2 and "小文字の英数字" in told
    code, told = onboard(file, "--out", tmp_path)
    assert code == 2 and not (tmp_path / "source.yml").exists()
    (tmp_path / "there").mkdir()
    code, told = onboard(file, "--out", tmp_path / "there")
    assert code == 2 and "もうあります" in told and not list((tmp_path / "there").iterdir())
    code, told = onboard(tmp_path / "none.csv", "--out", tmp_path / "draft")
    assert code == 2 and "開けません" in told
