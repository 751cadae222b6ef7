"""An agent's SD card that is full, damaged, or an old copy: a real process on real files."""

import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from controller.domain.access.decision import DenyReason
from controller.domain.facts import CredentialStatus, Holder
from controller.domain.ids import MemberRef
from controller.wire import events as wire
from controller.wire.topics import Channel
from devices.sim.client import SimBench
from tests.devices.whole.agent_whole import is_a, power, tap
from tests.support.agent_place import AMINA, LASER, WAIT_S, ZOE, Place
from tests.support.until import until

pytestmark = pytest.mark.needs("mosquitto")

ANYTHING = resource.RLIM_INFINITY
CARD_GONE_S = 0.6
"""Until her card may be read again."""


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    place = Place(tmp_path_factory.mktemp("a"))
    place.teach()
    place.let_in(ZOE, Holder(member=MemberRef("zoe")))
    yield place
    place.end()


@pytest.fixture
def bench(place: Place) -> Iterator[SimBench]:
    with SimBench(place.socket) as bench:
        bench.watch("power")
        yield bench


def kill(agent: subprocess.Popen[str]) -> None:
    agent.send_signal(signal.SIGKILL)
    agent.wait(timeout=WAIT_S)


def files_may_grow_to(agent: subprocess.Popen[str], size: int) -> None:
    """setrlimit(2), RLIMIT_FSIZE: no file of that process gets longer, as on a full disk."""
    resource.prlimit(agent.pid, resource.RLIMIT_FSIZE, (size, ANYTHING))


def test_a_full_card_stops_nobody_and_everything_is_told(place: Place, bench: SimBench) -> None:
    agent = place.start_agent()
    place.in_step()
    files_may_grow_to(agent, 1024)
    tap(bench, AMINA)
    power(bench, True)
    place.hub.wait_event(is_a(wire.JournalDegraded, reason="full"))
    place.hub.wait_event(is_a(wire.SessionStarted, member="amina"))
    tap(bench, ZOE)
    place.hub.wait_event(is_a(wire.AccessDenied, member="zoe"))
    list(bench.events(CARD_GONE_S))
    tap(bench, AMINA)
    power(bench, False)
    place.hub.wait_event(is_a(wire.SessionEnded, member="amina", cause="badge_out"))
    files_may_grow_to(agent, ANYTHING)
    agent.send_signal(signal.SIGTERM)
    assert agent.wait(timeout=WAIT_S) == 0
    ends = [event for event in place.hub.told() if isinstance(event, wire.SessionEnded)]
    assert len(ends) == 1


def test_flipped_bytes_set_the_journal_aside_and_the_machine_goes_on(
    place: Place, bench: SimBench
) -> None:
    """What is whole in it is told, though the hub had not acknowledged it."""
    place.hub.acknowledges = False
    agent = place.start_agent()
    place.in_step()
    tap(bench, AMINA)
    power(bench, True)
    place.hub.wait_event(is_a(wire.SessionStarted, member="amina"))
    kill(agent)
    flip(place.folder / "state" / "journal.db")
    place.hub.acknowledges = True
    place.start_agent()
    place.hub.wait_event(is_a(wire.JournalDegraded, reason="corrupt"))
    assert list((place.folder / "state").glob("journal.db.corrupt-*"))
    place.hub.wait_event(is_a(wire.SessionEnded, member="amina", cause="agent_restarted"))
    tap(bench, ZOE)
    power(bench, True)
    place.hub.wait_event(is_a(wire.SessionStarted, member="zoe"))


