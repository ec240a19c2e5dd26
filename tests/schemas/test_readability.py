"""The machine-readability rating: each rule kept and broken, the scores, the form, and what cannot be read."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.readability import UnratableError, rate, rules, summary
from schemas.readability.rating import Verdict, score
from schemas.readability.rules import CHECKS, Violations
from schemas.readability.sheet import Area, letters

SHARED = Path(__file__).parents[2].parent / "shared"
PUBLISHED = SHARED / "standards/raw/machine_readability"
REAL = SHARED / "data/real"

LABELS = ["ID", "名称", "種別", "開始日", "全国地方公共団体コード", "都道府県名", "定員（人）"]
CSV_ONLY = {"L1-14", "L1-15"}
XLSX_ONLY = {"L1-10", "L1-11", "L1-12", "L1-13", "L2-06"}
EXCLUDED = {"L1-09", "L3-02", "L3-03", "L3-08"}
"""Rules that the published list gives the confidence 0."""

Rows = list[list[Any]]


def good() -> Rows:
    """A table that keeps every rule: 24 rows below its headings."""
    rows: Rows = [[*LABELS]]
    for n in range(1, 25):
        kind = ("居場所", "相談窓口", "その他")[n % 3]
        rows.append([f"A{n:03}", f"見本の家{n}号", kind, f"2024-04-{n:02}", "011002", "北海道", str(n * 5)])
    return rows


def changed(row: int, column: int, value: Any) -> Rows:
    """The good table with one cell changed; both count from 1, the headings are row 1."""
    rows = good()
    rows[row - 1][column - 1] = value
    return rows


def column(column: int, label: str, values: Callable[[int], Any]) -> Rows:
    """The good table with one column changed."""
    rows = good()
    for n, row in enumerate(rows):
        row[column - 1] = values(n) if n else label
    return rows


def write_csv(path: Path, rows: Rows, encoding: str = "utf-8", delimiter: str = ",") -> Path:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def write_xlsx(path: Path, rows: Rows, extra: Callable[[Any, Any], None] = lambda book, sheet: None) -> Path:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("一覧")
        date = book.add_format({"num_format": "yyyy/mm/dd"})
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                if isinstance(value, datetime):
                    sheet.write_datetime(r, c, value, date)
                elif value != "":
                    sheet.write(r, c, value)
        extra(book, sheet)
    return path


def verdicts(rating: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The verdicts on the first table, by rule."""
    (first, *_) = [table for sheet in rating["sheets"] for table in sheet["評価対象エリア"]]
    return {verdict["ルールID"]: verdict for verdict in first["評価内容"]}


def broken(rating: dict[str, Any]) -> dict[str, list[str]]:
    """The rules broken in any table, with the cells of their violations."""
    found: dict[str, list[str]] = {}
    for sheet in rating["sheets"]:
        for table in sheet["評価対象エリア"]:
            for verdict in table["評価内容"]:
                if not verdict["合否"]:
                    found.setdefault(verdict["ルールID"], []).extend(v["セル範囲"] for v in verdict["違反"])
    return found


def scores(rating: dict[str, Any]) -> list[int | None]:
    return [level and level["スコア"] for level in rating["レベル別スコア"].values()]


class TestRulesAsData:
    def test_thirty_rules_on_three_levels(self) -> None:
        book = rules.rules()
        assert [sum(rule.level == level for rule in book.values()) for level in (1, 2, 3)] == [15, 6, 9]
        assert all(id == rule.id and id[1] == str(rule.level) and rule.ja and rule.en for id, rule in book.items())

    def test_every_rule_but_the_excluded_ones_is_judged(self) -> None:
        assert set(rules.rules()) - set(CHECKS) == EXCLUDED
        assert {rule.id for rule in rules.rules().values() if not rule.applies} == EXCLUDED
        assert {rule.id for rule in rules.rules().values() if rule.applies == ("xlsx",)} == XLSX_ONLY

    @pytest.mark.skipif(not PUBLISHED.is_dir(), reason="the published table is not on this machine")
    def test_levels_severities_and_points_are_the_published_ones(self) -> None:
        with (PUBLISHED / "rule_scoring_table.csv").open(encoding="utf-8-sig", newline="") as file:
            published = {
                row["ルールID"]: (int(row["レベル"]), row["重大度"].lower(), row["違反時の減点幅"])
                for row in csv.DictReader(file)
            }
        ours = {
            id: (rule.level, rule.severity, "強制0点" if rule.severity == "fatal" else f"-{rule.points}")
            for id, rule in rules.rules().items()
        }
        assert ours == published


