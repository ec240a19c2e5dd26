"""Workbooks as people make them, read as they see them."""

from __future__ import annotations

import datetime
import io
import multiprocessing
import re
import resource
import struct
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources import forms, letters
from sources.forms.definition import OWN_SHEET
from sources.readers import workbook
from sources.readers.rows import ReadError


def saved(path: Path, *rows: list[Any], book: openpyxl.Workbook | None = None) -> Path:
    book = book or openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def cells(path: Path) -> list[list[str]]:
    return [row for _, row in workbook.read(path).rows]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("01", "01"),
        (" 見本 ", " 見本 "),
        (1, "1"),
        (2.5, "2.5"),
        (-3.0, "-3"),
        (0.1 + 0.2, "0.3"),
        (43.0620958, "43.0620958"),
        (10**15, "1000000000000000"),
        (1e20, "100000000000000000000"),
        (True, "TRUE"),
        (False, "FALSE"),
        (datetime.date(2024, 1, 6), "2024-01-06"),
        (datetime.datetime(2024, 1, 6, 9, 5), "2024-01-06 09:05:00"),
        (datetime.datetime(2024, 1, 6), "2024-01-06"),
        (datetime.time(9, 0), "09:00:00"),
        (datetime.time(17, 20, 59), "17:20:59"),
        (datetime.timedelta(hours=25, minutes=3), "25:03:00"),
        (None, ""),
    ],
)
def test_a_cell_is_what_a_person_sees(value: Any, text: str, tmp_path: Path) -> None:
    assert cells(saved(tmp_path / "a.xlsx", ["甲", "乙"], ["x", value])) == [["x", text]]


@given(st.times().map(lambda time: time.replace(microsecond=0)))
def test_every_time_of_day_comes_to_the_second(time: datetime.time) -> None:
    day = (time.hour * 3600 + time.minute * 60 + time.second) / 86400
    seconds = datetime.timedelta(days=day)
    noisy = (datetime.datetime(2000, 1, 1) + seconds).time()
    assert workbook._text(noisy) == time.isoformat()


