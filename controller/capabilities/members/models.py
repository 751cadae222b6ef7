"""Tables of members: people, search words, duties and memberships."""

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import mapped_column

from controller.domain.facts import Language, MemberStatus
from controller.domain.time import Utc
from controller.store.base import Base, Versioned
from controller.store.data_kinds import (
    About,
    ActorRef,
    FreeText,
    Help,
    Identity,
    MemberId,
    MemberRef,
    Plain,
)
from controller.store.types import Slug, Sorted, Strings, Text, Uuid


class MemberRow(Versioned, Base):
    """A person known to the place.

    `ref` is the random reference that stands for the person in events and policy; erasing the row
    cuts that link.
    """

    __tablename__ = "member"

    id: MemberId[Uuid] = mapped_column(primary_key=True)
    ref: MemberRef[Uuid] = mapped_column(unique=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    display_name: Identity[Text]
    email: Identity[Text | None]
    phone: Identity[Text | None]
    """Only the desk and the member may read it."""
    emergency_contact: Identity[Text | None]
    """Whom to call if the member is hurt. Only the desk and the member may read it."""
    language: About[Language]
    categories: About[Strings]
    aids: Help[Strings]
    """Help at the reader, by the member's consent: spoken texts, more time (see `Aid`)."""
    status: About[MemberStatus]
    needs_help: Help[bool] = mapped_column(default=False)
    """Whether the member, by consent, is listed first on the evacuation roll, to be helped."""
    guardian_name: Identity[Text | None]
    """Whom to call for a minor; never sent to agents."""
    guardian_phone: Identity[Text | None]
    guardian_email: Identity[Text | None]
    created_at: About[Utc]

    # The rows are wide: one index covers the columns that lists of members use, the other one finds
    # the few with a guardian.
    __table_args__ = (
        Index("ix_member_status_id_site_id", "status", "id", "site_id"),
        Index(
            "ix_member_guardian_name",
            "guardian_name",
            sqlite_where=text("guardian_name IS NOT NULL"),
            postgresql_where=text("guardian_name IS NOT NULL"),
        ),
    )


class MemberSuspension(Base):
    """A suspension of a member's access, with its reason; without an end, it is still in force."""

    __tablename__ = "member_suspension"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    member_id: MemberId[Uuid] = mapped_column(ForeignKey("member.id"), index=True)
    at: About[Utc]
    by: ActorRef[str]
    reason: FreeText[Text]
    ended_at: About[Utc | None]


class MergedMember(Base):
    """The id and reference of a record that was merged into another one of the same person.

    Agents may still report earlier events under this reference.
    """

    __tablename__ = "member_former"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    ref: MemberRef[Uuid] = mapped_column(unique=True)
    member_id: MemberId[Uuid] = mapped_column(ForeignKey("member.id"), index=True)
    display_name: Identity[Text]
    email: Identity[Text | None]
    merged_at: About[Utc]


class MemberSite(Base):
    """A site, other than the home site, at which a member is known."""

    __tablename__ = "member_site"

    member_id: MemberId[Uuid] = mapped_column(ForeignKey("member.id"), primary_key=True)
    site_id: About[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True, index=True)


class MemberWord(Base):
    """A word of a member's name or address, in lower case without accents, for search by prefix.

    One more begins with `=` and is the same for names that look alike.
    """

    __tablename__ = "member_word"

    word: Identity[Sorted] = mapped_column(primary_key=True)
    member_id: MemberId[Uuid] = mapped_column(ForeignKey("member.id"), primary_key=True)

    __table_args__ = (Index("ix_member_word_member_id", "member_id"),)


class Maintainer(Base):
    """A member who may use an access point that is out of service, and reset its faults."""

    __tablename__ = "maintainer"

    member_id: MemberId[Uuid] = mapped_column(ForeignKey("member.id"), primary_key=True)
    access_point_id: About[Slug] = mapped_column(
        ForeignKey("access_point.id"), primary_key=True, index=True
    )


class Supervisor(Base):
    """A member who may be responsible for others in a zone."""

    __tablename__ = "supervisor"

    member_id: MemberId[Uuid] = mapped_column(ForeignKey("member.id"), primary_key=True)
    zone_id: About[Slug] = mapped_column(ForeignKey("zone.id"), primary_key=True, index=True)


class OrganisationMember(Base):
    """A member belongs to an organisation; the row is deleted when that ends."""

    __tablename__ = "organisation_member"

    organisation_id: About[Uuid] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    member_id: MemberId[Uuid] = mapped_column(ForeignKey("member.id"), primary_key=True, index=True)


class ProjectMember(Base):
    """A member belongs to a project; the row is deleted when that ends."""

    __tablename__ = "project_member"

    project_id: About[Uuid] = mapped_column(ForeignKey("project.id"), primary_key=True)
    member_id: MemberId[Uuid] = mapped_column(ForeignKey("member.id"), primary_key=True, index=True)


class WorksFor(Base):
    """The organisation and project for which a member has worked since a time; empty: for
    themselves.

    The newest row counts. Older ones are stored for a while, so that late machine sessions are
    billed correctly.
    """

    __tablename__ = "works_for"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    member_id: MemberId[Uuid] = mapped_column(ForeignKey("member.id"))
    since: About[Utc]
    organisation_id: About[Uuid | None] = mapped_column(ForeignKey("organisation.id"))
    project_id: About[Uuid | None] = mapped_column(ForeignKey("project.id"))

    __table_args__ = (Index("ix_works_for_member_id_since", "member_id", "since"),)
