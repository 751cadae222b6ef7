"""base64url without padding (RFC 4648, section 5), in its one spelling."""

import base64
import binascii


def b64encode(data: bytes) -> str:
    """base64url of data, without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def b64decode(text: str) -> bytes:
    """The bytes of base64url text; ValueError for padding, other letters or stray bits."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        data = b""
    if b64encode(data) != text:
        raise ValueError(f"{text[:20]!r} is not base64url without padding")
    return data
