"""Tables of what a place shows without an account."""

from enum import StrEnum

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from controller.domain.time import Utc
from controller.store.base import Base
from controller.store.types import Hash, Slug, Strings, Uuid, Word


class AddressKind(StrEnum):
    """What stands at a secret address."""

    SCREEN = "screen"
    """The public screen, in a place that does not publish it."""
    TERMINAL = "terminal"
    """Where members sign into their own page by badge and code."""


class ScreenAddress(Base):
    """An address that a screen or a terminal opens, until it is revoked; only its hash is kept."""

    __tablename__ = "screen_address"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    kind: Mapped[AddressKind]
    name: Mapped[Word]
    """Where it stands."""
    hash: Mapped[Hash] = mapped_column(unique=True)
    created_by: Mapped[str]
    created_at: Mapped[Utc]
    revoked_at: Mapped[Utc | None]


class ScreenRule(Base):
    """What a site shows to everybody; without a row: nothing."""

    __tablename__ = "screen_rule"

    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    is_public: Mapped[bool]
    """Whether the screen and its figures need no secret address."""
    frame_origins: Mapped[Strings]
    """The web sites that may show the fragment with how full it is, as `https://town.example`."""
