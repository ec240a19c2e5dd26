"""Addresses folded for comparison: the same place written differently gives the same text. Never for output.

Parsing an address into its parts does not belong here.
"""

from __future__ import annotations

import re
import unicodedata

import duckdb
import pyarrow as pa

HYPHENS = re.compile("[‐‑‒–—―−─━ｰー－ｰ⁃﹣~〜～]")
UNITS = re.compile("(丁目|番地の?|番|号)")
KANJI_DIGITS = str.maketrans("〇一二三四五六七八九", "0123456789")
KANJI_NUMBER = re.compile("([一二三四五六七八九]?十[一二三四五六七八九]?|[一二三四五六七八九])(?=条|丁目|番|号|線)")


def fold(address: str) -> str:
    """``address`` without differences of width, hyphen, units, spaces and the leading prefecture."""
    text = unicodedata.normalize("NFKC", address).casefold()
    text = re.sub(r"\s", "", text).removeprefix("北海道")
    text = KANJI_NUMBER.sub(lambda found: _number(found.group(1)), text)
    text = re.sub("(?<=[0-9])(" + HYPHENS.pattern + ")(?=[0-9])", "-", text)
    text = re.sub("(?<=[0-9])" + UNITS.pattern, "-", text)
    return re.sub("-+", "-", text).rstrip("-")


def _number(kanji: str) -> str:
    if "十" not in kanji:
        return kanji.translate(KANJI_DIGITS)
    tens, ones = kanji.split("十")
    return f"{tens.translate(KANJI_DIGITS) or '1'}{ones.translate(KANJI_DIGITS) or '0'}"


def make_table(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``folded_addresses`` (address, folded) for every address among the accepted records."""
    query = "SELECT address FROM accepted_organizations UNION SELECT address FROM accepted_places"
    known = [
        text for (text,) in con.execute(f"SELECT * FROM ({query}) WHERE address IS NOT NULL ORDER BY 1").fetchall()
    ]
    folded = pa.table({"address": pa.array(known, pa.string()), "folded": pa.array(map(fold, known), pa.string())})
    con.register("folded_now", folded)
    con.execute("CREATE OR REPLACE TEMP TABLE folded_addresses AS SELECT * FROM folded_now")
    con.unregister("folded_now")
