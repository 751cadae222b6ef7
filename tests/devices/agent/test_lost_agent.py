"""What an agent that died or hung leaves, and what the next one makes of it."""

import subprocess
import sys
import threading
from pathlib import Path
from random import Random

import pytest

from controller.domain.machine.state import MachineState
from controller.wire import events as wire
from controller.wire.events import InputChanged
from controller.wire.journal_bytes import decode_event
from devices.agent.agent_state import ANCHOR, FLOOR, TimeSource, clock_marks, open_state
from devices.agent.clock import Clock, ClockMode
from devices.agent.heartbeat import Heartbeat, LastSeen
from devices.agent.journal.ledger import Ledger, Recorder, kernel_boot
from devices.agent.journal.thread import PENDING_KEY, missing_events
from devices.agent.loop import STALLED_S, Loop
from devices.agent.points.machine_memory import SavedMachine, observed_until
from devices.agent.state_store import StateStore
from tests.devices.agent.agent_rig import AMINA, LASER, Rig, Switch, machine_facts, member
from tests.devices.agent.agent_time import BOOT, Hands

OTHER_BOOT = "1b5c0f6e-7f5e-4c51-9d0e-3a4a3c1d2e3f"
CHILD = Path(__file__).with_name("keeping_child.py")
ROUNDS = 16


def test_a_mark_of_life_outlasts_the_process_and_holds_for_its_boot_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(folder))
    first = Heartbeat(folder, BOOT)
    assert first.before is None
    first.beat(12.5)
    first.close()
    assert Heartbeat(folder, BOOT).before == LastSeen(12.5)
    Heartbeat(folder, BOOT).outputs_off(13.25)
    assert Heartbeat(folder, BOOT).before == LastSeen(12.5, 13.25)
    other = Heartbeat(folder, OTHER_BOOT)
    assert other.before is None
    other.outputs_off(9.0)
    assert other.before is None


def test_a_mark_that_cannot_be_made_or_is_somebody_elses_stops_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(folder / "not-there"))
    heartbeat = Heartbeat(folder, BOOT)
    heartbeat.beat(1.0)
    assert Heartbeat(folder, BOOT).before is None
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(folder))
    heartbeat = Heartbeat(folder, BOOT)
    heartbeat.beat(1.0)
    heartbeat.close()
    (mark,) = folder.glob("loquet-agent-*")
    kept = mark.rename(folder / "elsewhere")
    mark.symlink_to(kept)
    assert Heartbeat(folder, BOOT).before is None, "a link is not followed"


@pytest.mark.parametrize(
    ("last", "limit_s", "until_s", "unseen_s"),
    [
        (LastSeen(130.0), 0.4, 130.0, 0.4),
        (LastSeen(130.0), None, 130.0, 70.0),
        (LastSeen(130.0, off_s=131.0), None, 130.0, 1.0),
        (LastSeen(90.0), 5.0, 100.0, 5.0),
    ],
)
def test_how_long_power_outlasted_the_agent(
    last: LastSeen, limit_s: float | None, until_s: float, unseen_s: float
) -> None:
    kept = SavedMachine(boot=BOOT, state=MachineState(at_s=100.0, metered=False))
    seen = observed_until(kept, BOOT, last, 200.0, limit_s)
    assert seen is not None
    assert seen.until_s == until_s
    assert seen.unseen_s == pytest.approx(unseen_s)
    assert observed_until(kept, OTHER_BOOT, last, 200.0, limit_s) is None
    assert observed_until(kept, BOOT, None, 200.0, limit_s) is None


@pytest.mark.parametrize(("limit_s", "gap_s"), [(0.4, 0.4), (None, 10.0)])
def test_the_session_of_a_dead_agent_has_what_it_saw_and_a_gap(
    rig: Rig, folder: Path, hands: Hands, limit_s: float | None, gap_s: float
) -> None:
    rig.person(AMINA, member("amina", "laser"))
    laser = rig.machine(machine_facts(), switch=Switch(limit_s=limit_s))
    rig.tap(laser, AMINA)
    rig.pass_(45)
    rig.stop()
    died_s = hands.mono_s
    hands.pass_(10)
    again = Rig(folder, hands, BOOT, last_seen=LastSeen(died_s))
    again.machine(switch=Switch(limit_s=limit_s))
    (ended,) = again.events(wire.SessionEnded)
    assert (ended.cause, ended.idle_s) == ("agent_restarted", 45.0)
    assert ended.gap_s == pytest.approx(gap_s)
    assert ended.powered_s == pytest.approx(45.0 + gap_s)
    again.stop()


@pytest.mark.parametrize(("limit_s", "gap_s"), [(0.4, 0.4), (None, 30.0)])
def test_a_loop_that_hung_marks_what_it_did_not_see(
    rig: Rig, hands: Hands, limit_s: float | None, gap_s: float
) -> None:
    rig.person(AMINA, member("amina", "laser"))
    laser = rig.machine(machine_facts(), switch=Switch(limit_s=limit_s))
    loop = Loop(rig.clock)
    loop.set_points({LASER: laser}, {"laser/reader": laser})
    rig.tap(laser, AMINA)
    for _ in range(100):
        hands.pass_(0.2)
        loop.turn(0.0)
    hands.pass_(30)
    loop.turn(0.0)
    hands.pass_(STALLED_S / 2)
    loop.turn(0.0)
    rig.tap(laser, AMINA)
    (ended,) = rig.events(wire.SessionEnded)
    assert ended.idle_s == pytest.approx(20.0 + STALLED_S / 2)
    assert ended.gap_s == pytest.approx(gap_s)


