"""The key by which agents recognise a credential without knowing its number."""

import hmac

from controller.domain.ids import CredentialId, HolderKey
from controller.wire.base64url import b64encode


def holder_key(credential_key: bytes, credential: CredentialId) -> HolderKey:
    """Return base64url(HMAC-SHA-256(credential_key, ASCII of the credential id)), RFC 2104."""
    return HolderKey(b64encode(hmac.digest(credential_key, credential.encode("ascii"), "sha256")))
