"""What a heading says by itself: its words, whose it is, and whether anything may be proposed for its column.

Which field it stands for is ``knowledge``'s.
"""

from __future__ import annotations

import re
import unicodedata

from schemas import formats

ORGANIZATION = re.compile(r"法人|団体|設置者|運営|企業|事業者|主体|organization|corporation|company")
CONSENT = re.compile(
    r"公開(?!日|開始|終了|年|中|ページ|サイト|url)|公表|同意|承諾|掲載(?:可|許可|希望|範囲)|consent|visibility|disclosure"
)
PERSONAL = re.compile(
    r"担当(?!課|部|局|係|室|班|窓口|地区|区域|地域)|代表(?!電話|番号)|(?:記入|入力|回答|申請|届出|管理|責任|連絡)者"
    r"|理事長|会長|氏名|個人(?!向)|自宅|本人|生年月日|携帯"
    r"|(?<![a-z])(?:person|staff|manager|applicant|respondent|representative|birthday|mobile)(?![a-z])"
)
REPRESENTATIVE = re.compile(r"(?:代表者?|理事長|会長)(?:氏?名)?$|representative(?: name)?$")
KANA = re.compile(r"(?:ふりがな|フリガナ|よみがな|かな|カナ|よみ|ヨミ|読み|(?<![a-z])kana)$")
PLACE = re.compile(r"住所|所在地|場所|address")

ADDRESS_PARTS = (
    r"(?:都道)?府県名?|pref|prefecture|state|region",
    r"市区?町村名?|city|municipality",
    r"区名?|ward",
    r"町字名?|町名|大字|town",
    r"丁目|番地.*|street.*|line",
)
"""Folded parts of an address in the order in which it is written."""

_BRACKETS = re.compile(r"[（(\[［【](.*?)[）)\]］】]")


def fold(heading: str) -> str:
    """A heading without differences of width, case, signs, plural, の and 等; English words apart, however joined."""
    text = unicodedata.normalize("NFKC", heading)
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text).casefold()
    text = "".join(letter if letter.isalnum() else " " for letter in text)
    text = re.sub(r"ies(?![a-z])", "y", text)
    text = re.sub(r"(?<=[a-z]{3})(?<!s)s(?![a-z])", "", text)
    # A blank tells words apart only where both are English.
    return re.sub(r"(?<![a-z0-9]) +| +(?![a-z0-9])|の|等", "", text)


def stem(heading: str) -> str:
    """Its last part, without what stands in brackets and without the number of several parts (所在地1, 所在地2)."""
    last = heading.rsplit("／", 1)[-1].rsplit(".", 1)[-1]
    text = fold(_BRACKETS.sub("", last))
    counted = text.rstrip("0123456789 ")
    return (counted if len(counted) > 1 else text) or fold(heading)


def group(heading: str) -> str:
    """What stands above its last part, folded: of ``organization.name`` and 運営団体／名称 the organization."""
    return fold(re.split(r"[.／_](?=[^.／_]*$)", heading)[0]) if re.search(r"[.／_]", heading) else ""


def of_organization_above(heading: str) -> bool:
    """Whether a nested heading stands under one that speaks of the organization."""
    above = max(heading.rfind("."), heading.rfind("／"))
    return above > 0 and of_organization(heading[:above])


def address_part(heading: str) -> int | None:
    """The place of the part of an address (住所.市区町村) that it names, None if it names none."""
    if not PLACE.search(group(heading)):
        return None
    text = fold(re.split(r"[.／_]", heading)[-1]).rstrip("0123456789 ")
    return next((place for place, part in enumerate(ADDRESS_PARTS) if re.fullmatch(part, text)), None)


def bracketed(heading: str) -> str:
    """What stands in its last brackets, folded; ``""`` if there are none."""
    found = _BRACKETS.findall(heading)
    return fold(found[-1]) if found else ""


def likeness(text: str, word: str) -> float:
    """How far the folded ``text`` is the folded ``word``: 1 wholly, 0 not at all, between if the word is part of it.

    A Japanese word counts where it begins or ends the text, an English one wherever it stands.
    """
    if text == word:
        return 1.0 if len(word) > 1 else 0.6
    if f"{text}名" == word or text == f"{word}名":
        return 0.95
    if len(word) < (3 if word.isascii() else 2) or word not in text:
        return 0.0
    if word.isascii():
        holds = re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", text) is not None
    else:
        holds = text.startswith(word) or text.endswith(word)
    return 0.45 + 0.45 * len(word) / len(text) if holds else 0.0


def of_organization(heading: str) -> bool:
    """Whether it speaks of the organization and not of what it offers."""
    return ORGANIZATION.search(fold(heading)) is not None


def refusal(heading: str) -> str | None:
    """Why nothing may be proposed for a column of that heading (Japanese): a mistake would publish what must not be."""
    text = fold(heading)
    if CONSENT.search(text):
        return "公開してよいかを答えた列に見える。先に意味を確かめる"
    if PERSONAL.search(text):
        return "個人の名前や連絡先かもしれない。公開してよいと分かるまで使わない"
    return None


def weekdays(heading: str) -> dict[str, str]:
    """The constants of a schedule whose days only the heading tells: 平日, （土曜）, 祝日."""
    # 曜日 alone is no Sunday.
    text = re.sub(r"(?<![月火水木金土日])曜日", "", bracketed(heading) or stem(heading))
    if "祝" in text:
        return {"holiday": "open"}
    days = formats.read("opening_days", text).value if re.search("曜|平日|土日|毎日", text) else None
    return {"weekdays": days} if days else {}
