"""Which headings have stood for which field: titles and standards of the rulebook, common words, every mapping."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml

from schemas import rulebook
from sources import catalog
from sources.catalog import SourceMapping
from sources.onboarding.headings import fold

TABLES = ("services", "places", "organizations", "contact_points", "schedules", "programs", "hotlines")
"""Tables that a column is proposed for."""

TWINS = 0.5
"""Share of equal headings above which two mappings are of the same layout."""


FITS = 0.9
"""Share of a file's headings that a layout must know for the file to be in it."""


class Target(NamedTuple):
    """A field that a column can fill; ``kind`` is that of a contact point."""

    table: str
    field: str
    kind: str = ""

    def __str__(self) -> str:
        return f"{self.table}.{self.kind or self.field}"


class Known(NamedTuple):
    """One thing known of a heading: the field, and who says so (Japanese)."""

    target: Target
    why: str


def gather(without: Collection[str] = ()) -> Mapping[str, list[Known]]:
    """What is known by heading (folded), the most often said first.

    The sources ``without`` are not asked, nor any other whose headings are theirs: a twin would tell their secret.
    """
    said: dict[str, Counter[Known]] = defaultdict(Counter)
    for heading, known in (*_of_words(), *_of_rulebook()):
        said[heading][known] += 1
    sources = catalog.load_all()
    hidden = [_headings(sources[name].mapping) for name in without]
    for name, source in sources.items():
        own = _headings(source.mapping)
        if name in without or any(len(own & other) > TWINS * min(len(own), len(other)) for other in hidden):
            continue
        flagged = {h for record in source.mapping.records for cell in record.cells.values() for h in cell.flags}
        for heading, target in targets(source.mapping):
            if heading in flagged:
                # It stands for a code alone: what else bears this heading fills no such field.
                continue
            said[fold(heading)][Known(target, f"{source.title} で使われている")] += 1
    return {heading: [known for known, _ in counted.most_common()] for heading, counted in said.items()}


def layout_of(header: Collection[str]) -> str | None:
    """The layout of ``sources/layouts`` that a file with these headings is in, if one is: nearly all are its own, and
    none that it needs is missing. Of several, the one with the fewest headings that the file has not.

    Forms, whose rows carry consents, are the inbox's and no layout here.
    """
    fitting = []
    for name in sorted(path.stem for path in (catalog.ROOT / "layouts").glob("*.yml")):
        mapping = catalog.layout(name)
        others = {other: heading for heading, told in mapping.aliases.items() for other in told}
        found = {others.get(heading, heading) for heading in header}
        own = {*mapping.columns, *mapping.ignore}
        is_form = any(record.table == "consents" for record in mapping.records)
        if not is_form and len(found & own) >= FITS * len(found) and found.issuperset(_needed(mapping)):
            fitting.append((len(own - found), name))
    return min(fitting)[1] if fitting else None


def _needed(mapping: SourceMapping) -> set[str]:
    """Headings without which a file is refused: those of the key and of what is required."""
    required = (
        heading
        for record in mapping.records
        for name, cell in record.cells.items()
        if rulebook.table(record.table).field(name).required
        for heading in cell.columns
        if record.table not in ("contact_points", "schedules")
    )
    return {*mapping.natural_key, *required}


def targets(mapping: SourceMapping) -> Iterator[tuple[str, Target]]:
    """Every heading that a mapping uses and the fields that it fills."""
    for record in mapping.records:
        if record.table in TABLES:
            kind = record.constants.get("kind", "") if record.table == "contact_points" else ""
            for name, cell in record.cells.items():
                if name == "extension" and cell.columns == record.cells["value"].columns:
                    continue
                target = Target(record.table, name, kind if name == "value" else "")
                for column in cell.columns:
                    yield from ((heading, target) for heading in (column, *mapping.aliases.get(column, ())))


def _headings(mapping: SourceMapping) -> set[str]:
    return {fold(heading) for heading in (*mapping.columns, *mapping.ignore)}


@cache
def _of_words() -> tuple[tuple[str, Known], ...]:
    told = yaml.safe_load(Path(__file__).with_name("words.yml").read_text(encoding="utf-8"))
    found = []
    for name, words in told.items():
        table, field = name.split(".")
        target = Target(table, "value", field) if table == "contact_points" else Target(table, field)
        found += [(fold(word), Known(target, f"「{word}」はよくある見出し")) for word in words]
    return tuple(found)


@cache
def _of_rulebook() -> tuple[tuple[str, Known], ...]:
    found = []
    for table in TABLES:
        for field in rulebook.table(table).record_fields:
            if field.name in ("record_id", "owner_kind", "kind", "value"):
                continue
            target = Target(table, field.name)
            found.append((fold(field.title), Known(target, f"規則の表の「{field.title}」")))
            found += [
                (fold(name), Known(target, f"{standard} の「{name}」")) for standard, name in field.standards.items()
            ]
    return tuple(found)
