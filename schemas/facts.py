"""What a sentence can be told of a field and a cell: its name, the value, bounds, lengths, choices, an example.

These fill the places of ``messages.*.yml``. Which sentence is chosen stands in ``messages`` and ``words``; here is
nothing that a sentence decides, and no wording.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Any

from schemas import cell_reader, formats, suggest
from schemas.cell_reader import once
from schemas.formats import _check_digits
from schemas.formats._cell import fold

BOUNDS = ("minimum", "exclusiveMinimum", "exclusiveMaximum", "maximum", "minLength", "maxLength")
"""Constraints whose bound is told under their own names."""

_SHOWN = 60
"""So many characters of a cell are shown; nobody needs more to know it again."""

_SHOWN_CHOICES = 5

_MOMENT = datetime.datetime(2024, 12, 31, 9, 30)
"""An example's day and time: nobody can take its day for its month."""

_SAMPLES = {
    "integer": "20",
    "number": "12.5",
    "year": "2024",
    "yearmonth": "2024-12",
    "duration": "P1D",
    "boolean": "true",
    "object": '{"a": 1}',
    "array": "[1, 2]",
    "geojson": '{"type": "Point", "coordinates": [141.35, 43.06]}',
    "string/email": "soudan@example.jp",
    "string/uri": "https://www.example.jp/",
    "string/uuid": "123e4567-e89b-42d3-a456-426614174000",
    "string/binary": "aGVsbG8=",
    "string/wkt": "POINT (141.35 43.06)",
    "geopoint/default": "141.35,43.06",
    "geopoint/array": "[141.35, 43.06]",
    "geopoint/object": '{"lon": 141.35, "lat": 43.06}',
}
"""Values by type or ``type/format``, for fields that bring no example of their own."""

_MOMENTS = {"date": "%Y-%m-%d", "time": "%H:%M:%S", "datetime": "%Y-%m-%dT%H:%M:%S"}

_PATTERN = re.compile(
    r"(?P<digit>\\d|\[0-9\])|(?P<upper>\[A-Z\]|\[0-9A-Z\]|\[A-Z0-9\])|(?P<lower>\[a-z\]|\[0-9a-z\]|\[a-z0-9\])"
    r"|\\(?P<escaped>\W)|(?P<literal>[^\\\[\](){}|.*+?^$])"
)
_COUNT = re.compile(r"\{([0-9]{1,2})(?:,[0-9]*)?\}|\+|(?![?*{])")


class Told(dict[str, str]):
    """Facts by the name of the place that they fill; a place that nothing fills shows an ellipsis."""

    def __missing__(self, place: str) -> str:
        return "…"


def of_cell(field: Mapping[str, Any], label: str | None, cell: str | None) -> tuple[Told, Told]:
    """All facts about a cell, for a Japanese and for an English sentence.

    ``label`` is the heading as written: in Japanese the field goes by it, else by its title; in English by its name.
    """
    common = of_field(field)
    told = common | {"label": shown(label or ""), "count": str(_length(field, cell or "")), "digit": _digit(cell or "")}
    value = shown(cell or "")
    title, name = shown(str(field.get("title") or "")), shown(str(field.get("name") or ""))
    japanese = {
        "title": shown(label or "") or title or name or "この列",
        "name": name or "？",
        "value": value or "（空欄）",
        "choices": told["choices"].replace("\n", "、"),
    }
    english = {
        "title": name or shown(label or "") or title or "This column",
        "name": name or "?",
        "value": value or "(blank)",
        "choices": told["choices"].replace("\n", ", "),
    }
    general = formats.module(str(field["reads"])) if field.get("reads") in formats.names() else None
    if general:
        japanese["form"], english["form"] = general.EXPECTED_JA, general.EXPECTED_EN
    return Told(told | japanese), Told(told | english)


def shown(text: str, most: int = _SHOWN) -> str:
    """A text as a sentence shows it: on one line, printable, of at most so many characters."""
    text = text if len(text) <= most else text[:most] + "…"
    return text if text.isprintable() else "".join(char if char.isprintable() else " " for char in text)


