"""Where things lie on a computer, or below a folder that stands for one."""

import os
import pwd
import shutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from controller.settings import SettingsError

USER = "loquet"
_SYSTEM = Path("/")
_UNIT_FOLDERS = ("usr/lib/systemd/system", "lib/systemd/system")
"""Where packages put units."""


@dataclass(frozen=True)
class Layout:
    """`root`: `/`, or a folder in which nothing of this computer is touched."""

    root: Path
    named: Path | None = None
    """The configuration file, where it is another one."""

    @property
    def is_system(self) -> bool:
        """Whether this very computer is meant."""
        return self.root == _SYSTEM

    @property
    def config(self) -> Path:
        """Of both machines; that of an installation before 0.3 where there is no other."""
        if self.named is not None:
            return self.named.absolute()  # not resolved: the service user could put a link there
        usual, old = self.root / "etc/loquet/config.toml", self.state / "config.toml"
        return old if old.exists() and not usual.exists() else usual

    @property
    def state(self) -> Path:
        """All that is kept."""
        return self.root / "var/lib/loquet"

    @property
    def keys(self) -> Path:
        """Of a controller."""
        return self.state / "var/keys"

    @property
    def broker(self) -> Path:
        """Mosquitto's files."""
        return self.state / "var/broker"

    @property
    def agent(self) -> Path:
        """An agent's memory."""
        return self.state / "var/agent"

    @property
    def of_root(self) -> Path:
        """What root acts on, so that none of it lies where a service can write."""
        return self.root / "var/lib/loquet-root"

    @property
    def manifest(self) -> Path:
        """What was put here."""
        return self.of_root / "setup.json"

    @property
    def front(self) -> Path:
        """Certificates and keys that nginx reads."""
        return self.of_root / "front"

    @property
    def place_ca(self) -> Path:
        """The authority of the place's pages, for every user of this computer to read."""
        return self.of_root / "place-ca.crt"

    @property
    def nginx(self) -> Path:
        """Its folder."""
        return self.root / "etc/nginx"

    @property
    def units(self) -> Path:
        """Where an admin's units lie."""
        return self.root / "etc/systemd/system"

    def packaged(self, unit: str) -> bool:
        """Whether a package has brought this unit."""
        return any((self.root / unit_folder / unit).exists() for unit_folder in _UNIT_FOLDERS)

    @cached_property
    def has_systemd(self) -> bool:
        """Whether units can be started here."""
        return self.is_system and Path("/run/systemd/system").is_dir()

    @cached_property
    def user(self) -> str | None:
        """As whom things run; None: as whoever calls."""
        return USER if self.is_system else None

    def require_rights(self) -> None:
        """Raise SettingsError unless everything may be written."""
        if self.is_system and os.geteuid() != 0:
            raise SettingsError("this changes the computer: run it with sudo, or name a --root DIR")


def give(opened: int, user: str | None) -> None:
    """Make a file or folder, by its descriptor, that user's. Raises SettingsError."""
    if user is None:
        return
    try:
        found = pwd.getpwnam(user)
    except KeyError as error:
        raise SettingsError(f"there is no user {user}: loquet setup makes it") from error
    os.fchown(opened, found.pw_uid, found.pw_gid)


def program(name: str) -> str | None:
    """Where a program is, in the folders of root too."""
    found = os.environ.get(f"LOQUET_{name.upper().replace('-', '_')}") or shutil.which(name)
    return found or shutil.which(name, path="/usr/sbin:/sbin:/usr/local/sbin")
