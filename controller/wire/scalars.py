"""The constrained scalar types of the protocol."""

from typing import Annotated

from msgspec import Meta

from controller.domain.ids import END, SLUG, AccessPointId, CredentialId, HolderKey, MemberRef

_UUID = "^[0-9a-f]{8}-[0-9a-f]{4}-%s[0-9a-f]{3}-%s[0-9a-f]{3}-[0-9a-f]{12}" + END
UUID = _UUID % ("[0-9a-f]", "[0-9a-f]")
UUID7 = _UUID % ("7", "[89ab]")
NAME = r"^[a-z][a-z0-9_]{0,62}" + END

_KEY32 = r"^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]" + END
"""base64url of 32 bytes; the last character carries only four bits."""


def _text(title: str, pattern: str, description: str) -> Meta:
    return Meta(title=title, pattern=pattern, description=description)


_slug = _text("slug", SLUG, "Lower-case letters, digits and hyphens; 1 to 63 characters.")

Slug = Annotated[str, _slug]
Point = Annotated[AccessPointId, _slug]
Member = Annotated[
    MemberRef,
    _text(
        "member reference",
        r"^[A-Za-z0-9_-]{1,64}" + END,
        "A person's random reference; not the member's id.",
    ),
]
Key = Annotated[
    HolderKey,
    _text(
        "credential HMAC",
        _KEY32,
        "base64url of HMAC-SHA-256(credential_key, ASCII of the credential id).",
    ),
]
Credential = Annotated[
    CredentialId,
    _text(
        "credential id",
        r"^(?:uid:(?:[0-9A-F]{8}|[0-9A-F]{14}|[0-9A-F]{20})|em:[0-9]{10}"
        r"|wg(?:26:[0-9A-F]{6}|34:[0-9A-F]{8}|37:[0-7][0-9A-F]{8}))" + END,
        "`uid:` and upper-case hex of the whole UID in anticollision order; `em:` and 10 digits;"
        " `wg26:`, `wg34:` or `wg37:` and hex of the bits between the parity bits (Wiegand).",
    ),
]
Id7 = Annotated[str, _text("UUIDv7", UUID7, "RFC 9562, lower case.")]
BootId = Annotated[
    str, _text("UUID", UUID, "Any UUID, lower case; Linux's kernel.random.boot_id serves.")
]
Hash = Annotated[str, _text("hash", r"^[0-9a-f]{64}" + END, "32 bytes in lower-case hex.")]
Kid = Annotated[
    str,
    _text(
        "key id",
        r"^[0-9a-f]{16}" + END,
        "The first 16 hex digits of SHA-256 over the raw 32-byte public key.",
    ),
]
PublicKey = Annotated[
    str, _text("public key", _KEY32, "base64url of a raw 32-byte Ed25519 public key.")
]
Sealed = Annotated[
    str, _text("signature", r"^[A-Za-z0-9_-]{86}" + END, "base64url of an Ed25519 signature.")
]
Code = Annotated[
    str, _text("word", NAME, "A word of an open list: lower case, digits and underscores.")
]
RowKey = Annotated[
    str,
    _text(
        "row key",
        r"^[A-Za-z0-9_.:-]{1,128}" + END,
        "Id of the fact in its table; of a holder the credential HMAC.",
    ),
]
Cursor = Annotated[
    str, Meta(title="cursor", max_length=256, description="Opaque; at most 256 characters.")
]
Line = Annotated[
    str, Meta(title="line", max_length=500, description="Text for people; at most 500 characters.")
]
Word = Annotated[str, Meta(title="name", max_length=64, description="Text; at most 64 characters.")]
_LARGEST = 2**53 - 1
Seq = Annotated[int, Meta(title="number", ge=1, le=_LARGEST, description="1 to 2^53 - 1.")]
Count = Annotated[int, Meta(title="count", ge=0, le=_LARGEST, description="0 to 2^53 - 1.")]
Millis = Annotated[
    int,
    Meta(
        title="milliseconds",
        ge=0,
        le=_LARGEST,
        description="Of a monotonic clock that restarts with each boot.",
    ),
]
Seconds = Annotated[
    float, Meta(title="seconds", ge=0, le=1e10, description="A duration, measured monotonically.")
]
WrappedKey = Annotated[
    str,
    _text(
        "wrapped key",
        r"^[A-Za-z0-9_-]{32,1024}" + END,
        "base64url of keys of 16 bytes under AES key wrap (RFC 3394), for one holder's key.",
    ),
]
