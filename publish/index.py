"""``index.json``: what a release holds, where it comes from, under which terms, with size and sha256 of each file.

Builds the document and reads what the warehouse says of the sources; writing it is the release's work.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb

from publish.exporters import ALL, rows
from schemas.rulebook import Table

NAME = "index.json"
SETTINGS = ("prefecture", "source_set")
"""What a night was told, and its release tells."""
TITLE = "道しるべ 支援情報オープンデータ"
LICENCE = {
    "name": "CC BY 4.0",
    "url": "https://creativecommons.org/licenses/by/4.0/deed.ja",
    "notice": (
        "このデータは、sources にあるデータを道しるべが加工（検査・統合・公開範囲の調整）して作成したものです。"
        "出典の機関が作成したものではありません。利用するときは attribution の出典も示してください。"
    ),
}
"""Terms of the release as a whole, with the notice that the sources' licences ask of edited data."""

PUBLISHABLE = ("read",)
"""``licence_status`` of sources whose terms a person of ours has read; any other needs ``licence.confirmed``."""


UNCHECKED = {
    "name": "利用条件の確認が済んでいない出典を含むため、公開できません",
    "url": None,
    "notice": LICENCE["notice"],
}
"""In place of :data:`LICENCE` while a source's own licence does not allow publication, or is unknown."""


class NotPublishable(Exception):
    """The release must not leave the house; the text says which sources' terms are to be read, and where to say so."""


def unread_licences(origin: Sequence[Mapping[str, Any]]) -> list[str]:
    """Ids of the sources (as :func:`sources` tells them) that have rows in the release and terms nobody has read; of
    an older release, which does not say so, each is taken to have rows.
    """
    return [source["id"] for source in origin if source.get("contributes", True) and not source["publishable"]]


def terms(origin: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Terms of a release from these sources: those of the project only where it may be published."""
    return UNCHECKED if unread_licences(origin) else LICENCE


def require_publishable(release: Path) -> None:
    """Let the release folder pass to a remote target, or raise :class:`NotPublishable`.

    Whatever sends a release away (there is no such target yet) has to call this first. An index that does not say
    that the release may leave counts as one that says no.
    """
    told = json.loads((release / NAME).read_text(encoding="utf-8"))
    if told.get("publishable") is True and told.get("unread_licences") == []:
        return
    listed = "・".join(told.get("unread_licences") or ["（目次に書かれていません）"])
    raise NotPublishable(
        f"{told['version']} は外に出せません。利用条件をまだだれも読んでいない出典があります：{listed}。"
        "公開元の規約を読み、sources/<出典>/source.yml の licence に confirmed: {by: 読んだ人, date: 年-月-日} を"
        "書いて、次の夜間処理を待ってください (the terms of these sources are unread; confirm them in source.yml)"
    )


def settings(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """``prefecture`` and ``source_set`` of the night that built the warehouse."""
    (told,) = con.execute(f"SELECT {', '.join(SETTINGS)} FROM warehouse.night").fetchall()
    return dict(zip(SETTINGS, told, strict=True))


def sources(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Every source of the night, by id: title, publisher, dated (ISO or None), licence, attribution, whether it
    ``contributes`` rows to the release, and whether its terms were read (``publishable``). Who read them is not told,
    ``licence.confirmed`` is the day.
    """
    query = (
        "SELECT source, title, publisher, home_page, dated::VARCHAR, licence_name, licence_url, licence_status, "
        "licence_confirmed, attribution, accepted > 0 FROM warehouse.source_runs ORDER BY source"
    )
    return [
        {
            "id": source,
            "title": title,
            "publisher": publisher,
            "home_page": home_page,
            "dated": dated,
            "licence": {"name": licence, "url": url, "status": status, "confirmed": confirmed},
            "attribution": attribution,
            "contributes": contributes,
            "publishable": status in PUBLISHABLE or confirmed is not None,
        }
        for source, title, publisher, home_page, dated, licence, url, status, confirmed, attribution, contributes in (
            con.execute(query).fetchall()
        )
    ]


def build(
    con: duckdb.DuckDBPyConnection,
    tables: Sequence[Table],
    told: Mapping[str, str],
    origin: Sequence[Mapping[str, Any]],
    previous: str | None,
) -> dict[str, Any]:
    """The index without its files: the release fills ``content_sha256`` and ``files`` in when they are known.

    ``told`` are version, ``as_of`` and :data:`SETTINGS`, ``origin`` the sources as :func:`sources` tells them,
    ``previous`` the version that ``delta/`` counts from.
    """
    return {
        "title": TITLE,
        **told,
        "previous": previous,
        "licence": terms(origin),
        "publishable": not unread_licences(origin),
        "unread_licences": unread_licences(origin),
        "formats": [{"name": exporter.NAME, "description": exporter.DESCRIPTION} for exporter in ALL],
        "tables": [{"name": t.name, "title": t.title, "rows": rows.row_count(con, t)} for t in tables],
        "sources": origin,
    }


def files(folder: Path, row_counts: Mapping[str, int], known: Sequence[dict[str, Any]] = ()) -> list[dict[str, Any]]:
    """Path, bytes, sha256 (and rows, where ``row_counts`` knows the path) of every file of a release but its index.

    What ``known`` tells of a file is not read again.
    """
    told = {file["path"]: file for file in known}
    names = [name for name in (path.relative_to(folder).as_posix() for path in paths(folder)) if name != NAME]
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return list(threads.map(lambda name: told.get(name) or _file(folder, name, row_counts), names))


def _file(folder: Path, name: str, row_counts: Mapping[str, int]) -> dict[str, Any]:
    with (folder / name).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        told: dict[str, Any] = {"path": name, "bytes": file.tell(), "sha256": digest}
    return told | ({"rows": row_counts[name]} if name in row_counts else {})


def paths(folder: Path) -> list[Path]:
    """Every file below ``folder``, in the order of their paths."""
    return sorted((path for path in folder.rglob("*") if path.is_file()), key=lambda path: path.as_posix())
