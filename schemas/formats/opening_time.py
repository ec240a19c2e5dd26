"""開始時間: when it opens, from a time of day or from prose such as 平日 午前9時から午後5時."""

from __future__ import annotations

from schemas.formats import Reading, _hours

TITLE_JA = "開始時間"
EXPECTED_JA = "HH:MM（例: 09:00）または 9:00～17:00 のような一つの時間帯"
EXPECTED_EN = "HH:MM, or one span such as 9:00-17:00"

GOOD: list[tuple[str, str | None]] = [
    ("09:00", "09:00"),
    ("午前9時", "09:00"),
    ("9:00～17:00", "09:00"),
    ("月曜日から金曜日 午前8時45分から午後5時15分", "08:45"),
    ("月～金8:30～17:15", "08:30"),
    ("毎週水・金\n12:00～14:00", "12:00"),
    ("平日9～17時", "09:00"),
    ("午後1時から4時", "13:00"),
    ("8:30 - 17:15", "08:30"),
    ("午前８時半～正午", "08:30"),
    ("平日 9時から（予約制）", "09:00"),
    ("16:00〜", "16:00"),
    ("１６時～", "16:00"),
    ("24時間・緊急時", "00:00"),
    ("9時～17時 休業日は日曜", "09:00"),
    ("17時まで", None),
    ("月～金", None),
    ("", None),
    ("-", None),
]
BAD: list[tuple[str, str]] = [
    ("平日９時～21時／土曜９時～17時", "several-hours"),
    ("9時～12時・13時～16時", "several-hours"),
    ("9時から16時（水曜日は19時まで）", "several-hours"),
    ("平日８時30分～17時15分（正午から午後１時までを除く。）", "hours-partly"),
    ("9:00～17:00（12:00～13:00はお昼休み）", "hours-partly"),
    ("24時間（面談は9時～17時）", "several-hours"),
    ("午前9時～5時", "time-form"),
    ("9時～26時", "time-range"),
    ("随時", "time-form"),
    ("相談日程はホームページで確認", "time-form"),
]


def read(text: str) -> Reading:
    """The opening time as ``HH:MM``; a cell that speaks of days alone says nothing."""
    hours = _hours.found(text)
    return _hours.side(hours, hours.opens)