@once
def of_field(field: Mapping[str, Any]) -> dict[str, str]:
    """What all cells of a field have in common; a fact that there is not is blank."""
    constraints = field.get("constraints")
    constraints = constraints if isinstance(constraints, Mapping) else {}
    choices = suggest.choices(field)
    more = "…" if len(choices) > _SHOWN_CHOICES else ""
    return {
        **{name: shown(_plain(constraints.get(name))) for name in BOUNDS},
        "pattern": shown(str(constraints.get("pattern", ""))),
        "choices": "\n".join(map(shown, choices[:_SHOWN_CHOICES])) + more,
        "how_many": str(len(choices)),
        "example": shown(_example(field, constraints, choices)),
        "yes": _first(field.get("trueValues"), "true"),
        "no": _first(field.get("falseValues"), "false"),
        "delimiter": shown(str(field.get("delimiter", ","))),
    }


def _plain(bound: Any) -> str:
    return str(bound) if isinstance(bound, str | int | float) and not isinstance(bound, bool) else ""


def _first(words: Any, default: str) -> str:
    return shown(str(words[0])) if isinstance(words, list) and words else default


def _example(field: Mapping[str, Any], constraints: Mapping[str, Any], choices: tuple[str, ...]) -> str:
    """A value that the field accepts: its own example, a sample of its type, a bound, or one made of the pattern."""
    kind, form = str(field.get("type", "string")), str(field.get("format", "default"))
    sampled = [_SAMPLES.get(f"{kind}/{form}"), _SAMPLES.get(kind), _moment(kind, form)]
    if kind == "list":
        sampled = [_items(field)]
    if kind == "boolean":
        sampled = [_first(field.get("trueValues"), "true")]
    bounds = [_plain(constraints.get(name)) for name in BOUNDS[:4]]
    made = of_pattern(str(constraints["pattern"])) if constraints.get("pattern") else None
    of_kind = suggest.kind(field)
    usual = [text for text, _ in formats.module(of_kind).GOOD] if of_kind else []
    for text in (field.get("example"), *choices[:1], *usual, *sampled, *bounds, made):
        if text not in (None, "") and cell_reader.accepts(field, str(text)):
            return str(text)
    return next((text for text in sampled if text), "")


def _moment(kind: str, form: str) -> str | None:
    default = _MOMENTS.get(kind)
    if default is None:
        return None
    try:
        return _MOMENT.strftime(default if form in ("default", "any") else form)
    except ValueError:
        return None


def _items(field: Mapping[str, Any]) -> str:
    kind = str(field.get("itemType", "string"))
    item = _SAMPLES.get(kind) or _moment(kind, "default") or "A"
    return str(field.get("delimiter", ",")).join((item, item))


def of_pattern(pattern: str) -> str | None:
    """A text that a plain pattern (digits, letters, counts and literal characters) accepts, like ``000-0000``."""
    rest, made = pattern.removeprefix("^").removesuffix("$"), ""
    while rest:
        token = _PATTERN.match(rest)
        count = _COUNT.match(rest, token.end()) if token else None
        if not token or not count:
            return None
        sort = token.lastgroup or ""
        char = {"digit": "0", "upper": "A", "lower": "a"}.get(sort, token[sort])
        made += char * int(count[1] or 1)
        rest = rest[count.end() :]
    return made or None


def _length(field: Mapping[str, Any], cell: str) -> int:
    """What ``minLength`` and ``maxLength`` count: characters, or the items of a list."""
    if field.get("type") not in ("list", "array", "object"):
        return len(cell)
    value, _ = cell_reader.typed(field, cell)
    return len(value) if isinstance(value, list | dict) else len(cell)


def _digit(cell: str) -> str:
    """The first digit that a corporate number's other twelve ask for; blank if there are no twelve."""
    number = re.sub(r"[\s-]+", "", fold(cell[:_SHOWN]))[-13:]
    return _check_digits.corporate(number[1:]) if re.fullmatch("[0-9]{13}", number) else ""
