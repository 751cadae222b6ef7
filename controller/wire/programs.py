"""Which program an agent may run: what the authority has signed, and nothing else."""

import msgspec

from controller.wire.codec import encode
from controller.wire.commands import Upgrade
from controller.wire.signatures import Signature, Signer, kid_of, verify

TOPIC = "programs"
"""What is signed begins with it, as with the topic of a message: it can stand for nothing else."""


def sign_program(program: Upgrade, authority: Signer) -> Upgrade:
    """The same, signed."""
    sig = authority.sign(TOPIC, _payload(program)).sig
    return msgspec.structs.replace(program, sig=sig)


def is_signed(program: Upgrade, authority: bytes) -> bool:
    """Whether that public key, of 32 bytes, has signed all of it."""
    signature = Signature(kid_of(authority), program.sig)
    return verify(authority, TOPIC, _payload(program), signature)


def _payload(program: Upgrade) -> bytes:
    return encode(msgspec.structs.replace(program, sig=""))


def stops_others(reason: str | None) -> bool:
    """Whether what an agent says of a program speaks against the program itself, on any computer:
    others don't get it then, and this one not again."""
    return reason in ("not_well", "not_unpacked")
