"""The fixtures of devices at the end of a wire: each simulator runs for a module's tests."""

import threading
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest

from devices.ports import PowerSwitch
from devices.registry import POWER, wire
from devices.wiring import Context, SharedResources
from tests.contract.drivers.field.field_rig import Field, PlugPlace, Sim
from tests.contract.drivers.rig import Events


@pytest.fixture(scope="module")
def plug_place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlugPlace]:
    place = PlugPlace(tmp_path_factory.mktemp("broker"))
    yield place
    place.broker.kill()


def calm(device: Field) -> None:
    """As it was before the test: in reach, off, nothing counted."""
    device.stick(False)
    device.plug()
    device.by_hand(False)
    device.sim.forget()


@pytest.fixture(scope="module")
def modbus_bus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    link = tmp_path_factory.mktemp("bus") / "bus"
    sim = Sim("devices.sim.modbus", "--link", str(link))
    sim.event("ready")
    yield Field(
        "modbus",
        {"port": str(link), "coil": 0},
        sim,
        by_hand=lambda on: sim.do("coil", coil=0, on=on),
        stick=lambda stuck: sim.do("stick", coil=0, stuck=stuck),
    )
    sim.end()


def plug(model: str, place: PlugPlace) -> Iterator[Field]:
    """A plug on the network, with a topic of its own."""
    topic = f"{model}-{uuid4().hex[:8]}"
    arguments = ("--model", model, "--topic", topic, "--broker", str(place.file))
    sim = Sim("devices.sim.plug", *arguments)
    sim.event("connected", accepted=True)
    yield Field(
        model,
        {"topic": topic, "broker": str(place.file)},
        sim,
        by_hand=lambda on: sim.do("button", on=on),
        stick=lambda stuck: sim.do("stick", stuck=stuck),
    )
    sim.end()


@pytest.fixture(scope="module")
def tasmota_plug(plug_place: PlugPlace) -> Iterator[Field]:
    yield from plug("tasmota", plug_place)


@pytest.fixture(scope="module")
def shelly_plug(plug_place: PlugPlace) -> Iterator[Field]:
    yield from plug("shelly", plug_place)


@pytest.fixture
def modbus(modbus_bus: Field) -> Iterator[Field]:
    yield modbus_bus
    calm(modbus_bus)


@pytest.fixture
def tasmota(tasmota_plug: Field) -> Iterator[Field]:
    yield tasmota_plug
    calm(tasmota_plug)


@pytest.fixture
def shelly(shelly_plug: Field) -> Iterator[Field]:
    yield shelly_plug
    calm(shelly_plug)


@pytest.fixture
def renewing() -> Iterator[list[PowerSwitch]]:
    """Switches that an agent's loop renews until the test ends, or takes them out."""
    switches: list[PowerSwitch] = []
    stopping = threading.Event()

    def loop() -> None:
        while not stopping.wait(0.25):
            for switch in list(switches):
                switch.keep_alive()

    thread = threading.Thread(target=loop)
    thread.start()
    yield switches
    stopping.set()
    thread.join()


@pytest.fixture
def opened(events: Events) -> Iterator[Callable[..., PowerSwitch]]:
    """Opens power switches, renews none, and closes them at the end."""
    shared = SharedResources()
    switches: list[PowerSwitch] = []

    def open_one(device: Field, *, take_up: bool = False, **more: Any) -> PowerSwitch:
        wired = wire(POWER, {"driver": device.driver, **device.table, **more}, "here")
        name = f"d{len(switches)}/power"
        context = Context(name, events.queue.put, "a", "auto", shared, take_up)
        switches.append(wired.open(context))
        return switches[-1]

    yield open_one
    for switch in switches:
        switch.close()
    shared.close()
