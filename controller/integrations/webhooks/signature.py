"""Standard Webhooks 1.0: the contents of a message and its signature (standardwebhooks.com)."""

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
    """What has changed: only its id, so that a receiver must read it with a token of its own."""

    site: str
    id: str


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a message."""

    type: str
    timestamp: str
    data: Thing


def new_key() -> bytes:
    """Return a new key of 256 random bits."""
    return token_bytes(_KEY_BYTES)


def secret_of(key: bytes) -> str:
    """Return the key in the form in which a receiver gets it."""
    return PREFIX + b64encode(key).decode()


def body_of(type_: str, at: Utc, site: str, id_: str) -> bytes:
    """Return the body of a message; every try has the same bytes."""
    return msgspec.json.encode(
        Message(type=type_, timestamp=at.text(), data=Thing(site=site, id=id_))
    )


def headers_of(message_id: str, at: Utc, body: bytes, keys: Iterable[bytes]) -> dict[str, str]:
    """Return the three headers; with several keys, any valid signature counts."""
    seconds = str(int(at.timestamp()))
    signed = b".".join((message_id.encode(), seconds.encode(), body))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(f"v1,{_sign(key, signed)}" for key in keys),
    }


def _sign(key: bytes, signed: bytes) -> str:
    return b64encode(hmac.digest(key, signed, sha256)).decode()
