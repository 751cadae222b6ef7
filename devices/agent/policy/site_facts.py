"""The facts that decisions need besides the holder, read from the policy's small tables."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

import msgspec

from controller.domain.facts import (
    AccessPoint,
    Booking,
    Certification,
    Holder,
    Plan,
    Schedule,
    Site,
    Window,
    Zone,
)
from controller.domain.ids import AccessPointId, HolderKey
from controller.wire.codec import dec_hook
from controller.wire.rows import HubKey, SiteRow
from controller.wire.values import decode_value
from devices.agent import sqlite
from devices.agent.policy.store import PolicyCopy, row_sum

FACT_TABLES = frozenset(
    {"site", "zone", "plan", "schedule", "certification", "point", "booking", "window"}
)
"""The facts are built again if one of these tables changes."""
_HOLDER = "SELECT version, value, sum FROM row WHERE tab = 'holder' AND key = ?"
"""Holders are read one by one, since there are many."""
KNOWN_NEEDS: frozenset[str] = frozenset()
"""Rules beyond protocol version 1 that this program supports."""


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """The facts of a site at one moment, with the access points of one agent."""

    site: Site
    points: dict[AccessPointId, AccessPoint] = field(default_factory=dict)
    bookings: dict[AccessPointId, tuple[Booking, ...]] = field(default_factory=dict)
    windows: dict[str, Window] = field(default_factory=dict)
    """Supervision windows by key, which is the window's id."""
    hub_keys: tuple[HubKey, ...] = ()
    version: int = 0


def build_facts(store: PolicyCopy, site_id: str, own: Iterable[AccessPointId]) -> SiteFacts:
    """Read the small tables. Without a policy: a site without rules and without access points.

    `own`: the access points of this agent.
    """
    own_points = frozenset(own)
    head = _table(store, "site", SiteRow).get(site_id)
    points = _table(store, "point", AccessPoint, own_points)
    bookings: dict[AccessPointId, list[Booking]] = defaultdict(list)
    for booking in _table(store, "booking", Booking).values():
        if booking.access_point in own_points:
            bookings[booking.access_point].append(booking)
    return SiteFacts(
        site=_site(store, site_id, head),
        points=points,
        bookings={point: tuple(point_bookings) for point, point_bookings in bookings.items()},
        windows=_table(store, "window", Window),
        hub_keys=head.hub_keys if head is not None else (),
        version=store.position.version,
    )


def _site(store: PolicyCopy, site_id: str, head: SiteRow | None) -> Site:
    site = Site(
        id=site_id,
        schedules=MappingProxyType(_table(store, "schedule", Schedule)),
        plans=MappingProxyType(_table(store, "plan", Plan)),
        zones=MappingProxyType(_table(store, "zone", Zone)),
        certifications=MappingProxyType(_table(store, "certification", Certification)),
    )
    if head is None:
        return site
    return replace(
        site, name=head.name, time_zone=head.time_zone, language=head.language, opening=head.opening
    )


def _table(
    store: PolicyCopy, table: str, kind: type[Any], keys: Collection[str] | None = None
) -> dict[Any, Any]:
    """Return a table's values by key.

    Only wanted rows are decoded, since a large site has a thousand access points.
    """
    values = {}
    for row in store.rows(table):
        if keys is not None and row.key not in keys:
            continue
        value = decode_value(table, row.value or b"").value
        if isinstance(value, kind):
            values[row.key] = value
    return values


class HolderLookup(Protocol):
    """Finds the holder of a holder key."""

    def get(self, key: HolderKey) -> Holder | None:
        """See Holders."""


class Holders:
    """Reads holders from the policy's file, one at a time; only the loop's thread uses it."""

    def __init__(self, path: Path, damaged: Callable[[], None] = lambda: None) -> None:
        """`damaged` is called if a row is damaged."""
        self._db, self._damaged = sqlite.connect(path), damaged
        self._db.execute("PRAGMA query_only = ON")
        self._decoder = msgspec.json.Decoder(Holder, dec_hook=dec_hook)

    def get(self, key: HolderKey) -> Holder | None:
        """Return the holder of a credential, or None. Raises sqlite3.Error if it can't be read."""
        row = self._db.execute(_HOLDER, (key,)).fetchone()
        if row is None:
            return None
        version, value, saved = row
        if saved != row_sum("holder", key, version, value):
            self._damaged()
            raise sqlite.DamagedFile("a holder's row does not match its sum")
        return None if value is None else self._decoder.decode(value)

    def close(self) -> None:
        self._db.close()
