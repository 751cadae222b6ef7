"""Driver `bridge` for inputs: counts tell of changes that no message told."""

from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest

from devices.drivers.bridge.input import BridgeInput, BridgeInputOptions
from devices.ports import DeviceEvent, Fault, InputChanged
from devices.wiring import Context, SharedResources
from firmware_bridge.codes import Flag
from firmware_bridge.messages import InputEvent, Report, Status

REX = 1


def report(high: bool, count: int) -> Report:
    """What is read when the button has that level and count."""
    edges = (0, count, 0, 0, 0, 0, 0, 0, 0)
    status = Status(0, 0, high << REX, Flag(0), 0, 0, (0, 0, 0, 0))
    return Report(status, edges, (0, 0), 0, 0, 0, 1, (0, 0), (0, 0), (0, 0), 0)


class Button:
    """The driver, at a port where nothing is, told by hand what the link would tell."""

    def __init__(self, folder: Path, shared: SharedResources) -> None:
        self.events: SimpleQueue[DeviceEvent] = SimpleQueue()
        context = Context("door/inputs.rex", self.events.put, shared=shared)
        self.driver = BridgeInput(
            BridgeInputOptions(port=str(folder / "nothing"), input=REX), context
        )
        assert isinstance(self.events.get(timeout=60), Fault), "the link says once that it is down"
        self.read(True, 65535)
        self.changes()

    def read(self, high: bool, count: int) -> None:
        self.driver.report(report(high, count), 0.0)

    def changes(self) -> list[bool | None]:
        """What was told since it was asked last."""
        told = []
        while not self.events.empty():
            event = self.events.get()
            if isinstance(event, InputChanged):
                told.append(event.active)
        return told


@pytest.fixture
def button(tmp_path: Path) -> Iterator[Button]:
    shared = SharedResources()
    made = Button(tmp_path, shared)
    yield made
    made.driver.close()
    shared.close()


def test_a_press_between_two_readings_is_told(button: Button) -> None:
    button.read(True, 1)
    assert button.changes() == [True, False]


def test_three_unseen_presses_are_told_three_times(button: Button) -> None:
    button.read(True, 5)
    assert button.changes() == [True, False] * 3


def test_an_event_and_the_reading_after_it_are_one_change(button: Button) -> None:
    button.driver.event(InputEvent(REX, False, 0, 0), 0.0)
    button.read(False, 0)
    assert button.changes() == [True]


def test_a_reading_that_an_event_has_overtaken_is_not_taken_back(button: Button) -> None:
    button.driver.event(InputEvent(REX, False, 0, 0), 0.0)
    button.read(True, 65535)
    assert button.changes() == [True]
    assert button.driver.active() is True


def test_nothing_changed_is_nothing_told(button: Button) -> None:
    button.read(True, 65535)
    assert button.changes() == []
