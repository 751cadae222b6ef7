"""The table of sites' plans."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import mapped_column

from controller.domain.time import Utc
from controller.store.base import Base
from controller.store.data_kinds import Plain
from controller.store.types import Json, Slug


class SitePlan(Base):
    """The plan of a site: the published one, and the draft of the next one."""

    __tablename__ = "site_plan"

    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    published: Plain[Json | None]
    """A `Drawing` as JSON, like the others; null: nothing was published."""
    published_at: Plain[Utc | None]
    earlier: Plain[Json | None]
    """The previously published plan, for undoing."""
    earlier_at: Plain[Utc | None]
    """When `earlier` was published."""
    draft: Plain[Json | None]
    """Null: nothing was drawn since the last publication."""
    draft_at: Plain[Utc | None]
