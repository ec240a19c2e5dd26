"""Words for findings: every code that can arise has its sentence, and every sentence can be said."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from schemas import facts, formats, messages, personal, rulebook
from schemas.finding import Finding, Severity
from schemas.rulebook import Field, Table
from schemas.table_schema import codes
from warehouse.resolution import deciding

BOOK = messages.book()
CODES = [key for key in BOOK if "@" not in key]
WORDED_BY_THE_CALLER = {
    # the reader's and the fetcher's errors bring their own sentences (ReadError, FetchError)
    "not-a-table", "bad-zip", "zip-bomb",
    "not-found", "unreadable", "not-in-mirror", "unreachable", "timeout", "truncated", "server-error", "too-slow",
    "http-status", "host-not-allowed", "too-many-redirects", "too-large",
}  # fmt: skip
CELL_PLACES = {"expected", *facts.of_cell({}, None, None)[0]}
FILE_PLACES = {"column", "value", "expected", "table", "field", "row", "file"}
TOLD = {"row", "encoding", "blank", "other", "columns", "values", "note", "partner"}
PLACES = {f"@{fact}": {fact} for fact in TOLD} | {
    "@encoding": {"encoding", "row"},
    "@values": {"columns", "values"},
    "@partner": {"latitude", "longitude"},
}
"""What a sentence under code@fact is told besides."""
TYPES = {
    "integer", "number", "date", "time", "datetime", "year", "yearmonth", "duration", "boolean", "list", "array",
    "object", "geojson", "geopoint", "string/email", "string/uri", "string/uuid", "string/binary", "string/wkt",
}  # fmt: skip
STRICT = {
    "undecodable", "replacement-character", "nul", "unterminated-quote", "mixed-line-ends", "html-page",
    "blank-in-required", "fullwidth-digits", "header-again", "rows-above-header", "outer-blanks",
}  # fmt: skip
OF_TABLE_SCHEMA = {*codes.CONSTRAINTS.values(), *codes.TYPES.values(), *codes.SAME} | {
    "missing-key-value", "unreadable-file", "schema-fault", "unjudged",
}  # fmt: skip
PLACE = re.compile(r"\{(\w*)\}")
ROOT = rulebook.ROOT.parent
NAME = rulebook.table("services").field("name")


def finding(code: str, table: Table, field: Field, **changes: object) -> Finding:
    told: dict[str, object] = {
        "source": "machi", "file": "a.csv", "row": 2, "column": "見出し", "value": "x", "expected": None,
        "record_id": "machi:1", "usable": False, "subject": True, "reads": None,
    }  # fmt: skip
    return messages.cell_finding(code, table, field, **(told | changes))  # type: ignore[arg-type]


def raised(folder: str) -> set[str]:
    """The codes that the modules of a folder name where they raise, note or tell a problem."""
    call = re.compile(r"""(?:ReadError|FetchError|Problem|file_finding|Trouble)\(\s*"([a-z]+(?:-[a-z]+)+)\"""")
    return {code for path in (ROOT / folder).rglob("*.py") for code in call.findall(path.read_text(encoding="utf-8"))}


def documented(module: Path) -> set[str]:
    """The codes that the docstring of an error lists."""
    told = re.search(r"``code`` is one of:? (.+?)\"\"\"", module.read_text(encoding="utf-8"), re.DOTALL)
    assert told
    return set(re.findall(r"``([a-z]+(?:-[a-z]+)*)``", told[1]))


def test_every_code_that_can_arise_has_a_sentence() -> None:
    arising = {code for name in formats.names() for _, code in formats.module(name).BAD}
    arising |= OF_TABLE_SCHEMA | STRICT | {"unknown-code", "municipality-mismatch", "contact-in-free-text"}
    arising |= set(personal.CODES)
    arising |= {path.stem for room in ("schemas", "warehouse") for path in (ROOT / room).glob("checks/*/*.sql")}
    for folder in ("sources", "warehouse", "publish", "pipelines"):
        arising |= raised(folder)
    arising |= {deciding.JUDGED_BOTH_WAYS, deciding.JUDGED_AGAINST_KEY}
    shared = (ROOT / "warehouse/shared_sites.sql").read_text(encoding="utf-8")
    arising |= set(re.findall("SELECT '([a-z]+(?:-[a-z]+)+)'", shared))
    arising |= documented(ROOT / "sources/fetchers/__init__.py") | documented(ROOT / "sources/readers/rows.py")
    assert {"no-contact", "missing-key", "source-crashed", "ragged-row", "timeout", "html-page"} <= arising
    assert not arising - set(CODES)
    never = set(CODES) - arising
    assert never <= {"gate-below-minimum", "gate-above-maximum", "gate-passed-for-decision"}, never


