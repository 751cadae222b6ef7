"""Messages, as the page about mail shows them."""

from controller.capabilities.messages.troubles import Trouble
from controller.domain.time import Utc
from controller.kernel.shapes import Shape


class MessageSummary(Shape, frozen=True, kw_only=True):
    """A message without its contents."""

    id: str
    what: str
    """The kind of message."""
    to: str
    """The member's name, otherwise the address."""
    member_id: str | None
    written_at: Utc
    attempts: int
    due_at: Utc | None
    sent_at: Utc | None
    trouble: Trouble | None
    said: str | None
