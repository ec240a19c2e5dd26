"""The ways a value that must not leave gets rewritten, kind by kind, and how each is told from what only looks like it.

A kind is a line of :data:`KINDS`: it makes of a value its spellings, each a text to be searched by its skeleton
(``bare_text``) and the question that a place in a file answers before it counts. What a kind cannot find is said at
its function; a value that has no spelling (too short, too common) is protected by structure alone: its column stands
in no published schema. Coordinates are in ``spots``.

Which values must not leave, and which of them are lawfully published elsewhere, does not belong here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

from publish import bare_text
from schemas import rulebook
from warehouse import addresses

CONTEXT = 40
"""Characters before and behind that decide whether it is the value or a part of something longer."""

DASHES = re.compile("[‐‑‒–—―−─━ー⁃~〜～]")
GAP = r"[-\s().\[\]/・_ノ番+]{0,3}"
HIRAGANA = {code: code + bare_text.KATAKANA for code in range(ord("ぁ"), ord("ゖ") + 1)}
KANJI_DIGITS = str.maketrans(bare_text.KANJI_DIGITS, "0123456789")
HASH = 16
"""So many hexadecimal digits in a row are an id or a checksum, whatever stands among them."""

LEAST_DIGITS, LEAST_ID, LEAST_NAME, LEAST_TEXT, LEAST_LOCAL = 6, 8, 3, 10, 3
MOST_TEXT = 200


class Spelling(NamedTuple):
    """``text`` to search by its skeleton, and whether (before, itself, behind) in a file ``stands`` for the value, all
    three as :func:`even` leaves them.
    """

    text: str
    stands: Callable[[str, str, str], bool]


def spellings(kind: str, value: str) -> list[Spelling]:
    """The spellings of a value; none where it cannot be searched. ``KeyError``: no such kind."""
    return list(KINDS[kind](even(bare_text.plain(value)).strip()))


def even(text: str) -> str:
    """``text`` without differences of width, case, kana and dash; spaces and signs stay where they are."""
    if text.isascii():
        return text.lower().replace("~", "-")
    return DASHES.sub("-", unicodedata.normalize("NFKC", text).casefold().translate(HIRAGANA))


def phones(value: str) -> Iterator[Spelling]:
    """A Japanese number of 9 or 10 digits behind the 0, in E.164 or national, however grouped, also without the 0
    that spreadsheets eat. Not found: a local number without its area code; short dials have no spelling.
    """
    digits = re.sub("[^0-9]", "", value)
    core = re.sub("^(0*81|0)", "", digits) if value.startswith(("+81", "0")) else digits.removeprefix("81")

    def stands(before: str, itself: str, behind: str) -> bool:
        before, itself = before.translate(KANJI_DIGITS), itself.translate(KANJI_DIGITS)
        if not (PHONE_BEFORE.search(before) and GROUPED.fullmatch(itself) and re.sub("[^0-9]", "", itself) == core):
            return False
        return not (re.match(r"\.?[0-9]", behind) or _in_hash(before, itself, behind))

    if 9 <= len(core) <= 10:
        yield Spelling(core, stands)


GROUPED = re.compile(rf"[0-9](?:{GAP}[0-9])*")
PHONE_BEFORE = re.compile(r"(?:^|[^0-9.\-]|(?<![0-9])[.\-])(?:\+?81[-\s.]*(?:\(?0\)?)?|\(?0)?[-\s.()ノ]*$")


def postal_codes(value: str) -> Iterator[Spelling]:
    """Seven digits, with or without hyphen and 〒. Not found: the six digits that are left where a spreadsheet ate
    the 0.
    """
    digits = re.sub("[^0-9]", "", value)

    def stands(before: str, itself: str, behind: str) -> bool:
        written = POSTAL.fullmatch(itself)
        return bool(written) and re.sub("[^0-9]", "", itself) == digits and _alone(before, behind)

    if len(digits) == 7:
        yield Spelling(digits, stands)


POSTAL = re.compile(r"[0-9]{3}\s?-?\s?[0-9]{4}")


def numbers(value: str) -> Iterator[Spelling]:
    """An office number or 法人番号 of at least 6 characters without its leading zeros, which a spreadsheet eats."""
    core = re.sub(r"[-\s]", "", value).lstrip("0")

    def stands(before: str, itself: str, behind: str) -> bool:
        return re.sub(r"[-\s]", "", itself) == core and _alone(before.rstrip("0"), behind)

    if len(core) >= LEAST_DIGITS and any(map(str.isdigit, core)):
        yield Spelling(core, stands)


def ids(value: str) -> Iterator[Spelling]:
    """A record's id of at least 8 characters, as a word of its own."""
    core = bare_text.trimmed(value)

    def stands(before: str, itself: str, behind: str) -> bool:
        return itself == core and not (re.search("[0-9a-z]$", before) or re.match("[0-9a-z]", behind))

    if len(core) >= LEAST_ID:
        yield Spelling(core, stands)


