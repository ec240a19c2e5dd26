"""Which field each column fills: by its heading and by what its cells read as, weighed together.

Neither decides alone: a heading that promises a telephone number over cells that are none is no telephone number.
What a heading says by itself is ``headings``'s, which fields there are to choose from ``knowledge``'s.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import duckdb

from schemas import codelist, formats, rulebook
from sources.mapping import MARKED, NOT_MARKED
from sources.onboarding import headings
from sources.onboarding.headings import fold
from sources.onboarding.knowledge import Known, Target
from sources.readers import Rows

SAMPLE = 300
"""Distinct cells of a column that are looked at."""

LOOSE = ("text", "name", "legal_form")
"""Formats that read almost anything: their success says nothing."""

TELLING = {
    "phone": (Target("contact_points", "value", "phone"), r"[0+(（].*"),
    "email": (Target("contact_points", "value", "email"), r".+@.+"),
    "url": (Target("services", "url"), r"https?:.+"),
    "postal_code": (Target("places", "postal_code"), r"〒?[0-9]{3}-?[0-9]{4}"),
    "municipality_code": (Target("places", "municipality_code"), r"[0-9]{5,6}"),
    "latitude": (Target("places", "latitude"), r"[0-9]+\.[0-9]{3,}"),
    "longitude": (Target("places", "longitude"), r"[0-9]+\.[0-9]{3,}"),
    "corporate_number": (Target("organizations", "corporate_number"), r"[0-9]{13}"),
    "office_number": (Target("services", "office_number"), r"[0-9]{10}"),
}
"""Formats whose success alone names a field, whatever the heading, if the cells also look so (fullmatch)."""

CODES = ("service_types", "support_categories", "troubles", "audiences", "modes", "fee", "reservation", "life_stages")
"""Code lists whose words alone name a field, whatever the heading."""

HOURS = Target("schedules", "opens")
"""The field that a column of spans of time (10:00～15:00) is proposed for; its other end goes with it."""

LONG = 60
"""Letters beyond which a text is a description and no summary."""

FLAGGED = ("support_categories", "audiences", "troubles", "modes")
"""Fields of services and schemes for whose codes a column of marks (○) may stand."""

SUBJECTS = (("services", "places", "organizations", "contact_points", "schedules"), ("programs",), ("hotlines",))
"""Tables that one file feeds: it speaks of services, of schemes or of telephone lines."""

CLOSE = 0.1
"""Difference of scores that says nothing about which table a heading is at home in."""

CLEAR = 1.5
"""Votes that schemes and telephone lines need at least: more than one heading that is theirs alone."""

SURE = 0.95
"""Score of a heading that is believed where few of its cells can be read."""

FEW = 0.1
"""Share of the cells that must be read where the heading is sure."""

SOME = 0.3
"""Share of the cells that must be read where it is not."""

LEAST = 0.45
"""Score below which nothing is proposed."""


@dataclass(frozen=True)
class Match:
    """A column, the field proposed for it (None: nothing), how sure that is (0 to 1), and why (Japanese).

    ``reads`` is the format to read it with where that is not the field's own, ``flag`` the code that a mark in it
    sets, ``json`` the path of its values where the cells are JSON. ``example`` is a cell of it, ``""`` where it must
    not be told: of what may be personal.
    """

    heading: str
    target: Target | None
    score: float
    reasons: tuple[str, ...]
    example: str = ""
    reads: str = ""
    flag: str = ""
    json: str = ""

    @property
    def may_name(self) -> bool:
        """Whether its cells may stand in public as a name, as far as can be told."""
        if headings.refusal(self.heading):
            return False
        return not self.target or rulebook.table(self.target.table).field(self.target.field).privacy == "public"


class Guess(NamedTuple):
    """One field that a column could fill, as in :class:`Match`."""

    target: Target
    score: float
    reasons: tuple[str, ...]
    reads: str = ""
    flag: str = ""


class Named(NamedTuple):
    """How far a heading names a field (0 to 1), and who says so."""

    score: float
    why: str


def match(rows: Rows, known: Mapping[str, list[Known]]) -> Iterator[Match]:
    """The best field for every column; no field twice, but where columns fill one together."""
    cells, paths = zip(*map(_unpacked, distinct(rows)), strict=True)
    named = [_by_name(heading, known) for heading in rows.header]
    subject = _subject([_borne_out(found, column) for found, column in zip(named, cells, strict=True)])
    guesses = [
        (place, guess)
        for place, heading in enumerate(rows.header)
        for guess in _guesses(heading, cells[place], named[place], subject)
        if guess.score >= LEAST
    ]
    taken: dict[Target, list[int]] = defaultdict(list)
    best: dict[int, Guess] = {}
    for place, guess in sorted(guesses, key=lambda one: (-one[1].score, one[0], one[1].target)):
        others = [(rows.header[other], best[other]) for other in taken[guess.target]]
        if place not in best and _beside(rows.header[place], guess, others):
            best[place] = guess
            taken[guess.target].append(place)
    for place, heading in enumerate(rows.header):
        example = next(iter(cells[place]), "")
        refused = headings.refusal(heading)
        if place in best:
            target, score, reasons, reads, flag = best[place]
            public = rulebook.table(target.table).field(target.field).privacy == "public"
            yield Match(heading, target, round(score, 2), reasons, example if public else "", reads, flag, paths[place])
        else:
            yield Match(heading, None, 0.0, (refused,) if refused else (), "" if refused else example)


def distinct(rows: Rows) -> list[list[str]]:
    """Of each column the first :data:`SAMPLE` distinct cells that are not blank, in the order of the file."""
    with duckdb.connect() as con:
        con.register("found", rows.table)
        query = """
            SELECT {cell} FROM found WHERE trim(coalesce({cell}, ''), ' 　\t\r\n') <> ''
            GROUP BY 1 ORDER BY min(file), min("row"), 1 LIMIT {limit}
        """
        return [
            [text for (text,) in con.execute(query.format(cell=f"c{place}", limit=SAMPLE)).fetchall()]
            for place in range(len(rows.header))
        ]


def _unpacked(cells: list[str]) -> tuple[list[str], str]:
    """What the cells say, and the JSON path of it: ``""`` but where all are JSON arrays of texts, or of objects that
    have a name. Several are joined by ``;``, as a mapping joins them.
    """
    try:
        found = [json.loads(cell) for cell in cells if cell.lstrip().startswith("[")]
    except ValueError:
        return cells, ""
    parts = [part for array in found for part in array]
    if len(found) == len(cells) and parts:
        if all(isinstance(part, str) for part in parts):
            return [";".join(array) for array in found if array], "$[*]"
        if all(isinstance(part, dict) and isinstance(part.get("name"), str) for part in parts):
            return [";".join(part["name"] for part in array) for array in found if array], "$[*].name"
    return cells, ""


def share(reads: str, cells: Collection[str], shape: str = "(?s).*") -> float:
    """The share of the cells that the format reads, and that look like ``shape``."""
    good = sum(re.fullmatch(shape, cell.strip()) is not None and _value(reads, cell) is not None for cell in cells)
    return good / len(cells) if cells else 0.0


def _value(reads: str, cell: str) -> str | None:
    return formats.read(reads, cell).value


def _subject(named: Sequence[Mapping[Target, Named]]) -> tuple[str, ...]:
    """The tables that the file speaks of, by what its headings name: each votes as far as it is at home there alone.

    A list of services says whose they are, how or where to reach them; without such a heading it is half as likely.
    Without clear evidence of schemes or telephone lines it is services.
    """
    votes = [0.0] * len(SUBJECTS)
    reached = any(
        one.score >= SURE and target.table in SUBJECTS[0][1:4] for found in named for target, one in found.items()
    )
    for found in named:
        best = [max((one.score for target, one in found.items() if target.table in s), default=0.0) for s in SUBJECTS]
        for place, score in enumerate(best):
            votes[place] += max(0.0, score - max(best[:place] + best[place + 1 :]) - CLOSE)
    votes[0] *= 1 if reached else 0.5
    likely = votes.index(max(votes))
    return SUBJECTS[likely if votes[likely] >= CLEAR else 0]


def _borne_out(named: Mapping[Target, Named], cells: list[str]) -> dict[Target, Named]:
    """The fields that the heading names and that read enough of the cells."""
    return {target: one for target, one in named.items() if _holds(one.score, _share_read(target, cells))}


def _share_read(target: Target, cells: list[str]) -> float | None:
    """The share of the cells that the field reads, None where that says nothing: no cells, or it reads anything."""
    field, reads = rulebook.table(target.table).field(target.field), _reads(target)
    if not cells:
        return None
    if field.codes and not reads:
        return sum(codelist.read(field.codes, cell, field.many).value is not None for cell in cells) / len(cells)
    return None if reads in ("", *LOOSE) else share(reads, cells)


def _reads(target: Target) -> str:
    own = rulebook.table(target.table).field(target.field).reads
    return {"email": "email", "form": "url"}.get(target.kind) or own or ""


def _holds(score: float, good: float | None) -> bool:
    return good is None or good >= (FEW if score >= SURE else SOME)


def _beside(heading: str, guess: Guess, others: Sequence[tuple[str, Guess]]) -> bool:
    """Whether the column may fill the field together with those that fill it already."""
    if guess.flag:
        return all(other.flag for _, other in others)
    if guess.target == HOURS and guess.reads:
        return all(other.reads and headings.weekdays(name) != headings.weekdays(heading) for name, other in others)
    if guess.target.field == "address":
        part = headings.address_part(heading)
        if part is not None:
            return all(
                headings.address_part(name) not in (None, part) and headings.group(name) == headings.group(heading)
                for name, _ in others
            )
        return all(headings.stem(name) == headings.stem(heading) for name, _ in others)
    if guess.target.table == "contact_points":
        return all(headings.of_organization(name) != headings.of_organization(heading) for name, _ in others)
    return not others


def _guesses(
    heading: str, cells: list[str], named: Mapping[Target, Named], subject: tuple[str, ...]
) -> Iterator[Guess]:
    """Every field of the ``subject``'s tables that the column could fill."""
    named = {target: one for target, one in named.items() if target.table in subject}
    if headings.refusal(heading):
        yield from _by_exception(heading, cells, named)
        return
    marks = {cell.strip().lower() for cell in cells}
    if marks & set(MARKED) and marks <= {*MARKED, *NOT_MARKED}:
        yield from _by_marks(heading, marks, named, subject)
        return
    for target, (score, why) in named.items():
        yield from _weighed(target, score, why, cells)
    if len(cells) >= 2:
        yield from _by_content(cells, named, subject)
    if HOURS.table in subject:
        yield from _by_hours(heading, cells)


