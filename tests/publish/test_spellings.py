"""Each way a value gets rewritten, and what only looks like it."""

from __future__ import annotations

from pathlib import Path

import pytest

from publish import leaks
from publish.leaks import Secret

ADDRESS = "北海道函館市西町十二丁目3番45号見本ビル2階"
BLOCK = "北海道旭川市見本二条3丁目4-5"
PHONE, MOBILE = "+81166000123", "+819000000012"

SAME = [
    ("phone", PHONE, "+81166000123"),
    ("phone", PHONE, "81166000123"),
    ("phone", PHONE, "+81-166-00-0123"),
    ("phone", PHONE, "+81 (0)166 00 0123"),
    ("phone", PHONE, "0166-00-0123"),
    ("phone", PHONE, "0166(00)0123"),
    ("phone", PHONE, "(0166) 00-0123"),
    ("phone", PHONE, "0166 00 0123"),
    ("phone", PHONE, "0166.00.0123"),
    ("phone", PHONE, "０１６６－００－０１２３"),
    ("phone", PHONE, "0166‐00‑0123"),
    ("phone", PHONE, "0166ー00ー0123"),
    ("phone", PHONE, "〇一六六の〇〇の〇一二三"),
    ("phone", PHONE, "0166000123"),
    ("phone", PHONE, "166000123"),
    ("phone", PHONE, "TEL0166000123"),
    ("phone", PHONE, "電話0166-00-0123内線5"),
    ("phone", PHONE, "tel:+81166000123"),
    ("phone", MOBILE, "090-0000-0012"),
    ("postal_code", "0400000", "040-0000"),
    ("postal_code", "040-0000", "〒０４０−００００函館市"),
    ("postal_code", "040-0000", "0400000"),
    ("postal_code", "040-0000", "郵便番号040 0000"),
    ("address", ADDRESS, "北海道函館市西町12丁目3番45号見本ビル2階"),
    ("address", ADDRESS, "函館市西町１２丁目３－４５"),
    ("address", ADDRESS, "函館市 西町 十二丁目 三番 四十五号"),
    ("address", ADDRESS, "函館市大字西町12-3-45 見本ビル201"),
    ("address", ADDRESS, "〒040-0000 西町12ー3ー45"),
    ("address", ADDRESS, "西町12の3の45"),
    ("address", ADDRESS, "住所は西町12丁目3番地45です"),
    ("address", BLOCK, "旭川市見本2条三丁目4-5"),
    ("address", BLOCK, "見本2条3-4-5"),
    ("address", BLOCK, "北海道旭川市見本二条三丁目四番五号三浦荘"),
    ("address", "北海道札幌市中央区見本西8丁目1-2", "中央区見本西8丁目1-2"),
    ("address", "北海道札幌市中央区見本西8丁目1-2", "札幌市見本西8-1-2"),
    ("address", "北海道札幌市白石区見本通8丁目南1-2", "白石区見本通8丁目南1番2号"),
    ("address", "北海道上川郡鷹栖町見本5線10号", "鷹栖町見本５線１０号"),
    ("address", "北海道河東郡音更町123番地", "音更町一二三番地"),
    ("address", "青森県青森市見本町一丁目2-3", "青森市見本町1丁目2番3号"),
    ("email", "hokoriko@example.jp", "HOKORIKO@example.jp"),
    ("email", "hokoriko@example.jp", "ｈｏｋｏｒｉｋｏ＠ｅｘａｍｐｌｅ．ｊｐ"),
    ("email", "hokoriko@example.jp", "mailto:hokoriko%40example.jp"),
    ("email", "hokoriko@example.jp", "メールはhokoriko@example.jpまで"),
    ("url", "https://www.mihon.example.jp/kakure/", "http://mihon.example.jp/kakure"),
    ("url", "https://www.mihon.example.jp/kakure/", r"https:\/\/www.mihon.example.jp\/kakure\/"),
    ("url", "https://www.mihon.example.jp/kakure/", "MIHON.example.jp/kakure?x=1"),
    ("url", "https://mihon.example.jp/大地", "https://mihon.example.jp/%E5%A4%A7%E5%9C%B0#top"),
    ("url", "https://mihon.example.jp", "詳しくはmihon.example.jpへ"),
    ("person", "見本 花子", "見本花子"),
    ("person", "見本花子", "見本　花子"),
    ("person", "見本花子", "代表者見本 花子様"),
    ("person", "見本花子", "担当は見本花子が務める"),
    ("person", "見本花子", "見本&#33457;子"),
    ("person", "みほん はなこ", "ﾐﾎﾝ ﾊﾅｺ"),
    ("person", "ミホン ガブリ", "ﾐﾎﾝ･ｶﾞﾌﾞﾘ"),
    ("person", "Mihon Hanako", "MIHON HANAKO"),
    ("text", "毎週水曜日だけ、裏口から入る。\n鍵はない", "「毎週水曜日だけ 裏口から入る」"),
    ("text", "裏口の鍵は植木鉢の下,合図は三回", "裏口の鍵は植木鉢の下，合図は３回"),
    ("number", "0110000012", "0110000012"),
    ("number", "0110000012", "110000012"),
    ("number", "01B0000012", "０１Ｂ００００012"),
    ("id", "inbox:0a1b2c3d", "inbox%3A0a1b2c3d"),
]  # fmt: skip

