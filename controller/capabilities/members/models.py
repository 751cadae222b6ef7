"""People: members, how they are found, their credentials, plans and subscriptions."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from controller.domain.facts import Language, MemberStatus
from controller.domain.time import Utc
from controller.store.base import Base, Versioned
from controller.store.types import Slug, Sorted, Strings, Text, Uuid


class MemberRow(Versioned, Base):
    """A person known to the place.

    `ref` is the random reference that events and policy carry; erasing it cuts the link.
    """

    __tablename__ = "member"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    ref: Mapped[Uuid] = mapped_column(unique=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    display_name: Mapped[Text]
    email: Mapped[Text | None]
    phone: Mapped[Text | None]
    """Told to the desk and to the person."""
    emergency_contact: Mapped[Text | None]
    """Whom to call when the member is hurt. For the desk and the member."""
    language: Mapped[Language]
    categories: Mapped[Strings]
    aids: Mapped[Strings]
    status: Mapped[MemberStatus]
    needs_help: Mapped[bool] = mapped_column(default=False)
    """By consent: needs help in an evacuation. Such people come first on the roll."""
    guardian_name: Mapped[Text | None]
    """Whom to call for a minor; agents never hear of them."""
    guardian_phone: Mapped[Text | None]
    guardian_email: Mapped[Text | None]
    created_at: Mapped[Utc]

    # All that a list of one state looks at, in its order, of rows that are wide.
    __table_args__ = (Index("ix_member_status_id_site_id", "status", "id", "site_id"),)


class MemberSuspension(Base):
    """That a member's access is suspended, and why; no end: it still is."""

    __tablename__ = "member_suspension"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    member_id: Mapped[Uuid] = mapped_column(ForeignKey("member.id"), index=True)
    at: Mapped[Utc]
    by: Mapped[str]
    reason: Mapped[Text]
    ended_at: Mapped[Utc | None]


class MemberFormer(Base):
    """A record that was merged into another one of that person: its id and reference lead there.

    Agents may tell of the reference for as long as they hold what happened before.
    """

    __tablename__ = "member_former"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    ref: Mapped[Uuid] = mapped_column(unique=True)
    member_id: Mapped[Uuid] = mapped_column(ForeignKey("member.id"), index=True)
    display_name: Mapped[Text]
    email: Mapped[Text | None]
    merged_at: Mapped[Utc]


class MemberSite(Base):
    """A site beyond the home site at which a member is known."""

    __tablename__ = "member_site"

    member_id: Mapped[Uuid] = mapped_column(ForeignKey("member.id"), primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True, index=True)


class MemberWord(Base):
    """One word of a member's name, folded to lower case without accents, for search by prefix."""

    __tablename__ = "member_word"

    word: Mapped[Sorted] = mapped_column(primary_key=True)
    member_id: Mapped[Uuid] = mapped_column(ForeignKey("member.id"), primary_key=True)

    __table_args__ = (Index("ix_member_word_member_id", "member_id"),)


class Maintainer(Base):
    """A member who may use an access point that is out of service, and reset its faults."""

    __tablename__ = "maintainer"

    member_id: Mapped[Uuid] = mapped_column(ForeignKey("member.id"), primary_key=True)
    access_point_id: Mapped[Slug] = mapped_column(
        ForeignKey("access_point.id"), primary_key=True, index=True
    )


class Supervisor(Base):
    """A member who may be answerable for others in a zone."""

    __tablename__ = "supervisor"

    member_id: Mapped[Uuid] = mapped_column(ForeignKey("member.id"), primary_key=True)
    zone_id: Mapped[Slug] = mapped_column(ForeignKey("zone.id"), primary_key=True, index=True)


class OrganisationMember(Base):
    """A member of an organisation; the row goes when that ends."""

    __tablename__ = "organisation_member"

    organisation_id: Mapped[Uuid] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    member_id: Mapped[Uuid] = mapped_column(ForeignKey("member.id"), primary_key=True, index=True)


class ProjectMember(Base):
    """A member of a project; the row goes when that ends."""

    __tablename__ = "project_member"

    project_id: Mapped[Uuid] = mapped_column(ForeignKey("project.id"), primary_key=True)
    member_id: Mapped[Uuid] = mapped_column(ForeignKey("member.id"), primary_key=True, index=True)


class WorksFor(Base):
    """On whose behalf a member has worked since a time; the newest holds, none named: for oneself.

    Kept for a while, so that a machine session that becomes known late is booked as it was then.
    """

    __tablename__ = "works_for"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    member_id: Mapped[Uuid] = mapped_column(ForeignKey("member.id"))
    since: Mapped[Utc]
    organisation_id: Mapped[Uuid | None] = mapped_column(ForeignKey("organisation.id"))
    project_id: Mapped[Uuid | None] = mapped_column(ForeignKey("project.id"))

    __table_args__ = (Index("ix_works_for_member_id_since", "member_id", "since"),)
