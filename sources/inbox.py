"""The inbox: files that people drop into ``inbox/``, each judged on its own, together one source of the night.

Each file is a source of its own (``inbox_<first 12 hex of its sha256>``), so that one broken form never blocks
another: it lands, is judged and gets its correction sheet as every source does. The work of source ``inbox`` is what
they hold together: their records, each with the submission that it belongs to. A file that was taken out of the
folder stays in that work, for a record does not vanish because somebody tidied up; it is told and counted no more.
What is approved, and what of it may be told, is ``warehouse.submissions``'s.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import yaml

from schemas import messages, rulebook
from schemas.finding import Finding, Severity
from schemas.sql import literal, make_table
from sources import catalog, ingest, judging, mapping, sheet, submitted
from sources.catalog import ROOT, Source
from sources.fetchers import DEFAULT_MAX_BYTES
from sources.ingest import Night, SourceRun
from sources.landing import Snapshot, latest, snapshot
from sources.readers import read
from sources.shelf import Shelf

ID = "inbox"
TITLE = "受付箱（団体・市町村から寄せられた票）"
FOLDER = "inbox"
SAMPLES = ROOT / "sample_inbox"
"""Invented files that stand for what people drop, in the sample set alone."""

SAMPLE_FILES = (".xlsx",)
LICENCE = {
    "name": "CC BY 4.0",
    "url": "https://creativecommons.org/licenses/by/4.0/deed.ja",
    "licence_status": "read",
    "attribution": "出典：各団体・市町村が道しるべに寄せた情報を加工して作成",
}
"""The terms that every form names, and to which its sender agrees."""

FOREIGN_JA = (
    "受付箱の外へのリンクか、文字として読めない名前のファイルなので、読んでいません。"
    "ファイルそのものを、ふつうの名前で置いてください。"
)
FOREIGN_EN = "A link that leads out of the inbox, or a name that is no text; please put the file itself there."
LONGEST_NAME = 100
"""Letters of a file's name that are shown."""

COUNTS = ("rows_read", "accepted", "quarantined", "out_of_area")
GIVER = (("organizations", "name"), ("programs", "provider_name"))
"""Where a row says whose it is: the first of these fields that its layout fills."""


@dataclass(frozen=True)
class Dropped:
    """One file that was dropped: where its bytes lie, and its name in the inbox (POSIX, with its folders) as it can be
    shown.

    ``there``: it still lies in the inbox. ``sample``: it is an invented one. ``foreign``: it is a link that leads out
    of the inbox, or has a name that is no text, and is not read.
    """

    path: Path
    name: str
    sha256: str
    there: bool = True
    sample: bool = False
    foreign: bool = False

    @property
    def id(self) -> str:
        """The source that it is."""
        return f"{ID}_{self.sha256[:12]}"


def dropped(night: Night) -> list[Dropped]:
    """Every file of the inbox by name, then those that once lay there. The same bytes under two names are one file."""
    found: dict[str, Dropped] = {}
    samples = _below(SAMPLES, sample=True) if night.source_set == "sample" else ()
    for file in (*_below(night.home / FOLDER), *samples):
        found.setdefault(file.id, file)
    gone = {file.id: file for file in _gone(night) if file.id not in found}
    return [*found.values(), *gone.values()]


def contents(home: Path) -> str | None:
    """A hash of what lies in the inbox: the same for the same files under the same names; None if nothing does."""
    told = [f"{file.name} {file.sha256}" for file in _below(home / FOLDER)]
    return hashlib.sha256("\n".join(told).encode()).hexdigest() if told else None


def taken_in(home: Path) -> str | None:
    """The :func:`contents` that the last night found, None before the first."""
    shelf = Shelf(home, ID)
    return shelf.summary(shelf.current)["contents"] if shelf.current else None


def sample_approvals() -> list[dict[str, Any]]:
    """The approvals that come with the invented files: file, by, how and decided_on."""
    path = SAMPLES / "approvals.yml"
    return yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else []


