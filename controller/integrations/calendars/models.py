"""Tables of calendars."""

from enum import StrEnum

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from controller.domain.time import Utc
from controller.store.base import Base, Versioned
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

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    kind: Mapped[CalendarKind]
    member_id: Mapped[Uuid | None] = mapped_column(ForeignKey("member.id"), index=True)
    access_point_id: Mapped[Slug | None] = mapped_column(ForeignKey("access_point.id"))
    zone_id: Mapped[Slug | None] = mapped_column(ForeignKey("zone.id"))
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    """SHA-256 of the secret in the address; 256 random bits need no slower hash."""
    created_by: Mapped[str]
    created_at: Mapped[Utc]
    revoked_at: Mapped[Utc | None]
