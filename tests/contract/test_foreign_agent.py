"""An agent that strangers wrote from docs/protocol.md gets on with a real place."""

import ast
import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.contract import foreign_agent as foreign
from tests.contract.foreign_agent import ForeignAgent, Identity, Journal, Message, Refused
from tests.contract.foreign_agent_helpers import claimed
from tests.support.running_place import RunningPlace
from tests.support.tree import ROOT

pytestmark = pytest.mark.needs("mosquitto")

HOLDERS, EVENTS = 5_000, 1_000
NOT_AUTHORIZED = 135
BADGES = [f"em:{9_000_000_000 + number}" for number in range(HOLDERS)]
EVERY_KIND = {"policy_head", "policy_delta", "policy_page", "event_ack", "command"}


@pytest.fixture(scope="module")
def peopled(place: RunningPlace, tmp_path_factory: pytest.TempPathFactory) -> RunningPlace:
    """The place with 5,000 holders more."""
    file = tmp_path_factory.mktemp("members") / "members.csv"
    lines = (f"Person {number},{badge}" for number, badge in enumerate(BADGES))
    file.write_text("\n".join(["display_name,badge", *lines]))
    config = ["--config", str(place.state / "config.toml")]
    command = [sys.executable, "-m", "controller.cli", "member", "import", str(file), *config]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return place


@contextmanager
def connected(place: RunningPlace, name: str, folder: Path) -> Iterator[ForeignAgent]:
    """A foreign agent that is claimed, connected and subscribed."""
    agent = ForeignAgent(claimed(place, name), folder)
    agent.connect()
    try:
        yield agent
    finally:
        agent.close()


@pytest.fixture(scope="module")
def agent(
    peopled: RunningPlace, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ForeignAgent]:
    """The agent under test."""
    with connected(peopled, "foreign-a", tmp_path_factory.mktemp("foreign-a")) as connection:
        yield connection


@pytest.fixture(scope="module")
def other(
    peopled: RunningPlace, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ForeignAgent]:
    """Another agent of the same site."""
    with connected(peopled, "foreign-b", tmp_path_factory.mktemp("foreign-b")) as connection:
        yield connection


def stored(place: RunningPlace, agent: ForeignAgent, journal: Journal) -> list[dict[str, Any]]:
    """What the API has of a stream, ordered by number."""
    events = place.listed("/events", agent=agent.identity.agent)
    mine = [event for event in events if event["stream"] == journal.stream]
    return sorted(mine, key=lambda event: int(event["seq"]))


def quarantined(place: RunningPlace, journal: Journal) -> list[dict[str, Any]]:
    """What the API has in quarantine of a stream, ordered by number."""
    events = [item for item in place.listed("/quarantine") if item["stream"] == journal.stream]
    return sorted(events, key=lambda event: int(event["seq"]))


def test_the_foreign_agent_imports_nothing_of_ours() -> None:
    tree = ast.parse(Path(foreign.__file__).read_text())
    names = [
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
        )
    ]
    roots = {str(name).partition(".")[0] for name in names}
    assert roots <= set(sys.stdlib_module_names) | {"paho", "cryptography"}


def test_another_authority_than_the_claim_codes_is_refused(place: RunningPlace) -> None:
    ca = Path(place.ready["mqtt"]["ca"]).read_text()
    with pytest.raises(Refused, match="another CA"):
        foreign.check_ca(ca, "anything0123456789abcdef")


def test_it_speaks_tls_1_3_and_the_place_sees_it_online(
    peopled: RunningPlace, agent: ForeignAgent
) -> None:
    assert agent.tls_version() == "TLSv1.3"
    agent.sync()  # its status went before, on the same connection
    journal = Journal(agent.boot_id)
    agent.send(journal, [[journal.add("agent_started", version="foreign-1")]])
    found = peopled.call("GET", "/agents/foreign-a").json
    assert (found["online"] is not False, found["program_version"]) == (True, "foreign-1")


def test_it_syncs_5000_holders_page_by_page(peopled: RunningPlace, agent: ForeignAgent) -> None:
    agent.policy = foreign.Policy()
    sizes = agent.sync()
    assert len(sizes) > 2
    keys = {foreign.holder_key(agent.identity.credential_key, badge) for badge in BADGES}
    assert keys <= agent.policy.holders.keys()
    assert len(agent.policy.holders) == agent.head["holders"]
    assert agent.policy.digest == agent.head["digest"]
    hub_keys = agent.policy.rows["site", peopled.site][1]["hub_keys"]
    assert {hub_key["kid"] for hub_key in hub_keys} == agent.identity.hub_keys.keys()
    pages = [message for message in agent.heard if message.value["kind"] == "policy_page"]
    assert max(len(page.payload) for page in pages) <= 256 * 1024
    assert agent.refused == []


def test_a_delta_keeps_it_in_step(peopled: RunningPlace, agent: ForeignAgent) -> None:
    agent.sync()
    zone = {"id": "foreign-zone", "name": {"en": "Foreign"}}
    peopled.make("/zones", zone)
    agent.wait_for(lambda: ("zone", "foreign-zone") in agent.policy.rows and agent.in_step())
    assert "policy_delta" in {message.value["kind"] for message in agent.heard}


