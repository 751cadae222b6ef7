"""Steps by which a computer is set up: each tells what it does, and changes nothing twice."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from controller.cli.installing.layout import give
from controller.cli.installing.manifest import Manifest, digest
from controller.cli.installing.rights import rights_of, writing

THERE, DONE, TO_DO = "there", "done", "to do"
BACKUP_SUFFIX = ".before-loquet"
"""Ends the name of a file that stood where ours stands now."""


class Step(Protocol):
    """One thing to do."""

    @property
    def says(self) -> str:
        """What it makes, in a few words."""

    def lacks(self) -> bool:
        """Whether there is anything to do."""

    def do(self) -> bool:
        """Do it; whether anything was changed."""


class Outcome(NamedTuple):
    """What became of a step: it was `there`, is `done`, or would be `to do`."""

    what: str
    state: str


def carry_out(
    steps: Iterable[Step], *, dry: bool, tell: Callable[[Outcome], None]
) -> list[Outcome]:
    """Do one after the other, telling each as it ends; `dry`: only say what would be done."""
    outcomes = []
    for step in steps:
        changed = step.lacks() if dry else step.do()
        state = (TO_DO if dry else DONE) if changed else THERE
        outcomes.append(Outcome(step.says, state))
        tell(outcomes[-1])
    return outcomes


@dataclass(frozen=True)
class Folder:
    """A folder for its owner alone, in a folder of root's."""

    path: Path
    user: str | None
    mode: int = 0o700

    @property
    def says(self) -> str:
        return f"folder {self.path}"

    def lacks(self) -> bool:
        return not self.path.is_dir()

    def do(self) -> bool:
        if not self.lacks():
            return False
        self.path.mkdir(parents=True, mode=self.mode)
        made = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            give(made, self.user)
        finally:
            os.close(made)
        return True


@dataclass(frozen=True)
class ServiceFolder:
    """A folder in one of the service user's, made with that user's rights."""

    path: Path
    user: str | None

    @property
    def says(self) -> str:
        return f"folder {self.path}"

    def lacks(self) -> bool:
        with rights_of(self.user):
            return not self.path.is_dir()

    def do(self) -> bool:
        if not self.lacks():
            return False
        with writing(self.user, self.path.parent):
            self.path.mkdir(mode=0o700)
        return True


@dataclass(frozen=True)
class WriteFile:
    """A file of ours; one that stood there is put aside under another name."""

    path: Path
    text: str
    manifest: Manifest
    user: str | None = None
    mode: int = 0o644
    is_kept: bool = False
    """Once there it belongs to whoever edits it."""

    @property
    def says(self) -> str:
        return str(self.path)

    def lacks(self) -> bool:
        if not self.path.exists():
            return True
        return not self.is_kept and self.path.read_text() != self.text

    def do(self) -> bool:
        if not self.lacks():
            return False
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self.path.exists() and not self.manifest.is_ours(self.path):
            self.path.replace(self.path.with_name(self.path.name + BACKUP_SUFFIX))
        new = self.path.with_name(self.path.name + ".new")
        new.unlink(missing_ok=True)
        # Whoever owns the folder may exchange the name from here on, but not what is opened.
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, self.mode)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            give(handle, self.user)
            file.write(self.text)
        new.replace(self.path)
        self.manifest.files[str(self.path)] = digest(self.text.encode())
        return True


@dataclass(frozen=True)
class Work:
    """Anything else."""

    says: str
    lacking: Callable[[], bool]
    doing: Callable[[], bool]

    def lacks(self) -> bool:
        return self.lacking()

    def do(self) -> bool:
        return self.doing()
