"""A proposal as YAML: what a person would write, with the evidence behind every line and a mark where to look.

What is proposed is ``matching``'s and ``reading``'s. Cells of fields that are not public are never written down.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path

import duckdb
import yaml

from sources import catalog
from sources.onboarding import Proposal, headings, matching
from sources.onboarding.knowledge import Target
from sources.onboarding.matching import Match

SUBJECTS = ("services", "programs", "hotlines", "organizations", "places")
"""Tables that can stand for the row, the first of which something was found."""

CHECK = catalog.UNCHECKED
"""What stands where only a person can know."""

NUMBER = re.compile(r"番号|コード|(?<![a-z])(?:id|no|number|code)(?![a-z])")
"""Folded headings that are likely to tell rows apart."""

NAMES = ("name", "title", "office_number", "service_type")
"""Fields that may be part of a key: record ids must not tell a place or a person."""

NO_KEY = re.compile(
    r"電話|ファ[ック]+ス|郵便|住所|所在|緯度|経度|tel|fax|phone|zip|post|mail|url|address|latitude|longitude"
)

VISIBILITY = "address_visibility"

CODE = re.compile(r"[A-Za-z]*[0-9]+[A-Za-z0-9_]*")
"""Cells that are numbers or codes and no words or dates."""

SURE = 0.8
"""Score below which a line is marked for checking."""


def source_yml(proposal: Proposal, source_id: str, file: Path) -> str:
    """The text of ``source.yml``. It loads as it is; what only a person knows says 要確認."""
    reader = yaml.safe_dump(proposal.reader, allow_unicode=True, default_flow_style=True, width=10_000, sort_keys=False)
    layout = f"# 見出しがこの形とほぼ同じなので、mapping.yml は要りません\nlayout: {proposal.layout}\n"
    return f"""# michishirube onboard が {file.name} から作った下書きです。「{CHECK}」を書き直してください。
id: {source_id}
title: {CHECK}
publisher: {CHECK}
contact: {CHECK}
home_page: https://www.example.jp/
licence:
  name: {CHECK}
  licence_status: unknown
  attribution: {CHECK}
