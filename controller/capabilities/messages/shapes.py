"""Messages, as the page of mail shows them."""

from controller.capabilities.messages.troubles import Trouble
from controller.domain.time import Utc
from controller.kernel.shapes import Shape


class Written(Shape, frozen=True, kw_only=True):
    """One message, without what it says."""

    id: str
    what: str
    to: str
    """A member's name, else the address."""
    member_id: str | None
    written_at: Utc
    attempts: int
    due_at: Utc | None
    sent_at: Utc | None
    trouble: Trouble | None
    said: str | None
