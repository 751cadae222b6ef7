"""Publishes the agent's messages: status and last will, telemetry, points, wiring, events,
replies."""

import importlib.metadata
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from msgspec import Raw

from controller.domain.ids import AccessPointId
from controller.settings import AccessPointSettings
from controller.wire.codec import encode
from controller.wire.link import Link, Will
from controller.wire.messages import (
    AgentStatus,
    AgentTelemetry,
    AgentWiring,
    CommandReply,
    EventBatch,
    PointState,
    SyncRequest,
    WiredPoint,
)
from controller.wire.topics import Topics
from devices.agent.journal.ledger import Recorder

PROTOCOLS = (1,)
_SECRETS = ("key", "password", "secret", "token")
"""A wiring option with such a word in its name is not published."""


class Publisher:
    """Publishes without blocking.

    What can't be sent now is dropped, and published on reconnection.
    """

    def __init__(self, site: str, agent: str, recorder: Recorder, first_connection: int) -> None:
        """`first_connection` is greater than every connection number of earlier runs."""
        self._topics, self._agent, self._recorder = Topics(site), agent, recorder
        self._connection = first_connection
        self._started_at = recorder.clock.now()
        self.version = _version()
        self._link: Link | None = None
        self.stream: Callable[[], str | None] = lambda: None
        self.position: Callable[[], tuple[int, int]] = lambda: (0, 0)
        """Returns epoch and version of the agent's policy."""
        self.generation: Callable[[], int] = lambda: 1
        """Returns the generation of the newest credential key."""

    def use(self, link: Link) -> None:
        """Publish through this link."""
        self._link = link

    def will(self) -> Will:
        """Return the last will for the next connection, which gets the next connection number."""
        self._connection += 1
        return Will(
            topic=self._topics.agent_status(self._agent), payload=encode(self._status(False))
        )

    def status(self, *, online: bool = True) -> None:
        """Publish that the agent is online, or going offline."""
        self._publish(self._topics.agent_status(self._agent), self._status(online), retain=True)

    def wiring(self, points: Sequence[AccessPointSettings]) -> None:
        """Publish the wiring, without secrets."""
        message = AgentWiring(access_points=tuple(map(_wired_point, points)))
        self._publish(self._topics.agent_wiring(self._agent), message, retain=True)

    def point(self, point: AccessPointId, state: PointState) -> None:
        """Publish the state of an access point."""
        self._publish(self._topics.agent_point(self._agent, point), state, retain=True)

    def telemetry(self, telemetry: AgentTelemetry) -> None:
        """Publish telemetry."""
        topic = self._topics.agent_telemetry(self._agent)
        if self._link is not None:
            self._link.publish(topic, encode(telemetry), qos=0, sign=False)

    def reply(self, reply: CommandReply) -> None:
        """Publish the reply to a command."""
        self._publish(self._topics.agent_reply(self._agent), reply)

    def sync(self, request: SyncRequest) -> bool:
        """Request a page of the policy; False: the link is down."""
        return self._publish(self._topics.agent_sync(self._agent), request)

    def events(self, stream: str, events: tuple[Raw, ...]) -> None:
        """Publish events of the journal."""
        clock = self._recorder.clock
        batch = EventBatch(
            stream=stream,
            boot_id=self._recorder.boot,
            sent_at=clock.now(),
            sent_mono_ms=int(clock.mono() * 1000),
            events=events,
        )
        self._publish(self._topics.agent_events(self._agent), batch)

    def is_events(self, topic: str) -> bool:
        """Return whether this is the topic of events."""
        return topic == self._topics.agent_events(self._agent)

    def is_sync(self, topic: str) -> bool:
        """Return whether this is the topic of policy requests."""
        return topic == self._topics.agent_sync(self._agent)

    def reads(self) -> tuple[str, ...]:
        """Return the topics to subscribe to."""
        return self._topics.agent_reads(self._agent)

    def _status(self, online: bool) -> AgentStatus:
        epoch, version = self.position()
        return AgentStatus(
            online=online,
            boot_id=self._recorder.boot,
            connection=self._connection,
            version=self.version,
            protocols=PROTOCOLS,
            epoch=epoch,
            policy_version=version,
            stream=self.stream(),
            started_at=self._started_at,
            credential_generation=self.generation(),
        )

    def _publish(self, topic: str, message: object, *, retain: bool = False) -> bool:
        link = self._link
        return link is not None and link.publish(topic, encode(message), retain=retain)


@cache
def _version() -> str:
    """Return Loquet's version.

    It is cached, since a simulated fleet has a thousand agents in a process.
    """
    return importlib.metadata.version("loquet")


def _wired_point(point: AccessPointSettings) -> WiredPoint:
    tables = {
        name: table if table is None else _without_secrets(table)
        for name in ("reader", "power", "cooling", "strike", "meter", "job", "indicator")
        if (table := getattr(point, name)) is not None
    }
    inputs = {name: _without_secrets(table) for name, table in point.inputs.items()}
    return WiredPoint(id=AccessPointId(point.id), kind=point.kind, inputs=inputs or None, **tables)  # type: ignore[arg-type]


def _without_secrets(table: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in table.items()
        if not any(word in name.lower() for word in _SECRETS)
    }
