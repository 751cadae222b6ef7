"""Shapes of the journal, as the API and the pages see them, and the news of it."""

from controller.domain.time import Utc
from controller.kernel.news import News
from controller.kernel.shapes import Shape, Slug

# News that this feature publishes through the outbox.


class EventNews(News, frozen=True, kw_only=True):
    """Events that happened just now were stored: `key` is the agent."""

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
    data: dict[str, object]
    """Its own fields; empty once retention has replaced its bytes by their hash."""


class Quarantined(Shape, frozen=True, kw_only=True):
    """Something signed that the hub could not take."""

    id: str
    agent_id: Slug
    stream: str
    seq: int
    received_at: Utc
    reason: str
    raw: str