@pytest.mark.parametrize("code", CODES)
def test_a_code_is_described_in_both_languages(code: str) -> None:
    japanese, english = messages.describe(code)
    assert japanese and english and "{" not in japanese + english
    assert BOOK[code]["ja"] and BOOK[code]["en"]
    assert BOOK[code].get("severity", "note") in [*Severity]


def sentences(entry: dict[str, Any], lang: str) -> list[str]:
    """Every text of an entry in that language, also the words that fill its own places."""
    texts = [text for key, text in entry.items() if key.endswith(lang) and not key.startswith("title_")]
    return [part for text in texts for part in ([text] if isinstance(text, str) else text)]


@pytest.mark.parametrize("key", list(BOOK))
def test_a_sentence_asks_only_for_what_it_is_told(key: str) -> None:
    code, at, place = key.partition("@")
    entry = BOOK[code] | BOOK[key]
    assert entry["ja"] and entry["en"] and ("ja_known" in entry) == ("en_known" in entry)
    own = {word.removesuffix("_ja") for word in entry if word.endswith("_ja")} - {"title"}
    for lang in ("ja", "en"):
        asked = set()
        for sentence in sentences(entry, lang):
            assert not re.search(r"[{}]", PLACE.sub("", sentence))
            asked |= set(PLACE.findall(sentence))
        assert asked <= CELL_PLACES | own | PLACES.get(at + place, set()) or asked <= FILE_PLACES


@pytest.mark.parametrize("key", [key for key in BOOK if "@" in key])
def test_a_more_telling_sentence_is_for_something_that_exists(key: str) -> None:
    code, _, place = key.partition("@")
    table, _, field = place.partition(".")
    assert code in CODES
    if field:
        assert rulebook.table(table).field(field)
    else:
        assert place in {*formats.names(), *TOLD, *TYPES, "example"}


def test_a_code_stands_in_one_file_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("messages.a.yml", "messages.b.yml"):
        (tmp_path / name).write_text("pattern: {ja: a, en: b}", encoding="utf-8")
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    messages.book.cache_clear()
    try:
        with pytest.raises(ValueError, match="pattern"):
            messages.book()
    finally:
        messages.book.cache_clear()


OWN = {"kind", "form", "unit", "range"}
CELL_CODES = [code for code in CODES if set(PLACE.findall(BOOK[code]["ja"] + BOOK[code]["en"])) <= CELL_PLACES | OWN]


@pytest.mark.parametrize("code", CELL_CODES)
def test_of_a_cell_every_sentence_can_be_said(code: str) -> None:
    for table in rulebook.tables().values():
        for field in table.record_fields:
            for value, expected in (("x", "y"), (None, None), ("", None)):
                told = finding(code, table, field, value=value, expected=expected, reads=field.reads)
                assert not re.search(r"[{}]", told.message_ja + told.message_en), (code, table.name, field.name)
                assert told.severity in [*Severity]


def test_the_codes_of_formats_and_of_the_schema_can_be_said_of_a_cell() -> None:
    arising = {code for name in formats.names() for _, code in formats.module(name).BAD}
    arising |= set(codes.CONSTRAINTS.values()) | {path.stem for path in rulebook.ROOT.glob("checks/*/*.sql")}
    assert not arising - set(CELL_CODES)


FILE_CODES = [
    code
    for code in CODES
    if "severity" in BOOK[code]  # else it is said of cells only, and the severity is the field's
    and code not in WORDED_BY_THE_CALLER
    and set(PLACE.findall(BOOK[code]["ja"] + BOOK[code]["en"])) <= FILE_PLACES
]


@pytest.mark.parametrize("code", FILE_CODES)
def test_a_sentence_of_a_file_needs_no_more_than_a_finding_has(code: str) -> None:
    places = set(PLACE.findall(BOOK[code]["ja"] + BOOK[code]["en"]))
    told = messages.file_finding(code, source="machi", **dict.fromkeys(places, "値"))
    assert told.code == code and told.severity == BOOK[code]["severity"]
    assert not re.search(r"[{}]", told.message_ja + told.message_en)


@pytest.mark.parametrize("code", sorted(WORDED_BY_THE_CALLER))
def test_a_reader_or_a_fetcher_brings_its_own_words(code: str) -> None:
    told = messages.file_finding(code, source="machi", ja="一文。", en="A sentence.", file="a.csv")
    assert (told.message_ja, told.message_en, told.severity) == ("一文。", "A sentence.", "reject")


def test_a_value_with_braces_is_told_as_it_stands() -> None:
    told = finding("pattern", rulebook.table("services"), NAME, value="{title}{0}{")
    assert "{title}{0}{" in told.message_ja and "{title}{0}{" in told.message_en


