"""Fetchers by protocol: they bring a source's bytes into a folder and say where they came from.

One module a protocol (``http``, ``ckan``, ``file``) and ``mirror``, which stands in for every remote one. Here: what
they share. What becomes of the bytes (snapshots, memory of validators) belongs in ``sources.landing``; whether the
bytes are a table at all is for ``sources.readers`` to say.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

CHUNK = 1 << 16
DEFAULT_MAX_BYTES = 100_000_000
"""Limit on one file where ``source.yml`` names none."""


@dataclass(frozen=True)
class Fetched:
    """One file that was brought: stored at ``path`` under ``name``, with what its origin said about it.

    ``release`` is the YYYYMM that the address or the mirror's path carries, ``dated`` when a portal says that the file
    changed last (aware), ``last_modified`` the HTTP header as received; each is None where the origin does not tell.
    """

    name: str
    path: Path
    sha256: str
    size: int
    url: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    release: str | None = None
    dated: datetime | None = None


class FetchError(Exception):
    """The bytes of a source could not be brought; nothing of this attempt was kept.

    ``code`` is one of: ``not-found``, ``unreadable`` (local files) · ``not-in-mirror`` · ``unreachable``,
    ``timeout``, ``truncated``, ``server-error`` (these four were tried again first), ``too-slow``,
    ``http-status``, ``host-not-allowed``, ``too-many-redirects`` · ``no-package``, ``not-an-api``, ``no-resource``
    (portals) · ``too-large``.
    """

    def __init__(self, code: str, message_ja: str, message_en: str, file: str | None = None) -> None:
        super().__init__(message_ja)
        self.code = code
        self.message_ja = message_ja
        self.message_en = message_en
        self.file = file


def store(chunks: Iterable[bytes], target: Path, max_bytes: int) -> tuple[str, int]:
    """Write a stream to ``target``, safely on disk on return; its sha256 and size. ``too-large`` beyond the limit."""
    digest = hashlib.sha256()
    size = 0
    with target.open("wb") as out:
        for chunk in chunks:
            size += len(chunk)
            if size > max_bytes:
                raise too_large(target.name, max_bytes)
            digest.update(chunk)
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    return digest.hexdigest(), size


def copy(origin: Path, name: str, into: Path, max_bytes: int) -> Fetched:
    """Copy a local file into the folder ``into``. A copy, never a link: what lies there must stay as it is."""
    sha256, size = store(_chunks(origin, name), into / name, max_bytes)
    return Fetched(name=name, path=into / name, sha256=sha256, size=size)


def _chunks(origin: Path, name: str) -> Iterator[bytes]:
    try:
        with origin.open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk
    except FileNotFoundError as error:
        raise FetchError(
            "not-found",
            f"{name} がありません。source.yml の fetch に書いたファイル名と、置いた場所を確認してください。",
            f"{name} does not exist. Check the file name under fetch in source.yml and where the file lies.",
            name,
        ) from error
    except OSError as error:
        raise FetchError(
            "unreadable",
            f"{name} を開けません（{error.strerror}）。ファイルであることと、読む権限があることを確認してください。",
            f"{name} cannot be opened ({error.strerror}). Check that it is a file and that it may be read.",
            name,
        ) from error


def too_large(name: str, max_bytes: int) -> FetchError:
    """The error for a file beyond its limit."""
    return FetchError(
        "too-large",
        f"{name} は上限の {max_bytes:,} バイトを超えています。正しいファイルであれば、"
        "source.yml の fetch.max_bytes を大きくしてください。",
        f"{name} is larger than the limit of {max_bytes:,} bytes. If it is the right file, raise fetch.max_bytes.",
        name,
    )


def plain_names(addresses: Sequence[str]) -> list[str]:
    """A file name for each URL or relative path: the last segment, or the whole path where two would collide.

    The names are safe in one folder beside a ``manifest.json``: no separators, no control characters, no leading
    dot, at most 80 characters.
    """
    paths = [unquote(urlsplit(address).path) for address in addresses]
    names = [_safe(path.rsplit("/", 1)[-1]) for path in paths]
    shared = {name for name, count in Counter(names).items() if count > 1}
    names = [
        _safe(address.split("://", 1)[-1]) if name in shared else name
        for name, address in zip(names, map(unquote, addresses), strict=True)
    ]
    shared = {name for name, count in Counter(names).items() if count > 1}
    return [f"{place}_{name}" if name in shared else name for place, name in enumerate(names, start=1)]


def _safe(name: str) -> str:
    name = re.sub(r'[\x00-\x1f\x7f/\\:*?"<>|]', "_", name).lstrip(".")[-80:]
    return f"_{name}" if name in ("", "manifest.json") else name
