"""Tables of Home Assistant."""

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import mapped_column

from controller.domain.time import Utc
from controller.store.base import Base
from controller.store.data_kinds import ActorRef, Plain, Raw
from controller.store.types import Slug, Text


class HomeDoorRow(Base):
    """A door that a manager has allowed Home Assistant to open, once per request."""

    __tablename__ = "home_assistant_door"

    access_point_id: Plain[Slug] = mapped_column(ForeignKey("access_point.id"), primary_key=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    allowed_by: ActorRef[str]
    allowed_at: Plain[Utc]


class HomeEnergyRow(Base):
    """The energy that a machine has used since Home Assistant first got its values."""

    __tablename__ = "home_assistant_energy"

    access_point_id: Plain[Slug] = mapped_column(ForeignKey("access_point.id"), primary_key=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    watt_s: Plain[int] = mapped_column(BigInteger)


class HomeLinkRow(Base):
    """Whether the broker of a site's Home Assistant is connected, and since when."""

    __tablename__ = "home_assistant_link"

    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    connected: Plain[bool]
    since: Plain[Utc]
    error: Raw[Text | None]
    """The error of the broker or the network, if it is not connected."""