def test_1000_events_out_of_order_and_twice_are_each_there_once(
    peopled: RunningPlace, agent: ForeignAgent
) -> None:
    journal = Journal(agent.boot_id)
    journal.add("agent_started", version="foreign-1", reason="boot")
    while len(journal.events) < EVENTS:
        active = len(journal.events) % 2 == 0
        journal.add("input_changed", "foreign-a-saw", input="lid", active=active)
    dice = random.Random(7)
    batches = []
    for _ in range(2):
        numbers = list(range(1, EVENTS + 1))
        dice.shuffle(numbers)
        batches += [numbers[at : at + foreign.MAX_BATCH] for at in range(0, EVENTS, 100)]
    agent.send(journal, batches)
    said = agent.acknowledged(journal.stream)
    assert (said.through, said.also, said.rejected, said.fork) == (EVENTS, [], {}, False)
    found = stored(peopled, agent, journal)
    assert [event["seq"] for event in found] == list(range(1, EVENTS + 1))
    sent = [json.loads(event) for event in journal.events]
    assert [event["event_id"] for event in found] == [field["event_id"] for field in sent]
    assert [item["at"] for item in found] == [field["at"] for field in sent]
    assert [item["data"].get("active") for item in found] == [field.get("active") for field in sent]
    assert Counter(item["access_point"] for item in found) == {"foreign-a-saw": 999, None: 1}


def test_every_signature_of_the_hub_holds_and_a_touched_one_is_refused(
    peopled: RunningPlace, agent: ForeignAgent
) -> None:
    command = peopled.call("POST", "/agents/foreign-a/identify", {})
    assert command.status == 202, command.body
    agent.wait_for(lambda: agent.commands)
    agent.sync()
    journal = Journal(agent.boot_id)
    agent.send(journal, [[journal.add("agent_started", version="foreign-1")]])
    peopled.make("/zones", {"id": "signed-zone", "name": {"en": "Signed"}})
    agent.wait_for(lambda: {message.value["kind"] for message in agent.heard} >= EVERY_KIND)
    assert agent.refused == []
    newest = {message.value["kind"]: message for message in agent.heard}
    for message in newest.values():
        foreign.check_signature(message, agent.identity.hub_keys)
        for touched in forgeries(message, agent.identity):
            with pytest.raises(Refused):
                foreign.check_signature(touched, agent.identity.hub_keys)


def forgeries(message: Message, ours: Identity) -> Iterator[Message]:
    """The message with one thing wrong."""
    kid, sig = message.properties
    yield replace(message, payload=message.payload.replace(b'"v":1', b'"v":2', 1))
    yield replace(message, topic=message.topic.replace("loquet/1/", "loquet/1/x", 1))
    yield replace(message, properties=(kid,))
    yield replace(message, properties=(kid, kid, sig))
    yield replace(message, properties=tuple(ours.sign(message.topic, message.payload)))


def test_a_command_is_answered(peopled: RunningPlace, agent: ForeignAgent) -> None:
    agent.sync()
    sent = peopled.call("POST", "/agents/foreign-a/identify", {}).json["command_id"]
    agent.wait_for(lambda: sent in {command["command_id"] for command in agent.commands})
    command = next(command for command in agent.commands if command["command_id"] == sent)
    assert (command["boot_id"], command["type"]) == (agent.boot_id, "identify")
    agent.say("reply", {"kind": "command_reply", "v": 1, "command_id": sent, "result": "done"})
    peopled.wait_for(lambda: peopled.call("GET", f"/commands/{sent}").json["result"] == "done")


def test_wrongly_signed_batches_are_not_taken(
    peopled: RunningPlace, agent: ForeignAgent, other: ForeignAgent
) -> None:
    journal = Journal(agent.boot_id)
    for _ in range(5):
        journal.add("input_changed", "foreign-a-saw", input="lid", active=True)
    topic, payload = agent.topic("events"), journal.batch([1, 2, 3])
    kid, sig = agent.identity.sign(topic, payload)
    for wrong in (
        [],
        [kid],
        [kid, kid, sig],
        [kid, sig, sig],
        [kid, ("sig", foreign.b64encode(bytes(64)))],
        agent.identity.sign(agent.topic("sync"), payload),
        other.identity.sign(topic, payload),
        [kid, other.identity.sign(topic, payload)[1]],
    ):
        agent.publish(topic, payload, wrong)
    agent.send(journal, [[4, 5]])
    said = agent.acknowledged(journal.stream)
    assert (said.through, said.also) == (0, [[4, 5]])
    assert [event["seq"] for event in stored(peopled, agent, journal)] == [4, 5]
    agent.send(journal, [[1, 2, 3]])
    assert (said.through, said.also) == (5, [])


