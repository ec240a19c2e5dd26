"""終了時間: when it closes, from a time of day or from prose such as 平日 午前9時から午後5時."""

from __future__ import annotations

from schemas.formats import Reading, _hours

TITLE_JA = "終了時間"
EXPECTED_JA = "HH:MM（例: 17:00）または 9:00～17:00 のような一つの時間帯"
EXPECTED_EN = "HH:MM, or one span such as 9:00-17:00"

GOOD: list[tuple[str, str | None]] = [
    ("17:00", "17:00"),
    ("24:00", "24:00"),
    ("午後5時", "17:00"),
    ("9:00～17:00", "17:00"),
    ("月曜日から金曜日 午前8時45分から午後5時15分", "17:15"),
    ("月～金8:30～17:15", "17:15"),
    ("平日9～17時", "17:00"),
    ("午後1時から4時", "16:00"),
    ("午前9時～正午（祝日を除く）", "12:00"),
    ("電話受付：午前8時30分から午後5時15分まで", "17:15"),
    ("22時～6時", "06:00"),
    ("24時間・緊急時", "24:00"),
    ("17時まで", "17:00"),
    ("〜17:00", "17:00"),
    ("平日 9時から（予約制）", None),
    ("月～金", None),
    ("", None),
    ("-", None),
]
BAD: list[tuple[str, str]] = [
    ("平日９時～21時／土曜９時～17時", "several-hours"),
    ("電話9時～16時・面談9時30分～16時", "several-hours"),
    ("平日８時30分～17時15分（正午から午後１時までを除く。）", "hours-partly"),
    ("午前9時～5時", "time-form"),
    ("9時～26時", "time-range"),
    ("随時", "time-form"),
]


def read(text: str) -> Reading:
    """The closing time as ``HH:MM``, up to 24:00; one before the opening time is on the next day."""
    hours = _hours.found(text)
    return _hours.side(hours, hours.closes)
