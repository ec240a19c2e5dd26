"""A project of invented sources with secrets in every private field, one source for each way in which files come.

What is planted is said here (:data:`SECRETS`), each as
:func:`fold` leaves it. What must be true of a night over them is the tests'.
"""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import unicodedata
import zipfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import ahocorasick_rs
import openpyxl
import yaml

from tests.nights import ROOT
from tests.warehouse.accepted import HEADINGS, MAPPING, corporate_number, office_number, row

PACKAGES = ("schemas", "sources", "warehouse", "publish", "pipelines")
PRIVATE = ("担当者名", "整理メモ")
"""Columns of every source that no field is made of: one that the mapping ignores, one that nobody has decided on."""

WAYS: dict[str, dict[str, Any]] = {
    "あかね": {"format": "csv", "encoding": "utf-8"},
    "いぶき": {"format": "csv", "encoding": "cp932"},
    "うすゆき": {"format": "csv", "encoding": "utf-16", "delimiter": "\t"},
    "えんじゅ": {"format": "xlsx"},
    "おぎ": {"format": "json"},
    "かすみ": {"format": "geojson"},
    "きはだ": {"format": "csv", "encoding": "utf-8", "header_row": 0, "labels": [*HEADINGS, *PRIVATE]},
    "くこ": {"format": "zip_csv", "encoding": "utf-8"},
}
"""A word that marks all that one source hides → how its file is read."""

SPACES = re.compile(r"[\s\-‐‑‒–—―−─━ｰー﹣－・()（）]|\\u3000|&#12288;")
SECRETS: dict[str, str] = {}


def fold(text: str) -> str:
    """``text`` without differences of width, case, kana, hyphen, bracket and space."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return SPACES.sub("", plain.translate({code: code - 0x60 for code in range(ord("ァ"), ord("ヶ"))}))


def plant(what: str, told: str) -> None:
    """From here on ``told`` is a secret; of a telephone number and a postal code the first 0 does not matter."""
    SECRETS[what] = fold(told).lstrip("0")


def found_in(text: str) -> set[str]:
    """The secrets in ``text``, however they are written there. A number is one only if no longer number or checksum
    has it inside, and if it is not the seconds of a time of day; of coordinates the beginning counts.
    """
    folded = fold(text)
    found = set()
    for which, start, end in _search(tuple(SECRETS.values())).find_matches_as_indexes(folded, overlapping=True):
        core = list(SECRETS.values())[which]
        number = NUMBER.fullmatch(core)
        before = folded[max(start - 4, 0) : start]
        alone = BEFORE.search(before) and ("." in core or not HEX.match(folded[end : end + 1]))
        if not number or (alone and not MINUTE.search(before)):
            found.add(core)
    return found


@cache
def _search(secrets: tuple[str, ...]) -> ahocorasick_rs.AhoCorasick:
    return ahocorasick_rs.AhoCorasick(secrets)


NUMBER, HEX, BEFORE = re.compile("[0-9.]+"), re.compile("[0-9a-f]"), re.compile(r"(?:^|[^0-9a-f.])\+?(?:81|0)?$")
MINUTE = re.compile("[0-9]:$")


def wide(text: str) -> str:
    """Full-width letters and digits."""
    return text.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)})


def rows(number: int, word: str) -> list[dict[str, str]]:
    """What the source of ``word`` tells: a shelter, a home, a record with a person's own number, and a public one."""
    n, site = f"{number:02}", f"{number}hisoka.example.jp"
    shelter = row(
        f"{word}a",
        organization__corporate_number=wide(corporate_number(700 + number)),
        organization__address=f"北海道函館市{word}のもと町２丁目３番{number}号",
        organization__address_building=f"{word}のもと荘の裏の建物",
        organization__postal_code=f"〒041－91{n}",
        organization__url=f"https://dantai{site}/",
        organization__representative_name=f"例野　{word}たろう",
        organization__address_visibility="非公開",
        service__service_type="シェルター",
        service__summary=f"{word}のさと駅の北口のむらさきの家",
        service__description=f"{word}のさと坂をのぼった、しろい壁の家です。",
        service__office_number=wide(office_number(7000 + number)),
        service__area_scope="municipality",
        service__area_codes="012025",
        service__url=f"https://www.yado{site}/index.html",
        place__name=f"{word}のやどり場",
        place__address=f"函館市{word}のやど町二丁目{number}番地の５",
        place__address_building=f"{word}のやど荘の離れの部屋",
        place__postal_code=wide(f"041-92{n}"),
        place__latitude=f"41.8{n}1234",
        place__longitude=f"140.9{n}1234",
        place__access=f"{word}のやど駅から徒歩３分",
        phone__value=wide(f"(0138)00-91{n}"),
        fax__value=f"０１３８ー００ー９２{n}",
        form__value=f"https://form{site}/uketsuke",
        organization_phone__value=f"0138 00 93{n}",
        place_phone__value=f"+81 138 00 94{n}",
        **_private(word, "まる"),
    )
    home = row(
        f"{word}b",
        organization__representative_name=f"見本木 {word}こ",
        service__service_type="共同生活援助",
        service__url=f"https://www.open{site}/",
        place__address=f"旭川市{word}のすまい通５条６丁目{number}番",
        place__address_building=f"{word}のすまい荘の南の棟",
        place__postal_code=f"07091{n}",
        place__latitude=f"43.7{n}1234",
        place__longitude=f"142.6{n}1234",
        place__access=f"{word}のすまい停留所の前",
        **_private(word, "しかく"),
    )
    personal = row(
        f"{word}c",
        organization__representative_name=f"仮名川{word}み",
        phone__value=wide(f"0120-000-9{n}"),
        email__value=f"kojin{n}@mail.example.jp",
        fax__value=f"{word}のファクスは内緒",
        organization__address=f"小樽市ひろば町{number}丁目1番1号",
        **_private(word, "さんかく"),
        **{"phone.personal": "true"},
    )
    public = row(
        f"{word}d", organization__address=f"小樽市ひろば町{number}丁目2番2号", service__url=f"https://koukai{site}/",
        place__address=f"小樽市ひろば町{number}丁目2番2号", phone__value=f"0134-00-91{n}", **_private(word, "ばつ"),
    )  # fmt: skip
    _plant_rows(number, word)
    return [dict(one) for one in (shelter, home, personal, public)]