class TestScores:
    @staticmethod
    def verdict(id: str, *, kept: bool) -> Verdict:
        found = Violations()
        if not kept:
            found.add("A1", "見本の違反")
        return Verdict(rules.rules()[id], found)

    @given(st.dictionaries(st.sampled_from(sorted(CHECKS)), st.booleans(), min_size=1))
    def test_a_level_loses_the_points_of_its_broken_rules(self, kept: dict[str, bool]) -> None:
        result = score([self.verdict(id, kept=good) for id, good in kept.items()])
        assert result is not None
        failed = [rules.rules()[id] for id, good in kept.items() if not good]
        fatal = [rule for rule in failed if rule.severity == "fatal"]
        points = sum({"critical": {1: 10, 2: 40, 3: 15}, "major": {1: 5, 2: 30, 3: 10}}[r.severity][r.level]
                     for r in failed if r.severity != "fatal")  # fmt: skip
        assert result["スコア"] == (0 if fatal else max(0, 100 - points))
        assert (result["合格"], result["合計"]) == (len(kept) - len(failed), len(kept))
        assert result["強制0点"] is bool(fatal) and len(result["強制0点ルール"]) == len(fatal)
        assert [rule["ルールID"] for rule in result["失敗ルール"]] == [rule.id for rule in failed]

    def test_rules_that_were_not_judged_do_not_count(self) -> None:
        aside = Verdict(rules.rules()["L3-07"], reason="一つのファイルでは判定しません。")
        assert score([aside]) is None
        assert score([aside, self.verdict("L3-04", kept=True)]) == {
            "スコア": 100, "合格": 1, "合計": 1, "強制0点": False, "強制0点ルール": [], "失敗ルール": [],
        }  # fmt: skip


class TestAGoodTable:
    def test_as_csv(self, tmp_path: Path) -> None:
        rating = rate(write_csv(tmp_path / "good.csv", good()))
        assert broken(rating) == {} and scores(rating) == [100, 100, 100]
        assert (rating["フォーマット"], rating["Sheet数"]) == ("csv", 1)
        assert {id for id, v in verdicts(rating).items() if v["判定対象外"]} == EXCLUDED | XLSX_ONLY | {"L3-07"}
        assert all((v["信頼度"] == 0) is v["判定対象外"] for v in verdicts(rating).values())

    def test_as_workbook_with_typed_cells(self, tmp_path: Path) -> None:
        rows = good()
        for row in rows[1:]:
            row[3], row[6] = datetime.fromisoformat(row[3]), int(row[6])
        rating = rate(write_xlsx(tmp_path / "good.xlsx", rows))
        assert broken(rating) == {} and scores(rating) == [100, 100, 100]
        (sheet,) = rating["sheets"]
        (table,) = sheet["評価対象エリア"]
        assert (sheet["シート名"], sheet["使用範囲"], table["範囲"], table["ヘッダー範囲"]) == (
            "一覧", "A1:G25", "A1:G25", "A1:G1",
        )  # fmt: skip
        assert [c["inferredType"] for c in table["columns"]] == [*["text"] * 3, "date", "numeric", "text", "numeric"]
        assert {id for id, v in verdicts(rating).items() if v["判定対象外"]} == EXCLUDED | CSV_ONLY | {"L3-07"}

    @pytest.mark.parametrize(
        ("name", "encoding", "delimiter"),
        [("a.csv", "utf-8-sig", ","), ("a.csv", "cp932", ","), ("a.tsv", "utf-16", "\t"), ("a.txt", "utf-8", "\t")],
    )
    def test_in_other_encodings(self, tmp_path: Path, name: str, encoding: str, delimiter: str) -> None:
        rating = rate(write_csv(tmp_path / name, good(), encoding, delimiter))
        assert scores(rating) == [100, 100, 100]
        assert rating["フォーマット"] == ("tsv" if delimiter == "\t" else "csv")
        assert rating["sheets"][0]["評価対象エリア"][0]["columnHeaders"][1]["label"] == "名称"


