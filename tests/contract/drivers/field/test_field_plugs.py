"""What plugs keep beyond other switches: a limit of their own, restarts, nothing late or kept."""

import threading
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.subscribeoptions import SubscribeOptions

from controller.settings import SettingsError
from devices.drivers.plug.broker import broker_settings, plug_broker, tls_context
from devices.drivers.plug.discovery import PlugFinder
from devices.ports import (
    DeviceError,
    Fault,
    FaultCleared,
    FaultKind,
    MeterReading,
    MeterSampled,
    PowerSwitch,
    SwitchState,
)
from devices.registry import METER, POWER, wire
from devices.wiring import Context, SharedResources
from tests.contract.drivers.field.field_rig import WAIT_S, Field, PlugPlace, reads, ready
from tests.contract.drivers.rig import Events
from tests.support.until import until

Opened = Callable[..., PowerSwitch]
pytestmark = pytest.mark.needs("mosquitto")


@pytest.fixture(params=("tasmota", "shelly"))
def device(request: pytest.FixtureRequest) -> Field:
    found: Field = request.getfixturevalue(request.param)
    return found


class Ear:
    """Hears everything, with the sender's own retain flag (MQTT 5, retain as published)."""

    def __init__(self, place: PlugPlace) -> None:
        settings = broker_settings(str(place.file))
        self.heard: list[tuple[str, bytes, bool]] = []
        self._subscribed = threading.Event()
        self._client = client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"ear-{uuid4().hex[:6]}",
            protocol=MQTTProtocolVersion.MQTTv5,
        )
        client.username_pw_set(settings.username, settings.password)
        client.tls_set_context(tls_context(settings.ca))
        client.on_subscribe = lambda *_: self._subscribed.set()
        client.on_message = self._message
        client.connect(settings.host, settings.port)
        client.loop_start()
        client.subscribe("#", options=SubscribeOptions(qos=0, retainAsPublished=True))
        assert self._subscribed.wait(WAIT_S)

    def _message(self, client: Client, userdata: Any, message: Any) -> None:
        self.heard.append((message.topic, bytes(message.payload), bool(message.retain)))

    def say(self, topic: str, payload: bytes, *, retain: bool) -> None:
        """Send as somebody else on the broker would."""
        self._client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(WAIT_S)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def ear(plug_place: PlugPlace) -> Iterator[Ear]:
    ear = Ear(plug_place)
    yield ear
    ear.close()


def test_it_goes_off_by_itself_when_nobody_renews_it(
    device: Field, opened: Opened, events: Events
) -> None:
    switch = opened(device, limit_s=2.0)
    ready(switch)
    fault = events.first(Fault, timeout_s=WAIT_S)
    assert fault.kind is FaultKind.SWITCH_DROPPED
    until(lambda: device.sim.moves() == [True, False], "it moved otherwise")
    until(lambda: switch.state() is SwitchState.OFF, "it is still said to be on")


def test_it_stays_on_while_the_agents_loop_renews_it(
    device: Field, opened: Opened, renewing: list[PowerSwitch]
) -> None:
    switch = opened(device, limit_s=2.0)
    ready(switch)
    renewing.append(switch)
    assert threading.Event().wait(3.0) is False, "longer than its limit"
    assert device.sim.moves() == [True]


@pytest.mark.parametrize("power_cut", [True, False], ids=["power-cut", "watchdog"])
def test_a_plug_that_restarts_while_on_is_off_and_stays_off(
    power_cut: bool, device: Field, opened: Opened, events: Events, renewing: list[PowerSwitch]
) -> None:
    switch = opened(device)
    ready(switch)
    renewing.append(switch)
    reads(switch, SwitchState.ON)
    before = switch.boot
    device.sim.do("restart", power_cut=power_cut)
    assert events.first(Fault, timeout_s=WAIT_S).kind in (
        FaultKind.SWITCH_UNREACHABLE,
        FaultKind.SWITCH_DROPPED,
    )
    reads(switch, SwitchState.OFF)
    if device.driver == "tasmota":
        until(lambda: device.sim.moves() == [True, False], "it moved otherwise")
        until(lambda: switch.boot not in (None, before), "another boot mark")
    else:  # a renewal on its way at that very moment switches a Shelly on, and off follows
        ends = [True, False], [True, False, True, False]
        until(lambda: device.sim.moves() in ends, "it moved otherwise")


def test_a_held_plug_tells_its_boot_when_it_is_taken_up(tasmota: Field, opened: Opened) -> None:
    device = tasmota
    first = opened(device, on_agent_loss="hold")
    ready(first)
    mark = first.boot
    reads(first, SwitchState.ON)
    second = opened(device, take_up=True, on_agent_loss="hold")
    assert second.boot == mark
    assert second.state() is SwitchState.ON
    device.unplug()
    third = opened(device, take_up=True, on_agent_loss="hold")
    assert third.boot is None, "not heard"
    assert third.state() is SwitchState.UNKNOWN


