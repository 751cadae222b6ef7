"""Tables of the public screen: secret addresses, and what is public."""

from enum import StrEnum

from sqlalchemy import ForeignKey
from sqlalchemy.orm import mapped_column

from controller.domain.time import Utc
from controller.store.base import Base
from controller.store.data_kinds import ActorRef, PlaceText, Plain, Secret
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

    id: Plain[Uuid] = mapped_column(primary_key=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    kind: Plain[AddressKind]
    name: PlaceText[Word]
    """Where the screen stands."""
    hash: Secret[Hash] = mapped_column(unique=True)
    created_by: ActorRef[str]
    created_at: Plain[Utc]
    revoked_at: Plain[Utc | None]


class ScreenRule(Base):
    """The data that a site publishes; without a row: none."""

    __tablename__ = "screen_rule"

    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    is_public: Plain[bool]
    """Whether the screen and its figures need no secret address."""
    frame_origins: Plain[Strings]
    """The web sites that may frame the occupancy fragment, such as `https://town.example`."""
