"""What a faulty cell may have meant: texts that follow from what is written, the nearest to it first.

One maker for each type of Table Schema. Whether a field accepts a text is not decided here (``suggest``), nor how a
telephone number or an era date is read (``formats``).
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from schemas import formats
from schemas.formats._cell import fold, tidy

Field = Mapping[str, Any]

_LOSSY = ("several-values", "phone-remark", "opening-days-partly", "replacement-character")
"""Readings that leave something out: what a format kept of them is not what was meant."""

_FREE = ("text", "name", "address")
"""Formats that read any text: what they say of an expected form is a sentence and not a value."""

_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_YEAR_LAST = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4})")
_MONTH_NAMED = ("%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y")
_DAY_AND_CLOCK = re.compile(r"(.+?[日0-9])(?:T|\s+|(?<=日))([^\s].*)")
_SECONDS = re.compile(r"[0-9]{1,2}:[0-9]{2}:([0-9]{2})")
_NUMBER = r"([+-]?[0-9]+(?:\.[0-9]+)?)"
_POINT = re.compile(rf"[\[(]?\s*{_NUMBER}\s*[,、;\s]\s*{_NUMBER}\s*[\])]?")
_DURATION = re.compile(
    r"(?:(?P<Y>[0-9]+)年)?(?:(?P<M>[0-9]+)[かヶケカ箇ヵ]月)?(?:(?P<W>[0-9]+)週間?)?(?:(?P<D>[0-9]+)日間?)?"
    r"(?:(?P<h>[0-9]+)時間)?(?:(?P<m>[0-9]+)分間?)?(?:(?P<s>[0-9]+)秒間?)?"
)
_BETWEEN = re.compile("[、，,;；\n]")
_UUID = re.compile("[0-9a-f]{32}")


def of(
    field: Field, cell: str, constraint: str | None, kind: str | None, accepts: Callable[[str], bool]
) -> Iterator[str]:
    """Candidates for ``cell`` of ``field`` (a Table Schema descriptor), by its type. ``kind`` names the format that
    its values have, if any. Never raises.
    """
    maker = _MAKERS.get(str(field.get("type", "string")))
    if maker:
        folded = fold(cell)
        yield folded
        yield from _of_kind(kind, cell)
        yield from maker(field, folded)
        return
    yield cell.strip()
    yield tidy(cell)
    if field.get("type", "string") == "string":
        yield from _strings(field, cell, constraint, kind, accepts)
    elif field.get("type") == "boolean":
        yield from _booleans(field, cell)
    elif field.get("type") == "list":
        yield from _lists(field, cell)
    elif field.get("type") in ("object", "array", "geojson"):
        yield re.sub("[“”„‟]", '"', unicodedata.normalize("NFKC", cell))


def _of_kind(kind: str | None, cell: str) -> Iterator[str]:
    """What the format made of the cell, in the spellings that are in use for it."""
    reading = formats.read(kind, cell) if kind else formats.Reading(None)
    if reading.code in _LOSSY:
        return
    if reading.value is not None:
        spell = _SPELLINGS.get(str(kind))
        yield from spell(reading.value) if spell else [reading.value]
    if reading.expected is not None and kind not in _FREE:
        yield reading.expected


def _phones(e164: str) -> list[str]:
    from schemas.formats.phone import national

    return [national(e164), national(e164).replace("-", ""), e164]


_SPELLINGS: dict[str, Callable[[str], list[str]]] = {
    "phone": _phones,
    "postal_code": lambda code: [code, f"{code[:3]}-{code[3:]}"],
    "date": lambda day: [day, day.replace("-", "/"), day.replace("-", "")],
    "time": lambda clock: [clock, f"{clock}:00"],
}


def _strings(
    field: Field, cell: str, constraint: str | None, kind: str | None, accepts: Callable[[str], bool]
) -> Iterator[str]:
    folded = fold(cell)
    # Only an identifier is plain ASCII when folded; in a name ー and 神 must stay what they are.
    if folded.isascii():
        yield folded
    yield from _of_kind(kind, cell)
    if constraint == "pattern":
        yield tidy(unicodedata.normalize("NFKC", cell))
        yield folded.upper()
        yield folded.lower()
        digits = re.sub(r"[\s().-]", "", folded)
        # 10-15 is a span and 1015 none of its readings: only where the pattern counts the digits are marks ornaments.
        if (
            len(digits) > 5
            and digits.isdecimal()
            and accepts(digits)
            and not (accepts(digits[:-1]) and accepts(digits + "0"))
        ):
            yield digits
    if field.get("format") == "uuid":
        digits = re.sub(r"urn:uuid:|[\s{}-]", "", folded.lower())
        if _UUID.fullmatch(digits):
            yield "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _booleans(field: Field, cell: str) -> Iterator[str]:
    meaning = formats.read("yes_no", cell).value
    words = field.get("trueValues", ["true"]) if meaning == "yes" else field.get("falseValues", ["false"])
    if meaning and isinstance(words, list) and words:
        yield str(words[0])


def _lists(field: Field, cell: str) -> Iterator[str]:
    delimiter = str(field.get("delimiter", ","))
    parts = [part.strip() for part in _BETWEEN.split(cell) if part.strip()]
    yield delimiter.join(parts)
    yield delimiter.join(map(fold, parts))


def _integers(field: Field, cell: str) -> Iterator[str]:
    yield _ungrouped(cell)
    counted = formats.read("integer", cell.removeprefix("¥")).value
    if counted:
        yield counted


def _numbers(field: Field, cell: str) -> Iterator[str]:
    for plain in _integers(field, cell):
        yield plain
        yield plain.replace(".", str(field.get("decimalChar", ".")))


def _ungrouped(cell: str) -> str:
    cell = cell.removeprefix("¥")
    return cell.replace(",", "") if _GROUPED.fullmatch(cell) else cell


def _dates(field: Field, cell: str) -> Iterator[str]:
    day = _day(cell)
    if day:
        yield from _stamped(datetime.datetime.combine(day, datetime.time()), field, "%Y-%m-%d")


def _day(cell: str) -> datetime.date | None:
    read = formats.read("date", cell).value
    if read:
        return datetime.date.fromisoformat(read)
    written = _YEAR_LAST.fullmatch(cell)
    if written:
        one, other, year = int(written[1]), int(written[3]), int(written[4])
        # 01/02/2024 is the first of February here and the second of January there.
        days = {_date(year, other, one), _date(year, one, other)} - {None}
        return days.pop() if len(days) == 1 else None
    for pattern in _MONTH_NAMED:
        try:
            return datetime.datetime.strptime(cell, pattern).date()
        except ValueError:
            continue
    return None


def _date(year: int, month: int, day: int) -> datetime.date | None:
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None


def _times(field: Field, cell: str) -> Iterator[str]:
    clock = _clock(cell)
    if clock:
        yield from _stamped(datetime.datetime.combine(datetime.date(1900, 1, 1), clock), field, "%H:%M:%S")


def _clock(cell: str) -> datetime.time | None:
    read = formats.read("time", cell).value
    seconds = _SECONDS.search(cell)
    try:
        return datetime.time.fromisoformat(f"{read}:{seconds[1] if seconds else '00'}")
    except ValueError:  # nothing read, 24:00 or 61 seconds
        return None


def _datetimes(field: Field, cell: str) -> Iterator[str]:
    parts = _DAY_AND_CLOCK.fullmatch(cell)
    day, clock = (_day(parts[1]), _clock(parts[2])) if parts else (None, None)
    if day and clock:
        yield from _stamped(datetime.datetime.combine(day, clock), field, "%Y-%m-%dT%H:%M:%S")


def _stamped(moment: datetime.datetime, field: Field, default: str) -> Iterator[str]:
    """The moment in the field's own format, if that format can tell it without loss."""
    named = str(field.get("format", "default"))
    pattern = default if named in ("default", "any") else named
    try:
        text = moment.strftime(pattern)
        if datetime.datetime.strptime(text, pattern) == moment:
            yield text
    except (ValueError, re.error):
        return


