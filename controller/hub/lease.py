"""Leases: each site is served by the hub that holds its lease; hubs share evenly."""

import math
import threading
import time
from collections.abc import Callable, Iterable
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from controller.capabilities.agents.brokers import Address, sites_at
from controller.domain.time import Utc
from controller.kernel.database import Database, database_time, wall_clock
from controller.kernel.models import Lease
from controller.store.upsert import insert_missing
from controller.wire.link_port import Link
from controller.wire.topics import hub_subscriptions

TERM_S = 7.0
"""Seconds until a lease expires unless renewed; then another hub takes the sites of a dead one."""
_AFTER_END_S = 0.05
"""Seconds after the end of another hub's lease at which to check whether it was renewed."""
_HUB, _HUBS_AT, _SITE = "hub:", "hub-at:", "site:"


class Leases:
    """The sites whose lease this hub holds; `renew` must be called every `renew_s` seconds."""

    def __init__(
        self,
        database: Database,
        holder: str,
        *,
        term_s: float = TERM_S,
        at: Address | None = None,
        is_able: Callable[[], bool] = lambda: True,
        clock: Callable[[], Utc] = wall_clock,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`holder`: the hub's name, so that it gets its sites back at once after a restart.

        `at`: its broker; only this broker's sites and hubs count. None: the installation's own.

        `is_able`: whether the hub reaches the broker; while it doesn't, hubs that do take its
        sites.
        """
        self.renew_s = 0.25 * term_s
        self._term_s = term_s
        # The hub stops acting this long before its lease ends, so that two hubs never act at once.
        self._holds_s = 0.9 * term_s
        self._database = database
        self._holder = holder
        self._at = at
        self._hubs = _HUB if at is None else f"{_HUBS_AT}{at}:"
        self._is_able = is_able
        self._clock = clock
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._until: dict[str, float] = {}
        self._sites_of_others: frozenset[str] = frozenset()
        self._next_end = 0.0
        """Monotonic time at which the first lease of another hub ends, unless renewed."""

    def holds(self, site: str) -> bool:
        """Return whether this hub may act for the site now; needs no database."""
        with self._lock:
            return self._monotonic() < self._until.get(site, 0.0)

    def own_sites(self) -> frozenset[str]:
        """Return the sites for which this hub may act now."""
        now = self._monotonic()
        with self._lock:
            return frozenset(site for site, until in self._until.items() if now < until)

    def sites_of_others(self) -> frozenset[str]:
        """Return the sites that other hubs served at the last renewal."""
        return self._sites_of_others

    def next_end_s(self) -> float:
        """Return the seconds until another hub's lease may have ended; infinite if none is known.

        Waiting for the next regular renewal would leave the sites of a dead hub unserved for
        longer.
        """
        left = self._next_end - self._monotonic()
        return left + _AFTER_END_S if left > 0 else math.inf

    def renew(self) -> frozenset[str]:
        """Renew the leases of this hub's share and take free ones; return the newly taken sites.

        Raises DBAPIError; the leases then expire.
        """
        before = self.own_sites()
        started = self._monotonic()
        with self._database.write() as db:
            now = database_time(db, self._clock)
            sites = sites_at(db, self._at)
            share = self._share(db, len(sites), now)
            own, others = self._take(db, sites, share, now)
        self._sites_of_others = frozenset(others)
        left_s = [(until - now).total_seconds() for until in others.values()]
        self._next_end = started + min(left_s, default=0.0)
        with self._lock:
            self._until = dict.fromkeys(own, started + self._holds_s)
        return frozenset(own) - before

    def release(self) -> None:
        """End the leases, so that other hubs can take over at once."""
        with self._lock:
            self._until = {}
        with self._database.write() as db:
            expiry = _just_before(database_time(db, self._clock))
            db.execute(update(Lease).where(Lease.holder == self._holder).values(until=expiry))

    def _share(self, db: Session, sites: int, now: Utc) -> int:
        """Return how many of the given number of sites this hub should serve."""
        name = f"{self._hubs}{self._holder}"
        self._add(db, [name], now)
        until = self._term_end(now) if self._is_able() else _just_before(now)
        own_entry = update(Lease).where(Lease.name == name)
        db.execute(own_entry.values(holder=self._holder, until=until))
        able = select(Lease.name).where(
            Lease.name.startswith(self._hubs, autoescape=True),
            Lease.until > now,
            Lease.until <= self._latest(now),
        )
        hubs = db.scalars(able).all()
        if not hubs:
            return sites
        return -(-sites // len(hubs)) if name in hubs else 0

    def _take(
        self, db: Session, sites: Iterable[str], share: int, now: Utc
    ) -> tuple[list[str], dict[str, Utc]]:
        """Take leases; return own sites, and other hubs' sites with the end of their leases."""
        names = {f"{_SITE}{site}": site for site in sites}
        self._add(db, names, now)
        query = select(Lease).where(Lease.name.in_(names)).order_by(Lease.name).with_for_update()
        leases = db.scalars(query).all()
        own = [lease for lease in leases if lease.holder == self._holder]
        others = [lease for lease in leases if lease.holder != self._holder]
        free = [lease for lease in others if not now < lease.until <= self._latest(now)]
        for lease in own[share:]:
            lease.until = min(lease.until, _just_before(now))
        to_serve = [*own, *free][:share]
        for lease in to_serve:
            lease.term += lease.holder != self._holder
            lease.holder, lease.until = self._holder, self._term_end(now)
        sites_of_others = {
            names[lease.name]: lease.until for lease in others if lease not in to_serve + free
        }
        return [names[lease.name] for lease in to_serve], sites_of_others

    def _add(self, db: Session, names: Iterable[str], now: Utc) -> None:
        rows = [{"name": name, "holder": "", "until": now, "term": 0} for name in sorted(names)]
        insert_missing(db, Lease, rows)

    def _term_end(self, now: Utc) -> Utc:
        return Utc.of(now + timedelta(seconds=self._term_s))

    def _latest(self, now: Utc) -> Utc:
        """Return the latest valid end; a later one was written before a clock was set back."""
        return Utc.of(now + timedelta(seconds=2 * self._term_s))


def _just_before(now: Utc) -> Utc:
    return Utc.of(now - timedelta(milliseconds=1))


# The agents whose messages a hub receives: those of the sites whose lease it holds.


class Subscriptions:
    """Subscribes to the topics of this hub's sites. For one thread only."""

    def __init__(self, leases: Leases, link: Link) -> None:
        self._leases = leases
        self._link = link
        self._sites: frozenset[str] = frozenset()

    def follow(self) -> None:
        """Subscribe to this hub's sites, and unsubscribe from those of other hubs.

        A released site stays subscribed until another hub has it: duplicates do no harm, and no
        message is lost.
        """
        sites = self._leases.own_sites()
        lost = (self._sites & self._leases.sites_of_others()) - sites
        for site in sites - self._sites:
            for topic_filter in hub_subscriptions(site):
                self._link.subscribe(topic_filter)
        for site in lost:
            for topic_filter in hub_subscriptions(site):
                self._link.unsubscribe(topic_filter)
        self._sites = (self._sites | sites) - lost