def _by_exception(heading: str, cells: list[str], named: Mapping[Target, Named]) -> Iterator[Guess]:
    """What is proposed in spite of a refusal, because the field itself keeps it back."""
    representative = Target("organizations", "representative_name")
    if headings.REPRESENTATIVE.search(fold(heading)) and representative in named:
        yield Guess(
            representative, named[representative].score, (named[representative].why, "同意がなければ公開しない項目")
        )
    visibility = Target("places", "address_visibility")
    good = sum(codelist.read("address_visibility", cell).value is not None for cell in cells)
    text = fold(heading)
    if headings.CONSENT.search(text) and headings.PLACE.search(text) and good >= max(1, 0.8 * len(cells)):
        told = "見出しが住所の公開を言い、値が公開・市町村まで・非公開として読める。読めない行は隔離する"
        yield Guess(visibility, 0.75, (told,))


def _by_marks(
    heading: str, marks: set[str], named: Mapping[Target, Named], subject: tuple[str, ...]
) -> Iterator[Guess]:
    """What a column of marks (○) fills: the code that its heading is a word of, or a field that is yes or no."""
    word, seen = heading.rsplit("／", 1)[-1], f"値が印（{'・'.join(sorted(marks)[:3])}）だけ"
    for field in rulebook.table(subject[0]).record_fields:
        code = codelist.read(str(field.codes), word).value if field.name in FLAGGED else None
        if code:
            yield Guess(Target(subject[0], field.name), 0.75, (seen,), flag=code)
            return
    for target, (score, why) in named.items():
        field = rulebook.table(target.table).field(target.field)
        if field.reads in ("yes_no", "holiday"):
            yield Guess(target, score, (why, seen))
        elif field.codes and not field.many and not field.reads:
            yield Guess(target, 0.8 * score, (why, f"{seen}。意味を values に書く"))


