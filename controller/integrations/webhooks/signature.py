"""Standard Webhooks 1.0: what a message says, and how it is signed (standardwebhooks.com)."""

import hmac
from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from secrets import token_bytes

import msgspec

from controller.domain.time import Utc

PREFIX = "whsec_"
_KEY_BYTES = 32


class Thing(msgspec.Struct, frozen=True, kw_only=True):
    """Which thing changed: no more, so that a receiver reads it with a token of its own."""

    site: str
    id: str


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """The body."""

    type: str
    timestamp: str
    data: Thing


def new_key() -> bytes:
    """256 random bits."""
    return token_bytes(_KEY_BYTES)


def secret_of(key: bytes) -> str:
    """The key as it is given to a receiver."""
    return PREFIX + b64encode(key).decode()


def body_of(type_: str, at: Utc, site: str, key: str) -> bytes:
    """The same bytes at every try."""
    return msgspec.json.encode(
        Message(type=type_, timestamp=at.text(), data=Thing(site=site, id=key))
    )


def headers_of(message_id: str, at: Utc, body: bytes, keys: Iterable[bytes]) -> dict[str, str]:
    """The three headers; with several keys a receiver takes whichever it knows."""
    seconds = str(int(at.timestamp()))
    signed = b".".join((message_id.encode(), seconds.encode(), body))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(f"v1,{_sign(key, signed)}" for key in keys),
    }


def _sign(key: bytes, signed: bytes) -> str:
    return b64encode(hmac.digest(key, signed, sha256)).decode()