def test_a_held_plug_has_no_limit(tasmota: Field, opened: Opened) -> None:
    device = tasmota
    dropping = opened(device, limit_s=2.0)
    ready(dropping)
    dropping.close()
    device.sim.forget()
    ready(opened(device, on_agent_loss="hold"))
    assert threading.Event().wait(3.0) is False, "longer than the limit that it had"
    assert device.sim.moves() == [True]


def test_nothing_is_ever_sent_retained(
    device: Field, opened: Opened, ear: Ear, renewing: list[PowerSwitch]
) -> None:
    switch = opened(device)
    ready(switch)
    renewing.append(switch)
    reads(switch, SwitchState.ON)
    switch.off()
    reads(switch, SwitchState.OFF)
    switch.close()
    topic = device.table["topic"]
    ours = [kept for said, _, kept in ear.heard if said in (f"{topic}/rpc",) or "cmnd/" in said]
    assert len(ours) >= 5
    assert not any(ours)


def test_a_command_that_somebody_left_retained_switches_on_only_for_a_moment(
    device: Field, opened: Opened, ear: Ear, events: Events
) -> None:
    """Tasmota's ghosts: the broker gives it again at each connection of the plug."""
    topic, payload = _on(device)
    device.unplug()
    ear.say(topic, payload, retain=True)
    switch = opened(device)
    device.plug()
    device.sim.event("relay", on=True)
    device.sim.event("relay", on=False)
    reads(switch, SwitchState.OFF)
    ear.say(topic, b"", retain=True)


def _on(device: Field) -> tuple[str, bytes]:
    topic = device.table["topic"]
    if device.driver == "tasmota":
        return f"cmnd/{topic}/Power1", b"ON"
    frame = b'{"id": 1, "src": "ghost", "method": "Switch.Set", "params": {"id": 0, "on": true}}'
    return f"{topic}/rpc", frame


def test_a_renewal_that_comes_late_does_not_bring_power_back(
    tasmota: Field, opened: Opened, events: Events, renewing: list[PowerSwitch]
) -> None:
    """Radio trouble longer than the limit, with a renewal on its way."""
    switch = opened(tasmota, limit_s=2.0)
    ready(switch)
    reads(switch, SwitchState.ON)
    tasmota.sim.do("lose_radio", on=True)
    renewing.append(switch)
    tasmota.sim.event("relay", on=False)
    assert events.first(Fault, timeout_s=WAIT_S).kind is FaultKind.SWITCH_UNREACHABLE
    tasmota.sim.do("lose_radio", on=False)
    events.first(FaultCleared, timeout_s=WAIT_S)
    assert tasmota.sim.moves() == [True, False]


def test_renewals_do_not_queue_up_on_their_way(
    shelly: Field, opened: Opened, ear: Ear, renewing: list[PowerSwitch], events: Events
) -> None:
    """A Shelly's renewal switches on: only a plug that has just said *on* gets one."""
    switch = opened(shelly, limit_s=2.0)
    ready(switch)
    reads(switch, SwitchState.ON)
    shelly.sim.do("lose_radio", on=True)
    del ear.heard[:]
    renewing.append(switch)
    shelly.sim.event("relay", on=False)
    events.first(Fault, timeout_s=WAIT_S)
    ons = [payload for _, payload, _ in list(ear.heard) if b'"on":true' in payload]
    assert len(ons) <= 1
    shelly.sim.do("lose_radio", on=False)
    reads(switch, SwitchState.OFF)


def test_the_broker_goes_and_comes_back(
    tasmota: Field,
    plug_place: PlugPlace,
    opened: Opened,
    events: Events,
    renewing: list[PowerSwitch],
) -> None:
    device = tasmota
    switch = opened(device)
    ready(switch)
    renewing.append(switch)
    reads(switch, SwitchState.ON)
    plug_place.broker.kill()
    fault = events.first(Fault, timeout_s=WAIT_S)
    assert fault.kind is FaultKind.SWITCH_UNREACHABLE
    assert fault.detail.startswith("no answer from the broker at 127.0.0.1:")
    with pytest.raises(DeviceError):
        switch.off()
    plug_place.broker.start()
    assert events.first(FaultCleared, timeout_s=WAIT_S).kind is FaultKind.SWITCH_UNREACHABLE
    reads(switch, SwitchState.OFF)
    assert device.sim.moves() == [True, False]


