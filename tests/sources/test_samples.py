"""The bundled samples: complete, invented throughout, and faulty only where they are meant to be."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from schemas import formats
from sources import catalog, forms, readers
from sources.catalog import Source
from sources.landing import LandedFile
from sources.readers import Rows
from tests.secrets_of_samples import SECRETS

FAULTY_AS_A_WHOLE = {"sample_html", "sample_tenth"}
UNMAPPED_ON_PURPOSE = {"sample_sodan": ["整理メモ"]}

SAMPLES = sorted(name for name, source in catalog.load_all().items() if source.set == "sample" or source.sample)
TABLES = [name for name in SAMPLES if name != "sample_html"]

# In Japan no exchange (市内局番) begins with 0 and no mobile number goes on with 0 after its prefix: such a number
# has the form of one and never rings. Free and shared-cost numbers have no such range; all zeros is nobody's.
SILENT = re.compile(
    r"""0?(?: 11 0\d+                                  # 札幌
            | 1[2-9]\d 0\d{3,7}                        # four-digit area codes, a fault may be short or long
            | 1[2-9]\d\d 0\d{4}                        # five-digit area codes
            | (?: 178 | 220 | 422 | 463 | 721 ) 0\d{5} # outside Hokkaido
            | [79]0 0\d+ )
      | 0120000000 | 0570000000 | 189 | \#9999""",
    re.VERBOSE,
)


def source(name: str) -> Source:
    return catalog.load(catalog.ROOT / name)


def files(name: str) -> list[Path]:
    sample = source(name)
    return [sample.folder / file for file in sample.sample or sample.fetch["files"]]


@cache
def text(name: str) -> str:
    """All that a sample's files say."""
    if name == "sample_html":
        return files(name)[0].read_text(encoding="utf-8")
    return "\n".join("\n".join((*row, *row.values())) for _, row in rows(name))


@cache
def _read(name: str) -> Rows:
    landed = [
        LandedFile(path.name, path, hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size)
        for path in files(name)
    ]
    return readers.read(landed, source(name).reader)


def rows(name: str) -> Iterator[tuple[str, dict[str, str]]]:
    """File name and cells by heading of every row, read as its ``source.yml`` says."""
    read = _read(name)
    for row in read.table.to_pylist():
        yield row["file"], {heading: row[f"c{place}"] or "" for place, heading in enumerate(read.header)}


@pytest.mark.parametrize("name", SAMPLES)
def test_is_a_sample_of_open_data(name: str) -> None:
    sample = source(name)
    assert sample.kind == "open-data"
    assert (sample.set, sample.fetch["protocol"]) == ("sample", "file") or sample.sample
    assert all(path.is_file() and path.parent == sample.folder for path in files(name))


@pytest.mark.parametrize("name", TABLES)
def test_every_column_is_mapped_or_ignored(name: str) -> None:
    sample = source(name)
    header = next(rows(name))[1].keys()
    told = {*sample.mapping.columns, *sample.mapping.ignore}
    assert [label for label in header if label not in told] == UNMAPPED_ON_PURPOSE.get(name, [])
    shared = sample.folder / "mapping.yml" not in sample.files
    assert shared or not [label for label in told if label not in header]


@pytest.mark.parametrize("name", [name for name in SAMPLES if name not in FAULTY_AS_A_WHOLE])
def test_size(name: str) -> None:
    bounds = source(name).bounds
    count = sum(1 for _ in rows(name))
    assert 5 <= count <= 200
    assert bounds["minimum_rows"] <= count <= bounds["maximum_rows"]


def test_the_two_that_are_faulty_as_a_whole() -> None:
    assert text("sample_html").lstrip().startswith("<!DOCTYPE html>")
    assert sum(1 for _ in rows("sample_tenth")) * 10 == source("sample_tenth").bounds["minimum_rows"]


