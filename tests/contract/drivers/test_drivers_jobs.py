"""Print servers as meters, against a real OctoPrint and a real Moonraker over a cable."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from controller.settings import SettingsError
from devices.drivers.secret_file import write_secret
from devices.ports import (
    Fault,
    FaultCleared,
    FaultKind,
    JobState,
    Meter,
    MeterReading,
    MeterSampled,
)
from devices.registry import METER, wire
from devices.wiring import Context
from tests.contract.drivers.rig import Events
from tests.peers.cable import Cable
from tests.peers.klippy import Klippy
from tests.peers.moonraker import Moonraker
from tests.peers.octoprint import OctoPrint

pytestmark = pytest.mark.timeout(1800)  # the first run makes the servers' environments
WAIT_S = 180.0
LOST = MeterReading()


@dataclass
class Printer:
    """A server, the key that it takes, and how its job goes."""

    driver: str
    server: OctoPrint | Moonraker
    key: Path
    start: Callable[[], None]
    end: Callable[[], None]
    disconnect: Callable[[], None]
    connect: Callable[[], None]


def _octoprint(folder: Path) -> Iterator[Printer]:
    server = OctoPrint(folder / "octoprint")
    key = folder / "key"
    key.write_text(f"{server.app_key()}\n")
    yield Printer(
        "octoprint",
        server,
        key,
        server.print_part,
        server.resume,
        lambda: server.connect("disconnect"),
        lambda: server.connect("connect"),
    )
    server.end()


def _moonraker(folder: Path) -> Iterator[Printer]:
    path = folder / "klippy"
    klippy = [Klippy(path)]
    server = Moonraker(folder / "moonraker", path)
    key = folder / "key"
    key.write_text(f"{server.key}\n")

    def again() -> None:
        klippy[0] = Klippy(path)

    yield Printer(
        "moonraker",
        server,
        key,
        lambda: klippy[0].job("printing"),
        lambda: klippy[0].job("complete"),
        lambda: klippy[0].close(),
        again,
    )
    server.end()
    klippy[0].close()


@pytest.fixture(scope="module", params=[_octoprint, _moonraker], ids=["octoprint", "moonraker"])
def printer(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Printer]:
    yield from request.param(tmp_path_factory.mktemp("j"))


@pytest.fixture
def cable(printer: Printer) -> Iterator[Cable]:
    cable = Cable(printer.server.port)
    yield cable
    cable.close()


@pytest.fixture
def opened(printer: Printer, cable: Cable, events: Events) -> Iterator[Callable[..., Meter]]:
    """Opens the driver at the end of the cable; closes it at the end."""
    meters: list[Meter] = []

    def open_one(**more: Any) -> Meter:
        table = {
            "driver": printer.driver,
            "url": f"http://127.0.0.1:{cable.port}",
            "key_file": str(printer.key),
            **more,
        }
        meters.append(wire(METER, table, "here").open(Context("d", events.queue.put)))
        return meters[-1]

    yield open_one
    for meter in meters:
        meter.close()
        meter.close()


def says(events: Events, job: JobState | None) -> None:
    wanted = MeterReading(job=job)
    events.first(MeterSampled, lambda sample: sample.reading == wanted, WAIT_S)


def test_a_job_is_running_while_it_is_printed_or_paused_and_then_idle(
    printer: Printer, opened: Callable[..., Meter], events: Events
) -> None:
    meter = opened()
    says(events, JobState.IDLE)
    printer.start()
    says(events, JobState.RUNNING)
    assert meter.reading() == MeterReading(job=JobState.RUNNING)
    printer.end()
    says(events, JobState.IDLE)


def test_a_printer_that_left_its_server_is_unknown_until_it_is_back(
    printer: Printer, opened: Callable[..., Meter], events: Events
) -> None:
    opened()
    says(events, JobState.IDLE)
    printer.disconnect()
    says(events, None)
    printer.connect()
    says(events, JobState.IDLE)


def test_a_pulled_cable_is_a_fault_and_unknown_and_comes_back_by_itself(
    printer: Printer, cable: Cable, opened: Callable[..., Meter], events: Events
) -> None:
    meter = opened()
    says(events, JobState.IDLE)
    cable.pull()
    fault = events.first(Fault)
    assert (fault.device, fault.kind) == ("d", FaultKind.METER_SILENT)
    says(events, None)
    assert meter.reading() == LOST
    cable.plug()
    assert events.first(FaultCleared) == FaultCleared("d", FaultKind.METER_SILENT)
    says(events, JobState.IDLE)


def test_a_connection_that_died_without_a_word_is_a_fault_too(
    cable: Cable, opened: Callable[..., Meter], events: Events
) -> None:
    opened(silent_after_s=1)
    says(events, JobState.IDLE)
    cable.die()
    assert "nothing from it for 1 s" in events.first(Fault).detail
    cable.plug()
    events.first(FaultCleared, timeout_s=WAIT_S)


def test_a_server_that_is_missing_at_the_start_is_a_fault_and_not_an_error(
    cable: Cable, opened: Callable[..., Meter], events: Events
) -> None:
    cable.pull()
    meter = opened()
    assert events.first(Fault).kind is FaultKind.METER_SILENT
    assert meter.reading() == LOST
    cable.plug()
    events.first(FaultCleared, timeout_s=WAIT_S)
    says(events, JobState.IDLE)


def test_a_wrong_key_or_none_is_a_fault_that_does_not_show_it(
    printer: Printer, opened: Callable[..., Meter], events: Events, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong"
    opened(key_file=str(wrong))
    assert "wrong: No such file" in events.first(Fault).detail
    wrong.write_text("open-sesame")
    opened(key_file=str(wrong))
    detail = events.first(Fault, timeout_s=WAIT_S).detail
    assert "40" in detail or "Unauthorized" in detail
    assert "open-sesame" not in detail
    wrong.write_text(printer.key.read_text())
    events.first(FaultCleared, timeout_s=WAIT_S)


@pytest.mark.parametrize("driver", ["octoprint", "moonraker"])
@pytest.mark.parametrize(
    ("key", "value"),
    [("url", "octopi.local"), ("key_file", "key"), ("silent_after_s", 0), ("running_above_w", 3)],
)
def test_options_are_checked_before_anything_is_asked(driver: str, key: str, value: Any) -> None:
    good = {"driver": driver, "url": "http://octopi.local", "key_file": "/etc/loquet/key"}
    wire(METER, good, "here")
    with pytest.raises(SettingsError, match=rf"^here(\.{key}: |: unknown key '{key}')"):
        wire(METER, {**good, key: value}, "here")


def test_a_kept_key_is_its_owners_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "key"
    write_secret("secret", str(path))
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_text() == "secret\n"
    with pytest.raises(FileExistsError):
        write_secret("another", str(path))
