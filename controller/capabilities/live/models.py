"""The table of positions on a site's plan."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from controller.store.base import Base
from controller.store.types import Slug


class PlanPlace(Base):
    """Where a machine or a door stands on its site's plan."""

    __tablename__ = "plan_place"

    access_point_id: Mapped[Slug] = mapped_column(ForeignKey("access_point.id"), primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    x: Mapped[int]
    """Distance from the left, in thousandths of the plan's width."""
    y: Mapped[int]
    """Distance from the top, in thousandths of the plan's height."""