def test_encodings() -> None:
    folder = catalog.ROOT
    assert (folder / "sample_ibasho/ibasho.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert not (folder / "sample_sodan/sodan.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    with pytest.raises(UnicodeDecodeError):
        (folder / "sample_shokuryo/shokuryo.csv").read_bytes().decode("utf-8")


@pytest.mark.parametrize("name", TABLES)
def test_no_telephone_number_can_ring(name: str) -> None:
    columns = {
        column
        for record in source(name).mapping.records
        if record.table == "contact_points" and record.constants["kind"] in ("phone", "fax")
        for column in record.cells["value"].columns
    }
    for _, row in rows(name):
        for column in columns:
            for number in re.split("、", unicodedata.normalize("NFKC", row.get(column, ""))):
                dialled = re.sub(r"\(内線.*|[^0-9#]", "", number)
                assert not dialled or SILENT.fullmatch(dialled), (column, row.get(column))


@pytest.mark.parametrize("name", SAMPLES)
def test_no_host_but_examples(name: str) -> None:
    host = re.compile(r"[a-z0-9@][a-z0-9.@-]*\.(?:jp|com|net|org)\b")
    for found in host.findall(unicodedata.normalize("NFKC", text(name)).lower()):
        assert re.search(r"(?:^|[.@])example\.jp$", found), found


@pytest.mark.parametrize("name", TABLES)
def test_no_corporate_number_of_a_registry(name: str) -> None:
    """Digits 2 to 5 are the registry's; there is no registry 9999."""
    columns = [
        column
        for record in source(name).mapping.records
        if "corporate_number" in record.cells
        for column in record.cells["corporate_number"].columns
    ]
    for _, row in rows(name):
        for column in columns:
            reading = formats.read("corporate_number", row.get(column, ""))
            assert reading.value is None or reading.value[1:5] == "9999", row


@pytest.mark.parametrize("name", ["sample_shogai", "sample_kaigo"])
def test_no_office_number_of_a_real_district(name: str) -> None:
    """Digits 4 and 5 are the district's; there is no district 99."""
    for _, row in rows(name):
        reading = formats.read("office_number", row["事業所番号"])
        assert reading.value is not None and reading.value[3:5] == "99", row["事業所番号"]


def test_the_same_bodies_stand_in_several_samples() -> None:
    seen: dict[str, set[str]] = {}
    for name in TABLES:
        for _, row in rows(name):
            reading = formats.read("corporate_number", row.get("法人番号", ""))
            if reading.value:
                seen.setdefault(reading.value, set()).add(name)
    assert sum(len(samples) == 2 for samples in seen.values()) >= 10
    assert sum(len(samples) >= 3 for samples in seen.values()) >= 3


def text_of_submissions() -> str:
    """All that the sample submissions say."""
    cells: list[str] = []
    for path in sorted((catalog.ROOT / "sample_inbox").glob("*.xlsx")):
        for layout in forms.layouts_of(path):
            read = forms.read(path.read_bytes(), path.name, layout)
            cells += (str(value) for row in read.table.to_pylist() for value in row.values())
    return "\n".join(cells)


def test_every_secret_stands_in_a_sample() -> None:
    whole = unicodedata.normalize("NFKC", text_of_submissions() + "".join(text(name) for name in SAMPLES))
    plain = whole.replace("-", "")
    for value in SECRETS:
        sought = unicodedata.normalize("NFKC", value)
        if sought.startswith("+81"):
            sought = "0" + sought.removeprefix("+81")
        assert sought in whole or sought in plain, value


def test_every_name_of_a_person_is_a_secret() -> None:
    for _, row in rows("sample_ibasho"):
        assert not {row["担当者名"], row["代表者名"]} - SECRETS.keys() - {""}


def test_no_secret_shows_where_it_would_be_published() -> None:
    """A string is a secret only if no public column of a sample holds it."""
    for name in TABLES:
        public = [
            column
            for record in source(name).mapping.records
            for field, cell in record.cells.items()
            if field in ("name", "name_kana", "description", "summary", "fee_note", "hours_note", "how_to_apply")
            for column in cell.columns
        ]
        for _, row in rows(name):
            for column in public:
                assert not [value for value in SECRETS if value in row.get(column, "")], (column, row)
