"""A machine whose own print server tells of its job, with the real servers and a whole agent."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from controller.domain.facts import AccessPoint, PointKind, Requirement, Risk, SessionRules
from controller.wire import events as wire
from controller.wire.messages import State
from controller.wire.topics import Channel
from devices.sim.client import SimBench
from tests.devices.whole.agent_whole import is_a, power, tap
from tests.peers.klippy import Klippy
from tests.peers.moonraker import Moonraker
from tests.peers.octoprint import OctoPrint
from tests.support.agent_place import AGENT, AMINA, LASER, Place

pytestmark = pytest.mark.timeout(1800)  # the first run makes the servers' environments
CARD_GONE_S = 0.6
"""Longer than the reader's `gone_after_ms`."""


@dataclass
class Printer:
    driver: str
    port: int
    key: str
    start: Callable[[], None]
    end: Callable[[], None]


@pytest.fixture(params=["octoprint", "moonraker"])
def printer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Printer]:
    if request.param == "octoprint":
        octoprint = OctoPrint(tmp_path / "octoprint")
        key, start, end = octoprint.app_key(), octoprint.print_part, octoprint.resume
        yield Printer("octoprint", octoprint.port, key, start, end)
        octoprint.end()
        return
    klippy = Klippy(tmp_path / "klippy")
    moonraker = Moonraker(tmp_path / "moonraker", tmp_path / "klippy")
    yield Printer(
        "moonraker",
        moonraker.port,
        moonraker.key,
        lambda: klippy.job("printing"),
        lambda: klippy.job("complete"),
    )
    moonraker.end()
    klippy.close()


def test_the_machine_stays_powered_after_badge_out_until_the_job_has_ended(
    place: Place, bench: SimBench, printer: Printer
) -> None:
    """Its meter sees a heater at rest all the time, 12 W: the print alone keeps the power on."""
    key = place.folder / "key"
    key.write_text(printer.key)
    job = f'job = {{ driver = "{printer.driver}", url = "http://127.0.0.1:{printer.port}"'
    meter = 'meter = { driver = "sim", machine = "laser" }\n'
    text = place.config.read_text()
    assert meter in text
    place.config.write_text(text.replace(meter, f'{meter}{job}, key_file = "{key}" }}\n'))
    place.teach()
    rules = SessionRules(hold_s=1, idle_timeout_s=3600)
    laser = AccessPoint(
        id=LASER,
        kind=PointKind.MACHINE,
        commissioned=True,
        risk=Risk.DANGEROUS,
        requirement=Requirement(subscription=False),
        agent=AGENT,
        session=rules,
    )
    place.hub.learn(("point", LASER, laser))
    place.start_agent()
    place.in_step()

    tap(bench, AMINA)
    power(bench, True)
    place.hub.wait_event(is_a(wire.SessionStarted, member="amina"))
    place.hub.wait(Channel.POINT, lambda point: point.state is State.ARMED)
    place.hub.forget_messages()
    printer.start()
    place.hub.wait(Channel.POINT, lambda point: point.state is State.RUNNING)
    list(bench.events(CARD_GONE_S))
    tap(bench, AMINA)
    place.hub.wait_event(lambda _: taps(place) == 2)
    assert bench.state()["machines"]["laser"]["closed"], "her badge is out, her print goes on"
    assert not any(isinstance(event, wire.SessionEnded) for event in place.hub.told())

    printer.end()
    power(bench, False)
    ended = place.hub.wait_event(is_a(wire.SessionEnded, member="amina"))
    assert isinstance(ended, wire.SessionEnded)
    assert ended.active_s > 0


def taps(place: Place) -> int:
    return sum(isinstance(event, wire.AccessGranted) for event in place.hub.told())
