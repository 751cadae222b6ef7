"""A whole agent in a process of its own, with simulated hardware and a real broker."""

import signal
import subprocess
import sys

from controller.domain.facts import AccessPoint, Holder, PointKind, Requirement
from controller.domain.ids import CredentialId, MemberRef
from controller.wire import events as wire
from controller.wire.commands import CommandResult, CutPower, Identify, ReleaseDoor
from controller.wire.messages import Device, State
from controller.wire.topics import Channel
from devices.sim.client import SimBench
from tests.devices.whole.agent_whole import is_a, power, tap
from tests.support.agent_place import AMINA, LASER, WAIT_S, ZOE, Place


def test_the_main_job_with_the_broker_dying_and_the_agent_too(
    place: Place, bench: SimBench
) -> None:
    place.teach()
    agent = place.start_agent()
    place.in_step()
    tap(bench, AMINA)
    power(bench, True)
    place.hub.wait(Channel.POINT, lambda point: point.state in (State.ARMED, State.RUNNING))
    place.hub.wait_event(is_a(wire.SessionStarted, member="amina"))

    tap(bench, ZOE)
    place.hub.wait_event(is_a(wire.AccessDenied))
    place.let_in(ZOE, Holder(member=MemberRef("zoe")))
    place.in_step()

    place.broker.kill()
    tap(bench, AMINA)
    power(bench, False)
    tap(bench, ZOE)
    power(bench, True)
    place.hub.forget_messages()
    place.broker.start()
    place.hub.wait_event(is_a(wire.SessionStarted, member="zoe"))
    place.hub.wait(Channel.STATUS, lambda status: status.online)

    agent.send_signal(signal.SIGKILL)
    agent.wait(timeout=WAIT_S)
    power(bench, False)
    place.hub.wait(Channel.STATUS, lambda status: not status.online)
    place.hub.forget_messages()
    again = place.start_agent()
    place.hub.wait_event(is_a(wire.SessionEnded, member="zoe", cause="agent_restarted"))
    place.in_step()
    assert not bench.state()["machines"]["laser"]["closed"]

    again.send_signal(signal.SIGTERM)
    assert again.wait(timeout=WAIT_S) == 0
    place.hub.wait(Channel.STATUS, lambda status: not status.online)
    kinds = [type(event) for event in place.hub.told()]
    assert kinds.count(wire.AgentStarted) == 2
    assert kinds.count(wire.SessionStarted) == 2
    assert kinds.count(wire.SessionEnded) == 2
    streams = {stream for stream, _ in place.hub.events}
    seqs = sorted(seq for _, seq in place.hub.events)
    assert (len(streams), seqs) == (1, list(range(1, len(seqs) + 1)))
    assert place.hub.badly_signed == 0


def test_doors_commands_wiring_and_telemetry(place: Place, bench: SimBench) -> None:
    place.teach()
    place.start_agent()
    place.in_step()
    wiring = place.hub.wait(Channel.WIRING)
    assert [point.id for point in wiring.access_points] == ["laser", "door"]
    assert wiring.access_points[0].power == {"driver": "gpio_pulse", "pin": 17}
    telemetry = place.hub.wait(Channel.TELEMETRY)
    assert {health.device for health in telemetry.devices} == {
        Device.READER,
        Device.POWER,
        Device.METER,
        Device.STRIKE,
        Device.INPUT,
    }
    assert telemetry.clock_trusted

    boot = place.hub.wait(Channel.STATUS).boot_id
    tap(bench, AMINA, "door")
    place.hub.wait_event(is_a(wire.DoorReleased, cause="grant"))
    assert place.hub.command(ReleaseDoor(pulse_s=1), boot, "door").result is CommandResult.DONE
    assert place.hub.command(Identify(), boot).result is CommandResult.DONE
    other = "1b5c0f6e-7f5e-4c51-9d0e-3a4a3c1d2e3f"
    assert place.hub.command(CutPower(), other, "laser").reason == "other_boot"
    tap(bench, AMINA)
    power(bench, True)
    assert place.hub.command(CutPower(), boot, "laser").result is CommandResult.DONE
    power(bench, False)
    place.hub.wait_event(is_a(wire.SessionEnded, cause="cut_by_staff"))