def _private(word: str, sign: str) -> dict[str, str]:
    return {"担当者名": f"架空谷{word}{sign}", "整理メモ": f"{word}の覚え書き{sign}、よるは裏口から"}


def _plant_rows(number: int, word: str) -> None:
    n = f"{number:02}"
    names = (
        *("のもと町", "のもと荘", "のさと駅", "のさと坂", "のやど町", "のやど荘", "のやど駅", "のやどり場"),
        *("のすまい通", "のすまい荘", "のすまい停留所", "のファクス", "たろう", "こ", "み"),
    )
    owners = {"たろう": "例野", "こ": "見本木", "み": "仮名川"}
    for name in names:
        plant(f"{word}{name}", f"{owners.get(name, '')}{word}{name}")
    for sign in ("まる", "しかく", "さんかく", "ばつ"):
        plant(f"{word} 担当者{sign}", f"架空谷{word}{sign}")
        plant(f"{word} メモ{sign}", f"{word}の覚え書き{sign}")
    numbers = (
        *(f"013800{kind}{n}" for kind in (91, 92, 93, 94)),
        *(f"01200009{n}", f"04191{n}", f"04192{n}", f"07091{n}"),
        *(corporate_number(700 + number), office_number(7000 + number)),
        *(f"41.8{n}", f"140.9{n}", f"43.7{n}", f"142.6{n}"),
    )
    for told in (*numbers, *(f"{host}{number}hisoka" for host in ("dantai", "yado", "form"))):
        plant(f"{word} {told}", told)


def project(folder: Path) -> Path:
    """A copy of the code below ``folder`` with the planted sources and no others."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=_sources)
    shutil.copyfile(ROOT / "pyproject.toml", folder / "pyproject.toml")
    for number, (word, reader) in enumerate(WAYS.items(), 11):
        _source(folder / "sources" / f"planted_{number}", number, rows(number, word), reader)
    return folder


def _sources(folder: str, names: list[str]) -> list[str]:
    return [
        name
        for name in names
        if name == "__pycache__" or name == "sample_inbox" or (Path(folder) / name / "source.yml").exists()
    ]


def _source(folder: Path, number: int, told: Sequence[Mapping[str, str]], reader: Mapping[str, Any]) -> None:
    folder.mkdir()
    name = {"xlsx": "data.xlsx", "json": "data.json", "geojson": "data.geojson", "zip_csv": "data.zip"}.get(
        reader["format"], "data.csv"
    )
    (folder / name).write_bytes(_bytes(told, reader))
    source = {
        "id": folder.name,
        "title": f"植えた一覧{number}（見本）",
        "publisher": "みちしるべ町（架空）",
        "contact": "みちしるべ町 広報課（架空）",
        "home_page": "https://www.town.example.jp/",
        "licence": {"name": "CC BY 4.0", "licence_status": "read", "attribution": "出典：みちしるべ町（架空）"},
        "cadence": "P1M",
        "set": "sample",
        "fetch": {"protocol": "file", "files": [name]},
        "reader": dict(reader),
        "bounds": {"minimum_rows": 1, "maximum_rows": 1000},
    }
    (folder / "source.yml").write_text(yaml.safe_dump(source, allow_unicode=True), encoding="utf-8")
    mapping = MAPPING | {"ignore": {"担当者名": "個人の氏名で、要らない"}}
    (folder / "mapping.yml").write_text(yaml.safe_dump(mapping, allow_unicode=True), encoding="utf-8")


def _bytes(told: Sequence[Mapping[str, str]], reader: Mapping[str, Any]) -> bytes:
    headings = [*HEADINGS, *PRIVATE]
    cells = [[one.get(heading, "") for heading in headings] for one in told]
    match reader["format"]:
        case "json":
            return json.dumps([dict(zip(headings, row, strict=True)) for row in cells], ensure_ascii=False).encode()
        case "geojson":
            features = [
                {"type": "Feature", "geometry": None, "properties": dict(zip(headings, row, strict=True))}
                for row in cells
            ]
            return json.dumps({"type": "FeatureCollection", "features": features}).encode()
        case "xlsx":
            book = openpyxl.Workbook()
            for row in [headings, *cells]:
                book.worksheets[0].append(row)
            stream = io.BytesIO()
            book.save(stream)
            return stream.getvalue()
        case "zip_csv":
            stream = io.BytesIO()
            with zipfile.ZipFile(stream, "w") as archive:
                archive.writestr("data.csv", _csv([headings, *cells], ","))
            return stream.getvalue()
    table = cells if reader.get("header_row") == 0 else [headings, *cells]
    return _csv(table, reader.get("delimiter", ",")).encode(reader["encoding"], errors="strict")


def _csv(table: Sequence[Sequence[str]], delimiter: str) -> str:
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter).writerows(table)
    return stream.getvalue()