def _years(field: Field, cell: str) -> Iterator[str]:
    year = re.sub("年度?$", "", cell)
    yield year
    # An era's first and last year are in it only in part: 平成31年 begins in it, 令和元年 ends in it.
    for day in ("1月1日", "12月31日"):
        read = formats.read("date", f"{year}年{day}").value
        if read:
            yield read[:4]


def _yearmonths(field: Field, cell: str) -> Iterator[str]:
    month = cell.removesuffix("分").rstrip("月./- ")
    for text in (cell, month + "01", *(f"{month}/{day}" for day in (1, 28))):
        read = formats.read("date", text).value
        if read:
            yield read[:7]


def _durations(field: Field, cell: str) -> Iterator[str]:
    found = _DURATION.fullmatch(cell.replace(" ", "").replace("半年", "6か月"))
    if found and cell:
        days = "".join(f"{found[unit]}{unit}" for unit in "YMWD" if found[unit])
        clock = "".join(f"{found[unit]}{unit.upper()}" for unit in "hms" if found[unit])
        yield f"P{days}T{clock}" if clock else f"P{days}"


def _geopoints(field: Field, cell: str) -> Iterator[str]:
    found = _POINT.fullmatch(cell)
    if found:
        for lon, lat in ((found[1], found[2]), (found[2], found[1])):
            spelled = {"array": f"[{lon}, {lat}]", "object": f'{{"lon": {lon}, "lat": {lat}}}'}
            yield spelled.get(str(field.get("format")), f"{lon},{lat}")


_MAKERS: dict[str, Callable[[Field, str], Iterator[str]]] = {
    "integer": _integers,
    "number": _numbers,
    "date": _dates,
    "time": _times,
    "datetime": _datetimes,
    "year": _years,
    "yearmonth": _yearmonths,
    "duration": _durations,
    "geopoint": _geopoints,
}
