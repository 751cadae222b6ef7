"""Tables of calendars."""

from enum import StrEnum

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import mapped_column

from controller.domain.time import Utc
from controller.store.base import Base, Versioned
from controller.store.data_kinds import ActorRef, MemberId, Plain, Secret
from controller.store.types import Slug, Uuid


class CalendarKind(StrEnum):
    """Kind of a calendar, which decides what it shows."""

    OWN = "own"
    """A member's own bookings and courses; only that member knows the address."""
    MACHINE = "machine"
    ROOM = "room"
    PROGRAMME = "programme"
    """The site's course sessions."""


class CalendarRow(Versioned, Base):
    """A secret address at which a calendar can be read until it is revoked."""

    __tablename__ = "calendar"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    kind: Plain[CalendarKind]
    member_id: MemberId[Uuid | None] = mapped_column(ForeignKey("member.id"), index=True)
    access_point_id: Plain[Slug | None] = mapped_column(ForeignKey("access_point.id"))
    zone_id: Plain[Slug | None] = mapped_column(ForeignKey("zone.id"))
    digest: Secret[bytes] = mapped_column(LargeBinary, unique=True)
    """SHA-256 of the secret in the address; 256 random bits need no slower hash."""
    created_by: ActorRef[str]
    created_at: Plain[Utc]
    revoked_at: Plain[Utc | None]
