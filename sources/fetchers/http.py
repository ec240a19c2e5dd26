"""Protocol ``http``: files from the hosts that ``source.yml`` names, and from nowhere else.

Bounded in time, size, attempts and redirects. A page of HTML that comes with status 200 is not an error here,
whatever its content type says: servers label CSV as ``text/html`` too, so the readers look at the bytes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
import urllib3

from sources.catalog import Source
from sources.fetchers import CHUNK, DEFAULT_MAX_BYTES, Fetched, FetchError, copy, plain_names, store, too_large

MAX_REDIRECTS = 3
TRANSIENT = ("unreachable", "timeout", "truncated", "server-error")
"""Codes of ``FetchError`` after which another attempt makes sense."""


@dataclass(frozen=True)
class Patience:
    """How long to wait: seconds to connect, between two reads, for a whole answer; attempts, seconds before the second.

    ``whole`` bounds what comes before the body of an answer, and the body. The pause before each further attempt is
    twice the one before.
    """

    connect: float = 10
    read: float = 30
    whole: float = 900
    attempts: int = 3
    pause: float = 2


@dataclass(frozen=True)
class Bounds:
    """What holds for every request of a source: the hosts that may be asked, the bytes of one file, the patience."""

    hosts: tuple[str, ...]
    max_bytes: int
    patience: Patience


def fetch(source: Source, into: Path, known: Mapping[str, Fetched], patience: Patience) -> list[Fetched]:
    """Download every address of the source into ``into``, in order; ``FetchError`` if any one of them fails.

    ``known`` holds by URL what was fetched last time: where the server says that nothing changed (304), those bytes
    are copied.
    """
    urls = addresses(source.fetch)
    limits = bounds(source.fetch, patience)
    release = source.fetch.get("release")
    with session() as opened:
        return [
            replace(download(opened, url, into / name, limits, known.get(url)), release=release)
            for url, name in zip(urls, plain_names(urls), strict=True)
        ]


def bounds(fetch: Mapping[str, Any], patience: Patience) -> Bounds:
    """The bounds that a ``source.yml`` sets under ``fetch``."""
    return Bounds(tuple(fetch["hosts"]), fetch.get("max_bytes", DEFAULT_MAX_BYTES), patience)


def session() -> requests.Session:
    """A session for :func:`download`, to be closed by the caller."""
    opened = requests.Session()
    opened.headers.update({"User-Agent": "michishirube", "Accept-Encoding": "identity"})
    return opened


def addresses(fetch: Mapping[str, Any]) -> list[str]:
    """The URLs of a source, ``{release}`` and ``{part}`` filled in."""
    release = fetch.get("release", "")
    return [
        url.replace("{release}", release).replace("{part}", part)
        for url in fetch["urls"]
        for part in (fetch.get("parts", []) if "{part}" in url else [""])
    ]


def download(
    session: requests.Session, url: str, target: Path, bounds: Bounds, known: Fetched | None = None
) -> Fetched:
    """One file, tried again after errors of the server or the line. Where ``known`` is still current, its bytes."""
    attempts = bounds.patience.attempts
    for attempt in range(attempts):
        try:
            return _download(session, url, target, bounds, known)
        except FetchError as error:
            if error.code not in TRANSIENT or attempt + 1 == attempts:
                raise
            time.sleep(bounds.patience.pause * 2**attempt)
    raise AssertionError("patience allows no attempt")


def _download(session: requests.Session, url: str, target: Path, bounds: Bounds, known: Fetched | None) -> Fetched:
    limit, name = bounds.max_bytes, target.name
    with _named_errors(url, name), _opened(session, url, name, bounds, known) as response:
        etag, last_modified = response.headers.get("ETag"), response.headers.get("Last-Modified")
        if response.status_code == 304 and known:
            return replace(
                copy(known.path, name, target.parent, limit),
                url=url,
                etag=etag or known.etag,
                last_modified=last_modified or known.last_modified,
            )
        _require_success(response, url, name)
        if (response.raw.length_remaining or 0) > limit:
            raise too_large(name, limit)
        with _deadline(response, url, name, bounds.patience.whole):
            sha256, size = store(response.iter_content(CHUNK), target, limit)
    return Fetched(name, target, sha256, size, url, etag, last_modified)


def _opened(session: requests.Session, url: str, name: str, bounds: Bounds, known: Fetched | None) -> requests.Response:
    """The answer to a conditional GET, its body not read yet, within the time for a whole answer.

    Headers that come byte by byte, or a host name that is never resolved, run into no time-out of the library. A
    thread that waits for such an answer is left to itself; it writes nothing, and does not keep the process alive.
    """
    answer: Future[requests.Response] = Future()

    def ask() -> None:
        try:
            answer.set_result(_ask(session, url, bounds, known))
        except BaseException as error:
            answer.set_exception(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        return answer.result(bounds.patience.whole)
    except TimeoutError as error:
        raise _too_slow(url, name, bounds.patience.whole) from error


def _ask(session: requests.Session, url: str, bounds: Bounds, known: Fetched | None) -> requests.Response:
    """Redirects are followed by hand, so that each target's host is checked first."""
    conditions = {
        header: value
        for header, value in (
            ("If-None-Match", known.etag if known else None),
            ("If-Modified-Since", known.last_modified if known else None),
        )
        if value
    }
    secure = urlsplit(url).scheme == "https"
    target = url
    for _ in range(MAX_REDIRECTS + 1):
        _require_host(target, bounds.hosts, ("https",) if secure else ("http", "https"))
        response = session.get(
            target,
            headers=conditions,
            stream=True,
            allow_redirects=False,
            timeout=(bounds.patience.connect, bounds.patience.read),
        )
        location = session.get_redirect_target(response)
        if not location:
            return response
        response.close()
        target = urljoin(target, location)
    raise FetchError(
        "too-many-redirects",
        f"{shown(url)} は {MAX_REDIRECTS} 回を超えて転送されました。ファイルそのものの URL を確認してください。",
        f"{shown(url)} redirects more than {MAX_REDIRECTS} times. Use the address of the file itself.",
        shown(url),
    )


