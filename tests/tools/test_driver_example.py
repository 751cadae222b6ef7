"""The driver in docs/adding-a-driver.md does what the page says."""

import os
import pty
import queue
import re
import tty
import types
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from devices import ports
from devices.wiring import Context
from tests.support.tree import ROOT

PAGE = ROOT / "docs" / "adding-a-driver.md"
WAIT_S = 180


@pytest.fixture
def module() -> types.ModuleType:
    """The page's Python block, as the file it would be."""
    block = re.search(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert block is not None
    made = types.ModuleType("hex_lines")
    exec(compile(block[1], str(PAGE), "exec"), made.__dict__)  # noqa: S102
    return made


@pytest.fixture
def wire() -> Iterator[tuple[int, str]]:
    """The reader's end of a serial line, and the path of the Pi's."""
    reader, agent = pty.openpty()
    tty.setraw(agent)
    yield reader, os.ttyname(agent)
    os.close(agent)
    os.close(reader)


def test_it_reads_cards_and_rejects_noise(module: types.ModuleType, wire: tuple[int, str]) -> None:
    end, path = wire
    events: queue.Queue[Any] = queue.Queue()
    driver = module.HexLines(module.HexLinesOptions(port=path), Context("desk/reader", events.put))
    rejected = noise_until_heard(end, events)
    os.write(end, b"04a1b2c3d4e5f6\n")
    read = next(event for event in iter(lambda: events.get(timeout=WAIT_S), None) if is_card(event))
    driver.close()
    assert (rejected.device, rejected.count) == ("desk/reader", 1)
    assert (read.device, read.credential) == ("desk/reader", "uid:04A1B2C3D4E5F6")


def noise_until_heard(end: int, events: queue.Queue[Any]) -> Any:
    """Opening a serial port throws away what came before, so say it until it is heard."""
    for _ in range(WAIT_S * 20):
        os.write(end, b"noise\n")
        with suppress(queue.Empty):
            return events.get(timeout=0.05)
    raise AssertionError("the driver heard nothing")


def is_card(event: Any) -> bool:
    return isinstance(event, ports.CredentialRead)


def test_the_template_of_a_package_has_the_same_driver() -> None:
    block = re.search(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert block is not None
    template = ROOT / "packaging/driver-template/loquet_hex_lines/driver.py"
    assert template.read_text() == block[1]


def test_a_device_that_is_not_there_is_a_fault(module: types.ModuleType, tmp_path: Path) -> None:
    events: queue.Queue[Any] = queue.Queue()
    options = module.HexLinesOptions(port=str(tmp_path / "ttyACM0"))
    driver = module.HexLines(options, Context("desk/reader", events.put))
    fault = events.get(timeout=WAIT_S)
    driver.close()
    assert (fault.device, fault.kind) == ("desk/reader", ports.FaultKind.READER_UNPLUGGED)
