"""Every source says whose it is in the words that its terms ask for; a person's confirmation is a name and a day."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from sources import catalog, inbox, ingest

SOURCES = catalog.load_all().values()


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.id)
def test_an_attribution_names_the_origin_the_terms_and_that_it_was_edited(source: catalog.Source) -> None:
    told = source.licence["attribution"]
    assert told.startswith("出典：") and told.endswith("を加工して作成")
    assert source.home_page in told
    if source.licence["licence_status"] != "unknown":
        assert source.licence["url"] in told
    else:
        assert "CC BY" not in told


def test_what_is_submitted_is_attributed_too() -> None:
    told = inbox.LICENCE["attribution"]
    assert told.startswith("出典：") and told.endswith("を加工して作成")


def written(folder: Path, confirmed: str) -> Path:
    """A source like ``sample_machi`` whose terms somebody confirmed in these words."""
    told: dict[str, Any] = yaml.safe_load((catalog.ROOT / "sample_machi" / "source.yml").read_text(encoding="utf-8"))
    told["licence"]["licence_status"] = "unknown"
    folder = folder / "sample_machi"
    folder.mkdir()
    text = yaml.safe_dump(told, allow_unicode=True)
    text = text.replace("licence:\n", f"licence:\n  confirmed: {confirmed}\n")
    (folder / "source.yml").write_text(text, encoding="utf-8")
    mapping = (catalog.ROOT / "sample_machi" / "mapping.yml").read_text(encoding="utf-8")
    (folder / "mapping.yml").write_text(mapping, encoding="utf-8")
    return folder


@pytest.mark.parametrize("day", ["2026-11-20", '"2026-11-20"'])
def test_a_confirmation_is_a_name_and_a_day_with_or_without_quotes(tmp_path: Path, day: str) -> None:
    source = catalog.load(written(tmp_path, f"{{by: 確認 花子, date: {day}}}"))
    assert source.licence_confirmed == "2026-11-20"
    assert ingest._facts(source)["licence_confirmed"] == "2026-11-20"
    assert "花子" not in repr(ingest._facts(source))


@pytest.mark.parametrize("told", ["true", "{by: 花子}", "{date: 2026-11-20}", "{by: 花子, date: 先週}"])
def test_half_a_confirmation_is_refused(tmp_path: Path, told: str) -> None:
    with pytest.raises(catalog.CatalogError, match="confirmed"):
        catalog.load(written(tmp_path, told))


def test_a_source_that_nobody_confirmed_says_nothing() -> None:
    assert ingest._facts(catalog.load_all()["wam_shogai"])["licence_confirmed"] is None
