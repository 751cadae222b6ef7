"""The MQTT messages of Tasmota (https://tasmota.github.io/docs/Commands, from version 12 on).

`PulseTime` is the time limit: setting it again starts the time again and, unlike `Power ON`, does
not switch on, so that a late renewal does no harm. `PowerOnState 0` and `SetOption0 0` keep the
plug off after a power cut or a restart.
"""

from collections.abc import Iterator
from typing import Any

from devices.drivers.plug.dialect import (
    EMPTY_MESSAGE,
    Command,
    PlugMessage,
    decode_object,
    number,
    object_or_empty,
)

TENTHS_UP_TO = 111
"""PulseTime 1 to 111 means tenths of a second; above, seconds plus 100."""


def pulse_time(limit_s: float | None) -> int:
    """Return the PulseTime for a limit in seconds (at most 64,800), rounded down; 0, no limit, for
    None."""
    if limit_s is None:
        return 0
    if limit_s < 12:
        return max(1, min(TENTHS_UP_TO, int(limit_s * 10 + 1e-6)))
    return int(limit_s) + 100


class TasmotaDialect:
    """See PlugDialect. `full_topic` is the plug's own setting FullTopic."""

    def __init__(self, topic: str, full_topic: str, relay: int, limit_s: float | None) -> None:
        def prefixed(prefix: str) -> str:
            full = full_topic.replace("%prefix%", prefix).replace("%topic%", topic)
            return full if full.endswith("/") else full + "/"

        self._cmnd, self._stat, self._tele = (prefixed(p) for p in ("cmnd", "stat", "tele"))
        self._relay = relay
        self._pulse = pulse_time(limit_s)
        self._checks: dict[str, bool] = {}

    @property
    def filters(self) -> tuple[str, ...]:
        """See PlugDialect."""
        return self._stat + "+", self._tele + "+"

    def set_up(self) -> Iterator[Command]:
        """See PlugDialect."""
        self._checks = {"PowerOnState": False, "SetOption0": False, self._pulse_name: False}
        yield self._command("PowerOnState", 0)
        yield self._command("SetOption0", 0)
        yield self._command(self._pulse_name, self._pulse)
        yield self._command("Status", 1)
        yield from self.ask()

    def ask(self) -> Iterator[Command]:
        """See PlugDialect. Status 11 returns the relay, Status 10 the power."""
        yield self._command("Status", 11)
        yield self._command("Status", 10)

    def switch(self, on: bool) -> Command:
        """See PlugDialect. Switching on starts the PulseTime that was set before."""
        return self._command(f"Power{self._relay}", "ON" if on else "OFF")

    def renew(self) -> Command | None:
        """See PlugDialect."""
        return self._command(self._pulse_name, self._pulse) if self._pulse else None

    def read(self, topic: str, payload: bytes, retained: bool) -> tuple[PlugMessage, list[Command]]:
        """See PlugDialect. Of retained messages, only the last will counts."""
        if topic == self._tele + "LWT":
            return PlugMessage(online=payload == b"Online"), []
        if retained:
            return EMPTY_MESSAGE, []
        fields = decode_object(payload)
        status = object_or_empty(fields.get("StatusSTS")) or fields
        energy = object_or_empty((object_or_empty(fields.get("StatusSNS")) or fields).get("ENERGY"))
        count = object_or_empty(fields.get("StatusPRM")).get("BootCount")
        content = PlugMessage(
            output=self._relay_state(status),
            boot=None if count is None else f"boot {count}",
            ready=self._check(fields),
            watts=self._of_relay(energy.get("Power")),
            amps=self._of_relay(energy.get("Current")),
        )
        return content, []

    @property
    def _pulse_name(self) -> str:
        return f"PulseTime{self._relay}"

    def _command(self, name: str, value: int | str) -> Command:
        return self._cmnd + name, str(value).encode()

    def _relay_state(self, fields: dict[str, Any]) -> bool | None:
        """Return the relay's state: `POWER` of a plug with one relay, else `POWER1` and so on."""
        value = fields.get(f"POWER{self._relay}")
        if value is None and self._relay == 1:
            value = fields.get("POWER")
        return {"ON": True, "OFF": False}.get(str(value).upper())

    def _check(self, fields: dict[str, Any]) -> bool | None:
        """Return whether all settings are confirmed; None if this message is not about a
        setting."""
        results = {
            "PowerOnState": fields.get("PowerOnState") == 0,
            "SetOption0": fields.get("SetOption0") == "OFF",
            self._pulse_name: object_or_empty(fields.get(self._pulse_name)).get("Set")
            == self._pulse,
        }
        names = [name for name in self._checks if name in fields]
        self._checks.update({name: results[name] for name in names})
        return all(self._checks.values()) if names else None

    def _of_relay(self, value: object) -> float | None:
        """Return the relay's own value; plugs with several meters send a list."""
        if isinstance(value, list):
            value = value[self._relay - 1] if len(value) >= self._relay else None
        return number(value)