@pytest.mark.parametrize("damage", [b"damaged" * 1000, b""], ids=["damaged", "emptied"])
def test_a_damaged_state_db_is_said(
    place: Place, damage: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    """By an event of its own kind, which raises an alarm, in the log, and by the doctor."""
    agent = place.start_agent()
    place.in_step()
    place.hub.wait_event(is_a(wire.AgentStarted))
    assert "✓ the agent's files are undamaged" in doctor(place)
    kill(agent)
    state = place.folder / "state" / "state.db"
    for side in state.parent.glob("state.db*"):
        side.unlink()
    state.write_bytes(damage)
    capfd.readouterr()
    place.start_agent()
    place.hub.wait_event(is_a(wire.JournalDegraded, reason="state_lost"))
    until(lambda: ": state.db is " in capfd.readouterr().out, "the log says nothing")
    if damage:
        (aside,) = state.parent.glob("state.db.broken-*")
        assert f"the card may be failing, replace it; then delete {aside.name}" in doctor(place)


def doctor(place: Place) -> str:
    command = [sys.executable, "-m", "controller.cli", "doctor", "--config", str(place.config)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def test_a_flipped_bit_in_the_policy_opens_nothing_and_is_mended(
    place: Place, bench: SimBench
) -> None:
    """Of the row of somebody whose badge is lost; all other rights hold, with no hub to ask."""
    place.let_in(ZOE, Holder(member=MemberRef("zoe"), status=CredentialStatus.LOST))
    agent = place.start_agent()
    place.in_step()
    kill(agent)
    place.hub.forget_messages()
    in_policy(place, b'"status":"lost"', b'"statur":"lost"')  # 0x73, and 0x72: one bit
    place.broker.kill()
    place.start_ready_agent()
    tap(bench, AMINA)
    power(bench, True)
    list(bench.events(CARD_GONE_S))
    tap(bench, AMINA)
    power(bench, False)
    tap(bench, ZOE)
    place.broker.start()
    place.hub.wait_event(is_a(wire.JournalDegraded, reason="corrupt"))
    place.hub.wait_event(is_a(wire.AccessDenied, access_point=LASER, member=None))
    assert not closed(bench)
    place.hub.tell_head()
    until(lambda: snapshots(place) == 2, "it is not fetched again")
    tap(bench, ZOE)
    place.hub.wait_event(is_a(wire.AccessDenied, member="zoe", reason=DenyReason.CREDENTIAL_LOST))


def closed(bench: SimBench) -> bool:
    """Whether the laser has power."""
    return bool(bench.state()["machines"]["laser"]["closed"])


def snapshots(place: Place) -> int:
    """How often the whole policy has been fetched."""
    applied = [event for event in place.hub.told() if isinstance(event, wire.PolicyApplied)]
    return sum(event.snapshot for event in applied)


def in_policy(place: Place, old: bytes, new: bytes) -> None:
    """Change a value on the card, below SQLite."""
    file = place.folder / "state" / "policy.db"
    with closing(sqlite3.connect(file)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = file.read_bytes()
    assert old in data
    file.write_bytes(data.replace(old, new))


def test_a_card_that_turns_read_only_stops_nobody_and_everything_is_told(
    place: Place, bench: SimBench, read_only: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Linux does with a card whose writes fail: what is open stays so, and takes nothing."""
    mark = place.folder / "read-only"
    with monkeypatch.context() as agents:
        agents.setenv("LD_PRELOAD", str(read_only))
        agents.setenv("READ_ONLY_MARK", str(mark))
        agents.setenv("READ_ONLY_FOLDER", str(place.folder / "state"))
        agent = place.start_agent()
    place.in_step()
    mark.touch()
    tap(bench, AMINA)
    power(bench, True)
    place.hub.wait_event(is_a(wire.JournalDegraded, reason="full"))
    place.hub.wait_event(is_a(wire.SessionStarted, member="amina"))
    list(bench.events(CARD_GONE_S))
    tap(bench, AMINA)
    power(bench, False)
    place.hub.wait_event(is_a(wire.SessionEnded, member="amina", cause="badge_out"))
    mark.unlink()
    agent.send_signal(signal.SIGTERM)
    assert agent.wait(timeout=WAIT_S) == 0
    ends = [event for event in place.hub.told() if isinstance(event, wire.SessionEnded)]
    assert len(ends) == 1


def test_an_agent_starts_on_a_read_only_card_from_what_stands_there(
    place: Place, bench: SimBench, read_only: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With no hub to ask it knows who may and whose badge is lost; what happens is told once, from
    memory, also when it is killed there; and the card has it when it takes writes again."""
    mark = place.folder / "read-only"
    monkeypatch.setenv("LD_PRELOAD", str(read_only))
    monkeypatch.setenv("READ_ONLY_MARK", str(mark))
    monkeypatch.setenv("READ_ONLY_FOLDER", str(place.folder / "state"))
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_run(place)))
    agent = place.start_agent()
    place.in_step()
    place.let_in(ZOE, Holder(member=MemberRef("zoe"), status=CredentialStatus.LOST))
    place.in_step()
    kill(agent)
    before = on_card(place)
    mark.touch()
    place.broker.kill()
    agent = place.start_ready_agent()
    tap(bench, AMINA)
    power(bench, True)
    list(bench.events(CARD_GONE_S))
    tap(bench, AMINA)
    power(bench, False)
    tap(bench, ZOE)
    place.broker.start()
    place.hub.wait_event(is_a(wire.JournalDegraded, reason="read_only"))
    place.hub.wait_event(is_a(wire.AccessDenied, member="zoe", reason=DenyReason.CREDENTIAL_LOST))
    place.hub.wait_event(is_a(wire.SessionEnded, member="amina", cause="badge_out"))
    list(bench.events(CARD_GONE_S))
    tap(bench, AMINA)
    power(bench, True)
    until(lambda: started(place) == 2, "the second session is not told")
    kill(agent)
    assert on_card(place) == before
    first_in_memory = highest_connection(place)
    agent = place.start_agent()
    place.hub.wait_event(is_a(wire.SessionEnded, member="amina", cause="agent_restarted"))
    place.hub.wait(Channel.STATUS, lambda status: status.connection > first_in_memory)
    agent.send_signal(signal.SIGTERM)
    assert agent.wait(timeout=WAIT_S) == 0
    mark.unlink()
    in_memory = highest_connection(place)
    place.start_agent()
    place.hub.wait_event(is_a(wire.JournalDegraded, reason="recovered"))
    place.hub.wait(Channel.STATUS, lambda status: status.connection > in_memory)
    assert not list(tmp_run(place).glob("*card"))
    ends = [event for event in place.hub.told() if isinstance(event, wire.SessionEnded)]
    causes = {event.event_id: event.cause for event in ends}  # what comes again has the same id
    assert sorted(causes.values()) == ["agent_restarted", "badge_out"]


def started(place: Place) -> int:
    """How many sessions have been told."""
    return sum(isinstance(event, wire.SessionStarted) for event in place.hub.told())


def highest_connection(place: Place) -> int:
    """The newest connection number told: a hub ignores a status with a lower one."""
    statuses = [status for channel, _, status in place.hub.messages if channel is Channel.STATUS]
    return max(int(status.connection) for status in statuses)


def tmp_run(place: Place) -> Path:
    """Where the agent's unit has its folder in memory."""
    folder = place.folder / "run"
    folder.mkdir(exist_ok=True)
    return folder


def on_card(place: Place) -> dict[str, bytes]:
    """What stands in the state folder."""
    files = (place.folder / "state").iterdir()
    return {file.name: file.read_bytes() for file in files if file.suffix != ".db-shm"}


@pytest.fixture
def read_only(tmp_path: Path) -> Path:
    """Makes the kernel's answers those of a file system that has turned read-only."""
    made = tmp_path / "read_only.so"
    source = Path(__file__).with_name("read_only.c")
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", made, source, "-ldl"], check=True)
    return made


def flip(file: Path) -> None:
    """Some bits of an event, in the file itself: in SQLite's log a bad frame is one not written."""
    with closing(sqlite3.connect(file)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(file.read_bytes())
    at = data.find(b'"session_started"')
    assert at > 0
    data[at : at + 8] = bytes(byte ^ 0x01 for byte in data[at : at + 8])
    file.write_bytes(data)
