"""What bytes are that are no text, told by how they begin, so that the message can say it."""

from __future__ import annotations

from schemas.table_schema import strict
from sources.readers.rows import ReadError

BEGINNINGS = (
    (b"PK\x03\x04", "Excel（.xlsx）か ZIP", "an Excel workbook or a ZIP"),
    (b"\xd0\xcf\x11\xe0", "古い Excel（.xls）", "an old Excel workbook"),
    (b"%PDF", "PDF", "a PDF"),
)


def refuse_html(content: bytes, name: str) -> None:
    """``ReadError`` ``html-page`` if the bytes are a web page: what servers send instead of a file that has gone."""
    if strict.is_html(content):
        raise ReadError(
            "html-page",
            f"{name} はデータのファイルではなく HTML のページでした。公開ページの URL ではなく、"
            "ファイルそのものの URL を確認してください。",
            f"{name} is an HTML page, not a data file. Check that the address is that of the file itself.",
            name,
        )


def refuse_binary(content: bytes, name: str, kind: str = "CSV", *, zeros: bool = False) -> None:
    """``ReadError`` ``not-a-table`` if the bytes are a workbook, a PDF or other binary data.

    NUL bytes are binary data, except where ``zeros`` may stand (UTF-16). ``kind`` is what the file should be.
    """
    told = next((told for beginning, *told in BEGINNINGS if content.startswith(beginning)), None)
    if told is None and not zeros and b"\0" in content:
        told = ["文字ではないデータ", "binary data"]
    if told:
        raise ReadError(
            "not-a-table",
            f"{name} は {kind} ではなく{told[0]}でした。{kind}（UTF-8）で保存し直してください。",
            f"{name} is {told[1]}, not {kind}. Save it as {kind} (UTF-8).",
            name,
        )
