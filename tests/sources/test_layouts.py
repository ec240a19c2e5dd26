"""Layouts that many sources share: a standard's file is read in its old and in its new headings alike.

The headings are those of the standard (自治体標準オープンデータセット) and of files that follow it; rows are
invented.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from schemas import rulebook
from sources import catalog, ingest
from sources.catalog import Source
from sources.ingest import Night
from tests.sources import tiny

OLD = {
    "ods_preschool": """
        都道府県コード又は市区町村コード NO 都道府県名 市区町村名 名称 名称_カナ 種別 住所 方書 緯度 経度
        アクセス方法 駐車場情報 電話番号 内線番号 FAX番号 法人番号 団体名 認可等年月日 収容定員 受入年齢
        利用可能曜日 開始時間 終了時間 利用可能日時特記事項 一時預かりの有無 URL 備考
    """,
    "ods_care_service": """
        都道府県コード又は市区町村コード NO 都道府県名 市区町村名 介護サービス事業所名称
        介護サービス事業所名称_カナ 実施サービス 住所 方書 緯度 経度 電話番号 内線番号 FAX番号 法人番号
        法人の名称 事業所番号 利用可能曜日 利用可能曜日特記事項 定員 URL 備考
    """,
    "ods_public_facility": """
        都道府県コード又は市区町村コード NO 都道府県名 市区町村名 名称 名称_カナ 名称_通称 POIコード 住所 方書
        緯度 経度 電話番号 内線番号 法人番号 団体名 利用可能曜日 開始時間 終了時間 利用可能日時特記事項 説明
        バリアフリー情報 URL 備考
    """,
}
NEW = {
    "ods_preschool": """
        全国地方公共団体コード ID 地方公共団体名 名称 名称_カナ 名称_英字 種別 所在地_全国地方公共団体コード
        町字ID 所在地_連結表記 所在地_都道府県 所在地_市区町村 所在地_町字 所在地_番地以下 建物名等(方書) 緯度
        経度 高度の種別 高度の値 アクセス方法 駐車場情報 電話番号 内線番号 FAX番号 連絡先メールアドレス
        連絡先FormURL 連絡先備考（その他、SNSなど） 郵便番号 法人番号 団体名 認可等年月日 収容定員 受入年齢
        利用可能曜日 開始時間 終了時間 利用可能日時特記事項 一時預かりの有無 子供預かり料金種別 子供預かり料金
        子供預かり料金備考 子供預かり開所時間 子供預かり閉所時間 病児保育の有無 授乳室 おむつ替えコーナー
        飲食可否 ベビーカー貸出 ベビーカー利用 URL 画像 画像_ライセンス 備考
    """,
    "ods_care_service": """
        全国地方公共団体コード ID 地方公共団体名 介護サービス事業所名称 介護サービス事業所名称_カナ
        介護サービス事業所名称_英字 実施サービス 所在地_全国地方公共団体コード 町字ID 所在地_連結表記
        所在地_都道府県 所在地_市区町村 所在地_町字 所在地_番地以下 建物名等(方書) 緯度 経度 高度の種別 高度の値
        電話番号 内線番号 FAX番号 連絡先メールアドレス 連絡先FormURL 連絡先備考（その他、SNSなど） 郵便番号
        法人番号 法人の名称 事業所番号 利用可能曜日 利用可能曜日特記事項 定員 URL 画像 画像_ライセンス 備考
    """,
    "ods_public_facility": """
        全国地方公共団体コード ID 地方公共団体名 名称 名称_カナ 名称_英字 種別 所在地_全国地方公共団体コード
        町字ID 所在地_連結表記 所在地_都道府県 所在地_市区町村 所在地_町字 所在地_番地以下 建物名等(方書) 緯度
        経度 高度の種別 高度の値 アクセス方法 駐車場情報 電話番号 内線番号 連絡先メールアドレス 連絡先FormURL
        連絡先備考（その他、SNSなど） 郵便番号 利用可能曜日 開始時間 終了時間 利用可能日時特記事項 説明
        バリアフリー情報 URL 画像 画像_ライセンス 備考
    """,
}
CONTACT = ["連絡先メールアドレス", "連絡先FormURL", "郵便番号"]
"""Columns of the new definition that the old one does not have."""
SAME = {
    "所在地_連結表記": "住所", "建物名等(方書)": "方書", "全国地方公共団体コード": "都道府県コード又は市区町村コード",
    "ID": "NO", "地方公共団体名": "市区町村名",
}  # fmt: skip
"""The old heading of a column that the new definition calls otherwise."""

ROW = {
    "全国地方公共団体コード": "012041", "ID": "0000000001", "地方公共団体名": "旭川市", "名称": "ななかまど公民館",
    "名称_カナ": "ナナカマドコウミンカン", "介護サービス事業所名称": "ななかまどの里",
    "介護サービス事業所名称_カナ": "ナナカマドノサト", "実施サービス": "訪問介護",
    "所在地_全国地方公共団体コード": "012041", "所在地_連結表記": "北海道旭川市こもれび町1番地",
    "建物名等(方書)": "1階", "緯度": "43.75", "経度": "142.35", "アクセス方法": "旭川駅から徒歩10分",
    "電話番号": "0166-00-6080", "内線番号": "12", "FAX番号": "0166-00-6081",
    "連絡先メールアドレス": "desk@example.jp", "連絡先FormURL": "https://www.city.example.jp/form",
    "郵便番号": "070-9910", "法人の名称": "社会福祉法人ななかまど会", "団体名": "社会福祉法人ななかまど会",
    "認可等年月日": "2015-04-01", "収容定員": "60", "定員": "30", "受入年齢": "0歳から5歳",
    "利用可能曜日": "月火水木金", "開始時間": "7:30", "終了時間": "19:00", "利用可能日時特記事項": "祝日は休み",
    "利用可能曜日特記事項": "祝日は休み", "事業所番号": "0199906080", "URL": "https://www.city.example.jp/shisetsu/1",
    "備考": "見本です",
}  # fmt: skip
KIND = {
    "ods_preschool": {"種別": "認可私立保育所"},
    "ods_care_service": {},
    "ods_public_facility": {"種別": "公民館", "POIコード": "1307", "内線番号": ""},
}


def write(folder: Path, layout: str, header: list[str], *rows: dict[str, str], **changes: Any) -> Source:
    """A municipality's source in that layout, ten lines long, with a file of these rows beside it."""
    folder.mkdir(parents=True)
    names = ("id", "title", "publisher", "contact", "home_page", "licence", "cadence")
    told = {name: tiny.SOURCE[name] for name in names} | {
        "id": folder.name,
        "layout": layout,
        "fetch": {"protocol": "file", "files": ["machi.csv"]},
    }
    (folder / "source.yml").write_text(yaml.safe_dump(told | changes, allow_unicode=True), encoding="utf-8")
    (folder / "machi.csv").write_bytes(tiny.csv_bytes(rows, header))
    return catalog.load(folder)


