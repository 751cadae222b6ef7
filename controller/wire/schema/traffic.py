"""Who sends each message, on which topic, and how: the table of topics, once."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from controller.wire import messages
from controller.wire.topics import RETAINED, UNSIGNED, Channel, Topics

PARAMETERS = {
    "site": "The site's id, a slug.",
    "agent": "The agent's id, a slug; unique in an installation.",
    "access_point": "The access point's id, a slug.",
}


class Sender(StrEnum):
    """Who sends."""

    HUB = "hub"
    AGENT = "agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """One message on its topic."""

    kind: type[Any]
    channel: Channel
    sender: Sender
    when: str

    @property
    def name(self) -> str:
        """Its `kind` on the wire."""
        return str(self.kind.__struct_config__.tag)

    @property
    def address(self) -> str:
        """Its topic, with parameters in braces."""
        topics = Topics("{site}")
        if self.channel is Channel.POINT:
            return topics.agent_point("{agent}", "{access_point}")
        if self.channel is Channel.POLICY_HEAD:
            return topics.policy_head()
        if self.channel is Channel.POLICY_DELTA:
            return topics.policy_delta()
        return topics.agent_status("{agent}").removesuffix(Channel.STATUS) + self.channel

    @property
    def retained(self) -> bool:
        """Whether the broker keeps the last one."""
        return self.channel in RETAINED

    @property
    def signed(self) -> bool:
        """Whether it carries a signature."""
        return self.channel not in UNSIGNED

    @property
    def qos(self) -> int:
        """0 for telemetry, else 1."""
        return 0 if self.channel is Channel.TELEMETRY else 1


def _hub(kind: type[Any], channel: Channel, when: str) -> Traffic:
    return Traffic(kind=kind, channel=channel, sender=Sender.HUB, when=when)


def _agent(kind: type[Any], channel: Channel, when: str) -> Traffic:
    return Traffic(kind=kind, channel=channel, sender=Sender.AGENT, when=when)


TRAFFIC: tuple[Traffic, ...] = (
    _hub(messages.PolicyHead, Channel.POLICY_HEAD, "on every change and every 60 s"),
    _hub(messages.PolicyDelta, Channel.POLICY_DELTA, "on every change of at most 200 KiB"),
    _agent(
        messages.AgentStatus,
        Channel.STATUS,
        "at each connection; as its last will with `online` false",
    ),
    _agent(messages.AgentTelemetry, Channel.TELEMETRY, "every 30 s"),
    _agent(messages.PointState, Channel.POINT, "on every change, and at each connection"),
    _agent(messages.AgentWiring, Channel.WIRING, "at start"),
    _agent(messages.EventBatch, Channel.EVENTS, "when there are events to acknowledge"),
    _hub(messages.EventAck, Channel.ACK, "after each commit"),
    _agent(messages.SyncRequest, Channel.SYNC, "when the agent is behind"),
    _hub(messages.PolicyPage, Channel.POLICY, "as the answer to a `sync_request`"),
    _hub(
        messages.Command,
        Channel.COMMAND,
        "when somebody asks; message expiry = deadline, never retained",
    ),
    _agent(messages.CommandReply, Channel.REPLY, "as the answer to a `command`"),
)
