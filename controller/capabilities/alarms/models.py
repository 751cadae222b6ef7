"""Tables of alarms, and of where each badge was used last."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import mapped_column

from controller.domain.time import Utc
from controller.store.base import Base
from controller.store.data_kinds import About, ActorRef, FreeText, MemberId, Plain, Raw
from controller.store.types import Json, Slug, Text, Uuid, Word


class Alarm(Base):
    """An alarm, mostly projected from events; `key` identifies it, so that it is raised only
    once."""

    __tablename__ = "alarm"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    key: Plain[Text] = mapped_column(unique=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"))
    agent_id: Plain[Slug | None] = mapped_column(index=True)
    access_point_id: Plain[Slug | None]
    kind: Plain[Word]
    detail: Raw[Json]
    raised_at: Plain[Utc]
    cleared_at: Plain[Utc | None]
    taken_by: ActorRef[str | None]
    taken_at: Plain[Utc | None]
    resolved_by: ActorRef[str | None]
    resolved_at: Plain[Utc | None]
    """When somebody resolved it; null for alarms that an event cleared."""
    remark: FreeText[Text | None]

    __table_args__ = (Index("ix_alarm_site_id_id", "site_id", "id"),)


class BadgeLastSeen(Base):
    """Where a badge was last used; deleted after the longest possible walking time.

    Stored only for badges whose taps are compared: at a site with walking times, or of members
    known at several sites.
    """

    __tablename__ = "badge_last_seen"

    credential_id: About[Uuid] = mapped_column(primary_key=True)
    member_id: MemberId[Uuid] = mapped_column(ForeignKey("member.id"), index=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"))
    agent_id: About[Slug]
    access_point_id: About[Slug]
    earliest: About[Utc]
    """The badge was used between this time and `latest`, by the controller's clock."""
    latest: About[Utc] = mapped_column(index=True)
