"""A thread that handles messages in groups; no error in a message stops it."""

import logging
import threading
import time
from collections.abc import Callable

from controller.hub.budget import Budget, Budgets
from controller.hub.counters import Counters
from controller.hub.inbox import Inbox
from controller.store.unavailable import DatabaseUnavailable
from controller.wire.link_port import IncomingMessage

_log = logging.getLogger(__name__)

MAX_WAIT_S = 1.0
"""Longest wait in seconds between two tries while the database is unavailable."""
MAX_MESSAGES = 50
"""Most messages in one transaction, since their senders wait for an answer."""
MAX_BYTES = 150_000
"""Most bytes in one transaction: as many as one agent sends before it waits for an answer."""
IDLE_S = 5.0
"""Longest wait for a message, after which the worker reports to the watchdog."""
Handle = Callable[[list[IncomingMessage]], None]


class GroupWorker:
    """Collects the messages of a few milliseconds and handles them as one group.

    While the database is unavailable the group is retried and the inbox fills up to its limit. A
    group that fails for another reason is retried message by message; a message that fails alone
    goes to `give_up`.
    """

    def __init__(
        self,
        name: str,
        handle: Handle,
        counters: Counters,
        *,
        budget: Budget,
        excess: Callable[[str], None] = lambda _sender: None,
        give_up: Callable[[IncomingMessage], None] | None = None,
        gather_s: float = 0.003,
        most_gather_s: float = 0.003,
        patient_s: float = 0.0,
        limit: int = 100,
        most_bytes: int = 1 << 30,
        inbox: Inbox | None = None,
        round_done: Callable[[], None] = lambda: None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`budget` applies to each sender; `excess` is called with the sender of each message
        beyond it.

        A group has at most `limit` messages and about `most_bytes`. It gathers for `gather_s`, or
        as long as the previous group took to handle, up to `most_gather_s`: a transaction costs
        much the same for one message as for ten. `patient_s` applies if nobody waits for any of the
        messages. `round_done` is called between groups and between retries.
        """
        self.inbox = Inbox() if inbox is None else inbox  # an empty inbox is falsy
        self._name = name
        self._handle = handle
        self._give_up = give_up
        self._counters = counters
        self._budgets = Budgets(budget)
        self._excess = excess
        self._gather_s, self._most_gather_s = gather_s, max(gather_s, most_gather_s)
        self._patient_s = patient_s
        self._monotonic = monotonic
        self._limit, self._most_bytes = limit, most_bytes
        self._round_done = round_done
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"hub-{name}", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the current group, drop queued messages (agents send them again), and stop."""
        self._stopping.set()
        self.inbox.close()
        self._thread.join()

    def offer(self, sender: str, message: IncomingMessage) -> None:
        """Queue a message without blocking; messages over the limit are dropped and counted.

        Call it from one thread only.
        """
        if not self._budgets.spend(sender, len(message.payload)):
            self._counters.add(f"dropped_over_budget_{self._name}")
            self._excess(sender)
        elif not self.inbox.offer(sender, message):
            self._counters.add(f"dropped_no_room_{self._name}")

    def _run(self) -> None:
        gather_s = self._gather_s
        while not self._stopping.is_set():
            self._round_done()
            group = self.inbox.take(
                wait_s=IDLE_S,
                gather_s=gather_s,
                limit=self._limit,
                most_bytes=self._most_bytes,
                enough=MAX_MESSAGES,
                enough_bytes=MAX_BYTES,
                patient_s=self._patient_s,
            )
            if group:
                began_s = self._monotonic()
                self._work(group)
                took_s = self._monotonic() - began_s
                gather_s = min(max(self._gather_s, took_s), self._most_gather_s)

    def _work(self, group: list[IncomingMessage]) -> None:
        try:
            self._persist(group)
        except Exception:  # noqa: BLE001  whatever one message causes, the others must be handled
            if self._stopping.is_set():
                return
            if len(group) == 1:
                self._counters.add(f"failed_{self._name}")
                _log.exception("a message on %s could not be handled", group[0].topic)
                self._give_up_on(group[0])
                return
            for message in group:
                self._work([message])

    def _persist(self, group: list[IncomingMessage]) -> None:
        """Handle a group; retry while the database is unavailable."""
        wait_s = 0.05
        while True:
            try:
                return self._handle(group)
            except DatabaseUnavailable as problem:
                if self._stopping.wait(wait_s):
                    raise
                self._round_done()
                self._counters.add(f"held_back_{self._name}")
                _log.warning("%s; %s wait until then", problem, self._name)
                wait_s = min(wait_s * 2, MAX_WAIT_S)

    def _give_up_on(self, message: IncomingMessage) -> None:
        if self._give_up is None:
            return
        try:
            self._give_up(message)
        except Exception:  # noqa: BLE001  last resort: the agent sends the message again
            _log.exception("a message on %s could not be quarantined either", message.topic)
