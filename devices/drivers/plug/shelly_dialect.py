"""The MQTT messages of Shelly plugs, second generation and later.

Source: https://shelly-api-docs.shelly.cloud/gen2 (RPC over MQTT, Switch, Sys). `toggle_after` of
`Switch.Set` is the time limit; each `Switch.Set` with it starts the time again.
"""

import time
from collections.abc import Iterator
from itertools import count
from typing import Any

import msgspec

from devices.drivers.plug.dialect import (
    EMPTY_MESSAGE,
    Command,
    PlugMessage,
    decode_object,
    number,
    object_or_empty,
)

SAFE = {"initial_state": "off", "auto_on": False}
"""Settings: off after a restart, and never switched on by a timer of the plug."""
BOOT_STEP_S = 60
"""A plug only reports its uptime in whole seconds, so boot times this close count as the same.

A restart within the same step is noticed by the state, since the plug is off after each.
"""
MAX_UNANSWERED = 50
"""Calls that are remembered: older ones are taken for lost."""
RESTART_S = 5.0
"""An uptime that implies a boot this much later is of another boot."""


class ShellyDialect:
    """See PlugDialect. `me` is the topic for responses."""

    def __init__(self, topic: str, switch: int, limit_s: float | None, me: str) -> None:
        self._topic, self._switch, self._limit_s, self._me = topic, switch, limit_s, me
        self._numbers = count(1)
        self._methods: dict[int, str] = {}
        self._booted_s: float | None = None

    @property
    def filters(self) -> tuple[str, ...]:
        """See PlugDialect."""
        return f"{self._topic}/online", f"{self._topic}/events/rpc", f"{self._me}/rpc"

    def set_up(self) -> Iterator[Command]:
        """See PlugDialect."""
        self._methods.clear()
        yield self._call("Switch.GetConfig", id=self._switch)
        yield from self.ask()

    def ask(self) -> Iterator[Command]:
        """See PlugDialect."""
        yield self._call("Switch.GetStatus", id=self._switch)
        yield self._call("Sys.GetStatus")

    def switch(self, on: bool) -> Command:
        """See PlugDialect."""
        timer = {} if self._limit_s is None or not on else {"toggle_after": self._limit_s}
        return self._call("Switch.Set", id=self._switch, on=on, **timer)

    def renew(self) -> Command | None:
        """See PlugDialect."""
        return None if self._limit_s is None else self.switch(True)

    def read(self, topic: str, payload: bytes, retained: bool) -> tuple[PlugMessage, list[Command]]:
        """See PlugDialect. Of retained messages, only the last will counts."""
        if topic == f"{self._topic}/online":
            return PlugMessage(online=payload == b"true"), []
        frame = decode_object(payload)
        if retained or not frame:
            return EMPTY_MESSAGE, []
        if topic.endswith("/events/rpc"):
            return self._status(
                object_or_empty(object_or_empty(frame.get("params")).get(f"switch:{self._switch}"))
            ), []
        key, result = frame.get("id"), object_or_empty(frame.get("result"))
        method = self._methods.pop(key, "") if isinstance(key, int) else ""
        match method:
            case "Switch.GetStatus":
                return self._status(result), []
            case "Switch.GetConfig":
                return self._config(result)
            case "Switch.Set":  # the response only has the state before
                return EMPTY_MESSAGE, [self._call("Switch.GetStatus", id=self._switch)]
            case "Switch.SetConfig" if result:
                return EMPTY_MESSAGE, [self._call("Switch.GetConfig", id=self._switch)]
            case "Sys.GetStatus":
                return self._system(result), []
        return EMPTY_MESSAGE, []

    def _call(self, method: str, **params: Any) -> Command:
        """Return the command for a call; its number identifies the response."""
        number_ = next(self._numbers)
        self._methods = {n: m for n, m in self._methods.items() if n > number_ - MAX_UNANSWERED}
        self._methods[number_] = method
        frame = {"id": number_, "src": self._me, "method": method, "params": params}
        return f"{self._topic}/rpc", msgspec.json.encode(frame)

    def _status(self, status: dict[str, Any]) -> PlugMessage:
        output = status.get("output")
        return PlugMessage(
            output=output if isinstance(output, bool) else None,
            watts=number(status.get("apower")),
            amps=number(status.get("current")),
        )

    def _config(self, config: dict[str, Any]) -> tuple[PlugMessage, list[Command]]:
        if all(config.get(key) == value for key, value in SAFE.items()):
            return PlugMessage(ready=True), []
        return PlugMessage(ready=False), [
            self._call("Switch.SetConfig", id=self._switch, config=SAFE)
        ]

    def _system(self, status: dict[str, Any]) -> PlugMessage:
        uptime_s = number(status.get("uptime"))
        if uptime_s is None:
            return EMPTY_MESSAGE
        booted_s = time.monotonic() - uptime_s
        if self._booted_s is None or booted_s > self._booted_s + RESTART_S:
            self._booted_s = booted_s
        return PlugMessage(boot=f"up since {round(self._booted_s / BOOT_STEP_S)}")
