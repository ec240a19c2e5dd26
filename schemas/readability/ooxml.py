"""The parts of an XLSX file, read without trusting it: bounded sizes, no document types, no external targets.

What the parts mean is ``workbook``'s.
"""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, NamedTuple
from xml.parsers import expat

from schemas.readability.sheet import UnratableError

MAX_BYTES = 1 << 30
"""All parts together, unpacked."""
MAX_RATIO = 200
"""How many times larger than packed a part above 64 MB may be."""

_DAMAGE = (
    expat.ExpatError,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    RuntimeError,  # encrypted, or packed in an unknown way
    ValueError,  # a number that is none
    LookupError,  # a reference to what is not there
    ArithmeticError,
)


class Link(NamedTuple):
    """A relationship of a part: the last word of its type, and the part that it leads to."""

    kind: str
    target: str


class Package:
    """An XLSX file, opened; use it in a ``with``. Raises :class:`UnratableError` if it is no sound ZIP."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, NotImplementedError, OSError) as error:
            raise self.broken() from error
        entries = self._zip.infolist()
        large = [entry for entry in entries if entry.file_size > 1 << 26]
        if sum(entry.file_size for entry in entries) > MAX_BYTES or any(
            entry.file_size > MAX_RATIO * max(entry.compress_size, 1) for entry in large
        ):
            self._zip.close()
            raise UnratableError(
                f"{path.name} は展開すると大きすぎるため、読みません。",
                f"{path.name} would be too large unpacked and is not read.",
            )
        self._names = set(self._zip.namelist())

    def __enter__(self) -> Package:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def broken(self) -> UnratableError:
        """The error for a file that is damaged or no workbook."""
        return UnratableError(
            f"{self.name} は壊れているか、Excel のブック（.xlsx）ではありません。Excel で開いて保存し直してください。",
            f"{self.name} is damaged or no Excel workbook (.xlsx); open it in Excel and save it again.",
        )

    def parse(
        self,
        part: str,
        start: Callable[[str, Mapping[str, str]], None],
        end: Callable[[str, str], None] = lambda tag, text: None,
    ) -> None:
        """Read an XML part: ``start(tag, attributes)`` and ``end(tag, text since the last tag)``, without namespaces.

        A part that is not there has no elements.
        """
        if part not in self._names:
            return
        parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        text: list[str] = []

        def on_start(tag: str, attributes: dict[str, str]) -> None:
            text.clear()
            start(tag.rpartition("}")[2], {name.rpartition("}")[2]: value for name, value in attributes.items()})

        def on_end(tag: str) -> None:
            end(tag.rpartition("}")[2], "".join(text))
            text.clear()

        def refuse(*_: object) -> None:
            raise self.broken()

        parser.StartElementHandler = on_start
        parser.EndElementHandler = on_end
        parser.CharacterDataHandler = text.append
        parser.StartDoctypeDeclHandler = refuse  # entities could unfold without end, or point outside
        try:
            with self._open(part) as file:
                parser.ParseFile(file)
        except _DAMAGE as error:
            raise self.broken() from error

    def links(self, part: str) -> dict[str, Link]:
        """The relationships of a part by id; the package's own for ``""``."""
        folder, name = posixpath.split(part)
        found: dict[str, Link] = {}

        def start(tag: str, attributes: Mapping[str, str]) -> None:
            if tag == "Relationship" and attributes.get("TargetMode") != "External":
                target = attributes.get("Target", "")
                whole = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
                kind = attributes.get("Type", "").rpartition("/")[2]
                found[attributes.get("Id", "")] = Link(kind, whole.lstrip("/"))

        self.parse(posixpath.join(folder, "_rels", f"{name}.rels"), start)
        return found

    def _open(self, part: str) -> IO[bytes]:
        return self._zip.open(part)
