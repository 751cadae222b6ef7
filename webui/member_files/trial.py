"""A file of members tried without writing anything, and then imported."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from controller.capabilities.member_files.already_here import PossibleDuplicate, RepeatedEmail
from controller.capabilities.member_files.import_csv import (
    ImportOutcome,
    import_members,
    try_members,
)
from controller.capabilities.member_files.problems import Problem
from controller.capabilities.member_files.reading import ImportRefused
from webui.context import context
from webui.guard import actor, site


@dataclass(frozen=True, slots=True)
class Trial:
    """What it would make, or every line that can't be taken."""

    made: ImportOutcome
    problems: Sequence[Problem] = ()

    @property
    def members(self) -> int:
        """How many it would make."""
        return self.made.members

    @property
    def here(self) -> Sequence[PossibleDuplicate]:
        """Lines that may be of people who are here already."""
        return self.made.here

    @property
    def same(self) -> Sequence[RepeatedEmail]:
        """Lines with the e-mail address of one before them."""
        return self.made.same

    @property
    def broken(self) -> int:
        """How many lines can't be taken."""
        return len({problem.line for problem in self.problems})

    @property
    def new(self) -> int:
        """Lines of people who are not here yet, as far as can be told."""
        return self.members - len({match.line for match in self.here})


def try_import(data: bytes) -> Trial:
    """What importing it would do. Raises Forbidden."""
    return _outcome(try_members, data)


def run_import(data: bytes, *, new_only: bool) -> Trial:
    """Import it, all or nothing. Raises Forbidden, ImportStopped."""
    return _outcome(partial(import_members, new_only=new_only), data)


def _outcome(act: Callable[..., ImportOutcome], data: bytes) -> Trial:
    given = context()
    try:
        made = act(
            given.database,
            data,
            vault=given.vault,
            actor=actor(),
            now=given.clock(),
            site_id=site().id,
        )
    except ImportRefused as refused:
        return Trial(ImportOutcome(0, "", same=refused.same), refused.problems)
    return Trial(made)
