"""Decides whether a message from the broker really comes from the agent named in its topic."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from controller.hub.counters import Counters
from controller.hub.directory import Directory, KnownAgent
from controller.wire.codec import decode
from controller.wire.errors import WireError
from controller.wire.link_port import IncomingMessage
from controller.wire.messages import Message
from controller.wire.signatures import Signature, verify
from controller.wire.topics import UNSIGNED, Topic, parse

M = TypeVar("M", bound=Message)


@dataclass(frozen=True, slots=True)
class AdmittedMessage:
    """A message whose signature is valid (or whose topic needs none), and its sender."""

    message: IncomingMessage
    topic: Topic
    agent: KnownAgent


class Admission:
    """Checks the senders of messages; refused messages are discarded and counted as `dropped_…`.

    `stranger`, if given, is called with each message of an unknown or removed agent, and
    `malformed` with the id of an agent whose signed message breaks the protocol.
    """

    def __init__(
        self,
        directory: Directory,
        counters: Counters,
        stranger: Callable[[IncomingMessage, Topic], None] | None = None,
        malformed: Callable[[str], None] = lambda _agent: None,
    ) -> None:
        self._directory = directory
        self._counters = counters
        self._stranger = stranger
        self._malformed = malformed

    def admit(self, messages: Iterable[IncomingMessage]) -> Iterator[AdmittedMessage]:
        """Yield the authentic messages. Raises DBAPIError if the database is unavailable."""
        parsed = [(message, topic) for message in messages if (topic := self._parse(message))]
        agents = self._directory.find(topic.agent for _, topic in parsed if topic.agent)
        for message, topic in parsed:
            agent = agents.get(topic.agent or "")
            if agent is None:
                self._counters.add("dropped_unknown_agent")
                if self._stranger is not None:
                    self._stranger(message, topic)
            elif (cause := _refusal(message, topic, agent)) is not None:
                self._counters.add(f"dropped_{cause}")
            else:
                yield AdmittedMessage(message, topic, agent)

    def read(self, admitted: AdmittedMessage, kind: type[M]) -> M | None:
        """Decode the payload, or count the message as malformed."""
        try:
            decoded = decode(admitted.message.payload, kind)
        except WireError:
            self._counters.add("dropped_malformed")
            self._malformed(admitted.agent.id)
            return None
        if decoded.unknown_fields:
            self._counters.add("unknown_fields", decoded.unknown_fields)
        return decoded.value

    def _parse(self, message: IncomingMessage) -> Topic | None:
        try:
            return parse(message.topic)
        except WireError:
            self._counters.add("dropped_bad_topic")
            return None


def _refusal(message: IncomingMessage, topic: Topic, agent: KnownAgent) -> str | None:
    """Return why the message is refused; None: it is authentic."""
    if agent.site != topic.site:
        return "wrong_site"
    if topic.channel in UNSIGNED:
        return None
    if message.kid is None or message.sig is None:
        return "unsigned"
    if message.kid != agent.kid:
        return "wrong_key"
    signature = Signature(message.kid, message.sig)
    if not verify(agent.public_key, message.topic, message.payload, signature):
        return "bad_signature"
    return None