def with_column(rows: Rows, label: str, values: Callable[[int], str]) -> Rows:
    return [[*row, values(n) if n else label] for n, row in enumerate(rows)]


BLANK = [""] * len(LABELS)
BROKEN_CSV: list[tuple[str, str, Rows, list[str]]] = [
    ("L1-02", "two tables", [*good(), BLANK, *good()], ["A1:G25", "A27:G51"]),
    ("L1-03", "a blank row between tables", [*good(), BLANK, *good()], ["26:26"]),
    ("L1-03", "a blank row below the headings", [LABELS, BLANK, *good()[1:]], ["2:2"]),
    ("L1-04", "a title above", [["支援の一覧", *[""] * 6], *good()], ["A1"]),
    ("L1-04", "a lone title and a blank row", [["支援の一覧", *[""] * 6], BLANK, *good()], ["A1"]),
    ("L1-04", "a note below", [*good(), ["※ 見本です", *[""] * 6]], ["A26"]),
    ("L1-04", "a total below", [*good(), ["", "合計", "", "", "", "", "1500"]], ["B26", "G26"]),
    ("L1-05", "no heading", changed(1, 3, ""), ["C1"]),
    ("L1-05", "headings 1 to 7", [[str(n) for n in range(1, 8)], *good()[1:]], [f"{c}1" for c in "ABCDEFG"]),
    ("L1-06", "a blank before", changed(3, 2, " 見本の家"), ["B3"]),
    ("L1-06", "a full-width blank", changed(4, 2, "見本の家　本館"), ["B4"]),
    ("L1-06", "blanks in a heading", changed(1, 2, "名  称"), ["B1"]),
    ("L1-07", "two touten", changed(5, 2, "赤、青、白の家"), ["B5"]),
    ("L1-07", "two middle dots", changed(5, 2, "赤・青・白の家"), ["B5"]),
    ("L1-07", "a comma", changed(5, 2, "赤の家,青の家"), ["B5"]),
    ("L1-07", "another figure in brackets", changed(5, 7, "12（3）"), ["G5"]),
    ("L1-14", "a line break", changed(6, 2, "見本の\n長い名前の家"), ["6:6"]),
    ("L1-15", "a cell too few", [*good()[:5], good()[5][:6], *good()[6:]], ["6:6"]),
    ("L2-01", "a unit", changed(7, 7, "35人"), ["G7"]),
    ("L2-01", "a triangle", changed(7, 7, "▲35"), ["G7"]),
    ("L2-01", "a note", changed(7, 7, "35（見込み）"), ["G7"]),
    ("L2-02", "ditto", changed(8, 2, "〃"), ["B8"]),
    ("L2-02", "left out", changed(8, 2, ""), ["B8"]),
    ("L2-03", "twice the same", changed(1, 3, "名称"), ["B1", "C1"]),
    ("L2-04", "a variant", changed(9, 3, "居場所（仮）"), ["C9"]),
    ("L2-04", "another width", column(3, "種別", lambda n: "ﾘｻｰﾁ" if n == 9 else "リサーチ"), ["C10"]),
    ("L2-05", "details of the other", changed(10, 3, "その他（畑の手伝い）"), ["C10"]),
    ("L3-01", "not on row 1", [["支援の一覧", *[""] * 6], *good()], ["1:1"]),
    ("L3-01", "a blank row below the headings", [LABELS, BLANK, *good()[1:]], ["2:2"]),
    ("L3-04", "no unit", changed(1, 7, "定員"), ["G1"]),
    ("L3-05", "an era", changed(11, 4, "令和6年4月1日"), ["D11"]),
    ("L3-05", "an ambiguous year", changed(11, 4, "24/04/01"), ["D11"]),
    ("L3-05", "two forms", changed(11, 4, "2024/04/10"), ["D1"]),
    ("L3-06", "a short name", changed(12, 6, "青森"), ["F12"]),
    ("L3-06", "no codes", [row[:4] + row[5:] for row in good()], ["E1"]),
    ("L3-09", "years as headings", [[*row, *(["2021年", "2022年", "2023年"] if n == 0 else ["1", "2", "3"])]
                                    for n, row in enumerate(good())], ["H1:J1"]),
    ("L3-09", "numbered headings", [[*row, *([f"電話番号{i}" for i in range(1, 5)] if n == 0 else ["1"] * 4)]
                                    for n, row in enumerate(good())], ["H1:K1"]),
]  # fmt: skip


