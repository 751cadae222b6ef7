"""What becomes of a command."""

from collections.abc import Iterable
from dataclasses import dataclass

from controller.domain.door.events import DoorEffect, DoorRefused
from controller.domain.machine.events import MachineEffect, Refused
from controller.domain.states import Refusal
from controller.wire.commands import CommandResult, ReplyData


@dataclass(frozen=True, slots=True)
class Outcome:
    """Done, refused with a reason, or expired; and what it brought back."""

    result: CommandResult
    reason: str | None = None
    data: ReplyData | None = None


DONE = Outcome(CommandResult.DONE)


def refusal(reason: str) -> Outcome:
    """The command was not carried out, because of that."""
    return Outcome(CommandResult.REFUSED, reason)


def why_refused(effects: Iterable[MachineEffect | DoorEffect]) -> Refusal | None:
    """Why what was asked was not done, if it was not."""
    found = (effect.why for effect in effects if isinstance(effect, Refused | DoorRefused))
    return next(found, None)
