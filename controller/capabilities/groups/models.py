"""Tables of groups of visitors and of supervision windows."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from controller.domain.time import Utc
from controller.store.base import Base, Versioned
from controller.store.types import Slug, Strings, Text, Uuid


class GroupRow(Versioned, Base):
    """A group of visitors with one badge, which works only under supervision.

    Events refer to it by `ref`, as they do to members.
    """

    __tablename__ = "visiting_group"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    ref: Mapped[Uuid] = mapped_column(unique=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    organisation_id: Mapped[Uuid | None] = mapped_column(ForeignKey("organisation.id"))
    name: Mapped[Text]
    supervisors: Mapped[Text | None]
    """Names of the people responsible for the group, such as teachers or parents, as typed."""
    headcount: Mapped[int]
    accompanied: Mapped[Strings]
    """Certifications at level *accompanied*, for use with a supervisor present."""
    ends_at: Mapped[Utc]
    ended_at: Mapped[Utc | None]
    """When the group left and its badge was returned."""
    created_by: Mapped[str]
    created_at: Mapped[Utc]


class WindowRow(Base):
    """A supervision window, mostly projected from events; while open it is in the site's policy."""

    __tablename__ = "supervision_window"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    agent_id: Mapped[Slug | None]
    zone_id: Mapped[Slug]
    supervisor: Mapped[Uuid | None]
    """The supervisor's member reference; null after retention."""
    opened_at: Mapped[Utc | None]
    until: Mapped[Utc | None]
    """When it ends; null, like `opened_at`, if only its closing was reported."""
    closed_at: Mapped[Utc | None]
    opened_by: Mapped[str | None]
    """Who opened it over the API or a page; null: by a tap."""
    closed_by: Mapped[str | None]
    """Who closed it over the API or a page, or `system:clock` at its end; null: by a tap."""
