"""ZIP files that hold CSVs: names and bytes of their members, never written to disk. Rows are for ``delimited``."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

from sources.readers import sniff
from sources.readers.rows import ReadError

MAX_BYTES = 1_000_000_000
"""Limit on all CSVs of one ZIP together, unpacked."""
MAX_RATIO = 200
"""Limit on unpacked bytes for each byte of the ZIP; tables of text reach about 20."""


def is_zip(content: bytes) -> bool:
    """Whether the bytes begin as a ZIP does."""
    return content.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def members(content: bytes, name: str) -> Iterator[tuple[str, bytes]]:
    """``<zip>/<member>`` and bytes of every CSV in the ZIP, by member name. Raises :class:`ReadError`."""
    sniff.refuse_html(content, name)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            found = sorted(filter(_is_csv, archive.infolist()), key=_name)
            if not found:
                raise ReadError(
                    "not-a-table",
                    f"{name} の中に CSV ファイルがありません。正しいファイルか確認してください。",
                    f"{name} holds no CSV file.",
                    name,
                )
            _require_bounds(sum(member.file_size for member in found), len(content), name)
            for member in found:
                yield f"{name}/{_name(member)}", archive.read(member)
    except ReadError:
        raise
    # zipfile and the decompressors below it raise more kinds of errors on damaged bytes than they document.
    except Exception as error:
        raise ReadError(
            "bad-zip",
            f"{name} を ZIP として開けません（壊れている、途中で切れている、またはパスワード付き）。"
            "手元で開けるか確かめて、置き直してください。",
            f"{name} cannot be opened as a ZIP: damaged, cut off or encrypted ({error}).",
            name,
        ) from error


def _is_csv(member: zipfile.ZipInfo) -> bool:
    """A CSV that its publisher meant: the shadows that macOS adds to a ZIP carry the same names."""
    path = member.filename
    return path.lower().endswith(".csv") and not path.startswith("__MACOSX/") and not member.is_dir()


def _name(member: zipfile.ZipInfo) -> str:
    """The member's name. Without the UTF-8 flag the standard says cp437, Windows in Japan writes cp932."""
    if member.flag_bits & 0x800:
        return member.filename
    for encoding in ("utf-8", "cp932"):
        try:
            return member.filename.encode("cp437").decode(encoding)
        except UnicodeError:
            continue
    return member.filename


def _require_bounds(unpacked: int, packed: int, name: str) -> None:
    if unpacked <= MAX_BYTES and unpacked <= packed * MAX_RATIO:
        return
    raise ReadError(
        "zip-bomb",
        f"{name} は展開すると {unpacked:,} バイト（{unpacked // packed:,} 倍）になるため、開きませんでした。"
        "正しいファイルか、公開元に確認してください。",
        f"{name} would unpack to {unpacked:,} bytes ({unpacked // packed:,} times its size); it was not opened.",
        name,
    )
