"""The table of sites' plans."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from controller.domain.time import Utc
from controller.store.base import Base
from controller.store.types import Json, Slug


class SitePlan(Base):
    """The plan of a site: what everybody sees, and the draft of the next one."""

    __tablename__ = "site_plan"

    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    published: Mapped[Json | None]
    """A `Drawing` as JSON, as are the others; null: none was published."""
    published_at: Mapped[Utc | None]
    earlier: Mapped[Json | None]
    """What was published before, for undoing."""
    earlier_at: Mapped[Utc | None]
    """When `earlier` was published."""
    draft: Mapped[Json | None]
    """Null: nothing was drawn since the last was published."""
    draft_at: Mapped[Utc | None]
