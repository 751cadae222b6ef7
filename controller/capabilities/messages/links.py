"""Secrets of links in messages: made again from the web's secret, so that none is kept."""

import base64
import hmac

_PURPOSE = b"loquet/1 links in messages"


def secret_of(web_secret: str, key: str) -> str:
    """256 bits for the message with this key, as text; the same each time."""
    derived = hmac.digest(web_secret.encode(), _PURPOSE, "sha256")
    found = hmac.digest(derived, key.encode(), "sha256")
    return base64.urlsafe_b64encode(found).decode().rstrip("=")
