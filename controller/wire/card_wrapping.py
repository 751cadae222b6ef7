"""Encrypts cards' keys between controller and agents, each for one badge and one purpose.

RFC 3394 (AES key wrap) with a key that HKDF-SHA-256 (RFC 5869) derives from the site's credential
key. So the programs that transport or store the rows can't use them. The same key always gives the
same text, so that an unchanged row is not sent again.
"""

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from controller.domain.ids import HolderKey
from controller.wire.base64url import b64decode, b64encode
from controller.wire.card_keys import SET_BYTES, CardKeys, KeySet

_AT_THE_DOOR, _AT_THE_DESK = "loquet/1 card key", "loquet/1 card personalisation"


class WrapBroken(Exception):
    """Raised for a text that was wrapped with another key, for another badge, or altered."""


def wrap_door_key(credential_key: bytes, holder: HolderKey, key: bytes) -> str:
    """Wrap the key with which a badge proves itself at doors, for a policy row."""
    return b64encode(aes_key_wrap(_kek(credential_key, _AT_THE_DOOR, holder), key))


def unwrap_door_key(credential_key: bytes, holder: HolderKey, wrapped: str) -> bytes:
    """Return the unwrapped key. Raises WrapBroken."""
    return _unwrap(_kek(credential_key, _AT_THE_DOOR, holder), wrapped)


def wrap_order(credential_key: bytes, holder: HolderKey, keys: CardKeys) -> str:
    """Wrap all keys of a badge, for the reader at which it is personalised."""
    data = b"".join(key_set.packed for key_set in (keys.new, *keys.old))
    return b64encode(aes_key_wrap(_kek(credential_key, _AT_THE_DESK, holder), data))


def unwrap_order(credential_key: bytes, holder: HolderKey, wrapped: str) -> CardKeys:
    """Return the unwrapped keys. Raises WrapBroken."""
    data = _unwrap(_kek(credential_key, _AT_THE_DESK, holder), wrapped)
    if not data or len(data) % SET_BYTES:
        raise WrapBroken("a card's keys have a wrong length")
    new, *old = (
        KeySet.unpacked(data[at : at + SET_BYTES]) for at in range(0, len(data), SET_BYTES)
    )
    return CardKeys(new, tuple(old))


def _kek(credential_key: bytes, purpose: str, holder: HolderKey) -> bytes:
    info = f"{purpose}\n{holder}".encode()
    return HKDF(SHA256(), length=32, salt=None, info=info).derive(credential_key)


def _unwrap(kek: bytes, wrapped: str) -> bytes:
    try:
        return aes_key_unwrap(kek, b64decode(wrapped))
    except (InvalidUnwrap, ValueError) as error:
        raise WrapBroken("a card's key is wrapped for another place or badge") from error
