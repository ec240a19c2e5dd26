"""A column's letters in Excel, and back."""

from __future__ import annotations


def letters(place: int) -> str:
    """The column's letters, ``place`` counted from 0: ``A``, …, ``Z``, ``AA``."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def place(letters: str) -> int:
    """The place of the column with these letters, counted from 0."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
