"""Unpacks a signed archive to a program's folder: completely or not at all."""

import hashlib
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.x509 import load_pem_x509_certificate

from controller.safe_files import open_plain, read_plain
from controller.wire.commands import Upgrade
from controller.wire.programs import is_signed
from devices.agent.enrolment.controller_api import download, trust
from devices.agent.enrolment.identity import Identity, IdentityFiles
from devices.agent.program.program_store import (
    MAX_NOTE_BYTES,
    Choice,
    ProgramStore,
    read_note,
    sync_folder,
)

if TYPE_CHECKING:
    import tarfile

_CHUNK = 1 << 20
_LOCAL_FILES = ("pyvenv.cfg", "bin/python3")
"""They name this computer's Python, so they are written here and not taken from the archive."""
_PROGRAM = re.compile(r"[0-9]+|\.[0-9]+\.new")
"""Names of folders that unpacking makes, complete or not."""


class NotUnpacked(Exception):
    """Raised if an archive could not be unpacked; the message is one line."""


def authority_key(pem: bytes) -> bytes:
    """Return the raw public key of an authority's certificate; empty if it is not Ed25519."""
    key = load_pem_x509_certificate(pem).public_key()
    return key.public_bytes_raw() if isinstance(key, Ed25519PublicKey) else b""


def unpack(store: ProgramStore) -> None:
    """Unpack the archive of the ordered program. Raises NotUnpacked, UnsafeFile, OSError.

    Root may run this, so everything that the agent wrote is checked again: it must be a plain file
    of the agent, and only a copy of the archive with the signed digest is unpacked.
    """
    order = read_note(store.notes / "order.json", Upgrade)
    if order is None or store.folder(order.serial).is_dir():
        return
    if not is_signed(order, authority_key(_pinned(store))):
        raise NotUnpacked("this installation's authority has not signed it")
    new = store.programs / f".{order.serial}.new"
    try:
        with tempfile.TemporaryFile(dir=store.programs) as copy:  # nobody else can read it
            _copy(store.archive, copy, order)
            _drop_old(store, read_note(store.notes / "choice.json", Choice))
            _extract(copy, new)
        os.sync()
        new.rename(store.folder(order.serial))
        sync_folder(store.programs)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def pin(store: ProgramStore) -> None:
    """Store the agent's own authority as the one that may sign programs, if none is stored.

    For an agent that unpacks by itself; for root, `loquet setup agent` does it (decision 0212).
    """
    if not store.authority.exists():
        store.authority.write_bytes(
            read_plain(IdentityFiles(store.notes.parent).ca, MAX_NOTE_BYTES)
        )


def digest(file: Path) -> str:
    """Return a file's SHA-256 in hex."""
    sha256 = hashlib.sha256()
    with file.open("rb") as data:
        while chunk := data.read(_CHUNK):
            sha256.update(chunk)
    return sha256.hexdigest()


def _pinned(store: ProgramStore) -> bytes:
    try:
        return store.authority.read_bytes()
    except FileNotFoundError as error:
        raise NotUnpacked(
            f"{store.authority}: nobody may sign programs yet; run loquet setup agent here"
        ) from error


def _copy(source: Path, copy: IO[bytes], order: Upgrade) -> None:
    """Copy the archive while computing its digest, so that exactly what was checked is unpacked."""
    digest, left = hashlib.sha256(), order.size + 1  # one more, to notice a longer archive
    with os.fdopen(open_plain(source), "rb") as data:
        while left > 0 and (chunk := data.read(min(left, _CHUNK))):
            digest.update(chunk)
            copy.write(chunk)
            left -= len(chunk)
    if left != 1 or digest.hexdigest() != order.sha256:
        raise NotUnpacked("the archive is not the one that was signed")
    copy.seek(0)


def _extract(archive: IO[bytes], new: Path) -> None:
    import tarfile  # not at the top, where it would slow down each start of an agent

    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(mode=0o755)
    try:
        with tarfile.open(fileobj=archive, mode="r:gz") as tar:
            tar.extractall(new, members=_program_files(tar), filter="data")
    except tarfile.TarError as error:
        raise NotUnpacked(f"the archive cannot be read: {error}") from error
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    if not (new / "lib" / name / "site-packages").is_dir():
        raise NotUnpacked(f"it is not for {name}")
    python = Path(sys.executable).resolve()
    (new / "bin").mkdir(exist_ok=True)
    (new / "bin/python3").symlink_to(python)
    (new / "pyvenv.cfg").write_text(
        f"home = {python.parent}\ninclude-system-site-packages = true\nversion = {name[6:]}\n"
    )


def _program_files(tar: "tarfile.TarFile") -> "Iterator[tarfile.TarInfo]":
    return (member for member in tar if os.path.normpath(member.name) not in _LOCAL_FILES)


def _drop_old(store: ProgramStore, choice: Choice | None) -> None:
    """Delete programs that are neither chosen nor the one to roll back to."""
    saved = set() if choice is None else {str(choice.serial), str(choice.before)}
    for path in store.programs.iterdir():
        if _PROGRAM.fullmatch(path.name) and path.name not in saved:
            shutil.rmtree(path)


# Downloads the archive of a program over HTTPS; only the controller's own authority is trusted.

SPACE_FACTOR = 6
"""Free space needed for the archive, its copy and the unpacked files, as a multiple of its size."""


class NoDiskSpace(Exception):
    """Raised if there is not enough space on the disk."""


class DamagedProgram(Exception):
    """Raised if the downloaded archive does not match the signed digest."""


def fetch(identity: Identity, order: Upgrade, into: Path) -> None:
    """Download the archive to that file.

    Raises EnrolError, NoDiskSpace, DamagedProgram, OSError.
    """
    into.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    disk = os.statvfs(into.parent)
    if disk.f_bavail * disk.f_frsize < SPACE_FACTOR * order.size:
        raise NoDiskSpace(
            f"{into.parent}: {SPACE_FACTOR * order.size // 1_000_000} MB must be free"
        )
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
        raise DamagedProgram(f"the archive from {enrolment.url} is not the program that was signed")
    part.replace(into)
