"""How FabOMatic writes a badge: its first four bytes as one number, the first byte the lowest."""

import re

from controller.domain.ids import CredentialId

_CARD = re.compile(r"[0-9A-Fa-f]{1,8}")
_NXP = "uid:04"
"""What a number of seven bytes begins with; one of four hardly ever."""


def number_of(card: str) -> CredentialId | None:
    """`3cb2a104` as `uid:04A1B23C`; None for what is no number of a card."""
    if not _CARD.fullmatch(card.strip()):
        return None
    return CredentialId(f"uid:{int(card, 16).to_bytes(4, 'little').hex().upper()}")


def is_maybe_short(number: CredentialId) -> bool:
    """Whether it may be four bytes of a number of seven, which readers here tell whole."""
    return number.startswith(_NXP)
