"""Protocol ``ckan``: files of a data set on an open data portal, found through the portal's ``package_show``.

CKAN's action API, and Shirasagi's, which answers in the same shape under a path of its own and says ``success: false``
with status 200. How a file is downloaded, and within which bounds, is ``http``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlencode, urljoin, urlsplit

from sources.catalog import Source
from sources.fetchers import Fetched, FetchError, http, plain_names
from sources.fetchers.http import Bounds, Patience

ANSWER_BYTES = 10_000_000
"""Limit on what a portal tells about one data set."""

CHANGED = ("last_modified", "updated", "metadata_modified")
"""Where a resource says when it changed last: CKAN's files, Shirasagi's, CKAN's entry about a file elsewhere."""


class Resource(NamedTuple):
    """One file of a data set: its name on the portal, its address, when it changed last."""

    name: str
    url: str
    changed: datetime | None


def fetch(source: Source, into: Path, known: Mapping[str, Fetched], patience: Patience) -> list[Fetched]:
    """Download the chosen resources of the data set into ``into``; ``FetchError`` if any one of them fails.

    ``known`` is as for ``http``. Whether a file is still the same is asked of its server: a resource's ``hash`` and
    ``size`` are what somebody once typed in.
    """
    told = source.fetch
    bounds = http.bounds(told, patience)
    with http.session() as session:
        answer = _answer(session, told, into / "package_show", bounds)
        chosen = select(told["resources"], resources(answer, told), told)
        names = plain_names([one.url for one in chosen])
        return [
            replace(http.download(session, one.url, into / name, bounds, known.get(one.url)), dated=one.changed)
            for one, name in zip(chosen, names, strict=True)
        ]


def resources(answer: Any, fetch: Mapping[str, Any]) -> list[Resource]:
    """The resources that an answer of ``package_show`` lists. ``FetchError`` if it is no such answer, or a refusal."""
    if isinstance(answer, dict) and answer.get("success") is False:
        raise _no_package(fetch)
    try:
        listed = answer["result"]["resources"]
        return [_resource(one, fetch["portal"]) for one in listed]
    except (TypeError, KeyError, AttributeError) as error:
        raise _not_an_api(fetch) from error


def select(patterns: Sequence[str], listed: Sequence[Resource], fetch: Mapping[str, Any]) -> list[Resource]:
    """Those whose name, address or file name is matched as a whole: by pattern, then as the portal lists them.

    ``FetchError`` if a pattern matches none: a file that was renamed must not go missing unseen.
    """
    chosen: dict[int, Resource] = {}
    for pattern in patterns:
        matching = {place: one for place, one in enumerate(listed) if _matches(pattern, one)}
        if not matching:
            raise _no_resource(pattern, listed, fetch)
        chosen |= {place: one for place, one in matching.items() if place not in chosen}
    for one in chosen.values():
        _require_address(one, fetch)
    return list(chosen.values())


def _answer(session: Any, fetch: Mapping[str, Any], aside: Path, bounds: Bounds) -> Any:
    """What the portal tells about the data set; the file ``aside`` is gone afterwards."""
    url = f"{fetch['portal'].rstrip('/')}/package_show?{urlencode({'id': fetch['package']})}"
    try:
        http.download(session, url, aside, replace(bounds, max_bytes=ANSWER_BYTES))
        return json.loads(aside.read_bytes())
    except FetchError as error:
        if error.code == "http-status":
            raise _no_package(fetch) from error
        raise
    except (ValueError, RecursionError) as error:
        raise _not_an_api(fetch) from error
    finally:
        aside.unlink(missing_ok=True)


def _resource(told: Mapping[str, Any], portal: str) -> Resource:
    name, url = told.get("name"), told.get("url") or told.get("download_url")
    return Resource(
        name=name if isinstance(name, str) else "",
        url=_address(url, portal) if isinstance(url, str) else "",
        changed=next((day for key in CHANGED if (day := _moment(told.get(key)))), None),
    )


def _address(url: str, portal: str) -> str:
    """The whole address, blank if it is none. A portal that is asked by https is not left for http by its own word."""
    try:
        whole = urlsplit(urljoin(portal, url.strip()))
    except ValueError:
        return ""
    upgraded = whole.scheme == "http" and urlsplit(portal).scheme == "https"
    return whole._replace(scheme="https").geturl() if upgraded else whole.geturl()


def _moment(told: Any) -> datetime | None:
    """The moment; CKAN writes UTC and does not say so."""
    try:
        moment = datetime.fromisoformat(told)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _matches(pattern: str, one: Resource) -> bool:
    file = unquote(urlsplit(one.url).path.rsplit("/", 1)[-1])
    return any(re.fullmatch(pattern, text) for text in (one.name, one.url, file))


def _require_address(one: Resource, fetch: Mapping[str, Any]) -> None:
    if one.url:
        return
    raise FetchError(
        "no-resource",
        f"ポータルのデータセット「{fetch['package']}」のリソース「{_short(one.name)}」に、ファイルの URL がありません。"
        "ファイルを直接公開しているか、公開元に確認してください。",
        f"Resource “{_short(one.name)}” of data set {fetch['package']} has no address of a file.",
    )


def _no_package(fetch: Mapping[str, Any]) -> FetchError:
    return FetchError(
        "no-package",
        f"ポータル（{http.shown(fetch['portal'])}）が、データセット「{fetch['package']}」を返しませんでした。"
        "削除や非公開になっていないか、ID や API の場所が変わっていないかを確かめて、"
        "source.yml の fetch（portal、package）を直してください。",
        f"The portal ({http.shown(fetch['portal'])}) did not give data set {fetch['package']}: it may have been "
        "removed or made private, or its id or the path of the API has changed.",
    )


def _not_an_api(fetch: Mapping[str, Any]) -> FetchError:
    return FetchError(
        "not-an-api",
        f"ポータル（{http.shown(fetch['portal'])}）の応答が、API（package_show）のものではありません"
        "（メンテナンス中のページなど）。続くようなら、source.yml の fetch.portal を確かめてください。",
        f"The portal ({http.shown(fetch['portal'])}) did not answer as package_show does; perhaps it is a page about "
        "maintenance. If this persists, check fetch.portal.",
    )


def _no_resource(pattern: str, listed: Sequence[Resource], fetch: Mapping[str, Any]) -> FetchError:
    names = [_short(one.name) for one in listed if one.name][:5]
    there = f"いまあるのは{'、'.join(f'「{name}」' for name in names)}など。" if names else ""
    return FetchError(
        "no-resource",
        f"ポータルのデータセット「{fetch['package']}」に、「{pattern}」に合うリソースがありません。{there}"
        "名前が変わったのなら、source.yml の fetch.resources を直してください。",
        f"No resource of data set {fetch['package']} matches “{pattern}”. If it was renamed, correct fetch.resources.",
    )


def _short(name: str) -> str:
    return " ".join(name.split())[:40]
