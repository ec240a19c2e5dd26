"""Ways in which a value gets rewritten and hidden in a file: what the search of the privacy gate has to see through."""

from __future__ import annotations

import html
import json
import sqlite3
import urllib.parse
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import duckdb
import xlsxwriter

WIDE = str.maketrans({code: code + 0xFEE0 for code in range(0x21, 0x7F)})
KANJI = "〇一二三四五六七八九"


def wide(text: str) -> str:
    return text.translate(WIDE)


def in_kanji(number: int) -> str:
    """A number below 100 as an address spells it: 十二, 二十."""
    tens, ones = divmod(number, 10)
    return ("" if tens < 2 else KANJI[tens]) + ("十" if tens else "") + (KANJI[ones] if ones or not tens else "")


ENCODINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "JSON": lambda text: json.dumps(text)[1:-1],
    "JSON in JSON": lambda text: json.dumps(json.dumps({"x": text})),
    "JSON with slashes": lambda text: json.dumps(text, ensure_ascii=False)[1:-1].replace("/", "\\/"),
    "HTML": html.escape,
    "HTML by numbers": lambda text: "".join(f"&#x{ord(letter):x};" for letter in text),
    "percent": lambda text: urllib.parse.quote(text, safe=""),
    "wide": wide,
}


def as_text(text: str, path: Path) -> Path:
    path.write_text(f"表題,内容\n1,{text}\n", "utf-8")
    return path


def as_text_with_mark(text: str, path: Path) -> Path:
    path.write_text(f'"内容"\r\n"{text}"\r\n', "utf-8-sig")
    return path


def as_xlsx(text: str, path: Path) -> Path:
    with xlsxwriter.Workbook(str(path.with_suffix(".xlsx"))) as book:
        sheet = book.add_worksheet("一覧")
        sheet.write_string(0, 0, "内容")
        sheet.write_string(1, 0, text)
    return path.with_suffix(".xlsx")


def as_rich_xlsx(text: str, path: Path) -> Path:
    """Half of the text bold."""
    with xlsxwriter.Workbook(str(path.with_suffix(".xlsx"))) as book:
        bold = book.add_format({"bold": True})
        middle = len(text) // 2
        book.add_worksheet().write_rich_string(0, 0, text[:middle] or " ", bold, text[middle:] or " ", "。")
    return path.with_suffix(".xlsx")


def as_parquet(text: str, path: Path) -> Path:
    with duckdb.connect() as con:
        con.execute("CREATE TABLE t AS SELECT 1 AS number, ? AS content, [?, 'x'] AS list", [text, text])
        con.execute(f"COPY t TO '{path.with_suffix('.parquet')}' (FORMAT parquet)")
    return path.with_suffix(".parquet")


def as_sqlite(text: str, path: Path) -> Path:
    _database(path, json.dumps({"message": text}))
    return path.with_suffix(".db")


def as_packed_sqlite(text: str, path: Path) -> Path:
    _database(path, zlib.compress(text.encode()))
    return path.with_suffix(".db")


def as_zip(text: str, path: Path) -> Path:
    with zipfile.ZipFile(path.with_suffix(".zip"), "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("notes.txt", f"。{text}。")
    return path.with_suffix(".zip")


def as_long_line(text: str, path: Path) -> Path:
    """Amid a line of several blocks, across the border of two."""
    path.write_text("…" * (4_000_000 - len(text) // 2) + f" {text} " + "…" * 100_000, "utf-8")
    return path


def _database(path: Path, value: str | bytes) -> None:
    con = sqlite3.connect(path.with_suffix(".db"))
    con.execute("CREATE TABLE IF NOT EXISTS events (number, body)")
    con.execute("DELETE FROM events")
    con.execute("INSERT INTO events VALUES (1, ?)", [value])
    con.commit()
    con.close()


FILES: tuple[Callable[[str, Path], Path], ...] = (
    as_text,
    as_text_with_mark,
    as_xlsx,
    as_rich_xlsx,
    as_parquet,
    as_sqlite,
    as_packed_sqlite,
    as_zip,
)
