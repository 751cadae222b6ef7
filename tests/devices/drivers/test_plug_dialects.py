"""What is said to plugs and heard from them, message by message."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.drivers.plug.dialect import EMPTY_MESSAGE
from devices.drivers.plug.shelly_dialect import ShellyDialect
from devices.drivers.plug.tasmota_dialect import TasmotaDialect, pulse_time


@pytest.mark.parametrize(
    ("limit_s", "code"),
    [
        (None, 0),
        (0.1, 1),
        (2, 20),
        (2.55, 25),
        (10, 100),
        (11.1, 111),
        (11.9, 111),
        (12, 112),
        (13, 113),
        (60, 160),
        (360, 460),
        (64800, 64900),
    ],
)
def test_pulse_time_is_in_tenths_up_to_111_then_in_seconds_plus_100(
    limit_s: float | None, code: int
) -> None:
    assert pulse_time(limit_s) == code


@given(st.floats(min_value=0.1, max_value=64800))
def test_pulse_time_is_never_longer_than_the_limit(limit_s: float) -> None:
    code = pulse_time(limit_s)
    assert (code / 10 if code <= 111 else code - 100) <= limit_s + 1e-6


def _tasmota(relay: int = 1, full_topic: str = "%prefix%/%topic%/") -> TasmotaDialect:
    return TasmotaDialect("plug", full_topic, relay, 10.0)


def test_a_renewal_of_a_tasmota_switches_nothing_on() -> None:
    assert _tasmota().renew() == ("cmnd/plug/PulseTime1", b"100")


def test_a_full_topic_of_ones_own_is_followed() -> None:
    words = _tasmota(full_topic="home/%topic%/%prefix%")
    assert words.filters == ("home/plug/stat/+", "home/plug/tele/+")
    assert words.switch(False) == ("home/plug/cmnd/Power1", b"OFF")


@pytest.mark.parametrize(
    ("name", "payload", "output"),
    [
        ("RESULT", b'{"POWER":"ON"}', True),
        ("RESULT", b'{"POWER1":"OFF"}', False),
        ("STATUS11", b'{"StatusSTS":{"UptimeSec":10,"POWER":"ON"}}', True),
        ("RESULT", b'{"POWER2":"ON"}', None),
        ("RESULT", b'{"POWER":"BLINK"}', None),
        ("RESULT", b"[1]", None),
        ("POWER", b"ON", None),
    ],
)
def test_what_a_tasmota_says_of_its_relay(name: str, payload: bytes, output: bool | None) -> None:
    said, answers = _tasmota().read(f"stat/plug/{name}", payload, False)
    assert (said.output, answers) == (output, [])


def test_a_tasmota_of_two_relays_and_meters_is_read_by_its_own() -> None:
    energy = b'{"StatusSNS":{"ENERGY":{"Power":[5,900],"Current":[0.02,3.9]}}}'
    said, _ = _tasmota(relay=2).read("stat/plug/STATUS10", energy, False)
    assert (said.watts, said.amps) == (900, 3.9)
    said, _ = _tasmota(relay=2).read("stat/plug/RESULT", b'{"POWER":"ON"}', False)
    assert said.output is None


def test_what_the_broker_kept_says_nothing_but_the_last_will() -> None:
    words = _tasmota()
    assert words.read("stat/plug/RESULT", b'{"POWER":"ON"}', True) == (EMPTY_MESSAGE, [])
    assert words.read("tele/plug/LWT", b"Offline", True)[0].online is False


def test_a_tasmota_is_ready_when_limit_and_both_settings_are_confirmed() -> None:
    words = _tasmota()
    list(words.set_up())

    def told(payload: bytes) -> bool | None:
        return words.read("stat/plug/RESULT", payload, False)[0].ready

    assert told(b'{"PowerOnState":0}') is False
    assert told(b'{"SetOption0":"OFF"}') is False
    assert told(b'{"PulseTime1":{"Set":100,"Remaining":0}}') is True
    assert told(b'{"POWER":"ON"}') is None
    assert told(b'{"PulseTime1":{"Set":0,"Remaining":0}}') is False, "somebody took it away"


class Shelly:
    """Words, and answers to what they asked last."""

    def __init__(self, limit_s: float | None = 10.0) -> None:
        self.words = ShellyDialect("plug", 0, limit_s, "me")
        self.frames: dict[str, dict[str, Any]] = {}

    def ask(self, commands: list[tuple[str, bytes]]) -> None:
        for topic, payload in commands:
            assert topic == "plug/rpc"
            frame = msgspec.json.decode(payload)
            self.frames[frame["method"]] = frame

    def answer(self, method: str, result: dict[str, Any]) -> Any:
        payload = msgspec.json.encode({"id": self.frames[method]["id"], "result": result})
        said, answers = self.words.read("me/rpc", payload, False)
        self.ask(answers)
        return said


def test_a_shelly_is_ready_when_it_stays_off_after_a_restart() -> None:
    plug = Shelly()
    plug.ask(list(plug.words.set_up()))
    said = plug.answer("Switch.GetConfig", {"initial_state": "restore_last", "auto_on": False})
    assert said.ready is False
    wanted = {"initial_state": "off", "auto_on": False}
    assert plug.frames["Switch.SetConfig"]["params"] == {"id": 0, "config": wanted}
    plug.answer("Switch.SetConfig", {"restart_required": False})
    assert plug.answer("Switch.GetConfig", wanted).ready is True


def test_a_shelly_is_switched_on_for_its_limit_and_off_without() -> None:
    plug = Shelly()
    plug.ask([plug.words.switch(True)])
    assert plug.frames["Switch.Set"]["params"] == {"id": 0, "on": True, "toggle_after": 10.0}
    plug.ask([plug.words.switch(False)])
    assert plug.frames["Switch.Set"]["params"] == {"id": 0, "on": False}
    held = Shelly(limit_s=None)
    held.ask([held.words.switch(True)])
    assert held.frames["Switch.Set"]["params"] == {"id": 0, "on": True}
    assert held.words.renew() is None


def test_the_answer_to_a_switch_is_no_state_so_that_it_is_read_back() -> None:
    plug = Shelly()
    plug.ask([plug.words.switch(True)])
    assert plug.answer("Switch.Set", {"was_on": False}).output is None
    assert "Switch.GetStatus" in plug.frames


def test_a_shellys_uptime_that_begins_again_is_another_boot() -> None:
    plug = Shelly()

    def boot(uptime_s: float) -> str | None:
        plug.ask(list(plug.words.ask()))
        found: str | None = plug.answer("Sys.GetStatus", {"uptime": uptime_s}).boot
        return found

    first = boot(5000)
    assert boot(5001) == first
    assert boot(2) != first


def test_what_another_asked_and_what_is_no_frame_say_nothing() -> None:
    plug = Shelly()
    for payload in (
        b'{"id":77,"result":{"output":true}}',
        b'{"id":[1],"result":{"output":true}}',
        b'{"id":{},"result":[]}',
        b"nonsense",
        b"[]",
    ):
        assert plug.words.read("me/rpc", payload, False) == (EMPTY_MESSAGE, [])


def test_a_shelly_that_wants_a_password_is_never_ready_and_says_nothing_of_its_relay() -> None:
    """Whoever sets one on the plug's page takes it from the agent: it is as if it were away."""
    plug = Shelly()
    plug.ask(list(plug.words.set_up()))
    plug.ask([plug.words.switch(True)])
    for method in list(plug.frames):
        refused = {"id": plug.frames[method]["id"], "error": {"code": 401, "message": "{}"}}
        said, more = plug.words.read("me/rpc", msgspec.json.encode(refused), False)
        plug.ask(more)
        assert (said.output, said.watts, said.boot) == (None, None, None)
        assert said.ready is not True
