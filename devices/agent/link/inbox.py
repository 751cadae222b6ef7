"""Checks each message from the broker, and passes it to the part of the agent that handles it.

It runs on the link's thread.
"""

import logging
from collections.abc import Callable
from typing import Any

from controller.wire.codec import DecodedValue, decode
from controller.wire.errors import WireError
from controller.wire.events import FaultRaised, PolicyRejected
from controller.wire.link import IncomingMessage
from controller.wire.messages import Command, EventAck, Message, PolicyDelta, PolicyHead, PolicyPage
from controller.wire.topics import Channel, parse
from devices.agent.journal.ledger import Recorder
from devices.agent.policy.hub_keys import HubKeys

log = logging.getLogger(__name__)

REPORT_EVERY_S = 60.0
"""Each kind of refusal is journalled at most this often; all of them are counted."""
_TYPES: dict[Channel, type[Message]] = {
    Channel.POLICY_HEAD: PolicyHead,
    Channel.POLICY_DELTA: PolicyDelta,
    Channel.POLICY: PolicyPage,
    Channel.ACK: EventAck,
    Channel.COMMAND: Command,
}
_POLICY = frozenset({Channel.POLICY_HEAD, Channel.POLICY_DELTA, Channel.POLICY})


class Inbox:
    """Drops messages that no hub has signed or that break the protocol, counts them, and reports
    some."""

    def __init__(
        self,
        site: str,
        agent: str,
        keys: HubKeys,
        recorder: Recorder,
        *,
        policy: Callable[[Any], None],
        ack: Callable[[EventAck], None],
        command: Callable[[Command], None],
        report: Callable[[PolicyRejected | FaultRaised], None],
        hub_seen: Callable[[], None] = lambda: None,
        read: Callable[[bytes, type[Message]], DecodedValue[Message]] = decode,
    ) -> None:
        """`hub_seen` is called for each head that is not retained: a hub that comes back sends
        one. `read` decodes signed messages, and raises WireError like `decode`."""
        self._site, self._agent, self._keys, self._recorder = site, agent, keys, recorder
        self._policy, self._ack, self._command, self._report = policy, ack, command, report
        self._hub_seen, self._read = hub_seen, read
        self.dropped = 0
        self.unknown_fields = 0
        self._reported: dict[str, float] = {}

    def take(self, message: IncomingMessage) -> None:
        """Check a message and pass it on. Never raises for its content."""
        try:
            channel = self._channel(message)
            if not self._keys.is_signed(message):
                self._refuse(channel, "bad_signature", message.topic)
                return
            decoded = self._read(message.payload, _TYPES[channel])
        except WireError as error:
            self._refuse(Channel.POLICY, "malformed", str(error))
            return
        self.unknown_fields += decoded.unknown_fields
        value = decoded.value
        if isinstance(value, PolicyHead) and not message.retained:
            self._hub_seen()
        if isinstance(value, EventAck):
            self._ack(value)
        elif not isinstance(value, Command):
            self._policy(value)
        # a command is for now, so a retained one was published by mistake
        elif not message.retained:
            self._command(value)

    def _channel(self, message: IncomingMessage) -> Channel:
        topic = parse(message.topic)
        is_for_us = topic.site == self._site and topic.agent in (None, self._agent)
        if not is_for_us or topic.channel not in _TYPES:
            raise WireError(f"{message.topic} is not for this agent")
        return topic.channel

    def _refuse(self, channel: Channel, reason: str, text: str) -> None:
        self.dropped += 1
        now = self._recorder.clock.mono()
        if now - self._reported.get(reason, float("-inf")) < REPORT_EVERY_S:
            return
        self._reported[reason] = now
        log.warning("a message was refused: %s: %s", reason, text)
        if channel in _POLICY:
            event = self._recorder.event(PolicyRejected, None, reason=reason, text=text[:500])
            self._report(event)
        else:
            self._report(self._recorder.event(FaultRaised, None, fault=reason, text=text[:500]))
