"""The threads for messages from agents: events, states, and requests for policy pages."""

from collections.abc import Callable, Iterable

from controller.hub.admission import Admission
from controller.hub.budget import STATES, SYNCS, Budget
from controller.hub.counters import Counters
from controller.hub.inbox import Inbox, InboxLimits
from controller.hub.ingest import Ingest
from controller.hub.liveness import Liveness
from controller.hub.policy import PolicySender
from controller.hub.worker import GroupWorker
from controller.systemd import Watchdog
from controller.wire.link_port import IncomingMessage
from controller.wire.messages import SyncRequest
from controller.wire.topics import Channel, Topic

# Answers agents that ask for a page of the policy.


class SyncRequests:
    """Passes each request to the policy sender; agents repeat a lost one after 5 s."""

    def __init__(self, admission: Admission, sender: PolicySender) -> None:
        self._admission = admission
        self._sender = sender

    def handle(self, messages: Iterable[IncomingMessage]) -> None:
        """Answer the requests of authentic agents. Raises DBAPIError."""
        for admitted in self._admission.admit(messages):
            request = self._admission.read(admitted, SyncRequest)
            if request is not None:
                self._sender.answer(admitted.agent.site, admitted.agent.id, request)


MAX_GATHER_S = 0.25
"""Longest gathering time in seconds when many agents send at once; it delays pages and answers."""
TELEMETRY_S = 1.0
"""Gathering time for telemetry, which each agent sends every 30 s; an agent is unknown after 90
s."""
EVENTS_AT_ONCE = 900_000
"""Bytes per transaction: 24 whole batches, or the taps of 240 agents."""


class Workers:
    """One worker thread per kind of message; each serves agents in turn."""

    def __init__(
        self,
        ingest: Ingest,
        liveness: Liveness,
        syncs: SyncRequests,
        counters: Counters,
        *,
        events: Budget,
        excess: Callable[[str], None],
        watchdog: Watchdog,
    ) -> None:
        """`events` is each agent's budget; `excess` is called with the sender of messages beyond a
        budget."""
        self._events = GroupWorker(
            "events",
            ingest.handle,
            counters,
            budget=events,
            excess=excess,
            give_up=ingest.quarantine,
            most_gather_s=MAX_GATHER_S,
            limit=240,
            most_bytes=EVENTS_AT_ONCE,
            round_done=watchdog.loop("events"),
        )
        self._states = GroupWorker(
            "states",
            liveness.handle,
            counters,
            budget=STATES,
            excess=excess,
            most_gather_s=MAX_GATHER_S,
            limit=500,
            patient_s=TELEMETRY_S,
            inbox=Inbox(
                InboxLimits(messages=5_000, each_messages=200, each_turn=50), _is_telemetry
            ),
            round_done=watchdog.loop("states"),
        )
        self._syncs = GroupWorker(
            "syncs",
            syncs.handle,
            counters,
            budget=SYNCS,
            excess=excess,
            gather_s=0.0,
            limit=10,
            inbox=Inbox(InboxLimits(messages=5_000)),
            round_done=watchdog.loop("syncs"),
        )

    def start(self) -> None:
        """Start the threads."""
        for worker in self._all_workers():
            worker.start()

    def stop(self) -> None:
        """Finish the current groups and stop the threads."""
        for worker in self._all_workers():
            worker.stop()

    def offer(self, topic: Topic, message: IncomingMessage) -> None:
        """Queue a message with the right worker, without blocking."""
        workers = {Channel.EVENTS: self._events, Channel.SYNC: self._syncs}
        workers.get(topic.channel, self._states).offer(topic.agent or "", message)

    def waiting(self) -> int:
        """Return how many messages have been received and not handled yet."""
        return sum(len(worker.inbox) for worker in self._all_workers())

    def _all_workers(self) -> tuple[GroupWorker, ...]:
        return (self._events, self._states, self._syncs)


def _is_telemetry(message: IncomingMessage) -> bool:
    return message.topic.endswith(f"/{Channel.TELEMETRY}")
