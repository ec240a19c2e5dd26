"""What is asked of submissions alone: nothing private in free text, no hours that mislead."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from schemas import personal
from sources import inbox, ingest, submitted
from tests.dropped import drop, take_in

HIDDEN = {"所在地_連結表記（団体）": "北海道旭川市二条通二丁目2-2", "公開の範囲（所在地）": "非公開"}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "var"


def rows(home: Path, table: str, *fields: str) -> list[tuple[Any, ...]]:
    work = home / "accepted" / inbox.ID / (home / "accepted" / inbox.ID / "current").read_text()
    columns = ", ".join(f'"{field}"' for field in fields)
    with duckdb.connect() as con:
        query = f"SELECT {columns} FROM read_parquet(?) ORDER BY record_id"
        return con.execute(query, [str(work / f"{table}.parquet")]).fetchall()


def told(home: Path, *codes: str) -> list[tuple[str | None, str, str]]:
    """Heading, severity and sentence of the findings about free text."""
    asked = codes or (submitted.CODE, *personal.CODES)
    found = (finding for finding in ingest.findings(inbox.ID, home) if finding.code in asked)
    return [(finding.column, finding.severity, finding.message_ja) for finding in found]


TELLING = (
    "申し込みは0166-00-0197へ",
    "電話は自宅０１６６ー００ー０１３３まで",
    "+81 166-00-0197",
    "TEL00-0197",
    "携帯 090-0000-0000 か 0166-00-0197",
    "旭川市二条通二丁目2-2にある隠れ家",
    "２条通２丁目２番２号の二階",
    "2条2丁目2の2です",
    "二条通 ２－２－２",
)
PERSONAL = {
    "携帯 〇九〇の0000の0000": [personal.PHONE],
    "携帯 90-0000-0000": [personal.PHONE],
    "連絡は hanako@example.jp へ": [personal.EMAIL],
    "例野ためしまで": [personal.NAME],
    "例野　ためし、090-0000-0000、hanako@example.jp": [*personal.CODES],
    "担当 佐々木 花子": [personal.NAME],
    "世話人の佐藤がお待ちしています": [personal.NAME],
}
"""Texts and the kinds of what is a person's own in them; the form's own representative is 例野　ためし."""
HARMLESS = (
    "だれでも来られる食堂",
    "2026-11-01から毎月第2土曜 10:00-12:00",
    "旭川市の二条通からすぐ。定員20人、1食300円",
    "二条通二丁目22-2の公園のとなり",
    "12条通二丁目2-2の公園のとなり",
    "法人番号 1999901002259、〒070-0000",
    "電話でお申し込みください（2回まで、10時から）",
    "LINE @hiroba",
    "例野さんちの食堂",
    "ためし食堂とためしの会をつくった人たち",
    "石狩振興局のとなり、札幌市中央区",
)


def activities(texts: Iterable[str]) -> list[dict[str, str]]:
    """A row of the same organization for each text, in an order that record ids keep."""
    return [HIDDEN | {"支援の名称": f"活動{place:02}", "概要": text} for place, text in enumerate(texts)]


@pytest.mark.parametrize("scope", ["公開", "内部だけ"])
def test_what_tells_a_number_or_a_site_is_left_blank_whatever_the_consents(home: Path, scope: str) -> None:
    asked = {"公開の範囲（電話・メール）": scope, "公開の範囲（所在地）": "公開" if scope == "公開" else "非公開"}
    drop(home, "a.csv", *(row | asked for row in activities(TELLING)))
    assert take_in(home).accepted == len(TELLING)
    assert rows(home, "services", "summary") == [(None,)] * len(TELLING)
    found = told(home, submitted.CODE)
    assert len(found) == len(TELLING) == len(told(home)) and {(column, severity) for column, severity, _ in found} == {
        ("概要", "withhold")
    }
    assert all("「概要」" in sentence and "電話番号" in sentence for *_, sentence in found)


def test_what_is_a_persons_own_is_withheld_and_kept_aside(home: Path) -> None:
    drop(home, "a.csv", *activities(PERSONAL))
    assert take_in(home).accepted == len(PERSONAL)
    assert rows(home, "services", "summary") == [(None,)] * len(PERSONAL)
    kept = rows(home, submitted.WITHHELD, "table", "field", "raw", "value", "found")
    read = {text: text.replace("　", " ") for text in PERSONAL}
    assert kept == [("services", "summary", text, read[text], ";".join(codes)) for text, codes in PERSONAL.items()]
    for code in personal.CODES:
        found = told(home, code)
        assert len(found) == sum(code in codes for codes in PERSONAL.values())
        assert {(column, severity) for column, severity, _ in found} == {("概要", "withhold")}
        assert not any(text in sentence for *_, sentence in found for text in (*PERSONAL, *read.values()))


def test_what_waits_is_valid(home: Path) -> None:
    drop(home, "a.csv", {"概要": "担当 佐々木 花子。" * 20})
    take_in(home)
    assert rows(home, submitted.WITHHELD, "value") == [] and told(home) == []
    assert "too-long" in {finding.code for finding in ingest.findings(inbox.ID, home)}


def test_the_rows_of_a_quarantined_record_keep_nothing(home: Path) -> None:
    drop(home, "a.csv", {"概要": "例野ためしまで", "公開の範囲（所在地）": "たぶん"})
    assert take_in(home).accepted == 0
    assert rows(home, submitted.WITHHELD, "value") == [] and len(told(home, personal.NAME)) == 1


def test_other_words_stay(home: Path) -> None:
    drop(home, "a.csv", *activities(HARMLESS))
    take_in(home)
    assert rows(home, "services", "summary") == [(text,) for text in HARMLESS] and told(home) == []


def test_an_address_that_another_row_of_the_form_tells_is_found_too(home: Path) -> None:
    other = {"団体の名称": "べつの会", "支援の名称": "べつ食堂", "概要": "2条通2丁目2-2の会といっしょに"}
    drop(home, "a.csv", HIDDEN, other)
    take_in(home)
    assert [summary for (summary,) in rows(home, "services", "summary")].count(None) == 1


@pytest.mark.parametrize(
    ("address", "site"),
    [
        ("北海道旭川市四条通九丁目1-1 ハイツ101", "4条9-1"),
        ("〒071-1423 北海道上川郡東川町東町一丁目１６番１号", "東町1-16"),
        ("旭川市六条通１０丁目", "6条10"),
        ("札幌市中央区北1条西2丁目", "北1条西2"),
        ("本町3丁目4-5", "本町3-4"),
        ("北海道旭川市", None),
        ("旭川市役所内", None),
    ],
)
def test_what_of_an_address_tells_the_site(address: str, site: str | None) -> None:
    assert submitted._site(address) == site


HOURS = {
    ("毎週水曜", "16:00〜", "19時"): (("0We", "16:00", "19:00", "unknown"), None),
    ("月〜金（祝日を除く）", "10:00", "12:00"): (("0Mo0Tu0We0Th0Fr", "10:00", "12:00", "closed"), None),
    ("土日祝", "10:00", "12:00"): (("0Sa0Su", "10:00", "12:00", "open"), None),
    ("毎週水曜", "", ""): (("0We", None, None, "unknown"), None),
    ("毎週水曜", "16:00〜", ""): (("0We", "16:00", None, "unknown"), "毎週水曜 16:00〜"),
    ("毎月第3日曜日 10時〜12時", "", ""): (None, "毎月第3日曜日 10時〜12時"),
    ("月〜金、日曜・祝日休み", "10:00", "12:00"): (None, "月〜金、日曜・祝日休み 10:00 12:00"),
    ("", "10:00", "12:00"): (None, "10:00 12:00"),
    ("毎週水曜", "夕方", "19:00"): (None, "毎週水曜 夕方 19:00"),
    ("おたずねください", "", ""): (None, "おたずねください"),
    ("", "", ""): (None, None),
}
"""Days, opening and closing time as written → the schedule, and the words kept."""


def test_hours_are_read_or_kept_as_written(home: Path) -> None:
    asked = [dict(zip(("利用可能日時式", "開始時間", "終了時間"), words, strict=True)) for words in HOURS]
    drop(home, "a.csv", *({"支援の名称": f"活動{place:02}"} | row for place, row in enumerate(asked)))
    assert take_in(home).accepted == len(HOURS)
    made = rows(home, "schedules", "recurrence", "opens", "closes", "holiday")
    assert made == [schedule for schedule, _ in HOURS.values() if schedule]
    assert rows(home, "services", "hours_note") == [(note,) for _, note in HOURS.values()]


def test_hours_kept_as_written_are_free_text_too(home: Path) -> None:
    drop(home, "a.csv", {"利用可能日時式": "0166-00-0197に聞いてください"})
    take_in(home)
    assert (
        rows(home, "services", "hours_note") == [(None,)] and told(home)[0][0] == "利用可能日時式＋開始時間＋終了時間"
    )


def test_the_same_address_in_words_is_blank_unless_it_says_more(home: Path) -> None:
    words = ["同上", "団体と同じ", "団体の所在地に同じ。", " 上記と同じ ", "〃", "団体と同じ建物の2階"]
    drop(home, "a.csv", *({"支援の名称": f"活動{n}", "所在地_連結表記（拠点）": word} for n, word in enumerate(words)))
    take_in(home)
    assert rows(home, "places", "address") == [(None,)] * 5 + [("団体と同じ建物の2階",)]
    found = [finding for finding in ingest.findings(inbox.ID, home) if finding.column == "所在地_連結表記（拠点）"]
    assert {finding.value for finding in found} <= {words[-1]}


def test_without_any_contact_the_columns_are_named(home: Path) -> None:
    drop(home, "a.csv", {"連絡先（電話）": "", "連絡先（メール）": ""})
    take_in(home)
    [finding] = [finding for finding in ingest.findings(inbox.ID, home) if finding.code == "no-contact"]
    assert finding.column == "ウェブサイト＋連絡先（電話）＋連絡先（メール）"