def test_errors_are_shown_and_formulas_count_by_their_value(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.xlsx", ["甲", "乙", "丙"], ["a", "=VLOOKUP(1,A1:B2,2)", "c"], ["b", "#REF!", "d"])
    aside = tmp_path / "b.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(aside, "w") as new:
        for name in old.namelist():
            content = old.read(name).decode()
            # openpyxl calculates nothing: the value that Excel would have saved beside the formula.
            new.writestr(
                name, re.sub(r'<c r="B2"[^>]*>(<f>.*?</f>)<v ?/?>(</v>)?', r'<c r="B2" t="e">\1<v>#N/A</v>', content)
            )
    assert cells(aside) == [["a", "#N/A", "c"], ["b", "#REF!", "d"]]


def test_blank_rows_above_and_below_are_nothing_and_between_are_rows(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.xlsx", [], [None], [None, "甲", "乙"], [None, "a"], [], [None, None, "b"], ["", ""], [])
    sheet = workbook.read(path)
    assert (sheet.labels, sheet.header_row) == (("", "甲", "乙"), 3)
    assert list(sheet.rows) == [(4, ["", "a", ""]), (5, ["", "", ""]), (6, ["", "", "b"])]


def test_the_table_begins_in_its_own_column(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active["C2"], book.active["C3"] = "甲", "x"
    sheet = workbook.read(saved(tmp_path / "a.xlsx", book=book))
    assert (sheet.labels, list(sheet.rows)) == (("", "", "甲"), [(3, ["", "", "x"])])


def test_cells_beyond_the_labels_are_kept(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.xlsx", ["甲", "乙", None, None], ["a", "b", "", "余り"])
    assert (workbook.read(path).labels, cells(path)) == (("甲", "乙"), [["a", "b", "", "余り"]])


def test_the_first_sheet_that_is_seen_is_the_table(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["隠し"])
    book.active.sheet_state = "hidden"
    for name in ("表", "次"):
        book.create_sheet(name).append([name])
    book.save(tmp_path / "a.xlsx")
    assert workbook.read(tmp_path / "a.xlsx").labels == ("表",)


def test_of_a_correction_sheet_the_data_are_the_table(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = workbook.REQUEST_SHEET
    book.active.append(["訂正"])
    book.create_sheet(workbook.DATA_SHEET).append(["番号"])
    assert workbook.read(saved(tmp_path / "a.xlsx", book=book)).labels == ("番号",)


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "not-a-table"), (b"a,b\n1,2\n", "not-a-table"), (b"PK\x03\x04 cut off", "not-a-table")],
)
def test_what_is_no_workbook_is_refused_in_words(content: bytes, code: str, tmp_path: Path) -> None:
    path = tmp_path / "名簿.xlsx"
    path.write_bytes(content)
    with pytest.raises(ReadError) as caught:
        workbook.read(path)
    assert caught.value.code == code
    assert "名簿.xlsx" in caught.value.message_ja
    assert str(tmp_path) not in caught.value.message_ja + caught.value.message_en


def test_a_workbook_without_its_parts_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook")
    with pytest.raises(ReadError):
        workbook.read(tmp_path / "a.xlsx")


def test_a_blank_workbook_is_empty(tmp_path: Path) -> None:
    with pytest.raises(ReadError) as caught:
        workbook.read(saved(tmp_path / "a.xlsx", [None, ""], []))
    assert caught.value.code == "empty-file"


def test_a_workbook_that_would_fill_the_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path / "a.xlsx", ["甲"])
    monkeypatch.setattr(workbook, "MAX_BYTES", 1000)
    with pytest.raises(ReadError) as caught:
        workbook.read(path)
    assert caught.value.code == "zip-bomb"


@given(st.integers(0, 20_000))
def test_letters_name_one_column(place: int) -> None:
    assert letters.place(letters.letters(place)) == place


SHEET, TEXTS, LINKS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/_rels/workbook.xml.rels"
MAIN = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def changed(part: str, change: Callable[[bytes], bytes], book: openpyxl.Workbook | None = None) -> bytes:
    """A workbook of 甲, 乙 and one row, one part of which somebody has written in another way."""
    told, out = io.BytesIO(), io.BytesIO()
    if book is None:
        book = openpyxl.Workbook()
        book.active.append(["甲", "乙"])
        book.active.append(["a", "b"])
    book.save(told)
    with zipfile.ZipFile(told) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        parts = {part: b"", **{name: old.read(name) for name in old.namelist()}}
        for name, content in parts.items():
            new.writestr(name, change(content) if name == part else content)
    return out.getvalue()


def with_rows(rows: bytes) -> bytes:
    return changed(SHEET, lambda told: told.replace(b"</sheetData>", rows + b"</sheetData>"))


def outcome(content: bytes) -> str:
    """What reading the workbook comes to: ``read``, or the code of the :class:`ReadError`."""
    try:
        for sheet in workbook.grids(content, "a.xlsx", [".*"]):
            list(sheet.rows)
    except ReadError as error:
        return error.code
    return "read"


def _in_child(contents: list[bytes], pipe: Any) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (3 * 10**9, 3 * 10**9))
    for content in contents:
        pipe.send(outcome(content))


