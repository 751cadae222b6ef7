"""One file of members for one site, looked through: what it makes, and under which ids."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from controller.capabilities.badges.vault import Vault
from controller.capabilities.member_files.columns import Line
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.wire.ids import uuid7_of


@dataclass(frozen=True, slots=True)
class Work:
    """One file for one site."""

    site: str
    digest: str
    begun: Utc
    """When it was first begun: of this are the ids made."""
    lines: Sequence[Line]
    vault: Vault
    actor: Actor
    ends: Mapping[str, Utc | None]
    """When a certification ends that is given now."""

    def member_id(self, line: Line) -> str:
        """Of whom that line makes."""
        return member_id(self.begun, self.digest, line.number)


def member_id(begun: Utc, digest: str, line: int) -> str:
    """The same each time that the file is imported; as a UUIDv7, in the order of the lines."""
    low = hashlib.sha256(f"{digest}:{line}".encode()).digest()
    return uuid7_of((begun.millis() << 12) + line, int.from_bytes(low[:10], "big"))
