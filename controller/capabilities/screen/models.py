"""Tables of the public screen: secret addresses, and what is public."""

from enum import StrEnum

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from controller.domain.time import Utc
from controller.store.base import Base
from controller.store.types import Hash, Slug, Strings, Uuid, Word


class AddressKind(StrEnum):
    """What a secret address opens."""

    SCREEN = "screen"
    """The public screen, at a site that does not publish it."""
    TERMINAL = "terminal"
    """A terminal, where members sign in to their own page by badge and code."""


class ScreenAddress(Base):
    """The secret address of a screen or a terminal, until it is revoked.

    Only its hash is stored.
    """

    __tablename__ = "screen_address"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    kind: Mapped[AddressKind]
    name: Mapped[Word]
    """Where the screen stands."""
    hash: Mapped[Hash] = mapped_column(unique=True)
    created_by: Mapped[str]
    created_at: Mapped[Utc]
    revoked_at: Mapped[Utc | None]


class ScreenRule(Base):
    """The data that a site publishes; without a row: none."""

    __tablename__ = "screen_rule"

    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    is_public: Mapped[bool]
    """Whether the screen and its figures need no secret address."""
    frame_origins: Mapped[Strings]
    """The web sites that may frame the occupancy fragment, such as `https://town.example`."""