def survived(contents: list[bytes]) -> list[str]:
    """The outcomes in a process that may use 3 GB and may die."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.get_context("fork").Process(target=_in_child, args=(contents, theirs))
    child.start()
    theirs.close()
    told = []
    try:
        while len(told) < len(contents) and ours.poll(60):
            told.append(ours.recv())
    except EOFError:
        pass
    child.join(60)
    assert child.exitcode == 0, f"died of workbook {len(told)}, exit code {child.exitcode}"
    return told


FAR = {
    "single quotes": b"<row r='1048576'><c r='XFD1048576' t='n'><v>1</v></c></row>",
    "blanks": b'<row><c t="n" \n r = "XFD1048576"><v>1</v></c></row>',
    "prefix": b"<x:row xmlns:x='" + MAIN + b"' r='1048576'><x:c r='XFD1048576'><x:v>1</x:v></x:c></x:row>",
    "other order": b'<row r="9"><c t="n" s="0" r="XFD1048576"><v>1</v></c></row>',
    "small letters": b'<row r="9"><c r="xfd1048576"><v>1</v></c></row>',
    "the row's reference": b'<row r="1048576"><c r="XFC1048576"/><c><v>1</v></c></row>',
    "the row's alone": b'<row r="1048575"><c r="XFC1"/></row><row><c r="XFC2"/><c><v>1</v></c></row>',
    "row in a row": b'<row><c r="XFC1"/><row r="1048576"><c><v>1</v></c></row></row>',
    "an angle in an attribute": b'<row r="9"><c x=">" r="XFD1048576"><v>1</v></c></row>',
    "a formula": b'<row r="9"><c r="XFD1048576"><f>1+1</f><v>2</v></c></row>',
    "more columns than there are": b'<row r="9"><c r="ZZZZZZ1048576"><v>1</v></c></row>',
    "more rows than there are": b'<row r="9"><c r="ZZZ4294967295"><v>1</v></c></row>',
}


@pytest.mark.parametrize("rows", FAR.values(), ids=FAR)
def test_a_cell_far_away_is_refused_however_it_is_written(rows: bytes) -> None:
    assert survived([with_rows(rows)]) == ["zip-bomb"]


CRAFTED = {
    "cell in a cell": with_rows(b'<row><c r="XFD1048576"><is><c/></is><v>1</v></c></row>'),
    "row in a cell": with_rows(b'<row><c r="XFD1048576"><is><row/></is><v>1</v></c></row>'),
    "character reference": with_rows(b'<row><c r="&#88;FD1048576"><v>1</v></c></row>'),
    "entity": changed(SHEET, lambda told: b'<!DOCTYPE a [<!ENTITY e "XFD1048576">]>' + told),
    "UTF-16": changed(SHEET, lambda told: told.decode().encode("utf-16")),
    "a tag without end": changed(SHEET, lambda told: b'<a b="' + b" " * 50_000_000),
    "not XML": changed(SHEET, lambda told: told[:-20] + b"<<<"),
    "texts that are not there": changed(TEXTS, lambda told: b'<sst uniqueCount="99999999999"></sst>'),
    "more texts than memory": changed(TEXTS, lambda told: b'<sst uniqueCount="9999999999999999999"></sst>'),
    "texts further in": changed(TEXTS, lambda told: b'<a><sst uniqueCount="99999999999"></sst></a>'),
}


@pytest.mark.parametrize("content", CRAFTED.values(), ids=CRAFTED)
def test_what_no_program_writes_is_refused(content: bytes) -> None:
    begun = time.monotonic()
    assert survived([content])[0] in ("not-a-table", "zip-bomb")
    assert time.monotonic() - begun < 30


def elsewhere() -> dict[str, bytes]:
    """Workbooks with a cell far away, in which calamine looks for the sheet elsewhere than a simple reader would."""
    far = with_rows(FAR["single quotes"])
    with zipfile.ZipFile(io.BytesIO(far)) as archive:
        bad = archive.read(SHEET)
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(io.BytesIO(with_rows(b""))) as archive:
        good = archive.read(SHEET)

    def packed(*more: tuple[str, bytes], **instead: bytes) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, told in [*({**parts, SHEET: good} | instead).items(), *more]:
                archive.writestr(name, told)
        return out.getvalue()

    link = re.search(rb'<Relationship [^>]*worksheets/sheet1.xml"[^>]*>', parts[LINKS])
    assert link
    other = link[0].replace(b"sheet1.xml", b"sheet9.xml")
    last = parts[LINKS].replace(link[0], link[0] + other)
    moved = {name.replace("xl/", "yl/"): told for name, told in {**parts, SHEET: bad}.items()}
    root = parts["_rels/.rels"].replace(b"xl/workbook", b"yl/workbook")
    upper = SHEET.upper()
    return {
        "bytes before the ZIP": b"xx" + far,
        "bytes after the ZIP": far + struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 0, 0, 0, 0, 0),
        "the same Id twice": packed(("xl/worksheets/sheet9.xml", bad), **{LINKS: last}),
        "the same part twice": packed((upper, bad)),
        "a book in another folder": packed(
            *((name, told) for name, told in moved.items() if name not in parts), **{"_rels/.rels": root}
        ),
    }


@pytest.mark.parametrize("which", elsewhere())
def test_a_sheet_that_hides_is_refused(which: str) -> None:
    assert survived([elsewhere()[which]])[0] in ("not-a-table", "zip-bomb")


def test_a_hidden_sheet_of_ours_is_guarded_as_well(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["甲"])
    own = book.create_sheet(OWN_SHEET)
    own.sheet_state = "hidden"
    own["A1"], own["XFD1048576"] = "x", "x"
    path = saved(tmp_path / "a.xlsx", book=book)
    assert forms.layouts_of(path) == ()
    with pytest.raises(ReadError) as caught:
        forms.read(path.read_bytes(), path.name, "google_forms")
    assert caught.value.code == "zip-bomb"


def test_a_sheet_that_nobody_reads_may_be_as_large_as_it_likes() -> None:
    book = openpyxl.Workbook()
    book.active.append(["甲"])
    book.create_sheet("隠し")["XFD1048576"] = "x"
    book["隠し"].sheet_state = "hidden"
    assert survived([changed(SHEET, bytes, book)]) == ["read"]


@pytest.mark.parametrize(
    "rows",
    [
        b"<row r='3'><c r='A3' t='e'><v>#N/A</v></c><c r='B3'><v>1</v></c></row>",
        b'<row><c t="e"><f/><v>#N/A</v></c><c><v>1</v></c></row>',
        b'<row r="3"><c r="A3" s="0" t="e"><f t="shared" si="0"/><v>#N/A</v></c><c r="B3"><f>1</f><v>1</v></c></row>',
        b"<x:row xmlns:x='" + MAIN + b"'><x:c t='e'><x:v>#N/A</x:v></x:c><x:c><x:v>1</x:v></x:c></x:row>",
    ],
)
def test_however_it_is_written_a_sheet_reads_the_same(rows: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(with_rows(rows))
    assert cells(tmp_path / "a.xlsx") == [["a", "b"], ["#N/A", "1"]]


def test_what_a_sheet_says_of_its_dimension_is_not_believed() -> None:
    for lie in (b"A1:XFD1048576", b"B9:A1", b"A1"):
        assert (
            outcome(changed(SHEET, lambda told, lie=lie: re.sub(rb'(<dimension ref=")[^"]*', rb"\1" + lie, told)))
            == "read"
        )


QUOTE, GAP = st.sampled_from(["'", '"']), st.sampled_from(["", " ", "\n"])
REFERENCE = st.sampled_from(
    ["A1", "B2", "XFD1", "A1048576", "XFD1048576", "zz99", "AAAA9999999", "1", "A", "&#65;1", ""]
)


@st.composite
def pieces(draw: st.DrawFn) -> str:
    """Rows as nobody would write them."""
    told = ""
    for _ in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(["row", "c", "v", "is", "f", "!--"]))
        if kind == "!--":
            told += "<!-- <c r='A1'> -->"
            continue
        quote = draw(QUOTE)
        name = draw(st.sampled_from(["r", "r", "t", "x:r"]))
        value = draw(REFERENCE) if kind == "c" else draw(st.sampled_from(["1", "5", "1048576", "4294967297", "x"]))
        attribute = f" {draw(GAP)}{name}{draw(GAP)}={draw(GAP)}{quote}{value}{quote}" if draw(st.booleans()) else ""
        inner = draw(st.sampled_from(["", "1", "<v>1</v>", "<is><t>x</t></is>", "<c r='XFD1'><v>1</v></c>"]))
        told += f"<{kind}{attribute}>{inner}</{kind}>" if draw(st.booleans()) else f"<{kind}{attribute}/>{inner}"
        if draw(st.booleans()):
            told = f"<{kind}>{told}</{kind}>"
    return told


@given(st.lists(pieces(), min_size=30, max_size=30))
@settings(max_examples=15, deadline=None)
def test_whatever_stands_in_a_sheet_the_process_lives(rows: list[str]) -> None:
    spoken = b'<sheetData xmlns:x="x">'
    contents = [
        changed(SHEET, lambda told, row=row: told.replace(b"<sheetData>", spoken + row.encode())) for row in rows
    ]
    assert set(survived(contents)) <= {"read", "not-a-table", "zip-bomb"}