def take(source: Source, home: Path) -> Path:
    """The accepted work of a night, in which nothing was kept back."""
    run = ingest.ingest(source, Night(home, date(2026, 4, 1), "01", None, "sample"))
    assert run.rejected is None and run.accepted == run.rows_read > 0
    assert run.withheld == 0, ingest.findings(source.id, home)
    return home / "accepted" / source.id / str(run.key)


def records(work: Path) -> dict[str, list[tuple[Any, ...]]]:
    """What was made of the rows, by table, without its number."""
    made = {}
    for path in sorted(work.glob("*.parquet")):
        if path.stem not in ("rows", "findings"):
            names = ", ".join(f'"{field.name}"' for field in rulebook.table(path.stem).record_fields[1:])
            with duckdb.connect() as con:
                query = f"SELECT {names} FROM read_parquet('{path}') ORDER BY ALL"
                made[path.stem] = con.execute(query).fetchall()
    return made


@pytest.mark.parametrize("layout", NEW)
def test_every_heading_of_the_standard_is_known(layout: str, tmp_path: Path) -> None:
    new = write(tmp_path / "new", layout, NEW[layout].split(), ROW | KIND[layout])
    take(new, tmp_path / "home")
    headings = {f.code for f in ingest.findings("new", tmp_path / "home")}
    assert not headings & {"unmapped-column", "missing-column", "renamed-column"}


@pytest.mark.parametrize("layout", OLD)
def test_old_headings_are_aliases_and_a_finding(layout: str, tmp_path: Path) -> None:
    row = ROW | KIND[layout]
    old = write(tmp_path / "old", layout, OLD[layout].split(), row | {SAME[name]: row[name] for name in SAME})
    take(old, tmp_path / "home")
    findings = ingest.findings("old", tmp_path / "home")
    renamed = {f.column for f in findings if f.code == "renamed-column"}
    assert renamed == {*SAME.values()} | ({"POIコード"} if layout == "ods_public_facility" else set())
    assert "unmapped-column" not in {f.code for f in findings}
    assert {f.severity for f in findings} == {"note"}


