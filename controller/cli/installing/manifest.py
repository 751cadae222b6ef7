"""What was installed on this computer: each file with its digest, so that only ours is removed."""

import hashlib
from pathlib import Path
from typing import Self

import msgspec

from controller.settings import SettingsError


class SetupChoices(msgspec.Struct, frozen=True, kw_only=True):
    """The options with which a controller was set up, for the next run."""

    name: str | None = None
    also: tuple[str, ...] = ()
    """Former names, under which boxes still look for it."""
    https: int = 443
    http: int = 80
    agents_port: int = 8885
    certificate: str | None = None
    key: str | None = None
    acme: str | None = None


class Manifest(msgspec.Struct, kw_only=True):
    """The file `setup.json`, which only root can write.

    `loquet init --renew` reads the names in it.
    """

    components: list[str] = []
    """What was set up: `controller`, `agent`, or both."""
    files: dict[str, str] = {}
    """Digest of the written content, by path."""
    units: list[str] = []
    """Units that were enabled."""
    chosen: SetupChoices = SetupChoices()

    @classmethod
    def load(cls, file: Path) -> Self:
        """Read the file; an empty manifest if there is none. Raises SettingsError."""
        try:
            return msgspec.json.decode(file.read_bytes(), type=cls)
        except FileNotFoundError:
            return cls()
        except (OSError, msgspec.MsgspecError) as error:
            raise SettingsError(
                f"{file}: can't be read ({error}); delete it, then set up again"
            ) from error

    def save(self, file: Path) -> None:
        """Write the file."""
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(msgspec.json.format(msgspec.json.encode(self)) + b"\n")
        file.chmod(0o644)

    def is_ours(self, path: Path) -> bool:
        """Return whether the file is still as we wrote it."""
        stored_digest = self.files.get(str(path))
        return (
            stored_digest is not None
            and path.exists()
            and stored_digest == digest(path.read_bytes())
        )


def digest(content: bytes) -> str:
    """Return the digest of a file's content."""
    return hashlib.sha256(content).hexdigest()
