"""Machine sessions of which something was told late: their charges have to be looked at again."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from controller.capabilities.billing.news import LateUseNews
from controller.kernel.outbox import tell
from controller.kernel.projections import Projection
from controller.kernel.stored_event import StoredEvent
from controller.wire.events import SessionEnded, SessionStarted


def note_late(db: Session, events: Sequence[StoredEvent]) -> None:
    """Others don't hear of what is late; what is not, they hear as news of the session."""
    for event in events:
        if event.late and isinstance(event.event, SessionStarted | SessionEnded):
            tell(db, LateUseNews(site=event.site, key=event.event.session_id))


PROJECTION = Projection(project=note_late)
