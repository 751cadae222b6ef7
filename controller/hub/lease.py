"""Of several hubs, one sends a site's policy and commands: the one that holds its lease."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.kernel.database import Database, database_time, wall_clock
from controller.kernel.models import Lease
from controller.policy.models import PolicySite
from controller.store.upsert import insert_missing

TERM_S = 10.0
"""How long a lease holds unless it is renewed: a dead hub's sites go to another after this."""
RENEW_S = 3.0
MARGIN_S = 1.0
"""A hub stops to act this long before its lease ends, so that two never act at once."""


class Leases:
    """The sites whose lease this hub holds. Renew it every RENEW_S seconds."""

    def __init__(
        self,
        database: Database,
        holder: str,
        *,
        clock: Callable[[], Utc] = wall_clock,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._holder = holder
        self._clock = clock
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._until: dict[str, float] = {}

    def holds(self, site: str) -> bool:
        """Whether this hub may act for the site now; asks no database."""
        with self._lock:
            return self._monotonic() < self._until.get(site, 0.0)

    def held(self) -> frozenset[str]:
        """The sites for which this hub may act now."""
        now = self._monotonic()
        with self._lock:
            return frozenset(site for site, until in self._until.items() if now < until)

    def renew(self) -> frozenset[str]:
        """Renew what it holds, take what nobody holds; returns the sites newly taken.

        Raises DBAPIError; what it held then ends by itself.
        """
        before = self.held()
        started = self._monotonic()
        with self._database.write() as db:
            mine = _take(db, self._holder, database_time(db, self._clock))
        with self._lock:
            self._until = dict.fromkeys(mine, started + TERM_S - MARGIN_S)
        return frozenset(mine) - before

    def release(self) -> None:
        """Let another hub take over at once."""
        with self._lock:
            self._until = {}
        with self._database.write() as db:
            ended = Utc.of(database_time(db, self._clock) - timedelta(milliseconds=1))
            db.execute(update(Lease).where(Lease.holder == self._holder).values(until=ended))


def _take(db: Session, holder: str, now: Utc) -> list[str]:
    names = {f"site:{site}": site for site in db.scalars(select(PolicySite.site_id))}
    until = Utc.of(now + timedelta(seconds=TERM_S))
    fresh = [{"name": name, "holder": "", "until": now, "term": 0} for name in sorted(names)]
    insert_missing(db, Lease, fresh)
    leases = db.scalars(
        select(Lease).where(Lease.name.in_(names)).order_by(Lease.name).with_for_update()
    )
    mine = []
    for lease in leases:
        if lease.holder != holder and lease.until > now:
            continue
        lease.term += lease.holder != holder
        lease.holder, lease.until = holder, until
        mine.append(names[lease.name])
    return mine
