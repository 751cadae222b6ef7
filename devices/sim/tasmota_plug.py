"""A simulated plug with Tasmota's firmware: its commands and the plug's own behaviour.

After https://tasmota.github.io/docs/Commands and `support_tasmota.ino`: PulseTime counts from each
`Power ON` and each `PulseTime`; a restart without a power cut restores the saved relay if
SetOption0 says so, whatever PowerOnState says.
"""

import asyncio
from collections.abc import Callable
from hashlib import blake2s
from typing import Any

import msgspec

from devices.sim.plug_body import PlugBody

Publish = Callable[[str, bytes, bool], None]
"""Publishes a message: topic, payload, retain."""
SAVED = 3
"""Factory setting of PowerOnState: restore the state before the power cut."""


class TasmotaPlug:
    """A simulated plug: pass received commands to `on_message`. Runs on the event loop."""

    def __init__(self, topic: str, body: PlugBody, publish: Publish) -> None:
        self.body = body
        self.will = (f"tele/{topic}/LWT", b"Offline")
        self.birth = (f"tele/{topic}/LWT", b"Online")
        self.subscription = f"cmnd/{topic}/#"
        discovery: dict[str, Any] = {
            "dn": "Tasmota",
            "fn": [topic, None],
            "md": "NOUS A1T",
            "t": topic,
        }
        discovery |= {"ft": "%prefix%/%topic%/", "rl": [1, 0, 0, 0, 0, 0, 0, 0]}
        mac = blake2s(topic.encode(), digest_size=6).hexdigest().upper()
        self.announced = ((f"tasmota/discovery/{mac}/config", msgspec.json.encode(discovery)),)
        self.stays_off_was_read = False
        """Whether it was set to stay off after a power cut when its status was last requested."""
        self._topic, self._publish = topic, publish
        self._pulse, self._power_on_state, self._save_state = 0, SAVED, True
        self._saved = False
        self._boots = 1
        self._timer: asyncio.TimerHandle | None = None

    def on_message(self, topic: str, payload: bytes) -> None:
        """Handle a command, whose topic is `cmnd/TOPIC/NAME`."""
        name, text = topic.rpartition("/")[2], payload.decode(errors="replace")
        value = int(text) if text.isdigit() else None
        match name.rstrip("1").lower():
            case "power":
                if text.upper() in ("ON", "OFF", "1", "0"):
                    self.switch(text.upper() in ("ON", "1"))
                self._result({"POWER": self._power()})
            case "pulsetime":
                if value is not None:
                    self._pulse = value
                    self._start_pulse()
                self._result({name: {"Set": self._pulse, "Remaining": self._pulse}})
            case "poweronstate":
                self._power_on_state = self._power_on_state if value is None else value
                self._result({"PowerOnState": self._power_on_state})
            case "setoption0":
                self._save_state = self._save_state if value is None else bool(value)
                self._result({"SetOption0": "ON" if self._save_state else "OFF"})
            case "status":
                self._status(value or 0)
            case _:
                self._result({"Command": "Unknown"})

    def switch(self, on: bool) -> None:
        """Switch the relay, as a command or the plug's button does."""
        self.body.move(on)
        self._saved = self.body.on
        self._start_pulse()
        self._emit("stat", "POWER", self._power().encode())

    def restart(self, power_cut: bool) -> None:
        """Restart the plug; the caller disconnects it meanwhile."""
        self._boots += 1
        if power_cut:
            on = self._power_on_state == 1 or (self._power_on_state == SAVED and self._saved)
        else:
            on = self._save_state and self._saved
        self.body.move(False)
        self.body.move(on)
        self._start_pulse()

    def _start_pulse(self) -> None:
        """Start PulseTime anew if the relay is on."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self.body.on and self._pulse:
            # tenths of a second up to 111; above, seconds plus 100
            pulse_s = self._pulse / 10 if self._pulse <= 111 else self._pulse - 100
            self._timer = asyncio.get_running_loop().call_later(pulse_s, self._time_is_up)

    def _time_is_up(self) -> None:
        self.switch(False)
        self._result({"POWER": self._power()})

    def _power(self) -> str:
        return "ON" if self.body.on else "OFF"

    def _status(self, which: int) -> None:
        body = self.body
        energy = {"Power": round(body.watts), "Current": round(body.amps, 3), "Voltage": 230}
        answers: dict[int, tuple[str, dict[str, Any]]] = {
            1: ("StatusPRM", {"BootCount": self._boots, "RestartReason": "Power On"}),
            10: ("StatusSNS", {"ENERGY": energy}),
            11: ("StatusSTS", {"UptimeSec": body.uptime_s, "POWER": self._power()}),
        }
        self.stays_off_was_read = self._power_on_state == 0
        if which in answers:
            name, fields = answers[which]
            self._emit("stat", f"STATUS{which}", msgspec.json.encode({name: fields}))

    def _result(self, fields: dict[str, Any]) -> None:
        self._emit("stat", "RESULT", msgspec.json.encode(fields))

    def _emit(self, prefix: str, name: str, payload: bytes) -> None:
        self._publish(f"{prefix}/{self._topic}/{name}", payload, False)
