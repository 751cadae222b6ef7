"""The access list of the boards' Mosquitto: a board publishes under its own number."""

import hashlib
import secrets
from base64 import b64encode
from collections.abc import Mapping
from hmac import compare_digest
from pathlib import Path

from controller.capabilities.agents import broker
from controller.capabilities.agents.pki import write_private
from controller.settings import FabomaticSettings
from controller.settings.reading import read_secret

ACCESS_LIST, PASSWORDS = "acl", "passwords"
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without characters that are easily misread: i, l, o, 0, 1."""
_LENGTH = 24
_ITERATIONS, _SALT_BYTES = 101, 12


def user_of(number: int) -> str:
    """Return the broker's user name for a board."""
    return f"board-{number}"


def new_password() -> str:
    """Return a password of some 118 bits that a person can type into a board."""
    return "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))


def hash_password(password: str, salt: bytes | None = None) -> str:
    """Hash a password as Mosquitto does (mosquitto_passwd, PBKDF2 with SHA-512)."""
    salt = secrets.token_bytes(_SALT_BYTES) if salt is None else salt
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ITERATIONS)
    return f"$7${_ITERATIONS}${b64encode(salt).decode()}${b64encode(digest).decode()}"


def access_list(user: str, topic: str, boards: Mapping[int, str]) -> str:
    """Return the ACL: a block for Loquet, and one for each board with a password."""
    blocks = [
        f"# Made by Loquet; changes are lost.\nuser {user}\ntopic read {topic}/+\n"
        f"topic write {topic}/+/reply\ntopic write {topic}/+/request\n"
    ]
    blocks += [
        f"user {user_of(number)}\ntopic write {topic}/{number}\n"
        f"topic read {topic}/{number}/reply\ntopic read {topic}/{number}/request\n"
        for number in sorted(boards)
    ]
    return "\n".join(blocks)


def install(settings: FabomaticSettings, boards: Mapping[int, str]) -> None:
    """Write both files to the configured folder, if they differ, and make the broker reload them.

    `boards`: the hash of each board's password. Raises OSError, SettingsError.
    """
    if settings.access is None or settings.user is None:
        return
    folder = Path(settings.access)
    password = read_secret(settings.password) if settings.password else ""
    # a fixed salt, so that the line stays the same
    salt = hashlib.sha256(password.encode()).digest()[:_SALT_BYTES]
    users = {settings.user: hash_password(password, salt)}
    users |= {user_of(number): boards[number] for number in sorted(boards)}
    files = {
        ACCESS_LIST: access_list(settings.user, settings.topic, boards),
        PASSWORDS: "".join(f"{user}:{line}\n" for user, line in users.items()),
    }
    if all(_has_content(folder / name, text) for name, text in files.items()):
        return
    for name, text in files.items():
        write_private(folder / name, text.encode())
    broker.reload(folder)


def _has_content(file: Path, text: str) -> bool:
    return file.exists() and compare_digest(file.read_bytes(), text.encode())
