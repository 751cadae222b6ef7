"""Replies to a `read_credential` command with the next badge at the point's reader."""

from collections.abc import Callable

from controller.wire.commands import CommandResult, ReplyData
from devices.agent.judge import Tap
from devices.agent.link.outcome import Outcome


class BadgeRequest:
    """The current request to read a badge, at most one; a newer command ends an older one."""

    def __init__(self) -> None:
        self._command_id = ""
        self._later: Callable[[Outcome], None] | None = None
        self.until_s: float | None = None
        """Monotonic time at which it gives up; None: there is no request."""

    @property
    def awaited(self) -> bool:
        """Whether the next badge is for a command."""
        return self._later is not None

    def begin(self, command_id: str, until_s: float, later: Callable[[Outcome], None]) -> None:
        """Wait for a badge until then; `later` is called with the outcome."""
        self._finish(Outcome(CommandResult.REFUSED, "superseded"))
        self._command_id, self.until_s, self._later = command_id, until_s, later

    def answer(self, tap: Tap) -> str:
        """Finish the request with a badge. Returns the command's id."""
        data = ReplyData(credential=tap.credential, holder_key=tap.key, assurance=tap.assurance)
        self._finish(Outcome(CommandResult.DONE, data=data))
        return self._command_id

    def tick(self, now_s: float) -> None:
        """Give up if the time is over."""
        if self.until_s is not None and now_s >= self.until_s:
            self._finish(Outcome(CommandResult.REFUSED, "no_badge"))

    def _finish(self, outcome: Outcome) -> None:
        later, self._later, self.until_s = self._later, None, None
        if later is not None:
            later(outcome)
