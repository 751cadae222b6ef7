"""What people tell: faults and needs of users, and notes that one shift leaves to the next."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from controller.domain.time import Utc
from controller.store.base import Base, Versioned
from controller.store.types import Slug, Text, Uuid, Word


class ToldKind(StrEnum):
    FAULT = "fault"
    NEED = "need"
    """Something is lacking."""
    IDEA = "idea"
    """Something could be better, or be there."""


WISHES = (ToldKind.NEED, ToldKind.IDEA)
"""What needs of the place are counted from."""


class ToldState(StrEnum):
    NEW = "new"
    TAKEN = "taken"
    DONE = "done"


class NeedState(StrEnum):
    """What became of a need."""

    OPEN = "open"
    STUDIED = "studied"
    STARTED = "started"
    DONE = "done"
    DECLINED = "declined"


class NeedRow(Versioned, Base):
    """A need that people told, once or often, in the place's words, and what became of it."""

    __tablename__ = "need"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    theme: Mapped[Word]
    """One of `needs.PILLARS`, or the site's own words."""
    title: Mapped[Text]
    state: Mapped[NeedState]
    outcome: Mapped[Text | None]
    published: Mapped[bool]
    at_desk: Mapped[int]
    """How often it was told aloud, beside what people wrote."""
    created_at: Mapped[Utc]
    changed_at: Mapped[Utc]


class UserReport(Versioned, Base):
    """A fault or a need that a user told, with or without an account."""

    __tablename__ = "user_report"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"))
    kind: Mapped[ToldKind]
    access_point_id: Mapped[Slug | None] = mapped_column(ForeignKey("access_point.id"), index=True)
    zone_id: Mapped[Slug | None] = mapped_column(ForeignKey("zone.id"))
    text: Mapped[Text | None]
    """Emptied, as it may name somebody, so long after it is done."""
    dangerous: Mapped[bool]
    state: Mapped[ToldState]
    member_id: Mapped[Uuid | None] = mapped_column(ForeignKey("member.id"), index=True)
    """Who told it, so that they can be asked and see what became of it; until it is done."""
    created_at: Mapped[Utc]
    taken_by: Mapped[str | None]
    taken_at: Mapped[Utc | None]
    done_by: Mapped[str | None]
    done_at: Mapped[Utc | None]
    remark: Mapped[Text | None]
    stop_at_idle: Mapped[bool]
    """The machine is to go out of service once its running job is over."""
    theme: Mapped[Word | None]
    """Of a need, as who told it chose."""
    need_id: Mapped[Uuid | None] = mapped_column(ForeignKey("need.id"), index=True)
    """The need that it tells once more; null: nobody has sorted it yet."""
    also: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many others said the same, without a word or a name."""
    contact: Mapped[Text | None]
    """Where who told it wants an answer; until it is done, and for 90 days at most."""

    __table_args__ = (Index("ix_user_report_site_id_state", "site_id", "state"),)


class ReportCode(Base):
    """The code in the QR of a machine or a zone, with which anybody may tell, without an account.

    It gives nothing but that, so it is kept readable, to be printed again.
    """

    __tablename__ = "report_code"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    code: Mapped[Word] = mapped_column(unique=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    access_point_id: Mapped[Slug | None] = mapped_column(ForeignKey("access_point.id"))
    zone_id: Mapped[Slug | None] = mapped_column(ForeignKey("zone.id"))
    created_at: Mapped[Utc]
    revoked_at: Mapped[Utc | None]

    __table_args__ = (
        CheckConstraint("(access_point_id IS NULL) <> (zone_id IS NULL)", name="one_thing"),
    )


class HandoverNote(Versioned, Base):
    """A note for those who come next at a place's desk."""

    __tablename__ = "handover_note"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    text: Mapped[Text]
    created_by: Mapped[str]
    created_at: Mapped[Utc]
    until: Mapped[Utc | None]
    """After this nobody needs it any more."""
    expected_at: Mapped[Utc | None]
    """Of a delivery: when it comes."""
    done_by: Mapped[str | None]
    done_at: Mapped[Utc | None]
