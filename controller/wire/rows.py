"""Policy rows: each is one fact of a site with its version."""

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
"""The value of a removed row, as JSON."""


class HubKey(Struct, frozen=True, kw_only=True):
    """A public key by which agents check a hub's signatures."""

    kid: Kid
    public_key: PublicKey


class SiteRow(Struct, frozen=True, kw_only=True):
    """The value of the only row of table `site`."""

    id: Slug
    name: Name
    time_zone: str
    language: Language = Language.FR
    opening: Slug | None = None
    """Key of the schedule of its opening hours; null: always open."""
    hub_keys: tuple[HubKey, ...]


class CardRow(Struct, frozen=True, kw_only=True):
    """How the badge with this holder key proves itself.

    An agent whose reader can't check the proof accepts the badge's number alone.
    """

    kind: CardKind
    assurance: Assurance
    """What the proof is: `sun` by a message that the card signs, `aes` by mutual authentication."""
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
"""The tables of version 1. An agent stores rows of other tables, but does not read them."""


class Row(Struct, frozen=True, kw_only=True):
    """A fact, with the site's policy version that last changed it.

    `value` has the bytes of the JSON value; `null` means removed.
    """

    table: Code
    key: RowKey
    version: Seq
    value: Raw

    @property
    def removed(self) -> bool:
        """Whether this row removes the fact."""
        return bytes(self.value).strip() == NULL


def table_of(value: RowValue) -> str:
    """Return the name of the table for values of this type."""
    return next(name for name, kind in TABLES.items() if isinstance(value, kind))
