"""Bytes become text, in the encoding that ``source.yml`` says. Nothing is guessed: what does not fit is an error."""

from __future__ import annotations

import codecs
import re

from sources.readers import sniff
from sources.readers.rows import ReadError

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def decode(content: bytes, name: str, encoding: str, kind: str = "CSV") -> str:
    """The text without BOM; ``ReadError`` for what is not text, or not in that encoding.

    ``kind`` is what the file should be, as a person calls it.
    """
    sniff.refuse_html(content, name)
    sniff.refuse_binary(content, name, kind, zeros=encoding == "utf-16" or content.startswith(_UTF16))
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _not_in(encoding, name, f"{line} 行目のバイト 0x{content[error.start]:02X} から", content) from error
    # cp932 and UTF-16 give a meaning to almost every byte: text in another encoding passes as nonsense.
    if encoding != "utf-8" and text and _looks_like(content) != encoding:
        raise _not_in(encoding, name, "全体", content)
    return text.lstrip("\ufeff")


def _looks_like(content: bytes) -> str | None:
    """The encoding that the bytes seem to have, None if none that we know."""
    # Its commas and line ends are half zeros.
    if content.startswith(_UTF16) or b"\0" in content:
        return "utf-16"
    for encoding, evidence in (("utf-8", r"[ぁ-んァ-ヶ一-鿿]"), ("cp932", "")):
        try:
            if re.search(evidence, content.decode(encoding)):
                return encoding
        except UnicodeDecodeError:
            continue
    return None


def _not_in(encoding: str, name: str, where: str, content: bytes) -> ReadError:
    fits = _looks_like(content)
    seems = fits.upper() if fits and fits.startswith("utf") else fits
    hint_ja = f"{seems} のようです。source.yml の reader.encoding を直すか、" if fits else "文字が壊れています。"
    hint_en = f" It looks like {seems}." if fits else ""
    return ReadError(
        "encoding",
        f"{name} は文字コード {encoding} として読めません（{where}）。{hint_ja}UTF-8 で保存し直してください。",
        f"{name} is not valid {encoding}.{hint_en} Save it as UTF-8.",
        name,
    )
