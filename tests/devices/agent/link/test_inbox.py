"""What comes from the broker is believed only when a hub signed it for this agent."""

from dataclasses import replace
from typing import Any

import pytest

from controller.domain.time import Utc
from controller.wire.base64url import b64encode
from controller.wire.codec import encode, raw
from controller.wire.commands import Identify
from controller.wire.events import Event, FaultRaised, PolicyRejected
from controller.wire.ids import uuid7
from controller.wire.link import IncomingMessage
from controller.wire.messages import Command, EventAck, PolicyDelta, PolicyHead
from controller.wire.rows import HubKey
from controller.wire.signatures import Signer
from controller.wire.topics import Topics
from devices.agent.journal.ledger import Recorder
from devices.agent.link.inbox import REPORT_EVERY_S, Inbox
from devices.agent.policy.hub_keys import HubKeys
from tests.devices.agent.agent_time import BOOT, NOON, Hands

TOPICS = Topics("site")
HUB, OTHER = Signer.generate(), Signer.generate()


def key(signer: Signer) -> HubKey:
    return HubKey(kid=signer.kid, public_key=b64encode(signer.public_key_bytes))


def signed(topic: str, message: object, signer: Signer = HUB, **changes: Any) -> IncomingMessage:
    payload = encode(message)
    signature = signer.sign(topic, payload)
    fields = {"topic": topic, "payload": payload, "kid": signature.kid, "sig": signature.sig}
    return IncomingMessage(**{**fields, **changes})


HEAD = PolicyHead(at=NOON, epoch=1, version=1, holders=0, digest="0" * 64)
DELTA = PolicyDelta(at=NOON, epoch=1, from_version=1, to_version=2, rows=())
ACK = EventAck(at=NOON, stream=uuid7(), through=4)
COMMAND = Command(
    at=NOON,
    command_id=uuid7(),
    boot_id=BOOT,
    type="identify",
    args=raw(Identify()),
    expires_at=Utc.parse("2026-03-02T12:00:10.000Z"),
)


class Desk:
    def __init__(self, recorder: Recorder) -> None:
        self.got: list[object] = []
        self.reports: list[Event] = []
        self.signs: list[bool] = []
        self.keys = HubKeys([key(HUB)])
        self.inbox = Inbox(
            "site",
            "pi-1",
            self.keys,
            recorder,
            policy=self.got.append,
            ack=self.got.append,
            command=self.got.append,
            report=self.reports.append,
            hub_seen=lambda: self.signs.append(True),
        )


@pytest.fixture
def desk(recorder: Recorder) -> Desk:
    return Desk(recorder)


def test_each_message_goes_to_who_owns_it(desk: Desk) -> None:
    for topic, message in (
        (TOPICS.policy_head(), HEAD),
        (TOPICS.policy_delta(), DELTA),
        (TOPICS.agent_ack("pi-1"), ACK),
        (TOPICS.agent_command("pi-1"), COMMAND),
    ):
        desk.inbox.take(signed(topic, message))
    assert desk.got == [HEAD, DELTA, ACK, COMMAND]
    assert desk.reports == []


@pytest.mark.parametrize(
    "message",
    [
        signed(TOPICS.policy_head(), HEAD, OTHER),
        signed(TOPICS.policy_head(), HEAD, sig=None, kid=None),
        replace(signed(TOPICS.policy_head(), HEAD), payload=encode(DELTA)),
        replace(signed(TOPICS.policy_head(), HEAD), topic=TOPICS.policy_delta()),
        replace(signed(TOPICS.agent_ack("pi-2"), ACK), topic=TOPICS.agent_ack("pi-1")),
        signed(TOPICS.agent_ack("pi-2"), ACK),
        signed(Topics("other").policy_head(), HEAD),
        signed(TOPICS.agent_status("pi-1"), HEAD),
        signed(TOPICS.policy_head(), ACK),
        signed("loquet/2/site/policy/head", HEAD),
    ],
)
def test_what_is_forged_moved_or_malformed_is_dropped_counted_and_reported(
    desk: Desk, message: IncomingMessage
) -> None:
    desk.inbox.take(message)
    assert (desk.got, desk.inbox.dropped) == ([], 1)
    assert len(desk.reports) == 1


def test_each_kind_of_refusal_is_reported_once_a_minute(desk: Desk, hands: Hands) -> None:
    forged = signed(TOPICS.agent_command("pi-1"), COMMAND, OTHER)
    for _ in range(5):
        desk.inbox.take(forged)
    hands.pass_(REPORT_EVERY_S)
    desk.inbox.take(forged)
    assert desk.inbox.dropped == 6
    assert [type(event) for event in desk.reports] == [FaultRaised, FaultRaised]
    desk.inbox.take(signed(TOPICS.policy_head(), HEAD, payload=b"{"))
    desk.inbox.take(signed(TOPICS.policy_head(), {"kind": "policy_head"}))
    assert isinstance(desk.reports[-1], PolicyRejected)


def test_a_retained_command_is_not_taken(desk: Desk) -> None:
    desk.inbox.take(signed(TOPICS.agent_command("pi-1"), COMMAND, retained=True))
    assert desk.got == []


def test_unknown_fields_are_counted(desk: Desk) -> None:
    payload = encode(HEAD)[:-1] + b',"new":1}'
    signature = HUB.sign(TOPICS.policy_head(), payload)
    desk.inbox.take(
        IncomingMessage(
            topic=TOPICS.policy_head(), payload=payload, kid=signature.kid, sig=signature.sig
        )
    )
    assert (desk.got, desk.inbox.unknown_fields) == ([HEAD], 1)


def test_the_site_row_replaces_the_keys_of_enrolment(desk: Desk) -> None:
    desk.keys.trust_listed([key(OTHER)])
    desk.inbox.take(signed(TOPICS.policy_head(), HEAD, OTHER))
    desk.inbox.take(signed(TOPICS.policy_head(), HEAD, HUB))
    assert desk.got == [HEAD]
    desk.keys.trust_listed([])
    desk.inbox.take(signed(TOPICS.policy_head(), HEAD, HUB))
    assert desk.got == [HEAD, HEAD]


def test_only_a_head_that_is_new_says_that_a_hub_is_there(desk: Desk) -> None:
    desk.inbox.take(signed(TOPICS.policy_head(), HEAD, retained=True))
    desk.inbox.take(signed(TOPICS.policy_head(), HEAD, OTHER))
    assert desk.signs == []
    desk.inbox.take(signed(TOPICS.policy_head(), HEAD))
    assert desk.signs == [True]
