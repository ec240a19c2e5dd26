"""XLSX as :class:`~schemas.readability.sheet.Sheet` s: the values, and what surrounds them.

Merged cells, hidden rows and columns, formulas, drawings and colours say as much about a workbook's readability as
its values do, and no reader of values tells them; so the parts are read here (ECMA-376, part 1). What they mean for
a rating is ``level1``'s and ``level2``'s.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from schemas.readability.ooxml import Link, Package
from schemas.readability.sheet import Area, Column, Drawing, Sheet, Style, UnratableError, Value

MAX_CELLS = 100_000_000
"""Rows times columns of the used range of a sheet."""
MAX_COLUMNS = 16_384

_DATE_FORMATS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_NOT_A_CODE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_DRAWN = {"pic": "画像", "sp": "図形", "cxnSp": "線", "graphicFrame": "グラフなど", "grpSp": "図形のまとまり"}
_PLAIN_COLOURS = {None, "FF000000", "00000000", "theme1", "indexed8", "indexed64"}
_PLAIN_BACKGROUNDS = {None, "FFFFFFFF", "00FFFFFF", "00000000", "theme0", "indexed9", "indexed64", "indexed65"}


def read(path: Path) -> list[Sheet]:
    """The worksheets of the file, hidden ones too, in order. Raises :class:`UnratableError`."""
    with Package(path) as package:
        main = next((link.target for link in package.links("").values() if link.kind == "officeDocument"), "")
        links = package.links(main)
        listed, since_1904 = _listed(package, main)
        if not listed:
            raise package.broken()
        strings = _strings(package, _target(links, "sharedStrings"))
        styles, dates = _styles(package, _target(links, "styles"))
        sheets = []
        for name, hidden, link in listed:
            if link in links and links[link].kind == "worksheet":
                reader = _SheetReader(Sheet(name, "xlsx", hidden=hidden, styles=styles), strings, dates, since_1904)
                part = links[link].target
                package.parse(part, reader.start, reader.end)
                reader.finish()
                for drawing in package.links(part).values():
                    if drawing.kind == "drawing":
                        _drawings(package, drawing.target, reader.sheet)
                sheets.append(reader.sheet)
        if not sheets:
            raise package.broken()
        return sheets


def _target(links: Mapping[str, Link], kind: str) -> str:
    return next((link.target for link in links.values() if link.kind == kind), "")


def _position(reference: str) -> tuple[int, int] | None:
    """Row and column of ``B3``."""
    found = _REFERENCE.fullmatch(reference.replace("$", ""))
    if not found:
        return None
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    return int(found[2]), column


def _area(reference: str) -> Area | None:
    first, _, last = reference.partition(":")
    top, bottom = _position(first), _position(last or first)
    return Area(*top, *bottom) if top and bottom else None


def _listed(package: Package, part: str) -> tuple[list[tuple[str, bool, str]], bool]:
    """Name, hidden or not, and link of each sheet; and whether dates count from 1904."""
    sheets: list[tuple[str, bool, str]] = []
    since_1904 = []

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "sheet":
            hidden = attributes.get("state", "visible") != "visible"
            sheets.append((attributes.get("name", ""), hidden, attributes.get("id", "")))
        elif tag == "workbookPr" and attributes.get("date1904") in ("1", "true"):
            since_1904.append(True)

    package.parse(part, start)
    return sheets, bool(since_1904)


def _strings(package: Package, part: str) -> list[str]:
    """The shared strings; readings (furigana) are no part of a text."""
    strings: list[str] = []
    parts: list[str] = []
    reading = [0]

    def start(tag: str, _: Mapping[str, str]) -> None:
        if tag == "si":
            parts.clear()
        elif tag == "rPh":
            reading[0] += 1

    def end(tag: str, text: str) -> None:
        if tag == "t" and not reading[0]:
            parts.append(text)
        elif tag == "rPh":
            reading[0] -= 1
        elif tag == "si":
            strings.append("".join(parts))

    package.parse(part, start, end)
    return strings


def _colour(attributes: Mapping[str, str]) -> str | None:
    if "rgb" in attributes:
        return attributes["rgb"].upper()
    for kind in ("theme", "indexed"):
        if kind in attributes:
            return f"{kind}{attributes[kind]}{attributes.get('tint', '')}"
    return None


def _styles(package: Package, part: str) -> tuple[list[Style], list[bool]]:
    """The looks of each cell format, and whether it shows a number as a date."""
    fonts: list[Style] = []
    fills: list[str | None] = []
    formats: dict[str, str] = {}
    styles: list[Style] = []
    dates: list[bool] = []
    inside: list[str] = []

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        within = inside[-1] if inside else ""
        inside.append(tag)
        if tag == "font" and within == "fonts":
            fonts.append(Style())
        elif tag in ("b", "i") and within == "font" and "fonts" in inside:
            on = attributes.get("val", "1") not in ("0", "false")
            fonts[-1] = fonts[-1]._replace(bold=on) if tag == "b" else fonts[-1]._replace(italic=on)
        elif tag == "color" and within == "font" and "fonts" in inside:
            colour = _colour(attributes)
            fonts[-1] = fonts[-1]._replace(colour=None if colour in _PLAIN_COLOURS else colour)
        elif tag == "fill" and within == "fills":
            fills.append(None)
        elif tag == "patternFill" and "fills" in inside and attributes.get("patternType", "none") != "none":
            fills[-1] = attributes["patternType"]
        elif tag == "fgColor" and "fills" in inside and fills[-1] is not None:
            colour = _colour(attributes)
            fills[-1] = None if colour in _PLAIN_BACKGROUNDS else colour
        elif tag == "numFmt" and within == "numFmts":
            formats[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif tag == "xf" and within == "cellXfs":
            font, fill = int(attributes.get("fontId", 0)), int(attributes.get("fillId", 0))
            style = fonts[font] if font < len(fonts) else Style()
            styles.append(style._replace(background=fills[fill] if fill < len(fills) else None))
            number = attributes.get("numFmtId", "0")
            code = _NOT_A_CODE.sub("", formats.get(number, "")).lower()
            dates.append(int(number) in _DATE_FORMATS if number not in formats else bool(re.search("[ymdhs]", code)))

    def end(tag: str, _: str) -> None:
        inside.pop()

    package.parse(part, start, end)
    return styles or [Style()], dates or [False]


class _SheetReader:
    """Collects a worksheet's part into ``sheet``."""

    def __init__(self, sheet: Sheet, strings: list[str], dates: list[bool], since_1904: bool) -> None:
        self.sheet = sheet
        self.strings = strings
        self.dates = dates
        self.epoch = datetime(1904, 1, 1) if since_1904 else datetime(1899, 12, 30)
        self.row = self.column = self.style = 0
        self.kind = ""
        self.formula: str | None = None
        self.text = ""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        if tag == "row":
            self.row = max(int(attributes.get("r", self.row + 1)), 1)
            self.column = 0
            if attributes.get("hidden") in ("1", "true"):
                self.sheet.hidden_rows.add(self.row)
        elif tag == "c":
            place = _position(attributes.get("r", ""))
            self.row, self.column = place or (max(self.row, 1), self.column + 1)
            self.style = int(attributes.get("s", 0))
            self.kind = attributes.get("t", "n")
            self.formula, self.text = None, ""
        elif tag == "f":
            self.formula = ""
        elif tag == "col" and attributes.get("hidden") in ("1", "true"):
            first, last = int(attributes.get("min", 1)), int(attributes.get("max", 1))
            self.sheet.hidden_columns.update(range(max(first, 1), min(last, MAX_COLUMNS) + 1))
        elif tag == "mergeCell" and (area := _area(attributes.get("ref", ""))):
            self.sheet.merges.append(area)

    def end(self, tag: str, text: str) -> None:
        """An element ends."""
        if tag == "v":
            self.text = text
        elif tag == "t" and self.kind == "inlineStr":
            self.text += text
        elif tag == "f":
            self.formula = text[:100]
        elif tag == "c":
            value = self._value()
            if self.formula is not None:
                self.sheet.formulas[self.row, self.column] = self.formula
            if value != "":
                self._put(value)

    def _value(self) -> Value:
        if self.text == "":
            return ""
        if self.kind == "s":
            number = int(self.text)
            return self.strings[number] if number < len(self.strings) else ""
        if self.kind == "b":
            return "TRUE" if self.text == "1" else "FALSE"
        if self.kind != "n":
            return self.text
        figure = float(self.text)
        if self.style < len(self.dates) and self.dates[self.style] and 0 <= figure < 2_958_466:
            return self.epoch + timedelta(days=figure)
        return int(figure) if figure.is_integer() else figure

    def _put(self, value: Value) -> None:
        sheet = self.sheet
        if self.row * max(self.column, sheet.width) > MAX_CELLS:
            raise UnratableError(
                f"シート「{sheet.name}」の使用範囲が広すぎます。離れた所に残ったセルを消してください。",
                f"The used range of sheet “{sheet.name}” is too large; clear stray cells.",
            )
        while sheet.width < self.column:
            sheet.columns.append(Column())
        column = sheet.columns[self.column - 1]
        column.pad(self.row)
        column.codes[self.row - 1] = column.index[value]
        if self.style:
            missing = self.row - len(column.styles)
            column.styles.extend([0] * missing)
            column.styles[self.row - 1] = self.style if self.style < len(sheet.styles) else 0
        sheet.height = max(sheet.height, self.row)

    def finish(self) -> None:
        """All columns get the height of the sheet."""
        for column in self.sheet.columns:
            column.pad(self.sheet.height)


def _drawings(package: Package, part: str, sheet: Sheet) -> None:
    """Add the drawings of a part; one without an anchor cell counts as anchored at A1."""
    place = {"col": 0, "row": 0}
    inside: list[str] = []

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        parent = inside[-1] if inside else ""
        inside.append(tag)
        if parent.endswith("Anchor") and tag in _DRAWN:
            sheet.drawings.append(Drawing(place["row"] + 1, place["col"] + 1, _DRAWN[tag], ""))
        elif tag == "cNvPr" and sheet.drawings and not sheet.drawings[-1].name:
            sheet.drawings[-1] = sheet.drawings[-1]._replace(name=attributes.get("name", ""))
        elif tag == "absoluteAnchor":
            place.update(col=0, row=0)

    def end(tag: str, text: str) -> None:
        inside.pop()
        if tag in place and inside and inside[-1] == "from":
            place[tag] = int(text)

    package.parse(part, start, end)
