"""Who this agent is: what enrolment left in its state folder, for its owner's eyes only."""

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
    """One line: what is missing, and what to do."""


class MqttAddress(msgspec.Struct, frozen=True):
    host: str
    port: int


class Enrolment(msgspec.Struct, frozen=True, kw_only=True):
    """The file `enrolment.json`; secrets are in files of their own."""

    agent_id: str
    site_id: str
    url: str
    """The controller's address, for renewals."""
    mqtt: MqttAddress
    hub_keys: tuple[HubKey, ...]
    credential_generation: int = 1
    """Of the key in `credential.key`."""
    wiring: dict[str, object] | None = None
    """Of the Pi that this one replaces, or proposed to a new one."""


@dataclass(frozen=True, slots=True)
class Files:
    """Paths in the state folder."""

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
        """Of the controller's pages, for commands that ask them; the agent itself never does."""
        return self.folder / "web-ca.crt"

    def keep_web_ca(self, pem: str | None) -> None:
        """As the controller said it last."""
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
    """An enrolled agent; its enrolment is another object once the controller has moved."""

    enrolment: Enrolment
    signer: Signer
    keys: CredentialKeys
    files: Files

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what enrolment left. Raises NotEnrolled."""
        files = Files(folder)
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
                f"{folder}: what enrolment left cannot be read ({error}); enrol again"
            ) from error


def _keys(files: Files, enrolment: Enrolment) -> CredentialKeys:
    newest = _key(files.credential_key)
    before = files.credential_key_before
    keys = (newest, _key(before)) if before.exists() else (newest,)
    return CredentialKeys(*dict.fromkeys(keys), generation=enrolment.credential_generation)


def _key(file: Path) -> bytes:
    return b64decode(file.read_text(encoding="ascii").strip())


def write_private(path: Path, data: bytes) -> None:
    """Write a file for its owner only, in place of an older one, in one step, synced."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
