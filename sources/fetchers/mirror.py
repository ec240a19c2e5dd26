"""``--mirror DIR``: a local folder that serves every remote source, the same way with other bytes.

``fetch.mirror`` lists regular expressions on the files' POSIX paths relative to that folder. Times of files are
not looked at: they differ from copy to copy.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from sources.catalog import Source
from sources.fetchers import DEFAULT_MAX_BYTES, Fetched, FetchError, copy, plain_names


class _Candidate(NamedTuple):
    part: str
    path: str
    release: str
    preference: int


def fetch(source: Source, mirror: Path, into: Path) -> list[Fetched]:
    """Copy the source's files out of the mirror into ``into``, ordered by part, then path.

    ``FetchError`` ``not-in-mirror`` if no pattern matches a file there.
    """
    chosen = select(source.fetch.get("mirror", []), mirror)
    if not chosen:
        raise FetchError(
            "not-in-mirror",
            f"--mirror のフォルダに「{source.title}」のファイルがありません。"
            "source.yml の fetch.mirror の書き方と、フォルダの中のファイル名を比べてください。",
            f"The mirror folder holds no file of {source.id}. Compare fetch.mirror in source.yml with its file names.",
        )
    limit: int = source.fetch.get("max_bytes", DEFAULT_MAX_BYTES)
    names = plain_names([candidate.path for candidate in chosen])
    return [
        replace(copy(mirror / candidate.path, name, into, limit), release=candidate.release or None)
        for candidate, name in zip(chosen, names, strict=True)
    ]


def select(patterns: list[str], mirror: Path) -> list[_Candidate]:
    """The files to take: of each ``part`` those of the newest ``release``.

    Both groups are optional. Files without a part stand together as one part, of which all files of the newest
    release are taken; a named part is one file, and of several with the same release the one whose pattern comes
    first in the list counts.
    """
    candidates = sorted(_candidates(patterns, mirror), key=lambda found: (found.part, found.preference, found.path))
    newest: dict[str, str] = {}
    for found in candidates:
        newest[found.part] = max(newest.get(found.part, ""), found.release)
    chosen: list[_Candidate] = []
    for found in candidates:
        taken = found.part != "" and any(other.part == found.part for other in chosen)
        if found.release == newest[found.part] and not taken:
            chosen.append(found)
    return sorted(chosen)


def _candidates(patterns: list[str], mirror: Path) -> list[_Candidate]:
    compiled = [re.compile(pattern) for pattern in patterns]
    found = []
    for file in mirror.rglob("*"):
        path = file.relative_to(mirror).as_posix()
        for preference, pattern in enumerate(compiled):
            if (match := pattern.fullmatch(path)) and file.is_file():
                groups = match.groupdict()
                found.append(_Candidate(groups.get("part") or "", path, groups.get("release") or "", preference))
                break
    return found