def _weighed(target: Target, score: float, why: str, cells: list[str]) -> Iterator[Guess]:
    """The field that the heading names, weighed with how many of the cells it can read."""
    field, name = rulebook.table(target.table).field(target.field), _reads(target)
    reads = name if name != field.reads else ""
    good = _share_read(target, cells)
    if not _holds(score, good):
        return
    if not cells:
        yield Guess(target, 0.8 * score, (why, "値が一つもない"), reads)
    elif good is None:
        long = field.name == "summary" and sum(map(len, cells)) > LONG * len(cells)
        yield Guess(target, score - 0.1 if long else score, (why,))
    elif field.codes and not name:
        told = f"値の {good:.0%} が「{field.title}」のコード表の言葉"
        yield Guess(target, score if good >= 0.5 else 0.8 * score, (why, told))
    else:
        yield Guess(target, 0.7 * score + 0.3 * good, (why, _told(good, name), *_mobile(cells)), reads)


def _by_content(cells: list[str], named: Collection[Target], subject: tuple[str, ...]) -> Iterator[Guess]:
    """The fields that the cells alone name."""
    for name, (target, shape) in TELLING.items():
        good = share(name, cells, shape) if target.table in subject and target not in named else 0
        if good >= 0.8:
            reads = name if target.kind == "email" else ""
            yield Guess(target, 0.5 * good, (_told(good, name), *(_mobile(cells) if name == "phone" else ())), reads)
    for field in rulebook.table(subject[0]).record_fields:
        if field.codes in CODES and Target(subject[0], field.name) not in named:
            good = sum(codelist.read(field.codes, cell, field.many).value is not None for cell in cells) / len(cells)
            if good >= 0.8:
                told = f"値の {good:.0%} が「{field.title}」のコード表の言葉"
                yield Guess(Target(subject[0], field.name), 0.5 * good, (told,))


