"""Check digits of Japanese identifiers, from digits that are known to be ASCII digits."""

from __future__ import annotations

PREFECTURES = frozenset(f"{number:02}" for number in range(1, 48))
"""Prefecture codes of JIS X 0401."""


def corporate(base: str) -> str:
    """Check digit in front of the 12-digit base of a 法人番号 (National Tax Agency)."""
    total = sum(int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(base)))
    return str(9 - total % 9)


def municipality(base: str) -> str:
    """Check digit behind the 5-digit JIS X 0401/0402 code."""
    total = sum(int(digit) * weight for digit, weight in zip(base, (6, 5, 4, 3, 2), strict=True))
    return str((11 - total % 11) % 10)


def office(base: str) -> str:
    """Check digit behind the first nine digits of a 事業所番号 (modulus 10, weights 2 and 1, sums of digits)."""
    total = 0
    for place, digit in enumerate(base):
        product = int(digit) * (2 - place % 2)
        total += product // 10 + product % 10
    return str(-total % 10)