def take_in(night: Night) -> SourceRun:
    """Take the whole inbox through the night; never raises for what a file can do wrong."""
    started = time.monotonic()
    shelf = Shelf(night.home, ID)
    before, trouble = shelf.current, []
    try:
        files = dropped(night)
        key = _key(files, night)
        if not shelf.holds(key):
            building = shelf.building()
            _gather(files, night, building)
            shelf.put(building, key)
        shelf.serve(key)
    except Exception as bug:
        trouble = [_crashed(bug)]
    run = _run(shelf, night, trouble, changed=shelf.current != before, seconds=round(time.monotonic() - started, 3))
    shelf.tell({"facts": _facts(), "run": asdict(run), "trouble": [asdict(finding) for finding in trouble]})
    if run.changed or trouble:
        sheet.write(night.home / "sheets" / f"{ID}.xlsx", TITLE, ingest.findings(ID, night.home), submitted=True)
    return run


def _below(folder: Path, sample: bool = False) -> Iterator[Dropped]:
    """The files below that folder. Office's locks, half-made and hidden files are nobody's submission."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        hidden = any(part.startswith((".", "~$")) for part in name.parts) or path.suffix == ".tmp"
        if hidden or (sample and path.suffix not in SAMPLE_FILES):
            continue
        if _is_foreign(path, folder):
            digest = hashlib.sha256(os.fsencode(path)).hexdigest()
            yield Dropped(path, _shown(name.as_posix()), digest, sample=sample, foreign=True)
        elif path.is_file():
            yield Dropped(path, _shown(name.as_posix()), _sha256(path), sample=sample)


def _is_foreign(path: Path, folder: Path) -> bool:
    """Whether it is a link to something outside the folder, or its name is no text."""
    try:
        str(path).encode()
        return path.exists() and not path.resolve().is_relative_to(folder.resolve())
    except (UnicodeEncodeError, OSError, RuntimeError):
        return True


def _shown(name: str) -> str:
    """The name on one line: a letter that cannot be seen as U+FFFD, the middle of a long one left out."""
    seen = "".join(letter if letter.isprintable() else "\ufffd" for letter in name)
    return seen if len(seen) <= LONGEST_NAME else f"{seen[: LONGEST_NAME // 2]}…{seen[-LONGEST_NAME // 2 :]}"


def _sha256(path: Path) -> str:
    """Of its bytes; of one that cannot be read, or is larger than any form, of what can be said of it."""
    try:
        if path.stat().st_size <= DEFAULT_MAX_BYTES:
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        said = f"{path} {path.stat().st_size}"
    except OSError as error:
        said = f"{path} {error.strerror}"
    return hashlib.sha256(said.encode()).hexdigest()


def _gone(night: Night) -> Iterator[Dropped]:
    """The files that landed once, as they landed; of invented ones only where invented ones serve."""
    for folder in sorted((night.home / "landing").glob(f"{ID}_*")):
        shelf = Shelf(night.home, folder.name)
        landed = latest(folder.name, night.home)
        if landed is None or not (shelf.path / "night.json").exists():
            continue
        facts, file = shelf.night["facts"], landed.files[0]
        sample = facts["set"] == "sample"
        if not sample or night.source_set == "sample":
            yield Dropped(file.path, facts["title"], file.sha256, there=False, sample=sample)


def _key(files: Sequence[Dropped], night: Night) -> str:
    """sha256 over all that the inbox's work depends on, 16 hexadecimal digits (house rule 9)."""
    parts = [night.prefecture, rulebook.digest(), rulebook.tree_digest(ROOT), ingest.code_digest()]
    parts += [f"{file.name} {file.sha256} {file.there}" for file in files]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _sources(file: Dropped) -> list[Source]:
    """The file as sources, one for each layout that is filled in it; none if nobody knows its layout."""
    from sources import forms

    return [
        Source(
            id=file.id if place == 1 else f"{file.id}_{place}",
            title=file.name,
            publisher="",
            contact="",
            home_page="",
            licence=LICENCE,
            cadence="P1Y",
            kind="submission",
            set="sample" if file.sample else "live",
            authority="submission",
            fetch={"protocol": "inbox", "files": [file.path.name]},
            reader={"format": "form", "layout": layout},
            bounds=catalog.DEFAULTS["bounds"],
            owner="team:stewards",
            folder=file.path.parent,
            mapping=catalog.layout(layout),
            files=(ROOT / "layouts" / f"{layout}.yml",),
        )
        for place, layout in enumerate(forms.layouts_of(file.path), start=1)
    ]


