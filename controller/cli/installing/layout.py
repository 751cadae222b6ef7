"""Paths on a computer, or below a folder that replaces its root."""

import os
import pwd
import shutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from controller.settings import SettingsError

USER = "loquet"
"""The user that the services run as."""
_SYSTEM = Path("/")
_UNIT_FOLDERS = ("usr/lib/systemd/system", "lib/systemd/system")
"""Where packages install systemd units."""


@dataclass(frozen=True)
class Layout:
    """The paths below `root`: `/`, or a folder that stands for a computer."""

    root: Path
    named: Path | None = None
    """The configuration file if --config names one; None: the standard one."""

    @property
    def is_system(self) -> bool:
        """Return whether this computer itself is set up."""
        return self.root == _SYSTEM

    @property
    def config(self) -> Path:
        """The configuration file; if there is none, that of a version before 0.3."""
        if self.named is not None:
            # not resolved: the service user could replace it by a link
            return self.named.absolute()
        usual, old = self.root / "etc/loquet/config.toml", self.state / "config.toml"
        return old if old.exists() and not usual.exists() else usual

    @property
    def state(self) -> Path:
        """The folder with all data."""
        return self.root / "var/lib/loquet"

    @property
    def keys(self) -> Path:
        """The keys of a controller."""
        return self.state / "var/keys"

    @property
    def broker(self) -> Path:
        """Mosquitto's files."""
        return self.state / "var/broker"

    @property
    def agent(self) -> Path:
        """The state folder of an agent."""
        return self.state / "var/agent"

    @property
    def of_root(self) -> Path:
        """Files that root uses, in a folder where no service can write."""
        return self.root / "var/lib/loquet-root"

    @property
    def manifest(self) -> Path:
        """The list of everything that was installed."""
        return self.of_root / "setup.json"

    @property
    def front(self) -> Path:
        """Certificates and keys that nginx reads."""
        return self.of_root / "front"

    @property
    def place_ca(self) -> Path:
        """The authority of the place's pages, which every user of this computer can read."""
        return self.of_root / "place-ca.crt"

    @property
    def nginx(self) -> Path:
        """nginx's configuration folder."""
        return self.root / "etc/nginx"

    @property
    def units(self) -> Path:
        """The folder for systemd units of the administrator."""
        return self.root / "etc/systemd/system"

    def packaged(self, unit: str) -> bool:
        """Return whether a package has installed this unit."""
        return any((self.root / unit_folder / unit).exists() for unit_folder in _UNIT_FOLDERS)

    @cached_property
    def has_systemd(self) -> bool:
        """Whether systemd runs here and can start units."""
        return self.is_system and Path("/run/systemd/system").is_dir()

    @cached_property
    def user(self) -> str | None:
        """The user that the services run as; None: the caller."""
        return USER if self.is_system else None

    def require_rights(self) -> None:
        """Raise SettingsError unless the caller may write everywhere."""
        if self.is_system and os.geteuid() != 0:
            raise SettingsError("this changes the computer: run it with sudo, or name a --root DIR")


def give(opened: int, user: str | None) -> None:
    """Make a user the owner of an open file or folder. Raises SettingsError."""
    if user is None:
        return
    try:
        entry = pwd.getpwnam(user)
    except KeyError as error:
        raise SettingsError(f"there is no user {user}: loquet setup makes it") from error
    os.fchown(opened, entry.pw_uid, entry.pw_gid)


def program(name: str) -> str | None:
    """Return the path of a program, also from root's folders; None: not installed."""
    path = os.environ.get(f"LOQUET_{name.upper().replace('-', '_')}") or shutil.which(name)
    return path or shutil.which(name, path="/usr/sbin:/sbin:/usr/local/sbin")
