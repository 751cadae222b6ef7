"""A microcontroller for each test, and drivers at its port."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from devices.registry import Port, wire
from devices.wiring import Context, SharedResources
from tests.contract.drivers.rig import Events
from tests.firmware.bridge.mcu import Mcu
from tests.support.firmware import Firmware

Open = Callable[..., Any]


@pytest.fixture
def mcu(firmware: Firmware, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mcu]:
    folder: Path = tmp_path_factory.mktemp("m")
    with Mcu(firmware, folder) as mcu:
        yield mcu


@pytest.fixture
def events() -> Events:
    return Events()


@pytest.fixture
def opened(mcu: Mcu, events: Events) -> Iterator[Open]:
    """Opens drivers `bridge` on one link, and closes them at the end."""
    devices: list[Any] = []
    shared = SharedResources()

    def open_one(port: Port[Any, Any], device: str, **options: Any) -> Any:
        table = {"driver": "bridge", "port": mcu.link, **options}
        context = Context(device, events.queue.put, shared=shared)
        devices.append(wire(port, table, device).open(context))
        return devices[-1]

    yield open_one
    for device in devices:
        device.close()
    shared.close()
