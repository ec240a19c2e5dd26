"""What each form asks, as ``forms.yml`` says it, with what the rulebook knows of every item.

A heading stands for the field that its layout fills from it: description, example, choices and whether an answer is
needed are that field's. How a form looks is ``writing``'s, how it is read ``reading``'s.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from schemas import formats, rulebook
from schemas.rulebook import Field
from sources import catalog
from sources.catalog import Cell, RecordSpec

PATH = Path(__file__).with_name("forms.yml")

ITEM, ANSWER, HELP, EXAMPLE = "項目", "記入欄", "説明", "記入例"
"""The words by which a form tells its own cells: headings of columns beside items that are answered once, and, in the
first column of a table, which of its rows are the headings, their descriptions and examples.
"""

OWN_SHEET = "michishirube"
"""The hidden sheet that says what a workbook is: one fact a row, its name (:data:`FACTS`) in the first cell."""

FACTS = ("様式", "決まりの版", "説明文の版", EXAMPLE)
"""The kind of form, the rulebook's version, the version of the consent text, and one row for each example
(layout, heading, example).
"""

EXPORTS = ("google_forms", "logoform")
"""Layouts of what form services on the web export, with the headings of our own forms as their questions."""

_CODES = re.compile(r"[a-z_-]+ (?=[ぁ-んァ-ヶ一-鿿])|。?複数は ; で区切る")
"""What a description says to who writes codes: the codes themselves, and how several are joined."""

WIDTH = 16
"""Width of a column that ``forms.yml`` says nothing of, in half-width letters."""


@dataclass(frozen=True)
class Item:
    """One question. ``choices`` are the answers of its drop-down, ``many``: several may be given at once. Without an
    answer to a ``required`` one the row cannot be taken.

    ``default`` is the answer that stands there from the beginning, ``width`` that of a column in half-width letters.
    """

    heading: str
    help: str
    example: str
    choices: tuple[str, ...]
    many: bool
    required: bool
    default: str
    width: int


@dataclass(frozen=True)
class Part:
    """Items that stand together: each answered once (``rows`` 0), or a table with room for ``rows`` answers.

    ``consent``: the words of the consent stand above them.
    """

    title: str
    rows: int
    consent: bool
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Sheet:
    """One sheet of a form; a ``layout`` reads the rows of its table."""

    name: str
    layout: str | None
    parts: tuple[Part, ...]

    @property
    def is_list(self) -> bool:
        """Whether the sheet is nothing but a table."""
        return len(self.parts) == 1 and self.parts[0].rows > 0


@dataclass(frozen=True)
class Form:
    """One form: a workbook of these sheets, in their order."""

    kind: str
    title: str
    intro: tuple[str, ...]
    sheets: tuple[Sheet, ...]

    @property
    def layouts(self) -> tuple[str, ...]:
        """The layouts that read it, in the order of its sheets."""
        return tuple(sheet.layout for sheet in self.sheets if sheet.layout)


@cache
def kinds() -> tuple[str, ...]:
    """The forms there are, in the order of ``forms.yml``."""
    return tuple(_book()["forms"])


@cache
def form(kind: str) -> Form:
    """The form of that kind; ``KeyError`` if there is none."""
    told = _book()["forms"][kind]
    layouts = [sheet["layout"] for sheet in told["sheets"] if "layout" in sheet]
    sheets = tuple(_sheet(sheet, layouts) for sheet in told["sheets"])
    return Form(kind, told["title"], tuple(told["intro"]), sheets)


@cache
def items(layout: str) -> Mapping[str, Item]:
    """The items that forms ask for that layout, by heading."""
    return {
        item.heading: item
        for kind in reversed(kinds())
        for sheet in form(kind).sheets
        if layout == sheet.layout or (sheet.layout is None and layout in form(kind).layouts)
        for part in sheet.parts
        for item in part.items
    }


@cache
def layouts() -> tuple[str, ...]:
    """Every layout that a filled form may have, those of our own forms first."""
    return tuple(dict.fromkeys([name for kind in kinds() for name in form(kind).layouts] + list(EXPORTS)))


@cache
def _book() -> dict[str, Any]:
    told: dict[str, Any] = yaml.safe_load(PATH.read_text(encoding="utf-8"))
    return told


def _sheet(told: dict[str, Any], layouts: list[str]) -> Sheet:
    layout = told.get("layout")
    words = {**_book()["words"]}
    for heading, word in told.get("words", {}).items():
        words[heading] = words.get(heading, {}) | word
    parts = tuple(
        Part(
            title=part.get("title", ""),
            rows=part.get("rows", 0),
            consent=part.get("consent", False),
            items=tuple(
                _item(heading, [layout] if layout else layouts, words.get(heading, {}))
                for heading in _flat(part.get("items", []))
            ),
        )
        for part in told["parts"]
    )
    return Sheet(told["name"], layout, parts)


def _flat(items: list[Any]) -> Iterator[str]:
    for item in items:
        if isinstance(item, list):
            yield from _flat(item)
        else:
            yield item


def _item(heading: str, layouts: list[str], words: Mapping[str, Any]) -> Item:
    filled = [found for layout in layouts for found in _filled_from(heading, layout)]
    if not filled:
        raise KeyError(f"forms.yml: {heading} は {', '.join(layouts)} にありません")
    _, field, cell = next((found for found in filled if _is_called(found[1], heading)), filled[0])
    return Item(
        heading=heading,
        help=words.get("help", _CODES.sub("", field.description)),
        example=words.get("example", _in_words(field, cell)),
        choices=_choices(cell),
        many=cell.many,
        required=any(heading in catalog.layout(layout).natural_key for layout in layouts)
        or any(field.required for spec, field, _ in filled if spec.table in (*catalog.SUBJECTS, "consents")),
        default=words.get("default", ""),
        width=words.get("width", WIDTH),
    )


def _filled_from(heading: str, layout: str) -> Iterator[tuple[RecordSpec, Field, Cell]]:
    """The fields that the layout fills from that heading alone, in the order of its records."""
    for spec in catalog.layout(layout).records:
        for name, cell in spec.cells.items():
            if cell.columns == (heading,):
                yield spec, rulebook.table(spec.table).field(name), cell


def _is_called(field: Field, heading: str) -> bool:
    """Whether the heading is the field's title; where one title stands for several, a word in brackets follows it."""
    return heading == field.title or heading.startswith(f"{field.title}（")


def _choices(cell: Cell) -> tuple[str, ...]:
    if not cell.reader.startswith("codes:"):
        return tuple(cell.values)
    codes = rulebook.codes(cell.reader.removeprefix("codes:")).values()
    return tuple(code.label_ja for code in codes if code.status == "active")


def _in_words(field: Field, cell: Cell) -> str:
    """The field's example as a person would write it: the label of a code, what a format reads to that value."""
    if cell.reader.startswith("codes:"):
        codes = rulebook.codes(cell.reader.removeprefix("codes:"))
        return "、".join(codes[code].label_ja for code in field.example.split(";"))
    if cell.values:
        return next(word for word, code in cell.values.items() if code == field.example)
    good = formats.module(cell.reader).GOOD
    if cell.reader != field.reads:
        return good[0][0]
    return next((text for text, value in good if value == field.example), field.example)
