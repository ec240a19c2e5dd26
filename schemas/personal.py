"""What in free text is somebody's own: an e-mail address, a mobile number, a person's name.

Here is only how such things are seen in one text. Which fields are searched, and what becomes of them, is
``sources.submitted``'s; who may open one all the same, ``warehouse.clearances``'s.

Names are told by a dictionary of Japanese (SudachiPy with SudachiDict small), by three rules: a surname with a given
name; a name with what people are called by (さん, 様, 先生 …); a surname beside a role (担当, 代表 …). A place, a
station or an organization bears surnames too (山田会, 石狩振興局), so that a surname alone is no person, nor is one
that goes on as another word. What no dictionary knows (rare given names, a surname alone before まで) is not seen.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from schemas.formats import _cell

if TYPE_CHECKING:
    from sudachipy import Dictionary, Tokenizer

EMAIL, PHONE, NAME = "personal-email", "personal-phone", "personal-name"
CODES = (EMAIL, PHONE, NAME)
"""What is told of a text, in this order."""

ADDRESS = re.compile(r"[a-z0-9._%+-]+(?:@|\s*[\[(]at[\])]\s*|\s*アット(?:マ-ク)?\s*)[a-z0-9-]+(?:\.[a-z0-9-]+)*")
"""An e-mail address, in text as :func:`folded`."""

_GAP = "[-() .・のノ]{0,2}"
MOBILE = re.compile(
    rf"(?<![0-9])(?:(?:\+|00)\s*81{_GAP}(?:[(]?0[)]?)?{_GAP}|[(]?0)[789]{_GAP}0(?:{_GAP}[0-9]){{8}}(?![0-9])"
    r"|(?<![0-9])[789]0-[0-9]{4}-[0-9]{4}(?![0-9])"
)
"""A mobile number of Japan, also without its zero, in text as :func:`folded`."""

_KANJI_DIGITS = str.maketrans("〇一二三四五六七八九", "0123456789")
_KANJI_NUMBER = re.compile("([〇一二三四五六七八九]*)(十?)([〇一二三四五六七八九]*)")

_VARIANTS = str.maketrans("髙﨑濵德邉邊渕齊齋", "高崎浜徳辺辺淵斉斎")
"""Letters of surnames that the dictionary knows in their common form only."""

_CALLED = frozenset(("さん", "様", "さま", "氏", "先生", "ちゃん", "くん", "君"))
_ROLES = frozenset(
    (
        "担当", "担当者", "代表", "代表者", "代表理事", "理事", "理事長", "会長", "副会長", "所長", "施設長",
        "園長", "院長", "館長", "部長", "課長", "係長", "主任", "事務局長", "世話人", "相談員", "支援員",
        "医師", "牧師", "住職", "教授", "弁護士", "スタッフ", "職員", "主宰", "講師", "責任者",
        "コーディネーター", "者", "員", "人", "長", "係", "責任", "受付",
    )
)  # fmt: skip
_BEFORE = frozenset(("", ":", "/", "(", "の", "は"))
"""What may stand between a role and the name after it."""

_QUARTERS = ("通", "東", "西", "南", "北", "村", "町")
"""Ends of given names by the dictionary, which are more often those of places."""

_KANA = re.compile("[ぁ-ゖー]+")
_PIECE = re.compile("[^。\n]{1,5000}")
"""What the dictionary is asked at once: it refuses more than 49,149 bytes."""


class _Word(NamedTuple):
    """A word: ``name`` is 姓, 名 or 一般 of a person's name, ``closes``: a name before it ends there."""

    text: str
    name: str | None
    place: bool
    closes: bool


def found(text: str, people: Iterable[str] = (), spared: Iterable[str] = ()) -> tuple[str, ...]:
    """The :data:`CODES` of what is in the text. Never raises.

    ``people`` are names that are persons' wherever they stand, however blanks and width differ; ``spared`` names that
    may stand there, those of organizations and of what they do.
    """
    plain = folded(text)
    seen = {EMAIL: bool(ADDRESS.search(plain)), PHONE: bool(MOBILE.search(plain)), NAME: False}
    rest = unicodedata.normalize("NFKC", text)
    for name in sorted(spared, key=len, reverse=True):
        rest = rest.replace(unicodedata.normalize("NFKC", name), "。")
    close = _close(rest)
    seen[NAME] = any(_close(name) in close for name in people if _close(name)) or _names_somebody(rest)
    return tuple(code for code in CODES if seen[code])


