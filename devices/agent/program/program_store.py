"""The agent's store of programs that the controller sent, with notes about upgrades."""

import logging
import os
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Self, TypeVar

import msgspec

from controller.safe_files import UnsafeFile, read_plain
from controller.settings import AgentSettings
from controller.wire.commands import Upgrade
from devices.agent.enrolment.identity import write_private

log = logging.getLogger(__name__)

T = TypeVar("T")
MAX_NOTE_BYTES = 65536
"""Limit in bytes for a note and for an authority's certificate."""


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """The program to run instead of the one that this computer was set up with."""

    serial: int
    own_version: str = msgspec.field(name="beside")
    """Version of the computer's own program. If it has changed, that one was upgraded by hand, and
    runs again."""
    before: int = 0
    """Serial of the program that ran before; 0: the computer's own."""
    on_trial: bool = True
    tries: int = 0
    """How often it was started on trial."""
    silent: int = 0
    """How many devices did not respond when it was chosen; if more don't now, the trial fails."""


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """The last program that could not be installed, or was rolled back."""

    serial: int
    reason: str


@dataclass(frozen=True, slots=True)
class ProgramStore:
    """Paths of the store. Root writes `programs` if there are systemd units; the agent writes
    `notes`.

    Every note is written atomically, and is on disk before the agent acts on it.
    """

    programs: Path
    notes: Path

    @classmethod
    def of(cls, settings: AgentSettings) -> Self | None:
        """Return the store; None if programs are installed by hand."""
        if settings.programs is None:
            return None
        return cls(Path(settings.programs), Path(settings.state_dir) / "program")

    @property
    def archive(self) -> Path:
        """Path of the downloaded archive."""
        return self.notes / "archive.tar.gz"

    @property
    def ready(self) -> Path:
        """Written to make root unpack the archive: a systemd unit watches it."""
        return self.notes / "ready"

    @property
    def authority(self) -> Path:
        """Certificate of the authority that may sign programs.

        `loquet setup agent` writes it, since the agent could change a file of its own.
        """
        return self.programs / "authority.pem"

    def folder(self, serial: int) -> Path:
        """Return the folder of an unpacked program; it only exists when complete."""
        return self.programs / str(serial)

    def order(self) -> Upgrade | None:
        """Return the upgrade in progress, or None."""
        return self._read("order.json", Upgrade)

    def choice(self) -> Choice | None:
        """Return the program that is to run; None: the computer's own."""
        return self._read("choice.json", Choice)

    def failure(self) -> Failure | None:
        """Return the last failure, or None."""
        return self._read("failure.json", Failure)

    def note(self, what: Upgrade | Choice | Failure) -> None:
        """Write a note; an earlier one of its kind is replaced. Raises OSError."""
        self.notes.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = {Upgrade: "order.json", Choice: "choice.json", Failure: "failure.json"}[type(what)]
        write_private(self.notes / name, msgspec.json.encode(what))
        sync_folder(self.notes)

    def forget_order(self) -> None:
        """Delete the order, because it is done or given up."""
        for name in ("order.json", "archive.tar.gz", "ready"):
            (self.notes / name).unlink(missing_ok=True)

    def forget_choice(self) -> None:
        """Choose the computer's own program."""
        (self.notes / "choice.json").unlink(missing_ok=True)
        sync_folder(self.notes)

    def go_back(self, choice: Choice, reason: str) -> None:
        """Note a program's failure, and choose the one that ran before it."""
        self.note(Failure(serial=choice.serial, reason=reason))
        if choice.before and self.folder(choice.before).is_dir():
            self.note(Choice(serial=choice.before, own_version=choice.own_version, on_trial=False))
        else:
            self.forget_choice()

    def _read(self, name: str, kind: type[T]) -> T | None:
        try:
            return read_note(self.notes / name, kind)
        except UnsafeFile as error:
            log.error("%s; it is ignored", error)
            return None


def read_note(file: Path, kind: type[T]) -> T | None:
    """Read a note; None if it is missing or damaged.

    Raises UnsafeFile if it isn't a plain file of the agent.
    """
    try:
        return msgspec.json.decode(read_plain(file, MAX_NOTE_BYTES), type=kind)
    except (OSError, msgspec.MsgspecError):
        return None


def own_version() -> str:
    """Return the version of the running Loquet."""
    return version("loquet")


def sync_folder(folder: Path) -> None:
    """Sync a folder, so that renamed and deleted files stay so after a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