def _judged(file: Dropped, night: Night) -> tuple[list[tuple[Source, SourceRun]], list[Finding]]:
    """The file as sources, each with its account, and the findings about it. What is done already is not done again."""
    judged: list[tuple[Source, SourceRun]] = []
    told: list[Finding] = []
    if file.foreign:
        return [], [messages.file_finding("unreadable", source=ID, file=file.name, ja=FOREIGN_JA, en=FOREIGN_EN)]
    try:
        for source in _sources(file):
            judged.append((source, _unchanged(source, night) or ingest.ingest(source, replace(night, mirror=None))))
            told += ingest.findings(source.id, night.home)
    except Exception as bug:
        told.append(_crashed(bug, file.name))
    if not judged and not told:
        told.append(messages.file_finding("unknown-layout", source=ID, file=file.name))
    return judged, [_of_inbox(finding, file) for finding in told]


def _crashed(bug: Exception, file: str | None = None) -> Finding:
    return messages.file_finding("source-crashed", source=ID, file=file, value=ingest.whereabouts(bug))


def _unchanged(source: Source, night: Night) -> SourceRun | None:
    """The last account of a file whose work, by tonight's rules, serves already."""
    shelf, landed = Shelf(night.home, source.id), latest(source.id, night.home)
    if landed is None or landed.files[0].name != source.fetch["files"][0] or shelf.current is None:
        return None
    key = ingest.work_key(source, landed, night.prefecture)
    if key != shelf.current or not shelf.holds(key) or shelf.night["facts"]["title"] != source.title:
        return None
    run = ingest.last_run(source.id, night.home)
    return run if run.key == key and run.rejected is None else None


def _gather(files: Sequence[Dropped], night: Night, into: Path) -> None:
    """Write the work of the inbox: of each table fed the records of all files with their ``submission``, likewise
    ``withheld_texts.parquet`` (``submitted.WITHHELD``),
    ``submissions.parquet`` (submission, organization, form, whole, source, file, there, rows, accepted, findings),
    ``findings.parquet`` and ``summary.json``. What is told and counted is of the files that still lie there.
    ``form`` is what tells the rows of such a form apart; ``whole``: it is all that its organization says of itself.
    """
    told: list[Finding] = []
    totals: Counter[str] = Counter()
    dates: list[str] = []
    works: dict[str, Path] = {}
    lying: list[str] = []
    with duckdb.connect() as con:
        con.execute("SET enable_progress_bar = false")
        con.execute(
            "CREATE TABLE files "
            "(source VARCHAR, file VARCHAR, there BOOLEAN, place BIGINT, form VARCHAR, whole BOOLEAN, layout VARCHAR)"
        )
        con.execute('CREATE TABLE noted (source VARCHAR, file VARCHAR, "row" BIGINT)')
        con.execute('CREATE TABLE lines (source VARCHAR, file VARCHAR, "row" BIGINT, giver VARCHAR, line VARCHAR)')
        for place, file in enumerate(files):
            judged, findings = _judged(file, night)
            if file.there:
                told += findings
                totals["refused"] += any(finding.severity == Severity.REJECT for finding in findings)
            else:
                for stale in (night.home / "sheets").glob(f"{file.id}*.xlsx"):
                    stale.unlink()
            for source, run in judged:
                if run.key is None:
                    continue
                shelf = Shelf(night.home, source.id)
                summary = shelf.summary(run.key)
                works[source.id] = shelf.work(run.key)
                whole = _insert_lines(con, source, snapshot(source.id, night.home, summary["snapshot"]))
                form = "＋".join(source.mapping.natural_key)
                con.execute(
                    "INSERT INTO files VALUES (?, ?, ?, ?, ?, ?, ?)",
                    [source.id, file.name, file.there, place, form, whole, source.reader["layout"]],
                )
                noted = [(source.id, finding.file, finding.row) for finding in ingest.findings(source.id, night.home)]
                if noted:
                    con.executemany("INSERT INTO noted VALUES (?, ?, ?)", noted)
                if file.there:
                    totals.update({count: summary[count] for count in COUNTS})
                    dates.append(summary["dated"])
                    lying.append(works[source.id].relative_to(night.home).as_posix())
        _write_work(con, works, told, into)
    summary = {count: totals[count] for count in (*COUNTS, "refused")}
    summary |= {"rules": judging.rules(night.prefecture), "rejected": None, "dated": max(dates, default=None)}
    summary |= {"works": lying, "contents": contents(night.home)}
    (into / "summary.json").write_text(json.dumps(summary, ensure_ascii=False), encoding="utf-8")


