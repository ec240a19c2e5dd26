"""Text made bare for a search: the ways a file writes a value undone, and every character reduced to one byte.

What counts as the same value, and where it stands, is told by ``spellings``; a search over bare text only proposes.
"""

from __future__ import annotations

import html
import re
import unicodedata
import urllib.parse
from functools import cache
from itertools import chain

import numpy as np
import numpy.typing as npt

ESCAPES = re.compile(r'\\+(?:(u[0-9a-fA-F]{4}(?:\\+u[0-9a-fA-F]{4})*)|([nrt"/]))')
WRITTEN_AS = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "/": "/"}
PERCENT = re.compile("%[2-9a-fA-F][0-9a-fA-F](?:%[2-9a-fA-F][0-9a-fA-F])*")
"""Not ``%00`` to ``%1F``: a sign of percent before a number that begins with 0 is more likely."""
ROUNDS = 2
"""An address in HTML in JSON is written twice over."""

KANJI_DIGITS = "〇一二三四五六七八九"
TEN = "十"
UNSAID = "丁目番地号のノ字ー"
"""Characters that stand or do not stand between the parts of an address; the long vowel is often a hyphen."""

BREAKS = '\n\t",<>|'
"""Characters between cells: the only ones without letter or digit that leave a byte, so that cells stay apart."""

DROPPED, BREAK, FIRST_DIGIT, FIRST_OTHER = 0, 1, 2, 12
LAST_CHARACTER = 0x110000
SPELT_IN_OTHER_WAYS = (range(0x3400), range(0xA000, 0x20000), range(0x2F800, 0x2FA20))
"""Between and beyond stand kanji that are nothing but themselves."""
KATAKANA = ord("ァ") - ord("ぁ")
SPREAD = 2654435761
"""An odd number (Knuth's) that scatters neighbouring kanji over the bytes."""

Bytes = npt.NDArray[np.uint8]


def plain(text: str) -> str:
    r"""``text`` without JSON's ``\uXXXX``, ``\/`` and ``\n``, without HTML's ``&…;`` and without ``%XX``, also where
    one stands in the other; 十 is doubled, as :func:`skeleton` wants it. Secrets and files go through it alike.
    """
    for _ in range(ROUNDS):
        if "\\" in text:
            text = ESCAPES.sub(_unescaped, text)
        if "&" in text:
            text = html.unescape(text)
        if "%" in text:
            text = PERCENT.sub(lambda found: urllib.parse.unquote(found[0], errors="replace"), text)
    return text.replace(TEN, TEN * 2)


def skeleton(text: str) -> tuple[Bytes, npt.NDArray[np.bool_]]:
    """One byte for each letter and digit of plain ``text``, and which characters they are.

    Without width, case, voicing marks and the difference of hiragana and katakana; kanji numbers are digits; spaces,
    hyphens and other signs are gone, as are the characters of :data:`UNSAID`. Bytes are shared by many kanji: that two
    skeletons are equal is a reason to look, never a proof.
    """
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    # Every code is in the table; any other mode would look at each of them first.
    bare = _bytes().take(codes, mode="clip")
    if TEN in text:
        _read_tens(codes, bare)
    kept = bare != DROPPED
    return bare[kept], kept


def trimmed(text: str) -> str:
    """Plain ``text`` from its first to its last character that leaves a byte."""
    if text.isascii() and text[:1].isalnum() and text[-1:].isalnum():
        return text
    stands = np.flatnonzero(skeleton(text)[1])
    return text[stands[0] : stands[-1] + 1] if len(stands) else ""


def _unescaped(found: re.Match[str]) -> str:
    if found[2]:
        return WRITTEN_AS[found[2]]
    return bytes.fromhex(re.sub(r"\\*u", "", found[1])).decode("utf-16-be", "replace")


def _read_tens(codes: npt.NDArray[np.uint32], bare: Bytes) -> None:
    """Of a doubled 十 the first is a 1 unless a digit stands before, the second a 0 unless one stands behind."""
    tens = np.flatnonzero(codes == ord(TEN))
    first, second = tens[0::2], tens[1::2]
    before, behind = bare[np.maximum(first - 1, 0)], bare[np.minimum(second + 1, len(bare) - 1)]
    bare[first] = np.where((before >= FIRST_DIGIT) & (before < FIRST_OTHER), DROPPED, FIRST_DIGIT + 1)
    bare[second] = np.where((behind >= FIRST_DIGIT) & (behind < FIRST_OTHER), DROPPED, FIRST_DIGIT)


@cache
def _bytes() -> Bytes:
    """Every character's byte."""
    table = _other(np.arange(LAST_CHARACTER)).astype(np.uint8)
    for code in chain(*SPELT_IN_OTHER_WAYS, map(ord, KANJI_DIGITS + UNSAID)):
        table[code] = _byte(chr(code))
    return table


def _byte(character: str) -> int:
    if unicodedata.normalize("NFKC", character) in BREAKS:
        return BREAK
    letters = "".join(filter(str.isalnum, unicodedata.normalize("NFKD", character).casefold()))
    if not letters or letters in UNSAID:
        return DROPPED
    letter = letters[0]
    if letter in KANJI_DIGITS:
        return FIRST_DIGIT + KANJI_DIGITS.index(letter)
    if letter.isascii() and letter.isdigit():
        return FIRST_DIGIT + int(letter)
    code = ord(letter) + (KATAKANA if "ぁ" <= letter <= "ゖ" else 0)
    return int(_other(np.array(code)))


def _other(codes: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return FIRST_OTHER + (codes * SPREAD >> 12) % (256 - FIRST_OTHER)
