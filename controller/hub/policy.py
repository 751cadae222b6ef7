"""Sends policies to agents: a delta and the head at each change, the head every minute, pages on
request."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from controller.capabilities.agents.models import AgentRow, AgentState
from controller.domain.time import Utc
from controller.hub.counters import Counters
from controller.hub.lease import Leases
from controller.kernel.database import Database, wall_clock
from controller.policy import DeltaRows, Head, RowPage, head, heads, rows_since, steps_between
from controller.wire.codec import encode
from controller.wire.limits import MAX_DELTA
from controller.wire.link_port import Link
from controller.wire.messages import PolicyDelta, PolicyHead, PolicyPage, SyncRequest
from controller.wire.topics import Topics

HEAD_S = 60.0
"""Seconds after which a site's head is sent again."""
MAX_DELTAS = 8
"""Most consecutive deltas; an agent that is further behind asks for pages."""
MIN_AGENTS_FOR_DELTAS = 20
"""Deltas go to all agents of a site only if at least this many reconnect with an old policy, and
at least one in `AGENTS_PER_DELTA` of those connected; for fewer, pages cost the network less."""
AGENTS_PER_DELTA = 4
KEPT_PAGES = 16
"""How many pages are cached; 3 MB at most."""
_Asked = tuple[Head, int, str | None]
PAGE_BYTES = 200 * 1024
"""Bytes of rows per page; with its frame a page stays below the 256 KiB of a payload."""


