"""Addresses folded for comparison: the same place written differently gives the same text. Never for output.

Parsing an address into its parts does not belong here.
"""

from __future__ import annotations

import re
import unicodedata

import duckdb
import pyarrow as pa

HYPHENS = re.compile("(?<=[0-9])[‐‑‒–—―−─━ｰー－ｰ⁃﹣~〜～のノ](?=[0-9])")
UNITS = re.compile("(?<=[0-9])(丁目|番地?[のノ]?|号)")
KANJI_DIGITS = str.maketrans("〇一二三四五六七八九", "0123456789")
KANJI_NUMBER = re.compile("([〇一二三四五六七八九]*)(十?)([〇一二三四五六七八九]*)")
POSTAL_CODE = re.compile("^(〒|郵便番号:?)?[0-9]{3}-?[0-9]{4}(?![0-9-])")
COUNTY = re.compile(r"^(北海道)?([^\d\W]{1,4}?郡(?=[^\d\W]{1,6}?[町村]))?")


def fold(address: str) -> str:
    """``address`` without differences of width, hyphen, number, unit and space, and without postal code, prefecture,
    county and 字.
    """
    text = unicodedata.normalize("NFKC", address).casefold()
    text = KANJI_NUMBER.sub(lambda found: number(*found.groups()), text)
    text = re.sub(r"\s", "", re.sub(r"(?<=[0-9])\s+(?=[0-9])", "-", text))
    text = COUNTY.sub("", POSTAL_CODE.sub("", HYPHENS.sub("-", text)))
    text = re.sub("大?字", "", text)
    return re.sub("-+(?![0-9])", "", re.sub("-+", "-", UNITS.sub("-", text)))


def number(tens: str, ten: str, ones: str) -> str:
    """The digits of a number in kanji that is read as tens, the character for ten, and ones."""
    tens, ones = tens.translate(KANJI_DIGITS), ones.translate(KANJI_DIGITS)
    return f"{tens or '1'}{ones or '0'}" if ten else tens + ones


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
