"""The agent's identity: the files that enrolment wrote, readable for its user only."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import msgspec

from controller.wire.base64url import b64decode
from controller.wire.rows import HubKey
from controller.wire.signatures import Signer
from devices.agent.cards import CredentialKeys


class NotEnrolled(Exception):
    """Raised for an agent without an enrolment; the message is one line: what is missing, what to
    do."""


class MqttAddress(msgspec.Struct, frozen=True):
    host: str
    port: int


class Enrolment(msgspec.Struct, frozen=True, kw_only=True):
    """The content of `enrolment.json`; secrets are in other files."""

    agent_id: str
    site_id: str
    url: str
    """The controller's address, for renewals of the certificate."""
    mqtt: MqttAddress
    hub_keys: tuple[HubKey, ...]
    credential_generation: int = 1
    """Generation of the key in `credential.key`."""
    wiring: dict[str, object] | None = None
    """The wiring of the Pi that this one replaces, or the one proposed for a new Pi."""


@dataclass(frozen=True, slots=True)
class IdentityFiles:
    """Paths of the enrolment's files in the state folder."""

    folder: Path

    @property
    def key(self) -> Path:
        return self.folder / "agent.key"

    @property
    def certificate(self) -> Path:
        return self.folder / "agent.crt"

    @property
    def ca(self) -> Path:
        return self.folder / "ca.crt"

    @property
    def web_ca(self) -> Path:
        """The CA of the controller's pages, for commands that fetch them; the agent does not need
        it."""
        return self.folder / "web-ca.crt"

    def keep_web_ca(self, pem: str | None) -> None:
        """Write the CA of the pages, if the controller sent one."""
        if pem is not None:
            write_private(self.web_ca, pem.encode())

    @property
    def credential_key(self) -> Path:
        return self.folder / "credential.key"

    @property
    def credential_key_before(self) -> Path:
        return self.folder / "credential-before.key"

    @property
    def enrolment(self) -> Path:
        return self.folder / "enrolment.json"


@dataclass(slots=True)
class Identity:
    """An enrolled agent. `enrolment` is replaced when the controller has moved."""

    enrolment: Enrolment
    signer: Signer
    keys: CredentialKeys
    files: IdentityFiles

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read the files of the enrolment. Raises NotEnrolled."""
        files = IdentityFiles(folder)
        try:
            enrolment = msgspec.json.decode(files.enrolment.read_bytes(), type=Enrolment)
            return cls(enrolment, Signer.load(files.key), _keys(files, enrolment), files)
        except FileNotFoundError as error:
            raise NotEnrolled(
                f"{folder}: this agent is not enrolled; get a claim code (docs/enrol.md), then:"
                " loquet enrol --url URL --code -"
            ) from error
        except (OSError, ValueError, msgspec.MsgspecError) as error:
            raise NotEnrolled(
                f"{folder}: the files of its enrolment cannot be read ({error}); enrol again"
            ) from error


def _keys(files: IdentityFiles, enrolment: Enrolment) -> CredentialKeys:
    newest = _key(files.credential_key)
    before = files.credential_key_before
    keys = (newest, _key(before)) if before.exists() else (newest,)
    return CredentialKeys(*dict.fromkeys(keys), generation=enrolment.credential_generation)


def _key(file: Path) -> bytes:
    return b64decode(file.read_text(encoding="ascii").strip())


def write_private(path: Path, data: bytes) -> None:
    """Write a file for its owner only, synced; an older file is replaced atomically."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
