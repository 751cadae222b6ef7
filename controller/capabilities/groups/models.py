"""Tables of groups of visitors and of supervision windows."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import mapped_column

from controller.domain.time import Utc
from controller.store.base import Base, Versioned
from controller.store.data_kinds import ActorRef, FreeText, MemberRef, Plain
from controller.store.types import Slug, Strings, Text, Uuid


class GroupRow(Versioned, Base):
    """A group of visitors with one badge, which works only under supervision.

    Events refer to it by `ref`, as they do to members.
    """

    __tablename__ = "visiting_group"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    ref: Plain[Uuid] = mapped_column(unique=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    organisation_id: Plain[Uuid | None] = mapped_column(ForeignKey("organisation.id"))
    name: FreeText[Text]
    supervisors: FreeText[Text | None]
    """Names of the people responsible for the group, such as teachers or parents, as typed."""
    headcount: Plain[int]
    accompanied: Plain[Strings]
    """Certifications at level *accompanied*, for use with a supervisor present."""
    ends_at: Plain[Utc]
    ended_at: Plain[Utc | None]
    """When the group left and its badge was returned."""
    created_by: ActorRef[str]
    created_at: Plain[Utc]


class WindowRow(Base):
    """A supervision window, mostly projected from events; while open it is in the site's policy."""

    __tablename__ = "supervision_window"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    agent_id: Plain[Slug | None]
    zone_id: Plain[Slug]
    supervisor: MemberRef[Uuid | None]
    """The supervisor's member reference; null after retention."""
    opened_at: Plain[Utc | None]
    until: Plain[Utc | None]
    """When it ends; null, like `opened_at`, if only its closing was reported."""
    closed_at: Plain[Utc | None]
    opened_by: ActorRef[str | None]
    """Who opened it over the API or a page; null: by a tap."""
    closed_by: ActorRef[str | None]
    """Who closed it over the API or a page, or `system:clock` at its end; null: by a tap."""