class PolicySender:
    """Sends agents the policies of the sites whose lease this hub holds.

    For one thread only. Everything may be sent twice: agents ignore what they have.
    """

    def __init__(
        self,
        database: Database,
        leases: Leases,
        link: Link,
        counters: Counters,
        *,
        clock: Callable[[], Utc] = wall_clock,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._leases = leases
        self._link = link
        self._counters = counters
        self._clock = clock
        self._monotonic = monotonic
        self._sent: dict[str, tuple[Head, float]] = {}
        """By site: the head that was sent last, and when."""
        self._pages: OrderedDict[_Asked, RowPage] = OrderedDict()
        """The pages that were read last; after an outage all agents of a site ask for the same
        ones."""

    def site_changed(self, site: str) -> None:
        """Send the site's delta and head, if its version is newer than what was sent last."""
        if not self._leases.holds(site):
            return
        sent = self._sent.get(site)
        with self._database.read() as db:
            now_at = head(db, site)
            if sent is not None and _place(sent[0]) == _place(now_at):
                return
            before = _told_by_agents(db, now_at) if sent is None else _of_epoch(sent[0], now_at)
            steps = [*_steps(db, before, now_at)]
        for step in steps:
            self._send_delta(now_at, step)
        self._send_head(now_at)

    def bring_up(self, site: str, places: Mapping[str, tuple[int, int]]) -> None:
        """Send the whole site the deltas that these agents need, given the epoch and version of
        each.

        Otherwise each would ask for the same pages, signed for it alone; if they are few, they do
        that.
        """
        if not self._leases.holds(site):
            return
        with self._database.read() as db:
            now_at = head(db, site)
            behind = sorted(at for epoch, at in places.values() if epoch == now_at.epoch)
            behind = [at for at in behind if at < now_at.version]
            if len(behind) < max(MIN_AGENTS_FOR_DELTAS, _there(db, site) // AGENTS_PER_DELTA):
                return
            # An agent that was away for a year must not keep the others from getting deltas.
            steps = _first_steps(db, (behind[0], behind[len(behind) // 2]), now_at)
        for step in steps:
            self._send_delta(now_at, step)
        self._counters.add("policy_brought_up", len(behind))

    def look(self) -> None:
        """Send changes that were not announced to this hub, and heads that are due."""
        with self._database.read() as db:
            stored = heads(db)
        held = self._leases.held()
        for site_head in stored:
            if site_head.site_id not in held:
                self._sent.pop(site_head.site_id, None)
                continue
            before = self._sent.get(site_head.site_id)
            if before is None or before[0] != site_head:
                self.site_changed(site_head.site_id)
            elif self._monotonic() - before[1] >= HEAD_S:
                self._send_head(site_head)

    def forget(self) -> None:
        """Mark all heads as due, since the broker may have lost them before a reconnection."""
        self._sent = {site: (sent, -math.inf) for site, (sent, _) in self._sent.items()}

    def answer(self, site: str, agent: str, request: SyncRequest) -> None:
        """Send the page that an agent requests, if this hub holds the site's lease."""
        if not self._leases.holds(site):
            return
        with self._database.read() as db:
            # The version is read before the rows, so what changes in between is sent again later.
            now_at = head(db, site)
            since = request.since if request.epoch == now_at.epoch else 0
            try:
                page = self._page(db, now_at, since, request.after)
            except ValueError:
                self._counters.add("dropped_bad_cursor")
                return
        message = PolicyPage(
            at=self._clock(),
            request_id=request.request_id,
            epoch=now_at.epoch,
            to_version=now_at.version,
            snapshot=since == 0,
            rows=page.rows,
            next=page.next,
        )
        self._link.publish(Topics(site).agent_policy(agent), encode(message))
        self._counters.add("policy_pages")

    def _page(self, db: Session, now_at: Head, since: int, after: str | None) -> RowPage:
        """Return the page, from the cache if the site's policy is unchanged.

        Raises ValueError for an invalid cursor.
        """
        asked = (now_at, since, after)
        page = self._pages.pop(asked, None)
        if page is None:
            page = rows_since(db, now_at.site_id, since, after, PAGE_BYTES)
        self._pages[asked] = page
        if len(self._pages) > KEPT_PAGES:
            self._pages.popitem(last=False)
        return page

    def _send_delta(self, now_at: Head, step: DeltaRows) -> None:
        message = PolicyDelta(
            at=self._clock(),
            epoch=now_at.epoch,
            from_version=step.above,
            to_version=step.through,
            rows=step.rows,
        )
        payload = encode(message)
        if len(payload) <= MAX_DELTA:
            self._link.publish(Topics(now_at.site_id).policy_delta(), payload)
            self._counters.add("policy_deltas")

    def _send_head(self, at: Head) -> None:
        message = PolicyHead(
            at=self._clock(),
            epoch=at.epoch,
            version=at.version,
            holders=at.holders,
            digest=at.digest,
        )
        topic = Topics(at.site_id).policy_head()
        if self._link.publish(topic, encode(message), retain=True):
            self._sent[at.site_id] = (at, self._monotonic())
            self._counters.add("policy_heads")


def _steps(db: Session, before: list[int], now_at: Head) -> Iterator[DeltaRows]:
    """Yield the deltas from each of these versions to the next and to the current one, where
    available."""
    for above, through in pairwise([*before, now_at.version]):
        if above < through:
            yield from (
                steps_between(db, now_at.site_id, above, through, PAGE_BYTES, MAX_DELTAS) or ()
            )


def _first_steps(db: Session, above: Iterable[int], now_at: Head) -> list[DeltaRows]:
    """Return the deltas from the first of these versions from which deltas reach the current
    one."""
    for version in above:
        found = steps_between(db, now_at.site_id, version, now_at.version, PAGE_BYTES, MAX_DELTAS)
        if found is not None:
            return found
    return []


def _there(db: Session, site: str) -> int:
    """Return the number of connected agents of a site."""
    online = select(func.count()).select_from(AgentState).where(AgentState.online)
    at_site = online.join(AgentRow, AgentRow.id == AgentState.agent_id)
    return db.scalar(at_site.where(AgentRow.site_id == site)) or 0


def _of_epoch(sent: Head, now_at: Head) -> list[int]:
    return [sent.version] if sent.epoch == now_at.epoch else []


def _told_by_agents(db: Session, now_at: Head) -> list[int]:
    """Return the versions that the site's agents have reported: the oldest of those online, and the
    newest.

    They show what earlier hubs have sent. From there deltas update all agents at once; after a head
    alone each waits for some seconds and asks for pages. An agent whose last report was not stored
    may be newer; it accepts a delta that begins before its own version.
    """
    there = case((AgentState.online, AgentState.policy_version))
    told = (
        select(func.max(AgentState.policy_version), func.min(there))
        .join(AgentRow, AgentRow.id == AgentState.agent_id)
        .where(
            AgentRow.site_id == now_at.site_id,
            AgentState.epoch == now_at.epoch,
            AgentState.policy_version <= now_at.version,
        )
    )
    newest, oldest = db.execute(told).one()
    return sorted({version for version in (newest, oldest) if version})


def _place(at: Head) -> tuple[int, int]:
    return at.epoch, at.version
