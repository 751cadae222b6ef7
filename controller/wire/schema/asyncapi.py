"""Makes the AsyncAPI 3.0 document of the MQTT protocol, from an agent's point of view."""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from controller.wire import messages
from controller.wire.codec import encode
from controller.wire.examples.messages import MESSAGES
from controller.wire.schema.fields import summary
from controller.wire.schema.json_schema import ref, schemas
from controller.wire.topics import RETAINED, UNSIGNED, Channel, Topics

# Who sends each message, on which topic, and when.

PARAMETERS = {
    "site": "The site's id, a slug.",
    "agent": "The agent's id, a slug; unique in an installation.",
    "access_point": "The access point's id, a slug.",
}
"""Descriptions of the parameters in topics."""


class Sender(StrEnum):
    """The sender of a message."""

    HUB = "hub"
    AGENT = "agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """A message with its topic."""

    kind: type[Any]
    channel: Channel
    sender: Sender
    when: str

    @property
    def name(self) -> str:
        """Its `kind` in JSON."""
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
        """Whether the broker retains the last message."""
        return self.channel in RETAINED

    @property
    def signed(self) -> bool:
        """Whether it has a signature."""
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

_HEADERS = {
    "type": "object",
    "description": "MQTT 5 user properties: exactly one of each.",
    "properties": {
        "kid": {"type": "string", "pattern": "^[0-9a-f]{16}$"},
        "sig": {
            "type": "string",
            "pattern": "^[A-Za-z0-9_-]{86}$",
            "description": "base64url of Ed25519 over: loquet/1 LF topic LF payload.",
        },
    },
    "required": ["kid", "sig"],
}


def document() -> dict[str, Any]:
    """Return the document as JSON values."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Loquet MQTT protocol",
            "version": "1.0.0",
            "description": "Between a Loquet hub and its agents; see protocol.md for the rules.",
            "license": {"name": "AGPL-3.0-or-later"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "broker": {
                "host": "{host}:{port}",
                "protocol": "secure-mqtt",
                "protocolVersion": "5.0",
                "description": "TLS 1.3 with a client certificate.",
                "variables": {
                    "host": {"description": "As `mqtt.host` in the answer to a claim."},
                    "port": {"description": "As `mqtt.port` there.", "default": "8883"},
                },
                "security": [{"$ref": "#/components/securitySchemes/certificate"}],
            }
        },
        "channels": {traffic.name: _channel(traffic) for traffic in TRAFFIC},
        "operations": {_operation_name(traffic): _operation(traffic) for traffic in TRAFFIC},
        "components": {
            "securitySchemes": {
                "certificate": {"type": "X509", "description": "Got by enrolment."}
            },
            "messages": {traffic.name: _message(traffic) for traffic in TRAFFIC},
            "schemas": schemas(),
        },
    }


def text() -> str:
    """Return the document as it is stored in docs/asyncapi.json."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def _channel(traffic: Traffic) -> dict[str, Any]:
    return {
        "address": traffic.address,
        "messages": {traffic.name: {"$ref": f"#/components/messages/{traffic.name}"}},
        "parameters": {
            name: {"description": text}
            for name, text in PARAMETERS.items()
            if f"{{{name}}}" in traffic.address
        },
    }


def _operation_name(traffic: Traffic) -> str:
    return ("receive_" if traffic.sender is Sender.HUB else "send_") + traffic.name


def _operation(traffic: Traffic) -> dict[str, Any]:
    return {
        "action": "receive" if traffic.sender is Sender.HUB else "send",
        "channel": {"$ref": f"#/channels/{traffic.name}"},
        "summary": f"From the {traffic.sender}, {traffic.when}.",
        "messages": [{"$ref": f"#/channels/{traffic.name}/messages/{traffic.name}"}],
        "bindings": {
            "mqtt": {"qos": traffic.qos, "retain": traffic.retained, "bindingVersion": "0.2.0"}
        },
    }


def _message(traffic: Traffic) -> dict[str, Any]:
    message: dict[str, Any] = {
        "name": traffic.name,
        "summary": summary(traffic.kind),
        "payload": ref(traffic.kind),
        "examples": [{"payload": json.loads(encode(MESSAGES[traffic.name]))}],
    }
    if traffic.signed:
        message["headers"] = _HEADERS
    return message
