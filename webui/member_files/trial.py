"""A file of members tried without writing anything, and then imported."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO

from controller.capabilities.member_files.columns import Problem
from controller.capabilities.member_files.import_csv import ImportRefused, import_members
from controller.kernel.database import Session
from webui.context import context
from webui.guard import actor, site


class NoText(ValueError):
    """The file is not text in UTF-8."""


@dataclass(frozen=True, slots=True)
class Trial:
    """How many members it would make, or every line that can't be taken."""

    members: int
    problems: Sequence[Problem] = ()


class _OnlyTried(Exception):
    """Whatever was written is rolled back."""


def tried(data: bytes) -> Trial:
    """What importing it would do. Raises NoText, Forbidden."""
    count = 0
    try:
        with context().database.write() as db:
            count = _import(db, data)
            raise _OnlyTried
    except ImportRefused as refused:
        return Trial(0, refused.problems)
    except _OnlyTried:
        return Trial(count)


def imported(data: bytes) -> Trial:
    """Import it, all or nothing. Raises NoText, Forbidden."""
    try:
        with context().database.write() as db:
            return Trial(_import(db, data))
    except ImportRefused as refused:
        return Trial(0, refused.problems)


def _import(db: Session, data: bytes) -> int:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise NoText from problem
    given = context()
    return import_members(
        db,
        StringIO(text, newline=""),
        vault=given.vault,
        actor=actor(),
        now=given.clock(),
        site_id=site().id,
    )