def _require_host(url: str, hosts: tuple[str, ...], schemes: tuple[str, ...]) -> None:
    parts = urlsplit(url)
    if parts.scheme in schemes and parts.hostname in hosts:
        return
    raise FetchError(
        "host-not-allowed",
        f"{shown(url)} は source.yml の fetch.hosts にない取得先です。取得しませんでした。"
        "公開元がサイトを移したのなら、確かめたうえで fetch の URL と hosts を直してください。",
        f"{shown(url)} is not on a host that fetch.hosts names; nothing was fetched. If the publisher has moved, "
        "verify it and change the addresses and hosts under fetch.",
        shown(url),
    )


def _require_success(response: requests.Response, url: str, name: str) -> None:
    status = response.status_code
    if status == 200:
        return
    if status >= 500:
        raise FetchError(
            "server-error",
            f"{name} を取得できません。公開元のサーバーがエラー {status} を返しました（{shown(url)}）。"
            "続くようなら公開元に問い合わせてください。",
            f"{name} could not be fetched: the server answered {status} ({shown(url)}).",
            name,
        )
    raise FetchError(
        "http-status",
        f"{name} を取得できません。サーバーの応答は {status} でした（{shown(url)}）。"
        "ファイルの URL が変わっていないか、公開ページで確認してください。",
        f"{name} could not be fetched: the server answered {status} ({shown(url)}). Check its address.",
        name,
    )


@contextmanager
def _deadline(response: requests.Response, url: str, name: str, seconds: float) -> Iterator[None]:
    """Cut the line when the whole file takes too long.

    A server that sends a byte now and then never runs into the time-out between two reads.
    """
    overdue = threading.Event()

    def cut() -> None:
        overdue.set()
        response.raw.shutdown()

    watchdog = threading.Timer(seconds, cut)
    watchdog.daemon = True
    watchdog.start()
    try:
        yield
    except (OSError, ValueError):
        if not overdue.is_set():
            raise
    finally:
        watchdog.cancel()
    if overdue.is_set():
        raise _too_slow(url, name, seconds)


def _too_slow(url: str, name: str, seconds: float) -> FetchError:
    return FetchError(
        "too-slow",
        f"{name} の取得が {seconds:g} 秒で終わらず、打ち切りました（{shown(url)}）。"
        "続くようなら公開元に問い合わせてください。",
        f"{name} did not arrive within {seconds:g} seconds ({shown(url)}).",
        name,
    )


@contextmanager
def _named_errors(url: str, name: str) -> Iterator[None]:
    """Errors of the line as ``FetchError``."""
    try:
        yield
    except requests.exceptions.ChunkedEncodingError as error:
        raise FetchError(
            "truncated",
            f"{name} は途中で切れていました（{shown(url)}）。次の夜にもう一度取得します。",
            f"{name} broke off before its end ({shown(url)}).",
            name,
        ) from error
    # ValueError: a redirect to something that is no address.
    except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError) as error:
        late = isinstance(error, requests.Timeout) or any(
            isinstance(cause, urllib3.exceptions.ReadTimeoutError) for cause in error.args
        )
        raise FetchError(
            "timeout" if late else "unreachable",
            f"{name} を取得できません。公開元のサーバーが{'時間内に応答しません' if late else 'につながりません'}"
            f"（{shown(url)}）。続くようなら、ネットワークと URL を確認してください。",
            f"{name} could not be fetched: {'no answer in time' if late else 'no connection'} ({shown(url)}).",
            name,
        ) from error


def shown(url: str) -> str:
    """The address without user, port and query, which may hold keys."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}{parts.path}"
