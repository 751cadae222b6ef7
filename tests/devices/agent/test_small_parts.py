"""Metering, guessing, looks and what cannot be read."""

from pathlib import Path

import pytest

from controller.domain.facts import SessionRules
from controller.domain.ids import MemberRef
from controller.domain.machine.state import MachineState, Session
from controller.domain.states import MachinePhase
from devices.agent.agent_state import StateBusy, open_state
from devices.agent.clock import ClockMode
from devices.agent.journal.ledger import kernel_boot
from devices.agent.points import door_memory, machine_memory
from devices.agent.points.machine_looks import off_at_s
from devices.agent.points.machine_senses import MeterAnswers
from devices.ports import JobState, MeterReading
from devices.wiring import JobSensorOptions, MeterOptions

WATTS = MeterOptions(running_above_w=30, idle_below_w=20)
RUNS, IDLE = MeterReading(job=JobState.RUNNING), MeterReading(job=JobState.IDLE)


def test_one_device_that_tells_both_is_idle_only_when_both_say_so() -> None:
    meter = MeterAnswers({"meter": WATTS})
    assert meter.on_reading("meter", MeterReading(watts=5)) is False
    assert meter.on_reading("meter", MeterReading(watts=50)) is True
    assert meter.on_reading("meter", MeterReading(watts=25)) is True
    assert meter.on_reading("meter", MeterReading(watts=5, job=JobState.RUNNING)) is True
    assert meter.on_reading("meter", MeterReading(watts=5, job=JobState.IDLE)) is False
    assert meter.on_reading("meter", MeterReading(watts=25)) is False, "the job moves no threshold"
    assert meter.on_reading("meter", IDLE) is False
    assert meter.on_reading("meter", MeterReading()) is None


def test_a_machine_with_two_sources_is_idle_only_when_both_say_so() -> None:
    both = MeterAnswers({"meter": WATTS, "job": JobSensorOptions()})
    assert both.on_reading("meter", MeterReading(watts=5)) is None, (
        "the printer has said nothing yet"
    )
    assert both.on_reading("job", IDLE) is False
    assert both.on_reading("meter", MeterReading(watts=50)) is True, (
        "heating, or printing from its card"
    )
    assert both.on_reading("job", RUNS) is True
    assert both.on_reading("meter", MeterReading(watts=5)) is True
    assert both.on_reading("job", IDLE) is False
    assert both.on_reading("job", MeterReading()) is None, "the printer is lost"
    assert both.on_reading("meter", MeterReading()) is None


def test_a_print_server_alone_needs_no_threshold_and_senses_no_current() -> None:
    job = MeterAnswers({"job": JobSensorOptions()})
    assert job.on_reading("job", RUNS) is True
    assert job.on_reading("job", IDLE) is False
    assert job.on_reading("job", MeterReading()) is None
    assert not job.senses_current("job")
    assert MeterAnswers({"meter": WATTS}).senses_current("meter")


def test_any_current_flows() -> None:
    assert MeterAnswers.flows(MeterReading(watts=6))
    assert MeterAnswers.flows(MeterReading(amps=0.1))
    assert not MeterAnswers.flows(MeterReading(watts=1, amps=0.01))
    assert not MeterAnswers.flows(MeterReading())


def test_what_cannot_be_read_is_a_fault_for_machines() -> None:
    assert machine_memory.load(None) is None
    found = machine_memory.load(b"not json")
    assert found is not None
    assert found.state.latches == (machine_memory.UNKNOWN_LATCH,)
    assert not machine_memory.may_take_up(found, kernel_boot())
    assert door_memory.load(b"not json", has_fire_input=True).fire_latched
    assert not door_memory.load(b"not json", has_fire_input=False).fire_latched


def test_when_a_machine_goes_off_by_itself() -> None:
    rules = SessionRules(idle_timeout_s=100, idle_warn_s=20, cool_down_s=50, max_duration_s=500)
    off = MachineState(at_s=0, metered=True)
    assert off_at_s(off, rules) is None
    cooling = MachineState(at_s=0, metered=True, phase=MachinePhase.COOLING, since_s=10)
    assert off_at_s(cooling, rules) == 60
    session = Session(id="s", member=MemberRef("m"), started_s=0, idle_since_s=300)
    armed = MachineState(at_s=0, metered=True, phase=MachinePhase.ARMED, session=session)
    assert off_at_s(armed, rules) == 400
    later = Session(id="s", member=MemberRef("m"), started_s=0, idle_since_s=450)
    assert off_at_s(MachineState(at_s=0, metered=True, session=later), rules) == 500
    warned = Session(id="s", member=MemberRef("m"), started_s=0, warned_s=100)
    assert off_at_s(MachineState(at_s=0, metered=True, session=warned), rules) == 120


def test_one_agent_a_folder(folder: Path) -> None:
    state = open_state(folder, ClockMode.TRUSTED)
    with pytest.raises(StateBusy, match="another agent is running"):
        open_state(folder, ClockMode.TRUSTED)
    state.lock.close()


def test_damaged_files_are_set_aside_and_told(folder: Path) -> None:
    first = open_state(folder, ClockMode.TRUSTED)
    number = first.first_connection
    first.lock.close()
    (folder / "state.db").write_bytes(b"damaged" * 1000)
    for side in folder.glob("state.db-*"):
        side.unlink()
    (folder / "policy.db").write_bytes(b"damaged" * 1000)
    for side in folder.glob("policy.db-*"):
        side.unlink()
    again = open_state(folder, ClockMode.TRUSTED)
    assert again.state_store.was_broken
    assert again.ledger.backlog == 3
    assert again.policy.position.epoch == 0
    assert again.same_boot
    assert number > 0
    again.lock.close()
