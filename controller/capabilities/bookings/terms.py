"""A site's limits for members who book for themselves: length, how far ahead, and no-shows."""

from datetime import timedelta
from typing import Annotated

import msgspec
from sqlalchemy.orm import Session

from controller.capabilities.bookings.models import BookingTerms
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.shapes import Shape

_DAY_MIN = 24 * 60
_MAX_PAST_START = timedelta(hours=1)
"""How long ago a new booking may have begun; limited because its start determines its price."""


class Terms(Shape, frozen=True, kw_only=True):
    """The booking terms of a site; null: no limit."""

    longest_min: Annotated[int, msgspec.Meta(ge=15, le=31 * _DAY_MIN)] | None = None
    """Longest booking, in minutes."""
    ahead_days: Annotated[int, msgspec.Meta(ge=1, le=366)] | None = None
    """How far ahead a booking may begin, in days."""
    release_min: Annotated[int, msgspec.Meta(ge=5, le=_DAY_MIN)] | None = None
    """Minutes after which a booked machine that is not used is released."""

    @property
    def longest(self) -> timedelta | None:
        """Return the longest booking; None without a limit."""
        return None if self.longest_min is None else timedelta(minutes=self.longest_min)

    def too_long(self, starts_at: Utc, ends_at: Utc) -> bool:
        """Return whether a booking is too long."""
        return self.longest is not None and ends_at - starts_at > self.longest

    def too_early(self, starts_at: Utc, now: Utc) -> bool:
        """Return whether a booking starts too far ahead."""
        return self.ahead_days is not None and starts_at > now + timedelta(days=self.ahead_days)


def of_site(db: Session, site_id: str) -> Terms:
    """Return the site's terms."""
    row = db.get(BookingTerms, site_id)
    if row is None:
        return Terms()
    return Terms(
        longest_min=row.longest_min, ahead_days=row.ahead_days, release_min=row.release_min
    )


def terms_for(db: Session, site_id: str, actor: Actor) -> Terms:
    """Return the terms that apply to the actor; the desk has no limits."""
    has_no_limits = actor.may(Permission.MEMBERS_WRITE, site_id)
    return Terms() if has_no_limits else of_site(db, site_id)


def began_too_long_ago(site_id: str, starts_at: Utc, actor: Actor, now: Utc) -> bool:
    """Return whether the actor may not book from then on; `money:write` has no limit."""
    return starts_at < now - _MAX_PAST_START and not actor.may(Permission.MONEY_WRITE, site_id)


def change(db: Session, site_id: str, new: Terms, *, actor: Actor, now: Utc) -> Terms:
    """Change the site's terms; return the previous ones. Raises Forbidden."""
    actor.require(Permission.RULES_WRITE, site_id)
    before = of_site(db, site_id)
    row = db.get(BookingTerms, site_id) or BookingTerms(site_id=site_id)
    row.longest_min, row.ahead_days = new.longest_min, new.ahead_days
    row.release_min = new.release_min
    db.add(row)
    audit.record(db, actor, now, "booking_terms_changed", f"site:{site_id}", site_id)
    db.flush()
    return before
