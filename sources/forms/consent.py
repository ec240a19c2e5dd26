"""The words by which a form asks for consent, and their version.

Who answered a form has agreed to these very words: a change of any of them, of the choices in the code lists too,
needs a new :data:`TEXT_VERSION`. What the answers then open does not belong here.
"""

from __future__ import annotations

from schemas import rulebook
from schemas.rulebook import Code

TEXT_VERSION = "2"
"""Version of :func:`text`; it travels with every form and with every consent."""

_BEFORE = (
    "「公開」を選んだ項目は、CC BY 4.0（クリエイティブ・コモンズ 表示）で公開します。"
    "だれでも写し、使い、配れます。いちど写されたものは、あとで取り消しても呼び戻せません。"
)
_NOT_YET = {"front_gate": "窓口からの取り次ぎはまだないため、", "network": "支援者だけに見せる仕組みはまだないため、"}
"""Scopes that are asked and recorded, and by which nobody can be served yet: why, by code."""

_NAME = "代表者名は「公開」を選んでも、いまは載せません（将来の公開への同意として記録します）。"
_AFTER = (
    "公開をやめる（撤回）、場所などを隠す（非公開）は、いつでもできます。理由は要りません。"
    "下の提出先に電話かメールで伝えてください。すぐに公開から外し、次の版から載せません。"
)


def text() -> tuple[str, ...]:
    """The paragraphs that stand beside the questions, in their order."""
    return (_BEFORE, *_meanings("", "consent_scopes"), *_meanings("所在地の", "address_visibility"), _NAME, _AFTER)


def _meanings(of: str, codes: str) -> tuple[str, ...]:
    """What each choice of a code list does: in the words of the list, save where it does nothing yet."""
    active = [code for code in rulebook.codes(codes).values() if code.status == "active"]
    return tuple(f"・{of}「{code.label_ja}」：{_what_happens(code)}" for code in active)


def _what_happens(code: Code) -> str:
    why = _NOT_YET.get(code.code)
    return f"{why}いまは公開されず、事務局だけが見ます" if why else code.description