def _of_inbox(finding: Finding, file: Dropped) -> Finding:
    """The finding as one of the whole inbox: it names the file as it lies there."""
    _, _, key = (finding.record_id or "").partition(":")
    sheet_of = finding.file.removeprefix(file.path.name) if finding.file else ""
    named = file.name + sheet_of if sheet_of.startswith("/") else file.name
    return replace(finding, source=ID, file=named, record_id=f"{ID}:{key}" if key else None)


def _insert_lines(con: duckdb.DuckDBPyConnection, source: Source, landed: Snapshot | None) -> bool:
    """Every row of the file as published: whose it is, and its cells as one text, blank ones left out.

    True if the file asks once whose all its rows are: it is the whole statement of an organization, no list.
    """
    assert landed is not None
    rows = read(landed.files, source.reader)
    columns, _, _ = mapping.check_columns(source, rows.header)
    con.register("source_rows", rows.table)
    # By heading: a column that is blank, or stands elsewhere, changes nothing that was submitted.
    # Headings and cells each with their length, so that none can pass for two.
    told = {heading: columns.expression([heading]) for heading in sorted(columns.by_heading)}
    cells = ", ".join(
        f"{literal(f'{len(heading)}:{heading}')} || length({text}) || ':' || {text}" for heading, text in told.items()
    )
    giver = columns.expression(_giver(source))
    con.execute(
        f"""INSERT INTO lines SELECT '{source.id}', r.file, r."row", coalesce(trim({giver}, ' 　\t\r\n'), ''),
              concat_ws(chr(31), {cells}) FROM source_rows r"""
    )
    con.unregister("source_rows")
    return bool(_giver(source)) and set(_giver(source)) <= set(rows.item_rows)


def _giver(source: Source) -> tuple[str, ...]:
    """The columns that say whose a row is; none where all rows of a file are of one giver."""
    for table, name in GIVER:
        for record in source.mapping.records:
            if record.table == table and name in record.cells:
                return record.cells[name].columns
    return ()


