"""The agent's store of programs that the controller sends, with its notes of them."""

import logging
import os
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Self, TypeVar

import msgspec

from controller.safe_files import NotPlain, read_plain
from controller.settings import AgentSettings
from controller.wire.commands import Upgrade
from devices.agent.enrolment.identity import write_private

log = logging.getLogger(__name__)

T = TypeVar("T")
LARGEST_NOTE = 65536
"""Bytes of a note, or of an authority's certificate."""


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """The program that is to run in place of the one that this computer was set up with."""

    serial: int
    beside: str
    """The version of that one: once it is another, it was upgraded by hand, and counts again."""
    before: int = 0
    """What ran when this one was chosen; 0: the computer's own."""
    on_trial: bool = True
    tries: int = 0
    """How often it was started on trial."""
    silent: int = 0
    """How many devices did not answer then: with more that don't it is not well."""


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """The last program that could not be brought, or was left again."""

    serial: int
    reason: str


@dataclass(frozen=True, slots=True)
class ProgramStore:
    """`programs` is written by whoever unpacks, root where there are units; `notes` by the agent.

    Every note is written whole or not at all, and is on disk before what follows from it.
    """

    programs: Path
    notes: Path

    @classmethod
    def of(cls, settings: AgentSettings) -> Self | None:
        """None where programs come by hand."""
        if settings.programs is None:
            return None
        return cls(Path(settings.programs), Path(settings.state_dir) / "program")

    @property
    def archive(self) -> Path:
        """The path of the downloaded archive."""
        return self.notes / "archive.tar.gz"

    @property
    def ready(self) -> Path:
        """Touched to have root unpack: systemd looks at it."""
        return self.notes / "ready"

    @property
    def authority(self) -> Path:
        """Who may sign; `loquet setup agent` pins it, since the agent could change its own file."""
        return self.programs / "authority.pem"

    def folder(self, serial: int) -> Path:
        """Of an unpacked program; it is there only when it is whole."""
        return self.programs / str(serial)

    def order(self) -> Upgrade | None:
        """The program that is being brought."""
        return self._read("order.json", Upgrade)

    def choice(self) -> Choice | None:
        """The program that is to run; None: the computer's own."""
        return self._read("choice.json", Choice)

    def failure(self) -> Failure | None:
        """The last that went wrong."""
        return self._read("failure.json", Failure)

    def note(self, what: Upgrade | Choice | Failure) -> None:
        """Write it in place of an earlier one of its kind. Raises OSError."""
        self.notes.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = {Upgrade: "order.json", Choice: "choice.json", Failure: "failure.json"}[type(what)]
        write_private(self.notes / name, msgspec.json.encode(what))
        sync_folder(self.notes)

    def forget_order(self) -> None:
        """It is done, or given up."""
        for name in ("order.json", "archive.tar.gz", "ready"):
            (self.notes / name).unlink(missing_ok=True)

    def forget_choice(self) -> None:
        """The computer's own program is to run."""
        (self.notes / "choice.json").unlink(missing_ok=True)
        sync_folder(self.notes)

    def go_back(self, choice: Choice, reason: str) -> None:
        """Leave a program for the one before it."""
        self.note(Failure(serial=choice.serial, reason=reason))
        if choice.before and self.folder(choice.before).is_dir():
            self.note(Choice(serial=choice.before, beside=choice.beside, on_trial=False))
        else:
            self.forget_choice()

    def _read(self, name: str, kind: type[T]) -> T | None:
        try:
            return read_note(self.notes / name, kind)
        except NotPlain as error:
            log.error("%s; it does not count", error)
            return None


def read_note(file: Path, kind: type[T]) -> T | None:
    """A note; None where it is missing or damaged. Raises NotPlain where it is no file of ours."""
    try:
        return msgspec.json.decode(read_plain(file, LARGEST_NOTE), type=kind)
    except (OSError, msgspec.MsgspecError):
        return None


def own_version() -> str:
    """Of the program that asks."""
    return version("loquet")


def sync_folder(folder: Path) -> None:
    """What was renamed or removed in it stays so when the power goes."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
