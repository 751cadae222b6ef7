"""From a signed archive to a program's folder: whole or not at all, and only what was signed."""

import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.x509 import load_pem_x509_certificate

from controller.wire.commands import Upgrade
from controller.wire.programs import is_signed
from devices.agent.enrolment.identity import Files
from devices.agent.program.shelf import Shelf, sync_folder

if TYPE_CHECKING:
    import tarfile

_CHUNK = 1 << 20
_OURS = ("pyvenv.cfg", "bin/python3")
"""They name this computer's Python, and so are written here."""


class NotUnpacked(Exception):
    """One line: why an archive did not become a program."""


def authority_key(pem: bytes) -> bytes:
    """The raw public key of an authority's certificate; empty for another kind of key."""
    key = load_pem_x509_certificate(pem).public_key()
    return key.public_bytes_raw() if isinstance(key, Ed25519PublicKey) else b""


def unpack(shelf: Shelf) -> None:
    """Make the program that is ordered of what was fetched. Raises NotUnpacked, OSError.

    Everything that the agent wrote is looked at again, because it may be root who unpacks.
    """
    order = shelf.order()
    if order is None or shelf.folder(order.serial).is_dir():
        return
    if not is_signed(order, authority_key(_pinned(shelf))):
        raise NotUnpacked("this installation's authority has not signed it")
    _drop_old(shelf)
    new = shelf.programs / f".{order.serial}.new"
    copy = shelf.programs / f".{order.serial}.tar.gz"
    try:
        _copy(shelf.archive, copy, order)
        _extract(copy, new)
        os.sync()
        new.rename(shelf.folder(order.serial))
        sync_folder(shelf.programs)
    finally:
        copy.unlink(missing_ok=True)
        shutil.rmtree(new, ignore_errors=True)


def digest(file: Path) -> str:
    """SHA-256 of a file, in hex."""
    found = hashlib.sha256()
    with file.open("rb") as data:
        while chunk := data.read(_CHUNK):
            found.update(chunk)
    return found.hexdigest()


def _pinned(shelf: Shelf) -> bytes:
    """Who may sign: as it was when the first program came (`loquet setup agent` says it before)."""
    if not shelf.authority.exists():
        shelf.authority.write_bytes(Files(shelf.notes.parent).ca.read_bytes())
    return shelf.authority.read_bytes()


def _copy(source: Path, copy: Path, order: Upgrade) -> None:
    """What is unpacked is what was compared: nobody changes it in between."""
    with source.open("rb") as data, copy.open("wb") as to:
        shutil.copyfileobj(data, to, _CHUNK)
    if copy.stat().st_size != order.size or digest(copy) != order.sha256:
        raise NotUnpacked("the archive is not the one that was signed")


def _extract(archive: Path, new: Path) -> None:
    import tarfile  # each start of an agent would pay for it

    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(mode=0o755)
    try:
        with tarfile.open(archive, "r:gz") as tar:
            tar.extractall(new, members=_theirs(tar), filter="data")
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


def _theirs(tar: "tarfile.TarFile") -> "Iterator[tarfile.TarInfo]":
    return (each for each in tar if os.path.normpath(each.name) not in _OURS)


def _drop_old(shelf: Shelf) -> None:
    """What is neither chosen nor went before that is not needed any more."""
    choice = shelf.choice()
    kept = set() if choice is None else {str(choice.serial), str(choice.before)}
    for each in shelf.programs.iterdir():
        if each.is_dir() and each.name not in kept:
            shutil.rmtree(each)