class TestEachRuleOnCsv:
    @pytest.mark.parametrize(
        ("rule", "rows", "cells"),
        [(rule, rows, cells) for rule, _, rows, cells in BROKEN_CSV],
        ids=[f"{rule} {told}" for rule, told, _, _ in BROKEN_CSV],
    )
    def test_broken(self, tmp_path: Path, rule: str, rows: Rows, cells: list[str]) -> None:
        rating = rate(write_csv(tmp_path / "a.csv", rows))
        assert broken(rating).get(rule) == cells
        level = rating["レベル別スコア"][rule[1]]
        assert rule in {failed["ルールID"] for failed in level["失敗ルール"]} and level["スコア"] < 100

    @pytest.mark.parametrize(
        "rows",
        [
            with_column(good(), "住所", lambda n: f"北海道旭川市見本町{n}　見本ビル"),
            with_column(good(), "備考", lambda n: f"赤、青の家{n}" if n % 2 else f"赤・青の家{n}"),
            with_column(good(), "対象", lambda n: "子供;若者;高齢者"),
            with_column(good(), "費用", lambda n: "1,200"),
            with_column(good(), "割合", lambda n: f"{n}%"),
            with_column(good(), "年度", lambda n: "2024年度"),
            with_column(good(), "更新日", lambda n: "R6.04.01"),
            changed(7, 7, "-"),
            changed(7, 7, "不明"),
        ],
        ids=["address", "two of a kind", "semicolons", "thousands", "percent", "fiscal year", "JIS era", "-", "words"],
    )
    def test_what_is_allowed(self, tmp_path: Path, rows: Rows) -> None:
        assert broken(rate(write_csv(tmp_path / "a.csv", rows))) == {}

    def test_dependent_characters_break_the_rule_in_cp932_only(self, tmp_path: Path) -> None:
        rows = changed(3, 2, "見本の家①")
        told = verdicts(rate(write_csv(tmp_path / "a.csv", rows)))["L1-08"]
        assert told["合否"] and [(v["セル範囲"], v["違反重大度"]) for v in told["違反"]] == [("B3", "warning")]
        assert broken(rate(write_csv(tmp_path / "b.csv", rows, "cp932"))) == {"L1-08": ["B3"]}
        light = rate(write_csv(tmp_path / "c.csv", changed(3, 2, "見本の家３号"), "cp932"))
        assert [v["違反重大度"] for v in verdicts(light)["L1-08"]["違反"]] == ["info"] and broken(light) == {}
        assert verdicts(rate(write_csv(tmp_path / "d.csv", changed(3, 2, "家30㎡"), "cp932")))["L1-08"]["違反"] == []

    @pytest.mark.parametrize(
        ("text", "rules_broken"),
        [
            ('A001,"見本の家', {"L1-14", "L1-15"}),
            ('A001,見本の"家"', {"L1-15"}),
            ('A001,"見本の"家', {"L1-15"}),
            ('A001,"見本の""家"""', set()),
        ],
    )
    def test_quotes(self, tmp_path: Path, text: str, rules_broken: set[str]) -> None:
        path = tmp_path / "a.csv"
        path.write_text(f"ID,名称\nA000,見本\n{text}\n", encoding="utf-8")
        found = broken(rate(path))
        assert {id for id in found if id in CSV_ONLY} == rules_broken
        assert all(found[id] == ["3:3"] for id in rules_broken)

    def test_a_quote_that_swallows_a_large_file(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_text("ID,名称\nA1,見本\n" + 'A2,"見本\n' + "A3,見本\n" * 50_000, encoding="utf-8")
        rating = rate(path)
        assert broken(rating)["L1-14"] == ["3:3"] and rating["レベル別スコア"]["1"]["スコア"] == 0

    def test_one_column_is_no_table(self, tmp_path: Path) -> None:
        rating = rate(write_csv(tmp_path / "a.csv", [["名称"], ["見本の家"]]))
        assert scores(rating) == [None] * 3 and rating["sheets"][0]["評価対象エリア"] == []
        assert [cell["regionType"] for cell in rating["sheets"][0]["others"]] == ["isolated", "isolated"]

    def test_sparse_last_rows_are_data(self, tmp_path: Path) -> None:
        rows = [
            *good(),
            *([f"A{n}", *[""] * 6] for n in range(90, 92)),
            ["source-99", "見本の家99号", "その他", *[""] * 4],
        ]
        (table,) = rate(write_csv(tmp_path / "a.csv", rows))["sheets"][0]["評価対象エリア"]
        assert table["範囲"] == "A1:G28"

    def test_grouped_headings_on_two_rows(self, tmp_path: Path) -> None:
        rows = [
            ["ID", "利用者数", "", "備考"],
            ["", "男", "女", ""],
            *([f"A{n}", n * 10, n * 20, "良"] for n in range(9)),
        ]
        (table,) = rate(write_csv(tmp_path / "a.csv", rows))["sheets"][0]["評価対象エリア"]
        assert table["ヘッダー行"] == [1, 2]
        assert [header["label"] for header in table["columnHeaders"]] == ["ID", "利用者数 / 男", "女", "備考"]


def merged(cells: str) -> Callable[[Any, Any], None]:
    return lambda book, sheet: sheet.merge_range(cells, "結合")


def bold_headings(book: Any, sheet: Any) -> None:
    for c, label in enumerate(LABELS):
        sheet.write(0, c, label, book.add_format({"bold": True, "bg_color": "#DDEEFF"}))


def red_cell(book: Any, sheet: Any) -> None:
    sheet.write("B5", "見本の家", book.add_format({"font_color": "red"}))


def two_backgrounds(book: Any, sheet: Any) -> None:
    sheet.write("B5", "見本の家", book.add_format({"bg_color": "yellow"}))
    sheet.write("B6", "見本の家", book.add_format({"bg_color": "green"}))


def bold_cell(book: Any, sheet: Any) -> None:
    sheet.write("B5", "見本の家", book.add_format({"bold": True}))


def hidden_rows_and_columns(book: Any, sheet: Any) -> None:
    sheet.set_row(4, None, None, {"hidden": True})
    sheet.set_row(5, None, None, {"hidden": True})
    sheet.set_column("D:E", None, None, {"hidden": True})
    sheet.set_column("X:Z", None, None, {"hidden": True})  # beyond the used range


def chart(cell: str) -> Callable[[Any, Any], None]:
    def add(book: Any, sheet: Any) -> None:
        drawn = book.add_chart({"type": "column"})
        drawn.add_series({"values": "=一覧!$G$2:$G$25"})
        sheet.insert_chart(cell, drawn)

    return add


class TestEachRuleOnWorkbooks:
    @pytest.mark.parametrize(
        ("rule", "extra", "cells"),
        [
            ("L1-10", chart("C4"), ["C4"]),
            ("L1-10", lambda book, sheet: sheet.insert_textbox("B2", "注意"), ["B2"]),
            ("L1-11", red_cell, ["B2:B25"]),
            ("L1-11", two_backgrounds, ["B2:B25"]),
            ("L1-11", bold_cell, ["B2:B25"]),
            ("L1-12", merged("B5:B6"), ["B5:B6"]),
            ("L1-13", hidden_rows_and_columns, ["5:6", "D:E"]),
            ("L2-06", lambda book, sheet: sheet.write_formula("G5", "=SUM(G2:G4)", None, 30), ["G5"]),
        ],
    )
    def test_broken(self, tmp_path: Path, rule: str, extra: Callable[[Any, Any], None], cells: list[str]) -> None:
        rating = rate(write_xlsx(tmp_path / "a.xlsx", good(), extra))
        assert broken(rating).get(rule) == cells

    @pytest.mark.parametrize("extra", [bold_headings, chart("J3")])
    def test_kept(self, tmp_path: Path, extra: Callable[[Any, Any], None]) -> None:
        assert broken(rate(write_xlsx(tmp_path / "a.xlsx", good(), extra))) == {}

    def test_merged_headings_are_level_two_only(self, tmp_path: Path) -> None:
        rating = rate(write_xlsx(tmp_path / "a.xlsx", good(), merged("B1:C1")))
        told = verdicts(rating)["L1-12"]
        assert told["合否"] and [v["違反重大度"] for v in told["違反"]] == ["info"]
        assert broken(rating) == {"L2-03": ["B1:C1"]} and scores(rating) == [100, 0, 100]

    def test_a_blank_column_within(self, tmp_path: Path) -> None:
        rows = [[*row[:3], "", *row[3:]] for row in good()]
        rating = rate(write_xlsx(tmp_path / "a.xlsx", rows))
        assert broken(rating) == {"L1-03": ["D:D"]}

    def test_sheets_are_rated_together(self, tmp_path: Path) -> None:
        def second(book: Any, sheet: Any) -> None:
            other = book.add_worksheet("二枚目")
            other.hide()
            for r, row in enumerate(changed(1, 3, "")):
                other.write_row(r, 0, row)

        rating = rate(write_xlsx(tmp_path / "a.xlsx", changed(4, 2, "赤　青"), second))
        assert rating["Sheet数"] == 2 and [sheet["非表示"] for sheet in rating["sheets"]] == [False, True]
        assert broken(rating) == {"L1-05": ["C1"], "L1-06": ["B4"], "L2-03": ["C1"]}
        assert scores(rating) == [80, 0, 100]
        assert "二枚目!C1" in summary(rating)

    def test_readings_of_kanji_are_no_text(self, tmp_path: Path) -> None:
        path = write_xlsx(tmp_path / "a.xlsx", good())
        shared = "xl/sharedStrings.xml"
        with zipfile.ZipFile(path) as book:
            parts = {name: book.read(name) for name in book.namelist()}
        parts[shared] = parts[shared].replace(
            "<si><t>見本の家1号</t></si>".encode(),
            "<si><r><t>見本の</t></r><r><t>家1号</t></r><rPh sb='0' eb='2'><t>ミホン　</t></rPh></si>".encode(),
        )
        assert "rPh" in parts[shared].decode()
        with zipfile.ZipFile(path, "w") as book:
            for name, content in parts.items():
                book.writestr(name, content)
        assert broken(rate(path)) == {}


class TestManyViolations:
    def test_all_are_counted_and_a_hundred_are_listed(self, tmp_path: Path) -> None:
        rows = [["ID", "名称"], *([f"A{n}", "赤　青"] for n in range(30_000))]
        rating = rate(write_csv(tmp_path / "a.csv", rows))
        told = verdicts(rating)["L1-06"]
        assert [v["セル範囲"] for v in told["違反"]] == [f"B{n}" for n in range(2, 102)]
        assert told["違反グループ"] == {
            "合計件数": 30_000,
            "グループ": [{"シート": "a", "重大度": "warning", "件数": 30_000, "代表セル範囲": ["B2", "B3", "B4"]}],
        }
        assert len(json.dumps(rating)) < 100_000

    @settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(st.lists(st.tuples(*[st.sampled_from(["", "赤", "赤　青", " 赤", "赤、青、白", "12"])] * 3), max_size=30))
    def test_distinct_values_are_counted_as_their_cells(self, tmp_path: Path, rows: list[tuple[str, ...]]) -> None:
        rows = [("ID", "名称", "種別", "数"), *((f"A{n}", *row) for n, row in enumerate(rows))]
        rating = rate(write_csv(tmp_path / "a.csv", [list(row) for row in rows]))
        if rating["sheets"][0]["others"] or not rating["sheets"][0]["評価対象エリア"]:
            return  # sparse last rows are notes
        cells = {f"{letters(c)}{r}": cell for r, row in enumerate(rows, 1) for c, cell in enumerate(row, 1) if cell}
        told = verdicts(rating)
        assert {v["セル範囲"] for v in told["L1-06"]["違反"]} == {n for n, c in cells.items() if c in ("赤　青", " 赤")}
        assert {v["セル範囲"] for v in told["L1-07"]["違反"]} == {n for n, c in cells.items() if c == "赤、青、白"}


def _ratings(folder: Path) -> Iterator[dict[str, Any]]:
    yield rate(write_csv(folder / "good.csv", good()))
    yield rate(write_csv(folder / "one.csv", [["名称"], ["見本の家"]]))
    yield rate(write_xlsx(folder / "empty.xlsx", []))
    yield rate(write_xlsx(folder / "merged.xlsx", good(), merged("B1:C1")))
    for n, (_, _, rows, _) in enumerate(BROKEN_CSV):
        yield rate(write_csv(folder / f"{n}.csv", rows))
        yield rate(write_xlsx(folder / f"{n}.xlsx", rows))


class TestForm:
    KEYS = ("inputファイル名", "ファイルサイズ", "フォーマット", "Sheet数", "レベル別スコア", "sheets")
    VERDICT = frozenset({"ルールID", "合否", "判定対象外", "重大度", "信頼度", "違反", "メッセージ"})

    def test_keys(self, tmp_path: Path) -> None:
        for rating in _ratings(tmp_path):
            assert tuple(rating) == self.KEYS and list(rating["レベル別スコア"]) == ["1", "2", "3"]
            for sheet in rating["sheets"]:
                for table in sheet["評価対象エリア"]:
                    assert [verdict["ルールID"] for verdict in table["評価内容"]] == list(rules.rules())
                    assert all(set(v) - {"違反グループ"} == self.VERDICT for v in table["評価内容"])
                    assert all(v["メッセージ"] for v in table["評価内容"])
            assert json.loads(json.dumps(rating)) == rating

    @pytest.mark.skipif(not PUBLISHED.is_dir(), reason="the published output schema is not on this machine")
    def test_the_published_output_schema(self, tmp_path: Path) -> None:
        schema = json.loads((PUBLISHED / "analysis-output.schema.json").read_text(encoding="utf-8"))
        validator = jsonschema.Draft202012Validator(schema)
        assert [error.message for rating in _ratings(tmp_path) for error in validator.iter_errors(rating)] == []

    def test_a1_names(self) -> None:
        assert [letters(n) for n in (1, 26, 27, 702, 703, 16_384)] == ["A", "Z", "AA", "ZZ", "AAA", "XFD"]
        assert (str(Area(2, 1, 2, 1)), str(Area(1, 1, 3, 28))) == ("A2", "A1:AB3")

    @pytest.mark.parametrize(("lang", "words"), [("ja", "80点"), ("en", "80 points")])
    def test_summary(self, tmp_path: Path, lang: str, words: str) -> None:
        rows = changed(3, 2, "赤　青")
        rows[5][1] = "赤、青、白"
        text = summary(rate(write_csv(tmp_path / "支援.csv", rows)), lang)
        assert text.startswith("支援.csv\n") and words in text and "L1-06" in text and "B3  全角の空白" in text
        assert "L3-07" in text.splitlines()[-1]


class TestWhatCannotBeRead:
    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"", "空です"),
            (b"%PDF-1.7\n", "L1-01"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "L1-01"),
            (b"a,b\n\0\0,1\n", "文字のファイルではありません"),
            (b"a,b\n\x81,1\n", "文字コード"),
            (b"\xff\xfea\x00,\x00b", "文字コード"),
            (b"<!DOCTYPE html><html><body>404</body></html>", "HTML"),
            (b"PK\x03\x04 and no more", "壊れて"),
        ],
    )
    def test_says_why_in_both_languages(self, tmp_path: Path, content: bytes, words: str) -> None:
        path = tmp_path / "a.csv"
        path.write_bytes(content)
        with pytest.raises(UnratableError) as caught:
            rate(path)
        assert words in caught.value.ja and caught.value.en.isascii() and str(caught.value).endswith(caught.value.en)

    def test_no_file(self, tmp_path: Path) -> None:
        with pytest.raises(UnratableError, match="開けません"):
            rate(tmp_path / "none.csv")

    @staticmethod
    def rewritten(path: Path, part: str, content: bytes) -> Path:
        with zipfile.ZipFile(path) as book:
            parts = {name: book.read(name) for name in book.namelist()}
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
            for name, old in parts.items():
                book.writestr(name, content if name == part else old)
        return path

    @pytest.mark.parametrize(
        ("part", "content", "words"),
        [
            ("xl/worksheets/sheet1.xml", b"<worksheet><sheetData>", "壊れて"),
            ("xl/worksheets/sheet1.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><worksheet>&b;</worksheet>', "壊れて"),
            ("xl/workbook.xml", b"<workbook/>", "壊れて"),
            ("xl/worksheets/sheet1.xml", b'<worksheet><c r="A1"><v>x</v></c></worksheet>', "壊れて"),
            (
                "xl/worksheets/sheet1.xml",
                b'<worksheet><c r="A1"><v>1</v></c><c r="XFD1048576"><v>1</v></c></worksheet>',
                "使用範囲が広すぎます",
            ),
            ("xl/worksheets/sheet1.xml", b"<worksheet>" + b" " * (70 << 20) + b"</worksheet>", "大きすぎる"),
        ],
        ids=["cut off", "entities", "no sheets", "no number", "stray cell", "bomb"],
    )
    def test_hostile_workbooks(self, tmp_path: Path, part: str, content: bytes, words: str) -> None:
        path = self.rewritten(write_xlsx(tmp_path / "a.xlsx", good()), part, content)
        with pytest.raises(UnratableError, match=words):
            rate(path)

    @settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(
        st.one_of(
            st.binary(max_size=200),
            st.text(st.sampled_from('a1,\t"\r\n 　〃、・年令和5/県①'), max_size=120).map(str.encode),
        )
    )
    def test_any_bytes_are_rated_or_refused(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "a.csv"
        path.write_bytes(content)
        try:
            rating = rate(path)
        except UnratableError as error:
            assert error.ja and error.en
        else:
            assert all(value is None or 0 <= value <= 100 for value in scores(rating))
            assert summary(rating)

    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(st.data())
    def test_damaged_workbooks_are_rated_or_refused(self, tmp_path: Path, data: st.DataObject) -> None:
        path = tmp_path / "a.xlsx"
        if not path.exists():
            write_xlsx(path, good(), merged("B5:B6"))
        content = bytearray(path.read_bytes())
        for _ in range(data.draw(st.integers(1, 8))):
            content[data.draw(st.integers(4, len(content) - 1))] = data.draw(st.integers(0, 255))
        damaged = tmp_path / "b.xlsx"
        damaged.write_bytes(content)
        try:
            rating = rate(damaged)
        except UnratableError as error:
            assert error.ja and error.en
        else:
            assert rating["フォーマット"] == "xlsx"

    @settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(st.data())
    def test_odd_attributes_are_rated_or_refused(self, tmp_path: Path, data: st.DataObject) -> None:
        path = tmp_path / "a.xlsx"
        if not path.exists():

            def extra(book: Any, sheet: Any) -> None:
                red_cell(book, sheet)
                hidden_rows_and_columns(book, sheet)
                chart("B2")(book, sheet)
                sheet.merge_range("B7:B8", "結合")

            write_xlsx(path, [[*row, datetime(2024, 4, 1)] for row in good()], extra)
        with zipfile.ZipFile(path) as book:
            parts = {name: book.read(name) for name in book.namelist()}
        xml = [name for name in sorted(parts) if name.startswith(("xl/", "_rels")) and "theme" not in name]
        part = data.draw(st.sampled_from(xml))
        values = list(re.finditer(rb'"[^"]*"|>[0-9.]+<', parts[part].partition(b"?>")[2]))
        where = data.draw(st.sampled_from(values))
        odd = data.draw(st.sampled_from([b"", b"-1", b"0", b"x", b"NaN", b"1e400", b"99999999999", b"A0", b"ZZZ9"]))
        head, mark, body = parts[part].partition(b"?>")
        body = body[: where.start() + 1] + odd + body[where.end() - 1 :]
        odd_book = tmp_path / "b.xlsx"
        with zipfile.ZipFile(odd_book, "w") as book:
            for name, content in parts.items():
                book.writestr(name, head + mark + body if name == part else content)
        try:
            assert rate(odd_book)["フォーマット"] == "xlsx"
        except UnratableError as error:
            assert error.ja and error.en


@pytest.mark.skipif(not REAL.is_dir(), reason="the real files (../shared/data/real) are not on this machine")
class TestRealFiles:
    def test_takamatsu(self) -> None:
        rating = rate(REAL / "takamatsu/disabled_welfare_facility__data.xlsx")
        assert scores(rating) == [90, 100, 90] and broken(rating)["L1-06"] == ["D5"]

    def test_wam(self, tmp_path: Path) -> None:
        with zipfile.ZipFile(REAL / "wam-sfk-202603/sfkopendata_202603_45.zip") as archive:
            (name,) = archive.namelist()
            archive.extract(name, tmp_path)
        rating = rate(tmp_path / name)
        (table,) = rating["sheets"][0]["評価対象エリア"]
        assert table["列数"] == 29 and table["ヘッダー行"] == [1]
        assert {"L1-06", "L1-07"} <= set(broken(rating)) and "L1-14" not in broken(rating)