def test_it_cannot_write_elsewhere(
    peopled: RunningPlace, agent: ForeignAgent, other: ForeignAgent
) -> None:
    agent.sync()
    other.sync()
    journal = Journal(other.boot_id)
    journal.add("agent_started", version="forged")
    head = json.dumps(agent.head | {"version": agent.head["version"] + 1}).encode()
    attempts = [
        (other.topic("events"), journal.batch([1])),
        (other.topic("status"), b"{}"),
        (other.topic("ack"), b"{}"),
        (agent.topic("ack"), b"{}"),
        (f"loquet/1/{peopled.site}/policy/head", head),
        (f"loquet/1/{peopled.site}/policy/delta", head),
        ("loquet/1/elsewhere/agents/foreign-a/events", journal.batch([1])),
    ]
    for topic, payload in attempts:
        assert agent.publish(topic, payload) == NOT_AUTHORIZED
    own = Journal(other.boot_id)  # whatever got through would have come before these answers
    other.send(own, [[own.add("agent_started", version="foreign-1")]])
    agent.sync()
    other.sync()
    assert (agent.refused, other.refused) == ([], [])
    assert stored(peopled, other, journal) == []
    assert len(stored(peopled, other, own)) == 1


def test_it_cannot_listen_elsewhere(
    peopled: RunningPlace, other: ForeignAgent, tmp_path: Path
) -> None:
    with connected(peopled, "foreign-c", tmp_path) as spy:
        theirs = other.topic("#")
        for topic in ("loquet/#", "#", theirs, f"$share/loquet-hub/{theirs}", "$share/g/#"):
            spy.subscribe(topic)
        journal = Journal(other.boot_id)
        other.send(journal, [[journal.add("agent_started", version="foreign-1")]])
        other.sync()
        spy.sync()
        mine = tuple(spy.topic(end) for end in ("ack", "policy", "command"))
        site = f"loquet/1/{spy.identity.site}/policy/"
        came = {message.topic for message in spy.heard} | {
            message.topic for message, _ in spy.refused
        }
    assert [name for name in came if name not in mine and not name.startswith(site)] == []


def test_poison_among_good_events_ends_in_quarantine_and_blocks_nothing(
    peopled: RunningPlace, agent: ForeignAgent, other: ForeignAgent
) -> None:
    theirs = peopled.ready["access_points"][0]["id"]
    journal = Journal(agent.boot_id)
    journal.add("input_changed", "foreign-a-saw", input="lid", active=True)
    journal.add("door_painted", "foreign-a-saw", colour="green")
    journal.add("input_changed", theirs, input="lid", active=True)
    journal.add("input_changed", "foreign-b-saw", input="lid", active=True)
    journal.add("input_changed", "foreign-a-saw", input="lid")
    journal.add("input_changed", "foreign-a-saw", input="lid", active=True)
    journal.events[5] = journal.events[5].replace(b'"active"', b'"input":"x","active"')
    journal.add("input_changed", "foreign-a-saw", input="lid", active=False)
    agent.send(journal, [[1, 2, 3, 4, 5, 6, 7]])
    said = agent.acknowledged(journal.stream)
    assert (said.through, sorted(said.rejected), said.fork) == (7, [2, 3, 4, 5, 6], False)
    assert "door_painted" in said.rejected[2]
    assert theirs in said.rejected[3]
    assert [event["seq"] for event in stored(peopled, agent, journal)] == [1, 7]
    found = quarantined(peopled, journal)
    assert [event["seq"] for event in found] == [2, 3, 4, 5, 6]
    assert [item["raw"].encode() for item in found] == journal.events[1:6]
    assert [item["reason"] for item in found] == [said.rejected[seq] for seq in range(2, 7)]
    assert {item["agent_id"] for item in found} == {"foreign-a"}


def test_rejected_events_are_acknowledged_again(agent: ForeignAgent) -> None:
    journal = Journal(agent.boot_id)
    journal.add("door_painted", "foreign-a-saw", colour="green")
    agent.send(journal, [[1]])
    said = agent.acknowledged(journal.stream)
    said.rejected.clear()
    agent.send(journal, [[1]])
    assert (said.through, sorted(said.rejected), said.fork) == (1, [1], False)


def test_other_bytes_under_a_number_are_a_fork(peopled: RunningPlace, agent: ForeignAgent) -> None:
    journal = Journal(agent.boot_id)
    journal.add("input_changed", "foreign-a-saw", input="lid", active=True)
    agent.send(journal, [[1]])
    rolled_back = Journal(agent.boot_id, journal.stream)
    rolled_back.add("input_changed", "foreign-a-saw", input="door", active=True)
    agent.send(rolled_back, [[1]])
    said = agent.acknowledged(journal.stream)
    assert (said.through, said.fork) == (1, True)
    assert [item["data"]["input"] for item in stored(peopled, agent, journal)] == ["lid"]
    assert [item["raw"].encode() for item in quarantined(peopled, journal)] == rolled_back.events
    fresh = Journal(agent.boot_id)
    fresh.add("input_changed", "foreign-a-saw", input="door", active=True)
    agent.send(fresh, [[1]])
    assert agent.acknowledged(fresh.stream).fork is False
