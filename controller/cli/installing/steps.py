"""The kinds of steps with which a computer is set up. Running one again changes nothing."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from controller.cli.installing.layout import give
from controller.cli.installing.manifest import Manifest, digest
from controller.cli.installing.rights import rights_of, write_rights_of

THERE, DONE, TO_DO = "there", "done", "to do"
"""States of an outcome: nothing had to be done, it was done, it would be done."""
BACKUP_SUFFIX = ".before-loquet"
"""Suffix of a file that was replaced by ours."""


class Step(Protocol):
    """One step of the set-up."""

    @property
    def description(self) -> str:
        """A short description of what it makes."""

    def is_needed(self) -> bool:
        """Return whether there is anything to do."""

    def apply(self) -> bool:
        """Do it; returns whether anything was changed."""


class Outcome(NamedTuple):
    """The result of a step: its description, and its `state` (THERE, DONE or TO_DO)."""

    what: str
    state: str


def carry_out(
    steps: Iterable[Step], *, dry: bool, report: Callable[[Outcome], None]
) -> list[Outcome]:
    """Run the steps, and call `report` with the outcome of each; `dry`: change nothing."""
    outcomes = []
    for step in steps:
        changed = step.is_needed() if dry else step.apply()
        state = (TO_DO if dry else DONE) if changed else THERE
        outcomes.append(Outcome(step.description, state))
        report(outcomes[-1])
    return outcomes


@dataclass(frozen=True)
class Folder:
    """A folder that belongs to a user, inside a folder of root."""

    path: Path
    user: str | None
    mode: int = 0o700

    @property
    def description(self) -> str:
        return f"folder {self.path}"

    def is_needed(self) -> bool:
        return not self.path.is_dir()

    def apply(self) -> bool:
        if not self.is_needed():
            return False
        self.path.mkdir(parents=True, mode=self.mode)
        descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            give(descriptor, self.user)
        finally:
            os.close(descriptor)
        return True


@dataclass(frozen=True)
class ServiceFolder:
    """A folder inside a folder of the service user, made with that user's rights."""

    path: Path
    user: str | None

    @property
    def description(self) -> str:
        return f"folder {self.path}"

    def is_needed(self) -> bool:
        with rights_of(self.user):
            return not self.path.is_dir()

    def apply(self) -> bool:
        if not self.is_needed():
            return False
        with write_rights_of(self.user, self.path.parent):
            self.path.mkdir(mode=0o700)
        return True


@dataclass(frozen=True)
class WriteFile:
    """A file with our text; a former file is renamed with BACKUP_SUFFIX."""

    path: Path
    text: str
    manifest: Manifest
    user: str | None = None
    mode: int = 0o644
    is_kept: bool = False
    """An existing file is never overwritten: it belongs to the person who edits it."""

    @property
    def description(self) -> str:
        return str(self.path)

    def is_needed(self) -> bool:
        if not self.path.exists():
            return True
        return not self.is_kept and self.path.read_text() != self.text

    def apply(self) -> bool:
        if not self.is_needed():
            return False
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self.path.exists() and not self.manifest.is_ours(self.path):
            self.path.replace(self.path.with_name(self.path.name + BACKUP_SUFFIX))
        new = self.path.with_name(self.path.name + ".new")
        new.unlink(missing_ok=True)
        # From here on the folder's owner may exchange the name, but not the opened file.
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, self.mode)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            give(handle, self.user)
            file.write(self.text)
        new.replace(self.path)
        self.manifest.files[str(self.path)] = digest(self.text.encode())
        return True


@dataclass(frozen=True)
class FunctionStep:
    """Any other step, made of two functions."""

    description: str
    check: Callable[[], bool]
    action: Callable[[], bool]

    def is_needed(self) -> bool:
        return self.check()

    def apply(self) -> bool:
        return self.action()
