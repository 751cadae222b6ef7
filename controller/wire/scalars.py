"""The constrained scalar types of the protocol, each spelled once."""

from typing import Annotated

from msgspec import Meta

from controller.domain.ids import (
    AccessPointId,
    AgentId,
    CredentialId,
    HolderKey,
    MemberRef,
)

_END = r"$(?!\n)"
"""In Python `$` alone also matches before a last line feed."""

SLUG = r"^[a-z0-9][a-z0-9-]{0,62}" + _END
_UUID = "^[0-9a-f]{8}-[0-9a-f]{4}-%s[0-9a-f]{3}-%s[0-9a-f]{3}-[0-9a-f]{12}" + _END
UUID = _UUID % ("[0-9a-f]", "[0-9a-f]")
UUID7 = _UUID % ("7", "[89ab]")
NAME = r"^[a-z][a-z0-9_]{0,62}" + _END

Slug = Annotated[str, Meta(pattern=SLUG)]
"""Id of a site, certification, plan or zone."""
Agent = Annotated[AgentId, Meta(pattern=SLUG)]
Point = Annotated[AccessPointId, Meta(pattern=SLUG)]
Member = Annotated[MemberRef, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}" + _END)]
"""A person's random reference; it is not the member's id."""
Key = Annotated[HolderKey, Meta(pattern=r"^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]" + _END)]
"""base64url of HMAC-SHA-256(credential_key, ASCII of the credential id), without padding."""
Credential = Annotated[
    CredentialId,
    Meta(pattern=r"^(?:uid:(?:[0-9A-F]{8}|[0-9A-F]{14}|[0-9A-F]{20})|em:[0-9]{10})" + _END),
]
Id7 = Annotated[str, Meta(pattern=UUID7)]
"""A UUIDv7 in lower case: events, sessions, commands, requests, streams, windows."""
BootId = Annotated[str, Meta(pattern=UUID)]
"""Any UUID in lower case; the kernel's boot id serves."""
Hash = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}" + _END)]
"""32 bytes in lower-case hex."""
Kid = Annotated[str, Meta(pattern=r"^[0-9a-f]{16}" + _END)]
"""The first 16 hex digits of SHA-256 over the raw public key."""
PublicKey = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]" + _END)]
"""base64url of a raw 32-byte Ed25519 public key, without padding."""
Code = Annotated[str, Meta(pattern=NAME)]
"""A word of an open list: lower case, digits and underscores."""
Line = Annotated[str, Meta(max_length=500)]
"""Text of a line, for people."""
Seq = Annotated[int, Meta(ge=1, le=2**53 - 1)]
Count = Annotated[int, Meta(ge=0, le=2**53 - 1)]
Millis = Annotated[int, Meta(ge=0, le=2**53 - 1)]
"""Milliseconds of a monotonic clock that starts anew with each boot."""
Seconds = Annotated[float, Meta(ge=0, le=1e10)]
