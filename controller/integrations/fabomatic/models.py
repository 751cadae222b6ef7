"""Tables of FabOMatic."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import mapped_column

from controller.domain.time import Utc
from controller.store.base import Base
from controller.store.data_kinds import Plain, Raw, Secret
from controller.store.types import Slug, Text, Uuid, Word


class FabomaticBoardRow(Base):
    """Assigns a machine in Loquet to the machine number that a FabOMatic board uses."""

    __tablename__ = "fabomatic_board"

    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    number: Plain[int] = mapped_column(primary_key=True, autoincrement=False)
    access_point_id: Plain[Slug] = mapped_column(ForeignKey("access_point.id"), unique=True)
    session_id: Plain[Uuid | None]
    """The board's current session; null: there is none."""
    seen_at: Plain[Utc | None]
    in_time_at: Plain[Utc | None]
    """When it last reported a card or a use without delay."""
    version: Raw[Word | None]
    password_hash: Secret[Text | None]
    """As Mosquitto stores it; null: the board has no entry in the access list."""


class FabomaticLinkRow(Base):
    """Whether the broker of a site's boards is connected, and since when."""

    __tablename__ = "fabomatic_link"

    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    connected: Plain[bool]
    since: Plain[Utc]
    error: Raw[Text | None]
    """The error of the broker or the network, if it is not connected."""
