"""The archive of a program, from the controller over HTTPS with its own authority alone."""

import os
from pathlib import Path

from controller.wire.commands import Upgrade
from devices.agent.enrolment.controller_api import download, trust
from devices.agent.enrolment.identity import Identity
from devices.agent.program.unpack import digest

ROOM = 6
"""So many times the archive's size must be free: itself, a copy of it, and what it unpacks to."""


class NoRoom(Exception):
    """The disk is too full for it."""


class DamagedProgram(Exception):
    """The downloaded archive does not match its signature."""


def fetch(identity: Identity, order: Upgrade, into: Path) -> None:
    """Have the archive in that file, whole. Raises EnrolError, NoRoom, Damaged, OSError."""
    into.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    disk = os.statvfs(into.parent)
    if disk.f_bavail * disk.f_frsize < ROOM * order.size:
        raise NoRoom(f"{into.parent}: {ROOM * order.size // 1_000_000} MB must be free")
    enrolment, serial = identity.enrolment, str(order.serial)
    path = f"agents/{enrolment.agent_id}/program"
    signature = identity.signer.sign(path, serial.encode())
    body = {"serial": order.serial, "kid": signature.kid, "sig": signature.sig}
    ca = identity.files.ca.read_text(encoding="ascii")
    context = trust(ca) if enrolment.url.startswith("https:") else None
    part = into.with_name(f"{into.name}.part")
    download(enrolment.url, path, body, part, context, at_most=order.size)
    if part.stat().st_size != order.size or digest(part) != order.sha256:
        part.unlink()
        raise DamagedProgram(f"what {enrolment.url} gave is not the program that was signed")
    part.replace(into)