def test_a_blank_cell_is_called_blank_and_an_unknown_code_is_a_key_error() -> None:
    assert "（空欄）" in finding("pattern", rulebook.table("services"), NAME, value=None).message_ja
    with pytest.raises(KeyError):
        finding("no-such-code", rulebook.table("services"), NAME)
    with pytest.raises(KeyError):
        messages.file_finding("no-such-code", source="machi")


def test_the_most_telling_sentence_is_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    book = {
        "pattern": {"title_ja": "形", "title_en": "form", "severity": "note", "ja": "符号", "en": "code"},
        "pattern@phone": {"ja": "形式", "en": "format"},
        "pattern@services.fee": {"ja": "項目", "en": "field"},
    }
    (tmp_path / "messages.any.yml").write_text(yaml.safe_dump(book), encoding="utf-8")
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    messages.book.cache_clear()
    try:
        places = (("services.fee", "phone"), ("services.name", "phone"), ("services.name", None), ())
        chosen = [messages.entry("pattern", place) for place in places]
        assert [entry["ja"] for entry in chosen] == ["項目", "形式", "符号", "符号"]
        assert all(entry["severity"] == "note" and entry["title_ja"] == "形" for entry in chosen)
    finally:
        messages.book.cache_clear()


@pytest.mark.parametrize(
    ("code", "field", "changes", "severity"),
    [
        ("required", "services.name", {}, "quarantine"),
        ("required", "services.name", {"subject": False}, "withhold"),
        ("pattern", "services.office_number", {}, "withhold"),
        ("lost-zero", "services.office_number", {"usable": True}, "note"),
        ("required", "services.name", {"usable": True}, "note"),
        ("too-long", "services.summary", {}, "note"),
        ("duplicate-key", "services.record_id", {}, "quarantine"),
        ("duplicate-key", "organizations.record_id", {"subject": False}, "withhold"),
        ("unknown-code", "places.address_visibility", {"subject": False}, "quarantine"),
        ("required", "places.address_visibility", {"subject": False}, "quarantine"),
        ("municipality-mismatch", "places.municipality_code", {}, "note"),
    ],
)
def test_severity(code: str, field: str, changes: dict[str, object], severity: str) -> None:
    table = rulebook.table(field.partition(".")[0])
    assert finding(code, table, table.field(field.partition(".")[2]), **changes).severity == severity


def test_the_expected_form_is_the_values_own_else_the_formats() -> None:
    table = rulebook.table("contact_points")
    phone = formats.module("phone")
    own = finding("phone-length", table, table.field("value"), expected="10桁", reads="phone")
    general = finding("phone-length", table, table.field("value"), reads="phone")
    assert own.expected == "10桁" and "10桁" in own.message_ja
    assert general.expected == phone.EXPECTED_JA
    assert phone.EXPECTED_JA in general.message_ja and phone.EXPECTED_EN in general.message_en
    assert finding("not-in-list", table, table.field("kind")).expected is None


@pytest.mark.parametrize(
    ("code", "field", "value", "expected", "sentence"),
    [
        ("date-form", "services.valid_from", "31/12/2024", "2024-12-31", "「2024-12-31」と書いてください"),
        ("date-form", "services.valid_from", "01/02/2024", "YYYY-MM-DD（例: 2026-04-01）", "2026-04-01 のように"),
        ("type", "services.capacity", "２０名", "20", "「20」と書いてください"),
        ("not-in-list", "services.fee", "むりょう", None, "選択肢から選んで"),
        (
            "corporate-number-check-digit",
            "organizations.corporate_number",
            "2000000000008",
            "先頭の数字は 1",
            "数字は 1",
        ),
    ],
)
def test_what_the_value_would_have_to_be_is_told_where_it_is_known(
    code: str, field: str, value: str, expected: str | None, sentence: str
) -> None:
    table = rulebook.table(field.partition(".")[0])
    told_of = table.field(field.partition(".")[2])
    told = finding(code, table, told_of, value=value, reads=told_of.reads)
    assert told.expected == expected and sentence in told.message_ja


def test_the_nearest_of_several_choices_is_no_list_of_them() -> None:
    troubles = rulebook.table("services").field("troubles")
    one = finding("unknown-code", rulebook.table("services"), troubles, expected="発達障害")
    several = finding("unknown-code", rulebook.table("services"), troubles, expected="発達障害、精神障害、知的障害")
    assert "近い選択肢" not in several.message_ja and "発達障害、精神障害、知的障害" in several.message_ja
    assert "近い選択肢は「発達障害」です" in one.message_ja


def test_every_sentence_has_a_use() -> None:
    assert set(CELL_CODES) | set(FILE_CODES) | WORDED_BY_THE_CALLER == set(CODES)
    assert set(messages.known()) == set(BOOK)
