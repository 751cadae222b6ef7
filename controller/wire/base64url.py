"""base64url without padding (RFC 4648, section 5); only the canonical spelling is accepted."""

import base64
import binascii


def b64encode(data: bytes) -> str:
    """Encode data as base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def b64decode(text: str) -> bytes:
    """Decode base64url. Raises ValueError for padding, other characters or stray bits."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        data = b""
    if b64encode(data) != text:
        raise ValueError(f"{text[:20]!r} is not base64url without padding")
    return data
