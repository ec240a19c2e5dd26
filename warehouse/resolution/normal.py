"""What sources write, made comparable: names, readings, addresses, numbers. For matching only, never for output.

Python reads each distinct value once; the rows stay in DuckDB. What a likeness weighs does not belong here.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import yaml

from schemas import rulebook
from schemas.formats import latitude as latitude_format
from schemas.formats import legal_form, url
from schemas.formats import longitude as longitude_format
from schemas.formats import phone as phone_format
from schemas.formats import text as text_format
from warehouse import addresses

ROOT = Path(__file__).parent

# みち一しるべ: the kanji that looks like a long vowel. Every dash that does is no letter, and goes with the marks.
_LONG_VOWEL = re.compile("(?<=[ぁ-ゖァ-ヺー])一(?=[ぁ-ゖァ-ヺー]|$)")
# 二チイ学館, 工ール: a kanji that looks like a katakana, between katakana.
_LOOKALIKE = str.maketrans("二工力口夕卜八三へべぺ", "ニエカロタトハミヘベペ")
_AMONG_KATAKANA = re.compile(r"(?:(?<=[ァ-ヺー])|^)[二工力口夕卜八三]+(?=[ァ-ヺー])|(?<=[ァ-ヺー])[へべぺ]")
_TO_KATAKANA = {code: code + 0x60 for code in range(0x3041, 0x3097)}
_LARGE = str.maketrans("ァィゥェォッャュョヮヵヶヂヅヲヴヱヰ", "アイウエオツヤユヨワカケジズオブエイ")
_KANA_ONLY = re.compile("[ァ-ヺA-Za-z0-9]*[ァ-ヺ][ァ-ヺA-Za-z0-9]*")
_UNIT = re.compile("([0-9]+|(?<![a-z])[a-z])(?:号館|号棟|号室|号|棟|館)?$|([東西南北新本])(?:館|棟)$")
_DIGITS = re.compile("[0-9]+")
_E164 = re.compile(r"\+81[0-9]{9,10}")
_KANJI_NUMBER = re.compile("([〇一二三四五六七八九]*)(十?)([〇一二三四五六七八九]*)(?=条|丁|番|号|線|地割|[-0-9])")
_UNITS = re.compile("(?<=[0-9])(丁目?|番地?[のノ]?|号(?!線))")
# 北35条西10-1: what is numbered like a street belongs to the town's name, the numbers after it are the block's.
_BLOCK = re.compile(r"((?:\D|[0-9]+(?:条|線|号線|区|地割))*)([0-9]+(?:-[0-9]+)*)")
_COUNTY = re.compile("^[^市区町村]{1,4}郡(?=.{1,7}[町村])")
_MUNICIPALITY = re.compile(
    "(?:(?:旭川|伊達|石狩|盛岡|奥州|田村|南相馬|那須塩原|東村山|武蔵村山|羽村|十日町|上越|富山|野々市|大町|蒲郡|四日市"
    "|姫路|大和郡山|廿日市|下松|岩国|田川|大村|宮古|富良野|別府|佐伯|黒部|小諸|塩尻|玉野|周南|町田|市川|市原)市"
    "(?:[^市町村]{1,3}区)?|.{1,5}?市(?:[^市町村丁]{1,4}?区)?|[^市町村]{1,4}?区|(?:玉村|大町|余市|.{1,6}?)[町村])"
)


class Name(NamedTuple):
    """A name taken apart.

    ``core`` is it without the corporation word ``form``, which is of a ``family`` of words that one body may carry in
    turn and stands at a ``side`` (front, back; ``national`` where a branch's own name followed). ``sound`` is the
    reading where the name shows it, ``unit`` the number or letter at its end that tells dwellings of one name apart.
    """

    core: str
    form: str | None
    family: str | None
    side: str | None
    sound: str | None
    unit: str | None


class Address(NamedTuple):
    """An address taken apart: prefecture, municipality (wards apart), ``stem`` up to the numbers (大字, 条), ``block``
    with the first two of its numbers and ``number`` with all.
    """

    prefecture: str | None
    town: str | None
    city: str | None
    stem: str | None
    block: str | None
    number: str | None


class Spot(NamedTuple):
    """Degrees as text, both or neither."""

    latitude: str | None
    longitude: str | None


def fold(text: str) -> str:
    """``text`` without differences of width, case, variant character, small kana, long vowel, mark and blank."""
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_variants())
    folded = _AMONG_KATAKANA.sub(lambda found: found[0].translate(_LOOKALIKE), folded)
    folded = _LONG_VOWEL.sub("", folded).translate(_LARGE)
    return "".join(letter for letter in folded if letter.isalnum() and letter != "ー")


def sound(text: str) -> str:
    """A reading folded: as :func:`fold`, and all of it katakana."""
    katakana = unicodedata.normalize("NFKC", text).translate(_TO_KATAKANA)
    return fold(katakana.translate(_LARGE))


def organization_name(text: str) -> Name:
    """An organization's name taken apart."""
    joined = "".join(unicodedata.normalize("NFKC", text).split()).translate(_variants())
    form = legal_form.read(joined).value
    bare = legal_form.without(joined)
    core = fold(bare)
    side = None if form is None else "front" if not joined.startswith(bare[:1]) else "back"
    if form is None:
        bare, form, side = _slip(bare)
        core = fold(bare)
    if form is None and (spoken := _spoken(sound(bare)))[1]:
        core, form, side = spoken[0], spoken[1], None
    if head := next((word for word in _heads() if word in fold(joined)), None):
        return Name(head, form, form, "national", None, None)
    if not core:
        return Name(fold(joined), form, _family(form), None, None, None)
    family = _family(form)
    # A medical corporation that is a foundation is a rare thing, and says so.
    form = "iryo-zaidan" if form == "iryo" and "医療法人財団" in joined else form
    return Name(core, form, family, side, _sound_of(core), None)


def place_name(text: str) -> Name:
    """A place's or service's name taken apart: without the words that say only what kind of place it is."""
    joined = unicodedata.normalize("NFKC", text).translate(_variants())
    core = fold(legal_form.without(joined))
    for word in _place_words():
        core = core.replace(word, "")
    core = core or fold(joined)
    return Name(core, None, None, None, _sound_of(core), _unit(core))


def organization_kana(text: str) -> str | None:
    """The reading of an organization's name without its corporation word; ``None`` where nothing is left."""
    return _spoken(sound(text))[0] or None if text_format.read(text).value else None


def place_kana(text: str) -> str | None:
    """The reading of a place's name, without the words of :func:`place_name` that are written in kana."""
    reading = sound(text)
    for word in _place_words():
        reading = reading.replace(word, "")
    return reading or None if text_format.read(text).value else None


def phone(text: str) -> str | None:
    """The number in E.164; one that is no number of Japan as its digits, so that equal slips are equal."""
    # What a night hands over has been read already.
    if _E164.fullmatch(text):
        return text
    if read := phone_format.read(text).value:
        return read
    digits = "".join(_DIGITS.findall(unicodedata.normalize("NFKC", text)))
    return digits if len(digits) >= 9 else None


def spot(latitude: str, longitude: str) -> Spot:
    """A spot in Japan; one that lacks half or lies abroad is none."""
    north, east = latitude_format.read(latitude).value, longitude_format.read(longitude).value
    return Spot(north, east) if north and east else Spot(None, None)


def host(text: str) -> str | None:
    """The host of a web address, without ``www.``; whether many share it is seen by counting."""
    read = url.read(text).value
    return urlsplit(read).netloc.removeprefix("www.") if read else None


def address(area: str, text: str) -> Address:
    """``text``, which may repeat its ``area`` (prefecture and municipality) or lack it, taken apart."""
    prefecture, town, _ = _area(_plain(area))
    rest = _plain(addresses.POSTAL_CODE.sub("", unicodedata.normalize("NFKC", text)))
    if town is None:
        prefecture, town, rest = _area(rest, prefecture)
    elif prefecture is None and (named := _prefectures().match(rest)):
        prefecture = named[0]
    city = re.sub("(?<=市).{1,4}区$", "", town) if town else None
    rest = _without(rest, prefecture, town, city)
    rest = _numbered(rest)
    found = _BLOCK.match(rest)
    if not found:
        return Address(prefecture, town, city, fold(rest) or None, None, None)
    stem = fold(found[1])
    numbers = found[2].split("-")
    block = f"{town or ''}|{stem}|{'-'.join(numbers[:2])}" if stem or len(numbers) > 1 else None
    return Address(prefecture, town, city, stem or None, block, f"{block}|{'-'.join(numbers)}" if block else None)


def _numbered(text: str) -> str:
    """What follows the municipality in an address, its numbers as digits and hyphens: ``2丁目3番`` → ``2-3``."""
    text = _KANJI_NUMBER.sub(lambda found: addresses.number(*found.groups()), text)
    text = addresses.HYPHENS.sub("-", text)
    return re.sub("-+(?![0-9])", "", re.sub("-+", "-", _UNITS.sub("-", re.sub("大?字", "", text))))


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).translate(_variants())


