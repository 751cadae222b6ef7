"""The policy's thread: handles signed heads, deltas and pages, and passes new facts to the loop."""

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from queue import Empty, SimpleQueue
from typing import Literal

from controller.domain.ids import AccessPointId
from controller.wire.messages import PolicyDelta, PolicyHead, PolicyPage
from devices.agent.clock import Clock
from devices.agent.policy.hub_keys import HubKeys
from devices.agent.policy.site_facts import FACT_TABLES, SiteFacts, build_facts
from devices.agent.policy.store import PolicyStore
from devices.agent.policy.sync import PolicyChange, PolicySync

log = logging.getLogger(__name__)

PolicyMessage = PolicyHead | PolicyDelta | PolicyPage
_Notice = Literal["damaged", "hub_is_there", "nobody_heard"]
_Work = PolicyMessage | bool | _Notice | None
"""A bool: the link came up (True) or went down; None: end the thread."""


class PolicyThread:
    """Runs the policy store on its own thread. Any thread may call `put`."""

    def __init__(
        self,
        store: PolicyStore,
        clock: Clock,
        keys: HubKeys,
        *,
        site_id: str,
        own_points: Iterable[AccessPointId],
        on_facts: Callable[[SiteFacts], None],
    ) -> None:
        """`on_facts` is called on this thread after each change to the policy."""
        self._store, self._clock, self._keys = store, clock, keys
        self._site_id, self._own_points, self._on_facts = site_id, tuple(own_points), on_facts
        self._queue: SimpleQueue[_Work] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="policy", daemon=True)
        self._sync: PolicySync | None = None
        self.facts = self._build()

    def start(self, sync: PolicySync) -> None:
        """Start the thread; from now on only it may use the store and the sync."""
        self._sync = sync
        self._thread.start()

    def put(self, message: PolicyMessage) -> None:
        """Queue a message whose signature is valid."""
        self._queue.put(message)

    def on_connection(self, up: bool) -> None:
        """Report that the link came up or went down."""
        self._queue.put(up)

    def hub_seen(self) -> None:
        """Report that a hub has sent something."""
        self._queue.put("hub_is_there")

    def no_subscriber(self) -> None:
        """Report that a request reached no hub."""
        self._queue.put("nobody_heard")

    def report_damage(self) -> None:
        """Report that a damaged row was read."""
        self._queue.put("damaged")

    def stop(self, timeout_s: float = 5.0) -> None:
        """End after the current work."""
        self._queue.put(None)
        self._thread.join(timeout_s)

    def on_change(self, change: PolicyChange) -> None:
        """Pass a change in the store to the loop; the facts are only built again if they changed.

        PolicySync calls this.
        """
        if change.tables & FACT_TABLES:
            self.facts = self._build()
        else:
            self.facts = replace(self.facts, version=self._store.position.version)
        self._on_facts(self.facts)

    def _build(self) -> SiteFacts:
        facts = build_facts(self._store, self._site_id, self._own_points)
        self._keys.trust_listed(facts.hub_keys)
        return facts

    def _run(self) -> None:
        while True:
            try:
                work = self._take()
                if work is None:
                    break
                self._serve(work)
            except Empty:
                self._run_guarded(lambda sync, now: sync.tick(now))
            except Exception:  # the next message must still be handled
                log.exception("the policy's thread failed at a message")
        self._store.close()

    def _take(self) -> _Work:
        due = self._sync.due() if self._sync is not None else None
        timeout = None if due is None else max(0.0, due - self._clock.mono())
        return self._queue.get(timeout=timeout)

    def _serve(self, work: PolicyMessage | bool | _Notice) -> None:
        match work:
            case PolicyHead():
                self._run_guarded(lambda sync, now: sync.head(work, now))
            case PolicyDelta():
                self._run_guarded(lambda sync, now: sync.delta(work, now))
            case PolicyPage():
                self._run_guarded(lambda sync, now: sync.page(work, now))
            case bool():
                self._run_guarded(lambda sync, now: sync.on_connection(work, now))
            case "damaged":
                self._run_guarded(lambda sync, now: sync.repair(now))
            case "hub_is_there":
                self._run_guarded(lambda sync, now: sync.hub_seen(now))
            case "nobody_heard":
                self._run_guarded(lambda sync, now: sync.no_subscriber())

    def _run_guarded(self, action: Callable[[PolicySync, float], None]) -> None:
        if self._sync is None:
            return
        now = self._clock.mono()
        try:
            action(self._sync, now)
        except sqlite3.Error as error:
            log.error("the policy cannot be written, the old one stays in force: %s", error)
            self._sync.on_disk_failure(now)
