"""What the tests of fetchers and landing share: a source, and a real HTTP server that can misbehave."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from sources.catalog import Source, SourceMapping
from sources.fetchers.http import Patience

HASTY = Patience(connect=5, read=5, whole=20, attempts=3, pause=0.01)


def make_source(folder: Path, fetch: dict[str, Any], source_id: str = "sample_machi") -> Source:
    return Source(
        id=source_id,
        title="見本の町 相談先一覧",
        publisher="見本の町",
        contact="見本の町 総務課",
        home_page="https://www.example.jp/",
        licence={"name": "CC BY 4.0", "licence_status": "read", "attribution": "見本の町"},
        cadence="P1M",
        kind="open-data",
        set="live",
        fetch=fetch,
        reader={"format": "csv", "encoding": "utf-8"},
        bounds={"minimum_rows": 1, "maximum_rows": 100},
        owner="team:stewards",
        folder=folder,
        mapping=SourceMapping(basis="assumed", natural_key=("id",), records=()),
    )


def http_source(*urls: str, **fetch: Any) -> Source:
    return make_source(
        Path(), {"protocol": "http", "urls": list(urls), "hosts": ["127.0.0.1"], "max_bytes": 10_000, **fetch}
    )


Behaviour = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Server:
    """A server on loopback; ``paths`` says what it does for each path, ``seen`` what it was asked."""

    base: str
    paths: dict[str, Behaviour] = field(default_factory=dict)
    seen: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def url(self, path: str) -> str:
        return f"{self.base}{path}"


def answer(status: int, body: bytes = b"", **headers: str) -> Behaviour:
    """Answer with that status, body and headers (``Last_Modified`` becomes Last-Modified)."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        sent = {"Content-Length": str(len(body))} | {name.replace("_", "-"): text for name, text in headers.items()}
        handler.send_response(status)
        for name, text in sent.items():
            handler.send_header(name, text)
        handler.end_headers()
        handler.wfile.write(body)

    return behave


def unless_asked_since(day: str, body: bytes) -> Behaviour:
    """Answer with that body of that day, or 304 to whoever asks what changed since a later one."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        since = handler.headers.get("If-Modified-Since")
        unchanged = since and parsedate_to_datetime(since) >= parsedate_to_datetime(day)
        (answer(304) if unchanged else answer(200, body, Last_Modified=day))(handler)

    return behave


def pour(poured: list[int], **headers: str) -> Behaviour:
    """Answer with ten gigabytes, and count in ``poured[0]`` the bytes that were taken."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        for name, text in headers.items():
            handler.send_header(name.replace("_", "-"), text)
        handler.end_headers()
        while poured[0] < 10_000_000_000:
            poured[0] += handler.wfile.write(bytes(100_000))

    return behave


def drip(times: int, status: int | None = 200, **headers: str) -> Behaviour:
    """Answer with a letter now and then, that many times; without ``status`` from the very beginning, so that not even
    the headers ever end.
    """

    def behave(handler: BaseHTTPRequestHandler) -> None:
        if status is not None:
            handler.send_response(status)
            for name, text in headers.items():
                handler.send_header(name.replace("_", "-"), text)
            handler.end_headers()
        for _ in range(times):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.05)

    return behave


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """The first behaviour for the first request, and so on; the last one stays."""
    left = list(behaviours)
    return lambda handler: (left.pop(0) if len(left) > 1 else left[0])(handler)


@contextmanager
def serving() -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.seen.append((self.path, dict(self.headers)))
            try:
                server.paths.get(self.path, answer(404))(self)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        server = Server(f"http://127.0.0.1:{listening.server_port}")
        threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield server
        finally:
            listening.shutdown()