OTHER = [
    ("phone", PHONE, "10166000123"),
    ("phone", PHONE, "01660001234"),
    ("phone", PHONE, "0166-00-01234"),
    ("phone", PHONE, "20.166000123"),
    ("phone", PHONE, "0f3b0166000123ab9d"),
    ("phone", PHONE, "0166,00,0123"),
    ("postal_code", "040-0000", "1040-0000"),
    ("postal_code", "040-0000", "0138-040-0000"),
    ("postal_code", "040-0000", "04-00000"),
    ("postal_code", "040-0000", "0400000a"),
    ("postal_code", "040-0000", "141.0400000"),
    ("address", ADDRESS, "函館市西町12丁目3番451号"),
    ("address", ADDRESS, "函館市西町12丁目3番45-6号"),
    ("address", ADDRESS, "函館市西町12丁目34番5号"),
    ("address", ADDRESS, "小樽市西町12丁目3番45号"),
    ("address", ADDRESS, "函館市中西町12丁目3番45号"),
    ("address", ADDRESS, "函館市西町12丁目"),
    ("address", "北海道函館市西町1-2", "西町1-2"),
    ("address", "北海道札幌市白石区見本通8", "札幌市白石区見本通8丁目南1-2"),
    ("email", "hana@example.jp", "aruhana@example.jp"),
    ("email", "hana@example.jp", "hana@example.jp.example.com"),
    ("email", "hana@example.jp", "hana.example@jp"),
    ("url", "https://mihon.example.jp/", "https://mihon.example.jp/koukai"),
    ("url", "https://mihon.example.jp/", "https://ura.mihon.example.jp/"),
    ("url", "https://mihon.example.jp/", "info@mihon.example.jp"),
    ("person", "見本花子", "大見本花子"),
    ("person", "見本花", "見本花子"),
    ("person", "見本花子", "見本花子記念館"),
    ("person", "見本花子", "見本。花子"),
    ("text", "毎週水曜日だけ裏口から入る", "毎週木曜日だけ裏口から入る"),
    ("number", "0110000012", "10110000012"),
    ("number", "0110000012", "0110000012.5"),
    ("id", "inbox:0a1b2c3d", "inbox:0a1b2c3de"),
]  # fmt: skip

UNSEARCHABLE = [
    ("phone", "110"),
    ("phone", "#9110"),
    ("postal_code", "040"),
    ("address", "北海道函館市西町"),
    ("address", "12-3"),
    ("person", "林修"),
    ("person", "ハナコ"),
    ("text", "特になし"),
    ("number", "00012"),
    ("number", "見本見本見本"),
    ("id", "inbox:1"),
    ("email", "なし"),
    ("url", "なし"),
    ("spot", "43.06,141.35"),
    ("spot", "43.0600,141.3512"),
]


@pytest.mark.parametrize(("kind", "value", "written"), SAME)
def test_a_value_is_found_however_it_is_written(kind: str, value: str, written: str, tmp_path: Path) -> None:
    assert [leak.count for leak in _find(kind, value, written, tmp_path)] == [1]


@pytest.mark.parametrize(("kind", "value", "written"), OTHER)
def test_what_only_looks_like_a_value_is_none(kind: str, value: str, written: str, tmp_path: Path) -> None:
    assert _find(kind, value, written, tmp_path) == []


@pytest.mark.parametrize(("kind", "value"), UNSEARCHABLE)
def test_what_is_too_short_or_too_common_is_left_out(kind: str, value: str, tmp_path: Path) -> None:
    assert _find(kind, value, value, tmp_path) == []


def test_a_kind_nobody_knows_is_an_error() -> None:
    with pytest.raises(KeyError):
        leaks.Search([Secret("colour", "青緑色の屋根の家", "places.field")])


def _find(kind: str, value: str, written: str, folder: Path) -> list[leaks.Leak]:
    (folder / "x.csv").write_text(f'表題,"内容"\n1,"{written}"\n')
    return leaks.find([Secret(kind, value, "places.field")], [folder / "x.csv"], folder)
