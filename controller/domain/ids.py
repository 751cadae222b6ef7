"""The identifiers used at every interface, and their validation."""

import re
from typing import NewType

CredentialId = NewType("CredentialId", str)
HolderKey = NewType("HolderKey", str)
MemberRef = NewType("MemberRef", str)
AgentId = NewType("AgentId", str)
AccessPointId = NewType("AccessPointId", str)

END = r"$(?!\n)"
"""The end of a pattern. In Python, `$` alone also matches before a final line feed."""
SLUG = r"^[a-z0-9][a-z0-9-]{0,62}" + END
_SLUG = re.compile(SLUG)
_UID = r"uid:(?:[0-9A-F]{8}|[0-9A-F]{14}|[0-9A-F]{20})"
_EM = r"em:[0-9]{10}"
_WIEGAND = r"wg(?:26:[0-9A-F]{6}|34:[0-9A-F]{8}|37:[0-7][0-9A-F]{8})"
CREDENTIAL = f"^(?:{_UID}|{_EM}|{_WIEGAND})" + END
_CREDENTIAL = re.compile(CREDENTIAL)


def is_slug(text: str) -> bool:
    """Return whether text is a slug: lower-case letters, digits and hyphens, 1 to 63 characters."""
    return _SLUG.fullmatch(text) is not None


def parse_credential_id(text: str) -> CredentialId:
    """Return text as a CredentialId. Raises ValueError.

    Accepted: `uid:` and the whole UID (4, 7 or 10 bytes, ISO 14443-3) in upper-case hex in
    anticollision order; `em:` and the ten decimal digits of an EM4100; `wg26:`, `wg34:`, `wg37:`
    and the bits between the parity bits in upper-case hex, since a Wiegand reader sends no more.
    """
    if _CREDENTIAL.fullmatch(text):
        return CredentialId(text)
    raise ValueError(
        f"{text!r} is not a credential id: expected uid: and 8, 14 or 20 upper-case hex digits,"
        " em: and 10 digits, or wg26:, wg34: or wg37: and the bits in hex"
    )