def test_a_password_that_was_changed_takes_the_plug_away_and_right_again_it_stays_off(
    shelly: Field,
    plug_place: PlugPlace,
    opened: Opened,
    events: Events,
    renewing: list[PowerSwitch],
) -> None:
    switch = opened(shelly)
    ready(switch)
    renewing.append(switch)
    reads(switch, SwitchState.ON)
    with plug_place.other_password():
        assert events.first(Fault, timeout_s=WAIT_S).kind is FaultKind.SWITCH_UNREACHABLE
        with pytest.raises(DeviceError):
            switch.on()
    events.first(FaultCleared, timeout_s=WAIT_S)
    reads(switch, SwitchState.OFF)
    assert shelly.sim.moves() == [True, False]


def test_its_meter_follows_the_load_and_is_unknown_when_offline(
    device: Field, events: Events
) -> None:
    shared = SharedResources()
    context = Context("m/meter", events.queue.put, "a", "auto", shared)
    meter = wire(METER, {"driver": device.driver, **device.table}, "here").open(context)
    events.first(MeterSampled, lambda sample: sample.reading.watts == 0, WAIT_S)
    device.by_hand(True)
    sample = events.first(MeterSampled, lambda sample: sample.reading.watts == 900, WAIT_S)
    assert sample.reading.amps == pytest.approx(900 / 230, abs=1e-3)
    device.unplug()
    assert events.first(Fault, timeout_s=WAIT_S).kind is FaultKind.METER_SILENT
    assert meter.reading() == MeterReading()
    device.plug()
    events.first(FaultCleared, timeout_s=WAIT_S)
    meter.close()
    shared.close()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("host = ", "Invalid value"),
        ('host = "h"\nusername = "u"\npassword = "p"\n', "missing required field `ca`"),
        ('host = "h"\nusername = "u"\npassword = "p"\nca = "c"\npsk = 1\n', "unknown field `psk`"),
    ],
)
def test_a_bad_file_of_the_broker_is_one_clear_line(text: str, says: str, tmp_path: Any) -> None:
    file = tmp_path / "plugs.toml"
    file.write_text(text)
    table = {"driver": "tasmota", "topic": "t", "broker": str(file)}
    for check in (lambda: wire(POWER, table, "here"), lambda: wire(METER, table, "here")):
        with pytest.raises(SettingsError, match=r"^here\.broker: ") as raised:
            check()
        assert says in str(raised.value)
        assert "\n" not in str(raised.value)


def test_a_missing_authority_is_one_clear_line(tmp_path: Any) -> None:
    file = tmp_path / "plugs.toml"
    file.write_text('host = "h"\nusername = "u"\npassword = "p"\nca = "/nowhere/ca.crt"\n')
    wired = wire(POWER, {"driver": "shelly", "topic": "t", "broker": str(file)}, "here")
    with pytest.raises(DeviceError, match=r"^/nowhere/ca\.crt: not a certificate authority"):
        wired.open(Context("d", lambda event: None))


def test_plugs_are_found_by_what_they_say_and_nothing_is_switched(
    plug_place: PlugPlace, tasmota: Field, shelly: Field, ear: Ear
) -> None:
    context = Context("plugs", emit=lambda _event: None, agent="pi-9")
    finder = PlugFinder(plug_broker(context, str(plug_place.file)), "loquet-pi-9/plugs")
    topics = {tasmota.table["topic"], shelly.table["topic"]}

    def there() -> set[str]:
        return {plug.topic for plug in finder.discovered()} & topics

    until(lambda: there() == topics, "both are found")
    found = {plug.topic: plug for plug in finder.discovered()}
    plus = found[shelly.table["topic"]]
    assert (plus.driver, plus.model) == ("shelly", "Plus1PM")
    assert found[tasmota.table["topic"]].name == tasmota.table["topic"]
    shelly.unplug()
    until(lambda: there() == {tasmota.table["topic"]}, "the one that left is forgotten")
    shelly.plug()
    until(lambda: there() == topics, "it is found again")
    hostile = (b"{", b"[]", b'{"t": "../cmnd/#", "rl": [1]}', b'{"t": "x", "rl": "1", "fn": 3}')
    for payload in hostile:
        ear.say("tasmota/discovery/0/config", payload, retain=False)
    ear.say("loquet-pi-9/plugs/rpc", b'{"id": 7, "result": {"gen": 2}}', retain=False)
    ear.say("end", b"", retain=False)
    until(lambda: any(topic == "end" for topic, _, _ in ear.heard), "all was heard")
    assert there() == topics
    mine = [payload for topic, payload, _ in ear.heard if topic == f"{plus.topic}/rpc"]
    assert mine
    assert all(b"Shelly.GetDeviceInfo" in payload for payload in mine)
    assert not [topic for topic, _, _ in ear.heard if topic.startswith("cmnd/")]
    context.shared.close()
