"""Protocol ``file``: files that lie in the source's own folder, in the order ``source.yml`` names them."""

from __future__ import annotations

from pathlib import Path

from sources.catalog import Source
from sources.fetchers import DEFAULT_MAX_BYTES, Fetched, FetchError, copy, plain_names


def fetch(source: Source, into: Path) -> list[Fetched]:
    """Copy the files of ``fetch.files`` into ``into``. ``FetchError`` if one is missing or lies outside the folder."""
    paths: list[str] = source.fetch["files"]
    limit: int = source.fetch.get("max_bytes", DEFAULT_MAX_BYTES)
    names = plain_names(paths)
    return [copy(_inside(source.folder, path), name, into, limit) for path, name in zip(paths, names, strict=True)]


def _inside(folder: Path, path: str) -> Path:
    """The file's place, symbolic links followed, which must be below the source's folder."""
    place = (folder / path).resolve()
    if place.is_relative_to(folder.resolve()):
        return place
    raise FetchError(
        "not-found",
        f"{path} は情報源のフォルダの外を指しています。source.yml の fetch.files には、"
        "このフォルダの中のファイルだけを書いてください。",
        f"{path} points outside the source's folder. fetch.files may only name files inside it.",
        path,
    )
