"""Sends policies to agents: deltas and heads at changes, heads every minute, pages on request."""

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
_PageKey = tuple[Head, int, str | None]
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
        self._pages: OrderedDict[_PageKey, RowPage] = OrderedDict()
        """Recently read pages, since all agents of a site request the same ones."""

    def site_changed(self, site: str) -> None:
        """Send the site's delta and head, if its version is newer than what was sent last."""
        if not self._leases.holds(site):
            return
        last = self._sent.get(site)
        with self._database.read() as db:
            current = head(db, site)
            if last is not None and _epoch_and_version(last[0]) == _epoch_and_version(current):
                return
            before = (
                _reported_versions(db, current)
                if last is None
                else _version_in_epoch(last[0], current)
            )
            steps = [*_steps(db, before, current)]
        for step in steps:
            self._send_delta(current, step)
        self._send_head(current)

    def bring_up(self, site: str, versions: Mapping[str, tuple[int, int]]) -> None:
        """Send deltas to the whole site if many of these agents need them; `versions`: by agent.

        Otherwise each agent requests pages, which are signed for it alone.
        """
        if not self._leases.holds(site):
            return
        with self._database.read() as db:
            current = head(db, site)
            behind = sorted(
                version for epoch, version in versions.values() if epoch == current.epoch
            )
            behind = [version for version in behind if version < current.version]
            if len(behind) < max(
                MIN_AGENTS_FOR_DELTAS, _count_connected(db, site) // AGENTS_PER_DELTA
            ):
                return
            # An agent that was away for a year must not keep the others from getting deltas.
            steps = _first_steps(db, (behind[0], behind[len(behind) // 2]), current)
        for step in steps:
            self._send_delta(current, step)
        self._counters.add("policy_brought_up", len(behind))

    def poll(self) -> None:
        """Send changes that were not announced to this hub, and heads that are due."""
        with self._database.read() as db:
            stored = heads(db)
        own_sites = self._leases.own_sites()
        for site_head in stored:
            if site_head.site_id not in own_sites:
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
            current = head(db, site)
            since = request.since if request.epoch == current.epoch else 0
            try:
                page = self._page(db, current, since, request.after)
            except ValueError:
                self._counters.add("dropped_bad_cursor")
                return
        message = PolicyPage(
            at=self._clock(),
            request_id=request.request_id,
            epoch=current.epoch,
            to_version=current.version,
            snapshot=since == 0,
            rows=page.rows,
            next=page.next,
        )
        self._link.publish(Topics(site).agent_policy(agent), encode(message))
        self._counters.add("policy_pages")

    def _page(self, db: Session, current: Head, since: int, after: str | None) -> RowPage:
        """Return the page, from the cache if the site's policy is unchanged.

        Raises ValueError for an invalid cursor.
        """
        key = (current, since, after)
        page = self._pages.pop(key, None)
        if page is None:
            page = rows_since(db, current.site_id, since, after, PAGE_BYTES)
        self._pages[key] = page
        if len(self._pages) > KEPT_PAGES:
            self._pages.popitem(last=False)
        return page

    def _send_delta(self, current: Head, step: DeltaRows) -> None:
        message = PolicyDelta(
            at=self._clock(),
            epoch=current.epoch,
            from_version=step.above,
            to_version=step.through,
            rows=step.rows,
        )
        payload = encode(message)
        if len(payload) <= MAX_DELTA:
            self._link.publish(Topics(current.site_id).policy_delta(), payload)
            self._counters.add("policy_deltas")

    def _send_head(self, current: Head) -> None:
        message = PolicyHead(
            at=self._clock(),
            epoch=current.epoch,
            version=current.version,
            holders=current.holders,
            digest=current.digest,
        )
        topic = Topics(current.site_id).policy_head()
        if self._link.publish(topic, encode(message), retain=True):
            self._sent[current.site_id] = (current, self._monotonic())
            self._counters.add("policy_heads")


def _steps(db: Session, before: list[int], current: Head) -> Iterator[DeltaRows]:
    """Yield the available deltas between these versions and up to the current one."""
    for above, through in pairwise([*before, current.version]):
        if above < through:
            yield from (
                steps_between(db, current.site_id, above, through, PAGE_BYTES, MAX_DELTAS) or ()
            )


def _first_steps(db: Session, versions: Iterable[int], current: Head) -> list[DeltaRows]:
    """Return the deltas from the first version from which the current one is reached."""
    for version in versions:
        steps = steps_between(db, current.site_id, version, current.version, PAGE_BYTES, MAX_DELTAS)
        if steps is not None:
            return steps
    return []


def _count_connected(db: Session, site: str) -> int:
    online = select(func.count()).select_from(AgentState).where(AgentState.online)
    at_site = online.join(AgentRow, AgentRow.id == AgentState.agent_id)
    return db.scalar(at_site.where(AgentRow.site_id == site)) or 0


def _version_in_epoch(sent: Head, current: Head) -> list[int]:
    return [sent.version] if sent.epoch == current.epoch else []


def _reported_versions(db: Session, current: Head) -> list[int]:
    """Return the versions that the site's agents have reported: the oldest of those online, and the
    newest.

    They show what earlier hubs have sent. From there deltas update all agents at once; after a head
    alone each waits for some seconds and asks for pages. An agent whose last report was not stored
    may be newer; it accepts a delta that begins before its own version.
    """
    online_version = case((AgentState.online, AgentState.policy_version))
    query = (
        select(func.max(AgentState.policy_version), func.min(online_version))
        .join(AgentRow, AgentRow.id == AgentState.agent_id)
        .where(
            AgentRow.site_id == current.site_id,
            AgentState.epoch == current.epoch,
            AgentState.policy_version <= current.version,
        )
    )
    newest, oldest = db.execute(query).one()
    return sorted({version for version in (newest, oldest) if version})


def _epoch_and_version(at: Head) -> tuple[int, int]:
    return at.epoch, at.version