@pytest.mark.parametrize("layout", NEW)
def test_old_and_new_files_make_the_same_records(layout: str, tmp_path: Path) -> None:
    row = ROW | KIND[layout]
    # What the old definition has no column for cannot be told by it.
    row |= dict.fromkeys([*CONTACT, "アクセス方法"], "")
    new = write(tmp_path / "new", layout, NEW[layout].split(), row)
    old = write(tmp_path / "old", layout, OLD[layout].split(), row | {SAME[name]: row[name] for name in SAME})
    made = [records(take(source, tmp_path / f"home_{source.id}")) for source in (new, old)]
    assert made[0] == made[1]
    assert made[0]["places"] and made[0]["contact_points"] and made[0]["schedules"]


def test_a_facility_is_a_place_and_no_service(tmp_path: Path) -> None:
    source = write(
        tmp_path / "machi", "ods_public_facility", NEW["ods_public_facility"].split(), ROW | KIND["ods_public_facility"]
    )
    made = records(take(source, tmp_path / "home"))
    assert sorted(made) == ["contact_points", "places", "schedules"]
    assert len(made["contact_points"]) == 4


def test_a_facility_without_an_address_is_no_place(tmp_path: Path) -> None:
    blank = ("所在地_全国地方公共団体コード", "所在地_連結表記", "建物名等(方書)", "緯度", "経度", "郵便番号")
    row = ROW | dict.fromkeys(blank, "")
    source = write(tmp_path / "machi", "ods_care_service", NEW["ods_care_service"].split(), row)
    made = records(take(source, tmp_path / "home"))
    assert made["places"] == [] and len(made["services"]) == 1


@pytest.mark.parametrize(
    ("note", "status"), [("令和３年度より休所", "paused"), ("2024年3月で閉園しました", "ended"), ("", None)]
)
def test_a_nursery_that_rests_says_so_in_its_remarks(note: str, status: str | None, tmp_path: Path) -> None:
    row = ROW | KIND["ods_preschool"] | {"備考": note}
    source = write(tmp_path / "machi", "ods_preschool", NEW["ods_preschool"].split(), row)
    night = Night(tmp_path / "home", date(2026, 4, 1), "01", None, "sample")
    run = ingest.ingest(source, night)
    assert (run.accepted, run.ended) == ((0, 1) if status == "ended" else (1, 0))
    with duckdb.connect() as con:
        path = night.home / "accepted/machi" / str(run.key) / "services.parquet"
        assert con.execute(f"SELECT status FROM read_parquet('{path}')").fetchall() == [(status,)]


def test_a_list_of_another_prefecture_is_out_of_area(tmp_path: Path) -> None:
    row = ROW | KIND["ods_preschool"] | {"全国地方公共団体コード": "112038"}
    source = write(tmp_path / "machi", "ods_preschool", NEW["ods_preschool"].split(), row)
    run = ingest.ingest(source, Night(tmp_path / "home", date(2026, 4, 1), "01", None, "sample"))
    assert (run.rows_read, run.out_of_area) == (1, 1)


TAKAMATSU = ["#property", "latitude", "longitude", "name", "address", "telephoneNumber", "referenceObject", "note",
             "service", "availableDate", "startTime", "endTime", "availableDateNote", "capacity"]  # fmt: skip


@pytest.mark.parametrize("phone", ["telephoneNumber", "telephone　number", "telephone number"])
def test_the_city_writes_its_heading_for_telephones_in_three_ways(phone: str, tmp_path: Path) -> None:
    row = {
        "#property": "1", "latitude": "34.34", "longitude": "134.05", "name": "見本の家",
        "address": "香川県高松市見本町1-1", phone: "087-800-0120", "service": "認知症対応型共同生活介護",
        "availableDate": "月火水木金土日", "availableDateNote": "24時間対応", "capacity": "9",
    }  # fmt: skip
    header = [phone if label == "telephoneNumber" else label for label in TAKAMATSU]
    source = write(tmp_path / "machi", "takamatsu_facilities", header, row)
    run = ingest.ingest(source, Night(tmp_path / "home", date(2026, 4, 1), "37", None, "sample"))
    assert (run.accepted, run.withheld) == (1, 0), ingest.findings("machi", tmp_path / "home")
    renamed = [f.column for f in ingest.findings("machi", tmp_path / "home") if f.code == "renamed-column"]
    assert renamed == ([] if phone == "telephoneNumber" else [phone])