def _write_work(con: duckdb.DuckDBPyConnection, works: Mapping[str, Path], told: list[Finding], into: Path) -> None:
    # The same submission in two files counts once: in the file that still lies there, then by name. What kind of
    # statement it is belongs to what was said.
    con.execute(
        """CREATE TABLE submissions AS
           WITH made AS (
             SELECT source, giver, count(*) AS rows, 's' || sha256(
               concat_ws(chr(28), layout, whole, string_agg(line, chr(29) ORDER BY line))) AS submission
             FROM lines JOIN files USING (source) GROUP BY source, giver, layout, whole)
           SELECT submission, giver, form, whole, source, file, there, rows FROM made JOIN files USING (source)
           QUALIFY row_number() OVER (PARTITION BY submission ORDER BY there DESC, place, source, giver) = 1"""
    )
    con.execute(
        'CREATE TABLE line_of AS SELECT submission, source, l.file, "row" FROM lines l '
        "JOIN submissions USING (source, giver)"
    )
    for name in (*rulebook.tables(), submitted.WITHHELD):
        paths = {str(path): source for source, work in works.items() if (path := work / f"{name}.parquet").exists()}
        if paths:
            make_table(con, "works", {"path": list(paths), "source": list(paths.values())})
            _copy(con, _records(list(paths)), into / f"{name}.parquet")
    con.register("findings", pa.Table.from_pylist([asdict(finding) for finding in told], schema=judging.FINDING_SCHEMA))
    order = 'file, "row", "column", code, "table", field, value'
    _copy(con, f"SELECT * FROM findings ORDER BY {order}", into / "findings.parquet")
    _copy(con, _submissions(into), into / "submissions.parquet")


def _records(paths: Sequence[str]) -> str:
    """The records of one table in these files: of the inbox, whichever file brought them."""
    listed = ", ".join(literal(path) for path in paths)
    return f"""SELECT submission, '{ID}' || substr(p.record_id, strpos(p.record_id, ':')) AS record_id,
          p.* EXCLUDE (record_id, filename)
        FROM read_parquet([{listed}], filename = true, union_by_name = true) p
        JOIN works w ON w.path = p.filename
        JOIN line_of l ON l.source = w.source AND l.file = p.file AND l."row" = p."row" ORDER BY ALL"""


def _submissions(into: Path) -> str:
    """The submissions, with how many of their rows were accepted, and how many findings of the correction sheet are
    about them: those at their rows, and those about the whole file.
    """
    paths = [path for table in catalog.SUBJECTS if (path := into / f"{table}.parquet").exists()]
    accepted = [f"SELECT submission, record_id FROM read_parquet({literal(str(path))})" for path in paths]
    nothing = "SELECT NULL::VARCHAR AS submission, NULL::VARCHAR AS record_id WHERE FALSE"
    records = " UNION ".join([nothing, *accepted])
    return f"""SELECT submission, giver AS organization, form, whole, source, s.file, there, rows,
          (SELECT count(*) FROM ({records}) a WHERE a.submission = s.submission) AS accepted,
          (SELECT count(*) FROM noted f LEFT JOIN lines l
             ON l.source = f.source AND l."row" = f."row" AND l.file = f.file
           WHERE f.source = s.source AND (l.giver IS NULL OR l.giver = s.giver)) AS findings
        FROM submissions s ORDER BY submission"""


def _copy(con: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    con.execute(f"COPY ({query}) TO {literal(str(path))} (FORMAT parquet)")


def _run(shelf: Shelf, night: Night, trouble: list[Finding], changed: bool, seconds: float) -> SourceRun:
    """The account of all files that lie in the inbox, as of one source."""
    key = shelf.current
    summary = shelf.summary(key) if key else {}
    refused = summary.get("refused", 0)
    rejected = f"受付箱の {refused:,} ファイルを採用できませんでした。訂正票を見てください。" if refused else None
    return ingest.account(
        shelf,
        key,
        [night.home / work for work in summary.get("works", [])],
        night.as_of,
        trouble,
        source=ID,
        title=TITLE,
        changed=changed,
        rejected=trouble[0].message_ja if trouble else rejected,
        seconds=seconds,
    )


def _facts() -> dict[str, str | None]:
    """What a reader of the release is told of the inbox: never whose files lie there."""
    return {
        "source": ID,
        "title": TITLE,
        "publisher": "各団体・市町村",
        "contact": "道しるべの担当者",
        "home_page": None,
        "kind": "submission",
        "set": "live",
        "cadence": "P1Y",
        "authority": "submission",
        "area_scope": "prefecture",
        "basis": "standard",
        "licence_name": LICENCE["name"],
        "licence_url": LICENCE["url"],
        "licence_status": LICENCE["licence_status"],
        "attribution": LICENCE["attribution"],
    }
