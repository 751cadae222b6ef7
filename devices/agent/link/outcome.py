"""The outcome of a command, with helpers to make one."""

from collections.abc import Iterable
from dataclasses import dataclass

from controller.domain.door.events import DoorEffect, DoorRefused
from controller.domain.machine.events import MachineEffect, Refused
from controller.domain.states import Refusal
from controller.wire.commands import CommandResult, ReplyData


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a command: done, refused with a reason, or expired; and the data to reply
    with."""

    result: CommandResult
    reason: str | None = None
    data: ReplyData | None = None


DONE = Outcome(CommandResult.DONE)


def refusal(reason: str) -> Outcome:
    """Return the outcome of a command that was refused for this reason."""
    return Outcome(CommandResult.REFUSED, reason)


def first_refusal(effects: Iterable[MachineEffect | DoorEffect]) -> Refusal | None:
    """Return the first refusal among the effects; None: nothing was refused."""
    reasons = (effect.why for effect in effects if isinstance(effect, Refused | DoorRefused))
    return next(reasons, None)