def emails(value: str) -> Iterator[Spelling]:
    """A whole address. Not found: one written with words for its signs."""

    def stands(before: str, itself: str, behind: str) -> bool:
        within = re.search(r"[0-9a-z._%+-]$", before) or re.match(r"[0-9a-z_-]|\.[0-9a-z]", behind)
        return "".join(itself.split()) == value and not within

    if re.fullmatch(r"\S+@\S+\.\S+", value):
        yield Spelling(value, stands)


def urls(value: str) -> Iterator[Spelling]:
    """A page with or without scheme, ``www.``, last slash, query and fragment behind. Not found: pages below it, and
    the site's other pages.
    """
    core = bare_text.trimmed(re.sub(r"^(?:[a-z]+:)?/*(?:www\.)?", "", value))

    def stands(before: str, itself: str, behind: str) -> bool:
        alone = re.search(r"(?:^|//|[^0-9a-z.@/-])(?:www\.)?$", before)
        return itself == core and bool(alone and URL_BEHIND.match(behind))

    if "." in core.partition("/")[0] and len(core) >= LEAST_ID:
        yield Spelling(core, stands)


URL_BEHIND = re.compile(r"[/=_-]*(?:$|[?#]|[^0-9a-z_/&=%~.-]|\.(?![0-9a-z]))")


def persons(value: str) -> Iterator[Spelling]:
    """A name of at least three kanji, or four letters of another script, as a word of its own, with or without space
    between its parts; a title may stand before it and a form of address behind.

    Not found: one between other kanji (the name of a building, three names in a row without any sign), one with
    middle words, one whose parts stand in two cells, and variants of a kanji that Unicode holds for two characters.
    """
    core = _letters(value)
    script = "ァ-ヶ" if re.search("[ァ-ヶ]", core) else "a-z"
    begins, ends = (KANJI if re.match(f"[{KANJI}]", letter) else script for letter in (core[:1], core[-1:]))

    def stands(before: str, itself: str, behind: str) -> bool:
        if _letters(itself) != core or re.search(r"[^\w\s・=+-]", itself):
            return False
        longer = re.search(f"[{begins}]$", before) and not TITLE.search(before)
        return not (longer or (re.match(f"[{ends}]", behind) and not ADDRESSED.match(behind)))

    if len(core) >= LEAST_NAME + (not re.search(f"[{KANJI}]", core)):
        yield Spelling(value, stands)


KANJI = "々〆一-鿿㐀-䶿豈-﫿𠀀-𳑿"
TITLE = re.compile("(?:長|代表|代表者|担当|担当者|氏名|理事|監事|主任|職員|役員|委員|相談員|支援員|師)$")
ADDRESSED = re.compile("様|氏|殿|先生|サン|サマ")


def texts(value: str) -> Iterator[Spelling]:
    """Every line or part of a sentence (to a full stop, an ASCII comma or quote) of at least 10 letters, its first 200.
    Not found: words of it, and what was reworded.
    """
    for sentence in re.split(f"[。{bare_text.BREAKS}]", value):
        core = _letters(sentence)[:MOST_TEXT]
        if len(core) >= LEAST_TEXT:
            yield Spelling(core, lambda _, itself, __, core=core: _letters(itself) == core)  # type: ignore[misc]


def places(value: str) -> Iterator[Spelling]:
    """An address from its town to its last number, whatever stands before: prefecture and county, only the
    municipality, or nothing; what building and floor follow does not matter.

    It counts where its own municipality stands before it; or nothing does and it has at least three numbers, for many
    towns have a 本町1-1. No spelling has an address without a number. Not found: only a part of its numbers (a block
    is as public as its map), and a town written with other characters (ヶ and が).
    """
    names, local = split(value)
    folded = addresses.fold(_once(local))
    digits = f"[0-9{KANJI_NUMBER}]" if re.search(f"[{KANJI_NUMBER}]{UNIT}?$", local) else "[0-9]"
    more = re.compile(f"(?:丁目?|番地?)?[-ノ東西南北]?{digits}")
    alone = len(re.findall("[0-9]+", folded)) >= LEAST_LOCAL

    def stands(before: str, itself: str, behind: str) -> bool:
        if more.match(behind) or addresses.fold(_once(itself)) != folded:
            return False
        said = re.sub(r"\s+|大?字?\s*$", "", before)
        return said.endswith(names) or (alone and not re.search(f"[{KANJI}0-9]-?$", POSTAL_CODE.sub("", before)))

    if re.search("[^0-9-]", folded):
        yield Spelling(local, stands)


