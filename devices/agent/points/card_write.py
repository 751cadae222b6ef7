"""Writes keys to a card for a `personalise_card` command, at the point's reader."""

from collections.abc import Callable

from controller.wire.card_wrapping import WrapBroken
from controller.wire.commands import CommandResult, PersonaliseCard, ReplyData
from devices.agent.judge import Judge
from devices.agent.link.outcome import Outcome, refusal
from devices.ports import CardWriter, CardWritten, Reader, WriteOrder


class CardWriteRequest:
    """The current request to write a card, at most one; a newer command ends an older one."""

    def __init__(self, reader: Reader | None, judge: Judge) -> None:
        self._reader, self._judge = reader, judge
        self._order_id = ""
        self._later: Callable[[Outcome], None] | None = None
        self.until_s: float | None = None
        """Monotonic time at which it gives up; None: there is no request."""

    def begin(
        self, args: PersonaliseCard, id: str, now_s: float, later: Callable[[Outcome], None]
    ) -> Outcome | None:
        """Start writing at the reader; None: `later` will be called with the outcome."""
        if not isinstance(self._reader, CardWriter):
            return refusal("no_reader")
        try:
            keys = self._judge.ordered_keys(args.credential, args.keys)
        except WrapBroken:
            return refusal("wrong_key")
        self._finish(refusal("superseded"))
        self._order_id, self._later, self.until_s = id, later, now_s + args.timeout_s
        self._reader.write_card(WriteOrder(id, args.credential, keys))
        return None

    def finish(self, written: CardWritten) -> bool:
        """Handle the reader's result; return whether it was for the current request and
        succeeded."""
        if written.order != self._order_id or self._later is None:
            return False
        if written.kind is None:
            self._finish(refusal(written.problem))
            return False
        self._finish(Outcome(CommandResult.DONE, data=ReplyData(card=written.kind)))
        return True

    def tick(self, now_s: float) -> None:
        """Give up if the time is over."""
        if self.until_s is not None and now_s >= self.until_s:
            self._finish(refusal("no_badge"))

    def _finish(self, outcome: Outcome) -> None:
        later, self._later, self.until_s = self._later, None, None
        if isinstance(self._reader, CardWriter):
            self._reader.write_card(None)
        if later is not None:
            later(outcome)
