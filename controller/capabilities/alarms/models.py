"""Tables of alarms, and of where each badge was used last."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from controller.domain.time import Utc
from controller.store.base import Base
from controller.store.types import Json, Slug, Text, Uuid, Word


class Alarm(Base):
    """An alarm, mostly projected from events; `key` identifies it, so that it is raised only
    once."""

    __tablename__ = "alarm"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    key: Mapped[Text] = mapped_column(unique=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"))
    agent_id: Mapped[Slug | None] = mapped_column(index=True)
    access_point_id: Mapped[Slug | None]
    kind: Mapped[Word]
    detail: Mapped[Json]
    raised_at: Mapped[Utc]
    cleared_at: Mapped[Utc | None]
    taken_by: Mapped[str | None]
    taken_at: Mapped[Utc | None]
    resolved_by: Mapped[str | None]
    resolved_at: Mapped[Utc | None]
    """When somebody resolved it; null for alarms that an event cleared."""
    remark: Mapped[Text | None]

    __table_args__ = (Index("ix_alarm_site_id_id", "site_id", "id"),)


class BadgeLastSeen(Base):
    """Where a badge was last used; deleted after the longest possible walking time.

    Stored only for badges whose taps are compared: at a site with walking times, or of members
    known at several sites.
    """

    __tablename__ = "badge_last_seen"

    credential_id: Mapped[Uuid] = mapped_column(primary_key=True)
    member_id: Mapped[Uuid] = mapped_column(ForeignKey("member.id"), index=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"))
    agent_id: Mapped[Slug]
    access_point_id: Mapped[Slug]
    earliest: Mapped[Utc]
    """The badge was used between this time and `latest`, by the controller's clock."""
    latest: Mapped[Utc] = mapped_column(index=True)