POSTAL_CODE = re.compile("(?<![0-9-])[0-9]{3}-?[0-9]{4} *$")
KANJI_NUMBER = bare_text.KANJI_DIGITS + bare_text.TEN
UNIT = "(?:丁目?|番地?|号)"
NUMBER = f"(?:[0-9]+{UNIT}?|[{KANJI_NUMBER}]+{UNIT})"
LOCAL = re.compile(rf".*?{NUMBER}(?:(?:[-ノ]|(?<=[丁目])[東西南北]|(?<=[丁目番地])\s*){NUMBER})*(?![0-9条線区通軒])")
PREFECTURE = "(?:北海道|東京都|京都府|大阪府|[^市区町村0-9]{2,3}県)?"
GENERAL = re.compile(
    f"{PREFECTURE}(?:[^市区0-9]{{1,5}}?郡)?"
    "(?P<name>[^0-9]{1,6}?市(?!市)(?:[^市0-9]{1,3}?区)?|[^0-9]{1,4}?区|[^0-9]{1,6}?[町村](?![0-9]))?"
)
AGAIN = re.compile(rf"(?P<name>[^\0]+)\0{PREFECTURE}(?P=name)")
"""A name, and behind a NUL a text that begins with it once more: a pattern made of each name would take longer."""
LEADING_CODE = re.compile(r"^(?:〒|郵便番号:?)?\s*[0-9]{3}-?[0-9]{4}(?![0-9-])\s*")
SPACES = re.compile(r"(?<![0-9])\s+|\s+(?![0-9])")


def split(address: str) -> tuple[tuple[str, ...], str]:
    """The names that may stand directly before the town (a city's ward alone, the municipality), and the rest to its
    last number, of an :func:`even` address; nothing where it has none. Where no town stands before the number,
    the municipality is its town and anything may stand before it.
    """
    bare = LEADING_CODE.sub("", SPACES.sub("", address))
    local, name, known = bare, "", _municipalities().match(bare) or GENERAL.match(bare)
    while known and known["name"]:
        local, name = known.string[known.end() :], known["name"]
        known = AGAIN.match(f"{name}\0{local}") or _municipalities().match(local)
    townless = name and re.match("[0-9]", local)
    cut = LOCAL.match(name + local if townless else local)
    city, _, ward = name.partition("市")
    names = ("",) if townless else tuple(filter(None, (ward, name, city + "市" if ward else "")))
    return names, cut[0] if cut else ""


@cache
def _municipalities() -> re.Pattern[str]:
    """Hokkaido's, with or without prefecture and county."""
    rows = rulebook.codes("municipalities").values()
    known = {name for row in rows for name in (row.label_ja, *row.synonyms, row.label_ja.partition("市")[2])} - {""}
    names = sorted({even(bare_text.plain(name)) for name in known}, key=lambda name: (-len(name), name))
    counties = sorted({bare_text.plain(row.extra["county"]) for row in rows} - {""})
    return re.compile(f"(?:北海道)?(?:{'|'.join(counties)})?(?P<name>{'|'.join(map(re.escape, names))})")


def _once(text: str) -> str:
    """Plain text as ``addresses`` reads it: 十 once, and 丁目 where Sakai says 丁."""
    return re.sub(f"(?<=[0-9{KANJI_NUMBER}])丁(?!目)", "丁目", text.replace(bare_text.TEN * 2, bare_text.TEN))


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)


def _alone(before: str, behind: str) -> bool:
    """Not within a longer number, decimal or word of letters."""
    return not (re.search(r"[0-9a-z]$|[0-9][.-]$", before) or re.match("[0-9a-z]|[.-][0-9]", behind))


def _in_hash(before: str, itself: str, behind: str) -> bool:
    left, right = re.search("[0-9a-f-]*$", before), re.match("[0-9a-f-]*", behind)
    run = (left[0] if left else "") + itself + (right[0] if right else "")
    return len(run) >= HASH and bool(re.search("[a-f]", run))


KINDS: dict[str, Callable[[str], Iterator[Spelling]]] = {
    "address": places,
    "postal_code": postal_codes,
    "phone": phones,
    "email": emails,
    "url": urls,
    "person": persons,
    "text": texts,
    "number": numbers,
    "id": ids,
}