def folded(text: str) -> str:
    """The text in compatibility form and lower case, with numbers in digits."""
    return _KANJI_NUMBER.sub(lambda told: _number(*told.groups()), _cell.fold(text).casefold())


def _number(tens: str, ten: str, ones: str) -> str:
    tens, ones = tens.translate(_KANJI_DIGITS), ones.translate(_KANJI_DIGITS)
    return f"{tens or '1'}{ones or '0'}" if ten else tens + ones


def _close(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _names_somebody(text: str) -> bool:
    return any(_is_person(words, at) for words in _sentences(text) for at, word in enumerate(words) if word.name)


def _sentences(text: str) -> Iterator[list[_Word]]:
    """The words of each sentence, blanks between them as words."""
    written = text.translate(_VARIANTS).encode(errors="ignore").decode()
    for piece in _PIECE.findall(written):
        yield [_word(m.surface(), m.part_of_speech()) for m in _tokenizer().tokenize(piece)]


def _word(text: str, speech: tuple[str, ...]) -> _Word:
    closes = speech[0] in ("助詞", "助動詞", "補助記号", "空白") or text in _CALLED or text in _ROLES
    name = speech[3] if speech[2] == "人名" else "地名" if speech[2] == "地名" and _can_be(text, "姓") else None
    return _Word(text, name, speech[2] == "地名", closes or not text.strip())


def _is_person(words: list[_Word], at: int) -> bool:
    """Whether a person's name begins with that word, by one of the three rules."""
    word, after = words[at], at + 1
    while after < len(words) and not words[after].text.strip():
        after += 1
    gap = after > at + 1
    following = words[after] if after < len(words) else None
    if following and following.text in _CALLED and not (gap and following.text in ("君", "くん", "ちゃん")):
        return True
    if word.name not in ("姓", "地名"):
        return False
    if following and _closed(words, after + 1) and _is_full(word, following, gap):
        return word.name == "姓" and not (at and words[at - 1].place)
    if following and not gap and following.text in _ROLES and word.name == "姓" and not _is_noun(word.text):
        return True
    return _has_role(words, at) and _closed(words, at + 1)


def _is_full(surname: _Word, given: _Word, gap: bool) -> bool:
    """Whether the two are a surname and a given name: neither one word that was spread (内 容), nor kana in a row, nor
    a street or a quarter (二条通, 月寒東).
    """
    if given.name != "名" and not (gap and _can_be(given.text, "名")):
        return False
    whole = surname.text + given.text
    return not _is_noun(whole) if gap else not (_KANA.fullmatch(whole) or given.text.endswith(_QUARTERS))


def _has_role(words: list[_Word], at: int) -> bool:
    """Whether a role stands before that word, and something between them."""
    before = at - 1
    while before >= 0 and words[before].text.strip() in _BEFORE:
        before -= 1
    return 0 <= before < at - 1 and words[before].text in _ROLES


def _closed(words: list[_Word], at: int) -> bool:
    return at >= len(words) or words[at].closes


@cache
def _dictionary() -> Dictionary:
    """Imported when the first text is asked about: it takes 0.05 s and 40 MB."""
    from sudachipy import Dictionary

    return Dictionary(dict="small")


@cache
def _tokenizer() -> Tokenizer:
    return _dictionary().tokenizer()


@cache
def _speeches(text: str) -> tuple[tuple[str, ...], ...]:
    """Every part of speech that the dictionary has of exactly that word."""
    return tuple(tuple(word.part_of_speech()) for word in _dictionary().lookup(text))


def _can_be(text: str, kind: str) -> bool:
    return any(speech[2] == "人名" and speech[3] == kind for speech in _speeches(text))


def _is_noun(text: str) -> bool:
    return any(speech[1] == "普通名詞" for speech in _speeches(text))