def _area(text: str, prefecture: str | None = None) -> tuple[str | None, str | None, str]:
    """Prefecture, municipality and the rest of an address; the county between them is dropped."""
    found = _prefectures().match(text)
    if found:
        prefecture, text = found[0], text[found.end() :]
    text = _COUNTY.sub("", text)
    town = _MUNICIPALITY.match(text)
    return (prefecture, town[0], text[town.end() :]) if town else (prefecture, None, text)


def _without(text: str, prefecture: str | None, town: str | None, city: str | None) -> str:
    """``text`` without the names at its start that are told apart; many write some of them twice."""
    ward = town[len(city) :] if town and city else None
    for _ in range(2):
        text = _COUNTY.sub("", text.removeprefix(prefecture or ""))
        for name in (town, city, ward):
            text = text.removeprefix(name or "")
    return text


def _slip(name: str) -> tuple[str, str | None, str | None]:
    """A misspelt corporation word at either end of a name: the name without it, its form, and where it stood."""
    for word, form in _words()["slips"].items():
        if name.startswith(word) and len(name) > len(word) + 1 and len(word) > 1:
            return name[len(word) :], form or None, "front"
        if name.endswith(word) and len(name) > len(word) + 1 and len(word) > 2:
            return name[: -len(word)], form or None, "back"
    return name, None, None


