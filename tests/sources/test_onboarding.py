"""What is proposed for an unknown file, and what never is; the guide says every option, and its examples are good."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
import yaml

from sources import catalog, corrections, onboarding
from sources.onboarding import headings, knowledge, writing
from sources.onboarding.matching import Match
from sources.readers import ReadError
from tests.sources import tiny
from tests.sources.reader_support import REAL, needs_real
from tests.test_benchmarks import loaded

GUIDE = catalog.ROOT.parent / "docs" / "onboarding.md"

ROWS: list[dict[str, str]] = [
    {
        "団体名": "しるべの会",
        "事業所名": f"しるべ相談{n}",
        "住所": f"北海道旭川市しるべ町{n}番地",
        "電話番号": f"0166-00-01{n}",
    }
    for n in range(20, 26)
]


def written(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def with_column(heading: str, *cells: str) -> list[dict[str, str]]:
    """The rows with one more column, its cells in turns."""
    return [row | {heading: cells[place % len(cells)]} for place, row in enumerate(ROWS)]


def proposed(tmp_path: Path, rows: list[dict[str, str]]) -> tuple[dict[str, Match], dict[str, Any]]:
    """The matches by heading, and the mapping as YAML."""
    proposal = onboarding.propose(written(tmp_path / "list.csv", rows))
    return {match.heading: match for match in proposal.matches}, yaml.safe_load(writing.mapping_yml(proposal))


def records(mapping: Mapping[str, Any], table: str) -> list[dict[str, Any]]:
    return [record for record in mapping["records"] if record["table"] == table]


def used(mapping: Mapping[str, Any]) -> str:
    """All that the mapping uses: its remarks are not in it."""
    return json.dumps(mapping, ensure_ascii=False)


@needs_real
def test_most_columns_of_the_real_files_are_right_with_their_own_mappings_held_out() -> None:
    benchmark = loaded("onboard")
    scores = list(benchmark.measured(REAL))
    assert len(scores) >= 15 and all(score.columns for score in scores)
    share, right, columns = benchmark.total(scores)
    assert share >= benchmark.AIM, f"{right}/{columns}"
    assert f"{share:.1%}" in benchmark.document(scores) and "達成" in benchmark.document(scores)


def test_a_mapping_held_out_and_its_twins_tell_nothing() -> None:
    def tellers(*without: str) -> set[str]:
        return {one.why for said in knowledge.gather(without).values() for one in said}

    sources = catalog.load_all()
    own, twin = sources["wam_shogai"].title, sources["sample_shogai"].title
    assert any(own in why for why in tellers()) and any(twin in why for why in tellers())
    assert not any(own in why or twin in why for why in tellers("wam_shogai"))


def test_every_word_names_a_field_that_there_is() -> None:
    for word, said in knowledge.gather().items():
        for one in said:
            assert one.target.table in knowledge.TABLES and one.target.field and word == headings.fold(word)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("法人の名称", "法人名称"), ("ＦＡＸ番号", "FAX番号"), ("lastVerifiedAt", "last_verified_at"),
        ("企業名等", "企業名"), ("categories", "Category"), ("E-mail", "e_mail"),
    ],
)  # fmt: skip
def test_headings_that_say_the_same_are_the_same(one: str, other: str) -> None:
    assert headings.fold(one) == headings.fold(other)


REFUSED = [
    "公開の範囲",
    "公開の範囲（電話・メール）",
    "電話番号の公開",
    "掲載可否",
    "住所の公表について",
    "同意",
    "consent",
    "disclosure",
    "担当者",
    "担当者名",
    "担当者電話番号",
    "記入者の連絡先（メールアドレス）",
    "管理者氏名",
    "責任者住所",
    "携帯電話",
    "自宅住所",
    "個人の連絡先",
    "contactPerson",
    "staff_email",
    "生年月日",
]


@pytest.mark.parametrize("cell", ["0166-00-0129", "北海道旭川市しるべ町1番地", "info@example.jp", "見本"])
def test_what_may_be_personal_or_a_consent_is_left_to_a_person(tmp_path: Path, cell: str) -> None:
    matches, mapping = proposed(tmp_path, [row | dict.fromkeys(REFUSED, cell) for row in ROWS])
    for heading in REFUSED:
        assert matches[heading].target is None and matches[heading].reasons and not matches[heading].example
        assert f'"{heading}"' not in used(mapping)


@pytest.mark.parametrize("heading", ["担当課", "代表電話", "公開日", "個人向け相談", "services_personal", "対象者"])
def test_headings_that_only_look_so_are_not_refused(heading: str) -> None:
    assert headings.refusal(heading) is None


def test_no_person_stands_in_for_a_name(tmp_path: Path) -> None:
    rows = [{"担当者": f"ひと{n}", "電話番号": row["電話番号"]} for n, row in enumerate(ROWS)]
    with pytest.raises(ReadError, match="名称にできる列がありません"):
        proposed(tmp_path, rows)
    _, mapping = proposed(tmp_path, [row | {"ほげ": f"しるべ{n}"} for n, row in enumerate(rows)])
    assert "担当者" not in used(mapping) and mapping["natural_key"] == ["ほげ"]
    assert records(mapping, "services")[0]["fields"]["name"] == "ほげ"


def test_nothing_of_a_refused_column_is_written_down(tmp_path: Path) -> None:
    proposal = onboarding.propose(written(tmp_path / "list.csv", with_column("担当者", "ひみつのひと")))
    assert "ひみつ" not in writing.mapping_yml(proposal) and "担当者" in writing.mapping_yml(proposal)


def test_nor_of_a_field_that_is_not_public(tmp_path: Path) -> None:
    proposal = onboarding.propose(written(tmp_path / "list.csv", with_column("代表者名", "ひみつのひと")))
    told = writing.mapping_yml(proposal)
    assert "representative_name: 代表者名" in told
    assert not any(secret in told for secret in ("ひみつ", "0166", "しるべ町"))


def test_until_a_consent_is_understood_no_address_is_public(tmp_path: Path) -> None:
    _, mapping = proposed(tmp_path, with_column("掲載可否", "可", "否"))
    shut = [
        record["set"]["address_visibility"]
        for table in ("organizations", "places")
        for record in records(mapping, table)
    ]
    assert shut == ["hidden", "hidden"]


def test_a_visibility_that_can_be_read_is_that_of_every_address(tmp_path: Path) -> None:
    matches, mapping = proposed(tmp_path, with_column("住所の公開", "公開", "市町村まで", "非公開"))
    assert (
        str(matches["住所の公開"].target) == "places.address_visibility" and matches["住所の公開"].score < writing.SURE
    )
    both = (*records(mapping, "organizations"), *records(mapping, "places"))
    assert [record["fields"]["address_visibility"] for record in both] == ["住所の公開"] * 2


def test_a_second_consent_shuts_what_the_first_would_open(tmp_path: Path) -> None:
    rows = [row | {"団体名の公開": "否"} for row in with_column("住所の公開", "公開", "非公開")]
    _, mapping = proposed(tmp_path, rows)
    assert "住所の公開" not in used(mapping) and used(mapping).count('"hidden"') == 2


def test_no_visibility_is_read_from_other_words(tmp_path: Path) -> None:
    matches, _ = proposed(tmp_path, with_column("住所の公開", "はい", "いいえ"))
    assert matches["住所の公開"].target is None


def test_a_mobile_number_is_marked(tmp_path: Path) -> None:
    matches, _ = proposed(tmp_path, [row | {"電話番号": f"080-0000-00{n}"} for n, row in enumerate(ROWS, start=10)])
    assert any("要確認" in reason and "携帯" in reason for reason in matches["電話番号"].reasons)
    assert not any("携帯" in reason for match in proposed(tmp_path, ROWS)[0].values() for reason in match.reasons)


def test_a_key_tells_no_place_and_no_person(tmp_path: Path) -> None:
    rows = [row | {"事業所名": "同じ名前", "団体名": "同じ会"} for row in ROWS]
    _, mapping = proposed(tmp_path, rows)
    assert not {"住所", "電話番号"} & set(mapping["natural_key"])
    _, mapping = proposed(tmp_path, [row | {"整理番号": str(place)} for place, row in enumerate(rows)])
    assert mapping["natural_key"] == ["整理番号"]


DESKS: list[dict[str, Any]] = [
    {
        "id": f"J{n}",
        "name": f"しるべ相談室{n}",
        "organization": {"name": f"社会福祉法人しるべ{n % 4}", "url": "https://houjin.example.jp/"},
        "address": {"street": f"本町{n}-1", "city": ["旭川市", "函館市"][n % 2], "pref": "北海道"},
        "tel": f"0138-00-{400 + n:04d}",
        "tags": ["相談", "子育て"],
        "kinds": [{"id": n, "name": "居場所"}],
        "hours": "平日9:00～17:00",
        "fee": "無料",
    }
    for n in range(1, 21)
]


def desks(tmp_path: Path) -> dict[str, Any]:
    path = tmp_path / "desks.json"
    path.write_text(json.dumps({"items": DESKS}, ensure_ascii=False), encoding="utf-8")
    return yaml.safe_load(writing.mapping_yml(onboarding.propose(path)))  # type: ignore[no-any-return]


def test_nested_headings_are_those_of_what_stands_above(tmp_path: Path) -> None:
    mapping = desks(tmp_path)
    assert {record["table"] for record in mapping["records"]} == {
        "organizations", "services", "places", "contact_points", "schedules",
    }  # fmt: skip
    assert (
        records(mapping, "organizations")[0]["fields"].items()
        >= {
            "name": "organization.name",
            "url": "organization.url",
        }.items()
    )
    service = records(mapping, "services")[0]["fields"]
    assert service["name"] == "name" and service["fee"] == "fee"
    assert service["support_categories"] == {"column": "tags", "json": "$[*]"}
    assert mapping["natural_key"] == ["id"] and mapping["area"] == {"column": "address.pref"}


def test_the_parts_of_an_address_are_joined_in_its_order(tmp_path: Path) -> None:
    (place,) = records(desks(tmp_path), "places")
    assert place["fields"]["address"] == ["address.pref", "address.city", "address.street"]


@pytest.mark.parametrize(
    ("heading", "part"),
    [("address.pref", 0), ("住所／都道府県", 0), ("所在地_市区町村", 1), ("organization.address.street1", 4),
     ("都道府県", None), ("address", None), ("organization.name", None)],
)  # fmt: skip
def test_what_names_a_part_of_an_address(heading: str, part: int | None) -> None:
    assert headings.address_part(heading) == part


def test_names_in_objects_are_taken_out(tmp_path: Path) -> None:
    path = tmp_path / "desks.json"
    found = [{"name": desk["name"], "tel": desk["tel"], "category": desk["kinds"]} for desk in DESKS]
    path.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
    mapping = yaml.safe_load(writing.mapping_yml(onboarding.propose(path)))
    assert records(mapping, "services")[0]["fields"]["support_categories"] == {
        "column": "category", "json": "$[*].name",
    }  # fmt: skip


def test_nothing_is_proposed_of_which_hardly_a_cell_can_be_read(tmp_path: Path) -> None:
    rows = [
        {
            "名称": f"しるべ相談{n}",
            "困りごと": f"X{n}",
            "料金": f"{n}枚" if n else "無料",
            "ファックス": f"ふたしか{n}",
        }
        for n in range(20)
    ]
    matches, mapping = proposed(tmp_path, rows)
    assert [match.target for heading, match in matches.items() if heading != "名称"] == [None] * 3
    assert mapping["natural_key"] == ["名称"]
    assert " 0%" not in writing.mapping_yml(onboarding.propose(tmp_path / "list.csv"))


@pytest.mark.parametrize(
    ("header", "subject"),
    [
        (["name", "tel", "cost"], "services"),
        (["label", "number", "publisher", "cost", "availability"], "hotlines"),
        (["name", "tel", "amount"], "services"),
        (["制度名", "所管課", "金額", "必要書類"], "programs"),
    ],
)
def test_schemes_and_telephone_lines_need_more_than_one_heading_of_theirs(
    tmp_path: Path, header: list[str], subject: str
) -> None:
    rows = [
        {name: f"0166-00-01{n}" if name in ("tel", "number") else f"しるべ{n}" for name in header} for n in range(20)
    ]
    _, mapping = proposed(tmp_path, rows)
    assert records(mapping, subject)


@pytest.mark.parametrize(("merged", "header_row"), [(True, [4, 5]), (False, 5)])
def test_merged_cells_tell_the_rows_of_a_header(tmp_path: Path, merged: bool, header_row: object) -> None:
    path = tmp_path / "list.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "しるべ町 子ども食堂 一覧")
        sheet.write(1, 0, "※令和8年4月1日現在")
        sheet.write_row(4, 1, ["名称", "運営団体", "所在地", "電話番号", "メール"])
        if merged:
            sheet.merge_range(3, 0, 4, 0, "No.")
            sheet.merge_range(3, 1, 3, 3, "施設の概要")
            sheet.merge_range(3, 4, 3, 5, "連絡先")
        for n, row in enumerate(ROWS, 1):
            cells = [n, row["事業所名"], row["団体名"], row["住所"], row["電話番号"], f"m{n}@example.jp"]
            sheet.write_row(4 + n, 0, cells)
    proposal = onboarding.propose(path)
    assert proposal.reader["header_row"] == header_row and proposal.rows.table.num_rows == len(ROWS)
    if merged:
        assert proposal.rows.header[:2] == ("No.", "施設の概要／名称")
        told = writing.mapping_yml(proposal)
        assert yaml.safe_load(told)["natural_key"] == ["No."] and "#   No." not in told


def test_columns_of_marks_are_flags(tmp_path: Path) -> None:
    rows = [row | {"分野／居場所": "○", "分野／相談": ["○", ""][place % 2]} for place, row in enumerate(ROWS)]
    _, mapping = proposed(tmp_path, rows)
    flags = records(mapping, "services")[0]["fields"]["support_categories"]["flags"]
    assert flags == {"分野／居場所": "ibasho", "分野／相談": "consultation"}


def test_a_mark_is_no_name(tmp_path: Path) -> None:
    matches, _ = proposed(tmp_path, with_column("活動", "○", ""))
    assert matches["活動"].target is None


def test_hours_in_prose_are_read_at_both_ends(tmp_path: Path) -> None:
    rows = [row | {"受付（平日）": "9:00～17:00", "受付（土曜）": "10時から12時"} for row in ROWS]
    _, mapping = proposed(tmp_path, rows)
    said = [(record["set"].get("weekdays"), record["fields"]["closes"]) for record in records(mapping, "schedules")]
    assert said == [
        ("月火水木金", {"column": "受付（平日）", "reads": "closing_time"}),
        ("土", {"column": "受付（土曜）", "reads": "closing_time"}),
    ]


@pytest.mark.parametrize(
    ("heading", "days"),
    [
        ("受付時間（平日）", {"weekdays": "月火水木金"}),
        ("土曜", {"weekdays": "土"}),
        ("時間（日曜日）", {"weekdays": "日"}),
        ("利用時間（祝日）", {"holiday": "open"}),
        *((heading, {}) for heading in ("曜日・時間", "利用可能曜日", "定休日", "月", "日時")),
    ],
)
def test_the_days_that_a_heading_tells(heading: str, days: dict[str, str]) -> None:
    assert headings.weekdays(heading) == days


def test_whose_a_telephone_is(tmp_path: Path) -> None:
    rows = [{"法人電話番号" if name == "電話番号" else name: cell for name, cell in row.items()} for row in ROWS]
    rows = [row | {"事業所電話番号": "0166-00-0199"} for row in rows]
    _, mapping = proposed(tmp_path, rows)
    owners = {record["fields"]["value"]: record["owner"] for record in records(mapping, "contact_points")}
    assert owners == {"法人電話番号": "organizations", "事業所電話番号": "services"}


def test_a_file_of_which_nothing_is_known_still_makes_a_mapping(tmp_path: Path) -> None:
    _, mapping = proposed(tmp_path, [{"ほげ": "あ", "ふが": "い"}, {"ほげ": "う", "ふが": "え"}])
    assert mapping["records"][0] == {
        "table": "services", "set": {"beneficiary": "person", "area_scope": "unknown"}, "fields": {"name": "ほげ"},
    }  # fmt: skip


def test_a_workbook_is_known_by_its_bytes_and_read_from_the_sheet_with_the_table(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("表紙").write(0, 0, "しるべ市の一覧")
        sheet = book.add_worksheet("一覧 (2)")
        for number, row in enumerate([["題名"], list(ROWS[0]), *([*row.values()] for row in ROWS), [], ["※ 見本です"]]):
            sheet.write_row(number, 0, row)
    proposal = onboarding.propose(path)
    assert proposal.reader["format"] == "xlsx" and proposal.reader["header_row"] == 2
    assert re.fullmatch(proposal.reader["sheets"][0], "一覧 (2)") and proposal.rows.table.num_rows == len(ROWS)


def test_a_file_without_header_gets_letters(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("".join(f"{n},2026-04-0{n},0166-00-000{n},しるべ{n}\n" for n in range(1, 7)), encoding="utf-8")
    proposal = onboarding.propose(path)
    assert proposal.reader["header_row"] == 0 and proposal.rows.header == ("A列", "B列", "C列", "D列")
    assert proposal.rows.table.num_rows == 6


def test_a_standard_file_is_known_by_its_layout() -> None:
    source = catalog.load(catalog.ROOT / "sample_koukyou")
    proposal = onboarding.propose(source.folder / source.fetch["files"][0])
    assert proposal.layout == "ods_public_facility"
    assert onboarding.propose(catalog.ROOT / "hokkaido_npo_support" / "shien.csv").layout is None


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<!DOCTYPE html><html><body>404</body></html>", "html-page"),
        (b"", "empty-file"),
        (b" \r\n\r\n", "empty-file"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1", "not-a-table"),
        (b"%PDF-1.7\n", "not-a-table"),
        (b'{"a": 1}', "not-a-table"),
        (b'[{"a": 1}, {"a"', "not-a-table"),
        (b"PK\x03\x04 cut off", "bad-zip"),
        ('団体名,電話\n"しるべ,0166\n'.encode(), "unterminated-quote"),
    ],
)
def test_what_is_no_table_is_refused_plainly(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(content)
    with pytest.raises(ReadError) as caught:
        onboarding.propose(path)
    assert caught.value.code == code and caught.value.message_ja and caught.value.message_en


def options(schema: Any) -> Iterator[str]:
    """Every option that a JSON Schema names."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for part in schema.values():
            yield from options(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from options(part)


def choices(schema: Any) -> Iterator[str]:
    """Every word that a JSON Schema allows, but the names of tables."""
    if isinstance(schema, dict):
        yield from (word for word in schema.get("enum", ()) if word not in knowledge.rulebook.tables())
        yield from (word for word in (schema.get("const"),) if isinstance(word, str))
        for part in schema.values():
            yield from choices(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from choices(part)


@pytest.mark.parametrize("name", ["source", "mapping", "corrections"])
def test_the_guide_names_every_option(name: str) -> None:
    schema = json.loads((catalog.ROOT / f"{name}.schema.json").read_text(encoding="utf-8"))
    told = GUIDE.read_text(encoding="utf-8")
    for word in {*options(schema), *choices(schema)}:
        assert re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", told, re.ASCII), word


def examples(kind: str) -> list[Any]:
    blocks = re.findall(rf"```yaml\n# {kind}\.yml\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    return [yaml.safe_load(block) for block in blocks]


def test_every_example_of_the_guide_is_of_a_kind() -> None:
    told = GUIDE.read_text(encoding="utf-8")
    assert told.count("```yaml") == sum(len(examples(kind)) for kind in ("source", "mapping", "corrections")) == 6


@pytest.mark.parametrize("told", examples("source"), ids=lambda told: str(told["id"]))
def test_the_examples_of_sources_load(tmp_path: Path, told: dict[str, Any]) -> None:
    source = catalog.load(tiny.write_folder(tmp_path, told, tiny.MAPPING))
    assert source.id == told["id"] and source.tables


def test_the_example_of_a_mapping_loads(tmp_path: Path) -> None:
    (told,) = examples("mapping")
    mapping = catalog.load(tiny.write_folder(tmp_path, tiny.SOURCE, told)).mapping
    assert mapping.natural_key == ("番号",) and mapping.subject == "services"


def test_the_example_of_corrections_loads(tmp_path: Path) -> None:
    (told,) = examples("corrections")
    (tmp_path / "corrections.yml").write_text(yaml.safe_dump(told, allow_unicode=True), encoding="utf-8")
    assert [one.status for one in corrections.load(tmp_path)] == ["reported", "open"]
