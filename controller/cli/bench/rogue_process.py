"""A malicious agent with a valid certificate that floods the broker until standard input ends."""

import itertools
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from msgspec import Raw

from controller.domain.ids import AccessPointId
from controller.domain.time import Utc
from controller.wire.codec import encode
from controller.wire.events import FaultRaised
from controller.wire.ids import uuid7
from controller.wire.journal_bytes import GENESIS, event_hash, seal
from controller.wire.link import PahoLink
from controller.wire.messages import EventBatch, SyncRequest
from controller.wire.signatures import Signer
from controller.wire.topics import Topics

AT = Utc.parse("2026-11-24T13:00:00.000Z")
"""Time in the forged events."""
BOOT = "00000000-0000-4000-8000-000000000666"
"""Boot id in the forged events."""
STREAMS, EVENTS = 40, 100
"""Number of repetitions of the messages, and of events in each batch."""
HUGE = 10_000_000
"""Bytes of a message that is too big for the broker."""
HUGE_EVERY = 20_000
"""After this many messages it sends one that is too big, so the broker disconnects it."""


@dataclass(frozen=True, slots=True)
class BadMessage:
    """One of the messages that it sends."""

    topic: str
    payload: bytes
    qos: int = 1
    sign: bool = True
    retain: bool = False


def bad_messages(site: str, agent: str, point: str, other: str) -> list[BadMessage]:
    """Return the messages that it repeats: unknown types, faults, invalid JSON, others' topics."""
    topics, messages = Topics(site), list[BadMessage]()
    events = topics.agent_events(agent)
    for number in range(STREAMS):
        messages += [
            BadMessage(events, _batch(_poison())),
            BadMessage(events, _batch(_faults(point, number))),
            BadMessage(events, b"{" * 1000),
            BadMessage(
                events, _batch(_poison()).replace(b'"sent_mono_ms":0', b'"sent_mono_ms":null')
            ),
            BadMessage(topics.agent_events(other), _batch(_faults(point, number))),
            BadMessage(topics.agent_ack(other), b"{}"),
            BadMessage(topics.policy_head(), b"{}", retain=True),
            BadMessage(topics.agent_status(agent), b"[]"),
            BadMessage(topics.agent_telemetry(agent), b"x" * 200_000, qos=0, sign=False),
            BadMessage(topics.agent_point(agent, f"not-mine-{number}"), b"{}", retain=True),
            BadMessage(topics.agent_reply(agent), b'{"kind":"command_reply"}'),
            BadMessage(
                topics.agent_sync(agent), encode(SyncRequest(request_id=uuid7(), epoch=0, since=0))
            ),
        ]
    return messages


def all_topics(site: str) -> tuple[str, ...]:
    """Return the topics that it tries to subscribe to."""
    events = f"loquet/1/{site}/agents/+/events"
    return ("#", "loquet/#", events, f"$share/loquet-hub/{events}", "$share/mine/#")


def _batch(events: list[bytes]) -> bytes:
    return encode(
        EventBatch(
            stream=uuid7(), boot_id=BOOT, sent_at=AT, sent_mono_ms=0, events=tuple(map(Raw, events))
        )
    )


def _poison() -> list[bytes]:
    """Return events of an unknown type."""
    return [b'{"type":"door_painted","seq":%d}' % (seq + 1) for seq in range(EVENTS)]


def _faults(point: str, number: int) -> list[bytes]:
    """Return events that each raise an alarm of a different kind."""
    sealed, prev_hash = list[bytes](), GENESIS
    for seq in range(1, EVENTS + 1):
        event = FaultRaised(
            event_id=uuid7(),
            boot_id=BOOT,
            mono_ms=seq,
            at=AT,
            clock_trusted=True,
            access_point=AccessPointId(point),
            fault=f"fault_{number}_{seq}",
        )
        sealed.append(seal(event, seq, prev_hash))
        prev_hash = event_hash(sealed[-1])
    return sealed


def main(
    port: str, ca: str, cert: str, key: str, site: str, agent: str, point: str, other: str
) -> None:
    """Connect and begin to flood; prints `begun`."""
    link = PahoLink(
        host="127.0.0.1",
        port=int(port),
        ca=Path(ca),
        cert=Path(cert),
        key=Path(key),
        client_id=agent,
        signer=Signer.load(Path(key)),
    )
    up, stopped = threading.Event(), threading.Event()
    link.on_connection(lambda is_up: up.set() if is_up else up.clear())
    for topic_filter in all_topics(site):
        link.subscribe(topic_filter)
    link.start()
    up.wait()
    print("begun", flush=True)
    threading.Thread(target=_wait_for_end, args=(stopped,), daemon=True).start()
    _flood(link, up, stopped, itertools.cycle(bad_messages(site, agent, point, other)))
    link.stop()


def _wait_for_end(stopped: threading.Event) -> None:
    sys.stdin.read()
    stopped.set()


def _flood(
    link: PahoLink, up: threading.Event, stopped: threading.Event, messages: Iterator[BadMessage]
) -> None:
    """Send as fast as the broker accepts messages."""
    for number, message in enumerate(messages):
        if stopped.is_set():
            return
        if number % HUGE_EVERY == HUGE_EVERY - 1:
            link.publish(message.topic, b"x" * HUGE)
        while not link.publish(
            message.topic,
            message.payload,
            qos=message.qos,
            sign=message.sign,
            retain=message.retain,
        ):
            if stopped.wait(0.001):
                return
            up.wait(0.1)


if __name__ == "__main__":
    main(*sys.argv[1:])