cadence: P1Y
# いまは下のファイルを読みます。公開元から取りに行くときは、docs/onboarding.md の「取得」を見て書き直します。
set: sample
fetch: {{protocol: file, files: [{_text(file.name)}]}}
# {"。".join(proposal.reasons)}
reader: {reader.strip()}
{layout if proposal.layout else ""}"""


def mapping_yml(proposal: Proposal) -> str:
    """The text of ``mapping.yml``, each line with its evidence. Columns without a field stand at the end as remarks."""
    matches = list(proposal.matches)
    shut = any(not match.target and headings.CONSENT.search(headings.fold(match.heading)) for match in matches)
    if shut:
        matches = [_undecided(match) if _says(match, VISIBILITY) else match for match in matches]
    found: dict[str, list[Match]] = defaultdict(list)
    for match in matches:
        if match.target:
            found[match.target.table].append(match)
    subject = next((table for table in SUBJECTS if found[table]), "services")
    if not _named(found[subject]):
        found[subject].insert(0, _stand_in(subject, found, proposal))
    key, unique = _natural_key(proposal)
    lines = ["basis: observed", *_key_lines(key, unique), *_area_lines(proposal)]
    if shut:
        lines.append(f"# {CHECK}。公開してよいかを答えた列があります。意味が分かるまで、所在地を公開しません")
    lines.append("records:")
    for table in dict.fromkeys(("organizations", subject, "places")):
        if found[table]:
            lines += _record(table, found, shut, _named(found[subject]))
    lines += [line for record in _contacts(found, subject) for line in record]
    lines += [line for record in _schedules(proposal, found, subject) for line in record]
    left = [match for match in matches if not match.target and match.heading not in key]
    if left:
        lines.append("# 次の列は、何を表すか決められませんでした。fields に書くか、ignore に理由と一緒に書きます。")
        lines += [f"#   {_text(match.heading)}: {_why_left(match)}" for match in left]
    return "\n".join(lines) + "\n"


def _undecided(match: Match) -> Match:
    return Match(match.heading, None, 0.0, ("ほかにも公開についての列があり、合わせて意味を確かめる",))


def _named(matches: Sequence[Match]) -> Match | None:
    return next((match for match in matches if match.target and match.target.field in ("name", "title")), None)


def _stand_in(table: str, found: Mapping[str, Sequence[Match]], proposal: Proposal) -> Match:
    """The column that gives the name where none was found, for a record needs one."""
    free = sorted((match for match in proposal.matches if match.may_name), key=lambda match: match.target is not None)
    told = _named(found["organizations"]) or _named(found["places"]) or free[0]
    target = Target(table, "title" if table == "programs" else "name")
    return Match(told.heading, target, 0.0, ("名称の列が見つからないので、仮に置いた",))


def _record(table: str, found: Mapping[str, Sequence[Match]], shut: bool, subject: Match | None) -> Iterator[str]:
    """A record and its fields; a place without a name of its own is called as the ``subject`` is."""
    own = list(found[table])
    named = _named(own)
    yield f"  - table: {table}"
    constants = {}
    if table == "services":
        constants = {"beneficiary": "person"}
        if not any(_says(match, "area_scope") for match in own):
            constants["area_scope"] = "unknown"
    if shut and table in ("organizations", "places"):
        constants = {VISIBILITY: "hidden"}
    if constants:
        yield f"    set: {_flow(constants)}"
    yield "    fields:"
    if table == "places" and not named and subject:
        yield f"      name: {_text(subject.heading)}  # 拠点の名称の列がないので、支援の名称で呼ぶ"
    yield from _fields(own)
    if table == "organizations":
        if not named:
            yield f"      # 団体の名称の列が見つかりません。name を書きます。{CHECK}"
        elif not any(_says(match, "legal_form") for match in own):
            yield f"      legal_form: {_text(named.heading)}  # 名称から法人格を読む"
        yield from _fields(match for match in found["places"] if _says(match, VISIBILITY))


def _says(match: Match, field: str) -> bool:
    return match.target is not None and match.target.field == field


def _fields(matches: Iterable[Match]) -> Iterator[str]:
    """A line a field; columns that fill one together are a list, or its flags."""
    by_field: dict[str, list[Match]] = defaultdict(list)
    for match in matches:
        if match.target:
            by_field[match.target.field].append(match)
    for name, own in by_field.items():
        if own[0].flag:
            yield f"      {name}:"
            yield "        flags:"
            yield from (f"          {_text(match.heading)}: {match.flag}{_because(match)}" for match in own)
            continue
        own.sort(key=lambda match: headings.address_part(match.heading) or 0)
        texts = [_text(match.heading) for match in own]
        told = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
        how = {"reads": own[0].reads, "json": own[0].json and f"'{own[0].json}'"}
        ways = "".join(f", {name}: {way}" for name, way in how.items() if way)
        told = f"{{column: {told}{ways}}}" if ways else told
        yield f"      {name}: {told}{_because(own[0])}"


def _contacts(found: Mapping[str, Sequence[Match]], subject: str) -> Iterator[list[str]]:
    """A record for each kind of contact and whose it is."""
    for match in found["contact_points"]:
        if not match.target or not _says(match, "value"):
            continue
        ours = headings.of_organization(match.heading) and bool(found["organizations"])
        yield [
            "  - table: contact_points",
            f"    owner: {'organizations' if ours else subject}",
            f"    set: {{kind: {match.target.kind or 'phone'}, purpose: user}}",
            "    fields:",
            *_fields([match]),
        ]


def _schedules(proposal: Proposal, found: Mapping[str, Sequence[Match]], subject: str) -> Iterator[list[str]]:
    """One record of all columns that say days and hours, and one for each column of hours that are some days' alone.

    Hours in prose, which the service keeps as a note, are read as well where they are one span.
    """
    if subject != "services":
        return
    plain = [match for match in found["schedules"] if not headings.weekdays(match.heading) or not match.reads]
    lines = [*_fields(match for match in plain if not match.reads), *_span(match for match in plain if match.reads)]
    note = next((match for match in found["services"] if _says(match, "hours_note")), None)
    if note and not any(match.target == matching.HOURS for match in found["schedules"]):
        cells = matching.distinct(proposal.rows)[proposal.rows.header.index(note.heading)]
        if cells and sum(map(matching.is_span, cells)) >= len(cells) / 2:
            if not plain:
                lines.append(f"      weekdays: {_text(note.heading)}  # {CHECK}。文の中の曜日を読む")
            lines += _span([note])
    if lines:
        yield _schedule({}, lines)
    for match in found["schedules"]:
        if match not in plain:
            yield _schedule(headings.weekdays(match.heading), _span([match]))


def _schedule(days: Mapping[str, str], fields: Iterable[str]) -> list[str]:
    constants = _flow({"kind": "open", **days})
    return ["  - table: schedules", "    owner: services", f"    set: {constants}", "    fields:", *fields]


def _span(matches: Iterable[Match]) -> Iterator[str]:
    for match in matches:
        heading = _text(match.heading)
        yield f"      opens: {{column: {heading}, reads: opening_time}}{_because(match)}"
        yield f"      closes: {{column: {heading}, reads: closing_time}}"


def _because(match: Match) -> str:
    mark = "" if match.score >= SURE else f"{CHECK}。"
    example = f"（例「{_short(match.example)}」）" if match.example else ""
    return f"  # {mark}{'、'.join(match.reasons)}{example}"


def _why_left(match: Match) -> str:
    if match.reasons:
        return f"{CHECK}。{'、'.join(match.reasons)}"
    return f"例「{_short(match.example)}」" if match.example else "値が一つもない"


def _key_lines(key: Sequence[str], unique: bool) -> list[str]:
    why = (
        "どの行も違う値を持つ。毎年変わらない番号か確かめる" if unique else f"{CHECK}。どの列の組でも、同じ値の行がある"
    )
    return [f"# {why}", f"natural_key: [{', '.join(map(_text, key))}]"]


def _natural_key(proposal: Proposal) -> tuple[tuple[str, ...], bool]:
    """The headings that tell the rows apart (a number if there is one, else names), and whether they do.

    Nothing that may tell a place or a person is part of a key.
    """
    names = [match.heading for match in proposal.matches if match.target and match.target.field in NAMES]
    free = [
        (match.heading, cells)
        for match, cells in zip(proposal.matches, matching.distinct(proposal.rows), strict=True)
        if not match.target and not match.reasons and not NO_KEY.search(headings.fold(match.heading))
    ]
    numbers = [heading for heading, _ in free if NUMBER.search(headings.fold(heading))]
    codes = [heading for heading, cells in free if all(CODE.fullmatch(cell.strip()) for cell in cells)]
    likely = list(dict.fromkeys([*numbers, *names, *codes]))
    for key in [*((heading,) for heading in likely), *combinations([*numbers, *names][:6], 2)]:
        if _tells_apart(proposal, key):
            return key, True
    return tuple((names or likely or [match.heading for match in proposal.matches if match.may_name])[:2]), False


def _tells_apart(proposal: Proposal, key: Sequence[str]) -> bool:
    parts = [f"trim(coalesce(c{proposal.rows.header.index(heading)}, ''))" for heading in key]
    with duckdb.connect() as con:
        con.register("found", proposal.rows.table)
        ((apart,),) = con.execute(
            f"SELECT count(*) = count(DISTINCT ({', '.join(parts)})) AND bool_and(least({', '.join(parts)}) <> '') "
            "FROM found"
        ).fetchall()
    return bool(apart)


def _area_lines(proposal: Proposal) -> list[str]:
    """The column that tells the prefecture: most of its cells can be read so. An address is the place's own, of its
    parts the first.
    """
    cells = matching.distinct(proposal.rows)
    likely = [
        (
            matching.share("prefecture", cells[place]),
            _says(match, "address"),
            -(headings.address_part(match.heading) or 0),
            -place,
            match.heading,
        )
        for place, match in enumerate(proposal.matches)
        if _tells_area(match)
    ]
    share, *_, heading = max(likely, default=(0.0, False, 0, 0, ""))
    if share < 0.5:
        return [
            f'# 都道府県の分かる列が見つかりません。全部が北海道のものなら area: {{code: "01"}} と書きます。{CHECK}'
        ]
    return [f"area: {{column: {_text(heading)}}}  # 値の {share:.0%} から都道府県が分かる"]


def _tells_area(match: Match) -> bool:
    if headings.of_organization(match.heading) or headings.refusal(match.heading):
        return False
    return "都道府県" in match.heading or _says(match, "municipality_code") or _says(match, "address")


def _flow(told: Mapping[str, str]) -> str:
    return yaml.safe_dump(dict(told), allow_unicode=True, default_flow_style=True, sort_keys=False).strip()


def _text(text: str) -> str:
    """A YAML scalar that also stands within a flow list."""
    return yaml.safe_dump([text], allow_unicode=True, default_flow_style=True, width=10_000).strip()[1:-1]


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 20 else f"{line[:19]}…"
