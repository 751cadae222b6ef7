"""What events change in plans: a grant spends a day of a pass."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from controller.capabilities.plans import passes
from controller.domain.time import Utc
from controller.kernel.stored_event import StoredEvent
from controller.wire.events import AccessGranted


def spend(db: Session, events: Sequence[StoredEvent], _now: Utc) -> None:
    """A grant spends a day of the pass, for members who have no subscription."""
    grants = [
        (event.member, stored_event.site, event.access_point, stored_event.latest)
        for stored_event in events
        if isinstance(event := stored_event.event, AccessGranted)
        and event.member
        and event.access_point
    ]
    with_pass = passes.have_any(db, (member for member, *_ in grants)) if grants else set()
    for member, site, point, at in grants:
        if member in with_pass:
            passes.spend(db, member, site, point, at)
