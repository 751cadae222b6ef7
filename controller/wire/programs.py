"""Signatures of programs: agents run only those signed by the installation's authority."""

import msgspec

from controller.wire.codec import encode
from controller.wire.commands import Upgrade
from controller.wire.signatures import Signature, Signer, kid_of, verify

TOPIC = "programs"
"""Signed in place of a topic, so that the signature is not valid for any message."""


def sign_program(program: Upgrade, authority: Signer) -> Upgrade:
    """Return the program with its signature."""
    sig = authority.sign(TOPIC, _payload(program)).sig
    return msgspec.structs.replace(program, sig=sig)


def is_signed(program: Upgrade, authority: bytes) -> bool:
    """Return whether the authority with this 32-byte public key has signed the program."""
    signature = Signature(kid_of(authority), program.sig)
    return verify(authority, TOPIC, _payload(program), signature)


def _payload(program: Upgrade) -> bytes:
    return encode(msgspec.structs.replace(program, sig=""))


def stops_others(reason: str | None) -> bool:
    """Return whether an agent's failure is likely on every other computer too.

    Then the program isn't sent to other agents, and not to this one again.
    """
    return reason in ("not_well", "not_unpacked")
