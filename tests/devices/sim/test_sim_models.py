"""The simulated machine, door and pins behave as the real ones do."""

from typing import Any

import pytest

from devices.sim.bench import Bench, BenchRefused
from devices.sim.specs import BenchSpec, ContactSpec, DoorSpec, MachineSpec

LASER = MachineSpec(name="laser", board="a", pin=17, drive="pump", hold_ms=200, job_w=1150)
SAW = MachineSpec(name="saw", board="a", pin=18, feedback_pin=12, standby_w=3, job_w=900)
DOOR = DoorSpec(name="front", board="b", pin=5, contact_pin=6, swing_s=2)
ESTOP = ContactSpec(name="laser/estop", board="a", pin=22, rest=0)


class Recorder:
    """Keeps what the bench says."""

    def __init__(self) -> None:
        self.events: list[tuple[str, float, dict[str, Any]]] = []

    def __call__(self, kind: str, at: float, **fields: Any) -> None:
        self.events.append((kind, at, fields))

    def of(self, kind: str) -> list[tuple[float, dict[str, Any]]]:
        return [(at, fields) for what, at, fields in self.events if what == kind]


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def bench(recorder: Recorder) -> Bench:
    bench = Bench(recorder, lambda fd, read: None)
    bench.set_up(BenchSpec(machine=(LASER, SAW), door=(DOOR,), contact=(ESTOP,)), 0.0)
    return bench


def _out(bench: Bench, board: str, pin: int, level: float, at: float) -> None:
    bench.levels.configure((board, pin), "out", "floating", level, at)


def test_a_charge_pump_stays_up_while_its_pin_toggles(bench: Bench, recorder: Recorder) -> None:
    _out(bench, "a", 17, 0, 1.0)
    for step in range(10):
        at = 1.0 + step * 0.1
        bench.levels.write(("a", 17), (step + 1) % 2, at)
        bench.tick(at)
    assert recorder.of("power") == [(1.0, {"machine": "laser", "closed": True})]
    assert bench.deadline() == pytest.approx(2.0), "the last rising edge was at 1.8"
    bench.tick(2.01)
    assert recorder.of("pump")[-1] == (2.01, {"machine": "laser", "high": False})
    assert recorder.of("power")[-1] == (2.01, {"machine": "laser", "closed": False})


def test_a_pin_that_goes_off_does_not_trigger_the_charge_pump(bench: Bench) -> None:
    _out(bench, "a", 17, 1, 1.0)
    bench.tick(2.0)
    bench.levels.write(("a", 17), 0, 3.0)
    assert not bench.machine("laser").closed


def test_a_pin_that_stays_high_lets_the_charge_pump_down(bench: Bench) -> None:
    _out(bench, "a", 17, 1, 1.0)
    bench.tick(1.3)
    assert bench.levels.level(("a", 17)) == 1
    assert not bench.machine("laser").closed


def test_a_level_stays_until_somebody_writes(bench: Bench) -> None:
    _out(bench, "a", 18, 1, 1.0)
    bench.tick(1e6)
    assert bench.machine("saw").closed
    bench.levels.configure(("a", 18), "in", "floating", 0, 1e6)
    assert not bench.machine("saw").closed


def test_the_auxiliary_contact_and_the_meter_follow_the_contactor(
    bench: Bench, recorder: Recorder
) -> None:
    assert bench.levels.level(("a", 12)) == 1
    _out(bench, "a", 18, 1, 1.0)
    assert bench.levels.level(("a", 12)) == 0
    bench.machine("saw").work(True, None, 2.0)
    bench.machine("saw").work(False, None, 3.0)
    _out(bench, "a", 18, 0, 4.0)
    assert [fields["watts"] for _, fields in recorder.of("meter")] == [3, 900, 3, 0]
    assert bench.machine("saw").state(9.0)["powered_s"] == 3.0


def test_welded_contacts_stay_closed_and_draw_current(bench: Bench) -> None:
    saw = bench.machine("saw")
    saw.weld(True, 0.5)
    assert not saw.state(0.6)["closed"]
    _out(bench, "a", 18, 1, 1.0)
    _out(bench, "a", 18, 0, 2.0)
    assert saw.closed
    assert saw.watts() == 3
    saw.weld(False, 3.0)
    assert not saw.closed


def test_a_meter_may_lie_or_say_nothing(bench: Bench) -> None:
    saw = bench.machine("saw")
    saw.set_meter("stuck", 42, 1.0)
    assert saw.watts() == 42
    saw.set_meter("silent", 0, 1.0)
    assert saw.watts() is None


def test_a_locked_door_opens_only_by_force(bench: Bench, recorder: Recorder) -> None:
    door = bench.door("front")
    assert door.do("open", 1.0) == "door front is locked"
    assert door.do("force", 1.0) is None
    assert bench.levels.level(("b", 6)) == 1
    bench.tick(3.0)
    assert bench.levels.level(("b", 6)) == 0
    assert [fields["open"] for _, fields in recorder.of("door")] == [True, False]


def test_a_released_door_opens_and_swings_shut_unless_it_is_held(bench: Bench) -> None:
    _out(bench, "b", 5, 1, 1.0)
    door = bench.door("front")
    assert door.do("hang", 1.0) is None
    bench.tick(100.0)
    assert door.is_open
    door.do("close", 101.0)
    assert not door.is_open


def test_a_fail_safe_strike_is_released_without_current(recorder: Recorder) -> None:
    bench = Bench(recorder, lambda fd, read: None)
    spec = DoorSpec(name="exit", board="b", pin=5, fail="fail_safe")
    bench.set_up(BenchSpec(door=(spec,)), 0.0)
    assert bench.door("exit").released
    _out(bench, "b", 5, 1, 1.0)
    assert not bench.door("exit").released


def test_a_contact_at_rest_pressed_and_let_go(bench: Bench) -> None:
    seen = []
    bench.levels.listen(lambda key, level, at: seen.append((key, level, at)))
    bench.press("laser/estop", True, 1.0)
    bench.press("laser/estop", False, 2.0)
    assert seen == [(("a", 22), 1.0, 1.0), (("a", 22), 0.0, 2.0)]
    assert bench.state(3.0)["contacts"] == {"laser/estop": False}


def test_what_is_not_there_is_named_with_what_is(bench: Bench) -> None:
    with pytest.raises(BenchRefused, match="no machine 'lathe' here; known: laser, saw"):
        bench.machine("lathe")
    with pytest.raises(BenchRefused, match="no reader 'x' here; known: none"):
        bench.place("x", "em:0000000001", False, 1.0)
    with pytest.raises(BenchRefused, match="saw is on the bench already"):
        bench.set_up(BenchSpec(machine=(SAW,)), 1.0)