def _spoken(reading: str) -> tuple[str, str | None]:
    """A folded reading without the corporation word at its start or end, and that word's form."""
    for word, form in _kana_words():
        if reading.startswith(word):
            return reading[len(word) :], form
        if reading.endswith(word):
            return reading[: -len(word)], form
    return reading, None


def _sound_of(core: str) -> str | None:
    """The reading that a name shows by itself, when it has no kanji; letters alone say nothing of it."""
    katakana = sound(core)
    return katakana if _KANA_ONLY.fullmatch(katakana) else None


def _family(form: str | None) -> str | None:
    return _families().get(form, form) if form else None


def _unit(core: str) -> str | None:
    found = _UNIT.search(core)
    return found and (found[1] or found[2])


@cache
def _words() -> dict[str, Any]:
    told: dict[str, Any] = yaml.safe_load((ROOT / "words.yml").read_text(encoding="utf-8"))
    return told


@cache
def _families() -> dict[str, str]:
    return {form: family for family, forms in _words()["families"].items() for form in forms}


@cache
def _heads() -> tuple[str, ...]:
    return tuple(map(fold, _words()["heads"]))


@cache
def _kana_words() -> tuple[tuple[str, str], ...]:
    return tuple(sorted(((fold(word), form) for word, form in _words()["kana"].items()), key=lambda w: (-len(w[0]), w)))


@cache
def _place_words() -> tuple[str, ...]:
    return tuple(sorted(map(fold, _words()["places"]), key=lambda word: (-len(word), word)))


@cache
def _variants() -> dict[int, str]:
    groups: list[str] = yaml.safe_load((ROOT / "variants.yml").read_text(encoding="utf-8"))
    return {ord(letter): group[0] for group in groups for letter in group[1:]}


@cache
def _prefectures() -> re.Pattern[str]:
    return re.compile("|".join(re.escape(row.label_ja) for row in rulebook.codes("prefectures").values()))
