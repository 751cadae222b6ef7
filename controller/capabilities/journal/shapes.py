"""Shapes of the journal, as the API and the pages see them, and the news of it."""

from controller.domain.time import Utc
from controller.kernel.news import News
from controller.kernel.shapes import Shape, Slug

# News that this feature publishes through the outbox.


class EventNews(News, frozen=True, kw_only=True):
    """Recent events of an agent were stored; `key` is the agent."""

    FEATURE = "journal"
    WHAT = "event"


class Event(Shape, frozen=True, kw_only=True):
    """An event of an agent's journal. `at` is null when only bounds of the time are known."""

    event_id: str
    agent_id: Slug
    stream: str
    seq: int
    type: str
    access_point: Slug | None
    at: Utc | None
    received_at: Utc
    late: bool
    """Whether it arrived more than 30 s after it happened."""
    data: dict[str, object]
    """The fields of this type of event.

    Empty once retention has replaced the bytes by their hash.
    """


class Quarantined(Shape, frozen=True, kw_only=True):
    """A signed message that the hub could not store as an event."""

    id: str
    agent_id: Slug
    stream: str
    seq: int
    received_at: Utc
    reason: str
    raw: str