def test_a_large_policy_comes_page_by_page_and_a_removed_badge_is_refused(
    place: Place, bench: SimBench
) -> None:
    place.teach()
    many = [CredentialId(f"em:1{number:09d}") for number in range(40)]
    for credential in many[:20]:
        place.let_in(credential, Holder(member=MemberRef("m")))
    place.start_agent()
    place.in_step()
    for credential in many[20:]:
        place.let_in(credential, Holder(member=MemberRef("m")))
    place.let_in(AMINA, None)
    place.in_step()
    tap(bench, AMINA)
    place.hub.wait_event(is_a(wire.AccessDenied, access_point=LASER))
    tap(bench, many[-1])
    power(bench, True)


def test_outputs_are_put_off_after_a_crash(place: Place, bench: SimBench) -> None:
    """Power and strikes; the next start tells for how long the dead one's power lasted."""
    text = place.config.read_text()
    place.config.write_text(text.replace('driver = "gpio_pulse"', 'driver = "gpio"'))
    place.teach()
    free = Requirement(subscription=False)
    saw = AccessPoint(id=LASER, kind=PointKind.MACHINE, commissioned=True, requirement=free)
    place.hub.learn(("point", LASER, saw))
    agent = place.start_agent()
    place.in_step()
    tap(bench, AMINA)
    tap(bench, AMINA, "door")
    place.hub.wait_event(is_a(wire.SessionStarted))
    place.hub.wait_event(is_a(wire.DoorReleased))
    agent.send_signal(signal.SIGKILL)
    agent.wait(timeout=WAIT_S)
    assert bench.do("read", board="pi-1", pin=17)["level"] == 1, "a dead process's pin stays"
    command = [sys.executable, "-m", "controller.cli", "agent", "--config", str(place.config)]
    off = subprocess.run([*command, "--outputs-off"], capture_output=True, text=True, check=False)
    assert (off.returncode, off.stderr) == (0, "")
    state = bench.state()
    assert not state["doors"]["door"]["released"]
    assert bench.do("read", board="pi-1", pin=17)["level"] == 0
    place.start_agent()
    ended = place.hub.wait_event(is_a(wire.SessionEnded, cause="agent_restarted"))
    assert isinstance(ended, wire.SessionEnded)
    assert ended.gap_s > 0
    assert ended.powered_s == ended.active_s + ended.idle_s + ended.gap_s


def test_a_door_that_a_fire_has_released_stays_so(place: Place, bench: SimBench) -> None:
    text = place.config.read_text()
    fire = 'fire = { driver = "gpio", pin = 7, active = "high" }'
    place.config.write_text(text.replace("inputs = { contact", f"inputs = {{ {fire}, contact"))
    place.teach()
    bench.do("drive", board="pi-1", pin=7, level=0)
    agent = place.start_agent()
    place.in_step()
    bench.do("drive", board="pi-1", pin=7, level=1)
    place.hub.wait_event(is_a(wire.Fire))
    agent.send_signal(signal.SIGKILL)
    agent.wait(timeout=WAIT_S)
    command = [sys.executable, "-m", "controller.cli", "agent", "--config", str(place.config)]
    subprocess.run([*command, "--outputs-off"], check=True)
    assert bench.state()["doors"]["door"]["released"]


def test_errors_at_the_start_are_one_line(place: Place) -> None:
    command = [sys.executable, "-m", "controller.cli", "agent", "--config", str(place.config)]
    text = place.config.read_text()
    for change, expected in (
        (("pin = 17", "pin = 99"), "99"),
        (('id = "pi-1"', 'id = "pi-2"'), "enrolled as 'pi-1'"),
        (('state_dir = "state"', 'state_dir = "nothing"'), "not enrolled"),
        (("pins.sock", "no.sock"), "no.sock"),
    ):
        place.config.write_text(text.replace(*change))
        run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=WAIT_S)
        assert run.returncode == 1
        lines = [line for line in run.stderr.splitlines() if line.startswith("loquet")]
        assert len(lines) == 1
        assert expected in lines[0]
        assert "Traceback" not in run.stderr
