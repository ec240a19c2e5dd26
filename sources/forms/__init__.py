"""The forms that organizations and municipalities fill, written and read back.

What a form asks stands in ``forms.yml``, what an item means in the rulebook, where an answer goes in
``sources/layouts``; the words of the consent stand in ``consent``. Whether an answer is valid, and whether a
submission is approved, does not belong here.
"""

from __future__ import annotations

from sources.forms.definition import form, kinds
from sources.forms.reading import layouts_of, read
from sources.forms.writing import write

__all__ = ["kinds", "layouts_of", "read", "title", "write"]


def title(kind: str) -> str:
    """What the form of that kind is called; ``KeyError`` if there is none."""
    return form(kind).title
