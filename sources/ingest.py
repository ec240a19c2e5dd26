"""One source through one night: land, judge, and say which work serves.

A source is contained: whatever goes wrong inside it, :func:`ingest` returns, the last good snapshot serves, judged
by tonight's rules, and a finding says why. Work is keyed by everything it depends on (house rule 9), so that
nothing unchanged is done again. What the records of several sources mean together is ``warehouse``'s.
"""

from __future__ import annotations

import hashlib
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import cache
from importlib.metadata import version
from pathlib import Path

from schemas import messages, rulebook
from schemas.finding import Finding, Severity
from schemas.sql import asking, literal
from sources import judging, sheet
from sources.catalog import ROOT, Source
from sources.landing import FetchError, Snapshot, land, latest, snapshot
from sources.shelf import Shelf

CODE = ("*.py", "readers/*.py", "forms/*.py", "forms/forms.yml")
"""What below ``sources/`` decides how a file is read."""

LIBRARIES = (
    "duckdb", "frictionless", "phonenumbers", "kanjize", "pyarrow", "python-calamine", "sudachipy", "sudachidict-small",
)  # fmt: skip
"""Libraries whose version may change what is read from the same bytes."""

LEAST_SHARE = 0.5
"""Share of the last good snapshot's accepted records below which a new one is refused, unless ``source.yml`` says
another under ``bounds.minimum_share``: a renamed column must not empty a source.
"""


@dataclass(frozen=True)
class Night:
    """The settings of one night; ``as_of`` is the only clock. ``prefecture`` is its 2-digit code or ``all``.

    ``source_set`` is ``sample``, ``live``, or ``mirror`` (the live sources, served from the folder ``mirror``).
    """

    home: Path
    as_of: date
    prefecture: str
    mirror: Path | None
    source_set: str


@dataclass(frozen=True)
class SourceRun:
    """How one source fared tonight. ``key`` names the accepted work that serves; ``withheld`` counts values."""

    source: str
    title: str
    key: str | None
    served: bool
    changed: bool
    rejected: str | None
    dated: str | None
    rows_read: int
    accepted: int
    quarantined: int
    withheld: int
    out_of_area: int
    ended: int
    findings: dict[str, int]
    seconds: float


def in_set(source: Source, night: Night) -> bool:
    """Whether tonight's set holds this source; a mirror only has what somebody put there."""
    if night.source_set == "sample":
        return source.set == "sample" or bool(source.sample)
    return source.set == "live" and (night.mirror is None or "mirror" in source.fetch)


def ingest(source: Source, night: Night) -> SourceRun:
    """Take the source through the night; never raises for what a source can do wrong."""
    if night.source_set == "sample" and source.sample:
        source = replace(source, fetch={"protocol": "file", "files": list(source.sample)})
    started = time.monotonic()
    shelf = Shelf(night.home, source.id)
    before = shelf.current
    key, trouble = _tonight(source, night, shelf)
    if key is not None:
        shelf.serve(key)
    run = account(
        shelf,
        key,
        [shelf.work(key)] if key else [],
        night.as_of,
        trouble,
        source=source.id,
        title=source.title,
        changed=key is not None and key != before,
        rejected=trouble[0].message_ja if trouble else None,
        seconds=round(time.monotonic() - started, 3),
    )
    told = {"facts": _facts(source), "run": asdict(run), "trouble": [asdict(finding) for finding in trouble]}
    shelf.tell(told)
    title, told_now = _sheet_title(source), findings(source.id, night.home)
    path = night.home / "sheets" / f"{source.id}.xlsx"
    sheet.write(path, title, told_now, submitted=source.kind == "submission")
    return run


def _sheet_title(source: Source) -> str:
    """What the correction sheet is called: of a form with several sheets also the one that it is about."""
    layout = source.reader.get("layout")
    if layout is None:
        return source.title
    from sources.forms import definition

    parts = [form.sheets for kind in definition.kinds() if len((form := definition.form(kind)).layouts) > 1]
    name = next((part.name for sheets in parts for part in sheets if part.layout == layout), None)
    return f"{source.title}／{name}" if name else source.title


def last_run(source_id: str, home: Path) -> SourceRun:
    """What :func:`ingest` returned last; ``FileNotFoundError`` if it never ran."""
    return SourceRun(**Shelf(home, source_id).night["run"])


def findings(source_id: str, home: Path) -> list[Finding]:
    """Every finding about the source tonight: of the records that serve, and of what could not be taken in."""
    shelf = Shelf(home, source_id)
    told = shelf.night
    key = told["run"]["key"]
    return [Finding(**finding) for finding in told["trouble"]] + (shelf.findings(key) if key else [])


