"""The number of a badge as a USB reader or a person types it."""

import re

from controller.domain.ids import CredentialId, parse_credential_id

_EM = re.compile(r"[0-9]{10}")


def read_number(text: str) -> CredentialId:
    """Parse a badge's number: `04 a1 b2 c3`, `04:A1:B2:C3` and `uid:04A1B2C3` are the same.

    Ten decimal digits are an EM4100's, as readers type them. Raises ValueError.
    """
    kind, separator, number = text.strip().partition(":")
    if separator and kind.lower() in ("uid", "em", "wg26", "wg34", "wg37"):
        return parse_credential_id(f"{kind.lower()}:{_without_separators(number)}")
    bare = _without_separators(text)
    if _EM.fullmatch(bare):
        return parse_credential_id(f"em:{bare}")
    return parse_credential_id(f"uid:{bare}")


def is_number(text: str) -> bool:
    """Return whether the text is a badge's number rather than a name."""
    try:
        read_number(text)
    except ValueError:
        return False
    return True


def _without_separators(text: str) -> str:
    return re.sub(r"[\s:-]", "", text).upper()
