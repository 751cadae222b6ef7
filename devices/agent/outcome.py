"""What becomes of a command."""

from dataclasses import dataclass

from controller.wire.commands import CommandResult, ReplyData


@dataclass(frozen=True, slots=True)
class Outcome:
    """Done, refused with a reason, or expired; and what it brought back."""

    result: CommandResult
    reason: str | None = None
    data: ReplyData | None = None


DONE = Outcome(CommandResult.DONE)


def refused(reason: str) -> Outcome:
    """The command was not carried out, because of that."""
    return Outcome(CommandResult.REFUSED, reason)
