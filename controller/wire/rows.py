"""Policy rows: one fact of a site each, numbered, and the type of its value by table."""

from collections.abc import Mapping
from typing import Any

from msgspec import Raw, Struct

from controller.domain.facts import (
    AccessPoint,
    Booking,
    Certification,
    Holder,
    Language,
    Name,
    Plan,
    Schedule,
    Window,
    Zone,
)
from controller.wire.scalars import Code, Kid, PublicKey, RowKey, Seq, Slug

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


RowValue = (
    SiteRow | Zone | Plan | Schedule | Certification | AccessPoint | Holder | Booking | Window
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
