"""Ages found in words: what :mod:`age_min` and :mod:`age_max` share. Full years of age (満年齢) are counted."""

from __future__ import annotations

import re
from typing import NamedTuple

from schemas.formats import Reading
from schemas.formats._cell import fold, is_nothing

OLDEST = 120

_ANYONE = re.compile(
    r"(?:対象)?(?:年齢)?(?:制限|の制限|を|は)?(?:なし|無し?|不問|問わず|問わない|問いません)|全年齢|誰でも|だれでも|どなたでも"
)
_STAGES = {
    "産休明け": (0, 0), "産休あけ": (0, 0), "産後休業明け": (0, 0), "新生児": (0, 0), "乳児": (0, 1),
    "乳幼児": (0, 6), "未就学児": (0, 6), "未就学": (0, 6), "就学前": (0, 6), "未就園児": (0, 3), "幼児": (1, 6),
    "小学生": (6, 12), "学童": (6, 12), "小中学生": (6, 15), "小・中学生": (6, 15), "中学生": (12, 15),
    "中高生": (12, 18), "中・高校生": (12, 18), "高校生": (15, 18),
    "小学校": (6, 12), "中学校": (12, 15), "高校": (15, 18),
}  # fmt: skip
"""Stage of life → youngest and oldest in it; a child starts school at six and may be six before."""
_BEFORE = {"小": 5, "中": 11, "高": 14}
"""School → one year less than the age at its start."""

_STAGE = "|".join(sorted(map(re.escape, _STAGES), key=len, reverse=True))
_GRADE = r"(?P<school>小|中|高)?(?:学校|学|校)?(?P<grade>[1-6])年生?"
_YEARS = r"(?P<years>[0-9]{1,3})(?:歳|才)?(?:(?P<months>[0-9]{1,2})[かヶカケヵ]月)?(?P<child>児)?"
_MONTHS = r"[0-9]{1,2}[かヶカケヵ]月|[0-9]{1,3}日"
_AGE = re.compile(rf"{_GRADE}|(?P<stage>{_STAGE})|(?P<young>{_MONTHS})|{_YEARS}")
_SIDE = re.compile(r"(?P<under>未満|に満たない)|(?P<most>以下|まで)|(?P<least>以上|から|より|~|〜|-|以降)")
_FILLER = re.compile(
    r"(?:生後|(?<!未)満|おおむね|概ね|約|およそ|対象|年齢|受入れ?|の?(?:方|人|者|子ども|こども|子供|児童|お子さん)|の|も可|程度|くらい|[\s、,・;/():])+"
)


class Ages(NamedTuple):
    """Youngest and oldest age, each ``None`` where it is not told; ``code`` as in a ``Reading``."""

    youngest: int | None
    oldest: int | None
    code: str | None = None


def found(text: str) -> Ages:
    """The ages from the youngest to the oldest that a cell names; what it says beside them makes it unreadable."""
    cell = _FILLER.sub(" ", fold(text)).strip()
    if is_nothing(fold(text)) or not cell or _ANYONE.fullmatch(cell):
        return Ages(None, None)
    youngest: list[int | None] = []
    oldest: list[int | None] = []
    place, school, open_ended = 0, "小", False
    while place < len(cell):
        age = _AGE.match(cell, place)
        if not age:
            return Ages(None, None, "age-form")
        school = age["school"] or school
        low, high = _bounds(age, school)
        place = age.end()
        side = _SIDE.match(cell, place)
        place = side.end() if side else place
        if side and side["least"]:
            youngest.append(low)
            open_ended = True
        elif open_ended:
            oldest.append(low - 1 if side and side["under"] else high)
            open_ended = False
        else:
            youngest.append(None if side else low)
            oldest.append(low - 1 if side and side["under"] else high)
        place = len(cell) - len(cell[place:].lstrip())
    return _settled(youngest, [*oldest, None] if open_ended else oldest)


def _bounds(age: re.Match[str], school: str) -> tuple[int, int]:
    """The youngest and the oldest that one statement means."""
    if age["stage"]:
        return _STAGES[age["stage"]]
    if age["grade"]:
        years = _BEFORE[school] + int(age["grade"])
        return years, years + 1
    if age["young"]:
        return 0, 0
    years = int(age["years"])
    # 3歳児 is a class: its children turn four in its year.
    return years, years + 1 if age["child"] else years


def _settled(youngest: list[int | None], oldest: list[int | None]) -> Ages:
    known = [age for age in (*youngest, *oldest) if age is not None]
    if any(not 0 <= age <= OLDEST for age in known):
        return Ages(None, None, "age-form")
    low = None if None in youngest or not youngest else min(age for age in youngest if age is not None)
    high = None if None in oldest or not oldest else max(age for age in oldest if age is not None)
    if low is not None and high is not None and low > high:
        return Ages(None, None, "age-form")
    return Ages(low, high)


def side(ages: Ages, value: int | None) -> Reading:
    """One end of the ages as a reading."""
    return Reading(None if value is None else str(value), ages.code)