def _by_hours(heading: str, cells: list[str]) -> Iterator[Guess]:
    """The hours, if the cells are spans of time; a heading that names days as well (平日, 土曜) leaves no doubt."""
    days = bool(headings.weekdays(heading))
    spans = sum(map(is_span, cells)) / len(cells) if cells else 0.0
    if spans >= 0.5 and (days or len(cells) > 1):
        told = f"値の {spans:.0%} が時間帯として読める"
        yield Guess(HOURS, 0.4 + 0.4 * spans + (0.2 if days else 0.0), (told,), "opening_time")


def is_span(cell: str) -> bool:
    """Whether the cell tells one span of time."""
    opens, closes = _value("opening_time", cell), _value("closing_time", cell)
    return opens is not None and closes is not None and opens != closes


def _told(good: float, reads: str) -> str:
    return f"値の {good:.0%} が「{formats.module(reads).TITLE_JA}」として読める"


def _mobile(cells: list[str]) -> tuple[str, ...]:
    mobile = any(re.match(r"\+81[789]0", _value("phone", cell) or "") for cell in cells)
    return ("要確認：携帯電話の番号があり、個人のものかもしれない",) if mobile else ()


def _by_name(heading: str, known: Mapping[str, list[Known]]) -> dict[Target, Named]:
    """Fields that the heading names, wholly or in part."""
    whole, stem = fold(heading), headings.stem(heading)
    kana = headings.KANA.search(whole) is not None
    text = (headings.KANA.sub("", stem) or stem) if kana else stem
    found: dict[Target, Named] = {}
    for word, said in known.items():
        weight = headings.likeness(whole if word == whole else text, word)
        if not weight:
            continue
        ranks: Counter[bool] = Counter()
        for one in said:
            rank = ranks[one.target.table in SUBJECTS[0]]
            ranks[one.target.table in SUBJECTS[0]] += 1
            target = _with_kana(one.target) if kana else one.target
            if target and headings.of_organization_above(heading):
                target = _whose(target)
            if target is None or (_is_second_name(target) and weight < 1):
                continue
            score = weight - 0.02 * min(rank, 5) - (0.15 if _of_another(heading, target) else 0.0)
            if target not in found or score > found[target].score:
                found[target] = Named(score, one.why)
    if headings.address_part(heading) is not None:
        table = "organizations" if headings.of_organization(heading) else "places"
        found[Target(table, "address")] = Named(0.85, "見出しが住所の一部を言う")
    return found


def _whose(target: Target) -> Target | None:
    """The same field of the organization, under whose heading it stands; None if an organization has no such field."""
    if target.table in ("organizations", "contact_points"):
        return target
    if target.table in ("programs", "hotlines"):
        return target._replace(field="provider_name") if target.field in ("name", "title", "provider_name") else None
    fields = {field.name for field in rulebook.table("organizations").record_fields}
    return target._replace(table="organizations") if target.field in fields else None


def _with_kana(target: Target) -> Target | None:
    """The field for the reading of that name; None if it is no name."""
    if target.field == "name" and target.table in ("organizations", "services", "places"):
        return target._replace(field="name_kana")
    return target if target.field == "name_kana" else None


def _is_second_name(target: Target) -> bool:
    """A place's own name: most files name the service alone."""
    return target.table == "places" and target.field in ("name", "name_kana")


def _of_another(heading: str, target: Target) -> bool:
    """Whether the field is the organization's and the heading is not, or the other way round."""
    subjects = ("organizations", "services", "places")
    return target.table in subjects and (target.table == "organizations") != headings.of_organization(heading)
