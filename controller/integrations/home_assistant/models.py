"""Tables of Home Assistant."""

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from controller.domain.time import Utc
from controller.store.base import Base
from controller.store.types import Slug, Text


class HomeDoorRow(Base):
    """A door that a manager has allowed Home Assistant to open, once per request."""

    __tablename__ = "home_assistant_door"

    access_point_id: Mapped[Slug] = mapped_column(ForeignKey("access_point.id"), primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    allowed_by: Mapped[str]
    allowed_at: Mapped[Utc]


class HomeEnergyRow(Base):
    """The energy that a machine has used since Home Assistant first got its values."""

    __tablename__ = "home_assistant_energy"

    access_point_id: Mapped[Slug] = mapped_column(ForeignKey("access_point.id"), primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    watt_s: Mapped[int] = mapped_column(BigInteger)


class HomeLinkRow(Base):
    """Whether the broker of a site's Home Assistant is connected, and since when."""

    __tablename__ = "home_assistant_link"

    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    connected: Mapped[bool]
    since: Mapped[Utc]
    error: Mapped[Text | None]
    """The error of the broker or the network, if it is not connected."""
