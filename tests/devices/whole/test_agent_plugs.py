"""A whole agent that finds a plug, and makes it the power of a new access point when asked."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.domain.ids import AccessPointId
from controller.wire.commands import CommandResult, CutPower, WirePlug
from controller.wire.topics import Channel
from devices.sim.client import SimBench
from tests.contract.drivers.field.field_rig import PlugPlace, Sim
from tests.devices.whole.agent_whole import tap
from tests.support.agent_place import AMINA, CONFIG, WAIT_S, Place
from tests.support.until import until

pytestmark = [pytest.mark.needs("mosquitto"), pytest.mark.timeout(1800)]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    folder = tmp_path / "a"
    folder.mkdir()
    place = Place(
        folder, CONFIG.replace('id = "pi-1"', f'id = "pi-1"\nplugs = "{tmp_path}/plugs.toml"')
    )
    yield place
    place.end()


def test_a_found_plug_is_wired_when_nobody_works_and_stays_off(
    place: Place, tmp_path: Path
) -> None:
    plugs = PlugPlace(tmp_path)
    arguments = ("--model", "tasmota", "--topic", "plug-9", "--broker", str(plugs.file))
    plug = Sim("devices.sim.plug", *arguments)
    plug.event("connected", accepted=True)
    place.teach()
    agent = place.start_agent()
    place.in_step()
    boot = place.hub.wait(Channel.STATUS).boot_id

    def ask(topic: str, point: str = "printer") -> str | None:
        args = WirePlug(access_point=AccessPointId(point), driver="tasmota", topic=topic, limit_s=5)
        reply = place.hub.command(args, boot)
        return "done" if reply.result is CommandResult.DONE else reply.reason

    assert ask("nobody") == "not_found"
    until(lambda: ask("plug-9", "laser") == "wired_already", "it is found")
    bench = SimBench(str(place.folder / "pins.sock"))
    tap(bench, AMINA)
    place.hub.wait(Channel.POINT, lambda point: point.session_id is not None)
    assert ask("plug-9") == "in_use"
    place.hub.command(CutPower(), boot, "laser")
    until(lambda: ask("plug-9") == "done", "nobody works there any more")
    assert agent.wait(timeout=WAIT_S) == 0
    place.hub.forget_messages()
    place.start_agent()
    wiring = place.hub.wait(Channel.WIRING)
    mine = next(
        access_point for access_point in wiring.access_points if access_point.id == "printer"
    )
    assert mine.power is not None
    assert (mine.power["topic"], mine.power["limit_s"]) == ("plug-9", 5)
    assert mine.meter is not None
    told = place.hub.wait(Channel.TELEMETRY, lambda telemetry: telemetry.plugs)
    assert [(plug.driver, plug.topic) for plug in told.plugs] == [("tasmota", "plug-9")]
    assert True not in plug.moves()
    bench.close()
    plug.end()
    plugs.broker.kill()
