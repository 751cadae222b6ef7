"""Policy rows: one fact of a site each, numbered, and the type of its value by table."""

from collections.abc import Mapping
from typing import Any

from msgspec import Raw, Struct

from controller.domain.facts import (
    AccessPoint,
    Assurance,
    Booking,
    CardKind,
    Certification,
    Holder,
    Language,
    Name,
    Plan,
    Schedule,
    Window,
    Zone,
)
from controller.wire.scalars import Code, Kid, PublicKey, RowKey, Seq, Slug, WrappedKey

NULL = b"null"


class HubKey(Struct, frozen=True, kw_only=True):
    """A key that agents trust for what comes from a hub."""

    kid: Kid
    public_key: PublicKey


class SiteRow(Struct, frozen=True, kw_only=True):
    """Value of the one row of table `site`."""

    id: Slug
    name: Name
    time_zone: str
    language: Language = Language.FR
    opening: Slug | None = None
    """Key of the schedule of its opening hours; null: always open."""
    hub_keys: tuple[HubKey, ...]


class CardRow(Struct, frozen=True, kw_only=True):
    """How the badge with this key proves itself. An agent that can't ask it takes its number."""

    kind: CardKind
    assurance: Assurance
    """What it proves: `sun` by the message that it signs, `aes` by mutual authentication."""
    key: WrappedKey


RowValue = (
    SiteRow
    | Zone
    | Plan
    | Schedule
    | Certification
    | AccessPoint
    | Holder
    | Booking
    | Window
    | CardRow
)

TABLES: Mapping[str, type[Any]] = {
    "site": SiteRow,
    "zone": Zone,
    "plan": Plan,
    "schedule": Schedule,
    "certification": Certification,
    "point": AccessPoint,
    "holder": Holder,
    "booking": Booking,
    "window": Window,
    "card": CardRow,
}
"""The tables of version 1. A row of another table is kept as it came, and not read."""


class Row(Struct, frozen=True, kw_only=True):
    """A fact, and the site's version that changed it last.

    `value` holds the bytes of the JSON value; `null` says removed.
    """

    table: Code
    key: RowKey
    version: Seq
    value: Raw

    @property
    def removed(self) -> bool:
        """Whether this row says that the fact is gone."""
        return bytes(self.value).strip() == NULL


def table_of(value: RowValue) -> str:
    """Name of the table that holds such values."""
    return next(name for name, kind in TABLES.items() if isinstance(value, kind))
