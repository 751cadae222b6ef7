"""Builds and parses MQTT topics; no other module does."""

from dataclasses import dataclass
from enum import StrEnum

from controller.domain.ids import AccessPointId, AgentId, is_slug
from controller.wire.errors import WireError

ROOT = "loquet/1"


class Channel(StrEnum):
    """The kind of a topic; the value is the end of the topic."""

    POLICY_HEAD = "policy/head"
    POLICY_DELTA = "policy/delta"
    STATUS = "status"
    TELEMETRY = "telemetry"
    POINT = "points"
    WIRING = "wiring"
    EVENTS = "events"
    ACK = "ack"
    SYNC = "sync"
    POLICY = "policy"
    COMMAND = "command"
    REPLY = "reply"


UNSIGNED = (Channel.TELEMETRY,)
"""Channels whose messages carry no signature."""
RETAINED = (Channel.POLICY_HEAD, Channel.STATUS, Channel.POINT, Channel.WIRING)
"""Channels of which the broker retains the last message."""
FROM_AGENT = (
    Channel.STATUS,
    Channel.TELEMETRY,
    Channel.POINT,
    Channel.WIRING,
    Channel.EVENTS,
    Channel.SYNC,
    Channel.REPLY,
)
"""Channels on which agents publish."""
_TO_AGENT = (Channel.ACK, Channel.POLICY, Channel.COMMAND)


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """The parts of a topic."""

    site: str
    channel: Channel
    agent: AgentId | None = None
    access_point: AccessPointId | None = None


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics of one site."""

    site: str

    def _agent(self, agent: str, channel: Channel) -> str:
        return f"{ROOT}/{self.site}/agents/{agent}/{channel}"

    def policy_head(self) -> str:
        return f"{ROOT}/{self.site}/{Channel.POLICY_HEAD}"

    def policy_delta(self) -> str:
        return f"{ROOT}/{self.site}/{Channel.POLICY_DELTA}"

    def agent_status(self, agent: str) -> str:
        return self._agent(agent, Channel.STATUS)

    def agent_telemetry(self, agent: str) -> str:
        return self._agent(agent, Channel.TELEMETRY)

    def agent_point(self, agent: str, access_point: str) -> str:
        return f"{self._agent(agent, Channel.POINT)}/{access_point}"

    def agent_wiring(self, agent: str) -> str:
        return self._agent(agent, Channel.WIRING)

    def agent_events(self, agent: str) -> str:
        return self._agent(agent, Channel.EVENTS)

    def agent_ack(self, agent: str) -> str:
        return self._agent(agent, Channel.ACK)

    def agent_sync(self, agent: str) -> str:
        return self._agent(agent, Channel.SYNC)

    def agent_policy(self, agent: str) -> str:
        return self._agent(agent, Channel.POLICY)

    def agent_command(self, agent: str) -> str:
        return self._agent(agent, Channel.COMMAND)

    def agent_reply(self, agent: str) -> str:
        return self._agent(agent, Channel.REPLY)

    def agent_writes(self, agent: str) -> tuple[str, ...]:
        """Return the topics and filters on which an agent may publish, for its access list."""
        return tuple(
            self._agent(agent, channel) + ("/+" if channel is Channel.POINT else "")
            for channel in FROM_AGENT
        )

    def agent_reads(self, agent: str) -> tuple[str, ...]:
        """Return the filters that an agent may read, for its access list; it subscribes to them."""
        own = tuple(self._agent(agent, channel) for channel in _TO_AGENT)
        return (f"{ROOT}/{self.site}/policy/#", *own)


def hub_subscriptions(site: str) -> tuple[str, ...]:
    """Return the filters to which a hub subscribes for its site.

    Never `$share/…`: SUBACK grants that to any certificate, and a member of the share would take
    events from the others.
    """
    return Topics(site).agent_writes("+")


def parse(topic: str) -> Topic:
    """Split a topic into its parts. Raises WireError if it is not one of the protocol."""
    match topic.split("/"):
        case ["loquet", "1", site, "policy", "head" | "delta" as tail] if is_slug(site):
            return Topic(site=site, channel=Channel(f"policy/{tail}"))
        case ["loquet", "1", site, "agents", agent, tail] if is_slug(site) and is_slug(agent):
            if tail in FROM_AGENT + _TO_AGENT and tail != Channel.POINT:
                return Topic(site=site, channel=Channel(tail), agent=AgentId(agent))
        case ["loquet", "1", site, "agents", agent, "points", point] if (
            is_slug(site) and is_slug(agent) and is_slug(point)
        ):
            return Topic(
                site=site,
                channel=Channel.POINT,
                agent=AgentId(agent),
                access_point=AccessPointId(point),
            )
    raise WireError(f"{topic[:200]!r} is not a topic of protocol version 1")
