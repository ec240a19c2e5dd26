"""Web addresses. Whether a page answers is not known here."""

from __future__ import annotations

import re

from schemas.formats import Reading
from schemas.formats._cell import is_nothing, tidy

TITLE_JA = "URL"
EXPECTED_JA = "https:// から始まるURL（例: https://www.example.jp/）"
EXPECTED_EN = "A URL that begins with https:// or http://"

_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_HYPHENS = str.maketrans("\u2010\u2011\u2012\u2013\u2014\u2212", "------")
# http//: , https:://, https//, http;//, ttp://, htpps://, http:/x, https://http://x, URL:http://x, //x …
_SCHEME = re.compile(r"(?:URL)?[\s:;/]*(?:(?:h[tp]{2,4}|ttp)s?(?=\s*[:;/])[\s:;/]*)*", re.IGNORECASE)
_TRANSPORT = re.compile(r"(?:h[tp]{2,4}|ttp)(s?)", re.IGNORECASE)
_OTHER_SCHEME = re.compile(r"[a-z][a-z0-9+]*:(?![0-9])", re.IGNORECASE)
_EMAIL = re.compile(r"(?:mailto:)?[^\s@/:]*@[^\s@/]+", re.IGNORECASE)
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_HOST = re.compile(rf"((?:{_LABEL}\.)+[^\W\d_](?:[\w-]{{0,61}}[^\W_])?)\.?(:[0-9]{{1,5}})?(?=$|[/?#])")
_UNSAFE = re.compile(r"[\s<>\"'`\\^{|}]|[\x00-\x1f\x7f]")
_SEVERAL = re.compile(r"[\s,、;]+(?=https?://)")

GOOD: list[tuple[str, str | None]] = [
    ("https://www.example.jp/", "https://www.example.jp/"),
    ("HTTPS://WWW.Example.JP/Path", "https://www.example.jp/Path"),
    (" https://example.jp/相談?a=1#b ", "https://example.jp/相談?a=1#b"),
    ("https://みちしるべ.example.jp", "https://みちしるべ.example.jp"),
    ("http://example.jp:8080/a", "http://example.jp:8080/a"),
    ("http://", None),
    ("https://", None),
    ("", None),
    ("なし", None),
]
BAD: list[tuple[str, str]] = [
    ("www.example.jp/", "url-repaired"),
    ("example.jp", "url-repaired"),
    ("https:://example.jp/", "url-repaired"),
    ("https//example.jp", "url-repaired"),
    ("https：//example.jp", "url-repaired"),
    ("http;//example.jp", "url-repaired"),
    ("http//:example.jp", "url-repaired"),
    ("ttps://example.jp", "url-repaired"),
    ("htpps：//example.jp", "url-repaired"),
    ("URL:http://example.jp", "url-repaired"),
    ("//example.jp", "url-repaired"),
    ("https://michi‐shirube.example.jp", "url-repaired"),
    ("http:/example.jp", "url-repaired"),
    ("http://https://example.jp", "url-repaired"),
    ("https://a.example.jp https://b.example.jp", "several-values"),
    ("info@example.jp", "url-is-email"),
    ("mailto:info@example.jp", "url-is-email"),
    ("https://info@example.jp", "url-is-email"),
    ("@example.jp", "url-is-email"),
    ("http://www/example.jp/", "url-form"),
    ("javascript:alert(1)", "url-form"),
    ("https://example.jp/<script>", "url-form"),
    ("https://192.0.2.1/", "url-form"),
    ("準備中", "url-form"),
]


def read(text: str) -> Reading:
    """The URL with scheme and host in lower case; a missing or misspelt scheme is put right and noted.

    Only http and https, no user part, no characters that could break out of HTML. Without a scheme the address gets
    ``http://``: every server that has https redirects there, the other way round is not so.
    """
    whole = tidy(text)
    if is_nothing(whole):
        return Reading(None)
    first, *more = _SEVERAL.split(whole)
    cell = first.translate(_NARROW) if not first.isascii() else first
    scheme = _SCHEME.match(cell)
    prefix = scheme[0] if scheme else ""
    authority, slash, path = cell[len(prefix) :].partition("/")
    rest = authority.translate(_HYPHENS) + slash + path
    if not rest:
        return Reading(None)
    if _EMAIL.fullmatch(rest):
        return Reading(None, "url-is-email", "メールアドレスではなくWebページのURL")
    host = _HOST.match(rest)
    if not host or _UNSAFE.search(rest) or _OTHER_SCHEME.match(rest):
        return Reading(None, "url-form")
    written = "https://" if (_TRANSPORT.findall(prefix) or [""])[-1] else "http://"
    value = written + host[0].lower() + rest[host.end() :]
    if more:
        return Reading(value, "several-values", value)
    if first.lower().startswith(written + host[0].lower()):
        return Reading(value)
    return Reading(value, "url-repaired", value)
