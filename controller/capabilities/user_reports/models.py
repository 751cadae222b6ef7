"""Tables of the user-reports feature: reports, needs, report codes, handover notes."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import mapped_column

from controller.domain.time import Utc
from controller.store.base import Base, Versioned
from controller.store.data_kinds import ActorRef, FreeText, MemberId, MemberText, Plain
from controller.store.types import Slug, Text, Uuid, Word


class ToldKind(StrEnum):
    """What a user reports."""

    FAULT = "fault"
    NEED = "need"
    """Something is missing."""
    IDEA = "idea"
    """Something could be better, or should exist."""
    UPKEEP = "upkeep"
    """No need of the place, but something that whoever maintains the machine has to know."""


WISHES = (ToldKind.NEED, ToldKind.IDEA)
"""Kinds of reports that staff sort into needs."""


class ToldState(StrEnum):
    """The state of a report: new, somebody takes care of it (taken), settled (done)."""

    NEW = "new"
    TAKEN = "taken"
    DONE = "done"


class DiscardReason(StrEnum):
    """Why staff discarded a report of a need."""

    JUNK = "junk"
    NAMES_SOMEBODY = "names_somebody"


class NeedState(StrEnum):
    """The decision about a need; studied: under consideration."""

    OPEN = "open"
    STUDIED = "studied"
    STARTED = "started"
    DONE = "done"
    DECLINED = "declined"


class NeedRow(Versioned, Base):
    """A need that people reported, in the staff's words, and the decision about it."""

    __tablename__ = "need"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    theme: Plain[Word]
    """A key of `needs.PILLARS`, or a theme in the site's own words."""
    title: FreeText[Text]
    state: Plain[NeedState]
    outcome: FreeText[Text | None]
    published: Plain[bool]
    at_desk: Plain[int]
    """How often it was reported in person, in addition to written reports."""
    created_at: Plain[Utc]
    changed_at: Plain[Utc]


class UserReport(Versioned, Base):
    """A fault or a need that a user reported, with or without an account."""

    __tablename__ = "user_report"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"))
    kind: Plain[ToldKind]
    access_point_id: Plain[Slug | None] = mapped_column(ForeignKey("access_point.id"), index=True)
    zone_id: Plain[Slug | None] = mapped_column(ForeignKey("zone.id"))
    text: MemberText[Text | None]
    """Emptied some time after the report is settled, since it may name somebody."""
    dangerous: Plain[bool]
    state: Plain[ToldState]
    member_id: MemberId[Uuid | None] = mapped_column(ForeignKey("member.id"), index=True)
    """The reporter, who sees the answer; removed some time after the report is settled."""
    created_at: Plain[Utc]
    taken_by: ActorRef[str | None]
    taken_at: Plain[Utc | None]
    done_by: ActorRef[str | None]
    done_at: Plain[Utc | None]
    remark: FreeText[Text | None]
    label: FreeText[Word | None]
    """The subject, in staff's words, for anybody at the QR code; null: only its kind."""
    stop_at_idle: Plain[bool]
    """Whether the machine goes out of service once its running job has ended."""
    theme: Plain[Word | None]
    """The theme of a need, as the reporter chose it."""
    need_id: Plain[Uuid | None] = mapped_column(ForeignKey("need.id"), index=True)
    """The need into which it was sorted; null: not sorted yet."""
    discarded: Plain[DiscardReason | None]
    """Why it was discarded instead of sorted; its text is emptied soon after."""
    also: Plain[int] = mapped_column(default=0, server_default="0")
    """How many other people confirmed it, anonymously."""
    contact: MemberText[Text | None]
    """Telephone number or address for the answer; removed when it is settled, or after 90 days."""

    __table_args__ = (Index("ix_user_report_site_id_state", "site_id", "state"),)


class ReportCode(Base):
    """The code in the QR code of a machine or a zone, for reports without an account.

    It can be used only for that, so it is stored in plain text and can be printed again.
    """

    __tablename__ = "report_code"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    code: Plain[Word] = mapped_column(unique=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    access_point_id: Plain[Slug | None] = mapped_column(ForeignKey("access_point.id"))
    zone_id: Plain[Slug | None] = mapped_column(ForeignKey("zone.id"))
    created_at: Plain[Utc]
    revoked_at: Plain[Utc | None]

    __table_args__ = (
        CheckConstraint("(access_point_id IS NULL) <> (zone_id IS NULL)", name="one_thing"),
    )


class HandoverNote(Versioned, Base):
    """A note from one shift at the desk to the next."""

    __tablename__ = "handover_note"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    text: FreeText[Text]
    created_by: ActorRef[str]
    created_at: Plain[Utc]
    until: Plain[Utc | None]
    """When the note expires; null: never."""
    expected_at: Plain[Utc | None]
    """When a delivery is expected."""
    done_by: ActorRef[str | None]
    done_at: Plain[Utc | None]
