"""The loop: nothing that one handler raises stops the others."""

import threading
from collections.abc import Iterator

import pytest

from controller.domain.facts import Assurance
from devices.agent.clock import Clock, ClockMode
from devices.agent.loop import Loop
from devices.ports import CredentialRead, Fault, FaultKind, InputChanged
from tests.devices.agent.agent_rig import AMINA, LASER, Rig, Switch, machine_facts, member


@pytest.fixture
def loop() -> Loop:
    return Loop(Clock(ClockMode.TRUSTED, None))


@pytest.fixture
def running(loop: Loop) -> Iterator[Loop]:
    thread = threading.Thread(target=loop.run)
    thread.start()
    yield loop
    loop.stop()
    thread.join(60)
    assert not thread.is_alive()


def _raise() -> None:
    raise RuntimeError("unforeseen")


def test_work_that_fails_does_not_end_the_loop(running: Loop) -> None:
    reached = threading.Event()
    running.put(_raise)
    running.put(Fault("nobody/reader", FaultKind.READER_UNPLUGGED, "not ours"))
    running.put(reached.set)
    assert reached.wait(60)


def test_timers_run_again_and_again_though_one_fails(loop: Loop) -> None:
    ticks = iter(range(3))

    def count() -> None:
        if next(ticks) == 2:
            loop.stop()

    loop.every(0.01, _raise)
    loop.every(0.01, count)
    loop.run()
    assert loop.lag_s >= 0.0


def test_a_point_that_fails_loses_its_power(rig: Rig, loop: Loop) -> None:
    rig.person(AMINA, member("amina", "laser"))
    switch = Switch()
    laser = rig.machine(machine_facts(), switch=switch)
    points = {LASER: laser}
    loop.set_points(points, {"laser/reader": laser, "laser/inputs.estop": laser})
    loop.put(CredentialRead("laser/reader", AMINA, Assurance.UID, rig.clock.mono()))
    loop.put(loop.keep_alive)
    # An input that is not wired to this point: what its handler raises is unforeseen.
    loop.put(InputChanged("laser/inputs.estop", True, rig.clock.mono()))
    loop.stop()
    loop.run()
    assert switch.log[:2] == ["off", "on"]
    assert not switch.powered()