def work_key(source: Source, snapshot: Snapshot, prefecture: str) -> str:
    """sha256 over all that the accepted records depend on, 16 hexadecimal digits."""
    told = [f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in source.files]
    parts = [snapshot.sha256, prefecture, rulebook.digest(), *told, code_digest()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


@cache
def code_digest() -> str:
    """sha256 over the code and the libraries that read a source, or a form as one."""
    total = hashlib.sha256()
    for path in sorted(path for pattern in CODE for path in ROOT.glob(pattern)):
        total.update(path.read_bytes())
    total.update(" ".join(version(library) for library in LIBRARIES).encode())
    return total.hexdigest()


def _tonight(source: Source, night: Night, shelf: Shelf) -> tuple[str | None, list[Finding]]:
    """The key of the work that serves tonight, if any, and why tonight's own bytes do not."""
    good = _last_good(source, night, shelf)
    try:
        served = shelf.summary(good)["snapshot"] if good else None
        landed = land(source, night.home, night.mirror, night.as_of, served)
        key = _judged(source, landed, night, shelf)
    except FetchError as error:
        ja, en, file = error.message_ja, error.message_en, error.file
        trouble = [messages.file_finding(error.code, source=source.id, ja=ja, en=en, file=file)]
    except Exception as bug:
        trouble = [messages.file_finding("source-crashed", source=source.id, value=whereabouts(bug))]
    else:
        trouble = shelf.findings(key) if shelf.summary(key)["rejected"] else _shrunk(source, shelf, key, good)
        if not trouble:
            return key, []
    return good, trouble


def _judged(source: Source, landed: Snapshot, night: Night, shelf: Shelf) -> str:
    """The key of that snapshot's work by tonight's rules, made if it is not there yet."""
    key = work_key(source, landed, night.prefecture)
    if not shelf.holds(key):
        building = shelf.building()
        judging.judge(source, landed, night.prefecture, building)
        shelf.put(building, key)
    return key


def _last_good(source: Source, night: Night, shelf: Shelf) -> str | None:
    """The key of the last good snapshot's work by tonight's rules; None if there is none or it is good no more.

    Where it cannot be judged again (a broken mapping, say), the work as it is serves on, if the rulebook is the same.
    """
    current = shelf.current if shelf.current and shelf.holds(shelf.current) else None
    try:
        sha256 = shelf.summary(current)["snapshot"] if current else None
        known = snapshot(source.id, night.home, sha256) if sha256 else latest(source.id, night.home)
        key = _judged(source, known, night, shelf) if known else None
        return key if key and not shelf.summary(key)["rejected"] else None
    except Exception:
        # What is wrong is told of tonight's own bytes, which meet the same fault.
        same = current is not None and shelf.summary(current)["rules"] == judging.rules(night.prefecture)
        return current if same else None


def _shrunk(source: Source, shelf: Shelf, key: str, good: str | None) -> list[Finding]:
    """The finding for a file of which suddenly far fewer records are accepted than of the last good one."""
    if good is None or good == key:
        return []
    accepted, before = shelf.summary(key)["accepted"], shelf.summary(good)["accepted"]
    if accepted >= before * source.bounds.get("minimum_share", LEAST_SHARE):
        return []
    return [messages.file_finding("few-accepted", source=source.id, value=str(accepted), expected=str(before))]


def whereabouts(bug: Exception) -> str:
    """Kind and place of an unknown error; its text may hold a cell's value and is not told."""
    frame = traceback.extract_tb(bug.__traceback__)[-1]
    return f"{type(bug).__name__} {Path(frame.filename).name}:{frame.lineno}"


def account(
    shelf: Shelf,
    key: str | None,
    works: Sequence[Path],
    as_of: date,
    trouble: Sequence[Finding],
    *,
    source: str,
    title: str,
    changed: bool,
    rejected: str | None,
    seconds: float,
) -> SourceRun:
    """The account of the work ``key`` that serves tonight, whose records lie in the folders ``works``; all zero where
    nothing ever was accepted.
    """
    summary = shelf.summary(key) if key else {}
    gone = ended(works, as_of)
    severities = Counter(finding.severity for finding in [*trouble, *(shelf.findings(key) if key else [])])
    return SourceRun(
        key=key,
        served=key is not None,
        dated=summary.get("dated"),
        rows_read=summary.get("rows_read", 0),
        accepted=summary.get("accepted", 0) - gone,
        quarantined=summary.get("quarantined", 0),
        withheld=severities[Severity.WITHHOLD],
        out_of_area=summary.get("out_of_area", 0),
        ended=gone,
        findings={severity.value: severities[severity] for severity in Severity},
        source=source,
        title=title,
        changed=changed,
        rejected=rejected,
        seconds=seconds,
    )


def _facts(source: Source) -> dict[str, str | None]:
    """What a reader of the release is told of the source."""
    return {
        "source": source.id,
        "title": source.title,
        "publisher": source.publisher,
        "contact": source.contact,
        "home_page": source.home_page,
        "kind": source.kind,
        "set": source.set,
        "cadence": source.cadence,
        "authority": source.authority,
        "area_scope": source.area_scope,
        "basis": source.mapping.basis,
        "licence_name": source.licence["name"],
        "licence_url": source.licence.get("url"),
        "licence_status": source.licence["licence_status"],
        "licence_confirmed": source.licence_confirmed,
        "attribution": source.licence["attribution"],
    }


def ended(works: Sequence[Path], as_of: date) -> int:
    """How many rows in these works made a record that has ended."""
    parts = []
    for table in rulebook.tables().values():
        if paths := [path for work in works if (path := work / f"{table.name}.parquet").exists()]:
            listed = ", ".join(literal(str(path)) for path in paths)
            parts.append(f"SELECT record_id FROM read_parquet([{listed}]) WHERE {table.ended(as_of)}")
    if not parts:
        return 0
    with asking() as con:
        return int(con.execute(f"SELECT count(*) FROM ({' UNION '.join(parts)})").fetchall()[0][0])