@pytest.mark.parametrize("at", ["a piece of work", "a timer"])
def test_a_hang_in_the_middle_of_its_work_is_seen_too(rig: Rig, hands: Hands, at: str) -> None:
    """Stopped after it has looked at the clock, it must not take the end of its work for life."""
    rig.person(AMINA, member("amina", "laser"))
    laser = rig.machine(machine_facts(), switch=Switch(limit_s=0.4))
    loop = Loop(rig.clock)
    loop.set_points({LASER: laser}, {"laser/reader": laser})
    rig.tap(laser, AMINA)
    for _ in range(10):
        hands.pass_(0.2)
        loop.turn(0.0)
    hang = iter([30.0])
    if at == "a timer":
        loop.every(3600.0, lambda: hands.pass_(next(hang, 0.0)))
    else:
        loop.put(lambda: hands.pass_(next(hang, 0.0)))
    loop.turn(0.0)
    hands.pass_(STALLED_S / 2)
    loop.turn(0.0)
    rig.tap(laser, AMINA)
    (ended,) = rig.events(wire.SessionEnded)
    assert ended.powered_s == pytest.approx(2.0 + 0.4 + STALLED_S / 2, abs=STALLED_S)
    assert ended.gap_s == pytest.approx(0.4)


@pytest.mark.system
def test_what_is_kept_and_its_event_are_both_there_after_kill_9(
    folder: Path, recorder: Recorder
) -> None:
    """Two files, and no moment between their commits in which one of the two would be lost."""
    when = Random(5)
    for _ in range(ROUNDS):
        with subprocess.Popen(
            [sys.executable, str(CHILD), str(folder)], stdout=subprocess.PIPE, text=True
        ) as child:
            assert child.stdout is not None
            for _ in range(1 + when.randint(0, 5)):
                child.stdout.readline()
            threading.Event().wait(when.uniform(0.0, 0.004))  # somewhere in the next one's commits
            child.kill()
            child.stdout.read()
        state_store = StateStore.open(folder / "state.db", "mark")
        ledger = Ledger(folder / "journal.db", recorder, Random(1))
        late = missing_events(state_store.get(PENDING_KEY), ledger)
        journal = [decode_event(data).event for _, data in ledger.current.file.after(0, 10**6)]
        told = [e.input for e in [*journal, *late] if isinstance(e, InputChanged)]
        assert told == [f"n{n}" for n in range(1, int(state_store.get("count") or b"0") + 1)]
        if late:
            ledger.append(late)
        state_store.keep({PENDING_KEY: None})
        ledger.close()
        state_store.close()


def test_events_kept_beside_a_journal_that_is_gone_go_into_the_new_one(
    rig: Rig, folder: Path
) -> None:
    rig.person(AMINA, member("amina", "laser"))
    rig.tap(rig.machine(machine_facts()), AMINA)
    rig.events()
    kept = rig.state_store.get(PENDING_KEY)
    assert missing_events(kept, rig.ledger) == []
    other = Ledger(folder / "other.db", rig.recorder, Random(1))
    found = missing_events(kept, other)
    assert wire.SessionStarted in map(type, found)
    other.append(found)
    assert missing_events(kept, other) == []
    assert missing_events(b"damaged", other) == []
    other.close()


def test_a_restart_in_the_same_boot_trusts_the_clock_still(folder: Path, hands: Hands) -> None:
    """Without NTP a hub's answer made it trusted; the next process knows that, for this boot."""
    hands.synchronised = False
    source = TimeSource(
        lambda: hands.mono_s, hands.wall.timestamp, lambda: hands.synchronised, lambda: BOOT
    )
    first = open_state(folder, ClockMode.AUTO, source)
    assert (first.clock.trusted, clock_marks(first.clock, BOOT)) == (False, {})
    signed = hands.wall.parse("2026-07-01T08:00:00.000Z")
    first.clock.learn_signed_time(signed, is_response=True)
    marks = clock_marks(first.clock, BOOT)
    assert set(marks) == {FLOOR, ANCHOR}
    assert clock_marks(first.clock, BOOT) == {}, "once a boot: flash wears out"
    first.state_store.keep(marks)
    _end(first)
    hands.pass_(90)
    second = open_state(folder, ClockMode.AUTO, source)
    assert second.clock.trusted
    assert second.clock.now() == signed.parse("2026-07-01T08:01:30.000Z")
    assert ANCHOR not in clock_marks(second.clock, BOOT)
    _end(second)
    rebooted = TimeSource(source.mono, source.wall, source.synchronised, lambda: OTHER_BOOT)
    third = open_state(folder, ClockMode.AUTO, rebooted)
    assert not third.clock.trusted
    _end(third)


def _end(state: object) -> None:
    for name in ("state_store", "ledger", "policy", "heartbeat", "lock"):
        getattr(state, name).close()


def test_ntp_that_goes_away_leaves_the_clock_trusted_for_this_boot(
    clock: Clock, hands: Hands
) -> None:
    hands.synchronised = False
    hands.pass_(6)
    clock.check()
    assert clock.trusted
    assert clock.now() == hands.wall


def test_a_folder_of_state_is_not_shared_by_two_marks(folder: Path) -> None:
    (folder / "a").mkdir()
    (folder / "b").mkdir()
    boot = kernel_boot()
    Heartbeat(folder / "a", boot).beat(1.0)
    assert Heartbeat(folder / "b", boot).before is None
